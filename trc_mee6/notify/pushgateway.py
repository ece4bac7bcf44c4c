"""Metrics pushed to a Prometheus Pushgateway, in a group of their own for each guild.

https://github.com/prometheus/pushgateway#command-line. For hosts whose jobs come and go.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from trc_mee6.notify.events import Event, Measured, Trial

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_GROUP = "trc-mee6"
_TEST_GROUP = "trc-mee6-test"


class Pushgateway:
    """A gateway, at an address that may hold user and password."""

    name = "PUSHGATEWAY_URL"
    hears = (Measured,)

    def __init__(self, url: str) -> None:
        self._url = url

    def tell(self, event: Event) -> None:
        """Push. Raises `NotDelivered`, and ImportError without prometheus-client."""
        from prometheus_client import CollectorRegistry, Gauge, delete_from_gateway

        from trc_mee6.notify.metrics import registry

        match event:
            case Measured(guild_id=guild_id, guilds=guilds, at=at):
                own = [guild for guild in guilds if guild.guild_id == guild_id]
                self._push(_GROUP, registry(own, at), {"guild_id": str(guild_id)})
            case Trial(at=at):
                mark = CollectorRegistry()
                Gauge("trc_mee6_notify_test_timestamp_seconds", "A test.", registry=mark).set(
                    at.timestamp()
                )
                self._push(_TEST_GROUP, mark, {})
                delete_from_gateway(self._url, _TEST_GROUP, handler=_handler)

    def _push(self, group: str, what: "CollectorRegistry", key: dict[str, str]) -> None:
        from prometheus_client import push_to_gateway

        push_to_gateway(self._url, group, what, grouping_key=key, handler=_handler)


def _handler(
    url: str, method: str, timeout: float | None, headers: list[tuple[str, str]], data: bytes
) -> Callable[[], None]:
    """Send as the other services are sent to; the form is prometheus-client's."""
    del timeout

    def handle() -> None:
        from trc_mee6.notify.web import send

        send(method, url, data, dict(headers))

    return handle
