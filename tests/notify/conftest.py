"""What can be wrong with a service, for each of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from receivers import Service, nobody, service

from trc_mee6.notify.events import Event
from trc_mee6.notify.telling import Receiver, Telling


@pytest.fixture
def web() -> Iterator[Service]:
    """A service that takes everything."""
    with service() as running:
        yield running


@pytest.fixture(params=["dead", "slow", "500"])
def broken(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of one that is not there, never answers, or always fails."""
    with ExitStack() as stack:
        if request.param == "dead":
            yield nobody()
        elif request.param == "slow":
            yield stack.enter_context(service(slow=True)).url
        else:
            yield stack.enter_context(service(status=500)).url


@pytest.fixture
def told() -> Callable[..., str | None]:
    """Tell one receiver of events, and return what went wrong with the last."""

    def tell(receiver: Receiver, *events: Event, patience: float = 2.0) -> str | None:
        telling = Telling([receiver], patience)
        sent = [one for event in events for one in telling.tell(event)]
        telling.wait(sent)
        return sent[-1].problem

    return tell
