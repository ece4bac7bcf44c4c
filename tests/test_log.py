"""The log on standard error: text for people, JSON for machines, nothing that steers either."""

import json
import logging
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support import run_to_end

from trc_mee6.log import about, configure, log


@pytest.fixture(autouse=True)
def _as_before():
    """Leave the package's logger as it was."""
    ours = logging.getLogger("trc_mee6")
    before = ours.handlers, ours.level, ours.propagate, logging.lastResort
    yield
    ours.handlers, ours.level, ours.propagate, logging.lastResort = before


@pytest.fixture
def at_noon():
    """Stop the clock of the log at noon UTC, on a machine that is elsewhere."""
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()
    make = logging.LogRecord

    def record(*arguments, **named):
        made = make(*arguments, **named)
        made.created = noon
        return made

    logging.setLogRecordFactory(record)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()
    logging.setLogRecordFactory(make)


def test_text_is_one_line_of_utc_time_level_event_and_fields(at_noon, capsys):
    configure("info", "text")
    log.info("page.read", page=3, players=1000)
    log.warning("nothing more")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "2026-01-05T12:00:00Z info    page.read page=3 players=1000",
        "2026-01-05T12:00:00Z warning nothing more",
    ]


def test_json_is_one_document_a_line(at_noon, capsys):
    configure("info", "json")
    log.info("page.read", page=3, name="小林\n", until=datetime(2026, 1, 6, tzinfo=UTC))
    log.error("nothing more")
    out, err = capsys.readouterr()
    assert out == ""
    assert [json.loads(line) for line in err.splitlines()] == [
        {
            "time": "2026-01-05T12:00:00Z",
            "level": "info",
            "event": "page.read",
            "job": None,
            "guild_id": None,
            "sync_id": None,
            "page": 3,
            "name": "小林\n",
            "until": "2026-01-06T00:00:00Z",
        },
        {
            "time": "2026-01-05T12:00:00Z",
            "level": "error",
            "event": "nothing more",
            "job": None,
            "guild_id": None,
            "sync_id": None,
        },
    ]


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize(
    ("level", "shown"),
    [("debug", "debug info warning error"), ("WARNING", "warning error"), ("error", "error")],
)
def test_only_the_level_asked_for_and_above_is_shown_and_only_once(
    level, shown, log_format, capsys
):
    configure("debug", "text")
    configure(level, log_format)
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)(f"event.{name}")
    err = capsys.readouterr().err
    assert [line.count("event.") for line in err.splitlines()] == [1] * len(shown.split())
    assert all(f"event.{name}" in err for name in shown.split())


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_is_shown_and_its_message_steers_no_terminal(log_format, capsys):
    configure("info", log_format)
    try:
        raise ValueError("\x1b[2Jboo")  # noqa: TRY301 - the traceback is what is tested
    except ValueError:
        log.error("unexpected", exc_info=True)
    err = capsys.readouterr().err
    assert "\x1b" not in err
    if log_format == "json":
        (line,) = err.splitlines()
        assert json.loads(line)["traceback"].endswith("ValueError: \x1b[2Jboo")
    else:
        first, second, *_, last = err.splitlines()
        assert first.endswith(" error   unexpected")
        assert second == "Traceback (most recent call last):"
        assert last == "ValueError: ␛[2Jboo"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_libraries_speak_in_the_same_form_and_of_odd_headers_not_at_all(log_format):
    script = f"""
import logging
from trc_mee6.log import configure
configure("debug", "{log_format}")
logging.getLogger("psycopg").warning("connection \\x1b[2J lost")
logging.getLogger("urllib3.connectionpool").warning("Failed to parse headers")
"""
    command = [sys.executable, "-c", script]
    (line,) = run_to_end(command, {"PYTHONPATH": "."}, Path.cwd()).err.splitlines()
    if log_format == "json":
        assert json.loads(line)["event"] == "connection \x1b[2J lost"
    else:
        assert line.endswith("Z warning connection ␛[2J lost")


def test_a_name_in_a_field_or_event_breaks_no_line(capsys):
    configure("info", "text")
    log.info("seen\x07", name="A\nda\x1b[2J\u202e")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(" seen␇ name=A␊da␛[2J\ufffd")


def test_what_is_said_in_a_run_says_of_which(capsys):
    whose = {"job": "sync", "guild_id": "1", "sync_id": "x"}
    for log_format in ("json", "text"):
        configure("info", log_format)
        with about(**whose):
            log.info("page.read", page=3)
        log.info("after")
    first, after, text, bare = capsys.readouterr().err.splitlines()
    assert json.loads(first).items() >= {**whose, "page": 3}.items()
    assert json.loads(after)["sync_id"] is None
    assert text.endswith(" page.read page=3 job=sync guild_id=1 sync_id=x")
    assert bare.endswith(" after")


def test_an_application_has_the_events_in_its_own_logging(caplog):
    with caplog.at_level("INFO", logger="trc_mee6"):
        log.info("page.read", page=3)
    (record,) = caplog.records
    assert record.msg == {"event": "page.read", "page": 3}
