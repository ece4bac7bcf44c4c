"""R12-R16 as a client keeps them, over real sockets.

How a run ends that meets a fault is in tests/jobs/test_board_misbehaves.py, fault by fault.
"""

import gzip
import json
import signal
import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from support import GUILD, PASSWORD, START, TOKEN, until

from trc_mee6.clock import SystemClock
from trc_mee6.errors import (
    BoardNotPublic,
    CoolingDown,
    Interrupted,
    Mee6Unavailable,
    NoSuchGuild,
    OutOfTime,
    RateLimited,
    TrcMee6Error,
)
from trc_mee6.mee6.bounded import LARGEST_BODY
from trc_mee6.mee6.client import BoardClient, ClientOptions
from trc_mee6.mee6.pace import Pace
from trc_mee6.standin import Board, faults
from trc_mee6.store.connect import open_store
from trc_mee6.store.pace import StoredSlots, cool_down
from trc_mee6.version import __version__

EMPTY_PAGE = b'{"players": []}'
JSON_HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


class FreeSlots:
    """Slots that are always free, for tests of what comes after; counts them."""

    taken = 0

    def take(self, clock, interval):
        self.taken += 1
        return 0.0


@pytest.fixture
def make_client(stand_in, clock):
    """Make a client of GUILD's board; options are those of ClientOptions and Pace."""
    made = []

    def make(*, slots=None, at=clock, give_up_at=None, interval=0, **options):
        usual = {"base_url": stand_in.url, "timeout": 5}
        pace = Pace(slots or FreeSlots(), at, interval, give_up_at)
        made.append(BoardClient(GUILD, ClientOptions(**(usual | options)), pace, at))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def store(sqlite_url):
    """A SQLite file; both databases are tested where the slots are."""
    with open_store(sqlite_url) as opened:
        yield opened


class Elsewhere:
    """Another host, with an ear for everything that arrives there; it answers nothing."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://localhost:{self._socket.getsockname()[1]}"
        self.url = f"{self.origin}/api/plugins/levels/leaderboard"
        self._arrived = []
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self):
        while True:
            connection, _ = self._socket.accept()
            with connection:
                said = connection.recv(65536)
                if said == b"enough":
                    return
                self._arrived.append(said)

    def arrived(self):
        """What has arrived so far; nothing is listened to any more."""
        with socket.create_connection(self._socket.getsockname()) as last:
            last.sendall(b"enough")
        self._listener.join(10)
        return self._arrived

    def close(self):
        if self._listener.is_alive():
            self.arrived()
        self._socket.close()


@pytest.fixture
def elsewhere():
    other = Elsewhere()
    yield other
    other.close()


def raw(*headers, status=200, body=EMPTY_PAGE):
    """Answer exactly these headers and this body, then close."""

    def fault(handler):
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)

    return fault


class TestAPage:
    def test_is_asked_for_by_guild_number_and_size(self, make_client, stand_in, board):
        board.join(7, xp=1234, username="Ada")
        client = make_client()
        assert [player.discord_id for player in client.page(0).players] == [7]
        make_client(page_size=10).page(3)
        asked = [(asked.guild_id, asked.page, asked.limit) for asked in stand_in.asked]
        assert asked == [(GUILD, 0, 1000), (GUILD, 3, 10)]
        assert client.requests == 1

    def test_r16_beyond_the_end_is_empty_and_no_error(self, make_client, board):
        board.join(7)
        assert make_client().page(1).players == []

    def test_r16_may_be_shorter_than_asked(self, make_client, stand_in):
        stand_in.add(Board(GUILD, 30, cap=20))
        client = make_client(page_size=1000)
        assert [len(client.page(number).players) for number in range(3)] == [20, 10, 0]

    def test_arrives_compressed_and_whole(self, make_client, stand_in):
        board = stand_in.add(Board(GUILD, 1000))
        page = make_client().page(0)
        assert stand_in.asked[0].headers["Accept-Encoding"] == "gzip"
        assert {player.discord_id: player.xp for player in page.players} == {
            player.discord_id: player.xp for player in board.players.values()
        }
        assert {player.username for player in page.players} == {
            player.username for player in board.players.values()
        }

    @pytest.mark.parametrize(
        "fault",
        [
            raw(("Transfer-Encoding", "chunked"), body=b"f\r\n" + EMPTY_PAGE + b"\r\n0\r\n\r\n"),
            raw(),
            raw(("Content-Encoding", "gzip"), body=gzip.compress(EMPTY_PAGE)),
            raw(("Content-Type", "text/plain"), ("Set-Cookie", "\x01=;;=\xff; expires=soon")),
        ],
        ids=["chunked", "without length", "compressed", "oddly labelled"],
    )
    def test_may_come_in_any_http_form(self, make_client, stand_in, fault):
        stand_in.misbehave(fault)
        assert make_client(retries=0).page(0).players == []

    def test_keeps_the_connection_for_the_next_page_and_the_next_try(self, make_client, stand_in):
        connections = set()

        def note(handler):
            connections.add(handler.client_address)
            again = len(stand_in.asked) == 2
            handler.answer(500 if again else 200, {"players": [{"id": "7", "xp": 1}] * 100})

        stand_in.misbehave(note, times=None)
        client = make_client()
        for number in range(3):
            client.page(number)
        assert (len(stand_in.asked), len(connections)) == (4, 1)


class TestHeaders:
    def test_say_honestly_who_asks(self, make_client, stand_in, board):
        make_client().page(0)
        headers = stand_in.asked[0].headers
        agent = f"trc-mee6/{__version__} (python-requests/{requests.__version__})"
        assert headers["User-Agent"] == agent
        assert headers["Accept"] == "application/json"
        assert "Authorization" not in headers

    @pytest.mark.parametrize(("token", "sent"), [(None, None), (TOKEN, TOKEN)])
    def test_never_hold_a_password_of_netrc(
        self, make_client, stand_in, board, tmp_path, monkeypatch, token, sent
    ):
        netrc = tmp_path / ".netrc"
        netrc.write_text(f"machine 127.0.0.1 login me password {PASSWORD}\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        requests.get(f"{stand_in.url}/{GUILD}", timeout=5)
        make_client(token=token).page(0)
        plain, ours = (asked.headers.get("Authorization") for asked in stand_in.asked)
        assert plain.startswith("Basic ")  # or the file was not found, and this shows nothing
        assert ours == sent


class TestProxy:
    """Of the environment: the operator's way out, who is to learn nothing on it."""

    @pytest.fixture
    def proxied(self, monkeypatch, elsewhere):
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, elsewhere.origin)
            monkeypatch.setenv(name.upper(), elsewhere.origin)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)

    def test_is_used_for_https_and_is_not_shown_the_token(self, make_client, elsewhere, proxied):
        client = make_client(base_url="https://mee6.invalid/board", token=TOKEN, retries=0)
        with pytest.raises(Mee6Unavailable):
            client.page(0)
        (arrived,) = elsewhere.arrived()
        assert arrived.startswith(b"CONNECT mee6.invalid:443 HTTP/1.")
        assert TOKEN.encode() not in arrived
        assert b"authorization" not in arrived.lower()

    def test_is_not_used_where_it_would_see_everything(
        self, make_client, stand_in, board, elsewhere, proxied
    ):
        board.join(7)
        assert len(make_client(token=TOKEN).page(0).players) == 1
        assert stand_in.asked[0].headers["Authorization"] == TOKEN
        assert elsewhere.arrived() == []


class TestPrivateBoard:
    def test_is_read_with_a_token(self, make_client, stand_in, board):
        board.join(7)
        stand_in.token = TOKEN
        assert len(make_client(token=TOKEN).page(0).players) == 1
        assert stand_in.asked[0].headers["Authorization"] == TOKEN

    def test_is_read_with_a_token_however_the_host_is_written(self, make_client, stand_in, board):
        board.join(7)
        stand_in.token = TOKEN
        address = stand_in.url.replace("127.0.0.1", "LocalHost")
        assert len(make_client(token=TOKEN, base_url=address).page(0).players) == 1

    @pytest.mark.parametrize(
        ("token", "said"),
        [
            (None, ("does not show this board (HTTP 401)", "leaderboard public", "MEE6_AUTH")),
            (f"outdated.{TOKEN}", ("refused the token (HTTP 401)", "Renew MEE6_AUTH_TOKEN")),
        ],
    )
    def test_r13_is_refused_once_and_how_to_open_it_is_said(
        self, make_client, stand_in, board, clock, token, said
    ):
        stand_in.token = TOKEN
        with pytest.raises(BoardNotPublic) as refused:
            make_client(token=token).page(0)
        assert refused.value.exit_code == 77
        assert all(words in str(refused.value) for words in said)
        assert TOKEN not in str(refused.value)
        assert (len(stand_in.asked), clock.slept) == (1, [])

    def test_the_token_is_not_in_the_options_as_printed(self):
        assert TOKEN not in repr(ClientOptions("https://mee6.xyz", TOKEN))

    @pytest.mark.parametrize("before", ["", "x" * 195])
    def test_what_sends_the_token_back_does_not_get_it_printed(
        self, make_client, stand_in, board, before
    ):
        def send_back(handler):
            handler.wfile.write(f"{before}{handler.headers['Authorization']}\r\n".encode())
            handler.close_connection = True

        stand_in.misbehave(send_back, times=None)
        with pytest.raises(Mee6Unavailable, match="BadStatusLine") as ended:
            make_client(token=TOKEN, retries=0).page(0)
        assert TOKEN[:3] not in str(ended.value).replace("(the token", "")


class TestRedirect:
    """R13: never followed; it means that the board is not public."""

    @pytest.mark.parametrize("code", [300, 301, 302, 303, 305, 307, 308])
    def test_r13_ends_the_run_and_the_token_goes_nowhere_else(
        self, make_client, stand_in, clock, elsewhere, code
    ):
        stand_in.misbehave(faults.redirect(f"{elsewhere.url}/{GUILD}", code), times=None)
        with pytest.raises(BoardNotPublic, match=f"redirected page 0 .HTTP {code}") as refused:
            make_client(token=TOKEN).page(0)
        assert refused.value.exit_code == 77
        assert (len(stand_in.asked), clock.slept) == (1, [])
        assert elsewhere.arrived() == []

    @pytest.mark.parametrize("status", [200, 201, 401, 403, 407, 429, 503])
    def test_r13_no_answer_of_another_kind_leads_elsewhere_either(
        self, make_client, stand_in, elsewhere, status
    ):
        there = f"{elsewhere.url}/{GUILD}"
        ways = [("Location", there), ("Refresh", f"0; url={there}"), ("Content-Location", there)]
        ways += [
            ("Link", f"<{there}>; rel=next"),
            ("Alt-Svc", f'h2="{there}"'),
            ("Use-Proxy", there),
        ]
        client = make_client(token=TOKEN, retries=1, retry_base=0)
        stand_in.misbehave(raw(*ways, status=status), times=2)
        with suppress(TrcMee6Error):
            client.page(0)
        with suppress(TrcMee6Error):
            client.page(0)
        assert len(stand_in.asked) >= 2
        assert elsewhere.arrived() == []

    def test_r13_is_not_followed_to_the_same_host_either(self, make_client, stand_in, board):
        stand_in.misbehave(faults.redirect(f"{stand_in.url}/{GUILD}?page=0"))
        with pytest.raises(BoardNotPublic):
            make_client().page(0)
        assert len(stand_in.asked) == 1

    @pytest.mark.parametrize("location", ["http://[::1", "//", "", "/\xff\xfe", "mailto:me", "x:y"])
    def test_r13_means_the_same_wherever_it_leads(self, make_client, stand_in, location):
        stand_in.misbehave(faults.redirect(location), times=None)
        with pytest.raises(BoardNotPublic):
            make_client().page(0)
        assert len(stand_in.asked) == 1

    def test_r13_with_a_huge_body_is_a_redirect_and_not_read_beyond_the_cap(
        self, make_client, stand_in
    ):
        packed = gzip.compress(b" " * (8 * LARGEST_BODY), compresslevel=1)
        headers = ("Location", "/login"), ("Content-Encoding", "gzip")
        stand_in.misbehave(raw(*headers, status=302, body=packed))
        with pytest.raises(BoardNotPublic):
            make_client(retries=0).page(0)


def test_r13_a_guild_that_mee6_does_not_know_is_asked_for_once(make_client, stand_in):
    with pytest.raises(NoSuchGuild, match="Levels plugin"):
        make_client().page(0)
    assert len(stand_in.asked) == 1


def test_r13_a_server_without_tls_is_tried_again(make_client, stand_in, clock):
    address = stand_in.url.replace("http:", "https:")
    with pytest.raises(Mee6Unavailable, match="SSL"):
        make_client(base_url=address).page(0)
    assert len(clock.slept) == 3


class TestWaits:
    def test_r13_double_from_5_to_at_most_60_seconds_with_jitter(
        self, make_client, stand_in, clock
    ):
        stand_in.misbehave(faults.status(500), times=None)
        with pytest.raises(Mee6Unavailable, match="in 8 tries"):
            make_client(retries=7).page(0)
        for waited, least in zip(clock.slept, [5, 10, 20, 40, 60, 60, 60], strict=True):
            assert least <= waited <= min(least + 1, 60)
        assert len({waited % 5 for waited in clock.slept[:4]}) == 4

    def test_r13_start_anew_with_every_page(self, make_client, stand_in, board, clock):
        client = make_client()
        for number in range(3):
            stand_in.misbehave(faults.status(500), page=number)
            client.page(number)
        assert [5 <= waited <= 6 for waited in clock.slept] == [True] * 3

    def test_are_the_operators_choice(self, make_client, stand_in, clock):
        stand_in.misbehave(faults.status(500), times=None)
        with pytest.raises(Mee6Unavailable):
            make_client(retry_base=1, retry_max=1.5).page(0)
        assert 1 <= clock.slept[0] <= 1.5
        assert clock.slept[1:] == [1.5, 1.5]
        clock.slept.clear()
        with pytest.raises(Mee6Unavailable):
            make_client(retry_base=0).page(0)
        with pytest.raises(Mee6Unavailable, match="in 1 try;"):
            make_client(retries=0).page(0)
        assert (clock.slept, len(stand_in.asked)) == ([], 9)

    def test_are_logged_with_their_reason(self, make_client, stand_in, board, clock, caplog):
        caplog.set_level("INFO", "trc_mee6")
        stand_in.misbehave(faults.status(502))
        make_client().page(4)
        (record,) = caplog.records
        assert record.msg == {
            "event": "request.retry",
            "page": 4,
            "reason": "HTTP 502",
            "wait_seconds": round(clock.slept[0], 1),
        }


def date_in(seconds):
    return format_datetime(START + timedelta(seconds=seconds), usegmt=True)


class TestTooMany:
    """R14."""

    @pytest.mark.parametrize(
        ("header", "slept"),
        [
            ("7", [7]),
            ("60", [60]),
            ("0", []),
            (date_in(30), [30]),
            (date_in(-3600), []),
        ],
    )
    def test_r14_a_short_retry_after_is_waited_out(
        self, make_client, stand_in, board, clock, header, slept
    ):
        board.join(7)
        stand_in.misbehave(faults.too_many(header))
        assert len(make_client().page(0).players) == 1
        assert (len(stand_in.asked), clock.slept) == (2, slept)

    @pytest.mark.parametrize(
        ("order", "kind"),
        [
            ([faults.too_many("1")] + [faults.status(500)] * 3, Mee6Unavailable),
            ([faults.status(500)] * 3 + [faults.too_many("1")], RateLimited),
            ([faults.status(500), faults.too_many()], RateLimited),
        ],
    )
    def test_r14_the_last_fault_decides_how_a_run_ends(self, make_client, stand_in, order, kind):
        for fault in order:
            stand_in.misbehave(fault)
        with pytest.raises(kind):
            make_client().page(0)
        assert len(stand_in.asked) == len(order)


SLOW = {
    "silence": faults.silence(3),
    "body byte by byte": faults.drip(3),
    "headers byte by byte": faults.drip_headers(3),
}


class TestSlowness:
    @pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW)
    def test_r13_a_request_takes_no_longer_than_its_timeout(
        self, make_client, stand_in, board, clock, fault
    ):
        board.join(7)
        stand_in.misbehave(fault)
        began = time.monotonic()
        client = make_client(timeout=0.3)
        assert len(client.page(0).players) == 1
        assert 0.3 <= time.monotonic() - began < 2
        assert (len(stand_in.asked), len(clock.slept)) == (2, 1)

    @pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW)
    def test_r13_a_server_that_stays_slow_is_unavailable(self, make_client, stand_in, fault):
        stand_in.misbehave(fault, times=None)
        began = time.monotonic()
        with pytest.raises(Mee6Unavailable, match=r"in 2 tries; the last: .*(no whole|timed out)"):
            make_client(timeout=0.2, retries=1).page(0)
        assert 0.4 <= time.monotonic() - began < 2
        assert len(stand_in.asked) == 2

    @pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW)
    def test_r15_a_slow_answer_ends_with_the_run(self, make_client, stand_in, fault):
        stand_in.misbehave(fault, times=None)
        real = SystemClock()
        began = real.monotonic()
        with pytest.raises(OutOfTime):
            make_client(at=real, timeout=30, retries=0, give_up_at=began + 0.2).page(0)
        assert 0.2 <= real.monotonic() - began < 2
        assert len(stand_in.asked) == 1

    def test_r15_a_signal_ends_the_wait_at_once(self, make_client, stand_in):
        def interrupt(signum, _frame):
            raise Interrupted(signum)

        stand_in.misbehave(faults.silence(3))
        began = time.monotonic()
        before = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            with pytest.raises(Interrupted):
                make_client(timeout=30).page(0)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert time.monotonic() - began < 2


class TestBody:
    """What is made to harm is in tests/system/test_hostile_answers.py."""

    def test_of_4_mib_is_read(self, make_client, stand_in):
        stand_in.misbehave(faults.body(EMPTY_PAGE.ljust(LARGEST_BODY)))
        assert make_client(retries=0).page(0).players == []

    def test_r13_of_more_is_given_up(self, make_client, stand_in, board, clock):
        board.join(7)
        stand_in.misbehave(faults.body(EMPTY_PAGE.ljust(LARGEST_BODY + 1)))
        assert len(make_client().page(0).players) == 1
        assert (len(stand_in.asked), len(clock.slept)) == (2, 1)

    @pytest.mark.parametrize("status", [401, 403])
    def test_r13_of_any_size_or_encoding_a_refusal_is_one(self, make_client, stand_in, status):
        for headers in ((), (("Content-Encoding", "br"),)):
            stand_in.misbehave(raw(*headers, status=status, body=b"x" * (LARGEST_BODY + 1)))
            with pytest.raises(BoardNotPublic):
                make_client().page(0)
        assert len(stand_in.asked) == 2

    @pytest.mark.parametrize("encoding", ["x-gzip", "GZIP", "identity", ""])
    def test_may_be_packed_as_we_asked_or_not_at_all(self, make_client, stand_in, encoding):
        body = gzip.compress(EMPTY_PAGE) if "gzip" in encoding.lower() else EMPTY_PAGE
        stand_in.misbehave(raw(("Content-Encoding", encoding), body=body))
        assert make_client(retries=0).page(0).players == []

    @pytest.mark.parametrize("start", [b"", JSON_HEADERS], ids=["headers", "body"])
    def test_that_drips_leaves_nothing_running_behind(self, make_client, stand_in, start):
        def drip(handler):
            handler.wfile.write(start)
            while True:
                handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                time.sleep(0.02)

        def requests_under_way():
            return {thread for thread in threading.enumerate() if thread.name == "request"}

        stand_in.misbehave(drip, times=None)
        before = requests_under_way()  # left behind by other tests, silent until they end
        with pytest.raises(Mee6Unavailable):
            make_client(retries=0, timeout=0.2).page(0)
        until(lambda: requests_under_way() <= before, 5)


ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + EMPTY_PAGE,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n"
    + EMPTY_PAGE
    + b"\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(EMPTY_PAGE, mtime=0),
    b"HTTP/1.1 429 No\r\nRetry-After: Mon, 05 Jan 2026 12:00:10 GMT\r\nSet-Cookie: a=b\r\n\r\n{}",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 302 No\r\nLocation: /login\r\n\r\n",
)


@settings(max_examples=400)
@given(
    answer=st.sampled_from(ANSWERS),
    at=st.integers(0, 100),
    size=st.integers(0, 8),
    put=st.binary(max_size=4)
    | st.sampled_from([b"-", b"-1", b"\r\n", b"\n ", b"\0", b"chunked", b"99"]),
)
def test_any_answer_gives_a_page_or_an_error_of_our_own(
    make_client, stand_in, answer, at, size, put
):
    def mangled(handler):
        handler.close_connection = True
        handler.wfile.write(answer[:at] + put + answer[at + size :])

    stand_in.behave()
    stand_in.misbehave(mangled)
    with suppress(TrcMee6Error):
        assert make_client(retries=0).page(0).players == []


class TestSlots:
    def test_r12_every_request_takes_a_slot_repetitions_too(
        self, make_client, stand_in, board, store, clock
    ):
        stand_in.misbehave(faults.status(500), page=1)
        client = make_client(slots=StoredSlots(store), interval=2, retry_base=0)
        for number in range(3):
            client.page(number)
        assert len(stand_in.asked) == 4
        assert clock.slept == pytest.approx([2, 2, 2], abs=0.001)

    def test_r12_a_longer_wait_before_a_repetition_is_not_added_to(
        self, make_client, stand_in, board, store, clock
    ):
        stand_in.misbehave(faults.too_many("7"))
        make_client(slots=StoredSlots(store), interval=2).page(0)
        assert clock.slept == [7]

    def test_r12_two_runs_share_the_pace(self, make_client, board, store, clock):
        one, other = (make_client(slots=StoredSlots(store), interval=2) for _ in range(2))
        for client in (one, other, one):
            client.page(0)
        assert clock.slept == pytest.approx([2, 2], abs=0.001)

    def test_r14_no_request_is_made_during_a_cooldown(
        self, make_client, stand_in, board, store, clock
    ):
        client = make_client(slots=StoredSlots(store))
        client.page(0)
        until = START + timedelta(minutes=30)
        cool_down(store, until)  # as another run does that was refused
        clock.forward(minutes=29)
        with pytest.raises(CoolingDown) as ended:
            client.page(1)
        assert ended.value.until == until
        assert (len(stand_in.asked), client.requests) == (1, 1)
        clock.forward(minutes=1)
        client.page(1)
        assert len(stand_in.asked) == 2


class TestTheEndOfARun:
    """R15: OutOfTime, never a wait or a request beyond it."""

    @pytest.mark.parametrize(
        ("fault", "seconds", "slept"),
        [
            (faults.status(500), 8, 1),
            (faults.status(500), 4, 0),
            (faults.too_many("30"), 30, 0),
            (faults.hang_up(), 20, 2),
        ],
    )
    def test_r15_no_wait_outlasts_it(self, make_client, stand_in, clock, fault, seconds, slept):
        stand_in.misbehave(fault, times=None)
        with pytest.raises(OutOfTime):
            make_client(give_up_at=clock.monotonic() + seconds).page(0)
        assert (len(stand_in.asked), len(clock.slept)) == (slept + 1, slept)

    def test_r15_nothing_is_asked_after_it(self, make_client, stand_in, board, clock):
        client = make_client(give_up_at=clock.monotonic() + 10)
        client.page(0)
        clock.forward(seconds=10)
        with pytest.raises(OutOfTime):
            client.page(1)
        assert (len(stand_in.asked), client.requests) == (1, 1)

    def test_r15_a_request_that_fails_at_it_does_not_make_mee6_unavailable(
        self, make_client, stand_in, clock
    ):
        def too_late(handler):
            clock.forward(seconds=10)
            handler.close_connection = True

        stand_in.misbehave(too_late)
        with pytest.raises(OutOfTime):
            make_client(retries=0, give_up_at=clock.monotonic() + 10).page(0)

    def test_r15_a_page_that_arrives_at_it_counts(self, make_client, stand_in, clock):
        def just_in_time(handler):
            clock.forward(seconds=10)
            handler.send_body(200, json.dumps({"players": []}).encode(), "application/json")

        stand_in.misbehave(just_in_time)
        assert make_client(give_up_at=clock.monotonic() + 10).page(0).players == []
