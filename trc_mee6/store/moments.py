"""Moments in time as the databases keep them."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1024)
def as_text(moment: datetime) -> str:
    """Return ISO 8601 in UTC of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def as_moment(value: Any) -> datetime | None:
    """Return a stored moment as an aware datetime in UTC."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC)


def as_day(value: Any) -> date | None:
    """Return a stored day."""
    return None if value is None else known_day(value)


@lru_cache(maxsize=1024)  # there are many rows of few days
def known_day(value: Any) -> date:
    """Return a stored day that cannot be absent."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """Return a value as SQLite keeps it: moments and days are text."""
    if isinstance(value, datetime):
        return as_text(value)
    return value.isoformat() if isinstance(value, date) else value
