"""The stand-in answers over HTTP as MEE6 is known to, also to a client that is not ours."""

import asyncio
import os
import signal
import subprocess
import sys

import mee6_py_api
import pytest
import requests
from mee6_py_api.exceptions import TooManyRequestsError, UnauthorizedError
from support import GUILD, TOKEN, Started

from trc_mee6.standin import Board, StandIn, faults
from trc_mee6.standin.__main__ import main


@pytest.fixture
def ask(stand_in):
    """GET a board, as a plain client does."""
    with requests.Session() as session:
        yield lambda guild=GUILD, headers=None, **query: session.get(
            f"{stand_in.url}/{guild}", params=query, headers=headers, timeout=5
        )


@pytest.fixture
def api(stand_in):
    """mee6-py-api, a public client of MEE6's board, set to the stand-in."""

    class API(mee6_py_api.API):
        base_url = f"{stand_in.origin}/api/"

    return API(GUILD)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, 100),
        ({"limit": 1000}, 1000),
        ({"limit": 5000}, 1000),
        ({"limit": 7}, 7),
        ({"page": 1, "limit": 1000}, 200),
        ({"page": 2, "limit": 1000}, 0),
    ],
)
def test_pages_hold_100_players_unless_asked_and_at_most_1000(ask, stand_in, query, shown):
    stand_in.add(Board(GUILD, 1200, cap=5000))
    page = ask(**query).json()
    assert (len(page["players"]), page["page"]) == (shown, query.get("page", 0))


def test_a_server_may_silently_send_fewer_than_asked(ask, stand_in):
    stand_in.add(Board(GUILD, 50, cap=20))
    assert [len(ask(limit=1000, page=page).json()["players"]) for page in range(4)] == [
        20,
        20,
        10,
        0,
    ]


def test_a_guild_or_address_that_is_not_there_is_404(ask, stand_in, board):
    assert ask(guild=GUILD + 1).status_code == 404
    assert ask(guild="settings").status_code == 404
    assert requests.get(f"{stand_in.origin}/leaderboard/{GUILD}", timeout=5).status_code == 404


@pytest.mark.parametrize(("token", "status"), [(None, 401), (f"wrong.{TOKEN}", 401), (TOKEN, 200)])
def test_a_private_board_is_shown_for_its_token_only(ask, stand_in, board, token, status):
    stand_in.token = TOKEN
    assert ask(headers=token and {"Authorization": token}).status_code == status


def test_pages_are_compressed_for_who_takes_it(ask, stand_in):
    stand_in.add(Board(GUILD, 100))
    packed, plain = (ask(headers={"Accept-Encoding": how}) for how in ("gzip", "identity"))
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 3


def test_what_was_asked_can_be_read_afterwards(ask, stand_in, board):
    ask(page=3, limit=20, headers={"X-Mark": "1"})
    ask(guild=5)
    first, second = stand_in.asked
    assert (first.guild_id, first.page, first.limit) == (GUILD, 3, 20)
    assert first.headers["X-Mark"] == "1"
    assert (second.guild_id, second.page, second.limit) == (5, 0, 100)
    assert first.at <= second.at


def test_faults_come_for_their_page_as_often_as_ordered_in_order(ask, stand_in, board):
    stand_in.misbehave(faults.status(500), page=1, times=2)
    stand_in.misbehave(faults.status(502), times=None)
    asked = [ask(page=page).status_code for page in (0, 1, 1, 1, 0)]
    assert asked == [502, 500, 500, 502, 502]
    stand_in.behave()
    assert ask().status_code == 200


def test_players_chat_when_a_benchmark_says_so(stand_in):
    board = stand_in.add(Board(GUILD, 50))
    before = sum(player.xp for player in board.players.values())
    done = requests.post(f"{stand_in.origin}/chat/{GUILD}?fraction=0.2", timeout=5)
    assert done.json() == {"chatted": 10}
    assert sum(player.xp for player in board.players.values()) >= before + 10 * 15


def test_it_has_an_address_only_while_it_runs():
    stand_in = StandIn()
    with pytest.raises(RuntimeError, match="not running"):
        _ = stand_in.url
    stand_in.__exit__(None, None, None)  # nothing to stop
    with stand_in:
        address = f"{stand_in.url}/{GUILD}"
        assert requests.get(address, timeout=5).status_code == 404
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)


class TestAnotherClient:
    """mee6-py-api reads the stand-in as it reads MEE6."""

    def test_reads_all_pages(self, api, stand_in):
        board = stand_in.add(Board(GUILD, 250))
        pages = asyncio.run(api.levels.get_all_leaderboard_pages())
        assert [len(page["players"]) for page in pages] == [100, 100, 50]
        assert {int(row["id"]): row["xp"] for page in pages for row in page["players"]} == {
            player.discord_id: player.xp for player in board.players.values()
        }
        assert len(stand_in.asked) == 4

    def test_finds_a_player(self, api, board):
        board.join(7, xp=1234)
        board.join(8, xp=99)
        assert asyncio.run(api.levels.get_user_xp(7)) == 1234
        assert asyncio.run(api.levels.get_user_level(7)) == 5
        assert asyncio.run(api.levels.get_user_level(8)) == 0

    def test_sees_refusals_as_those_of_mee6(self, api, stand_in, board):
        stand_in.misbehave(faults.too_many("1800"))
        with pytest.raises(TooManyRequestsError, match="1800"):
            asyncio.run(api.levels.get_leaderboard_page(0))
        stand_in.token = TOKEN
        with pytest.raises(UnauthorizedError):
            asyncio.run(api.levels.get_leaderboard_page(0))


def test_as_a_process_it_says_where_it_is_and_serves_until_stopped(environment):
    measured = {name: os.environ[name] for name in os.environ if name.startswith("COVERAGE_")}
    options = ["--players", "7", "--cap", "3", "--drift", "2"]
    process = Started(
        [sys.executable, "-m", "trc_mee6.standin", str(GUILD), *options],
        env=environment | measured,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        name, _, address = process.stdout.readline().strip().partition("=")
        pages = [
            requests.get(f"{address}/{GUILD}?page={page}&limit=1000", timeout=5).json()["players"]
            for page in range(4)
        ]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    assert name == "MEE6_BASE_URL"
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert (process.returncode, out, err) == (0, "", "")


def test_without_a_guild_the_process_says_what_it_needs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["standin"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "usage: python -m trc_mee6.standin" in capsys.readouterr().err
