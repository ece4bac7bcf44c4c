"""Everything MEE6 and what stands before it have been seen to do wrong.

Each function returns a fault for `StandIn.misbehave`.
"""

import gzip
import json
import socket
import struct
import time
from typing import Any

from trc_mee6.standin.server import Fault, Handler

_CHALLENGE = b"<!DOCTYPE html><html><title>Just a moment...</title><body>Checking</body></html>"
_UNHURRIED = 0.05  # seconds between two bytes of an answer that drips


def status(code: int, headers: dict[str, str] | None = None) -> Fault:
    """Answer an HTTP status with a JSON body."""
    return lambda handler: handler.answer(code, {"error": {"message": f"status {code}"}}, headers)


def too_many(retry_after: str | None = None) -> Fault:
    """Answer 429, with or without `Retry-After`."""
    return status(429, None if retry_after is None else {"Retry-After": retry_after})


def challenge(code: int = 200) -> Fault:
    """Answer an HTML page where JSON was asked for."""
    return lambda handler: handler.send_body(code, _CHALLENGE, "text/html; charset=UTF-8")


def redirect(location: str, code: int = 302) -> Fault:
    """Answer a redirect, to a login page for example."""
    return lambda handler: handler.send_body(code, b"", "text/html", {"Location": location})


def body(content: bytes, content_type: str = "application/json") -> Fault:
    """Answer any body with status 200."""
    return lambda handler: handler.send_body(200, content, content_type)


def truncated_json() -> Fault:
    """Answer a JSON document that stops in the middle."""
    return body(b'{"players": [{"id": "100000000000000000", "xp": 12')


def player(**wrong: Any) -> Fault:
    """Answer a page of one player with these fields, over usual ones."""
    usual = {"id": "100000000000000000", "xp": 100, "username": "Ada", "level": 1}
    return body(json.dumps({"players": [usual | wrong]}).encode())


def hang_up() -> Fault:
    """Close the connection before an answer."""

    def fault(handler: Handler) -> None:
        handler.close_connection = True

    return fault


def reset_connection() -> Fault:
    """Reset the connection."""

    def fault(handler: Handler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True

    return fault


def cut_off() -> Fault:
    """Answer a body shorter than its Content-Length."""

    def fault(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"players": [')
        handler.close_connection = True

    return fault


def drip(seconds: float) -> Fault:
    """Answer a body that arrives byte by byte, for so long."""

    def fault(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        _trickle(handler, b" ", seconds)

    return fault


def drip_headers(seconds: float) -> Fault:
    """Answer headers that do not end, for so long."""

    def fault(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        _trickle(handler, b"x", seconds)

    return fault


def silence(seconds: float) -> Fault:
    """Answer nothing, for so long."""

    def fault(handler: Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return fault


def _trickle(handler: Handler, byte: bytes, seconds: float) -> None:
    handler.close_connection = True
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        handler.wfile.write(byte)
        handler.wfile.flush()
        time.sleep(_UNHURRIED)


def bomb(mebibytes: int) -> Fault:
    """Answer a small compressed body that unfolds to so much."""
    packed = gzip.compress(b" " * (mebibytes << 20), compresslevel=9)

    def fault(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed)

    return fault


def not_http() -> Fault:
    """Answer bytes that are no HTTP."""

    def fault(handler: Handler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        handler.close_connection = True

    return fault
