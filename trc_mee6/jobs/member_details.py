"""One member: how the balance comes about, and why the streak stands where it stands."""

from datetime import date, datetime, timedelta

from trc_mee6.jobs.registry import known_member
from trc_mee6.report import MemberDetails, MemberState, StreakAccount, StreakStatus
from trc_mee6.rules.streaks import DayKind, grounds, kinds
from trc_mee6.store import members
from trc_mee6.store.connect import Store
from trc_mee6.store.streaks import days_of_member

_NEWEST = 20  # lines of activity and ledger
_WEEKS = 8
_DAY = timedelta(days=1)


def member_details(store: Store, guild_id: int, discord_id: int, now: datetime) -> MemberDetails:
    """Return all that is known of a member, as of one moment.

    Args:
        now: the present moment; its UTC day is the last of the eight weeks.

    Raises:
        ConfigError: nobody of that id was ever known.
    """
    with store.snapshot():
        state = known_member(store, guild_id, discord_id)
        days = days_of(store, guild_id, state, now.date())
        since = now.date() - timedelta(days=now.weekday(), weeks=_WEEKS - 1)
        return MemberDetails(
            state,
            members.activity(store, guild_id, discord_id, _NEWEST),
            members.transactions(store, guild_id, discord_id, _NEWEST),
            members.points_by_source(store, guild_id, discord_id),
            members.xp_account(store, guild_id, discord_id),
            _streak(state, days, now.date()),
            [day for day in days if day.day >= since],
            now.date(),
        )


def days_of(store: Store, guild_id: int, state: MemberState, today: date) -> list[DayKind]:
    """Return what every day since the first observation is for a member, up to `today`."""
    first = members.first_observation(store, guild_id, state.discord_id)
    if first is None or state.last_observed_at is None:
        return []
    active, grace = days_of_member(store, guild_id, state.discord_id)
    return kinds(first.date(), today, state.last_observed_at.date(), active, grace)


def _streak(state: MemberState, days: list[DayKind], today: date) -> StreakAccount:
    if not days or state.last_observed_at is None:
        return StreakAccount(StreakStatus.UNOBSERVED)
    observed_on = state.last_observed_at.date()
    through = state.judged_through
    judged = [] if through is None else [day for day in days if day.day <= through]
    counts_from, last_inactive = grounds(judged)
    return StreakAccount(
        _status(state),
        first_observed_on=days[0].day,
        judged_through=through,
        observed_through=observed_on - _DAY,
        pending=state.linked and observed_on < today,
        counts_from=counts_from,
        last_inactive_on=last_inactive,
    )


def _status(state: MemberState) -> StreakStatus:
    if state.judged_through is not None:
        return StreakStatus.JUDGED
    return StreakStatus.UNJUDGED if state.current_streak is None else StreakStatus.TO_JUDGE_ANEW
