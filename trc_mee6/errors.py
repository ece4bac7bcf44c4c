"""Everything that can go wrong and is understood, each with its exit code (sysexits.h).

An error is raised where its cause is known, with a message that says what happened, what it
means and what to do next; `cli.main` turns it into the exit code and one or two lines.
"""

from datetime import datetime


class TrcMee6Error(Exception):
    """An understood failure; its text is shown to the operator as it stands."""

    exit_code = 1


class InputMalformed(TrcMee6Error):
    """A file the operator gave cannot be read or understood."""

    exit_code = 65


class LedgerConflict(TrcMee6Error):
    """A ledger key was used before, for something else (R4)."""

    exit_code = 65


class CopyDiffers(TrcMee6Error):
    """What was read back of a copied database is not what was written."""


class Mee6Unavailable(TrcMee6Error):
    """MEE6 could not be reached or made sense of, after all retries (R13)."""

    exit_code = 69


class DatabaseUnavailable(TrcMee6Error):
    """The database cannot be reached, read or written."""

    exit_code = 69


class LockHeld(TrcMee6Error):
    """Another run of the same kind is under way."""

    exit_code = 75


class RateLimited(TrcMee6Error):
    """MEE6 said 429 in earnest (R14).

    Args:
        message: what to tell the operator.
        wait: seconds for which MEE6 asked to be left alone, None if it did not say.
    """

    exit_code = 75

    def __init__(self, message: str, wait: float | None) -> None:
        super().__init__(message)
        self.wait = wait


class CoolingDown(TrcMee6Error):
    """MEE6 must not be asked before `until` (R14)."""

    exit_code = 75

    def __init__(self, until: datetime) -> None:
        super().__init__(f"MEE6 must not be asked before {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


class DiscordUnavailable(TrcMee6Error):
    """Discord could not be reached, or failed, after all retries."""

    exit_code = 69


class DiscordBusy(TrcMee6Error):
    """Discord takes no more requests for longer than a command should wait."""

    exit_code = 75


class DiscordRefused(TrcMee6Error):
    """Discord did not take the message, or answered what it never did before."""

    exit_code = 76


class SchemaBroken(TrcMee6Error):
    """MEE6 answered JSON that is not the board as we know it (R13)."""

    exit_code = 76


class BoardNotPublic(TrcMee6Error):
    """MEE6 will not show this board: 401, 403 or a redirect (R13)."""

    exit_code = 77


class ConfigError(TrcMee6Error):
    """A setting is missing or wrong."""

    exit_code = 78


class NoSuchGuild(ConfigError):
    """MEE6 knows no such guild: 404 (R13)."""


class OutOfTime(Exception):
    """`--max-runtime` is over; what was read so far counts (R15)."""


class Interrupted(KeyboardInterrupt):
    """A signal ends what is under way: a wait at once, a write when it takes too long (R15).

    A KeyboardInterrupt, so that libraries which clean up on Ctrl-C do so here too.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(f"stopped by signal {signum}")
        self.signum = signum
