"""`trc-mee6 db`: the database itself."""

from typing import TYPE_CHECKING

import typer

from trc_mee6.cli.options import DryRunOption, Format, FormatOption

if TYPE_CHECKING:
    from trc_mee6.cli.invocation import Invocation

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The database itself.")


@app.command()
def upgrade(
    context: typer.Context,
    *,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Bring the tables up to date with this version."""
    from trc_mee6.store import schema
    from trc_mee6.store.connect import connected

    invocation: Invocation = context.obj
    invocation.begin("db upgrade", output_format)
    settings = invocation.settings()
    with connected(settings.database_url.get_secret_value(), "DATABASE_URL") as store:
        names = schema.pending(store) if dry_run else schema.upgrade(store)
    if invocation.as_json:
        invocation.answer(
            {"command": "db upgrade", "status": "ok", "dry_run": dry_run, "applied": names}
        )
    else:
        verb = "would apply" if dry_run else "applied"
        invocation.say(
            f"db upgrade: {verb} {', '.join(names)}" if names else "db upgrade: up to date"
        )
    return 0


@app.command()
def check(context: typer.Context, *, output_format: FormatOption = Format.TABLE) -> int:
    """Audit every member's points against the lines they came from; exit 1 if any is wrong."""
    from trc_mee6.store.audit import findings, members_audited

    invocation: Invocation = context.obj
    invocation.begin("db check", output_format)
    settings = invocation.settings()
    with invocation.store(settings) as store:
        audited = members_audited(store)
        found = list(findings(store))
    if invocation.as_json:
        invocation.answer(
            {
                "command": "db check",
                "status": "failed" if found else "ok",
                "members": audited,
                "findings": [
                    {"guild_id": str(f.guild_id), "discord_id": str(f.discord_id), "what": f.what}
                    for f in found
                ],
            }
        )
    for finding in found:
        invocation.complain(
            f"member {finding.discord_id} of guild {finding.guild_id}: {finding.what}"
        )
    if found:
        return 1
    if not invocation.as_json:
        invocation.say(
            f"db check: {audited:,} {'member' if audited == 1 else 'members'} audited, every point"
            " accounted for"
        )
    return 0
