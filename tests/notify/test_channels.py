"""Alerts through apprise, to a webhook on this machine."""

import json

import pytest
from receivers import service
from support import MARK, START, TOKEN

from trc_mee6.notify.channels import channels
from trc_mee6.notify.events import Alert
from trc_mee6.notify.telling import Telling

ALERT = Alert(
    "trc-mee6: sync is failing", "Guild: Café *x*\nWhat: <b>it</b> & more", recovered=False
)


def address(url):
    """Return a web address as one of apprise's kind that sends JSON."""
    return url.replace("http://", "json://")


def test_an_alert_arrives_as_it_was_written(web, told):
    (channel,) = channels(address(web.url))
    assert told(channel, ALERT, patience=60) is None
    sent = json.loads(web.asked[0].body)
    assert (sent["title"], sent["message"]) == (ALERT.title, ALERT.text)
    assert sent["type"] == "failure"


def test_every_address_is_a_channel_of_its_own(web):
    with service(status=500) as broken:
        addresses = f" {address(web.url)}/?a=1,2, {address(broken.url)}\njson://127.0.0.1:1 "
        telling = Telling(channels(addresses), patience=6)
        arrivals = dict(telling.test(START))
    assert arrivals == {
        "ALERT_URLS 1 of 3 (json)": None,
        "ALERT_URLS 2 of 3 (json)": "HTTP 500",
        "ALERT_URLS 3 of 3 (json)": "refused, or nobody answered",
    }
    assert "Nothing is wrong" in json.loads(web.asked[0].body)["message"]


def test_a_broken_channel_is_told_without_its_address(broken, told, capfd):
    (channel,) = channels(f"{address(broken.url)}/{TOKEN}")
    says = broken.says.replace("it cannot be reached", "refused, or nobody answered")
    assert told(channel, ALERT, patience=1.5) == says
    assert MARK not in "".join(capfd.readouterr())


@pytest.mark.parametrize("wrong", [TOKEN, f"nokind://{TOKEN}", f"discord://{TOKEN}"])
def test_what_is_no_address_is_told_and_not_shown(told, wrong, capfd):
    (channel,) = channels(wrong)
    assert told(channel, ALERT, patience=60) == "it is no address that apprise understands"
    assert MARK not in channel.name + "".join(capfd.readouterr())


def test_two_that_fail_at_once_are_told_apart():
    with service(status=500) as one, service(status=404) as other:
        for _ in range(5):
            both = f"{address(one.url)} {address(other.url)}"
            said = [arrival.problem for arrival in Telling(channels(both)).test(START)]
            assert said == ["HTTP 500", "HTTP 404"]
