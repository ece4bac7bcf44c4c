"""Tells the services what happens, each in a thread of its own, and waits for none too long.

A run goes on while they are told, and how it ends does not depend on them (R17). A service hears
of things in their order. What is not delivered when the patience is used up is given up.
"""

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from trc_mee6.log import log, what_it_is_about
from trc_mee6.notify.events import Ended, Event, Trial
from trc_mee6.report import Arrival
from trc_mee6.text import printable

PATIENCE = 9.0  # seconds that all services together may delay the program; 10 are promised
_EXTRAS = {"apprise": "alerts", "prometheus_client": "metrics", "sentry_sdk": "sentry"}


class Receiver(Protocol):
    """A service, as one file of this room knows it."""

    @property
    def name(self) -> str:
        """The setting that names it, and what tells it from others of the same setting."""

    @property
    def hears(self) -> tuple[type[Event], ...]:
        """The kinds of event it wants to be told of; a test is for everybody."""

    def tell(self, event: Event) -> None:
        """Deliver it. Raises `NotDelivered` or, if the service is not installed, ImportError."""


class NotDelivered(Exception):
    """A service could not be told; the text says why, and shows no secret."""


@dataclass(slots=True)
class Delivery:
    """One event on its way to one service.

    Attributes:
        problem: why it was not delivered, None if it was; not final before `done` is set.
        about: which run it was sent in, for the log.
    """

    receiver: str
    event: Event
    done: threading.Event = field(default_factory=threading.Event)
    problem: str | None = "no answer in time"
    about: Mapping[str, object] = field(default_factory=what_it_is_about)


class Telling:
    """All services that are set; without any, nothing is told.

    Args:
        patience: seconds that all waiting may take together.

    Attributes:
        end_was_told: how the run ended was sent on its way.
    """

    def __init__(self, receivers: Sequence[Receiver] = (), patience: float = PATIENCE) -> None:
        self._queues = [(receiver, _Queue(receiver)) for receiver in receivers]
        self._patience = patience
        self._under_way: list[Delivery] = []
        self.end_was_told = False

    def hears(self, kind: type[Event]) -> bool:
        """Say whether anybody wants to know of events of this kind."""
        return any(kind in receiver.hears for receiver, _ in self._queues)

    def tell(self, event: Event) -> list[Delivery]:
        """Send an event on its way to who wants to know of it, and return at once."""
        self.end_was_told = self.end_was_told or isinstance(event, Ended)
        wanted = [waiting for receiver, waiting in self._queues if type(event) in receiver.hears]
        sent = [waiting.send(event) for waiting in wanted]
        self._under_way += sent
        return sent

    def test(self, at: datetime) -> list[Arrival]:
        """Send a test to everybody, wait, and return how it went."""
        sent = [waiting.send(Trial(at)) for _, waiting in self._queues]
        self.wait(sent)
        return [Arrival(one.receiver, one.problem) for one in sent]

    def wait(self, deliveries: Sequence[Delivery], at_most: float = PATIENCE) -> None:
        """Wait for these, for so many seconds or as long as the patience lasts."""
        began = time.monotonic()
        end = began + min(self._patience, at_most)
        try:
            for delivery in deliveries:
                delivery.done.wait(max(0.0, end - time.monotonic()))
        finally:
            self._patience = max(0.0, self._patience - (time.monotonic() - began))

    def finish(self, *, at_most: float = PATIENCE) -> None:
        """Wait for all that is under way, and log what was not delivered."""
        self._patience = min(self._patience, at_most)
        deliveries, self._under_way = self._under_way, []
        try:
            self.wait(deliveries)
        finally:
            for one in {(one.receiver, one.problem): one for one in deliveries}.values():
                if one.problem is not None:
                    log.warning(
                        "notify.failed", receiver=one.receiver, reason=one.problem, **one.about
                    )


class _Queue:
    """What a service is still to be told, in a thread of its own.

    A daemon, for a thread that hangs in a dead network must not keep the program from ending.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._waiting: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._deliver, name=receiver.name, daemon=True)

    def send(self, event: Event) -> Delivery:
        delivery = Delivery(self._receiver.name, event)
        self._waiting.put(delivery)
        try:
            if not self._thread.is_alive():
                self._thread.start()
        except RuntimeError:  # the process may have no more threads
            delivery.problem = "no thread could be started for it"
            delivery.done.set()
        return delivery

    def _deliver(self) -> None:
        while True:
            delivery = self._waiting.get()
            delivery.problem = self._problem_with(delivery.event)
            delivery.done.set()

    def _problem_with(self, event: Event) -> str | None:
        try:
            self._receiver.tell(event)
        except NotDelivered as error:
            return str(error)
        except ImportError as error:
            package = str(error.name).partition(".")[0]
            extra = _EXTRAS.get(package, "alerts,metrics,sentry")
            how = f"install trc-mee6 with its extra {extra} (README.md, Install)"
            return f"{printable(package)} is not installed; {how}"
        # Libraries put addresses, and so secrets, into their messages; some raise what is no
        # Exception, and the thread is to live on.
        except BaseException as error:
            return f"unexpected: {type(error).__name__}"
        return None
