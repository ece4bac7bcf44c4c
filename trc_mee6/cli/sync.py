"""`trc-mee6 sync`: read the board and turn what changed into points."""

from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.board_run import run_board_job, show_report
from trc_mee6.cli.options import (
    DryRunOption,
    EnrollAllOption,
    Format,
    FormatOption,
    GuildOption,
    MaxRuntimeOption,
)

if TYPE_CHECKING:
    from trc_mee6.cli.invocation import Invocation


def sync(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    enroll_all: EnrollAllOption = False,
    accept_drops: Annotated[
        bool,
        typer.Option(
            "--accept-drops", help="The drops that held a run are real: deduct them, go on."
        ),
    ] = False,
    max_runtime: MaxRuntimeOption = None,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Read the board, record what was observed, and move points.

    It needs members: link some (members import), or give --enroll-all each time. The first
    observation of a member is the baseline and gives no points. Run it every 15 minutes; if a run
    is held (exit 65), it says what there is to decide.

    Example: trc-mee6 sync --enroll-all
    """
    from trc_mee6.jobs import board

    invocation: Invocation = context.obj
    invocation.begin("sync", output_format)
    settings = invocation.settings(mee6_guild_id=guild)
    if not settings.mee6_sync_enabled:
        show_report(invocation, board.disabled(settings.guild_id, dry_run=dry_run))
        return 0
    return run_board_job(
        invocation,
        settings,
        lambda job: board.sync(job, enroll_all=enroll_all, accept_drops=accept_drops),
        dry_run=dry_run,
        max_runtime=max_runtime,
    )
