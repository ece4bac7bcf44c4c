"""Tells whoever reads standard error, under cron by mail."""

from trc_mee6.log import log
from trc_mee6.report import RunReport


def trouble(report: RunReport, failures: int) -> None:
    """Tell that runs fail; once, until they recover (R17)."""
    log.error(
        "alert.trouble",
        job=report.command,
        guild_id=str(report.guild_id),
        sync_id=report.sync_id,
        status=report.status,
        failures_in_a_row=failures,
    )


def recovery(report: RunReport) -> None:
    """Tell that runs do their work again."""
    log.warning(
        "alert.recovered",
        job=report.command,
        guild_id=str(report.guild_id),
        sync_id=report.sync_id,
    )
