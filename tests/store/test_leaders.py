"""The first of a period, their places, and a member's neighbours: as a slow model says, on both."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import GUILD

from trc_mee6.rules.days import between, period
from trc_mee6.store import leaders
from trc_mee6.store.daily import DayGain, daily
from trc_mee6.store.gains import add_gains, sums_of
from trc_mee6.store.ranking import Asked, around, had_any, places, ranked_members, ranking

TODAY = date(2026, 3, 10)
PEOPLE = range(1, 9)
UNLINKED = 8
DAYS = st.integers(0, 100).map(lambda ago: TODAY - timedelta(days=ago))
LINES = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        DAYS,
        st.integers(-20, 60) | st.sampled_from([0, 10]),
        st.integers(-2, 3),
    ),
    max_size=40,
)
PERIODS = st.tuples(DAYS, DAYS).map(lambda days: between(min(days), max(days)))


def begin(store, lines):
    """Start anew with eight members, the last one unlinked, and these lines."""
    store.sql("DELETE FROM member")
    store.sql("DELETE FROM member_gain")
    for who in PEOPLE:
        store.sql(
            """INSERT INTO member (guild_id, discord_id, username, linked, linked_at, linked_by,
                xp_total, baseline_xp, points)
            VALUES (:guild_id, :who, :name, :linked, :at, 'hand', :xp, 0, :points)""",
            guild_id=GUILD,
            who=who,
            name=f"m{who}",
            linked=who != UNLINKED,
            at=datetime(2026, 1, 1, tzinfo=UTC),
            xp=100 * (who // 2),
            points=who // 3,
        )
    for who, day, xp, points in lines:
        add_gains(
            store,
            "SELECT :who AS discord_id, :day AS day, :xp AS xp, :points AS points",
            guild_id=GUILD, who=who, day=day, xp=xp, points=points,
        )  # fmt: skip


class Model:
    """What the lines come to, added up one by one."""

    def __init__(self, lines, asked):
        self.gained, self.points, recent = (defaultdict(int) for _ in range(3))
        for who, day, xp, points in lines:
            if asked.period.since <= day <= asked.period.until:
                self.gained[who] += xp
                self.points[who] += points
            if TODAY - timedelta(days=30) < day <= TODAY:
                recent[who] += xp
        everybody = [who for who in PEOPLE if who != UNLINKED]
        if asked.active is not None:
            everybody = [who for who in everybody if recent[who] >= asked.active]
        self.value = {
            who: self.points[who] if asked.by == "points" else self.gained[who] for who in everybody
        }
        self.order = sorted(everybody, key=lambda who: (-self.value[who], -(who // 2), who))

    def rank(self, who):
        return 1 + sum(value > self.value[who] for value in self.value.values())

    def line(self, who):
        return (self.rank(who), who, self.points[who], self.gained[who])


ASKED = st.builds(
    Asked,
    st.sampled_from(["points", "xp", "gain"]),
    PERIODS,
    source=st.none(),
    active=st.none() | st.integers(1, 60),
    today=st.just(TODAY),
)


@given(LINES, ASKED, st.integers(1, 9), st.integers(1, 4))
@settings(max_examples=60)
def test_the_first_are_those_of_the_model(store, monkeypatch, lines, asked, top, depth):
    monkeypatch.setattr(leaders, "_LEAST_DEPTH", depth)
    monkeypatch.setattr(leaders, "_DEEPER", 2)
    begin(store, lines)
    model = Model(lines, asked)
    shown = [
        (one.rank, one.discord_id, one.points, one.xp_gained)
        for one in ranking(store, GUILD, asked, top)
    ]
    assert shown == [model.line(who) for who in model.order[:top]]
    everybody = [one.discord_id for one in ranking(store, GUILD, asked, None)]
    assert everybody == model.order
    assert ranked_members(store, GUILD, asked) == len(everybody)
    have_any = {who for who in model.order if model.value[who] > 0}
    ranks = {who: model.rank(who) for who in have_any}
    first = {who: rank for who, rank in ranks.items() if rank <= top}
    assert places(store, GUILD, asked, top) == first
    assert places(store, GUILD, asked, 9, [1, 2]) == {
        who: rank for who, rank in ranks.items() if who in (1, 2)
    }
    assert had_any(store, GUILD, asked, PEOPLE) == have_any


@given(LINES, ASKED, st.sampled_from(PEOPLE), st.integers(1, 3))
@example([(1, TODAY, -1, 0)], Asked("xp", between(TODAY, TODAY), today=TODAY), 1, 1)
@example([(1, TODAY, -1, 0)], Asked("xp", between(TODAY, TODAY), today=TODAY), 4, 1)
@example([(1, TODAY, -1, 0)], Asked("xp", between(TODAY, TODAY), today=TODAY), 7, 1)
@settings(max_examples=40)
def test_neighbours_are_those_of_the_model(store, lines, asked, who, neighbours):
    begin(store, lines)
    model = Model(lines, asked)
    found = around(store, GUILD, asked, who, neighbours)
    if who not in model.value:
        assert found == []
        return
    place = model.order.index(who)
    expected = model.order[max(0, place - neighbours) : place + neighbours + 1]
    assert [(one.rank, one.discord_id, one.points, one.xp_gained) for one in found] == [
        model.line(other) for other in expected
    ]
    assert [one.gap for one in found] == [
        model.value[other] - model.value[who] for other in expected
    ]


@given(LINES, PERIODS)
@settings(max_examples=30)
def test_r8_what_was_gained_day_by_day_is_the_sum_of_its_lines(store, lines, days):
    begin(store, lines)
    expected = defaultdict(lambda: [0, 0])
    for who, day, xp, points in lines:
        if who < 5 and days.since <= day <= days.until:
            expected[who, day][0] += xp
            expected[who, day][1] += points
    found = list(daily(store, GUILD, range(1, 5), days.since, days.until))
    assert found == [DayGain(*key, *expected[key]) for key in sorted(expected)]


@given(st.dates(), st.integers(0, 1500))
def test_sums_are_every_day_of_the_period_once_and_few(since, length):
    until = since + timedelta(days=min(length, (date(9998, 12, 31) - since).days))
    if until < since:
        return
    days = []
    for unit, *ends in (sums := sums_of(since, until)):
        for first in sums[0]._replace(unit=unit, first=ends[0], last=ends[1]).each():
            following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
            count = 1 if unit == "day" else (following - first).days
            days += [first + timedelta(days=n) for n in range(count)]
    assert days == [since + timedelta(days=n) for n in range((until - since).days + 1)]
    assert sum(1 for one in sums if one.unit == "day" for _ in one.each()) <= 60


@pytest.mark.parametrize("until", [date(9998, 12, 31), date.max])
def test_a_period_may_last_as_long_as_the_calendar(store, until):
    begin(store, [(1, TODAY, 50, 1), (2, TODAY, 60, 0)])
    asked = Asked("gain", between(date.min, until), today=TODAY)
    assert [one.discord_id for one in ranking(store, GUILD, asked, 2)] == [2, 1]
    assert list(sums_of(date.max, date.max)) == [("day", date(9998, 12, 31), date(9998, 12, 31))]


@pytest.mark.parametrize("gained", [0, -5])
def test_where_few_gained_anything_the_others_follow_by_their_totals(store, gained):
    begin(store, [(1, TODAY, 10, 0), (7, TODAY, gained, 0)])
    today = period("day", TODAY)
    found = ranking(store, GUILD, Asked("gain", today, today=TODAY), 3)
    assert [(one.rank, one.discord_id) for one in found] == [
        (1, 1), *([(2, 6), (2, 7)] if gained == 0 else [(2, 6), (2, 4)]),
    ]  # fmt: skip
    everybody = ranking(store, GUILD, Asked("gain", today, today=TODAY), 7)
    assert [one.discord_id for one in everybody][-1] == (3 if gained == 0 else 7)


@pytest.mark.parametrize("by", ["points", "xp", "gain", "level"])
def test_the_first_of_all_time_are_the_first_of_everybody(store, by):
    begin(store, [])
    store.sql("UPDATE member SET xp_total = NULL WHERE discord_id = 3")
    ever = Asked(by, period("all", TODAY), today=TODAY)
    everybody = list(ranking(store, GUILD, ever, None))
    assert len(everybody) == 7
    for top in range(1, 8):
        assert list(ranking(store, GUILD, ever, top)) == everybody[:top]
    if by == "xp":
        assert [one.discord_id for one in everybody] == [6, 7, 4, 5, 2, 1, 3]


def test_r8_who_is_equal_to_the_last_one_found_is_looked_for_too(store, monkeypatch):
    monkeypatch.setattr(leaders, "_LEAST_DEPTH", 1)
    days = (TODAY, TODAY - timedelta(days=1))
    begin(store, [(who, day, 5, 0) for who in (1, 2) for day in days])
    asked = Asked("gain", between(*reversed(days)), today=TODAY)
    assert [one.discord_id for one in ranking(store, GUILD, asked, 1)] == [2]  # by the XP total
    assert places(store, GUILD, asked, 1) == {1: 1, 2: 1}


def test_too_many_to_compare_are_added_up_all(store, monkeypatch):
    monkeypatch.setattr(leaders, "_MOST_CANDIDATES", 2)
    begin(store, [(who, TODAY, who, 0) for who in PEOPLE])
    week = period("week", TODAY)
    assert leaders.first_of_period(store, GUILD, "xp", sums_of(*week[1:]), 2) is None
    found = ranking(store, GUILD, Asked("gain", week, today=TODAY), 2)
    assert [one.discord_id for one in found] == [7, 6]
