"""Answers made to harm: each is refused in time and in little memory, and says so.

Whole processes are measured against a stand-in that answers with bombs and endless streams.
"""

import gzip
import re
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import GUILD, PROGRAM, run_to_end

from trc_mee6.standin import Board
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import open_store

MIB = 1 << 20
TIMEOUT, TRIES = 2, 2  # seconds a request may take; requests
NO_WHOLE_ANSWER = "no whole answer "  # in time, or within 2 s: whichever bound is felt first
MORE = 100  # MB above a normal run that are too much
SLACK = 5  # seconds on a busy machine, beside those of the requests

# A process begins with the peak memory of the one that started it, so a small one does.
MEASURE = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
sys.stderr.write(f"\\npeak {peak}\\n")
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Measured:
    """How a sync ended: `peak` in MB, `seconds` from the first request to the end."""

    code: int
    said: str
    peak: float
    seconds: float


@pytest.fixture
def measured_sync(usual, stand_in, tmp_path) -> Callable[[], Measured]:
    limits = {"MEE6_TIMEOUT": str(TIMEOUT), "MEE6_RETRIES": str(TRIES - 1)}

    def run_measured() -> Measured:
        command = [sys.executable, "-I", "-S", "-c", MEASURE, *PROGRAM, "sync", "--enroll-all"]
        done = run_to_end(command, usual | limits, tmp_path)
        said, _, peak = done.err.rpartition("\npeak ")
        seconds = time.monotonic() - stand_in.asked[0].at
        return Measured(done.code, said, float(peak), seconds)

    return run_measured


@pytest.fixture(scope="module")
def normal() -> dict[str, float]:
    """The peak of a normal run, once it was measured."""
    return {}


@pytest.fixture
def normal_peak(normal, measured_sync, stand_in, sqlite_url) -> float:
    if not normal:
        stand_in.add(Board(GUILD, 1000))
        ran = measured_sync()
        assert (ran.code, ran.said) == (0, "")
        normal["peak"] = ran.peak
        stand_in.boards.clear()
        stand_in.asked.clear()
        Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    return normal["peak"]


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def answering(body, *headers):
    """Answer this body."""
    head = JSON + b"".join(header + b"\r\n" for header in headers)

    def fault(handler):
        handler.close_connection = True
        handler.wfile.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return fault


def endless(start, piece, pause=0.0):
    """Answer `start`, and then `piece` again and again until nobody listens any more."""
    pieces = piece if pause else piece * (65536 // len(piece))

    def fault(handler):
        handler.close_connection = True
        handler.wfile.write(start)
        while True:
            handler.wfile.write(pieces)
            time.sleep(pause)

    return fault


def unfolding(wbits):
    """Two GiB of blanks, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    blanks = b" " * MIB
    return b"".join(packer.compress(blanks) for _ in range(2048)) + packer.flush()


def filled(start, value, end, size=4 * MIB):
    """A JSON document just small enough to be read, with as many of a value as it can hold."""
    most = (size - len(start) - len(end)) // (len(value) + 1)
    return start + b",".join([value] * most) + end


GZIP = unfolding(zlib.MAX_WBITS | 16)
ELSEWHERE = b'{"players": [], "new": ['
IN_GUILD = b'{"players": [], "guild": {"new": ['
IN_NAME = b'{"players": [{"id": "100000000000000000", "xp": 1, "username": ['
TOO_LARGE = "a body of more than 4 MiB"
TOO_MANY = "the document: it has more than 100,000 values"
MILLION = b'{"players":[' + b",".join([b'{"id":"100000000000000000","xp":1}'] * 10**6) + b"]}"

REFUSED = {  # what is answered, exit code, what is said
    "gzip of gigabytes": (answering(GZIP, b"Content-Encoding: gzip"), 69, TOO_LARGE),
    "gzip in gzip": (
        answering(gzip.compress(GZIP), b"Content-Encoding: gzip, gzip"),
        69,
        "an encoding that was not asked for, gzip, gzip",
    ),
    "deflate": (
        answering(unfolding(zlib.MAX_WBITS), b"Content-Encoding: deflate"),
        69,
        "an encoding that was not asked for, deflate",
    ),
    "brotli": (answering(GZIP, b"Content-Encoding: br"), 69, "was not asked for, br"),
    "zstandard": (answering(GZIP, b"Content-Encoding: zstd"), 69, "was not asked for, zstd"),
    "a million players": (answering(MILLION), 69, TOO_LARGE),
    "a million packed": (
        answering(gzip.compress(MILLION), b"Content-Encoding: gzip"),
        69,
        TOO_LARGE,
    ),
    "the most players": (
        answering(filled(b'{"players":[', b'{"id":"1","xp":1}', b"]}")),
        76,
        TOO_MANY,
    ),
    "the most wrong players": (answering(filled(b'{"players":[', b"{}", b"]}")), 76, TOO_MANY),
    "numbers elsewhere": (answering(filled(ELSEWHERE, b"1", b"]}")), 76, TOO_MANY),
    "lists elsewhere": (answering(filled(ELSEWHERE, b"[]", b"]}")), 76, TOO_MANY),
    "objects in the guild": (answering(filled(IN_GUILD, b"{}", b"]}}")), 76, TOO_MANY),
    "lists for a name": (answering(filled(IN_NAME, b"[]", b"]}]}")), 76, TOO_MANY),
    "nested ten thousand deep": (
        answering(ELSEWHERE[:-1] + b"[" * 10_000 + b"]" * 10_000 + b"}"),
        69,
        "recursion limit exceeded",
    ),
    "half characters": (answering(b'{"players": ["' + rb"\ud800" * 690_000), 69, "no JSON"),
    "a number of millions of digits": (
        answering(b'{"players": [{"id": "1", "xp": ' + b"9" * 4_000_000 + b"}]}"),
        69,
        "number out of range",
    ),
    "headers without end": (endless(JSON, b"X-More: 1\r\n"), 69, "more than 100 headers"),
    "a header without end": (endless(JSON + b"X-Long: ", b"x"), 69, "reading header line"),
    "large headers": (
        answering(b"{}", *[b"Set-Cookie: " + b"a=b;" * 15_000] * 60),
        69,
        "headers of more than 256 KiB",
    ),
    "a status line without end": (endless(b"HTTP/1.1 200 ", b"x"), 69, "reading status line"),
    "100 Continue without end": (endless(b"", CONTINUE), 69, "headers of more than 256 KiB"),
    "100 Continue now and then": (endless(b"", CONTINUE, 0.02), 69, NO_WHOLE_ANSWER),
    "a body without end": (endless(JSON + b"\r\n", b" "), 69, TOO_LARGE),
    "a body that drips": (endless(JSON + b"\r\n", b" ", 0.02), 69, NO_WHOLE_ANSWER),
    "an absurd length": (
        endless(JSON + b"Content-Length: " + b"9" * 18 + b"\r\n\r\n", b" "),
        69,
        TOO_LARGE,
    ),
    "an absurd chunk": (endless(CHUNKED + b"f" * 15 + b"\r\n", b" "), 69, TOO_LARGE),
    "a chunk of size -1": (endless(CHUNKED + b"-1\r\n", b" "), 69, "a body of more than 4352 KiB"),
    "a chunk of size -5": (endless(CHUNKED + b"-5\r\n", b" "), 69, "must be non-negative"),
    "a chunk's size without end": (endless(CHUNKED, b"f"), 69, "chunk size line exceeded"),
    "trailers without end": (
        endless(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-More: 1\r\n"),
        69,
        "a body of more than 4352 KiB",
    ),
    "a trailer without end": (
        endless(CHUNKED + b"2\r\n{}\r\n0\r\nX-Long: ", b"x"),
        69,
        "trailer line exceeded",
    ),
}


@pytest.mark.parametrize(("fault", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_r13_what_is_made_to_harm_is_refused_in_time_and_in_little_memory(
    normal_peak, measured_sync, stand_in, sqlite_url, fault, code, said
):
    stand_in.misbehave(fault, times=None)
    ran = measured_sync()
    assert (ran.code, said in ran.said) == (code, True), ran.said
    assert re.search(r"^trc-mee6: sync failed: ", ran.said, re.MULTILINE)
    assert "Traceback" not in ran.said
    assert len(stand_in.asked) == (TRIES if code == 69 else 1)
    assert ran.seconds < TIMEOUT * TRIES + SLACK
    assert ran.peak < normal_peak + MORE
    with open_store(sqlite_url) as store:
        assert store.row("SELECT count(*) FROM member") == (0,)
        assert list(findings(store)) == []
