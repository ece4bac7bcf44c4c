"""Unexpected errors and check-ins of cron jobs, to Sentry or who speaks its protocol.

https://develop.sentry.dev/sdk/data-model/envelopes/. What is sent says which run it was and where
the program failed, without the values of variables, and none of our secrets in any text.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from trc_mee6.notify.events import Crashed, Ended, Event, Outcome, Started, Trial
from trc_mee6.notify.telling import NotDelivered
from trc_mee6.version import __version__

if TYPE_CHECKING:
    import sentry_sdk
    from sentry_sdk.envelope import Envelope

    from trc_mee6.report import RunReport

_CHECK_IN = {Outcome.GOOD: "ok", Outcome.BAD: "error"}
_HIDDEN = "[secret]"


class Sentry:
    """A project of Sentry's.

    Args:
        dsn: where it is.
        jobs: whose runs check in, as `trc-mee6-JOB-GUILD`.
        secrets: what must be in nothing that is sent.
    """

    name = "SENTRY_DSN"
    hears = (Started, Ended, Crashed)

    def __init__(self, dsn: str, jobs: Sequence[str], secrets: Sequence[str]) -> None:
        self._dsn = dsn
        self._jobs = jobs
        self._secrets = secrets

    def tell(self, event: Event) -> None:
        """Send an envelope. Raises `NotDelivered`, and ImportError without sentry-sdk."""
        match event:
            case Started(run=run) if run.command in self._jobs:
                self._check_in(run, "in_progress")
            # Who did neither good nor bad work leaves the run open; the next one closes it.
            case Ended(run=run, outcome=outcome) if run.command in self._jobs:
                if outcome in _CHECK_IN:
                    self._check_in(run, _CHECK_IN[outcome])
            case Crashed():
                self._crashed(event)
            case Trial(at=at):
                said = f"trc-mee6: a test at {at:%Y-%m-%d %H:%M:%S} UTC; nothing is wrong"
                self._capture(lambda scope: scope.capture_message(said, level="info"))

    def _check_in(self, run: "RunReport", status: str) -> None:
        from sentry_sdk.crons import capture_checkin

        seconds = None
        if run.started_at is not None and run.finished_at is not None:
            seconds = (run.finished_at - run.started_at).total_seconds()
        self._capture(
            lambda _: capture_checkin(
                monitor_slug=f"trc-mee6-{run.command}-{run.guild_id}",
                check_in_id=None
                if run.sync_id is None
                else uuid5(NAMESPACE_URL, f"trc-mee6:{run.sync_id}").hex,
                status=status,
                duration=seconds,
            )
        )

    def _crashed(self, crash: Crashed) -> None:
        def capture(scope: "sentry_sdk.Scope") -> None:
            scope.set_tag("command", crash.command)
            if crash.run is not None:
                scope.set_tag("guild_id", str(crash.run.guild_id))
                scope.set_tag("sync_id", crash.run.sync_id)
                run = crash.run
                scope.set_context(
                    "run",
                    {
                        "started_at": str(run.started_at),
                        "finished_at": str(run.finished_at),
                        "status": str(run.status),
                        "reason": run.reason,
                        "dry_run": run.dry_run,
                    },
                )
            scope.capture_exception(crash.error)

        self._capture(capture)

    def _capture(self, capture: "Callable[[sentry_sdk.Scope], object]") -> None:
        """Let sentry-sdk make an envelope, and send it here and now."""
        import sentry_sdk
        from sentry_sdk.transport import Transport

        envelopes: list[Envelope] = []

        class Kept(Transport):
            def capture_envelope(self, envelope: "Envelope") -> None:
                envelopes.append(envelope)

        client = sentry_sdk.Client(
            dsn=self._dsn,
            transport=Kept,
            release=f"trc-mee6@{__version__}",
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            send_client_reports=False,
            auto_session_tracking=False,
            before_send=self._without_secrets,
        )
        with sentry_sdk.isolation_scope() as scope:
            scope.set_client(client)
            with sentry_sdk.new_scope() as current:
                current.set_client(client)
                capture(current)
        if not envelopes:
            raise NotDelivered("sentry-sdk made nothing of it")
        for envelope in envelopes:
            self._send(envelope)

    def _without_secrets(self, event: Any, _hint: Any) -> Any:
        written = json.dumps(event, default=str)
        for secret in self._secrets:
            written = written.replace(json.dumps(secret)[1:-1], _HIDDEN)
        return json.loads(written)

    def _send(self, envelope: "Envelope") -> None:
        from sentry_sdk.utils import Dsn

        from trc_mee6.notify.web import send

        auth = Dsn(self._dsn).to_auth(f"trc-mee6/{__version__}")
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Auth": auth.to_header(),
        }
        send("POST", auth.get_api_url(), envelope.serialize(), headers)
