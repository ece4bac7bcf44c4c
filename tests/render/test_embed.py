"""The embed of Discord: what it says, within Discord's limits, whatever members are called."""

import re
from datetime import UTC, date, datetime

import pytest
from discord_api import PNG, checked
from hostile import TEXTS, called, highest_heap, unclean
from hypothesis import example, given
from hypothesis import strategies as st

from trc_mee6.render.embed import MOST_MEMBERS, embed, payload
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.rules.days import Period, period_before
from trc_mee6.text import printable

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)
SYNCED = datetime(2026, 1, 14, 11, 45, 3, tzinfo=UTC)
ALL_TIME = Period("all", None, date(2026, 1, 14))
WEEK = Period("week", date(2026, 1, 12), date(2026, 1, 14))
ADA = Ranked(1, 100000000000000001, "m", "Ada", 1234, 56789, 999, 12, 4321, 7, 30)


def members(*names):
    return [
        ADA._replace(rank=rank, discord_id=100000000000000000 + rank, username=name)
        for rank, name in enumerate(names, start=1)
    ]


def made(
    entries, *, by="points", period=ALL_TIME, guild="The Guild", total=None, synced=SYNCED,
    before=None, source=None,
):  # fmt: skip
    many = len(entries) if total is None else total
    board = Leaderboard(1, guild, NOW, by, period, many, iter(entries), source, before=before)
    return embed(board, entries, synced)


def shown(described):
    """A text as Discord shows it: escapes taken away, bold text and pieces of code as they are."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", described)


def test_it_says_who_is_where_for_the_eyes_of_a_phone():
    text = made(members("Ada", "Bea", "Cal", "Dot", "小林さくら"), total=1240)
    assert shown(text.title) == "The Guild: by points"
    assert shown(text.description).splitlines() == [
        "🥇 **Ada** · **1,234 points**",
        "🥈 **Bea** · **1,234 points**",
        "🥉 **Cal** · **1,234 points**",
        "` 4` Dot · 1,234 points",
        "` 5` 小林さくら · 1,234 points",
        "… and 1,235 more",
    ]
    assert (text.footer, text.shown) == ("1,240 members · last sync", 5)


def test_a_leaderboard_without_anybody_says_so():
    text = made([])
    assert (
        text.description
        == "Nobody is here yet. Members appear with the first sync that finds them."
    )
    assert (text.footer, text.shown) == ("0 members · last sync", 0)


def test_discords_document_mentions_nobody_and_shows_the_picture():
    text = made(members("Ada"))
    assert payload(text, "growth.png") == {
        "embeds": [
            {
                "title": "The Guild\\: by points",
                "description": text.description,
                "color": 0xE69F00,
                "footer": {"text": "1 member · last sync"},
                "timestamp": "2026-01-14T11:45:03Z",
                "image": {"url": "attachment://growth.png"},
            }
        ],
        "attachments": [
            {
                "id": 0,
                "filename": "growth.png",
                "description": "Chart: how the members at the top grew, day by day",
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def test_without_a_picture_an_older_one_is_dropped_and_without_a_sync_no_time_is_named():
    document = payload(made(members("Ada"), synced=None), None)
    (shown_there,) = document["embeds"]
    assert document["attachments"] == []
    assert shown_there.keys() == {"title", "description", "color", "footer"}
    assert shown_there["footer"] == {"text": "1 member"}


def test_equal_values_share_a_medal():
    entries = [ADA, ADA._replace(username="Bea"), ADA._replace(rank=3, username="Cal")]
    lines = made(entries).description.splitlines()
    assert [line[0] for line in lines] == ["🥇", "🥇", "🥉"]


@pytest.mark.parametrize(
    ("by", "period", "value"),
    [
        ("points", WEEK, "1,234 points"),
        ("xp", ALL_TIME, "56,789 XP"),
        ("xp", WEEK, "+999 XP"),
        ("gain", ALL_TIME, "+999 XP"),
        ("level", WEEK, "level 12"),
        ("messages", ALL_TIME, "4,321 messages"),
        ("streak", ALL_TIME, "7 days"),
    ],
)
def test_the_value_is_the_one_that_is_ranked_by(by, period, value):
    assert made([ADA], by=by, period=period).description.endswith(f"· **{value}**")


@pytest.mark.parametrize(
    ("by", "member", "value"),
    [
        ("points", ADA._replace(points=1), "1 point"),
        ("points", ADA._replace(points=-1), "-1 points"),
        ("xp", ADA._replace(xp=None), "0 XP"),
        ("gain", ADA._replace(xp_gained=0), "0 XP"),
        ("gain", ADA._replace(xp_gained=-1200), "-1,200 XP"),
        ("level", ADA._replace(level=None), "level 0"),
        ("messages", ADA._replace(messages=None), "0 messages"),
        ("streak", ADA._replace(current_streak=1), "1 day"),
    ],
)
def test_a_value_is_written_as_people_write_it(by, member, value):
    described = made([member], by=by).description
    assert described.replace("*", "").endswith(f"Ada · {value}")


@pytest.mark.parametrize("by", ["points", "xp", "gain", "level", "messages", "streak"])
def test_nothing_earns_no_medal(by):
    nothing = ADA._replace(points=0, xp=None, xp_gained=0, level=0, messages=0, current_streak=None)
    described = made([ADA, nothing._replace(rank=2)], by=by).description
    assert [line[0] for line in described.splitlines()] == ["🥇", "`"]


def test_the_period_is_in_the_title():
    assert shown(made([ADA], period=WEEK).title) == "The Guild: by points, 2026-01-12 to 2026-01-14"


def test_a_title_that_is_too_long_is_cut():
    title = made(members("Ada"), guild="*" * 200, source="_" * 200).title
    assert 240 < len(title) <= 256
    assert shown(title).startswith("*" * 99 + "…: by points from ___")
    assert shown(title).endswith("_…")


def test_a_change_of_rank_is_shown_where_there_is_a_period_before():
    entries = [
        ADA._replace(rank=rank, rank_before=before, is_new=before is None)
        for rank, before in ((1, 4), (2, 2), (3, 1), (4, None))
    ]
    ends = ["**1,234 points** ▲3", "**1,234 points**", "**1,234 points** ▼2", "1,234 points new"]
    lines = made(entries, period=WEEK, before=period_before(WEEK)).description.splitlines()
    assert [line.partition(" · ")[2] for line in lines] == ends
    alone = made(entries, period=ALL_TIME).description
    assert not any(sign in alone for sign in ("▲", "▼", "new"))


def test_as_many_as_fit_and_the_rest_is_counted():
    text = made(members(*["W" * 32] * MOST_MEMBERS), total=1_000_000)
    lines = text.description.splitlines()
    assert len(lines) == text.shown + 1
    assert lines[-1] == f"… and {1_000_000 - text.shown:,} more"
    assert 70 < text.shown < MOST_MEMBERS
    assert 4096 - 100 < len(text.description) <= 4096
    shortest = made(members(*["a"] * MOST_MEMBERS), by="streak")
    assert shortest.shown < MOST_MEMBERS


def test_a_name_written_from_right_to_left_leaves_the_numbers_where_they_are():
    line = made(members("أحمد")).description
    assert line == "🥇 **\u2068أحمد\u2069** · **1,234 points**"
    assert "\u2068" not in made(members("Ada", "小林")).description


def test_who_has_no_name_goes_by_the_id():
    assert "**100000000000000001**" in made(members(None)).description
    assert "**100000000000000001**" in made(members("\u3164")).description


# What Discord makes something of unless a backslash stands before it.
_ACTIVE = re.compile(r"(?<!\\)(?:\\\\)*([*_~|`<>\[\]()#:]|@(?!\u200b))")


@pytest.mark.parametrize("name", TEXTS.values(), ids=TEXTS)
def test_a_hostile_name_is_text_and_stays_in_its_line(name):
    text = made(members("Ada", name, "Bea", name), guild=name)
    assert checked(payload(text, "growth.png"), {"files[0]": PNG})
    lines = text.description.splitlines()
    assert [line[0] for line in lines] == ["🥇", "🥈", "🥉", "`"]
    assert unclean(text.description.replace("\u2068", "").replace("\u2069", "")) == []
    assert unclean(text.title, allowed="") == []
    assert highest_heap(text.description + text.title) <= 5
    assert called(text.description) == called(text.title) == []
    second = lines[1].removeprefix("🥈 **").removesuffix("** · **1,234 points**")
    fourth = lines[3].removeprefix("` 4` ").removesuffix(" · 1,234 points")
    assert second == fourth or (second[-1], fourth[-1]) == ("2", "4")  # by their ids
    assert 0 < len(shown(second).replace("\u200b", "")) <= 34
    for written in (second, text.title):
        assert _ACTIVE.findall(written) == []


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=120), st.sampled_from([*TEXTS.values()])),
        min_size=1,
        max_size=MOST_MEMBERS,
    ),
    st.one_of(st.none(), st.text()),
    st.sampled_from(["points", "xp", "level", "messages", "streak"]),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 10**12),
)
@example(["*" * 32] * MOST_MEMBERS, "*" * 200, "points", -(2**63), 10**12)
@example(["@" * 32] * MOST_MEMBERS, "@" * 200, "xp", 2**63 - 1, 0)
@example(["א*" * 16] * MOST_MEMBERS, "א*" * 60, "messages", 2**63 - 1, 0)
def test_any_ranking_stays_within_the_limits_and_loses_nobody(names, guild, by, value, more):
    entries = [
        one._replace(points=value, xp=value, level=value, messages=value, current_streak=value)
        for one in members(*names)
    ]
    text = made(entries, by=by, guild=guild, total=len(entries) + more)
    checked(payload(text, "growth.png"), {"files[0]": PNG})
    lines = text.description.split("\n")
    left = len(entries) + more - text.shown
    assert text.shown >= 1
    assert lines[text.shown :] == ([f"… and {left:,} more"] if left else [])
    first = [line.partition(" ")[0] for line in lines[: min(3, text.shown)]]
    assert first == (["🥇", "🥈", "🥉"] if value > 0 else ["`"] * 3)[: text.shown]


@given(st.text(max_size=32))
def test_a_name_is_shown_as_it_is(name):
    (line,) = made(members(name)).description.split("\n")
    written = line.removeprefix("🥇 **").removesuffix("** · **1,234 points**")
    found = re.sub("[\u200b\u2068\u2069]", "", shown(written))
    known = re.sub("[\u200b\u2068\u2069]", "", printable(name).strip())
    assert found in (known, "100000000000000001")
