"""`trc-mee6 notify`: who is told of runs and trouble."""

import sys
from typing import TYPE_CHECKING

import typer

from trc_mee6.cli.options import Format, FormatOption, GuildOption
from trc_mee6.errors import ConfigError

if TYPE_CHECKING:
    from trc_mee6.cli.invocation import Invocation

_NOT_ARRIVED = 69  # EX_UNAVAILABLE: who cannot be reached is somebody else's machine

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Who is told of runs and trouble."
)


@app.callback()
def _notify() -> None:
    """Keep `test` a command of its own, though there is only one."""


@app.command("test", short_help="Send a test message to everybody who is told.")
def send_test(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Send a marked test to each service that is set, and say which of them arrived.

    These are ALERT_URLS, HEALTHCHECK_URL, SENTRY_DSN, METRICS_TEXTFILE and PUSHGATEWAY_URL. No
    state changes there: nothing is reported as failed, or as done. Exit code 69 if one did not
    arrive.

    Example: trc-mee6 notify test
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.render import notify as rendered

    invocation: Invocation = context.obj
    invocation.begin("notify test", output_format)
    invocation.settings(mee6_guild_id=guild)
    arrivals = invocation.telling().test(SystemClock().now())
    if not arrivals:
        raise ConfigError(
            "Nobody is told: none of ALERT_URLS, HEALTHCHECK_URL, SENTRY_DSN, METRICS_TEXTFILE and"
            " PUSHGATEWAY_URL is set. Set one of them, in the environment or a settings file."
        )
    document = rendered.document(arrivals)
    if invocation.as_json:
        invocation.answer(document)
    elif sys.stdout.isatty() and not invocation.quiet:
        rendered.show(arrivals)
    else:
        for arrival in arrivals:
            if arrival.problem is None:
                invocation.say(rendered.line(arrival))
    missed = [rendered.line(arrival) for arrival in arrivals if arrival.problem is not None]
    if missed:
        invocation.complain("\n".join(missed), document)
    return _NOT_ARRIVED if missed else 0
