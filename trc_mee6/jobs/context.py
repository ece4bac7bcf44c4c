"""What every job is given, and how it tells of its progress."""

from dataclasses import dataclass, field
from typing import Protocol

from trc_mee6.clock import Clock
from trc_mee6.jobs.stop import Stop
from trc_mee6.notify.telling import Telling
from trc_mee6.settings import Settings
from trc_mee6.store.connect import Store


class Progress(Protocol):
    """Whoever watches a sweep."""

    def page_read(self, pages: int, players: int, expected_pages: int | None) -> None:
        """Tell that so many pages and players were read, of so many expected, if known."""

    def moved(self, points: int) -> None:
        """Tell that so many points were moved so far."""


class NoProgress:
    """Nobody watches."""

    def page_read(self, pages: int, players: int, expected_pages: int | None) -> None:
        """Do nothing."""

    def moved(self, points: int) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """The inputs of one run.

    Attributes:
        dry_run: ask MEE6, but change nothing.
        max_runtime: seconds after which the sweep is cut short, None for no limit.
        telling: whom to tell of the run.
    """

    settings: Settings
    store: Store
    clock: Clock
    guild_id: int
    dry_run: bool = False
    max_runtime: float | None = None
    stop: Stop = field(default_factory=Stop)
    progress: Progress = field(default_factory=NoProgress)
    telling: Telling = field(default_factory=Telling)
