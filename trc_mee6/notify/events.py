"""What is told to the services: that a run started, how it ended, trouble, an unexpected error."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from trc_mee6.report import GuildFigures, RunReport


class Outcome(StrEnum):
    """What the end of a run means for who watches the job (R17)."""

    GOOD = "good"  # it did its work
    BAD = "bad"  # failed, refused or held
    NEITHER = "neither"  # stopped, cooling down, or --max-runtime before the first page


def run_uuid(sync_id: str) -> UUID:
    """Return the id by which services that want a UUID know a run."""
    return uuid5(NAMESPACE_URL, f"trc-mee6:{sync_id}")


@dataclass(frozen=True, slots=True)
class Started:
    """A run has its lock and begins to work."""

    run: RunReport


@dataclass(frozen=True, slots=True)
class Ended:
    """A run ended, or could not begin.

    Attributes:
        summary: one line that says what it did.
    """

    run: RunReport
    outcome: Outcome
    summary: str


@dataclass(frozen=True, slots=True)
class Measured:
    """How the guilds of the database stand after a run.

    Attributes:
        guild_id: of the run.
        guilds: all of them, that one included.
    """

    guild_id: int
    guilds: tuple[GuildFigures, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """Trouble with a job, or that it is over (R17); both texts are harmless to show."""

    title: str
    text: str
    recovered: bool


@dataclass(frozen=True, slots=True)
class Crashed:
    """An error that nobody understood.

    Attributes:
        command: the words of the command.
        run: the run it ended, None if it was no job's, or none had begun.
    """

    error: BaseException
    command: str
    run: RunReport | None


@dataclass(frozen=True, slots=True)
class Trial:
    """Nothing is wrong; the operator wants to see that this arrives."""

    at: datetime


Event = Started | Ended | Measured | Alert | Crashed | Trial
