"""A forecast in a few sentences, and as a JSON document."""

from collections.abc import Iterator

from trc_mee6.render.documents import Document, day, discord_id, moment
from trc_mee6.report import Forecast, MemberState, Pace, Prospect
from trc_mee6.rules.forecast import FEWEST_DAYS
from trc_mee6.rules.levels import level_at
from trc_mee6.text import name


def sentences(forecast: Forecast) -> Iterator[str]:
    """Give what a forecast says, a line for each thing."""
    yield _distance(forecast)
    if forecast.pace is not None:
        yield _pace(forecast, forecast.pace)
    elif forecast.prospect is Prospect.UNKNOWN:
        today = forecast.generated_at.date()
        yield f"A forecast takes {FEWEST_DAYS} whole days since the newest baseline; " + (
            f"it can be made from {forecast.possible_on} on."
            if forecast.possible_on > today
            else "they have passed, so run first: trc-mee6 sync"
        )
    if forecast.observed_at.date() < forecast.generated_at.date():
        yield f"This is as of {forecast.observed_at:%Y-%m-%d %H:%M} UTC, the last observation."


def _distance(forecast: Forecast) -> str:
    who, target, needed = _name_of(forecast.member), forecast.target, forecast.xp_needed
    if target.rival is not None:
        rival = f"{_name_of(target.rival)} ({target.xp - 1:,} XP)"
        if needed:
            return f"{who} needs {needed:,} XP to pass {rival}."
        return f"{who} ({forecast.xp:,} XP) is ahead of {rival} already."
    where = f"{target.xp:,} XP"
    if target.level is not None:
        where = f"level {target.level:,} (at {where})"
    if needed:
        return f"{who} needs {needed:,} XP to {where}."
    return f"{who} ({forecast.xp:,} XP) has reached {where} already."


def _pace(forecast: Forecast, pace: Pace) -> str:
    days = f"the {pace.length} days to {pace.days.last}"
    much = f"{_rounded(abs(pace.per_day))} XP a day"
    rival = forecast.target.rival
    if forecast.prospect is Prospect.NEVER:
        if rival is None:
            return f"Not at this pace: {_name_of(forecast.member)} gained nothing in {days}."
        than = f"{much} more than" if pace.xp else "as much as"
        who = _name_of(rival)
        return f"Not at this pace: {who} gained {than} {_name_of(forecast.member)} in {days}."
    if rival is not None:
        much = f"{much} more than {_name_of(rival)}"
    if forecast.prospect is Prospect.FAR:
        return f"Not within 100 years at the pace of {days}, {much}."
    past = forecast.expected_on is not None and forecast.expected_on < forecast.generated_at.date()
    is_on = "was to be on" if past else "is on"
    when = f"At the pace of {days}, {much}, that {is_on} {forecast.expected_on}; 4 of 5 times"
    if forecast.latest_on is None:
        return f"{when} not before {forecast.earliest_on}, and perhaps not within 100 years."
    if forecast.latest_on == forecast.earliest_on:
        return f"{when} on that very day."
    return f"{when} between {forecast.earliest_on} and {forecast.latest_on}."


def _rounded(xp: float) -> str:
    """Return XP a day so that little is not shown as nothing."""
    return f"{xp:,.1f}".removesuffix(".0") if xp >= 1 else f"{xp:.1g}"


def _name_of(member: MemberState) -> str:
    """Return a member's name, or the id where none is known."""
    return name(member.username) or str(member.discord_id)


def document(forecast: Forecast) -> Document:
    """Return the JSON document."""
    target, pace = forecast.target, forecast.pace
    return {
        "command": "forecast",
        "guild_id": discord_id(forecast.guild_id),
        "generated_at": moment(forecast.generated_at),
        "member": _member(forecast.member, forecast.xp),
        "target": {
            "xp": target.xp,
            "level": target.level,
            "overtake": None if target.rival is None else _member(target.rival, target.xp - 1),
        },
        "xp_needed": forecast.xp_needed,
        "observed_at": moment(forecast.observed_at),
        "pace": None
        if pace is None
        else {
            "since": day(pace.days.first),
            "until": day(pace.days.last),
            "days": pace.length,
            "xp_gained": pace.xp,
            "xp_per_day": round(pace.per_day, 2),
        },
        "prospect": str(forecast.prospect),
        "expected_on": day(forecast.expected_on),
        "earliest_on": day(forecast.earliest_on),
        "latest_on": day(forecast.latest_on),
    }


def _member(member: MemberState, xp: int) -> Document:
    return {
        "discord_id": discord_id(member.discord_id),
        "member_id": member.member_id,
        "username": member.username,
        "xp_total": xp,
        "level": level_at(xp),
    }
