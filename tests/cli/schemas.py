"""The JSON documents as docs and programs know them, as JSON Schemas."""

from typing import Any

import jsonschema

Schema = dict[str, Any]

MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
DAY = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
ID = {"type": "string", "pattern": r"^[1-9]\d{16,18}$"}
TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 0}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def exactly(**properties: Schema) -> Schema:
    """An object with all of these, and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


STREAKS = {
    "current_streak": or_null(COUNT),
    "longest_streak": or_null(COUNT),
    "last_active_on": or_null(DAY),
}
TOUCHED = dict.fromkeys(
    ("tracked", "observed", "baselined", "changed", "absent", "enrolled"), COUNT
)
CHANGE = exactly(
    discord_id=ID,
    username=or_null(TEXT),
    kind={"enum": ["baseline", "xp"]},
    xp_total=COUNT,
    xp_delta=or_null(WHOLE),
    points=WHOLE,
)


def _board_run(command: str, members: Schema) -> Schema:
    statuses = (
        "ok", "partial", "held", "rate_limited", "cooling_down", "disabled", "locked",
        "interrupted", "failed",
    )  # fmt: skip
    return exactly(
        command={"const": command},
        status={"enum": list(statuses)},
        guild_id=or_null(ID),
        sync_id=or_null(TEXT),
        started_at=or_null(MOMENT),
        finished_at=or_null(MOMENT),
        requests=COUNT,
        pages=COUNT,
        complete_sweep=FLAG,
        players_seen=COUNT,
        members=members,
        xp=exactly(gained=COUNT, lost=COUNT),
        points=exactly(awarded=COUNT, deducted=COUNT),
        cooldown_until=or_null(MOMENT),
        reason=or_null(TEXT),
        dry_run=FLAG,
    )


def _dry(schema: Schema) -> Schema:
    return exactly(
        **schema["properties"] | {"dry_run": {"const": True}, "changes": list_of(CHANGE)}
    )


SYNC = _board_run("sync", exactly(**TOUCHED))
BACKFILL = _board_run("backfill-baseline", exactly(**TOUCHED, reset=COUNT))
ENTRY = exactly(
    rank={"type": "integer", "minimum": 1},
    discord_id=ID,
    member_id=or_null(TEXT),
    username=or_null(TEXT),
    points=WHOLE,
    xp=or_null(COUNT),
    xp_gained=WHOLE,
    level=or_null(COUNT),
    messages=or_null(COUNT),
    **STREAKS,
    rank_before=or_null({"type": "integer", "minimum": 1}),
    is_new=FLAG,
    gap=or_null(WHOLE),
)
LEADERBOARD = exactly(
    command={"const": "leaderboard"},
    guild=exactly(id=ID, name=or_null(TEXT)),
    generated_at=MOMENT,
    by={"enum": ["points", "xp", "gain", "level", "messages", "streak"]},
    source=or_null(TEXT),
    period=exactly(name=TEXT, since=or_null(DAY), until=DAY),
    compared_with=or_null(exactly(since=DAY, until=DAY)),
    active=or_null(COUNT),
    around=or_null(ID),
    total_members=COUNT,
    entries=list_of(ENTRY),
)
FORECAST_MEMBER = exactly(
    discord_id=ID,
    member_id=or_null(TEXT),
    username=or_null(TEXT),
    xp_total=COUNT,
    level=COUNT,
)
FORECAST = exactly(
    command={"const": "forecast"},
    guild_id=ID,
    generated_at=MOMENT,
    member=FORECAST_MEMBER,
    target=exactly(xp=COUNT, level=or_null(COUNT), overtake=or_null(FORECAST_MEMBER)),
    xp_needed=COUNT,
    observed_at=MOMENT,
    pace=or_null(
        exactly(since=DAY, until=DAY, days=COUNT, xp_gained=WHOLE, xp_per_day={"type": "number"})
    ),
    prospect={"enum": ["expected", "far", "never", "reached", "unknown"]},
    expected_on=or_null(DAY),
    earliest_on=or_null(DAY),
    latest_on=or_null(DAY),
)
POSTED = exactly(
    **LEADERBOARD["properties"],
    post=exactly(
        status={"enum": ["posted", "edited"]},
        message_id=or_null(ID),
        chart=FLAG,
        dry_run=FLAG,
    ),
)
MEMBER = exactly(
    discord_id=ID,
    member_id=or_null(TEXT),
    username=or_null(TEXT),
    linked=FLAG,
    xp_total=or_null(COUNT),
    baseline_xp=or_null(COUNT),
    leftover_xp=COUNT,
    points=WHOLE,
    mee6_points=WHOLE,
    level=or_null(COUNT),
    messages=or_null(COUNT),
    last_observed_at=or_null(MOMENT),
    **STREAKS,
    judged_through=or_null(DAY),
)
_GUILD = exactly(id=ID, name=or_null(TEXT))
CHARTS = {
    "growth": exactly(
        command={"const": "chart growth"},
        guild=_GUILD,
        by={"enum": ["gain", "xp", "points", "points_gained"]},
        days=list_of(DAY),
        members=list_of(
            exactly(
                discord_id=ID,
                username=or_null(TEXT),
                opening=or_null(WHOLE),
                values=list_of(or_null(WHOLE)),
            )
        ),
    ),
    "levels": exactly(
        command={"const": "chart levels"},
        guild=_GUILD,
        levels=list_of(exactly(level=COUNT, members=COUNT)),
    ),
    "activity": exactly(
        command={"const": "chart activity"},
        guild=_GUILD,
        since=or_null(DAY),
        until=or_null(DAY),
        weekdays=list_of(
            exactly(weekday=TEXT, xp=list_of(COUNT) | {"minItems": 24, "maxItems": 24})
        ),
        xp_unplaced=COUNT,
    ),
    "member": exactly(
        command={"const": "chart member"},
        guild=_GUILD,
        member=MEMBER,
        days=list_of(
            exactly(
                day=DAY,
                xp=WHOLE,
                kind=or_null({"enum": ["active", "grace", "inactive", "unjudged"]}),
            )
        ),
        streak_counts_from=or_null(DAY),
    ),
}
MEMBERS_LIST = exactly(command={"const": "members list"}, members=list_of(MEMBER))
MEMBERS_SHOW = exactly(
    command={"const": "members show"},
    member=MEMBER,
    points_by_source=list_of(exactly(source=TEXT, lines=COUNT, points=WHOLE)),
    xp=exactly(
        xp_total=or_null(COUNT),
        baseline_xp=or_null(COUNT),
        baseline_at=or_null(MOMENT),
        awarded_xp=WHOLE,
        points_before=WHOLE,
        points=WHOLE,
        leftover_xp=COUNT,
        xp_per_point=or_null(COUNT),
    ),
    streak=exactly(
        status={"enum": ["unobserved", "unjudged", "to_judge_anew", "judged"]},
        first_observed_on=or_null(DAY),
        judged_through=or_null(DAY),
        observed_through=or_null(DAY),
        pending=FLAG,
        counts_from=or_null(DAY),
        last_inactive_on=or_null(DAY),
    ),
    days=list_of(exactly(day=DAY, kind={"enum": ["active", "grace", "inactive", "unjudged"]})),
    activity=list_of(
        exactly(
            activity_type={"enum": ["baseline", "xp", "award"]},
            xp_delta=or_null(WHOLE),
            xp_total=or_null(COUNT),
            window_start=or_null(MOMENT),
            synced_at=MOMENT,
            day=or_null(DAY),
            sync_id=TEXT,
        )
    ),
    transactions=list_of(
        exactly(
            source=TEXT,
            key=TEXT,
            points=WHOLE,
            occurred_at=MOMENT,
            day=or_null(DAY),
            reason=or_null(TEXT),
        )
    ),
)
RUN = exactly(
    sync_id=TEXT,
    status=TEXT,
    started_at=MOMENT,
    finished_at=or_null(MOMENT),
    exit_code=or_null(COUNT),
    reason=or_null(TEXT),
)
STATUS = exactly(
    command={"const": "status"},
    guild_id=ID,
    guild_name=or_null(TEXT),
    database=TEXT,
    runs=exactly(**dict.fromkeys(("sync", "backfill-baseline", "streaks"), or_null(RUN))),
    last_good_sync=or_null(RUN),
    consecutive_failures=COUNT,
    cooldown_until=or_null(MOMENT),
    held=FLAG,
    held_since=or_null(MOMENT),
    held_reason=or_null(TEXT),
    members=exactly(linked=COUNT, total=COUNT),
    healthy=FLAG,
    trouble=list_of(TEXT),
)
LINKED = exactly(
    command={"enum": ["members import", "members link"]},
    status={"const": "ok"},
    dry_run=FLAG,
    linked=COUNT,
    unlinked=COUNT,
    updated=COUNT,
)
UNLINKED = exactly(
    command={"const": "members unlink"},
    status={"const": "ok"},
    dry_run=FLAG,
    unlinked={"enum": [0, 1]},
)
UPGRADED = exactly(
    command={"const": "db upgrade"},
    status={"const": "ok"},
    dry_run=FLAG,
    applied=list_of(TEXT),
)
COPIED = exactly(
    command={"const": "db copy"},
    status={"const": "ok"},
    dry_run=FLAG,
    **{"from": TEXT, "to": TEXT},
    rows={"type": "object", "additionalProperties": COUNT, "minProperties": 5},
    findings=or_null(COUNT),
)
WHAT_IS_WRONG = list_of(exactly(guild_id=ID, discord_id=ID, what=TEXT))
CHECKED = exactly(
    command={"const": "db check"},
    status={"enum": ["ok", "failed"]},
    dry_run=FLAG,
    members=COUNT,
    findings=WHAT_IS_WRONG,
    repaired=list_of(
        exactly(
            guild_id=ID,
            discord_id=ID,
            column=TEXT,
            **{
                "from": or_null({"type": ["integer", "string"]}),
                "to": or_null({"type": ["integer", "string"]}),
            },
        )
    ),
    left=WHAT_IS_WRONG,
)
LINE = {
    "discord_id": ID,
    "member_id": or_null(TEXT),
    "username": or_null(TEXT),
    "source": TEXT,
    "key": TEXT,
    "points": WHOLE,
    "balance": WHOLE,
    "occurred_at": MOMENT,
    "day": or_null(DAY),
    "reason": or_null(TEXT),
    "recorded_at": MOMENT,
}
AWARDED = exactly(
    command={"enum": ["points award", "points adjust"]},
    status={"const": "ok"},
    dry_run=FLAG,
    awarded=FLAG,
    guild_id=ID,
    **LINE,
    leftover=COUNT,
)
HISTORY_LINES = exactly(
    command={"const": "points history"},
    guild_id=ID,
    member=or_null(
        exactly(discord_id=ID, member_id=or_null(TEXT), username=or_null(TEXT), points=WHOLE)
    ),
    transactions=list_of(exactly(**LINE)),
)
HISTORY_SUMS = exactly(
    command={"const": "points history"},
    guild_id=ID,
    member={"type": "null"},
    days=list_of(
        exactly(
            day=or_null(DAY),
            source=TEXT,
            lines=COUNT,
            members=COUNT,
            awarded=COUNT,
            deducted=COUNT,
            points=WHOLE,
        )
    ),
)
JUDGED = exactly(
    command={"const": "streaks"},
    status={"enum": ["ok", "locked", "interrupted", "failed"]},
    guild_id=ID,
    sync_id=or_null(TEXT),
    started_at=or_null(MOMENT),
    finished_at=or_null(MOMENT),
    judged_through=or_null(DAY),
    members=exactly(
        **dict.fromkeys(("total", "extended", "broken", "unchanged", "pending"), COUNT)
    ),
    rebuilt=FLAG,
    reason=or_null(TEXT),
    dry_run=FLAG,
)
FAILURE = exactly(command=TEXT, status={"const": "failed"}, reason=TEXT)
NOTIFY_TEST = exactly(
    command={"const": "notify test"},
    status={"enum": ["ok", "failed"]},
    receivers=list_of(exactly(receiver=TEXT, arrived=FLAG, reason=or_null(TEXT))),
)

DRY_SYNC = _dry(SYNC)
DRY_BACKFILL = _dry(BACKFILL)


def conforms(document: Any, schema: Schema) -> None:
    """Fail unless the document is what the schema says."""
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
