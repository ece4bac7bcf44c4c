"""`db check`: every kind of damage is found, names its member, and is put right if it can be."""

import pytest
from support import GUILD, START

from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.jobs.repair import repair
from trc_mee6.jobs.streaks import streaks
from trc_mee6.store.audit import findings, members_audited
from trc_mee6.store.ledger import MemberRef, award_xp
from trc_mee6.store.registry import Entry

ADA, BOB = 100000000000000001, 100000000000000002
LINES = ("discord_activity", "point_transaction")


@pytest.fixture
def kept(make_job, board, store, clock):
    """A sound ledger of two members: XP from the board, XP awarded."""
    for person in (ADA, BOB):
        board.join(person, 1000)
    sync(make_job(), enroll_all=True)
    clock.forward(minutes=15)
    for person in (ADA, BOB):
        board.gain(person, 250)
    sync(make_job())
    with store.writing(GUILD):
        award_xp(store, MemberRef(GUILD, ADA), 130, key="quiz", xp_per_point=100, now=START)
    clock.forward(days=3)
    sync(make_job())
    streaks(make_job())
    assert list(findings(store)) == []
    assert members_audited(store) == 2
    return store


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE member SET leftover_xp = leftover_xp + 1", "R1"),
        ("UPDATE member SET leftover_xp = leftover_xp + 100, mee6_points = mee6_points - 1", "R1"),
        ("UPDATE member SET xp_total = xp_total + 100, mee6_points = mee6_points + 1", "R1"),
        ("UPDATE member SET awarded_xp = awarded_xp + 1", "R1"),
        ("UPDATE member SET baseline_points = baseline_points + 1", "R1"),
        ("UPDATE member SET xp_total = xp_total + 9, baseline_xp = baseline_xp + 9", "R3"),
        ("UPDATE member SET points = points + 1", "sum of its ledger lines"),
        ("UPDATE member SET mee6_points = mee6_points + 1", "sum of its ledger lines"),
        ("UPDATE point_transaction SET points = points + 1", "sum of its ledger lines"),
        ("DELETE FROM point_transaction", "sum of its ledger lines"),
        ("UPDATE point_transaction SET source = 'other'", "sum of its ledger lines"),
        ("UPDATE discord_activity SET xp_delta = xp_delta + 1 WHERE xp_delta > 0", "R1"),
        ("DELETE FROM discord_activity WHERE activity_type = 'award'", "R1"),
        ("DELETE FROM discord_activity WHERE activity_type <> 'baseline'", "R4"),
        ("UPDATE point_transaction SET key = key || 'x'", "R4"),
        ("DELETE FROM member", "is no member"),
        ("UPDATE member SET current_streak = current_streak + 1", "R10"),
        ("UPDATE member SET longest_streak = NULL", "R10"),
        ("UPDATE member SET last_active_on = NULL", "R8"),
        ("UPDATE member SET judged_before = '2026-01-09'", "R9"),
        ("UPDATE member SET first_observed_at = observed_at", "R3"),
        ("UPDATE member SET first_observed_at = NULL", "R3"),
        ("UPDATE discord_activity SET day = '2026-01-06' WHERE activity_type = 'xp'", "R8"),
        ("UPDATE point_transaction SET day = '2026-01-06'", "R8"),
        ("UPDATE member_gain SET xp = xp + 1 WHERE unit = 'month'", "sums by day and month"),
        ("UPDATE member_gain SET points = points + 1", "sums by day and month"),
        ("DELETE FROM member_gain WHERE unit = 'day'", "sums by day and month"),
        ("UPDATE discord_activity SET grace_from = day, grace_until = day", "R9"),
        ("UPDATE discord_activity SET xp_total = xp_total + 9 WHERE activity_type = 'xp'", "R1"),
        ("UPDATE member SET xp_total = NULL", "R1"),
        ("UPDATE member SET baseline_at = NULL", "R3"),
        ("UPDATE member SET presumed_zero = TRUE", "R5"),
        ("UPDATE member SET xp_total = NULL, baseline_xp = NULL, awarded_xp = 9", "R1"),
        ("UPDATE member SET observed_at = NULL, linked = FALSE", "R9"),
    ],
)
def test_damage_is_found_and_its_member_named(kept, damage, said):
    _damage(kept, damage)
    found = list(findings(kept))
    assert {finding.discord_id for finding in found} == {ADA}
    assert {finding.guild_id for finding in found} == {GUILD}
    assert said in " ".join(finding.what for finding in found)


def _damage(store, statement):
    store.sql(f"{statement} {'AND' if 'WHERE' in statement else 'WHERE'} discord_id = :id", id=ADA)


def _rows(store, table):
    return store.sql(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()


@pytest.mark.parametrize(
    "damage",
    [
        "leftover_xp = leftover_xp + 1",
        "xp_total = xp_total + 100, mee6_points = mee6_points + 1, points = 0",
        "awarded_xp = awarded_xp + 1, baseline_points = 8",
        "baseline_xp = 9, xp_total = 259",
        "current_streak = 9, longest_streak = 9, last_active_on = '2026-01-01'",
        "judged_before = '2026-01-09', first_observed_at = NULL",
        "presumed_zero = TRUE, baseline_at = NULL",
    ],
)
def test_what_follows_from_the_lines_is_put_right(kept, damage):
    before = {table: _rows(kept, table) for table in ("member", *LINES)}
    _damage(kept, f"UPDATE member SET {damage}")
    (dry,) = repair(kept, findings(kept), dry_run=True)
    assert _rows(kept, "member") != before["member"]
    (done,) = repair(kept, list(findings(kept)))
    assert done == dry
    assert (done.discord_id, done.left) == (ADA, ())
    assert {wrong.column for wrong in done.changed} == {
        part.split(" = ")[0] for part in damage.split(", ")
    }
    assert {table: _rows(kept, table) for table in before} == before
    assert list(findings(kept)) == []


def test_r8_sums_by_day_and_month_are_made_anew_from_the_lines(kept):
    before = _rows(kept, "member_gain")
    assert len(before) == 4
    _damage(kept, "UPDATE member_gain SET points = 9, xp = 9 WHERE unit = 'month'")
    (dry,) = repair(kept, findings(kept), dry_run=True)
    assert _rows(kept, "member_gain") != before
    (done,) = repair(kept, list(findings(kept)))
    assert done == dry
    ((column, stored, derived),) = done.changed
    assert (column, stored) == ("gains", "month 2026-01-01: 9 XP, 9 points")
    assert derived == "month 2026-01-01: 380 XP, 3 points"
    assert (done.left, _rows(kept, "member_gain")) == ((), before)


@pytest.mark.parametrize(
    ("damage", "left"),
    [
        ("DELETE FROM discord_activity WHERE activity_type <> 'baseline'", "R1"),
        ("UPDATE point_transaction SET key = key || 'x'", "R4"),
        ("DELETE FROM point_transaction", "R1"),
        ("DELETE FROM member", "is no member"),
        ("UPDATE discord_activity SET xp_total = xp_total + 9 WHERE xp_total = 1000", "R1"),
    ],
)
def test_r1_lines_that_contradict_each_other_do_not_move_any_xp(kept, damage, left):
    _damage(kept, damage)
    lines = {table: _rows(kept, table) for table in LINES}
    (done,) = repair(kept, list(findings(kept)))
    assert left in " ".join(done.left)
    assert not {"xp_total", "baseline_xp", "leftover_xp"} & {w.column for w in done.changed}
    assert {table: _rows(kept, table) for table in LINES} == lines
    assert {finding.what for finding in findings(kept)} == set(done.left)


def test_r1_a_lost_baseline_moves_no_xp(kept, make_job, board, clock):
    unlink_member(kept, GUILD, ADA)
    board.gain(ADA, 10_000)
    link_members(kept, GUILD, [Entry(ADA)], clock.now())
    for gained in (0, 300):
        clock.forward(minutes=15)
        board.gain(ADA, gained)
        sync(make_job())
    assert list(findings(kept)) == []
    newest = kept.row("SELECT max(id) FROM discord_activity WHERE activity_type = 'baseline'")[0]
    kept.sql("DELETE FROM discord_activity WHERE id = :id", id=newest)
    (done,) = repair(kept, list(findings(kept)))
    assert "do not follow from one another" in " ".join(done.left)
    assert "xp_total" not in {wrong.column for wrong in done.changed}


def test_r1_points_from_before_a_reset_stay_apart(kept, make_job, clock):
    clock.forward(minutes=15)
    backfill_baseline(make_job(), reset=True)
    assert list(findings(kept)) == []
    kept.sql("UPDATE member SET baseline_points = 0, leftover_xp = 9")
    for done in list(repair(kept, list(findings(kept)))):
        assert done.left == ()
    assert list(findings(kept)) == []
    assert kept.row("SELECT min(baseline_points) FROM member") == (2,)


def test_r11_a_member_to_be_judged_anew_is_no_finding(kept):
    kept.sql("UPDATE member SET current_streak = 5, judged_before = NULL")
    assert list(findings(kept)) == []


def test_r4_a_line_booked_twice_is_found_even_without_its_index(kept):
    kept.sql("DROP INDEX point_transaction_once")
    kept.sql(
        """INSERT INTO point_transaction (guild_id, discord_id, source, key, points, occurred_at,
            recorded_at)
        SELECT guild_id, discord_id, source, key, points, occurred_at, recorded_at
        FROM point_transaction WHERE discord_id = :id AND key <> 'quiz'""",
        id=ADA,
    )
    assert any("two ledger lines" in finding.what for finding in findings(kept))


def test_r4_the_database_itself_refuses_a_second_line(kept):
    with pytest.raises(Exception, match=r"UNIQUE|unique"), kept.database.atomic():
        kept.sql(
            """INSERT INTO point_transaction (guild_id, discord_id, source, key, points,
                occurred_at, recorded_at)
            SELECT guild_id, discord_id, source, key, points, occurred_at, recorded_at
            FROM point_transaction"""
        )


def test_a_sync_that_commits_in_the_middle_of_an_audit_is_not_taken_for_damage(kept, database_url):
    from trc_mee6.store.connect import open_store

    with open_store(database_url) as other, kept.snapshot():
        before = kept.row("SELECT sum(points) FROM member")
        with other.writing(GUILD):
            award_xp(other, MemberRef(GUILD, BOB), 500, key="k", xp_per_point=100, now=START)
        assert kept.row("SELECT sum(points) FROM member") == before
    assert list(findings(kept)) == []
