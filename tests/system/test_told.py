"""Whole runs with services that are told of them: none of them fails a run or holds it up long."""

import json
import signal
import sqlite3
import time
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest
from receivers import nobody, service
from sentry_sdk.envelope import Envelope
from support import GUILD, MARK, PROGRAM, TOKEN, run_to_end, until

from trc_mee6.standin import faults

ADA = 100000000000000001
LONGEST_DELAY = 10  # seconds, promised
OURS = 4  # seconds that a run may take here by itself


def settings(url, tmp_path):
    """Set every service at one address."""
    host = url.removeprefix("http://")
    return {
        "ALERT_URLS": f"json://{host}/alert-{TOKEN}",
        "HEALTHCHECK_URL": f"{url}/ping-{TOKEN}/{{job}}",
        "SENTRY_DSN": f"http://{MARK}@{host}/42",
        "METRICS_TEXTFILE": str(tmp_path / "trc-mee6.prom"),
        "PUSHGATEWAY_URL": f"http://me:{MARK}@{host}/push",
    }


@pytest.fixture
def told(web, tmp_path):
    return settings(web.url, tmp_path)


def pings(web):
    paths = [urlsplit(path).path for path in web.paths]
    return [path.removeprefix(f"/ping-{TOKEN}") for path in paths if path.startswith("/ping")]


def sent_to_sentry(web):
    """Give what Sentry was sent: a status of a check-in, or an event."""
    for asked in web.asked:
        if asked.path.startswith("/api/"):
            for item in Envelope.deserialize(asked.body).items:
                payload = json.loads(item.get_bytes())
                yield payload.get("status", payload)


def alerts(web):
    return [json.loads(one.body)["title"] for one in web.asked if one.path.startswith("/alert")]


def test_a_run_is_told_to_each_in_its_own_way(run, board, web, told, tmp_path):
    board.join(ADA, 100, "Ada")
    ran = run("sync", "--enroll-all", **told)
    assert (ran.code, ran.err) == (0, "")
    assert run("streaks", **told).code == 0
    assert pings(web) == ["/sync/start", "/sync", "/streaks/start", "/streaks"]
    assert ran.out.strip().encode() in [one.body for one in web.asked]
    assert list(sent_to_sentry(web)) == ["in_progress", "ok"] * 2
    assert f"/push/metrics/job/trc-mee6/guild_id/{GUILD}" in web.paths
    assert 'command="sync"' in (tmp_path / "trc-mee6.prom").read_text()
    assert alerts(web) == []


def test_r17_across_processes_one_alert_and_one_recovery(run, board, stand_in, web, told):
    stand_in.misbehave(faults.status(401), times=5)
    codes = [run("--quiet", "sync", "--enroll-all", **told).code for _ in range(7)]
    assert codes == [77] * 5 + [0] * 2
    failing, over = alerts(web)
    assert failing.startswith("trc-mee6: sync is failing")
    assert over.startswith("trc-mee6: sync works again")
    assert pings(web) == ["/sync/start", "/sync/fail"] * 5 + ["/sync/start", "/sync"] * 2


@pytest.fixture(params=["dead", "slow", "500"])
def broken(request, tmp_path):
    """All services set, and none of them any good."""
    with ExitStack() as stack:
        if request.param == "dead":
            url = nobody()
        elif request.param == "slow":
            url = stack.enter_context(service(slow=True)).url
        else:
            url = stack.enter_context(service(status=500)).url
        yield settings(url, tmp_path) | {"METRICS_TEXTFILE": "/nowhere/trc-mee6.prom"}


def test_no_service_fails_a_run_or_holds_it_up_long(run, board, stand_in, broken):
    run("sync", "--enroll-all")
    stand_in.misbehave(faults.player(xp="12"))  # of which there is an alert
    for code in (76, 0):
        began = time.monotonic()
        ran = run("sync", "--enroll-all", **broken)
        assert time.monotonic() - began < LONGEST_DELAY + OURS
        assert ran.code == code
        failed = {name for name in broken if f"notify.failed receiver={name}" in ran.err}
        # Nobody took the alert, so there is nobody to tell that it is over.
        assert failed == set(broken) - (set() if code else {"ALERT_URLS"})
        recorded = run("status", "--format", "json").document["runs"]["sync"]
        assert recorded["exit_code"] == code


def test_a_slow_channel_keeps_nothing_from_the_others(run, board, stand_in, web, told, tmp_path):
    run("sync", "--enroll-all")
    stand_in.misbehave(faults.player(xp="12"))
    with service(slow=True) as slow:
        channel = slow.url.replace("http", "json")
        ran = run("sync", "--enroll-all", **told | {"ALERT_URLS": channel})
    assert ran.code == 76
    assert pings(web) == ["/sync/start", "/sync/fail"]
    assert list(sent_to_sentry(web)) == ["in_progress", "error"]
    assert "trc_mee6_last_run_exit_code" in (tmp_path / "trc-mee6.prom").read_text()
    assert [line.split("receiver=")[1].split()[0] for line in ran.err.splitlines()
            if "notify.failed" in line] == ["ALERT_URLS"]  # fmt: skip


def test_an_error_before_the_run_is_recorded_is_told_too(run, board, web, told, sqlite_url):
    run("sync", "--enroll-all")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE sync_run SET started_at = 'yesterday'")
        database.commit()
    ran = run("sync", **told)
    assert ran.code == 1
    assert pings(web) == ["/sync/fail"]
    crash, check_in = sent_to_sentry(web)
    assert crash["exception"]["values"][-1]["type"] == "ValueError"
    assert check_in == "error"


def test_a_database_that_fails_amid_a_run_is_told_once(run, board, web, told, sqlite_url):
    board.join(ADA, 100)
    run("sync", "--enroll-all")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database:
        database.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON discord_activity"
            " BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )
        database.commit()
    board.gain(ADA, 100)
    assert run("sync", **told).code == 69
    assert pings(web) == ["/sync/start", "/sync/fail"]
    assert list(sent_to_sentry(web)) == ["in_progress", "error"]


@pytest.mark.parametrize("fault", [None, faults.player(xp="12")])
def test_a_signal_ends_the_waiting(start, run, board, stand_in, tmp_path, fault):
    """For services at the end of a run, and for the channels of an alert within it."""
    if fault is not None:
        stand_in.misbehave(fault)
    with service(slow=True) as slow:
        process = start("sync", "--enroll-all", **settings(slow.url, tmp_path))
        if fault is None:
            assert process.stdout.readline().startswith("sync ok")
        else:
            until(lambda: any(path.startswith("/alert") for path in slow.paths))
        sent = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert time.monotonic() - sent < 5
    code = 0 if fault is None else 76  # the run was done
    assert process.returncode == code
    recorded = run("status", "--format", "json").document["runs"]["sync"]
    assert recorded["exit_code"] == code


def test_a_stopped_run_is_told_in_time(start, board, stand_in, web, told):
    for n in range(30):
        board.join(ADA + n, 100)
    slowly = {"MEE6_PAGE_SIZE": "10", "MEE6_REQUEST_INTERVAL": "9"}
    process = start("sync", "--enroll-all", **told, **slowly)
    until(lambda: bool(stand_in.asked))
    sent = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert time.monotonic() - sent < 5
    assert process.returncode == 143
    assert pings(web) == ["/sync/start", "/sync/log"]


def test_a_run_that_cannot_begin_is_told_but_a_dry_one_is_not(run, web, told, tmp_path):
    broken = {**told, "DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/x.db"}
    assert run("sync", "--dry-run", **broken).code == 78
    assert web.paths == []
    for job in ("sync", "streaks"):
        ran = run(job, **broken)
        assert ran.code == 78
        assert pings(web).pop() == f"/{job}/fail"
        assert list(sent_to_sentry(web)).pop() == "error"
    assert any(b"sync failed: DATABASE_URL: the folder" in asked.body for asked in web.asked)


def test_a_dry_run_and_other_commands_are_told_to_nobody(run, board, web, told):
    board.join(ADA, 100)
    run("sync", "--enroll-all", "--dry-run", **told)
    run("status", **told)
    run("members", "link", str(ADA), **told)
    assert web.paths == []


def test_a_job_that_nobody_waits_for_pings_nobody_but_counts(run, board, web, told, tmp_path):
    board.join(ADA, 100)
    assert run("backfill-baseline", "--enroll-all", **told).code == 0
    assert pings(web) == []
    assert list(sent_to_sentry(web)) == []
    assert 'command="backfill-baseline"' in (tmp_path / "trc-mee6.prom").read_text()


def test_an_unexpected_error_reaches_sentry(run, board, web, told, sqlite_url):
    board.join(ADA, 100)
    run("sync", "--enroll-all")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE sync_run SET started_at = 'yesterday'")
        database.commit()
    secret = told["ALERT_URLS"].rpartition("/")[2]
    ran = run("status", "--guild", str(GUILD), **told)
    assert ran.code == 1
    (event,) = sent_to_sentry(web)
    assert event["exception"]["values"][-1]["type"] == "ValueError"
    assert event["tags"] == {"command": "status"}
    assert secret not in json.dumps(event)


def test_nothing_is_loaded_that_is_not_set(environment, usual, board, tmp_path):
    script = """
import sys
from trc_mee6.cli.main import main
main(["sync", "--enroll-all"])
print([name for name in ("apprise", "sentry_sdk", "prometheus_client") if name in sys.modules])
"""
    ran = run_to_end([PROGRAM[0], "-c", script], usual, tmp_path)
    assert ran.out.splitlines()[-1] == "[]"


def test_what_is_not_installed_is_told_and_fails_no_run(usual, board, web, tmp_path):
    script = """
import sys
for name in ("apprise", "sentry_sdk", "prometheus_client"):
    sys.modules[name] = None
from trc_mee6.cli.main import main
for words in (["sync", "--enroll-all"], ["notify", "test"]):
    print(main(words))
"""
    given = usual | settings(web.url, tmp_path)
    ran = run_to_end([PROGRAM[0], "-c", script], given, tmp_path)
    assert [line for line in ran.out.splitlines() if line.isdigit()] == ["0", "69"]
    for name, module in (
        ("SENTRY_DSN", "sentry_sdk"),
        ("METRICS_TEXTFILE", "prometheus_client"),
        ("PUSHGATEWAY_URL", "prometheus_client"),
    ):
        assert f"notify.failed receiver={name} reason={module} is not installed" in ran.err
    how = "apprise is not installed; install trc-mee6 with its extra alerts (README.md, Install)"
    assert f"ALERT_URLS (json): did not arrive: {how}\n" in ran.err
