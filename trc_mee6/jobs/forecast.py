"""When a member reaches a level or a total, or passes somebody, from the database alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from trc_mee6.errors import ConfigError
from trc_mee6.jobs.registry import known_member
from trc_mee6.report import Forecast, MemberState, Pace, Target
from trc_mee6.rules.days import midnight
from trc_mee6.rules.forecast import days_of_pace, first_possible, outlook
from trc_mee6.rules.levels import level_at, xp_at
from trc_mee6.rules.streaks import Span
from trc_mee6.store.board_gains import board_gains
from trc_mee6.store.connect import Store
from trc_mee6.store.members import xp_account

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


class _Observed(NamedTuple):
    """A member of whom XP is known, as of when, and from which day on."""

    member: MemberState
    xp: int
    at: datetime
    baseline_on: date


def forecast(
    store: Store,
    guild_id: int,
    discord_id: int,
    now: datetime,
    days: int,
    *,
    level: int | None = None,
    xp: int | None = None,
    overtake: int | None = None,
) -> Forecast:
    """Return when a member reaches one of these, by default the next level.

    Args:
        now: the present moment, for the record.
        days: how many whole days make the pace, at most.
        level: a level of MEE6's.
        xp: an XP total.
        overtake: the Discord id of a member to pass.

    Raises:
        ConfigError: one of them was never known or is not linked, or their XP is not known.
    """
    with store.snapshot():
        concerned = [_observed(store, guild_id, discord_id)]
        if overtake is not None:
            rival = _observed(store, guild_id, overtake)
            concerned.append(rival)
            target = Target(rival.xp + 1, rival=rival.member)
        elif xp is not None:
            target = Target(xp)
        else:
            level = level_at(concerned[0].xp) + 1 if level is None else level
            target = Target(xp_at(level), level)
        asked = Forecast(
            guild_id,
            now,
            concerned[0].member,
            concerned[0].xp,
            target,
            observed_at=min(one.at for one in concerned),
            possible_on=first_possible(max(one.baseline_on for one in concerned)),
        )
        return _looking_ahead(store, asked, concerned, days) if asked.xp_needed else asked


def _observed(store: Store, guild_id: int, discord_id: int) -> _Observed:
    member = known_member(store, guild_id, discord_id)
    if not member.linked:
        raise ConfigError(
            f"{discord_id} is not linked, so what they gain is not observed. Link them with:"
            f" trc-mee6 members link {discord_id}"
        )
    baseline_at = xp_account(store, guild_id, discord_id).baseline_at
    if member.xp_total is None or member.last_observed_at is None or baseline_at is None:
        raise ConfigError(
            f"{discord_id} was not observed yet, so their XP is not known. Run first: trc-mee6 sync"
        )
    return _Observed(member, member.xp_total, member.last_observed_at, baseline_at.date())


def _looking_ahead(
    store: Store, asked: Forecast, concerned: Sequence[_Observed], most: int
) -> Forecast:
    """Return the forecast with pace and outlook, if enough days are known of all concerned."""
    today = asked.observed_at.date()
    days = days_of_pace(most, today, max(one.baseline_on for one in concerned))
    if days is None:
        return asked
    gains, *of_rival = (
        _daily(board_gains(store, asked.guild_id, one.member.discord_id, *days), days)
        for one in concerned
    )
    for taken in of_rival:
        gains = [gain - less for gain, less in zip(gains, taken, strict=True)]
    left_of_day = Fraction(
        (midnight(today) + _DAY - asked.observed_at) // _MICROSECOND, _DAY // _MICROSECOND
    )
    return replace(
        asked,
        pace=Pace(days, sum(gains)),
        outlook=outlook(gains, asked.xp_needed, left_of_day),
    )


def _daily(gains: Mapping[date, int], days: Span) -> list[int]:
    """Return the gain of every day, 0 where there was none."""
    count = (days.last - days.first).days + 1
    return [gains.get(days.first + n * _DAY, 0) for n in range(count)]
