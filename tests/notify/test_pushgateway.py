"""Metrics pushed to Debian's real Pushgateway, and scraped back from it."""

import os
import shutil
import socket
import subprocess
import urllib.request
from dataclasses import replace

import pytest
from figures import GUILDS, NOW, samples
from receivers import service
from support import GUILD, PASSWORD, START, until

from trc_mee6.notify.events import Measured
from trc_mee6.notify.pushgateway import Pushgateway
from trc_mee6.notify.telling import Telling

GATEWAY = "prometheus-pushgateway"
MEASURED = Measured(GUILD, GUILDS, NOW)


@pytest.fixture(scope="module")
def gateway():
    if shutil.which(GATEWAY) is None and "CI" not in os.environ:
        pytest.skip(f"needs the program {GATEWAY} (Debian package of that name)")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    process = subprocess.Popen(
        [GATEWAY, f"--web.listen-address={address}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: answers(address))
    yield f"http://{address}"
    process.kill()
    process.wait()


def answers(address):
    host, _, port = address.partition(":")
    with socket.socket() as asking:
        return asking.connect_ex((host, int(port))) == 0


def scraped(gateway):
    with urllib.request.urlopen(f"{gateway}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {key: value for key, value in samples(text).items() if "trc" in key[0]}


def test_the_figures_of_the_run_s_guild_are_scraped_back(gateway, told):
    assert told(Pushgateway(gateway), MEASURED) is None
    found = scraped(gateway)
    labels = (("command", "sync"), ("guild_id", str(GUILD)), ("instance", ""),
              ("job", "trc-mee6"), ("status", "failed"))  # fmt: skip
    assert found["trc_mee6_runs_total", labels] == 2
    assert not any(("guild_id", "2") in labels for _, labels in found)


def test_each_guild_has_a_group_and_a_push_replaces_it(gateway, told):
    told(Pushgateway(gateway), MEASURED, Measured(2, GUILDS, NOW))
    quiet = replace(GUILDS[0], held=False, jobs=())
    told(Pushgateway(gateway), Measured(GUILD, (quiet,), NOW))
    found = scraped(gateway)
    assert {dict(labels)["guild_id"]: value for (name, labels), value in found.items()
            if name == "trc_mee6_held"} == {str(GUILD): 0, "2": 0}  # fmt: skip
    own = {name for name, labels in found if ("guild_id", str(GUILD)) in labels}
    assert "trc_mee6_members" in own
    assert "trc_mee6_runs_total" not in own


def test_a_trial_leaves_nothing_behind(gateway):
    before = scraped(gateway)
    assert Telling([Pushgateway(gateway)]).test(START) == [("PUSHGATEWAY_URL", None)]
    assert scraped(gateway) == before


def test_a_trial_is_pushed_and_taken_back(web):
    Telling([Pushgateway(web.url)]).test(START)
    assert [(one.method, one.path) for one in web.asked] == [
        ("PUT", "/metrics/job/trc-mee6-test"),
        ("DELETE", "/metrics/job/trc-mee6-test"),
    ]
    assert b"trc_mee6_notify_test_timestamp_seconds" in web.asked[0].body


def test_user_and_password_of_the_address_are_sent_and_not_shown(web, told):
    url = web.url.replace("http://", f"http://me:{PASSWORD}%21@") + "/behind/a/path"
    assert told(Pushgateway(url), MEASURED) is None
    (asked,) = web.asked
    assert asked.path.startswith("/behind/a/path/metrics/job/trc-mee6/")
    assert asked.headers["Authorization"].startswith("Basic ")
    with service(status=401) as other:
        url = other.url.replace("http://", f"http://me:{PASSWORD}@")
        assert told(Pushgateway(url), MEASURED) == "HTTP 401"


def test_a_broken_gateway_is_told(broken, told):
    assert told(Pushgateway(broken.url), MEASURED, patience=1.5) == broken.says
