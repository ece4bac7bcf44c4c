"""Members first taken to be at zero because they were not on the board (R5)."""

from datetime import timedelta

DEFAULT_XP_PER_MESSAGE = 25  # MEE6's own default maximum, for guilds that do not say
DEFAULT_XP_RATE = 1.0
_ALWAYS_BELIEVED = 1000
_GENEROSITY = 4


def earnable_xp(since: timedelta, xp_per_message: int | None, xp_rate: float | None) -> float:
    """Return the most XP anyone could have earned in that time, generously.

    A member who was given a zero baseline and first shows up with more than this had been
    missed by the sweep, and that sighting becomes the baseline (R5).

    Args:
        since: time since the zero baseline.
        xp_per_message: most XP a message earns, None if the guild did not say.
        xp_rate: the guild's multiplier, None if the guild did not say.
    """
    per_minute = (DEFAULT_XP_PER_MESSAGE if xp_per_message is None else xp_per_message) * (
        DEFAULT_XP_RATE if xp_rate is None else xp_rate
    )
    return max(_ALWAYS_BELIEVED, _GENEROSITY * per_minute * (since.total_seconds() / 60))
