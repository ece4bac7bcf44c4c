"""Posts and edits messages through a webhook of Discord, at the pace that Discord asks for.

https://docs.discord.com/developers/resources/webhook. The token in the address is all that is
needed to post, so no address is in what is said of a failure.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from trc_mee6.clock import Clock
from trc_mee6.errors import ConfigError, DiscordBusy, DiscordRefused, DiscordUnavailable
from trc_mee6.log import log
from trc_mee6.rules.snowflake import snowflake
from trc_mee6.text import json_text
from trc_mee6.version import __version__

if TYPE_CHECKING:
    import requests

PICTURE_NAME = "growth.png"  # an embed names it as attachment://growth.png
LONGEST_WAIT = 120.0  # seconds that one command waits for Discord, all waits together
_PAUSES = (1.0, 2.0, 4.0)  # seconds after each failure, where Discord does not say how long
_TIMEOUTS = (10, 30)  # seconds to connect, and between two bytes of the answer
_LARGEST_ANSWER = 256 * 1024  # bytes
_PIECE = 16 * 1024  # bytes of it that are read at once, at most
_API = "/api/v10"  # from that version on an edit keeps only the attachments it names
_ADDRESS = re.compile(
    r"(https://(?:(?:canary|ptb)\.)?discord(?:app)?\.com"
    r"|http://(?:127\.0\.0\.1|localhost|\[::1\]):[0-9]+)"
    r"/api(?:/v[0-9]{1,2})?/webhooks/([0-9]+)/([\w-]+)/?(?:\?thread_id=([0-9]+))?",
    re.ASCII,
)
_SHOULD_BE = (
    "it should be the address of a webhook as Discord copies it,"
    " https://discord.com/api/webhooks/ID/TOKEN, with ?thread_id=ID for a thread"
)
# The message or its thread is unknown, or the thread is archived.
_NO_SUCH_MESSAGE = (10008, 10003, 50083)
_FORUM_NEEDS_THREAD = 220001
_BLOCKED = 40333  # by Cloudflare, whose own page is no JSON


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where to post.

    Attributes:
        thread_id: None for the webhook's channel itself.
    """

    origin: str
    id: int
    thread_id: int | None
    token: str = field(repr=False)


def webhook(url: str) -> Webhook:
    """Return what the address of a webhook says, as Discord's "Copy Webhook URL" gives it.

    On this machine it may be plain http, for whatever stands in for Discord.

    Raises:
        ValueError: it is no such address.
    """
    address = _ADDRESS.fullmatch(url)
    if address is None:
        raise ValueError(_SHOULD_BE)
    origin, webhook_id, token, thread = address.groups()
    try:
        thread_id = None if thread is None else snowflake(thread)
        return Webhook(origin, snowflake(webhook_id), thread_id, token)
    except ValueError:
        raise ValueError(_SHOULD_BE) from None


class Message(NamedTuple):
    """What is sent: Discord's own document, and the picture that it shows, a PNG, if any."""

    payload: Mapping[str, Any]
    picture: bytes | None


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    said: Mapping[str, Any]

    @property
    def code(self) -> int:
        """Discord's number for what is wrong, 0 if it gives none."""
        code = self.said.get("code", 0)
        return code if isinstance(code, int) else 0


class _Failed(Exception):
    """May pass by itself.

    Args:
        final: what to raise if it does not.
        wait: seconds that Discord asks for, None if it does not say.
    """

    def __init__(self, final: Exception, wait: float | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.wait = wait


class WebhookClient:
    """Posts through one webhook on behalf of one command.

    Args:
        waiting: entered around every wait, which a signal may end there.
    """

    def __init__(
        self,
        to: Webhook,
        clock: Clock,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._to = to
        self._clock = clock
        self._waiting = waiting
        self._free_at = clock.monotonic()
        self._waited = 0.0

    def post(self, message: Message) -> int:
        """Post a message, and return its id.

        Raises:
            ConfigError: the webhook is unknown to Discord, or may not post.
            DiscordUnavailable: not reached, after all tries, or the answer does not tell whether
                it was posted, so that it is not posted again.
            DiscordBusy: Discord asks for a longer wait than a command makes.
            DiscordRefused: Discord does not take it.
        """
        answer = self._ask("POST", "", message)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _refused(answer)
        try:
            return snowflake(str(answer.said.get("id")))
        except ValueError:
            raise DiscordRefused(
                f"Discord took the message (HTTP {answer.status}), but did not say which id it"
                " has, so it cannot be edited. The next run posts another."
            ) from None

    def edit(self, message_id: int, message: Message) -> bool:
        """Put a message in place of one posted before, and say whether that was possible.

        It is not if the old one was deleted, or stands in an archived thread, which a post opens.

        Raises: as `post`.
        """
        answer = self._ask("PATCH", f"/messages/{message_id}", message)
        if answer.code in _NO_SUCH_MESSAGE:
            return False
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _refused(answer)
        return True

    def _ask(self, method: str, path: str, message: Message) -> _Answer:
        """Return the answer that is neither a 429 nor a failure of the server's own."""
        pauses = iter(_PAUSES)
        while True:
            self._wait_until_free()
            try:
                answer = self._ask_once(method, path, message)
            except _Failed as failure:
                pause = next(pauses, None)
                if pause is None:
                    raise failure.final from None
                self._free_at = self._clock.monotonic() + (failure.wait or pause)
                log.info("discord.retry", reason=str(failure), wait_seconds=failure.wait or pause)
            else:
                if answer.headers.get("X-RateLimit-Remaining") == "0":
                    reset_after = _seconds(answer.headers.get("X-RateLimit-Reset-After"))
                    self._free_at = self._clock.monotonic() + reset_after
                return answer

    def _wait_until_free(self) -> None:
        wait = max(0.0, self._free_at - self._clock.monotonic())
        self._waited += wait
        if self._waited > LONGEST_WAIT:
            raise _busy(wait)
        with self._waiting():  # who is to stop does not ask any more
            if wait > 0:
                self._clock.sleep(wait)

    def _ask_once(self, method: str, path: str, message: Message) -> _Answer:
        import requests

        query = {} if self._to.thread_id is None else {"thread_id": str(self._to.thread_id)}
        if method == "POST":
            query["wait"] = "true"  # else the answer has no id
        try:
            with requests.request(
                method,
                f"{self._to.origin}{_API}/webhooks/{self._to.id}/{self._to.token}{path}",
                params=query,
                files=_parts(message),
                headers={"User-Agent": f"trc-mee6/{__version__}", "Accept": "application/json"},
                auth=lambda request: request,  # else requests looks for one in ~/.netrc
                timeout=_TIMEOUTS,
                proxies={"http": ""},  # what is not encrypted stays on this machine
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _start_of(response)
        # What these say names the address.
        except requests.RequestException as error:
            raise _broken_off(method, error) from None
        answer = _Answer(response.status_code, response.headers, _document(body))
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = _retry_after(answer)
            raise _Failed(_busy(wait), wait)
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise _Failed(_unreachable(f"HTTP {answer.status}"))
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _unclear(method, f"HTTP {answer.status}")
        return answer


def _broken_off(method: str, error: "requests.RequestException") -> Exception:
    """Return what it means that there was no whole answer."""
    import requests
    from urllib3.exceptions import NewConnectionError

    if isinstance(error, requests.exceptions.SSLError) and "EOF" not in str(error):
        return _unreachable("its certificate is not trusted, or it speaks no TLS")
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)) or isinstance(
        cause, NewConnectionError
    ):
        return _Failed(_unreachable("it cannot be reached"))
    return _unclear(method, f"no whole answer came, {type(error).__name__}")


def _unclear(method: str, why: str) -> Exception:
    """Return what it means if Discord may have done as asked: an edit can be made twice."""
    if method == "PATCH":
        return _Failed(_unreachable(why))
    return DiscordUnavailable(
        f"Discord gave no clear answer ({why}), so it is not known whether the message was posted."
        " Look at the channel; the next run posts another."
    )


def _parts(message: Message) -> dict[str, tuple[str | None, bytes, str]]:
    """Return the parts of the body, multipart/form-data."""
    document = json_text(message.payload).encode()
    parts: dict[str, tuple[str | None, bytes, str]] = {
        "payload_json": (None, document, "application/json")
    }
    if message.picture is not None:
        parts["files[0]"] = (PICTURE_NAME, message.picture, "image/png")
    return parts


def _start_of(response: "requests.Response") -> bytes:
    """Return the body, of a larger one the start; it comes in pieces of any size."""
    body = bytearray()
    for piece in response.iter_content(_PIECE):
        body += piece
        if len(body) > _LARGEST_ANSWER:
            break
    return bytes(body)


def _document(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object that Discord answered, an empty one if it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _retry_after(answer: _Answer) -> float | None:
    """Return the seconds that a 429 asks for; where header and document differ, the more."""
    asked = (answer.headers.get("Retry-After"), answer.said.get("retry_after"))
    return max(map(_seconds, asked)) or None


def _seconds(said: object) -> float:
    """Return seconds that Discord names, 0 if it names none."""
    text = str(said)
    return float(text) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,20})?", text) else 0.0


def _busy(wait: float | None) -> DiscordBusy:
    asks = "" if wait is None else f"; it asks to be left alone for {wait:.0f} seconds"
    return DiscordBusy(
        f"Too many requests for Discord at the moment{asks}. The message stays as it was; run it"
        " again later."
    )


def _unreachable(why: str) -> DiscordUnavailable:
    return DiscordUnavailable(
        f"Discord did not take the message: {why}. Run it again; if it goes on, look at"
        " https://discordstatus.com and your network."
    )


def _refused(answer: _Answer) -> Exception:
    status = f"HTTP {answer.status}" + (f", code {answer.code}" if answer.code else "")
    if answer.code == _FORUM_NEEDS_THREAD:
        return ConfigError(
            "DISCORD_WEBHOOK_URL is the webhook of a forum, which takes posts in a thread only."
            " Make one there, and add its id to the address: ?thread_id=ID."
        )
    is_blocked = answer.status == HTTPStatus.FORBIDDEN and not answer.said
    if is_blocked or answer.code == _BLOCKED:
        return _unreachable(f"this machine is blocked on the way ({status})")
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        return ConfigError(
            f"DISCORD_WEBHOOK_URL: Discord knows no such webhook or thread, or lets nobody post"
            f" there ({status}). Copy the address anew: Edit Channel, Integrations, Webhooks."
        )
    return DiscordRefused(
        f"Discord did not take the message ({status}). Its rules may have changed; look for a"
        " newer trc-mee6."
    )
