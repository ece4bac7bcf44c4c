"""Services are told at once and side by side, and none of them holds a run up."""

import threading
import time

import pytest
from receivers import Heard
from support import START

from trc_mee6.log import about
from trc_mee6.notify.events import Alert, Started, Trial
from trc_mee6.notify.telling import NotDelivered, Telling
from trc_mee6.report import RunReport, Status

RUN = Started(RunReport("sync", Status.FAILED, 1))
ALERT = Alert("title", "text", recovered=False)


class Hanging(Heard):
    """Takes what it is told, and never comes back."""

    def tell(self, event):
        self.events.append(event)
        threading.Event().wait()


def test_who_wants_to_know_is_told_in_order():
    both, one = Heard((Started, Alert)), Heard((Alert,))
    telling = Telling([both, one])
    for event in (RUN, ALERT, RUN):
        telling.tell(event)
    telling.finish()
    assert (both.events, one.events) == ([RUN, ALERT, RUN], [ALERT])


def test_all_waiting_together_is_bounded_and_told_of(capsys, caplog):
    hanging, quick = Hanging((Started, Alert)), Heard((Alert,))
    telling = Telling([hanging, Hanging((Alert,)), quick], patience=0.3)
    began = time.monotonic()
    telling.tell(RUN)
    sent = telling.tell(ALERT)
    telling.wait(sent)
    telling.finish()
    telling.tell(ALERT)
    telling.finish()
    assert 0.3 <= time.monotonic() - began < 2
    assert [one.problem is None for one in sent] == [False, False, True]
    assert quick.events[0] == ALERT
    first = caplog.records[0].msg
    assert (first["event"], first["reason"]) == ("notify.failed", "no answer in time")


def test_a_signal_that_ends_the_waiting_ends_it_for_good():
    telling = Telling([Hanging((Alert,))], patience=60)
    telling.tell(ALERT)
    began = time.monotonic()
    telling.finish(at_most=0.05)
    telling.finish()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NotDelivered("HTTP 404"), "HTTP 404"),
        (ModuleNotFoundError("x", name="apprise"), "apprise is not installed"),
        (ValueError("https://secret"), "unexpected: ValueError"),
    ],
)
def test_what_went_wrong_is_said_once_and_without_addresses(caplog, error, says):
    telling = Telling([Heard((Alert,), breaks=error)])
    telling.tell(ALERT)
    telling.tell(ALERT)
    telling.finish()
    (record,) = caplog.records
    assert record.msg["receiver"] == "HEARD"
    assert record.msg["reason"].startswith(says)
    assert "secret" not in str(record.msg)


def test_a_trial_reaches_everybody_and_is_not_logged_as_failed(caplog):
    whole, broken = Heard(()), Heard((), breaks=NotDelivered("HTTP 500"), name="BROKEN")
    telling = Telling([whole, broken])
    assert telling.test(START) == [("HEARD", None), ("BROKEN", "HTTP 500")]
    assert whole.events == [Trial(START)]
    telling.finish()
    assert caplog.records == []


def test_with_no_service_nothing_is_told():
    telling = Telling()
    assert telling.tell(ALERT) == []
    assert not telling.hears(Alert)
    telling.finish()


class NoException(BaseException):
    """As some libraries raise it."""


def test_whatever_a_service_raises_the_next_event_is_still_told():
    heard = Heard((Alert,), breaks=NoException("secret"))
    telling = Telling([heard])
    (first,) = telling.tell(ALERT)
    telling.wait([first])
    heard.breaks = None
    (second,) = telling.tell(ALERT)
    telling.wait([second])
    assert (first.problem, second.problem) == ("unexpected: NoException", None)


def test_a_thread_that_cannot_start_is_told_and_not_waited_for(monkeypatch):
    def no_more(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    telling = Telling([Heard((Alert,))])
    (sent,) = telling.tell(ALERT)
    telling.wait([sent])
    assert sent.problem == "no thread could be started for it"


def test_an_alert_that_is_waited_for_leaves_time_for_the_others():
    hanging, whole = Hanging((Alert,)), Heard((Started,))
    telling = Telling([hanging, whole], patience=0.6)
    telling.wait(telling.tell(ALERT), at_most=0.2)
    (sent,) = telling.tell(RUN)
    telling.wait([sent])
    assert sent.problem is None


def test_what_was_not_delivered_is_logged_with_its_run(caplog):
    telling = Telling([Heard((Alert,), breaks=NotDelivered("HTTP 500"))])
    with about(job="sync", guild_id="7", sync_id="S1"):
        telling.tell(ALERT)
    telling.finish()
    (record,) = caplog.records
    assert record.msg["sync_id"] == "S1"
