"""Reads pages of the board over HTTP: paced (R12), retried (R13), never followed elsewhere.

What an answer means is decided in one place, `_page_of`; everything that may pass by itself is
`_Transient` and repeated, everything else ends the sweep with an error of its own.
"""

import http.client
import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

import backoff
import requests
import urllib3.exceptions

from trc_mee6.clock import Clock
from trc_mee6.errors import (
    BoardNotPublic,
    Mee6Unavailable,
    NoSuchGuild,
    RateLimited,
    SchemaBroken,
)
from trc_mee6.log import log
from trc_mee6.mee6.bounded import LARGEST_BODY, BoundedAdapter
from trc_mee6.mee6.pace import Pace, retry_after
from trc_mee6.mee6.wire import Page, Unparsable, parse_page
from trc_mee6.text import printable
from trc_mee6.version import __version__

SHORT_RETRY_AFTER = 60.0  # seconds of Retry-After that are waited out (R14)
USER_AGENT = f"trc-mee6/{__version__} (python-requests/{requests.__version__})"
_CHUNK = 64 * 1024
_SHORTEST_SECRET = 8  # characters; a shorter token is none, and may be in any word
_INSTEAD = "(the token)"
_LONGEST_QUOTE = 200  # characters of an error that may hold what the server sent
_PACKED = ("gzip", "x-gzip")  # what we ask for; other encodings unfold to anything
_HTML_STARTS = (b"<!doctype", b"<html", b"<head", b"<body", b"<!--", b"<?xml")


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How MEE6 is asked; durations in seconds.

    Attributes:
        base_url: the board's address without the guild.
        token: a MEE6 account's token, sent as `Authorization`, or None.
        page_size: players asked for per page.
        timeout: for connecting, for each read, and for a request as a whole.
        retries: repetitions of a request that failed in passing (R13).
        retry_base: wait before the first repetition, doubled for each further one.
        retry_max: longest such wait.
    """

    base_url: str
    token: str | None = field(default=None, repr=False)
    page_size: int = 1000
    timeout: float = 30.0
    retries: int = 3
    retry_base: float = 5.0
    retry_max: float = 60.0


class _Answer(NamedTuple):
    status: int
    retry_after: str | None
    content_type: str
    encoding: str
    body: bytes


class _Transient(Exception):
    """May pass by itself; `wait` seconds if the server said how long."""

    def __init__(self, reason: str, wait: float | None = None, *, banned: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.banned = banned


class BoardClient:
    """Asks MEE6 for pages of one guild's board, over one kept-alive connection."""

    def __init__(self, guild_id: int, options: ClientOptions, pace: Pace, clock: Clock) -> None:
        self._guild_id = guild_id
        self._options = options
        self._pace = pace
        self._clock = clock
        self._session = self._new_session()
        self._redactor = _Redactor(options.token)
        self.requests = 0

    def page(self, number: int) -> Page:
        """Return page `number`, counted from 0.

        Raises:
            Mee6Unavailable: not reached or not understood, after all retries.
            RateLimited: 429 without a short `Retry-After`, or again and again.
            BoardNotPublic: 401, 403 or a redirect.
            NoSuchGuild: 404.
            SchemaBroken: JSON, but not a page.
            CoolingDown: another run was banned meanwhile.
            OutOfTime: the run's time is over.
        """
        waits = backoff.expo(base=2, factor=self._options.retry_base)
        next(waits)  # backoff's generators yield once before their first value
        left = self._options.retries
        while True:
            self._pace.wait_for_slot()
            try:
                return self._page_of(self._ask(number), number)
            except _Transient as fault:
                if left == 0:
                    raise self._used_up(fault, number) from None
                backed_off = min(
                    backoff.random_jitter(next(waits)) if self._options.retry_base else 0.0,
                    self._options.retry_max,
                )
                wait = backed_off if fault.wait is None else fault.wait
                log.info(
                    "request.retry",
                    page=number,
                    reason=str(fault),
                    wait_seconds=round(wait, 1),
                )
                self._pace.sleep(wait)
                left -= 1

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _used_up(self, fault: _Transient, number: int) -> Exception:
        if fault.banned:
            return RateLimited("MEE6 said 429 (too many requests) again and again", fault.wait)
        retries = self._options.retries
        tries = f"{retries + 1} tries" if retries else "1 try"
        return Mee6Unavailable(
            f"MEE6 did not give page {number} in {tries}; the last: {fault}."
            " The next run tries again; if it goes on, look at https://mee6.xyz and your network."
        )

    def _page_of(self, answer: _Answer, number: int) -> Page:
        status = answer.status
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._too_many(answer)
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise BoardNotPublic(
                f"MEE6 redirected page {number} (HTTP {status}) instead of showing the board: it is"
                " not public. " + self._how_to_open()
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Transient(f"HTTP {status}")
        start = answer.body[:200].lstrip().lower()
        if "html" in answer.content_type or start.startswith(_HTML_STARTS):
            raise _Transient(f"an HTML page with HTTP {status} instead of JSON")
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            refused = "refused the token" if self._options.token else "does not show this board"
            raise BoardNotPublic(f"MEE6 {refused} (HTTP {status}). " + self._how_to_open())
        if status == HTTPStatus.NOT_FOUND:
            raise NoSuchGuild(
                f"MEE6 knows no guild {self._guild_id} (HTTP 404). Check the id, and that MEE6 is"
                " in that server with its Levels plugin on."
            )
        if status >= HTTPStatus.BAD_REQUEST:
            raise SchemaBroken(f"MEE6 answered HTTP {status}, which it never did before.")
        return _parsed(answer, number)

    def _too_many(self, answer: _Answer) -> Exception:
        asked = retry_after(answer.retry_after, self._clock.now())
        if asked is None or asked > SHORT_RETRY_AFTER:
            return RateLimited("MEE6 said 429 (too many requests)", asked)
        return _Transient("HTTP 429", wait=asked, banned=True)

    def _how_to_open(self) -> str:
        if self._options.token:
            return "Renew MEE6_AUTH_TOKEN, or make the board public in the MEE6 dashboard."
        return (
            'Switch on "Make my server\'s leaderboard public" in the MEE6 dashboard,'
            " or set MEE6_AUTH_TOKEN."
        )

    def _ask(self, number: int) -> _Answer:
        """Make one request, bounded as a whole.

        The socket's own time-outs start anew with every byte, so a server that drips could hold
        us for hours. The request is made in a thread of its own and left behind when its time
        is over; this also lets a signal end the wait at once. What is left behind ends with the
        next byte that arrives (`bounded`).
        """
        left = self._pace.remaining()
        deadline = self._options.timeout if left is None else min(self._options.timeout, left)
        answers: queue.SimpleQueue[_Answer | Exception] = queue.SimpleQueue()
        session = self._session

        def ask() -> None:
            try:
                answers.put(self._get(session, number, deadline))
            except Exception as error:
                answers.put(error)

        try:
            with self._pace.waiting():  # who is to stop does not ask any more
                self.requests += 1
                threading.Thread(target=ask, name="request", daemon=True).start()
                answer = answers.get(timeout=deadline)
        except queue.Empty:
            self._session = self._new_session()
            self._pace.remaining()
            raise _Transient(f"no whole answer within {deadline:g} seconds") from None
        if isinstance(answer, Exception):
            self._pace.remaining()
            raise self._transient(answer)
        return answer

    def _transient(self, error: Exception) -> Exception:
        """Return what a failed request means; what no answer can cause stays what it is."""
        if isinstance(error, _OF_AN_ANSWER):
            return _Transient(_innermost(error, self._redactor))
        return error

    def _get(self, session: requests.Session, number: int, deadline: float) -> _Answer:
        with session.get(
            f"{self._options.base_url}/{self._guild_id}",
            params={"page": number, "limit": self._options.page_size},
            timeout=deadline,
            # A proxy of the environment would see all of a plain request, the token too.
            proxies={"http": ""},
            stream=True,
            allow_redirects=False,
        ) as response:
            encoding = response.headers.get("Content-Encoding", "").lower()
            body = bytearray()
            for chunk in response.raw.stream(_CHUNK, decode_content=encoding in _PACKED):
                body += chunk
                if len(body) > LARGEST_BODY:  # the status may still tell all there is to know
                    break
            return _Answer(
                response.status_code,
                response.headers.get("Retry-After"),
                response.headers.get("Content-Type", "").lower(),
                self._redactor.redact(encoding),
                self._redactor.redact_body(bytes(body)),
            )

    def _new_session(self) -> requests.Session:
        session = _Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, BoundedAdapter())
        session.headers.update(
            {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
        )
        session.auth = _authorization(self._options.token)
        return session


class _Redactor:
    """The token where a server sends it back: in any case, escaped as JSON or Python would.

    It is taken out of all that comes, so that nothing made of that shows or stores it.
    """

    def __init__(self, token: str | None) -> None:
        self._text: re.Pattern[str] | None = None
        self._body: re.Pattern[bytes] | None = None
        if token is not None and len(token) >= _SHORTEST_SECRET:
            sent_back = r"\\*".join(
                rf"(?:{re.escape(c)}|\\u00(?:{ord(c.lower()):02x}|{ord(c.upper()):02x}))"
                for c in token
            )
            self._text = re.compile(sent_back, re.IGNORECASE)
            self._body = re.compile(sent_back.encode(), re.IGNORECASE)

    def redact(self, text: str) -> str:
        """Return the text without it."""
        return text if self._text is None else self._text.sub(_INSTEAD, text)

    def redact_body(self, body: bytes) -> bytes:
        """Return the body without it."""
        return body if self._body is None else self._body.sub(_INSTEAD.encode(), body)


def _parsed(answer: _Answer, number: int) -> Page:
    if answer.encoding not in ("", "identity", *_PACKED):
        shown = printable(answer.encoding[:_LONGEST_QUOTE])
        raise _Transient(f"a body in an encoding that was not asked for, {shown}")
    if len(answer.body) > LARGEST_BODY:
        raise _Transient(f"a body of more than {LARGEST_BODY >> 20} MiB")
    try:
        return parse_page(answer.body)
    except Unparsable as error:
        raise _Transient(f"a body that is no JSON ({error})") from None
    except SchemaBroken as error:
        raise SchemaBroken(
            f"MEE6's page {number} is not a board as we know it: {error}."
            " Its API may have changed; look for a newer trc-mee6."
        ) from None


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Name none. Even told not to follow, requests parses it and reads the body, uncapped."""


def _authorization(
    token: str | None,
) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Return what sets the header.

    Setting it as the session's own also keeps requests from sending a password of ~/.netrc.
    """

    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if token is not None:
            request.headers["Authorization"] = token
        return request

    return authorize


# ValueError: http.client's word for a chunk of negative size, for one.
_OF_AN_ANSWER = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)


def _innermost(error: BaseException, redactor: _Redactor) -> str:
    """Name the cause of a network error without the layers of wrapping around it.

    What is no HTTP is quoted, and may be our own request sent back, token and all.
    """
    cause: Any = error
    while True:
        inner = getattr(cause, "reason", None) or cause.__cause__ or cause.__context__
        if not isinstance(inner, BaseException):
            break
        cause = inner
    said = getattr(cause, "strerror", None)
    if said:
        return f"{said[0].lower()}{said[1:]}"
    text = redactor.redact(str(cause).strip())
    return f"{type(cause).__name__}: {printable(text[:_LONGEST_QUOTE])}"
