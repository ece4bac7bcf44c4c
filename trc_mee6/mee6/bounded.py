"""Bounds what one answer may take off the wire, whatever form it has.

http.client and urllib3 bound each line and each read, but neither the whole nor the time: interim
answers, trailers and chunks may go on for ever, and a chunk of size -1 is read to the end of the
stream at once. So the bytes are counted, and the clock is looked at, where they arrive.
"""

import errno
import http.client
import io
import math
import time
from typing import TYPE_CHECKING, Any

import requests.adapters
import urllib3

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST_BODY = 4 * 1024 * 1024  # bytes, packed and unfolded; a page of 1000 players has 0.4 million
_LARGEST_REST = 256 * 1024  # bytes of headers, and again of what stands between and after chunks


class BoundedAdapter(requests.adapters.HTTPAdapter):
    """Gives out connections whose answers are bounded, through a proxy too."""

    def get_connection_with_tls_context(
        self, *args: Any, **named: Any
    ) -> urllib3.HTTPConnectionPool:
        """Return the pool that requests would take, with such connections."""
        pool: Any = super().get_connection_with_tls_context(*args, **named)
        kind = pool.ConnectionCls
        if kind.response_class is not _BoundedResponse:
            bounded = {"response_class": _BoundedResponse}
            pool.ConnectionCls = type(kind.__name__, (kind,), bounded)
        return pool  # type: ignore[no-any-return] # Any above: ConnectionCls is declared a protocol


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        self._wire = _Wire(self.fp.detach(), sock.gettimeout())
        self.fp = io.BufferedReader(self._wire)

    def begin(self) -> None:
        """Read the headers, and allow for the body only then."""
        super().begin()
        self._wire.allow(LARGEST_BODY + _LARGEST_REST, "a body")


class _Wire(io.RawIOBase):
    """The bytes of one answer as they arrive.

    Raises OSError once they are too many, or when a whole time-out has gone by: a socket's own
    starts anew with every byte, and who asked has given up by then.
    """

    def __init__(self, raw: io.RawIOBase, timeout: float | None) -> None:
        self._raw = raw
        self._until = math.inf if timeout is None else time.monotonic() + timeout
        self.allow(_LARGEST_REST, "headers")

    def allow(self, most: int, what: str) -> None:
        self._left = self._most = most
        self._what = what

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if self._left < 0:
            said = f"{self._what} of more than {self._most >> 10} KiB"
            raise OSError(errno.EMSGSIZE, said)
        if time.monotonic() > self._until:
            raise TimeoutError(errno.ETIMEDOUT, "no whole answer in time")
        got: int | None = self._raw.readinto(buffer)
        self._left -= got or 0
        return got

    def close(self) -> None:
        self._raw.close()
        super().close()
