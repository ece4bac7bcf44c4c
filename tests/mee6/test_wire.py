"""What counts as a page of the board ("MEE6, as far as is known"), and what is said of the rest."""

import json
import math
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import GUILD, row_of

from trc_mee6.errors import SchemaBroken
from trc_mee6.mee6.wire import GuildInfo, Player, Unparsable, parse_page
from trc_mee6.standin import Board

ADA = {"id": "100000000000000000", "xp": 1234, "username": "Ada", "level": 5, "message_count": 61}
LARGEST = 2**63 - 1


def page_of(*players, **top):
    return parse_page(json.dumps({"players": players} | top).encode())


def test_a_page_as_mee6_sends_it_gives_players_and_guild():
    board = Board(GUILD, xp_rate=1.5)
    board.join(7, xp=1234, username="Ada")
    board.players[7].avatar = "a" * 32
    page = parse_page(json.dumps(board.page(0, 1000)).encode())
    assert page.players == [Player(7, 1234, 5, 61, "Ada", "a" * 32)]
    assert page.guild == GuildInfo("The Stand-In", "0" * 32, 1.5, 15, 25)


def test_only_players_and_their_id_and_xp_are_needed():
    page = parse_page(b'{"players": [{"id": "7", "xp": 0}]}')
    assert page.players == [Player(7, 0, None, None, None, None)]
    assert page.guild == GuildInfo(None, None, None, None, None)


def test_r16_an_empty_page_is_a_page():
    assert page_of().players == []


def test_a_player_twice_on_a_page_is_given_twice_in_the_boards_order():
    page = page_of(ADA, {"id": "7", "xp": 9}, ADA | {"xp": 1250})
    assert [(player.discord_id, player.xp) for player in page.players] == [
        (100000000000000000, 1234),
        (7, 9),
        (100000000000000000, 1250),
    ]


@pytest.mark.parametrize(
    "unusual",
    [
        {"discriminator": "1234", "detailed_xp": None, "monetize_xp_boost": "?"},
        {"id": "0100000000000000000"},
        {"brand_new": {"deeply": [{"nested": True}]}},
        {"guild_id": 5, "is_monetize_subscriber": None},
    ],
)
def test_fields_that_points_do_not_need_may_be_missing_odd_or_new(unusual):
    assert page_of(ADA | unusual).players == page_of(ADA).players


@pytest.mark.parametrize(
    ("field", "sent", "got"),
    [
        ("id", str(LARGEST), LARGEST),
        ("id", "1", 1),
        ("xp", LARGEST, LARGEST),
        ("username", None, None),
        ("username", "", None),
        ("username", 42, None),
        ("username", "Ada 🎮👩‍👩‍👧", "Ada 🎮👩‍👩‍👧"),
        ("username", "دانا\u202e", "دانا\u202e"),
        ("username", "\u200b\u200d", "\u200b\u200d"),
        ("username", "A\0da", "A\ufffdda"),
        ("username", "x" * 5000, "x" * 5000),
        ("avatar", None, None),
        ("avatar", "a_0123", "a_0123"),
        ("avatar", False, None),
        ("level", None, None),
        ("level", -1, None),
        ("level", 1.5, None),
        ("level", True, None),
        ("level", 2**31, None),
        ("level", 0, 0),
        ("message_count", "61", None),
        ("message_count", 2**63, None),
        ("message_count", LARGEST, LARGEST),
    ],
)
def test_what_a_player_may_hold(field, sent, got):
    attribute = {"id": "discord_id", "message_count": "messages"}.get(field, field)
    (player,) = page_of(ADA | {field: sent}).players
    assert getattr(player, attribute) == got


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"guild": None}, {"name": None}),
        ({"guild": [1]}, {"name": None}),
        ({"guild": {}}, {"name": None, "icon": None}),
        ({"guild": {"name": "A\0", "icon": 5}}, {"name": "A\ufffd", "icon": None}),
        ({"xp_rate": None}, {"xp_rate": None}),
        ({"xp_rate": 2}, {"xp_rate": 2.0}),
        ({"xp_rate": 0}, {"xp_rate": 0.0}),
        ({"xp_rate": "1.0"}, {"xp_rate": None}),
        ({"xp_rate": True}, {"xp_rate": None}),
        ({"xp_rate": -0.5}, {"xp_rate": None}),
        ({"xp_rate": math.nan}, {"xp_rate": None}),
        ({"xp_rate": math.inf}, {"xp_rate": None}),
        ({"xp_rate": 10**500}, {"xp_rate": None}),
        ({"xp_per_message": [15, 25]}, {"xp_per_message_min": 15, "xp_per_message_max": 25}),
        ({"xp_per_message": [25, 15]}, {"xp_per_message_min": 15, "xp_per_message_max": 25}),
        ({"xp_per_message": [15]}, {"xp_per_message_min": None, "xp_per_message_max": None}),
        ({"xp_per_message": [15, "25"]}, {"xp_per_message_max": None}),
        ({"xp_per_message": [15, -25]}, {"xp_per_message_max": None}),
        ({"xp_per_message": 20}, {"xp_per_message_max": None}),
    ],
    ids=repr,
)
def test_what_is_odd_about_the_guild_is_taken_as_not_said(sent, got):
    guild = page_of(ADA, **sent).guild
    assert {name: getattr(guild, name) for name in got} == got


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"id": None}, "player 1, id"),
        ({"id": 100000000000000000}, "player 1, id"),
        ({"id": ""}, "player 1, id: '' is not a Discord id"),
        ({"id": "0"}, "player 1, id: '0'"),
        ({"id": "-5"}, "player 1, id: '-5'"),
        ({"id": "Ada"}, "player 1, id: 'Ada'"),
        ({"id": " 7"}, "player 1, id: ' 7'"),
        ({"id": "٧"}, "player 1, id: '٧'"),
        ({"id": str(2**63)}, f"player 1, id: '{2**63}'"),
        ({"id": "9" * 5000}, f"player 1, id: '{'9' * 59}…' is"),
        ({"id": "\x1b[2J"}, r"player 1, id: '\x1b[2J'"),
        ({"xp": None}, "player 1, xp"),
        ({"xp": "1234"}, "player 1, xp"),
        ({"xp": 1234.0}, "player 1, xp"),
        ({"xp": 1234.5}, "player 1, xp"),
        ({"xp": True}, "player 1, xp"),
        ({"xp": -1}, "player 1, xp"),
        ({"xp": 2**63}, "player 1, xp"),
        ({"xp": 10**400}, "player 1, xp"),
        ({"xp": [0, 100, 1234]}, "player 1, xp"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_r13_a_player_without_usable_id_or_xp_breaks_the_page_and_is_named(wrong, said):
    with pytest.raises(SchemaBroken) as broken:
        page_of(ADA, ADA | wrong)
    assert said in str(broken.value)
    assert str(broken.value).isprintable()


@pytest.mark.parametrize("field", ["id", "xp"])
def test_r13_a_player_without_id_or_xp_at_all_is_named(field):
    with pytest.raises(SchemaBroken, match=rf"^player 0, {field}: "):
        page_of({key: value for key, value in ADA.items() if key != field})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"null", "the document"),
        (b"[]", "the document"),
        (b'"players"', "the document"),
        (b"{}", "players"),
        (b'{"error": {"message": "Unauthorized"}}', "players"),
        (b'{"players": null}', "players"),
        (b'{"players": {}}', "players"),
        (b'{"players": [[]]}', "player 0, the whole entry"),
        (b'{"players": [null]}', "player 0, the whole entry"),
    ],
)
def test_r13_json_that_is_no_page_breaks_the_schema(body, said):
    with pytest.raises(SchemaBroken, match=f"^{said}: "):
        parse_page(body)


@pytest.mark.parametrize(
    "filling", [b"[],", b"1,", b'{"a": 1, "b": [2, 3]},', b'{"id": "1", "xp": 1},']
)
def test_r13_a_page_may_be_large_but_not_without_measure(filling):
    at_most = 100_000 - 3  # the object, its list, and the comma between the two
    values = at_most // sum(filling.count(mark) for mark in b",[{")
    for number, refused in ((values - 2, False), (values + 2, True)):
        body = b'{"players": [], "new": [' + filling * number + b"0]}"
        with pytest.raises(SchemaBroken, match="more than 100,000") if refused else nullcontext():
            assert parse_page(body).players == []


@pytest.mark.parametrize(
    "body",
    [b"%s", b"<p>%s</p>", b'{"players": [%s', b"[%s}", b"%s]"],
    ids=lambda body: body.decode(),
)
def test_r13_a_large_body_that_is_cut_off_or_something_else_is_no_page_of_another_kind(body):
    with pytest.raises(Unparsable, match="neither an object nor a list"):
        parse_page(body % (b"0," * 100_001))


@pytest.mark.parametrize("body", [b' {"players": [%s0]}\n', b"[%s0]"])
def test_r13_a_large_document_is_one_with_white_space_around_it_too(body):
    with pytest.raises(SchemaBroken, match="more than 100,000"):
        parse_page(body % (b"0," * 100_001))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b'{"players": [{"id": "100000000000000000", "xp": 12',
        b'{"players": []} {"players": []}',
        b"<html></html>",
        b'{"players": [{"id": "\xff", "xp": 1}]}',
        '{"players": []}'.encode("utf-16"),
        b'{"players": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"players": [], "new": ' + b'{"a": ' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    ],
    ids=lambda body: repr(body[:50]),
)
def test_r13_what_is_no_json_may_pass_by_itself(body):
    with pytest.raises(Unparsable):
        parse_page(body)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
documents = st.recursive(
    scalars, lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside), max_leaves=8
)
players = st.fixed_dictionaries(
    {},
    optional={
        "id": documents | st.integers(0, 2**64).map(str),
        "xp": documents | st.integers(0, 2**64),
        "username": documents,
        "avatar": documents,
        "level": documents,
        "message_count": documents,
    },
)
pages = st.fixed_dictionaries(
    {},
    optional={
        "players": st.lists(players, max_size=3) | documents,
        "guild": documents | st.fixed_dictionaries({"name": documents, "icon": documents}),
        "xp_rate": documents | st.integers(-(10**400), 10**400),
        "xp_per_message": documents | st.lists(scalars, min_size=2, max_size=2),
    },
)


@given(documents | pages)
def test_any_json_gives_a_page_or_an_error_that_is_understood(document):
    try:
        page = parse_page(json.dumps(document).encode())
    except (Unparsable, SchemaBroken):
        return
    assert len(page.players) == len(document["players"])
    assert all(0 < player.discord_id <= LARGEST for player in page.players)
    assert all(0 <= player.xp <= LARGEST for player in page.players)


names = st.none() | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
)


@given(
    st.lists(
        st.builds(
            Player,
            discord_id=st.integers(1, LARGEST),
            xp=st.integers(0, LARGEST),
            level=st.none() | st.integers(0, 2**31 - 1),
            messages=st.none() | st.integers(0, LARGEST),
            username=names,
            avatar=names,
        )
    )
)
def test_valid_players_arrive_as_they_were_sent(sent):
    assert page_of(*map(row_of, sent)).players == sent


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\ud83d", "\ufffd"),
        (r"\udc00", "\ufffd"),
        (r"a\uD83Db\uDE00c", "a\ufffdb\ufffdc"),
        (r"\ud83d\ud83d\ude00", "\ufffd😀"),
        (r"\\\ud83d", "\\\ufffd"),
        (r"\\ud83d\ud83d", "\\ud83d\ufffd"),
        (r"\\\\\ud83d\"\ude00\n\ude00", '\\\\\ufffd"\ufffd\n\ufffd'),
    ],
)
def test_half_a_character_in_a_name_keeps_nobody_from_the_board(written, read):
    body = f'{{"players": [{{"id": "100000000000000000", "xp": 5, "username": "{written}"}}]}}'
    (player,) = parse_page(body.encode()).players
    assert (player.username, player.xp) == (read, 5)


@pytest.mark.parametrize("half", [r"\ud8", r"\ud8zz", r"\ud8\ude00", r'\ud8",'])
def test_what_is_no_half_of_a_character_is_no_json(half):
    with pytest.raises(Unparsable):
        parse_page(f'{{"players": [{{"id": "7", "xp": 5, "username": "{half}"}}]}}'.encode())
