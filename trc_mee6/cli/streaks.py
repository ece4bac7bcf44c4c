"""`trc-mee6 streaks`: judge the days that are over."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.invocation import Invocation, guild_or_only
from trc_mee6.cli.options import DryRunOption, Format, FormatOption, GuildOption

if TYPE_CHECKING:
    from trc_mee6.report import StreaksReport


def streaks(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild", help="Judge everybody from their first day on, not only what is new."
        ),
    ] = False,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Judge every day that is over and observed. MEE6 is not asked.

    Late or twice, it gives what it would have given every night. Run it after midnight UTC, once
    a sync has run, or simply every hour.

    Example: trc-mee6 streaks
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs.context import Job
    from trc_mee6.jobs.streaks import streaks as judge

    invocation: Invocation = context.obj
    invocation.begin("streaks", output_format)
    settings = invocation.settings(mee6_guild_id=guild)
    invocation.is_watched = not dry_run
    with invocation.store(settings) as store, invocation.stop() as stop:
        guild_id = guild_or_only(settings, store)
        telling = invocation.telling()
        job = Job(settings, store, SystemClock(), guild_id, dry_run, stop=stop, telling=telling)
        report = judge(job, rebuild=rebuild)
        _show(invocation, report)
        invocation.finish_telling(stop)
    return report.exit_code


def _show(invocation: Invocation, report: "StreaksReport") -> None:
    from trc_mee6.render import streaks as rendered

    if report.exit_code != 0:
        invocation.complain(rendered.summary(report), rendered.document(report))
    elif invocation.as_json:
        invocation.answer(rendered.document(report))
    elif invocation.quiet:
        return
    elif sys.stdout.isatty():
        rendered.show(report)
    else:
        invocation.say(rendered.summary(report))
