"""The stand-in's board behaves as MEE6's does: ranked, moving while read, reset and left."""

import math
from itertools import chain, count, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import GUILD

from trc_mee6.rules.levels import xp_at, xp_to_next
from trc_mee6.standin import Board

ADA, BOB, CAT = 100000000000000001, 100000000000000002, 100000000000000003


@pytest.fixture
def trio():
    """Three players with 300, 200 and 100 XP."""
    board = Board(GUILD)
    for rank, discord_id in enumerate((ADA, BOB, CAT)):
        board.join(discord_id, 300 - 100 * rank)
    return board


def ids(page):
    return [int(row["id"]) for row in page["players"]]


def everyone(board):
    """All rows of the board, page by page."""
    pages = (board.page(number, 1000)["players"] for number in count())
    return list(chain(*takewhile(bool, pages)))


def test_a_page_has_every_field_that_mee6_sends(trio):
    page = trio.page(0, 1000)
    assert ", ".join(sorted(page)) == (
        "admin, banner_url, country, guild, is_member, monetize_options, page, player, players,"
        " role_rewards, user_guild_settings, xp_per_message, xp_rate"
    )
    assert ", ".join(sorted(page["guild"])) == (
        "allow_join, application_commands_enabled, commands_prefix, icon, id, invite_leaderboard,"
        " leaderboard_url, name, premium"
    )
    assert (page["guild"]["id"], page["xp_per_message"], page["xp_rate"]) == (
        str(GUILD),
        [15, 25],
        1.0,
    )
    assert page["players"][0] == {
        "avatar": None,
        "detailed_xp": [45, 220, 300],
        "discriminator": "0",
        "guild_id": str(GUILD),
        "id": str(ADA),
        "is_monetize_subscriber": False,
        "level": 2,
        "message_count": 15,
        "monetize_xp_boost": 0,
        "username": "Newcomer",
        "xp": 300,
    }


@given(st.integers(0, 10**7))
def test_the_level_follows_mee6s_formula(xp):
    board = Board(GUILD)
    board.join(ADA, xp)
    (row,) = board.page(0, 1)["players"]
    into, size, total = row["detailed_xp"]
    assert total == xp == xp_at(row["level"]) + into
    assert 0 <= into < size == xp_to_next(row["level"])


def test_a_big_guild_has_many_quiet_and_a_few_loud_players_in_all_scripts():
    rows = everyone(Board(GUILD, 2500))
    assert len(rows) == 2500
    totals = [row["xp"] for row in rows]
    assert len({row["id"] for row in rows}) == 2500
    assert totals == sorted(totals, reverse=True)
    assert sum(totals[:250]) > sum(totals[250:])
    assert totals[0] <= 9_000_000
    assert all(17 <= len(row["id"]) <= 19 for row in rows)
    assert sum(not row["username"].isascii() for row in rows) > 1000


def test_the_same_seed_makes_the_same_guild_and_another_another():
    assert everyone(Board(GUILD, 50, seed=1)) == everyone(Board(GUILD, 50, seed=1))
    assert everyone(Board(GUILD, 50, seed=1)) != everyone(Board(GUILD, 50, seed=2))


@given(players=st.integers(0, 60), limit=st.integers(1, 30), cap=st.integers(1, 30))
def test_pages_of_a_board_at_rest_hold_everyone_once(players, limit, cap):
    board = Board(GUILD, players, cap=cap)
    size = min(limit, cap)
    pages = [ids(board.page(number, limit)) for number in range(math.ceil(players / size) + 1)]
    assert sorted(chain(*pages)) == sorted(board.players)
    assert all(len(page) == size for page in pages[: players // size])
    assert pages[-1] == []


def test_a_limit_of_nothing_shows_one_player(trio):
    assert ids(trio.page(0, 0)) == [ADA]


def test_equal_totals_keep_their_order():
    board = Board(GUILD)
    for discord_id in (CAT, ADA, BOB):
        board.join(discord_id, 100)
    assert [ids(board.page(0, 10)) for _ in range(2)] == [[ADA, BOB, CAT]] * 2


def test_who_gains_jumps_up_so_that_one_is_seen_twice_and_another_not(trio):
    first = ids(trio.page(0, 1))
    trio.gain(CAT, 500)
    assert first + ids(trio.page(1, 1)) == [ADA, ADA]
    assert (trio.players[CAT].xp, trio.players[CAT].messages) == (600, 25)


def test_a_loss_stops_at_zero_and_takes_no_messages(trio):
    trio.gain(CAT, -5000)
    assert (trio.players[CAT].xp, trio.players[CAT].messages) == (0, 5)


def test_drift_lets_so_many_players_gain_after_each_page():
    board = Board(GUILD, 100, drift=10)
    before = sum(player.xp for player in board.players.values())
    shown = board.page(0, 1000)["players"]
    assert sum(row["xp"] for row in shown) == before
    gained = sum(player.xp for player in board.players.values()) - before
    assert 10 * 15 <= gained <= 10 * 25
    Board(GUILD, drift=10).page(0, 1000)  # nobody there to gain


@pytest.mark.parametrize("rate", [1.0, 2.0])
def test_chatting_moves_the_asked_part_of_the_players_by_whole_messages(rate):
    board = Board(GUILD, 50, xp_rate=rate)
    before = {player.discord_id: player.xp for player in board.players.values()}
    assert board.chat(0.2, messages=3) == 10
    gains = [player.xp - before[player.discord_id] for player in board.players.values()]
    assert sum(gain > 0 for gain in gains) == 10
    assert all(15 * rate <= gain <= 3 * 25 * rate for gain in gains if gain)


def test_who_leaves_vanishes_and_comes_back_with_the_same_xp(trio):
    trio.leave(BOB)
    assert ids(trio.page(0, 10)) == [ADA, CAT]
    trio.come_back(BOB)
    assert ids(trio.page(0, 10)) == [ADA, BOB, CAT]
    assert trio.players[BOB].xp == 200


def test_a_reset_empties_the_board_until_people_chat(trio):
    trio.reset()
    assert ids(trio.page(0, 10)) == []
    trio.come_back(BOB)
    trio.gain(BOB, 20)
    (row,) = trio.page(0, 10)["players"]
    assert (row["xp"], row["message_count"]) == (20, 1)
