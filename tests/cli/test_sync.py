"""`trc-mee6 sync` as a process: what it says, its exit codes, how it is stopped."""

import signal
import sqlite3
import time

import pytest
from cli.conftest import plain, until
from cli.schemas import DRY_SYNC, STATUS, SYNC, conforms
from support import GUILD, PASSWORD, START, TOKEN

from trc_mee6.standin import Board, faults
from trc_mee6.store.connect import open_store
from trc_mee6.store.registry import BY_QUERY, Entry, link

ADA = 100000000000000000
BEA = 100000000000000001


@pytest.fixture
def pair(board):
    """A board of two, one page of one player each for a page size of 1."""
    board.join(ADA, 500, "Ada")
    board.join(BEA, 300, "Bea")
    return board


def total_of(url, discord_id):
    with open_store(url) as store:
        return store.row("SELECT xp_total FROM member WHERE discord_id = :id", id=discord_id)[0]


def test_redirected_a_run_prints_one_plain_line_and_quiet_none(run, pair):
    first = run("sync", "--enroll-all")
    assert (first.code, first.err) == (0, "")
    assert first.out == (
        "sync ok: 2 players on 2 pages, 2 members tracked, 2 enrolled, 2 given a baseline\n"
    )
    pair.gain(ADA, 250)
    pair.gain(BEA, -100)
    second = run("sync")
    assert second.out.endswith("2 changed (XP +250 -100, points +2 -1)\n")
    assert (second.code, second.err, second.out.count("\n")) == (0, "", 1)
    quiet = run("--quiet", "sync")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert run("sync").out.endswith(" 2 members tracked, nothing changed\n")


def test_on_a_terminal_a_run_shows_a_bar_and_a_table(terminal, board, stand_in):
    for number in range(3):
        board.join(ADA + number, 100 * number)
    first = terminal("sync", "--enroll-all", MEE6_PAGE_SIZE=1)
    assert first.code == 0
    assert "reading the board" in first.out
    assert "page 1" in first.out
    assert "\x1b[" in first.out
    shown = plain(first.out)
    assert "│ sync ok " in shown
    assert "│ Players          │ 3 on 4 pages │" in shown
    stand_in.misbehave(faults.drip(0.4), page=2)  # long enough for the bar to be drawn again
    again = terminal("sync", MEE6_PAGE_SIZE=1)
    assert "page 2 of 4" in plain(again.out)  # as long as the board was last time


def test_on_a_terminal_a_cut_or_switched_off_run_says_why(terminal, pair, stand_in):
    terminal("sync", "--enroll-all")
    stand_in.misbehave(faults.silence(20), page=1)
    cut = terminal("sync", "--max-runtime", "1", MEE6_PAGE_SIZE=1)
    shown = plain(cut.out)
    assert cut.code == 0
    assert "1 on 1 page, not the whole board" in shown
    assert "Why it ended" in shown
    assert "--max-runtime ended it" in shown
    off = terminal("sync", MEE6_SYNC_ENABLED="false")
    assert "MEE6_SYNC_ENABLED is false" in plain(off.out)


def test_on_a_terminal_quiet_shows_nothing_and_json_no_bar(terminal, pair):
    assert terminal("-q", "sync", "--enroll-all").out == ""
    assert terminal("sync", "--format", "json").out.startswith('{\n  "command": "sync"')


def test_switched_off_it_does_nothing_and_exits_0_also_without_a_guild(run, stand_in, board):
    off = run("sync", MEE6_SYNC_ENABLED="0", MEE6_GUILD_ID=None)
    assert (off.code, off.err) == (0, "")
    assert off.out == "sync disabled: MEE6_SYNC_ENABLED is false, so nothing was done\n"
    assert run("-q", "sync", MEE6_SYNC_ENABLED="0").out == ""
    assert stand_in.asked == []


def test_without_members_it_says_how_to_link_some(run, pair, stand_in):
    ran = run("sync")
    assert ran.code == 78
    assert "trc-mee6 members import FILE" in ran.err
    assert "trc-mee6 sync --enroll-all" in ran.err
    assert (ran.out, ran.err.count("\n"), stand_in.asked) == ("", 1, [])


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        (faults.status(401), 77, "MEE6_AUTH_TOKEN"),
        (faults.status(404), 78, str(GUILD)),
        (faults.hang_up(), 69, "in 2 tries"),
        (faults.player(xp=-5), 76, "player 0, xp"),
    ],
    ids=lambda value: str(value) if isinstance(value, str | int) else "",
)
def test_r13_what_mee6_does_wrong_is_named_and_changes_nothing(
    run, pair, stand_in, sqlite_url, fault, code, says
):
    with open_store(sqlite_url) as store:
        store.sql(
            """INSERT INTO member
            (guild_id, discord_id, linked_at, linked_by, xp_total, baseline_xp)
            VALUES (:guild, :id, '2026-01-01T00:00:00.000000Z', 'hand', 7, 7)""",
            guild=GUILD,
            id=ADA,
        )
    stand_in.misbehave(fault, times=None)
    ran = run("sync", "--format", "json", MEE6_RETRIES=1, MEE6_AUTH_TOKEN=None)
    assert ran.code == code
    assert says in ran.err
    assert ran.err.splitlines()[-1].startswith("trc-mee6: sync failed: ")
    assert "Traceback" not in ran.err
    conforms(ran.document, SYNC)
    assert (ran.document["status"], ran.document["members"]["observed"]) == ("failed", 0)
    assert says in ran.document["reason"]
    assert total_of(sqlite_url, ADA) == 7


def test_mee6_out_of_reach_exits_69_and_is_told_to_the_quiet_too(run, board):
    ran = run("sync", "--enroll-all", MEE6_BASE_URL="http://127.0.0.1:9/board", MEE6_RETRIES=1)
    assert ran.code == 69
    assert "in 2 tries" in ran.err
    assert "The next run tries again" in ran.err
    assert (ran.out, ran.err.count("\n")) == ("", 1)


def test_a_refused_token_is_named_but_not_shown(run, pair, stand_in):
    stand_in.token = TOKEN
    wrong = f"wrong.{TOKEN}"
    ran = run("--log-level", "debug", "sync", "--enroll-all", MEE6_AUTH_TOKEN=wrong)
    assert ran.code == 77
    assert "Renew MEE6_AUTH_TOKEN" in ran.err
    assert TOKEN not in ran.err + ran.out
    assert run("sync", "--enroll-all", MEE6_AUTH_TOKEN=TOKEN).code == 0


def test_r14_after_429_following_runs_make_no_request_and_say_until_when(run, pair, stand_in):
    run("sync", "--enroll-all")
    pair.gain(ADA, 100)
    stand_in.misbehave(faults.too_many(), page=1)
    ran = run("sync", "--format", "json", MEE6_PAGE_SIZE=1)
    assert ran.code == 75
    conforms(ran.document, SYNC)
    assert ran.document["status"] == "rate_limited"
    assert ran.document["points"]["awarded"] == 1  # R15: what was read is applied
    until_when = ran.document["cooldown_until"]
    asked = len(stand_in.asked)
    for command in (("sync",), ("backfill-baseline",)):
        later = run(*command, "--format", "json")
        assert (later.code, later.err) == (0, "")
        assert later.document["status"] == "cooling_down"
        assert later.document["cooldown_until"] == until_when
    line = run("sync").out
    assert line.startswith("sync cooling down: MEE6 asked to be left alone until 20")
    assert line.count("\n") == 1
    assert len(stand_in.asked) == asked
    status = run("status", "--format", "json").document
    assert status["cooldown_until"] == until_when


def test_r14_retry_after_sets_the_cooldown_if_long_and_is_waited_out_if_short(run, pair, stand_in):
    stand_in.misbehave(faults.too_many("1"))
    assert run("sync", "--enroll-all").code == 0
    assert stand_in.asked[1].at - stand_in.asked[0].at >= 1
    stand_in.misbehave(faults.too_many("7200"))
    ran = run("sync", "--format", "json")
    assert ran.code == 75
    begun = time.mktime(time.strptime(ran.document["started_at"], "%Y-%m-%dT%H:%M:%SZ"))
    ends = time.mktime(time.strptime(ran.document["cooldown_until"], "%Y-%m-%dT%H:%M:%SZ"))
    assert 7195 <= ends - begun <= 7260


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("fault", [faults.silence, faults.drip], ids=["silence", "drip"])
def test_r15_stopped_while_mee6_is_slow_it_ends_at_once_and_keeps_what_was_read(
    run, stopped, pair, stand_in, sqlite_url, signum, code, fault
):
    run("sync", "--enroll-all")
    pair.gain(ADA, 250)
    pair.gain(BEA, 100)
    stand_in.asked.clear()
    stand_in.misbehave(fault(30), page=1)
    ran, seconds = stopped(
        signum, "sync", "--format", "json", page=1, MEE6_PAGE_SIZE=1, MEE6_TIMEOUT=60
    )
    assert (ran.code, seconds < 3) == (code, True)
    conforms(ran.document, SYNC)
    assert ran.document["status"] == "interrupted"
    assert ran.document["points"]["awarded"] == 2
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err
    assert (total_of(sqlite_url, ADA), total_of(sqlite_url, BEA)) == (750, 300)
    last = run("status", "--format", "json").document["runs"]["sync"]
    assert (last["status"], last["exit_code"]) == ("interrupted", code)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_stopped_while_waiting_for_its_turn_or_to_try_again_it_ends_at_once(
    run, stopped, pair, stand_in, signum, code
):
    ran, seconds = stopped(
        signum, "sync", "--enroll-all", page=0, MEE6_PAGE_SIZE=1, MEE6_REQUEST_INTERVAL=60
    )
    assert (ran.code, seconds < 3, ran.out) == (code, True, "")
    assert ran.err == (
        "trc-mee6: sync interrupted: 1 player on 1 page, 1 member tracked, 1 enrolled,"
        f" 1 given a baseline - stopped by signal {signum}\n"
    )
    stand_in.asked.clear()
    stand_in.misbehave(faults.status(500), page=0)
    waiting, seconds = stopped(
        signum, "sync", "--format", "json", page=0, MEE6_RETRY_BASE=500, MEE6_RETRY_MAX=500
    )
    assert (waiting.code, seconds < 3) == (code, True)
    assert waiting.document["status"] == "interrupted"
    assert waiting.document["members"]["observed"] == 0


def test_max_runtime_cuts_the_sweep_and_exits_0(run, pair, stand_in):
    stand_in.misbehave(faults.silence(30), page=1)
    ran = run("sync", "--enroll-all", "--max-runtime", "1", "--format", "json", MEE6_PAGE_SIZE=1)
    assert (ran.code, ran.err) == (0, "")
    conforms(ran.document, SYNC)
    assert (ran.document["status"], ran.document["complete_sweep"]) == ("partial", False)
    assert ran.document["members"]["enrolled"] == 1


def test_a_second_run_at_the_same_time_exits_75_and_names_the_first(run, start, pair, stand_in):
    stand_in.misbehave(faults.silence(30), page=0, times=1)
    first = start("sync", "--enroll-all", MEE6_TIMEOUT=60)
    until(lambda: len(stand_in.asked) == 1)
    for command in ("sync", "backfill-baseline"):
        second = run(command, "--format", "json")
        assert second.code == 75
        assert second.document["status"] == "locked"
        assert f"sync (process {first.pid} on " in second.err
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=10) == 143
    assert run("sync", "--enroll-all").code == 0


def test_r7_a_held_run_exits_65_and_tells_both_ways_out(run, board):
    for number in range(5):
        board.join(ADA + number, 1000)
    run("sync", "--enroll-all")
    for number in range(4):
        board.gain(ADA + number, -600)
    dry = run("sync", "--dry-run", "--format", "json")
    assert (dry.code, dry.document["status"]) == (65, "held")
    assert run("status", "--format", "json").document["held"] is False
    held = run("sync", "--format", "json")
    assert held.code == 65
    conforms(held.document, SYNC)
    assert "backfill-baseline --reset" in held.err
    assert "sync --accept-drops" in held.err
    assert run("sync").code == 65  # it stays so
    unhealthy = run("status", "--check", "--format", "json")
    assert unhealthy.code == 1
    conforms(unhealthy.document, STATUS)
    assert (unhealthy.document["held"], unhealthy.document["healthy"]) == (True, False)
    assert "runs are held since" in unhealthy.err
    accepted = run("sync", "--accept-drops", "--format", "json")
    assert (accepted.code, accepted.document["points"]["deducted"]) == (0, 24)
    assert run("status", "--check").code == 0


def test_a_dry_run_writes_nothing_and_lists_what_it_would_do(run, terminal, pair, sqlite_url):
    dry = run("sync", "--enroll-all", "--dry-run", "--format", "json")
    conforms(dry.document, DRY_SYNC)
    assert [change["username"] for change in dry.document["changes"]] == ["Ada", "Bea"]
    with open_store(sqlite_url) as store:
        for table in ("member", "discord_activity", "sync_run"):
            assert store.row(f"SELECT count(*) FROM {table}") == (0,), table
    run("sync", "--enroll-all")
    pair.gain(ADA, 250)
    told = run("sync", "--dry-run").out
    assert told.startswith("sync ok (dry run, nothing was written): ")
    assert "+250" in told
    shown = plain(terminal("sync", "--dry-run").out)
    assert "(dry run, nothing was written)" in shown
    assert "Would be written" in shown
    assert total_of(sqlite_url, ADA) == 500


def test_a_dry_run_says_of_how_many_it_lists_the_first(run, stand_in):
    stand_in.add(Board(GUILD, 30))
    assert "the first 20 of 30" in run("sync", "--enroll-all", "--dry-run").out


def test_r17_the_third_failure_in_a_row_alerts_once_and_recovery_is_told(run, pair, stand_in):
    run("sync", "--enroll-all")
    stand_in.misbehave(faults.status(500), times=4)
    lines = [run("sync", MEE6_RETRIES=0).err.count("\n") for _ in range(4)]
    assert lines == [1, 1, 2, 1]
    recovered = run("--quiet", "--log-format", "json", "sync")
    assert (recovered.code, recovered.out) == (0, "")
    assert '"event": "alert.recovered"' in recovered.err


def test_another_xp_per_point_is_refused(run, pair):
    run("sync", "--enroll-all")
    ran = run("sync", XP_PER_POINT=50)
    assert ran.code == 78
    assert "XP_PER_POINT is 50" in ran.err
    assert "Set it back" in ran.err


def test_members_sql_links_who_is_new_and_unlinks_who_is_gone(run, pair, postgres_url, tmp_path):
    import psycopg

    def linked():
        listed = run("members", "list", "--format", "json", **settings).document["members"]
        return {(one["discord_id"], one["member_id"]) for one in listed if one["linked"]}

    query = "SELECT member_id, discord_id FROM people WHERE note LIKE '%x%' ORDER BY 1"
    settings = {"MEMBERS_SQL": query, "MEMBERS_DATABASE_URL": postgres_url}
    with psycopg.connect(postgres_url, autocommit=True) as people:
        people.execute("CREATE TABLE people (discord_id bigint, member_id int, note text)")
        people.execute("INSERT INTO people VALUES (%s, 1, 'ax'), (%s, 2, 'x')", (ADA, BEA))
        assert run("sync", **settings).code == 0
        assert linked() == {(str(ADA), "1"), (str(BEA), "2")}
        people.execute("DELETE FROM people WHERE member_id = 2")
        assert run("sync", "--dry-run", **settings).code == 0
        assert len(linked()) == 2
        assert run("sync", **settings).code == 0
        assert linked() == {(str(ADA), "1")}
        people.execute("DELETE FROM people")
        assert run("sync", **settings).code == 78
        assert linked() == {(str(ADA), "1")}


@pytest.mark.parametrize(
    ("kind", "query", "says"),
    [
        ("sqlite", "SELECT discord_id, member_id FROM member WHERE 1 = 0", "gave no row"),
        ("sqlite", "SELECT nothing FROM nowhere", "MEMBERS_SQL failed: "),
        ("sqlite", "SELECT 12 AS discord_id", "row 1: discord_id is 12; a Discord id is"),
        ("sqlite", "SELECT NULL", "row 1: discord_id is None"),
        ("sqlite", f"SELECT {ADA}, 'a' UNION SELECT {ADA}, 'b'", "twice, with different"),
        ("sqlite", "DELETE FROM member RETURNING discord_id", "MEMBERS_SQL failed: "),
        ("sqlite", "DROP TABLE member", "MEMBERS_SQL failed: "),
        ("sqlite", "SELECT 1; DELETE FROM member", "MEMBERS_SQL failed: "),
        (
            "sqlite",
            "SELECT json_extract(x, '$') FROM (SELECT '1' AS x UNION SELECT '{')",
            "MEMBERS_SQL failed: malformed JSON",
        ),
        ("postgres", "SELECT 1 WHERE 'a' LIKE 'b%'", "gave no row"),
        ("postgres", "nonsense", "MEMBERS_SQL failed: "),
        ("postgres", "DELETE FROM member RETURNING discord_id", "MEMBERS_SQL failed: "),
        ("postgres", "UPDATE member SET member_id = 'x'", "MEMBERS_SQL failed: "),
    ],
)
def test_a_members_sql_that_is_wrong_unlinks_nobody_and_can_write_nothing(
    request, run, stand_in, kind, query, says
):
    url = request.getfixturevalue(f"{kind}_url")
    with open_store(url) as store:
        with store.writing(GUILD):
            link(store, GUILD, [Entry(ADA, "one")], START, linked_by=BY_QUERY)
        before = store.sql("SELECT * FROM member").fetchall()
    ran = run("sync", "--format", "json", MEMBERS_SQL=query, DATABASE_URL=url)
    assert ran.code == 78
    assert says in ran.err
    assert "Nobody was linked or unlinked" in ran.err
    conforms(ran.document, SYNC)
    assert stand_in.asked == []
    with open_store(url) as store:
        assert store.sql("SELECT * FROM member").fetchall() == before


def test_a_wrong_members_database_is_named_by_its_own_setting(run, pair, tmp_path):
    query = {"MEMBERS_SQL": "SELECT 1"}
    wrong = run("sync", MEMBERS_DATABASE_URL=f"mysql://u:{PASSWORD}@h/db", **query)
    assert (wrong.code, PASSWORD in wrong.err) == (78, False)
    assert "MEMBERS_DATABASE_URL is not a database this program knows" in wrong.err
    nowhere = run("sync", MEMBERS_DATABASE_URL=f"postgresql://u:{PASSWORD}@127.0.0.1:9/d", **query)
    assert (nowhere.code, PASSWORD in nowhere.err) == (69, False)
    assert "MEMBERS_DATABASE_URL" in nowhere.err


def test_an_error_nobody_foresaw_undoes_everything_and_is_recorded(run, pair, sqlite_url):
    run("sync", "--enroll-all")
    pair.gain(ADA, 500)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as database:
        database.execute("UPDATE guild SET swept_at = 'yesterday'")
    database.close()
    ran = run("sync", "--format", "json")
    assert ran.code == 1
    assert ran.document["status"] == "failed"
    assert ran.err.count("\n") == 1
    assert "An unexpected error: ValueError. What was not committed was undone." in ran.err
    debug = run("--log-level", "debug", "sync")
    assert (debug.code, "Traceback (most recent call last)" in debug.err) == (1, True)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as database:
        kept = database.execute(
            "SELECT xp_total FROM member WHERE discord_id = ?", (ADA,)
        ).fetchone()
        recorded = database.execute(
            "SELECT status, reason FROM sync_run ORDER BY id DESC"
        ).fetchone()
    database.close()
    assert kept == (500,)
    assert recorded == ("failed", "unexpected: ValueError")
