"""What can be wrong with a service, for each of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from receivers import nobody, service

from trc_mee6.notify.events import Event
from trc_mee6.notify.telling import Receiver, Telling


@dataclass(frozen=True)
class Broken:
    """A service that is no good.

    Attributes:
        says: what is told of it.
    """

    url: str
    says: str


@pytest.fixture(params=["dead", "slow", "500"])
def broken(request: pytest.FixtureRequest) -> Iterator[Broken]:
    """One that is not there, never answers, or always fails."""
    with ExitStack() as stack:
        if request.param == "dead":
            yield Broken(nobody(), "it cannot be reached")
        elif request.param == "slow":
            slow = stack.enter_context(service(slow=True))
            yield Broken(slow.url, "no answer in time")
        else:
            failing = stack.enter_context(service(status=500))
            yield Broken(failing.url, "HTTP 500")


@pytest.fixture
def told() -> Callable[..., str | None]:
    """Tell one receiver of events, and return what went wrong with the last."""

    def tell(receiver: Receiver, *events: Event, patience: float = 2.0) -> str | None:
        telling = Telling([receiver], patience)
        sent = [one for event in events for one in telling.tell(event)]
        telling.wait(sent)
        return sent[-1].problem

    return tell
