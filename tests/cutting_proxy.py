"""A proxy before a Postgres server that cuts a client's connection at a statement of one's choice.

It reads just enough of the protocol (PostgreSQL's documentation, "Frontend/Backend Protocol") to
know which statement goes by, and when its answer is complete.
"""

import re
import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Self


class Cut(Enum):
    """What the cut takes away."""

    STATEMENT = "the statement never arrives"
    ANSWER = "the statement is carried out, its answer never arrives"


@dataclass
class CuttingProxy:
    """Forwards everything to a server on loopback; use it in a `with` statement.

    Attributes:
        has_cut: whether the cut that was ordered last was made.
    """

    server_port: int
    has_cut: bool = False
    _at: re.Pattern[str] | None = None
    _left: int = 0
    _what: Cut = Cut.STATEMENT

    def cut(self, what: Cut, at: str, which: int = 1) -> None:
        """Cut once, at the `which`th statement from now on that begins like this."""
        self._what, self._at, self._left, self.has_cut = what, re.compile(at), which, False

    @property
    def host(self) -> str:
        """The address as a URL names it."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed, at the end
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with (
            suppress(OSError),  # either side may go away at any time
            client,
            socket.create_connection(("127.0.0.1", self.server_port)) as server,
            selectors.DefaultSelector() as ready,
        ):
            server.sendall(_startup(client))
            ready.register(client, selectors.EVENT_READ)
            ready.register(server, selectors.EVENT_READ)
            messages = _messages(client)
            names: dict[bytes, str] = {}
            while True:
                asking = {key.fileobj for key, _ in ready.select()}
                if server in asking:
                    answer = server.recv(65536)
                    if not answer:
                        return
                    client.sendall(answer)
                elif not self._forward(next(messages), messages, server, names):
                    return

    def _forward(
        self,
        message: tuple[bytes, bytes],
        more: Iterator[tuple[bytes, bytes]],
        server: socket.socket,
        names: dict[bytes, str],
    ) -> bool:
        """Pass a message on; say whether the connection lives on."""
        if not self._is_the_one(_statement(*message, names)):
            server.sendall(_packed(*message))
            return True
        if self._what is Cut.ANSWER:
            while message[0] not in b"QS":  # a simple query, or the end of one in steps
                server.sendall(_packed(*message))
                message = next(more)
            server.sendall(_packed(*message))
            _await_answer(server)
        return False

    def _is_the_one(self, statement: str | None) -> bool:
        if self._at is None or statement is None or not self._at.match(statement):
            return False
        self._left -= 1
        self.has_cut = self.has_cut or self._left == 0
        return self._left == 0


def _startup(client: socket.socket) -> bytes:
    """Return the first message, the only one without a type."""
    length = _exactly(client, 4)
    return length + _exactly(client, struct.unpack("!I", length)[0] - 4)


def _messages(sender: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """Give the type and content of each message."""
    while True:
        kind = _exactly(sender, 1)
        (length,) = struct.unpack("!I", _exactly(sender, 4))
        yield kind, _exactly(sender, length - 4)


def _packed(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!I", len(content) + 4) + content


def _statement(kind: bytes, content: bytes, names: dict[bytes, str]) -> str | None:
    """Return the statement that a message is about to run, None if it runs none."""
    match kind:
        case b"Q":
            return content[:-1].decode()
        case b"P":  # parsed under a name, bound later
            name, text, _ = content.split(b"\0", 2)
            names[name] = text.decode()
        case b"B":
            _, name, _ = content.split(b"\0", 2)
            return names[name]
    return None


def _await_answer(server: socket.socket) -> None:
    for kind, _ in _messages(server):
        if kind in b"ZG":  # ready for the next query, or for what is to be copied in
            return


def _exactly(sender: socket.socket, count: int) -> bytes:
    received = sender.recv(count, socket.MSG_WAITALL)
    if len(received) < count:
        raise ConnectionError("the other side is gone")
    return received
