"""When a member reaches a level or a total, or passes somebody: from syncs to the forecast."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from support import GUILD

from trc_mee6.errors import ConfigError
from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.forecast import forecast
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.report import Pace, Prospect
from trc_mee6.rules.forecast import outlook
from trc_mee6.rules.streaks import Span
from trc_mee6.store.ledger import MemberRef, award_xp
from trc_mee6.store.registry import Entry

ADA, BEA = 100000000000000001, 100000000000000002
GAINS = (60, 0, 200, 130, 0, 0, 310, 90)  # from the 2nd of January to the 9th


@pytest.fixture
def live(make_job, board, clock):
    """Live through days of January, by 18:00 of each of which members have gained so much."""
    board.join(ADA, 4000, "Ada")
    board.join(BEA, 5000, "Bea")

    def through(first, gains, others=()):
        for number, gain in enumerate(gains):
            clock.time = datetime(2026, 1, first + number, 18, tzinfo=UTC)
            board.gain(ADA, gain)
            board.gain(BEA, others[number] if others else 0)
            assert sync(make_job(), enroll_all=True).status == "ok"

    return through


@pytest.fixture
def look(store, clock):
    def ask(who=ADA, days=30, **target):
        return forecast(store, GUILD, who, clock.time, days, **target)

    return ask


def january(first, last):
    return Span(date(2026, 1, first), date(2026, 1, last))


def test_the_pace_is_that_of_whole_days_and_today_counts_for_the_total_alone(live, look):
    live(1, (500, *GAINS, 75))
    found = look(xp=10_000)
    assert found.xp == 4000 + 500 + sum(GAINS) + 75
    assert found.observed_at == datetime(2026, 1, 10, 18, tzinfo=UTC)
    assert found.pace == Pace(january(2, 9), sum(GAINS))
    assert found.outlook == outlook(GAINS, 10_000 - found.xp, Fraction(1, 4))
    days_away = Fraction((10_000 - found.xp) * len(GAINS), sum(GAINS))
    exactly = found.observed_at + float(days_away) * timedelta(days=1)
    assert found.expected_on == exactly.date()
    assert found.earliest_on < found.expected_on < found.latest_on
    assert found.prospect is Prospect.EXPECTED


def test_the_pace_is_that_of_as_many_days_as_are_asked_for(live, look):
    live(1, (500, *GAINS, 75))
    assert look(days=7).pace == Pace(january(3, 9), sum(GAINS[1:]))


@pytest.mark.parametrize(
    ("wanted", "level", "xp"),
    [({}, 10, 4675), ({"level": 10}, 10, 4675), ({"level": 12}, 12, 7030), ({"xp": 7}, None, 7)],
)
def test_what_is_to_be_reached(live, look, wanted, level, xp):
    live(1, (0,))
    target = look(**wanted).target
    assert (target.level, target.xp, target.rival) == (level, xp, None)


@pytest.mark.parametrize("wanted", [{"level": 9}, {"xp": 4000}, {"xp": 1}])
def test_what_is_reached_already(live, look, wanted):
    live(1, (0,))
    found = look(**wanted)
    assert (found.prospect, found.xp_needed, found.pace) == (Prospect.REACHED, 0, None)
    assert (found.expected_on, found.earliest_on, found.latest_on) == (None, None, None)


def test_too_few_days_say_nothing_until_there_are_seven(live, look):
    live(1, (0, *[100] * 6))
    live(8, (100,))
    found = look()
    assert (found.prospect, found.possible_on) == (Prospect.UNKNOWN, date(2026, 1, 9))
    live(9, (0,))
    found = look()
    assert (found.prospect, found.pace) == (Prospect.EXPECTED, Pace(january(2, 8), 700))


def test_who_gains_nothing_never_arrives(live, look):
    live(1, [0] * 9)
    found = look()
    assert (found.prospect, found.expected_on, found.pace.xp) == (Prospect.NEVER, None, 0)


def test_what_takes_more_than_a_hundred_years_is_far(live, look):
    live(1, [1] * 10)
    assert look(xp=4000 + 10 + 36_524).prospect is Prospect.EXPECTED
    assert look(xp=2**63 - 1).prospect is Prospect.FAR


def test_passing_somebody_goes_by_the_difference_of_each_day(live, look):
    live(1, (0, *[150] * 7, 0), (0, 0, 70, 0, 70, 0, 70, 0, 0))
    found = look(overtake=BEA)
    differences = (150, 80, 150, 80, 150, 80, 150)
    assert found.xp_needed == 5000 + 210 - 4000 - 1050 + 1  # to be level is not to be past
    assert found.pace == Pace(january(2, 8), sum(differences))
    assert found.outlook == outlook(differences, found.xp_needed, Fraction(1, 4))
    assert found.target.rival.username == "Bea"


def test_who_is_ahead_need_not_pass_and_who_is_level_must(live, look, board):
    live(1, (0,), (0,))
    assert look(BEA, overtake=ADA).prospect is Prospect.REACHED
    live(2, (1000,))
    assert (look(overtake=BEA).xp_needed, look(BEA, overtake=ADA).xp_needed) == (1, 1)


def test_nobody_passes_who_is_faster(live, look):
    live(1, (0, *[10] * 7, 0), (0, *[20] * 7, 0))
    found = look(overtake=BEA)
    assert (found.prospect, found.pace.xp) == (Prospect.NEVER, -70)


def test_a_pair_is_compared_over_the_days_on_which_both_were_known(live, look, board):
    live(1, [10] * 3)
    cal = BEA + 1
    board.join(cal, 9000, "Cal")
    live(4, [10] * 9)
    assert look().pace.days == january(2, 11)
    assert look(overtake=cal).pace.days == january(5, 11)


def test_xp_lost_and_xp_awarded_are_no_pace(live, look, board, store, clock, make_job):
    live(1, (0, 100, 100, 100))
    board.gain(ADA, -3000)
    assert sync(make_job()).xp_lost == 3000
    with store.writing(GUILD):
        award_xp(store, MemberRef(GUILD, ADA), 777, key="quiz", xp_per_point=100, now=clock.time)
    live(5, (100, 100, 100, 100, 0))
    found = look()
    assert found.pace == Pace(january(2, 8), 700)
    assert found.xp == 4000 + 700 - 3000


def test_days_before_a_new_baseline_do_not_count(live, look, make_job, clock):
    live(1, [100] * 9)
    assert look().prospect is Prospect.EXPECTED
    clock.forward(hours=1)
    assert backfill_baseline(make_job(), reset=True).status == "ok"
    found = look()
    assert (found.prospect, found.possible_on) == (Prospect.UNKNOWN, date(2026, 1, 17))
    live(10, [10] * 8)
    assert look().pace == Pace(january(10, 16), 70)


def test_days_on_which_nobody_looked_count_neither_way(live, look, clock):
    live(1, (0, *[100] * 7, 0))
    clock.forward(days=20)
    found = look(xp=5000)
    assert found.generated_at - found.observed_at == timedelta(days=20)
    assert (found.pace.days, found.expected_on) == (january(2, 8), date(2026, 1, 12))


def test_who_is_not_observed_has_no_forecast(live, look, store, clock):
    live(1, (0,))
    with pytest.raises(ConfigError, match=r"is no member of guild"):
        look(BEA + 7)
    link_members(store, GUILD, [Entry(BEA + 7, None)], clock.time)
    with pytest.raises(ConfigError, match=r"was not observed yet.*trc-mee6 sync"):
        look(BEA + 7)
    with pytest.raises(ConfigError, match=rf"^{BEA + 7} was not observed yet"):
        look(overtake=BEA + 7)
    unlink_member(store, GUILD, BEA)
    with pytest.raises(ConfigError, match=rf"not linked.*trc-mee6 members link {BEA}"):
        look(overtake=BEA)
