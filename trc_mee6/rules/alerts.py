"""When people are told that runs fail, and that they no longer do (R17)."""

from enum import StrEnum

FAILURES_BEFORE_ALERT = 3


class Trouble(StrEnum):
    """What can be wrong with a job; the last two do not wait for a third failure."""

    FAILING = "failing"
    SCHEMA = "schema"
    HELD = "held"


class Notice(StrEnum):
    """What to tell, if anything."""

    NOTHING = "nothing"
    TROUBLE = "trouble"
    RECOVERY = "recovery"


def notice(trouble: Trouble | None, failures: int, alerted: Trouble | None) -> Notice:
    """Decide what a finished run means for the people who are told.

    Args:
        trouble: what was wrong with this run, None if it did its work.
        failures: runs that failed in a row, this one included.
        alerted: the trouble last told of, None if nothing was or a recovery was told since.
    """
    if trouble is None:
        return Notice.NOTHING if alerted is None else Notice.RECOVERY
    if trouble is Trouble.FAILING:
        told = alerted is not None or failures < FAILURES_BEFORE_ALERT
    else:
        told = alerted is trouble
    return Notice.NOTHING if told else Notice.TROUBLE
