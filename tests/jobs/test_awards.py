"""Awards by applications that share the database: R1, R4."""

import re
import threading
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from support import GUILD, START, HandClock

import trc_mee6
from trc_mee6 import AwardResult, award_discord_points, award_points
from trc_mee6.errors import ConfigError, LedgerConflict
from trc_mee6.jobs.board import sync
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import open_store
from trc_mee6.store.members import activity, state, transactions
from trc_mee6.store.registry import Entry

ADA, BOB = 100000000000000001, 100000000000000002


@pytest.fixture
def here(database_url, clock, monkeypatch):
    """Where awards go: ADA is member `ada-1`, BOB has no id of the operator's."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("MEE6_GUILD_ID", str(GUILD))
    with open_store(database_url) as store:
        link_members(store, GUILD, [Entry(ADA, "ada-1"), Entry(BOB)], START)
    yield {"clock": clock}
    with open_store(database_url) as store:
        assert list(findings(store)) == []


@pytest.fixture
def look(database_url):
    """Ask the database something, after the award has closed it."""

    def ask(question, *arguments):
        with open_store(database_url) as store:
            return question(store, GUILD, *arguments)

    return ask


def test_r1_xp_is_awarded_with_the_remainder_carried(here, look):
    assert award_discord_points("ada-1", 60, "quiz-1", **here) == AwardResult(True, 0, 60)
    assert award_discord_points("ada-1", 60, "quiz-2", **here) == AwardResult(True, 1, 20)
    assert award_discord_points("ada-1", -130, "quiz-3", **here) == AwardResult(True, -2, 90)
    assert look(state, ADA).points == -1
    kinds = {(row.activity_type, row.xp_delta, row.xp_total) for row in look(activity, ADA, 9)}
    assert kinds == {("award", 60, None), ("award", -130, None)}


def test_r4_the_same_key_awards_once_and_says_so(here, look):
    first = award_discord_points("ada-1", 250, "quiz", **here)
    again = award_discord_points("ada-1", 250, "quiz", **here)
    assert (first, again) == (AwardResult(True, 2, 50), AwardResult(False, 2, 50))
    once = award_points("ada-1", 5, source="raffle", key="w1", **here)
    twice = award_points("ada-1", 5, source="raffle", key="w1", **here)
    assert (once, twice) == (AwardResult(True, 5, 50), AwardResult(False, 5, 50))
    assert look(state, ADA).points == 7
    assert len(look(transactions, ADA, 10)) == 2


def test_r4_a_key_used_for_something_else_is_a_conflict(here, look):
    award_discord_points("ada-1", 250, "quiz", **here)
    with pytest.raises(LedgerConflict, match="250"):
        award_discord_points("ada-1", 251, "quiz", **here)
    award_points("ada-1", 5, source="raffle", key="w1", **here)
    with pytest.raises(LedgerConflict, match="Key 'w1' of source 'raffle' is taken") as refused:
        award_points("ada-1", 6, source="raffle", key="w1", reason="\x1bred", **here)
    booked, asked = str(refused.value).splitlines()
    assert "+5 for 2026-01-05, no reason, was booked on 2026-01-05 12:00:00 UTC." in booked
    assert "Not booked: +6 for 2026-01-05, reason '␛red'." in asked
    assert look(state, ADA).points == 7


def test_r4_taking_away_what_a_key_gave_is_something_else(here, look):
    award_points("ada-1", 5, source="raffle", key="w1", **here)
    with pytest.raises(LedgerConflict):
        award_points("ada-1", -5, source="raffle", key="w1", **here)
    assert look(state, ADA).points == 5


def test_r4_a_key_belongs_to_one_member_and_source(here, look):
    award_points("ada-1", 5, source="raffle", key="w1", **here)
    award_points("ada-1", 5, source="quiz", key="w1", **here)
    award_points(str(BOB), 5, source="raffle", key="w1", **here)
    assert (look(state, ADA).points, look(state, BOB).points) == (10, 5)


def test_points_of_other_sources_do_not_touch_the_leftover(here, look):
    award_discord_points("ada-1", 99, "quiz", **here)
    award_points("ada-1", -3, source="fine", key="f1", reason="spam", **here)
    found = look(state, ADA)
    assert (found.points, found.mee6_points, found.leftover_xp) == (-3, 0, 99)
    assert look(transactions, ADA, 1)[0].reason == "spam"


def test_points_belong_to_the_day_they_were_earned(here, look):
    zone_evening = datetime(2026, 1, 3, 23, 30, tzinfo=UTC)
    award_points("ada-1", 1, source="raffle", key="w1", occurred_at=zone_evening, **here)
    award_points("ada-1", 1, source="raffle", key="w2", **here)
    assert [line.day for line in look(transactions, ADA, 9)] == [START.date(), date(2026, 1, 3)]


def test_r1_awarded_xp_and_the_boards_are_one_sum(
    here, make_job, board, store, clock, database_url
):
    board.join(ADA, 1000)
    sync(make_job())
    award_discord_points("ada-1", 70, "quiz", **here)
    board.gain(ADA, 40)
    assert sync(make_job()).points_awarded == 1
    found = state(store, GUILD, ADA)
    assert (found.points, found.leftover_xp) == (1, 10)


def test_a_key_that_is_a_syncs_own_is_a_conflict(here, make_job, board, store):
    board.join(ADA, 1000)
    sync(make_job())
    board.gain(ADA, 500)
    report = sync(make_job())
    with pytest.raises(LedgerConflict):
        award_discord_points("ada-1", 10, report.sync_id, **here)


NEXT_DAY, FIVE_HOURS = START + timedelta(1), timezone(timedelta(hours=5))


@pytest.mark.parametrize(
    ("award", "says"),
    [
        (lambda: award_discord_points("ada-1", 1.5, "k"), "xp_delta is 1.5; it should be a whole"),
        (lambda: award_discord_points("ada-1", True, "k"), "xp_delta is True; it should be"),
        (lambda: award_discord_points("ada-1", 2**53 + 1, "k"), "xp_delta is 9007199254740993;"),
        (lambda: award_discord_points("ada-1", 0, "k"), "xp_delta is 0; there is nothing"),
        (lambda: award_discord_points("ada-1", 1, " "), "sync_id is empty"),
        (lambda: award_discord_points("ada-1", 1, "k "), "sync_id 'k ' has white space around"),
        (lambda: award_points("ada-1", 0, source="s", key="k"), "points is 0; give how many"),
        (lambda: award_points("ada-1", 2**31, source="s", key="k"), "points is 2147483648;"),
        (lambda: award_points("ada-1", 1, source="", key="k"), "source is empty"),
        (lambda: award_points("ada-1", 1, source=" s", key="k"), "source ' s' has white space"),
        (lambda: award_points("ada-1", 1, source="s", key="k\n"), "has white space around it"),
        (lambda: award_points("ada-1", 1, source="s", key="a\0b"), "key has a character that is"),
        (lambda: award_points("ada-1", 1, source="mee6", key="k"), "source 'mee6' is for XP"),
        (lambda: award_points("ada-1", 1, source="MEE6", key="k"), "source 'MEE6' is for XP"),
        (
            lambda: award_points("ada-1", 1, source="adjustment", key="k"),
            "source 'adjustment' is for corrections",
        ),
        (lambda: award_points("ada-1", 1, source="s", key="\udcff"), "key has a character that"),
        (lambda: award_points("ada-1", 1, source="s", key="k" * 201), "key has 201 characters"),
        (
            lambda: award_points("ada-1", 1, source="s", key="k", reason="a\0b"),
            "reason has a character that",
        ),
        *(
            (
                lambda at=at: award_points(
                    "ada-1", 1, source="s", key="k", occurred_at=at, clock=HandClock()
                ),
                says,
            )
            for at, says in (
                (datetime(2026, 1, 1), "occurred_at has no time zone"),  # noqa: DTZ001 - the mistake
                (NEXT_DAY, "occurred_at, 2026-01-06T12:00:00+00:00, lies in the future"),
                ("2026-01-01", "occurred_at is '2026-01-01'; it should be a datetime"),
                (date(2026, 1, 1), "occurred_at is datetime.date(2026, 1, 1); it should be"),
                (datetime(1, 1, 1, tzinfo=FIVE_HOURS), "lies outside of UTC's years"),
                (datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=5))), "UTC's years"),
            )
        ),
    ],
)
def test_an_argument_out_of_range_is_refused(award, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        award()


def test_an_unknown_member_is_refused(here):
    with pytest.raises(ConfigError, match="members link"):
        award_points("nobody", 1, source="s", key="k", **here)
    for unknown in (str(ADA + 77), "", "a\0b", "\udcff"):
        with pytest.raises(ConfigError, match="members link"):
            award_points(unknown, 1, source="s", key="k", **here)


def test_a_member_id_moves_to_the_account_that_is_linked(here, look, store, clock):
    unlink_member(store, GUILD, ADA)
    link_members(store, GUILD, [Entry(BOB, "ada-1")], clock.now())
    award_points("ada-1", 1, source="s", key="k", **here)
    assert (look(state, ADA).points, look(state, BOB).points) == (0, 1)


def test_an_id_that_means_two_members_is_refused(here, store, clock):
    link_members(store, GUILD, [Entry(BOB, "ada-1")], clock.now())
    with pytest.raises(ConfigError, match="2 members"):
        award_points("ada-1", 1, source="s", key="k", **here)
    link_members(store, GUILD + 1, [Entry(ADA, "elsewhere")], clock.now())
    award_points("elsewhere", 1, source="s", key="k", guild_id=GUILD + 1, **here)


def test_awards_from_several_connections_at_once_lose_nothing(here, look, database_url):
    from trc_mee6.store import ledger

    def award(worker):
        with open_store(database_url) as store:
            for number in range(10):
                with store.writing(GUILD):
                    ledger.award_xp(
                        store,
                        ledger.MemberRef(GUILD, ADA),
                        30,
                        key=f"{worker if number % 2 else 'shared'}-{number}",
                        xp_per_point=100,
                        now=START,
                    )

    threads = [threading.Thread(target=award, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = look(state, ADA)
    total = 30 * (5 + 4 * 5)  # the five even keys are everybody's, the odd ones each worker's own
    assert (found.mee6_points, found.leftover_xp) == divmod(total, 100)


def test_the_package_offers_what_it_says_and_nothing_else():
    assert trc_mee6.award_points is award_points
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = trc_mee6.nothing
