"""Options that several commands take."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from trc_mee6.rules.days import Period, between, period
from trc_mee6.rules.snowflake import snowflake
from trc_mee6.text import quoted


def parse_snowflake(text: str | int) -> int:
    """Return the Discord id typed.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return snowflake(str(text))
    except ValueError as error:
        raise typer.BadParameter(f"{quoted(str(text))}: {error}") from None


def parse_day(text: str | date) -> date:
    """Return the day typed.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(text)):  # one way of ISO 8601's many
            return date.fromisoformat(str(text))
    except ValueError:
        pass
    raise typer.BadParameter(f"{quoted(str(text))} is no day; it should be like 2026-01-31")


def check_source(source: str | None) -> None:
    """Refuse what can be no source of points, None aside.

    Raises:
        typer.BadParameter: it is empty, too long, no text, or has white space around it.
    """
    from trc_mee6.jobs.awards import require_label

    try:
        if source is not None:
            require_label("source", source)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def chosen_period(name: str, since: date | None, until: date | None, today: date) -> Period:
    """Return the period that --period, or --since and --until, ask for; it ends today at last.

    Raises:
        typer.BadParameter: it is none, or both were given.
    """
    if until is not None and since is None:
        raise typer.BadParameter("it goes with --since", param_hint="--until")
    if since is not None and name != "all":
        raise typer.BadParameter(
            "give a period or dates, not both", param_hint="--period / --since"
        )
    if since is not None and since > today:
        raise typer.BadParameter(f"{since} is still to come", param_hint="--since")
    try:
        if since is None:
            return period(name, today)
        asked = between(since, until or today)
        return asked._replace(until=min(asked.until, today))
    except ValueError as error:
        hint = "--period" if since is None else "--since / --until"
        raise typer.BadParameter(str(error), param_hint=hint) from None


def _parse_member(text: str) -> str:
    if text.startswith("-"):
        raise typer.BadParameter(f"No such option: {text}")
    return text


class Format(StrEnum):
    """How results are given."""

    TABLE = "table"
    JSON = "json"


GuildOption = Annotated[
    int | None,
    typer.Option(
        "--guild", metavar="ID", parser=parse_snowflake,
        help="The Discord server's id; by default MEE6_GUILD_ID.",
    ),
]  # fmt: skip
DiscordIdArgument = Annotated[
    int,
    typer.Argument(metavar="DISCORD_ID", parser=parse_snowflake, help="The person's Discord id."),
]
MemberArgument = Annotated[
    str,
    typer.Argument(
        metavar="MEMBER", parser=_parse_member, help="Your own id of the person, or the Discord id."
    ),
]
PeriodOption = Annotated[
    str,
    typer.Option(
        "--period", metavar="all|day|week|month|Nd",
        help="all, day, week (from Monday), month, or N days as 7d; UTC throughout.",
    ),
]  # fmt: skip
SinceOption = Annotated[
    date | None,
    typer.Option(
        "--since", metavar="DAY", parser=parse_day, help="From this UTC day on, as 2026-01-31."
    ),
]
UntilOption = Annotated[
    date | None,
    typer.Option(
        "--until", metavar="DAY", parser=parse_day,
        help="With --since: up to this UTC day; by default today.",
    ),
]  # fmt: skip
FormatOption = Annotated[
    Format, typer.Option("--format", help="table for people, json for programs.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")
]
EnrollAllOption = Annotated[
    bool, typer.Option("--enroll-all", help="Every player on the board becomes a member.")
]
MaxRuntimeOption = Annotated[
    float | None,
    typer.Option(
        "--max-runtime", metavar="SECONDS", min=0.0,
        help="Stop reading after this time and apply what was read.",
    ),
]  # fmt: skip
