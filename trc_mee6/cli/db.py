"""`trc-mee6 db`: the database itself."""

from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.options import DryRunOption, Format, FormatOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trc_mee6.cli.invocation import Invocation
    from trc_mee6.report import Finding
    from trc_mee6.store.connect import Store

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


@app.command(short_help="Audit every member's points and streak.")
def check(
    context: typer.Context,
    *,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Work out anew what follows from the lines; never change a line."
        ),
    ] = False,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Audit every member against the lines behind the numbers; exit 1 if any is wrong."""
    from trc_mee6.render import audit as rendered
    from trc_mee6.store.audit import findings, members_audited, members_unjudged

    invocation: Invocation = context.obj
    invocation.begin("db check", output_format)
    if dry_run and not repair:
        raise typer.BadParameter(
            "a check writes nothing; give it with --repair", param_hint="--dry-run"
        )
    settings = invocation.settings()
    with invocation.store(settings) as store:
        audited = members_audited(store)
        if repair:
            wrong = _repair(invocation, store, audited, dry_run=dry_run)
        else:
            found: Iterable[Finding] = findings(store)
            if invocation.as_json:  # looked at twice; else one is held at a time
                found = list(found)
                invocation.answer(rendered.document(audited, found, (), dry_run=False))
            wrong = _complain_of(invocation, map(rendered.finding, found))
        unjudged = members_unjudged(store)
    if wrong:
        invocation.complain(rendered.what_to_do(repaired=repair))
    elif not invocation.as_json:
        invocation.say(rendered.verdict(audited, unjudged, dry_run=dry_run))
    return 1 if wrong else 0


def _repair(invocation: "Invocation", store: "Store", audited: int, *, dry_run: bool) -> bool:
    """Repair what is wrong, telling of each member, quiet or not; say whether anything is left."""
    from trc_mee6.jobs.repair import repair
    from trc_mee6.render import audit as rendered
    from trc_mee6.store.audit import findings

    found = list(findings(store))
    repairs = []
    for done in repair(store, found, dry_run=dry_run):
        repairs.append(done)
        if done.changed and not invocation.as_json:
            invocation.tell(rendered.changes(done, dry_run=dry_run))
    if invocation.as_json:
        invocation.answer(rendered.document(audited, found, repairs, dry_run=dry_run))
    return _complain_of(invocation, rendered.left(repairs))


def _complain_of(invocation: "Invocation", lines: "Iterable[str]") -> bool:
    wrong = False
    for line in lines:
        invocation.complain(line)
        wrong = True
    return wrong
