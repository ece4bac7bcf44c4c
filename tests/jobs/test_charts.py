"""What charts show: the same numbers as a slow model finds by walking over all days."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model import time_by_day
from support import GUILD

from trc_mee6.errors import ConfigError
from trc_mee6.jobs import charts
from trc_mee6.jobs.awards import book, new_award
from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.leaderboard import leaderboard
from trc_mee6.jobs.registry import unlink_member
from trc_mee6.jobs.streaks import streaks
from trc_mee6.rules.days import Period, between, period
from trc_mee6.rules.streaks import Kind

ADA, BEA, CAL = (100000000000000000 + n for n in range(3))
DAY = timedelta(days=1)
A, X = Kind.ACTIVE, Kind.INACTIVE
EVER = Period("all", None, date(2026, 1, 9))


@pytest.fixture
def observe(make_job, board, clock):
    """Let members gain, and a sync see it so many hours after the one before."""

    def sync_after(hours, gains):
        clock.forward(hours=hours)
        for who, xp in gains.items():
            board.gain(who, xp)
        assert sync(make_job(), enroll_all=True).status == "ok"

    return sync_after


@pytest.fixture
def three(board, observe):
    """Three members and their first observation, at noon on the 5th."""
    for who, name in ((ADA, "Ada"), (BEA, "Bea"), (CAL, None)):
        board.join(who, 1000, name)
    observe(0, {})


class Person:
    """What a model that keeps every observation knows of a member."""

    def __init__(self):
        self.observed = []  # moment, XP
        self.gained = []  # day, XP
        self.booked = []  # day, points

    def see(self, now, xp):
        if self.observed:
            before, last = self.observed[-1]
            if xp != last:
                parts = time_by_day(before, now)
                day = min(day for day in parts if parts[day] == max(parts.values()))
                self.gained.append((day, xp - last))
                base = self.observed[0][1]
                points = (xp - base) // 100 - (last - base) // 100
                self.booked.append((day, points))
        self.observed.append((now, xp))

    def gain(self, since, day):
        return sum(xp for on, xp in self.gained if since <= on <= day)

    def points(self, day):
        return sum(points for on, points in self.booked if on <= day)

    def xp(self, day):
        end = datetime.combine(day + DAY, datetime.min.time(), UTC)
        known = [xp for moment, xp in self.observed if moment < end]
        return known[-1] if known else None


ids = count(200000000000000000)
steps = st.lists(
    st.tuples(st.integers(1, 40), st.integers(-150, 400), st.integers(0, 90), st.booleans()),
    min_size=1,
    max_size=6,
)


def test_growth_is_what_a_slow_model_says(store, board, clock, make_job):
    @settings(max_examples=8)
    @given(steps, st.integers(-3, 3), st.integers(0, 6))
    def check(story, since, length):
        first, second = next(ids), next(ids)
        people = {first: Person(), second: Person()}
        start = clock.time.date()
        for who in people:
            board.join(who, 500, "x")

        def observe():
            assert sync(make_job(), enroll_all=True, accept_drops=True).status == "ok"
            for who, person in people.items():
                person.see(clock.time, board.players[who].xp)

        observe()
        for hours, one, other, awarded in story:
            clock.forward(hours=hours)
            board.gain(first, one)
            board.gain(second, other)
            observe()
            if awarded:
                award = new_award(7, "quiz", str(clock.time), clock.time, None, clock.time)
                book(store, GUILD, str(first), award, clock.time)
                people[first].booked.append((clock.time.date(), 7))
        days = between(start + since * DAY, start + (since + length) * DAY)
        shown = [days.since + n * DAY for n in range(length + 1)]
        for by in ("gain", "xp", "points", "points_gained"):
            found = charts.growth(store, GUILD, by, days, 5, [first, second])
            assert (found.since, found.until) == (days.since, days.until)
            expected = {
                "gain": lambda p: (0, *(p.gain(days.since, day) for day in shown)),
                "xp": lambda p: tuple(p.xp(day) for day in (days.since - DAY, *shown)),
                "points": lambda p: tuple(p.points(day) for day in (days.since - DAY, *shown)),
                "points_gained": lambda p: tuple(
                    p.points(day) - p.points(days.since - DAY) for day in (days.since - DAY, *shown)
                ),
            }[by]
            assert {line.discord_id: line.values for line in found.lines} == {
                who: expected(person) for who, person in people.items()
            }, by
            ends = [line.values[-1] or 0 for line in found.lines]
            assert ends == sorted(ends, reverse=True)

    check()


def test_the_first_by_gain_are_who_gained_most_in_the_period(store, three, observe):
    observe(1, {ADA: 500})
    observe(72, {})
    observe(1, {BEA: 300, ADA: 20})
    assert names(charts.growth(store, GUILD, "gain", EVER, 10)) == ["Ada", "Bea"]
    later = between(date(2026, 1, 7), date(2026, 1, 9))
    assert names(charts.growth(store, GUILD, "gain", later, 10)) == ["Bea", "Ada"]
    assert names(charts.growth(store, GUILD, "gain", later, 1)) == ["Bea"]
    assert names(charts.growth(store, GUILD, "xp", later, 10)) == ["Ada", "Bea", None]
    assert names(charts.growth(store, GUILD, "points", later, 2)) == ["Ada", "Bea"]
    assert names(charts.growth(store, GUILD, "points_gained", later, 10)) == ["Bea"]
    assert names(charts.growth(store, GUILD, "points_gained", later, 10, [ADA])) == ["Ada"]


@pytest.mark.parametrize(
    ("by", "since", "charted"),
    [
        ("points", None, "points"), ("points", 7, "points_gained"), ("xp", None, "xp"),
        ("xp", 7, "gain"), ("gain", None, "gain"), ("gain", 7, "gain"), ("level", None, "xp"),
        ("messages", 7, "gain"),
    ],
)  # fmt: skip
def test_the_chart_of_a_leaderboard_shows_what_it_ranks(store, three, observe, by, since, charted):
    observe(1, {ADA: 500})
    observe(72, {BEA: 300, ADA: 120})
    days = EVER if since is None else between(date(2026, 1, since), date(2026, 1, 9))
    board = leaderboard(store, GUILD, by, days, 2, datetime(2026, 1, 9, tzinfo=UTC))
    ranked = list(board.entries)
    grown = charts.growth_of(store, board, [one.discord_id for one in ranked])
    assert grown.by == charted
    ends = {line.discord_id: line.values[-1] for line in grown.lines}
    value = {"points": "points", "points_gained": "points", "xp": "xp", "gain": "xp_gained"}
    assert ends == {one.discord_id: getattr(one, value[charted]) for one in ranked}


def test_a_leaderboard_of_one_source_or_of_nobody_has_no_chart(store, three):
    now = datetime(2026, 1, 9, tzinfo=UTC)
    for source in ("mee6", "quiz"):
        board = leaderboard(store, GUILD, "points", EVER, 2, now, source)
        assert charts.growth_of(store, board, [ADA]) is None
    board = leaderboard(store, GUILD, "points", EVER, 2, now, active=1)
    assert charts.growth_of(store, board, []) is None


def names(growth):
    return [line.username for line in growth.lines]


def test_all_time_begins_with_the_first_gain(store, three, observe):
    observe(30, {ADA: 500})
    found = charts.growth(store, GUILD, "gain", EVER, 10)
    assert (found.since, found.until) == (date(2026, 1, 6), date(2026, 1, 9))
    assert [line.values for line in found.lines] == [(0, 500, 500, 500, 500)]
    assert charts.growth(store, GUILD, "xp", EVER, 10).since == date(2026, 1, 5)


def test_where_nobody_gained_there_is_no_line_but_for_who_is_named(store, three):
    found = charts.growth(store, GUILD, "gain", EVER, 10)
    assert (found.lines, found.since) == ((), EVER.until)
    assert charts.growth(store, GUILD, "gain", EVER, 10, [CAL]).lines[0].values == (0, 0)


def test_a_season_reset_shows_in_the_total_and_costs_no_points(
    store, three, observe, board, clock, make_job
):
    observe(1, {ADA: 500})
    clock.forward(days=1)
    for who in (ADA, BEA, CAL):
        board.players[who].xp = 0
    assert backfill_baseline(make_job(), reset=True).status == "ok"
    days = between(date(2026, 1, 5), date(2026, 1, 6))
    assert charts.growth(store, GUILD, "xp", days, 5, [ADA]).lines[0].values == (None, 1500, 0)
    assert charts.growth(store, GUILD, "points", days, 5, [ADA]).lines[0].values == (0, 5, 5)


def test_members_are_counted_by_level_while_they_are_linked(store, three, observe, board):
    board.gain(ADA, 4000)
    observe(1, {})
    found = charts.levels(store, GUILD)
    assert sum(one.members for one in found.counts) == 3
    assert [*found.counts] == sorted(found.counts)
    unlink_member(store, GUILD, ADA)
    assert sum(one.members for one in charts.levels(store, GUILD).counts) == 2
    assert found.guild_name == "The Stand-In"


def test_gains_are_spread_over_the_hours_between_two_observations(store, three, observe):
    observe(1, {ADA: 60, BEA: 40})  # Monday 12:00 to 13:00
    observe(2, {ADA: 200})  # to 15:00
    observe(30, {ADA: 999})  # an outage
    observe(1, {ADA: -50})
    found = charts.activity_hours(store, GUILD, EVER)
    monday = found.xp[0]
    assert monday[12:15] == (100, 100, 100)
    assert sum(map(sum, found.xp)) == 300
    assert found.unplaced == 999
    assert (found.since, found.until) == (date(2026, 1, 5), date(2026, 1, 6))


def test_activity_is_that_of_the_period(store, three, observe):
    observe(1, {ADA: 60})
    observe(24, {})
    observe(1, {ADA: 70})
    days = between(date(2026, 1, 6), date(2026, 1, 7))
    found = charts.activity_hours(store, GUILD, days)
    assert sum(map(sum, found.xp)) == found.xp[1][13] == 70
    assert (found.since, found.until) == (days.since, days.until)
    before = charts.activity_hours(store, GUILD, between(date(2026, 1, 1), date(2026, 1, 2)))
    assert not any(map(any, before.xp))


def test_a_year_has_every_day_with_its_gain_and_its_kind(store, board, clock, make_job):
    board.join(ADA, 1000, "Ada")
    for number in range(5, 10):  # Monday to Friday; nothing on Wednesday
        clock.time = datetime(2026, 1, number, tzinfo=UTC)
        assert sync(make_job(), enroll_all=True).status == "ok"
        streaks(make_job())
        if number != 7:
            board.gain(ADA, 100 + number)
        clock.forward(hours=10)
        assert sync(make_job(), enroll_all=True).status == "ok"
    today = date(2026, 1, 9)
    found = charts.member_year(store, GUILD, ADA, date(2026, 1, 3), date(2026, 1, 11), today)
    assert [(one.day.day, one.xp, one.kind) for one in found.days] == [
        (3, 0, None), (4, 0, None), (5, 105, A), (6, 106, A), (7, 0, X), (8, 108, A), (9, 109, A),
        (10, 0, None), (11, 0, None),
    ]  # fmt: skip
    assert found.counts_from == date(2026, 1, 8)
    assert (found.state.username, found.state.current_streak) == ("Ada", 1)


def test_a_guild_or_member_that_nobody_knows_is_refused(store, three):
    today = date(2026, 1, 9)
    for ask in (
        lambda: charts.growth(store, 1, "gain", EVER, 10),
        lambda: charts.levels(store, 1),
        lambda: charts.activity_hours(store, 1, period("week", today)),
        lambda: charts.growth(store, GUILD, "gain", EVER, 10, [ADA, 5]),
        lambda: charts.member_year(store, GUILD, 5, today, today, today),
    ):
        with pytest.raises(ConfigError):
            ask()
