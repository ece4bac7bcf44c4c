"""Unexpected errors and check-ins of cron jobs, to Sentry or who speaks its protocol.

https://develop.sentry.dev/sdk/data-model/envelopes/. What is sent says which run it was and where
the program failed, without the values of variables, and none of our secrets in any text.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from trc_mee6.notify.events import Crashed, Ended, Event, Outcome, Started, Trial, run_uuid
from trc_mee6.notify.telling import NotDelivered
from trc_mee6.version import __version__

if TYPE_CHECKING:
    import sentry_sdk
    from sentry_sdk.envelope import Envelope
    from sentry_sdk.transport import Transport

    from trc_mee6.report import RunReport

# Who did neither good nor bad work ran in time all the same, which is what is watched there.
_CHECK_IN = {Outcome.GOOD: "ok", Outcome.BAD: "error", Outcome.NEITHER: "ok"}
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
            case Started(run=run) if self._is_watched(run):
                self._check_in(run, "in_progress")
            case Ended(run=run, outcome=outcome) if self._is_watched(run):
                self._check_in(run, _CHECK_IN[outcome])
            case Crashed():
                self._crashed(event)
            case Trial(at=at):
                said = f"trc-mee6: a test at {at:%Y-%m-%d %H:%M:%S} UTC; nothing is wrong"
                self._capture(lambda scope: scope.capture_message(said, level="info"))

    def _is_watched(self, run: "RunReport") -> bool:
        return run.command in self._jobs and run.guild_id is not None

    def _check_in(self, run: "RunReport", status: str) -> None:
        from sentry_sdk.crons import capture_checkin

        seconds = None
        if run.started_at is not None and run.finished_at is not None:
            seconds = (run.finished_at - run.started_at).total_seconds()
        self._capture(
            lambda _: capture_checkin(
                monitor_slug=f"trc-mee6-{run.command}-{run.guild_id}",
                check_in_id=None if run.sync_id is None else run_uuid(run.sync_id).hex,
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
        from sentry_sdk.utils import BadDsn

        envelopes: list[Envelope] = []

        class Kept(Transport):
            def capture_envelope(self, envelope: "Envelope") -> None:
                envelopes.append(envelope)

        try:
            client = self._client(Kept)
        except BadDsn:
            raise NotDelivered("it is no DSN; one is like https://KEY@HOST/NUMBER") from None
        with sentry_sdk.isolation_scope() as scope:
            scope.set_client(client)
            with sentry_sdk.new_scope() as current:
                current.set_client(client)
                capture(current)
        if not envelopes:
            raise NotDelivered("sentry-sdk made nothing of it")
        for envelope in envelopes:
            self._send(envelope)

    def _client(self, transport: "type[Transport]") -> "sentry_sdk.Client":
        import sentry_sdk

        return sentry_sdk.Client(
            dsn=self._dsn,
            transport=transport,
            release=f"trc-mee6@{__version__}",
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            send_client_reports=False,
            auto_session_tracking=False,
            before_send=self._without_secrets,
        )

    def _without_secrets(self, event: Any, _hint: Any) -> Any:
        match event:
            case str():
                for secret in self._secrets:
                    event = event.replace(secret, _HIDDEN)
                return event
            case dict():
                return {name: self._without_secrets(value, None) for name, value in event.items()}
            case list() | tuple():
                return [self._without_secrets(value, None) for value in event]
        return event

    def _send(self, envelope: "Envelope") -> None:
        from sentry_sdk.utils import Dsn

        from trc_mee6.notify.web import send

        auth = Dsn(self._dsn).to_auth(f"trc-mee6/{__version__}")
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Auth": auth.to_header(),
        }
        send("POST", auth.get_api_url(), envelope.serialize(), headers)
