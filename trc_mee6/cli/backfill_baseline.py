"""`trc-mee6 backfill-baseline`: give members a baseline, no points."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.board_run import run_board_job
from trc_mee6.cli.options import DryRunOption, EnrollAllOption, Format, FormatOption, GuildOption

if TYPE_CHECKING:
    from trc_mee6.cli.invocation import Invocation

_RESET = (
    "This takes the XP on the board as everyone's new baseline. Points are kept; XP gained since"
    " the last sync is not turned into points."
)
_CREDIT = (
    "This turns all XP that members without a baseline ever earned into points. It cannot be"
    " undone, only corrected."
)


def backfill_baseline(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    enroll_all: EnrollAllOption = False,
    reset: Annotated[
        bool,
        typer.Option("--reset", help="The season was reset: new baselines for all, points kept."),
    ] = False,
    credit_history: Annotated[
        bool,
        typer.Option("--credit-history", help="Baselines of 0, so that XP of the past counts."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking first.")] = False,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Give every member without one a baseline, and no points.

    A sync does so by itself. This is for before the first one (--credit-history) and after a
    season reset (--reset); these two ask first, and need --yes where nobody can be asked.

    Example: trc-mee6 backfill-baseline --reset --dry-run
    """
    from trc_mee6.jobs import board

    invocation: Invocation = context.obj
    invocation.begin("backfill-baseline", output_format)
    if reset and credit_history:
        raise typer.BadParameter(
            "--credit-history contradicts it; give one of them", param_hint="--reset"
        )
    settings = invocation.settings(mee6_guild_id=guild)
    if (reset or credit_history) and not yes and not dry_run:
        if reset:
            _confirm("--reset", _RESET)
        else:
            _confirm("--credit-history", _CREDIT)
    return run_board_job(
        invocation,
        settings,
        lambda job: board.backfill_baseline(
            job, enroll_all=enroll_all, reset=reset, credit_history=credit_history
        ),
        dry_run=dry_run,
    )


def _confirm(option: str, consequence: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter(
            f"nobody can be asked here, so it needs --yes. {consequence}", param_hint=option
        )
    typer.confirm(f"{consequence}\nDo it?", abort=True, err=True)
