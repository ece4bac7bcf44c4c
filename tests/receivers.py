"""Services that are told of runs: real sockets that answer, refuse, drag on, or are not there."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trc_mee6.notify.events import Event


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """A web server that keeps what it is sent, and answers as told.

    Attributes:
        statuses: of the next answers; after them, 200.
        slow: no answer until the service ends.
    """

    url: str
    asked: list[Asked] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    says: bytes = b"OK"
    slow: bool = False
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


@contextmanager
def service(*, status: int | None = None, slow: bool = False) -> Iterator[Service]:
    """Serve on loopback; with a status, give no other answer."""

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Callable[[], None]:
            """Answer every method alike: do_POST, do_PUT, do_DELETE."""
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            if made.slow:
                made._over.wait()
                return
            self.send_response(status or (made.statuses.pop(0) if made.statuses else 200))
            self.send_header("Content-Length", str(len(made.says)))
            self.end_headers()
            self.wfile.write(made.says)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Service(f"http://127.0.0.1:{server.server_port}", slow=slow)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made._over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def nobody() -> str:
    """Return an address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@dataclass
class Heard:
    """A receiver inside this process, for what is told and when."""

    kinds: tuple[type[Event], ...]
    events: list[Event] = field(default_factory=list)
    breaks: Exception | None = None
    name: str = "HEARD"

    @property
    def hears(self) -> tuple[type[Event], ...]:
        return self.kinds

    def tell(self, event: Event) -> None:
        if self.breaks is not None:
            raise self.breaks
        self.events.append(event)
