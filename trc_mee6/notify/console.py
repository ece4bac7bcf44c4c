"""Tells whoever reads standard error, under cron by mail."""

from trc_mee6.log import log
from trc_mee6.report import RunReport


def trouble(report: RunReport, failures: int) -> None:
    """Tell that runs fail; once, until they recover (R17)."""
    log.error(
        "alert.trouble",
        status=str(report.status),
        exit_code=report.exit_code,
        failures_in_a_row=failures,
    )


def recovery() -> None:
    """Tell that runs do their work again."""
    log.warning("alert.recovered")
