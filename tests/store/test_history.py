"""The ledger as it was booked: running balances and sums by day."""

from datetime import date, timedelta
from itertools import accumulate

import pytest
from support import GUILD, START

from trc_mee6.store.history import Which, has_source, lines, sums
from trc_mee6.store.ledger import MemberRef, award_points
from trc_mee6.store.registry import Entry, link

PEOPLE = [100000000000000001 + n for n in range(3)]
MONDAY = START.date()
# who, points, days ago, source; some at another guild, as the last says
BOOKED = [
    (0, 5, 0, "quiz"), (1, 7, 0, "quiz"), (0, -9, 3, "fine"), (0, 2, 1, "quiz"), (1, -1, 1, "fine"),
    (2, 4, 1, "quiz"), (0, 1, 0, "quiz"),
]  # fmt: skip


@pytest.fixture
def booked(store):
    for guild in (GUILD, GUILD + 1):
        with store.writing(guild):
            link(store, guild, [Entry(person) for person in PEOPLE], START)
    for number, (who, points, days_ago, source) in enumerate(BOOKED):
        for guild in (GUILD, GUILD + 1):
            with store.writing(guild):
                award_points(
                    store,
                    MemberRef(guild, PEOPLE[who]),
                    points,
                    source=source,
                    key=f"k{number}",
                    occurred_at=START - timedelta(days=days_ago),
                    reason=None,
                    now=START + timedelta(minutes=number),
                )
    return store


def asked(store, limit=None, **narrow):
    found = lines(store, GUILD, Which(**narrow), limit)
    return [(int(line.key[1:]), line.balance) for line in found]


def balances():
    """What each line leaves its member with, counted one by one."""
    left = {}
    for who in range(3):
        mine = [(n, points) for n, (whose, points, *_) in enumerate(BOOKED) if whose == who]
        left |= zip([n for n, _ in mine], accumulate(points for _, points in mine), strict=True)
    return left


def test_a_balance_counts_every_line_before_whatever_is_asked_for(booked):
    expected = sorted(balances().items(), reverse=True)
    assert asked(booked) == expected
    for limit in range(1, len(BOOKED) + 2):
        assert asked(booked, limit) == expected[:limit]
    for narrow, chosen in (
        ({"discord_id": PEOPLE[0]}, {0, 2, 3, 6}),
        ({"source": "fine"}, {2, 4}),
        ({"since": MONDAY}, {0, 1, 6}),
        ({"until": MONDAY - timedelta(days=1)}, {2, 3, 4, 5}),
        ({"source": "quiz", "discord_id": PEOPLE[0], "until": MONDAY - timedelta(days=1)}, {3}),
        ({"discord_id": 1}, set()),
    ):
        kept = [line for line in expected if line[0] in chosen]
        assert asked(booked, **narrow) == kept
        assert asked(booked, 1, **narrow) == kept[:1]


def test_a_line_says_whose_it_is_and_when(booked):
    newest = next(iter(lines(booked, GUILD, Which(), 1)))
    assert newest == (
        PEOPLE[0], None, None, "quiz", "k6", 1, -1, START, MONDAY, None,
        START + timedelta(minutes=6),
    )  # fmt: skip


def test_sums_are_by_day_and_source_newest_first_and_a_day_that_is_none_last(booked):
    booked.sql("UPDATE point_transaction SET day = NULL WHERE key = 'k5'")
    found = list(sums(booked, GUILD, Which(), None))
    assert found == [
        (MONDAY, "quiz", 3, 2, 13, 0, 13),
        (date(2026, 1, 4), "fine", 1, 1, 0, 1, -1),
        (date(2026, 1, 4), "quiz", 1, 1, 2, 0, 2),
        (date(2026, 1, 2), "fine", 1, 1, 0, 9, -9),
        (None, "quiz", 1, 1, 4, 0, 4),
    ]
    assert list(sums(booked, GUILD, Which(), 2)) == found[:2]
    assert list(sums(booked, GUILD, Which(until=MONDAY), None)) == found[:-1]
    assert list(sums(booked, GUILD, Which(discord_id=PEOPLE[2]), None)) == found[-1:]
    assert list(sums(booked, GUILD, Which(source="raffle"), None)) == []


def test_a_source_is_known_by_the_lines_of_its_guild(booked):
    assert has_source(booked, GUILD, "quiz")
    assert not has_source(booked, GUILD, "Quiz")
    assert not has_source(booked, GUILD + 2, "quiz")
