"""Everything MEE6 does wrong, on every page of a sweep: how the run ends and what it leaves.

`FAULTS` says of each fault how a run ends that meets it again and again (R13, R14). Whatever it is
and wherever it comes: what was read before counts, nobody else is touched (R15), and the next run
brings everybody to what the board says.
"""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from support import GUILD, START

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.registry import link_members
from trc_mee6.mee6.bounded import LARGEST_BODY
from trc_mee6.report import Status
from trc_mee6.rules.alerts import Trouble
from trc_mee6.standin import faults
from trc_mee6.standin.server import Fault
from trc_mee6.store import alerts, runs
from trc_mee6.store.audit import findings
from trc_mee6.store.members import states
from trc_mee6.store.pace import cooldown
from trc_mee6.store.registry import Entry
from trc_mee6.store.tables import SyncRun

PLAYERS = [100000000000000000 + n for n in range(12)]  # in the board's order
LEAVER, GHOST = 100000000000000100, 100000000000000200
ON_A_PAGE = 4  # so the board is three pages, and an empty one that ends it
FAULT_AT = START + timedelta(minutes=15)
POSITIONS = {"first page": 0, "middle page": 1, "last page": 3, "middle page after a 500": 1}


@dataclass(frozen=True)
class Ending:
    """How a run ends that meets a fault again and again.

    Attributes:
        requests: for the page of the fault.
        waits: seconds before each repetition, up to one more for the jitter (R13).
        waits_after_500: the same if a 500 came first.
        banned: seconds of cooldown (R14); up to one less, as HTTP dates have whole seconds.
    """

    status: Status
    code: int
    requests: int = 1
    waits: tuple[int, ...] = ()
    waits_after_500: tuple[int, ...] = (5,)
    banned: int | None = None

    @property
    def may_pass(self) -> bool:
        return self.requests > 1


@dataclass(frozen=True)
class Row:
    """A fault, or what makes one of the clock; how it ends a run, and what is said of it."""

    fault: "Fault | Dated"
    ending: Ending
    said: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Dated:
    """A 429 until so many seconds from its answer, as an HTTP date."""

    seconds: int

    def by(self, clock) -> Fault:
        def fault(handler):
            until = clock.now() + timedelta(seconds=self.seconds)
            faults.too_many(format_datetime(until, usegmt=True))(handler)

        return fault


def row(fault: Fault | Dated, ending: Ending, said: str, **settings: Any) -> Row:
    return Row(fault, ending, said, settings)


GIVEN_UP = Ending(Status.FAILED, 69, 4, (5, 10, 20), (5, 10, 20))
GIVEN_UP_SOONER = replace(GIVEN_UP, requests=3, waits=(5, 10), waits_after_500=(5, 10))
NOT_PUBLIC = Ending(Status.FAILED, 77)
NO_GUILD = Ending(Status.FAILED, 78)
NO_BOARD = Ending(Status.FAILED, 76)
BANNED = Ending(Status.RATE_LIMITED, 75, banned=1800)
BANNED_FOR_2_HOURS = replace(BANNED, banned=7200)
BANNED_FOR_A_DAY = replace(BANNED, banned=86_400)
TOO_OFTEN = Ending(Status.RATE_LIMITED, 75, 4, (7, 7, 7), (5, 7, 7), banned=1800)
TOO_OFTEN_AT_ONCE = replace(TOO_OFTEN, waits=(), waits_after_500=(5,))
TOO_OFTEN_UNTIL = replace(TOO_OFTEN, waits=(29, 29, 29), waits_after_500=(5, 29, 29))


def raw(*lines: bytes) -> Fault:
    """Answer exactly these lines, and close."""

    def fault(handler):
        handler.close_connection = True
        handler.wfile.write(b"\r\n".join(lines))

    return fault


OK = b"HTTP/1.1 200 OK"
NESTED = b'{"players": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
NO_PUBLIC = "does not show this board"
FAULTS = {
    # The connection (refused: below).
    "reset": row(faults.reset_connection(), GIVEN_UP, "connection reset by peer"),
    "hang-up": row(faults.hang_up(), GIVEN_UP, "RemoteDisconnected: Remote end closed"),
    "time-out": row(
        faults.silence(1), GIVEN_UP_SOONER, "(no whole answer|timed out)",
        mee6_timeout=0.6, mee6_retries=2,
    ),
    "no HTTP": row(faults.not_http(), GIVEN_UP, r"BadStatusLine: SSH-2\.0-OpenSSH_9\.2"),
    # The server.
    "500": row(faults.status(500), GIVEN_UP, "HTTP 500"),
    "502": row(faults.status(502), GIVEN_UP, "HTTP 502"),
    "503 with Retry-After": row(
        faults.status(503, {"Retry-After": "7200"}), GIVEN_UP, "HTTP 503"
    ),
    "504": row(faults.status(504), GIVEN_UP, "HTTP 504"),
    "520": row(faults.status(520), GIVEN_UP, "HTTP 520"),
    # The body.
    "cut off": row(faults.cut_off(), GIVEN_UP, "IncompleteRead"),
    "truncated JSON": row(faults.truncated_json(), GIVEN_UP, "no JSON"),
    "nothing": row(faults.body(b""), GIVEN_UP, "no JSON"),
    "204": row(
        raw(b"HTTP/1.1 204 No Content", b"Connection: close", b"", b""), GIVEN_UP, "no JSON"
    ),
    "plain text": row(faults.body(b"Service busy", "text/plain"), GIVEN_UP, "no JSON"),
    "nested too deeply": row(faults.body(NESTED), GIVEN_UP, "no JSON .*recursion"),
    "too large": row(
        faults.body(b'{"players": []}'.ljust(LARGEST_BODY + 1)), GIVEN_UP, "more than 4 MiB"
    ),
    "broken gzip": row(
        raw(OK, b"Content-Encoding: gzip", b"", b"no gzip"), GIVEN_UP, "decompressing"
    ),
    "another encoding": row(
        raw(OK, b"Content-Encoding: br", b"", gzip.compress(b"{}")), GIVEN_UP, "not asked for, br"
    ),
    "broken chunks": row(
        raw(OK, b"Transfer-Encoding: chunked", b"", b"zz", b""), GIVEN_UP, "zz"
    ),
    # A challenge.
    "HTML with 200": row(faults.challenge(200), GIVEN_UP, "an HTML page with HTTP 200"),
    "HTML with 401": row(faults.challenge(401), GIVEN_UP, "an HTML page with HTTP 401"),
    "HTML with 403": row(faults.challenge(403), GIVEN_UP, "an HTML page with HTTP 403"),
    "HTML with 404": row(faults.challenge(404), GIVEN_UP, "an HTML page with HTTP 404"),
    "HTML with 503": row(faults.challenge(503), GIVEN_UP, "HTTP 503"),
    "HTML called text": row(
        faults.body(b"\n <!DOCTYPE html><p>", "text/plain"), GIVEN_UP, "an HTML page"
    ),
    "text called HTML": row(
        raw(b"HTTP/1.1 403 No", b"Content-Type: text/HTML", b"", b"Just a moment ..."),
        GIVEN_UP, "an HTML page with HTTP 403",
    ),
    "HTML called JSON": row(faults.body(b"<HTML><p>Wait</p>"), GIVEN_UP, "an HTML page"),
    # A refusal.
    "401": row(
        faults.status(401), NOT_PUBLIC, rf"{NO_PUBLIC} \(HTTP 401\).*leaderboard public",
        mee6_auth_token=None,
    ),
    "403": row(
        faults.status(403), NOT_PUBLIC, rf"{NO_PUBLIC} \(HTTP 403\).*MEE6_AUTH_TOKEN",
        mee6_auth_token=None,
    ),
    "401 with a token": row(
        faults.status(401), NOT_PUBLIC, r"refused the token \(HTTP 401\).*Renew MEE6_AUTH_TOKEN"
    ),
    "404": row(faults.status(404), NO_GUILD, f"no guild {GUILD}.*Levels plugin"),
    "400": row(faults.status(400), NO_BOARD, "HTTP 400"),
    "410": row(faults.status(410), NO_BOARD, "HTTP 410"),
    "451": row(faults.status(451), NO_BOARD, "HTTP 451"),
    "redirect": row(faults.redirect("https://mee6.xyz/login"), NOT_PUBLIC, "HTTP 302"),
    "redirect for good": row(faults.redirect("/login", 301), NOT_PUBLIC, "HTTP 301"),
    "redirect without a place": row(raw(b"HTTP/1.1 307 No", b"", b""), NOT_PUBLIC, "HTTP 307"),
    # The schema.
    "another document": row(faults.body(b'{"error": 1}'), NO_BOARD, "players: "),
    "a list": row(faults.body(b"[]"), NO_BOARD, "the document: "),
    "no players": row(faults.body(b'{"players": null}'), NO_BOARD, "players: "),
    "too many values": row(
        faults.body(b'{"players": [], "new": [' + b"0," * 100_000 + b"0]}"), NO_BOARD, "values"
    ),
    "an id that is none": row(faults.player(id="Ada"), NO_BOARD, "player 0, id: 'Ada'"),
    "no id": row(faults.player(id=None), NO_BOARD, "player 0, id: "),
    "no XP": row(faults.player(xp=None), NO_BOARD, "player 0, xp: "),
    "XP below 0": row(faults.player(xp=-1), NO_BOARD, "player 0, xp: "),
    "XP of 2^63": row(faults.player(xp=2**63), NO_BOARD, "player 0, xp: "),
    "XP in part": row(faults.player(xp=0.5), NO_BOARD, "player 0, xp: "),
    "XP as text": row(faults.player(xp="12"), NO_BOARD, "player 0, xp: "),
    # Too many requests.
    "429": row(faults.too_many(), BANNED, "said 429"),
    "429 for 61 s": row(faults.too_many("61"), BANNED, "said 429"),
    "429 for 2 h": row(faults.too_many("7200"), BANNED_FOR_2_HOURS, "said 429"),
    "429 for years": row(faults.too_many("99999999"), BANNED_FOR_A_DAY, "said 429"),
    "429 until in 2 h": row(Dated(7200), BANNED_FOR_2_HOURS, "said 429"),
    "429 for nonsense": row(faults.too_many("soon"), BANNED, "said 429"),
    "429 for less than nothing": row(faults.too_many("-5"), BANNED, "said 429"),
    "429 as HTML": row(faults.challenge(429), BANNED, "said 429"),
    "429 for 7 s": row(faults.too_many("7"), TOO_OFTEN, "429 .*again and again"),
    "429 for 0 s": row(faults.too_many("0"), TOO_OFTEN_AT_ONCE, "again and again"),
    "429 until in 30 s": row(Dated(30), TOO_OFTEN_UNTIL, "again and again"),
    "429 until now": row(Dated(0), TOO_OFTEN_AT_ONCE, "again and again"),
}  # fmt: skip


@pytest.fixture
def everyone(board, make_job, store, clock) -> Callable[[int], None]:
    """Twelve members with a baseline of 1000, one who left since, one who never was there.

    Everybody on the board has gained 150 XP, and gains what the fixture is called with.
    """
    for player in (*PLAYERS, LEAVER):
        board.join(player, 1000)
    sync(make_job(), enroll_all=True)
    link_members(store, GUILD, [Entry(GHOST)], START)
    board.leave(LEAVER)

    def gain(xp: int) -> None:
        for player in PLAYERS:
            board.gain(player, xp)

    gain(150)
    clock.time = FAULT_AT
    return gain


def balances(store) -> dict[int, tuple[Any, ...]]:
    """XP total, points, leftover and last observation of every member."""
    return {
        member.discord_id: (
            member.xp_total, member.points, member.leftover_xp, member.last_observed_at,
        )
        for member in states(store, GUILD)
    }  # fmt: skip


def after(pages: int) -> dict[int, tuple[Any, ...]]:
    """The balances after a sweep that was cut short, of so many pages."""
    read = dict.fromkeys(PLAYERS[: pages * ON_A_PAGE], (1150, 1, 50, FAULT_AT))
    unread = dict.fromkeys((*PLAYERS[pages * ON_A_PAGE :], LEAVER), (1000, 0, 0, START))
    return read | unread | {GHOST: (None, 0, 0, None)}


def caught_up(at) -> dict[int, tuple[Any, ...]]:
    """The balances after a whole sweep: exactly what the board says."""
    return {
        **dict.fromkeys(PLAYERS, (1220, 2, 20, at)),
        LEAVER: (1000, 0, 0, at),
        GHOST: (0, 0, 0, at),
    }


def assert_ended(store, clock, report, ending, said, pages, requests) -> None:
    """The run said, recorded and applied what it should, and harmed nobody."""
    read = pages * ON_A_PAGE
    assert (report.status, report.exit_code) == (ending.status, ending.code)
    if ending.code == GIVEN_UP.code:
        said = f"page {pages} in {requests - pages} tries; the last: .*{said}"
    assert re.search(said, report.reason), report.reason
    assert report.reason.isprintable()
    assert (report.requests, report.pages, report.complete_sweep) == (requests, pages, False)
    assert (report.players_seen, report.members.observed, report.members.changed) == (read,) * 3
    assert (report.members.absent, report.members.baselined) == (0, 0)
    assert (report.xp_gained, report.points_awarded) == (150 * read, read)
    assert (report.xp_lost, report.points_deducted) == (0, 0)
    until = cooldown(store, clock.now())
    assert report.cooldown_until == until
    assert (until is None) == (ending.banned is None)
    if until is not None:
        assert ending.banned - 1 < (until - clock.now()).total_seconds() <= ending.banned
    assert balances(store) == after(pages)
    assert list(findings(store)) == []
    record = SyncRun.select().order_by(SyncRun.id.desc()).bind(store.database).first()
    assert (record.status, record.exit_code) == (ending.status, ending.code)
    assert (record.reason, record.requests, record.pages) == (report.reason, requests, pages)
    assert (record.points_awarded, record.cooldown_until) == (read, until)
    assert runs.failures_in_a_row(store, GUILD, "sync") == 1
    told = Trouble.SCHEMA if ending is NO_BOARD else None
    assert alerts.alerted(store, GUILD, "sync") is told


def assert_waited(clock, waits) -> None:
    """These waits, each up to a second longer (R13's jitter)."""
    assert [least for least, waited in zip(waits, clock.slept, strict=True)
            if not least <= waited <= least + 1] == []  # fmt: skip
    clock.slept.clear()


def assert_caught_up(store, clock, started, report) -> None:
    """The run was whole, and everybody is where the board says."""
    assert (report.status, report.exit_code, report.reason) == (Status.OK, 0, None)
    assert (report.pages, report.complete_sweep) == (4, True)
    assert (report.members.observed, report.members.absent) == (14, 2)
    assert balances(store) == caught_up(started)
    assert list(findings(store)) == []
    assert runs.failures_in_a_row(store, GUILD, "sync") == 0


ONE_OF_EACH_ENDING = {row.ending: fault for fault, row in FAULTS.items()}.values()
CASES = [("sqlite", fault, position) for fault in FAULTS for position in POSITIONS]
CASES += [("postgres", fault, "middle page") for fault in ONE_OF_EACH_ENDING]


@pytest.mark.parametrize(
    ("database_url", "fault", "position"),
    CASES,
    ids=[f"{kind}: {fault}, {position}" for kind, fault, position in CASES],
    indirect=["database_url"],
)
def test_r13_r14_r15_a_fault_ends_a_run_as_it_should_and_harms_nobody(
    make_job, stand_in, everyone, store, clock, fault, position
):
    ending, page = FAULTS[fault].ending, POSITIONS[position]
    answer = FAULTS[fault].fault
    if isinstance(answer, Dated):
        answer = answer.by(clock)
    on_retry = position.endswith("500")
    waits = ending.waits_after_500 if on_retry else ending.waits

    def misbehave(times):
        if on_retry:
            stand_in.misbehave(faults.status(500), page=page)
        stand_in.misbehave(answer, page=page, times=times)

    def run():
        stand_in.asked.clear()
        job = make_job(mee6_page_size=ON_A_PAGE, **FAULTS[fault].settings)
        return sync(job), [asked.page for asked in stand_in.asked]

    misbehave(times=None)
    report, asked = run()
    for_page = max(ending.requests, 1 + on_retry)
    assert asked == [*range(page), *[page] * for_page]
    assert_waited(clock, waits)
    assert_ended(
        store, clock, report, ending, FAULTS[fault].said, pages=page, requests=page + for_page
    )
    stand_in.behave()

    if ending.banned is not None:
        clock.forward(seconds=ending.banned - 1)
        report, asked = run()
        assert (report.status, report.exit_code, asked) == (Status.COOLING_DOWN, 0, [])
        assert balances(store) == after(page)

    clock.forward(minutes=15)
    everyone(70)
    if ending.may_pass:  # once, this time
        misbehave(times=1)
    started = clock.now()
    report, asked = run()
    again = (1 + on_retry) if ending.may_pass else 0
    assert asked == [*range(page), *[page] * again, *range(page, 4)]
    assert_waited(clock, waits[:again])
    assert_caught_up(store, clock, started, report)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("page", [None, *sorted(set(POSITIONS.values()))])
def test_r13_a_server_that_goes_away_is_tried_again_and_harms_nobody(
    make_job, stand_in, everyone, store, clock, page
):
    def go_away(handler):
        handler.close_connection = True
        stand_in.__exit__(None, None, None)

    job = make_job(mee6_page_size=ON_A_PAGE)
    stand_in.port = int(stand_in.origin.rpartition(":")[2])
    if page is None:
        stand_in.__exit__(None, None, None)
    stand_in.misbehave(go_away, page=page)
    report = sync(job)
    read = page or 0
    said = "connection refused"
    assert_waited(clock, GIVEN_UP.waits)
    assert_ended(store, clock, report, GIVEN_UP, said, pages=read, requests=read + 4)
    stand_in.behave()
    stand_in.__enter__()
    clock.forward(minutes=15)
    everyone(70)
    started = clock.now()
    assert_caught_up(store, clock, started, sync(job))
