"""Serves boards over real HTTP, and misbehaves on request."""

import gzip
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from trc_mee6.standin.board import Board

PATH = "/api/plugins/levels/leaderboard"
_DEFAULT_LIMIT = 100
_LARGEST_LIMIT = 1000
_WORTH_COMPRESSING = 1000  # bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived: when (seconds, monotonic), for what, with which headers."""

    at: float
    guild_id: int
    page: int
    limit: int
    headers: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    """Answers one connection. A fault is a function that takes the place of the answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go out in two writes
    server: "_Server"

    def do_GET(self) -> None:
        """Serve a page, or the fault that was ordered for it."""
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        prefix, _, guild = parts.path.rpartition("/")
        if prefix != PATH or not guild.isdigit():
            self.answer(404, {"error": {"message": "Not found"}})
            return
        page = int(query.get("page", ["0"])[0])
        limit = min(int(query.get("limit", [str(_DEFAULT_LIMIT)])[0]), _LARGEST_LIMIT)
        stand_in = self.server.stand_in
        fault = stand_in.arrived(
            Asked(time.monotonic(), int(guild), page, limit, dict(self.headers))
        )
        if fault is not None:
            fault(self)
            return
        board = stand_in.boards.get(int(guild))
        if board is None:
            self.answer(404, {"error": {"message": "Unknown guild"}})
        elif stand_in.token is not None and self.headers.get("Authorization") != stand_in.token:
            self.answer(401, {"error": {"message": "Unauthorized"}})
        else:
            self.answer(200, board.page(page, limit))

    def do_POST(self) -> None:
        """Let a part of a board's players chat: POST /chat/GUILD?fraction=0.2, for benchmarks."""
        parts = urlsplit(self.path)
        board = self.server.stand_in.boards[int(parts.path.rpartition("/")[2])]
        chatted = board.chat(float(parse_qs(parts.query)["fraction"][0]))
        self.answer(200, {"chatted": chatted})

    def answer(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
        """Send a JSON document, compressed if the client takes it."""
        self.send_body(
            status, json.dumps(document).encode(), "application/json", headers=headers or {}
        )

    def send_body(
        self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None
    ) -> None:
        """Send any body."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > _WORTH_COMPRESSING:
            body = gzip.compress(body, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay quiet; what was asked is in `StandIn.asked`."""


Fault = Callable[[Handler], None]


@dataclass(slots=True)
class _Order:
    fault: Fault
    page: int | None
    times: int | None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], stand_in: "StandIn") -> None:
        self.stand_in = stand_in
        super().__init__(address, Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about clients that hang up, which is what faults make them do."""


@dataclass
class StandIn:
    """A running stand-in; use it in a `with` statement.

    Attributes:
        boards: by guild id.
        token: what `Authorization` must be; None: the boards are public.
        asked: every request that arrived, in order.
    """

    boards: dict[int, Board] = field(default_factory=dict)
    token: str | None = None
    port: int = 0
    asked: list[Asked] = field(default_factory=list, repr=False)
    _orders: list[_Order] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: _Server | None = None

    def add(self, board: Board) -> Board:
        """Serve a board."""
        self.boards[board.guild_id] = board
        return board

    def misbehave(self, fault: Fault, *, page: int | None = None, times: int | None = 1) -> None:
        """Answer the next `times` requests (None: all) for `page` (None: any) with a fault."""
        with self._lock:
            self._orders.append(_Order(fault, page, times))

    def behave(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._orders.clear()

    def arrived(self, asked: Asked) -> Fault | None:
        """Note a request, and return the fault ordered for it."""
        with self._lock:
            self.asked.append(asked)
            for order in self._orders:
                if order.page in (None, asked.page) and order.times != 0:
                    if order.times is not None:
                        order.times -= 1
                    return order.fault
        return None

    @property
    def url(self) -> str:
        """The address to set as MEE6_BASE_URL."""
        return f"{self.origin}{PATH}"

    @property
    def origin(self) -> str:
        """The address without a path."""
        if self._server is None:
            raise RuntimeError("the stand-in is not running")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", self.port), self)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
