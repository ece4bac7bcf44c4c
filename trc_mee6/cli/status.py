"""`trc-mee6 status`: how things stand."""

from typing import Annotated

import typer

from trc_mee6.cli.invocation import Invocation, guild_or_only
from trc_mee6.cli.options import Format, FormatOption, GuildOption


def status(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Exit 1 if the last good sync is older than an hour, or on a hold."
        ),
    ] = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Show the last run of each job, failures in a row, cooldown, hold and counts.

    Example: trc-mee6 --quiet status --check
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs.status import status as status_of
    from trc_mee6.render import status as rendered

    invocation: Invocation = context.obj
    invocation.begin("status", output_format)
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        found = status_of(store, guild_or_only(settings, store), SystemClock().now())
    if invocation.as_json:
        invocation.answer(rendered.document(found))
    elif not invocation.quiet:
        rendered.show(found)
    if check and found.trouble:
        invocation.complain(f"not healthy: {'; '.join(found.trouble)}")
        return 1
    return 0
