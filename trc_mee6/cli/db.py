"""`trc-mee6 db`: the database itself."""

from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.options import DryRunOption, Format, FormatOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trc_mee6.cli.invocation import Invocation
    from trc_mee6.report import Finding
    from trc_mee6.store.connect import Store

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The database: bring it up to date, check it, copy it.",
)


@app.command(short_help="Bring the tables up to date.")
def upgrade(
    context: typer.Context,
    *,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Bring the tables up to date with this version. Make a backup before.

    Every other command sets up an empty database by itself, and refuses one that is older.

    Example: trc-mee6 db upgrade --dry-run
    """
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
    """Audit every member against the lines behind the numbers; exit 1 if any is wrong.

    Example: trc-mee6 db check --repair --dry-run
    """
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


def _parse_address(text: str) -> str:
    if text.startswith("-"):
        raise typer.BadParameter(f"No such option: {text.partition('=')[0]}")
    return text


@app.command(short_help="Copy everything into another database.")
def copy(
    context: typer.Context,
    *,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FROM", parser=_parse_address, help="What to copy, as DATABASE_URL names it."
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TO", parser=_parse_address, help="A new file, or an empty database."
        ),
    ],
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Copy everything from one database into another, SQLite or Postgres, or nothing at all.

    FROM is not changed, and nobody can write to it meanwhile. Switch cron off before, and set
    DATABASE_URL to TO on every host afterwards. Others see the arguments of a command (ps): leave
    a password out of them, to PGPASSWORD or ~/.pgpass.

    Example: trc-mee6 db copy sqlite:///trc-mee6.db postgresql://me@host/db
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs.db_copy import copy_database
    from trc_mee6.render import db_copy as rendered

    invocation: Invocation = context.obj
    invocation.begin("db copy", output_format)
    invocation.settings()
    if not dry_run:
        invocation.advice_in_doubt = (
            "TO has everything or nothing. Repeat the command: if all is there, it is refused."
        )
    copied = copy_database(source, target, SystemClock().now(), dry_run=dry_run)
    if invocation.as_json:
        invocation.answer(rendered.document(copied))
    else:
        invocation.say(rendered.summary(copied))
    if copied.findings:
        invocation.complain(rendered.as_in_source(copied))
    return 0


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
