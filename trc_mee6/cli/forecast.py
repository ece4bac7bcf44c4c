"""`trc-mee6 forecast`: when a member reaches a level or a total, or passes somebody."""

from typing import Annotated

import typer

from trc_mee6.cli.invocation import Invocation, guild_or_only
from trc_mee6.cli.options import (
    DiscordIdArgument,
    Format,
    FormatOption,
    GuildOption,
    parse_snowflake,
)
from trc_mee6.rules.forecast import FEWEST_DAYS
from trc_mee6.rules.levels import level_at
from trc_mee6.rules.snowflake import LARGEST

_MOST_DAYS = 3660  # ten years


def forecast(
    context: typer.Context,
    *,
    discord_id: DiscordIdArgument,
    level: Annotated[
        int | None,
        typer.Option(min=1, max=level_at(LARGEST), help="When is this level reached?"),
    ] = None,
    xp: Annotated[
        int | None, typer.Option(min=1, max=LARGEST, help="When is this XP total reached?")
    ] = None,
    overtake: Annotated[
        int | None,
        typer.Option(
            metavar="DISCORD_ID", parser=parse_snowflake, help="When is this member passed?"
        ),
    ] = None,
    days: Annotated[
        int,
        typer.Option(
            min=FEWEST_DAYS, max=_MOST_DAYS, help="The pace is that of so many days, if known."
        ),
    ] = 30,
    guild: GuildOption = None,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Say when a member reaches the next level, or what is asked for, at their present pace.

    Days that differ much give a wide range. MEE6 is not asked.

    Example: trc-mee6 forecast 100000000000000000 --level 20
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs import forecast as job
    from trc_mee6.render import forecast as rendered

    invocation: Invocation = context.obj
    invocation.begin("forecast", output_format)
    if sum(target is not None for target in (level, xp, overtake)) > 1:
        raise typer.BadParameter("give one of them", param_hint="--level / --xp / --overtake")
    if overtake == discord_id:
        raise typer.BadParameter("nobody passes themselves", param_hint="--overtake")
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        found = job.forecast(
            store,
            guild_or_only(settings, store),
            discord_id,
            SystemClock().now(),
            days,
            level=level,
            xp=xp,
            overtake=overtake,
        )
    if invocation.as_json:
        invocation.answer(rendered.document(found))
    else:
        for sentence in rendered.sentences(found):
            invocation.say(sentence)
    return 0
