"""Alerts to chats, mail and the like, through apprise: one receiver for each address."""

import logging
import re
import threading
from typing import TYPE_CHECKING, Self

from trc_mee6.notify.events import Alert, Event, Trial
from trc_mee6.notify.telling import NotDelivered

if TYPE_CHECKING:
    import apprise

# As apprise does it: addresses hold commas, but none is followed by the kind of another.
_BETWEEN = re.compile(r"[\s,]+(?=[a-z][a-z0-9]*://)", re.IGNORECASE)
_KIND = re.compile(r"([a-z][a-z0-9]{1,20})://", re.IGNORECASE)
_STATUS = re.compile(r"error=([0-9]{3})\b")  # how apprise's log tells what HTTP said


def channels(addresses: str) -> list["Channel"]:
    """Return a receiver for each of the addresses, separated by blanks or commas."""
    found = _BETWEEN.split(addresses.strip(" \t\n,"))
    return [Channel(one, number, len(found)) for number, one in enumerate(found, start=1)]


class Channel:
    """One address of apprise's kinds (https://github.com/caronc/apprise/wiki)."""

    hears = (Alert,)

    def __init__(self, address: str, number: int, of: int) -> None:
        self._address = address
        which = f" {number} of {of}" if of > 1 else ""
        kind = _KIND.match(address)
        self.name = f"ALERT_URLS{which} ({kind[1]})" if kind else f"ALERT_URLS{which}"

    def tell(self, event: Event) -> None:
        """Deliver an alert. Raises `NotDelivered`, and ImportError without apprise."""
        import apprise

        match event:
            case Alert(title=title, text=text, recovered=recovered):
                kind = apprise.NotifyType.SUCCESS if recovered else apprise.NotifyType.FAILURE
                self._send(title, text, kind)
            case Trial(at=at):
                text = f"Nothing is wrong. Somebody tried at {at:%Y-%m-%d %H:%M:%S} UTC whether"
                text += " alerts arrive here: trc-mee6 notify test"
                self._send("trc-mee6: a test", text, apprise.NotifyType.INFO)

    def _send(self, title: str, text: str, kind: "apprise.NotifyType") -> None:
        import apprise

        # In this thread, which these two mean: apprise's own would keep the program from ending.
        asset = apprise.AppriseAsset(app_id="trc-mee6", async_mode=False, service_timeout=0)
        channel = apprise.Apprise(asset=asset)
        with _Statuses() as statuses:
            if not channel.add(self._address):
                raise NotDelivered("it is no address that apprise understands")
            sent = channel.notify(
                body=text, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
            )
        if not sent:
            last = statuses.found[-1:]
            raise NotDelivered(f"HTTP {last[0]}" if last else "refused, or nobody answered")


class _Statuses(logging.Filter):
    """What HTTP said, of all that apprise logs in this thread.

    The rest may repeat the address, so it goes nowhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread != self._thread:  # another channel's, which has a filter of its own
            return True
        self.found += _STATUS.findall(record.getMessage())
        return False

    def __enter__(self) -> Self:
        logging.getLogger("apprise").addFilter(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeFilter(self)
