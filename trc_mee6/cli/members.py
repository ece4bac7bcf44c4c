"""`trc-mee6 members`: the registry of who is tracked."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.invocation import Invocation, guild_or_only
from trc_mee6.cli.options import (
    DiscordIdArgument,
    DryRunOption,
    Format,
    FormatOption,
    GuildOption,
    MemberArgument,
)

if TYPE_CHECKING:
    from trc_mee6.settings import Settings
    from trc_mee6.store.registry import Entry

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Who is tracked: link people, or see who is linked.",
)


@app.command("import")
def import_(
    context: typer.Context,
    *,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV (discord_id, member_id, name) or JSON; - is standard input."
        ),
    ],
    guild: GuildOption = None,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Link everybody in a file. One bad row, and nothing is imported.

    Members who are not in the file stay as they are. Points start with the next sync.

    Example: trc-mee6 members import members.csv
    """
    from trc_mee6.jobs.registry_file import read_entries

    invocation: Invocation = context.obj
    invocation.begin("members import", output_format)
    settings = invocation.settings(mee6_guild_id=guild)
    entries = read_entries(file, sys.stdin.buffer)
    return _link(invocation, settings, entries, dry_run=dry_run)


@app.command()
def link(
    context: typer.Context,
    *,
    discord_id: DiscordIdArgument,
    member_id: Annotated[
        str | None, typer.Option(help="Your own application's id for the person.")
    ] = None,
    guild: GuildOption = None,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Start tracking a person. After an unlink, from a new baseline; points are kept.

    Example: trc-mee6 members link 100000000000000000 --member-id 42
    """
    from trc_mee6.store.registry import Entry

    invocation: Invocation = context.obj
    invocation.begin("members link", output_format)
    settings = invocation.settings(mee6_guild_id=guild)
    return _link(invocation, settings, [Entry(discord_id, member_id)], dry_run=dry_run)


def _link(
    invocation: Invocation, settings: "Settings", entries: "list[Entry]", *, dry_run: bool
) -> int:
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs import registry
    from trc_mee6.settings import require_guild

    guild_id = require_guild(settings)
    with invocation.store(settings) as store:
        change = registry.link_members(
            store, guild_id, entries, SystemClock().now(), dry_run=dry_run
        )
    if invocation.as_json:
        invocation.answer(
            {"command": invocation.command, "status": "ok", "dry_run": dry_run, **change._asdict()}
        )
    else:
        same = len(entries) - change.linked - change.updated
        would = " (dry run, nothing was written)" if dry_run else ""
        invocation.say(
            f"{invocation.command}{would}: {change.linked} linked, {change.updated} updated,"
            f" {max(0, same)} already linked"
        )
    return 0


@app.command()
def unlink(
    context: typer.Context,
    *,
    discord_id: DiscordIdArgument,
    guild: GuildOption = None,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Stop tracking a person; points and history stay.

    Example: trc-mee6 members unlink 100000000000000000
    """
    from trc_mee6.jobs import registry
    from trc_mee6.settings import require_guild

    invocation: Invocation = context.obj
    invocation.begin("members unlink", output_format)
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        unlinked = registry.unlink_member(
            store, require_guild(settings), discord_id, dry_run=dry_run
        )
    if invocation.as_json:
        invocation.answer(
            {"command": invocation.command, "status": "ok", "dry_run": dry_run,
             "unlinked": int(unlinked)}
        )  # fmt: skip
    else:
        would = " (dry run, nothing was written)" if dry_run else ""
        what = "unlinked; points and history stay" if unlinked else "was not linked"
        invocation.say(f"members unlink{would}: {discord_id} {what}")
    return 0


@app.command("list")
def list_(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Show everybody in the registry, also those unlinked.

    Example: trc-mee6 members list --format json
    """
    from trc_mee6.render import members as rendered
    from trc_mee6.store.members import states

    invocation: Invocation = context.obj
    invocation.begin("members list", output_format)
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        found = states(store, guild_or_only(settings, store))
        if invocation.as_json:
            documents = [rendered.document(state) for state in found]
            invocation.answer({"command": "members list", "members": documents})
        elif not invocation.quiet:
            rendered.show_list(found)
    return 0


@app.command(short_help="Explain one member's balance and streak.")
def show(
    context: typer.Context,
    *,
    member: MemberArgument,
    guild: GuildOption = None,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Show one member: how the balance comes about, why the streak stands where it stands.

    Example: trc-mee6 members show 42
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs.member_details import member_details
    from trc_mee6.jobs.registry import member_known_as
    from trc_mee6.render import member_details as rendered

    invocation: Invocation = context.obj
    invocation.begin("members show", output_format)
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        guild_id = guild_or_only(settings, store)
        discord_id = member_known_as(store, guild_id, member).discord_id
        details = member_details(store, guild_id, discord_id, SystemClock().now())
    if invocation.as_json:
        invocation.answer({"command": "members show", **rendered.document(details)})
    elif not invocation.quiet:
        rendered.show(details)
    return 0
