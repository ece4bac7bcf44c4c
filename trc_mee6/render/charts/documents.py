"""The JSON documents of charts: what they show, for programs."""

from calendar import day_name

from trc_mee6.render import members
from trc_mee6.render.documents import Document, day, discord_id
from trc_mee6.report import ActivityHours, Growth, Levels, MemberYear
from trc_mee6.rules.growth import days_between


def document(chart: Growth | Levels | ActivityHours | MemberYear) -> Document:
    """Return the JSON document of a chart."""
    guild = {"id": discord_id(chart.guild_id), "name": chart.guild_name}
    if isinstance(chart, Growth):
        return {"command": "chart growth", "guild": guild, **_growth(chart)}
    if isinstance(chart, Levels):
        counts = [count._asdict() for count in chart.counts]
        return {"command": "chart levels", "guild": guild, "levels": counts}
    if isinstance(chart, ActivityHours):
        return {"command": "chart activity", "guild": guild, **_activity(chart)}
    return {"command": "chart member", "guild": guild, **_year(chart)}


def _growth(growth: Growth) -> Document:
    return {
        "by": growth.by,
        "days": [day(one) for one in days_between(growth.since, growth.until)],
        "members": [
            {
                "discord_id": discord_id(line.discord_id),
                "username": line.username,
                "opening": line.values[0],
                "values": line.values[1:],
            }
            for line in growth.lines
        ],
    }


def _activity(activity: ActivityHours) -> Document:
    return {
        "since": day(activity.since),
        "until": day(activity.until),
        "weekdays": [
            {"weekday": name.lower(), "xp": hours}
            for name, hours in zip(day_name, activity.xp, strict=True)
        ],
        "xp_unplaced": activity.unplaced,
    }


def _year(year: MemberYear) -> Document:
    return {
        "member": members.document(year.state),
        "days": [{"day": day(one.day), "xp": one.xp, "kind": one.kind} for one in year.days],
        "streak_counts_from": day(year.counts_from),
    }
