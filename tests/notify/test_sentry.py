"""Envelopes as a server of Sentry's protocol reads them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sentry_sdk.envelope import Envelope
from support import GUILD, MARK, PASSWORD, START, TOKEN

from trc_mee6.notify.events import Crashed, Ended, Outcome, Started
from trc_mee6.notify.sentry import Sentry
from trc_mee6.notify.telling import Telling
from trc_mee6.report import RunReport, Status
from trc_mee6.version import __version__

JOBS = ("sync", "streaks")
RUN = RunReport("sync", Status.OK, GUILD, "S1", START, START + timedelta(seconds=2.5))


def project(web, *secrets):
    return Sentry(web.url.replace("http://", "http://publickey@") + "/42", JOBS, secrets)


def items(web):
    """Return header, type and payload of each item that arrived."""
    found = []
    for asked in web.asked:
        assert asked.path == "/api/42/envelope/"
        assert "sentry_key=publickey" in asked.headers["X-Sentry-Auth"]
        envelope = Envelope.deserialize(asked.body)
        found += [(item.type, json.loads(item.get_bytes())) for item in envelope.items]
    return found


def crash(message="boom", run=RUN):
    try:
        breaks(message, PASSWORD)
    except ZeroDivisionError as error:
        return Crashed(error, "sync", run)


def breaks(message, secret):
    """Fail in a frame with a variable that must not be sent."""
    raise ZeroDivisionError(f"{message} {len(secret)}")


def test_a_run_checks_in_when_it_starts_and_ends(web, told):
    assert told(project(web), Started(RUN), Ended(RUN, Outcome.GOOD, "")) is None
    (kind, begun), (_, ended) = items(web)
    assert kind == "check_in"
    assert begun["monitor_slug"] == ended["monitor_slug"] == f"trc-mee6-sync-{GUILD}"
    assert (begun["status"], ended["status"]) == ("in_progress", "ok")
    assert begun["check_in_id"] == ended["check_in_id"]
    assert ended["duration"] == 2.5


def test_a_failed_run_checks_in_as_an_error_and_one_that_waits_for_mee6_as_in_time(web, told):
    told(project(web), Ended(RUN, Outcome.BAD, ""), Ended(RUN, Outcome.NEITHER, ""))
    assert [payload["status"] for _, payload in items(web)] == ["error", "ok"]


def test_a_run_of_no_guild_has_no_monitor(web, told):
    told(project(web), Ended(replace(RUN, guild_id=None), Outcome.BAD, ""))
    assert items(web) == []


def test_jobs_that_nobody_waits_for_do_not_check_in(web, told):
    told(project(web), Started(RunReport("backfill-baseline", Status.OK, GUILD, "S1")))
    assert items(web) == []


def test_an_unexpected_error_says_where_and_in_which_run(web, told):
    assert told(project(web), crash()) is None
    ((kind, event),) = items(web)
    assert kind == "event"
    (error,) = event["exception"]["values"]
    assert (error["type"], error["value"][:4]) == ("ZeroDivisionError", "boom")
    assert error["stacktrace"]["frames"][-1]["function"] == "breaks"
    assert event["tags"] == {"command": "sync", "guild_id": str(GUILD), "sync_id": "S1"}
    assert event["contexts"]["run"]["status"] == "ok"
    assert event["release"] == f"trc-mee6@{__version__}"


def test_an_error_of_no_run_says_of_which_command(web, told):
    told(project(web), crash(run=None))
    assert items(web)[0][1]["tags"] == {"command": "sync"}


@pytest.mark.parametrize("secret", [TOKEN, f'"{PASSWORD}"\n\\'])
def test_no_variable_and_no_secret_is_sent(web, told, secret):
    told(project(web, secret), crash(f"cannot read {secret}!"))
    ((_, event),) = items(web)
    assert event["exception"]["values"][0]["value"].startswith("cannot read [secret]!")
    assert MARK not in json.dumps(event)


@pytest.mark.parametrize("secret", ["values", "true", "1234", "exception"])
def test_a_secret_that_is_a_word_of_the_protocol_breaks_no_event(web, told, secret):
    assert told(project(web, secret), crash(f"cannot read {secret}!")) is None
    ((_, event),) = items(web)
    assert event["exception"]["values"][0]["value"].startswith("cannot read [secret]!")


def test_a_trial_is_a_message_that_says_so(web):
    assert Telling([project(web)]).test(START) == [("SENTRY_DSN", None)]
    ((_, event),) = items(web)
    assert "a test" in event["message"]
    assert event["level"] == "info"


def test_a_broken_project_is_told(broken, told):
    dsn = broken.url.replace("http://", "http://publickey@") + "/42"
    assert told(Sentry(dsn, JOBS, ()), crash(), patience=1.5) == broken.says


@pytest.mark.parametrize("dsn", ["http://127.0.0.1:1/42", "http://key@127.0.0.1:1/project"])
def test_a_dsn_that_is_none_is_told(told, dsn):
    assert told(Sentry(dsn, JOBS, ()), crash()).startswith("it is no DSN; one is like https://KEY@")
