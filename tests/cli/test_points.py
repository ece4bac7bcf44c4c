"""`trc-mee6 points` as a process: awards, corrections, and what was booked."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from cli.conftest import plain
from cli.schemas import AWARDED, FAILURE, HISTORY_LINES, HISTORY_SUMS, conforms
from support import GUILD

from trc_mee6.jobs.registry import link_members
from trc_mee6.store.connect import open_store
from trc_mee6.store.gains import rebuild_gains
from trc_mee6.store.registry import Entry

ADA, BEA, CAL = (100000000000000000 + n for n in range(3))
QUIZ = ("--source", "quiz", "--key", "q1")


@pytest.fixture
def known(run):
    """Ada, who is 42 to the operator, and Bea, who is known by the Discord id alone."""
    run("members", "import", "-", stdin=f"{ADA},42,Ada\n{BEA},,Bea\n")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    yield today
    assert run("db", "check").code == 0


def lines(run, *words):
    return run("points", "history", *words, "--format", "json").document["transactions"]


def test_an_award_is_one_line_and_its_key_awards_once(run, known):
    first = run("points", "award", "42", "5", *QUIZ)
    said = f"+5 for Ada (42) from quiz, key q1, for {known}"
    assert (first.code, first.err) == (0, "")
    assert first.out == f"points award: {said}; balance 5\n"
    again = run("points", "award", str(ADA), "5", *QUIZ, "--day", "2026-01-05", "--reason", "x")
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith(f"points award: nothing changed: {said}, was booked before, on 20")
    assert again.out.endswith(
        " UTC; the day asked for, 2026-01-05, was not taken;"
        ' the reason asked for, "x", was not taken; balance 5\n'
    )
    for same in ((), ("--day", known)):
        assert run("points", "award", "42", "5", *QUIZ, *same).out.endswith(" UTC; balance 5\n")
    assert len(lines(run, "42")) == 1


def test_points_are_taken_away_by_a_negative_number_wherever_it_stands(run, known):
    assert run("points", "award", "42", "-5", *QUIZ).out.endswith("; balance -5\n")
    ran = run("points", "adjust", "--reason", "two too many", str(BEA), "-2", "--key", "-7")
    assert ran.out == (
        f"points adjust: -2 for Bea ({BEA}) from adjustment, key -7, for {known},"
        ' reason "two too many"; balance -2\n'
    )


def test_a_dry_run_says_it_all_and_writes_nothing(run, known):
    for words in (("award", "42", "5", *QUIZ), ("adjust", "42", "5", "--reason", "r")):
        ran = run("points", *words, "--dry-run")
        assert ran.out.startswith(f"points {words[0]} (dry run, nothing was written): +5 for Ada")
        document = run("points", *words, "--dry-run", "--format", "json").document
        conforms(document, AWARDED)
        assert (document["dry_run"], document["awarded"], document["balance"]) == (True, True, 5)
    assert lines(run, "42") == []


def test_an_adjustment_without_a_key_is_always_a_new_one(run, known):
    keys = set()
    for _ in range(2):
        ran = run("points", "adjust", "42", "3", "--reason", "forgotten")
        keys.add(re.search(r", key (\d{8}T\d{6}Z-[0-9a-f]{8}), ", ran.out)[1])
    assert len(keys) == 2
    keyed = ("points", "adjust", "42", "3", "--reason", "forgotten", "--key", "mine")
    assert run(*keyed).out.endswith("; balance 9\n")
    assert "nothing changed" in run(*keyed).out
    assert {line["key"] for line in lines(run, "--source", "adjustment", "--lines")} == {
        *keys, "mine",
    }  # fmt: skip


def test_the_documents_hold_the_line_that_is_booked(run, known):
    words = ("points", "award", "42", "5", *QUIZ, "--day", "2026-01-05", "--reason", "won")
    first = run(*words, "--format", "json").document
    conforms(first, AWARDED)
    assert first == first | {
        "command": "points award",
        "status": "ok",
        "dry_run": False,
        "awarded": True,
        "guild_id": str(GUILD),
        "discord_id": str(ADA),
        "member_id": "42",
        "username": "Ada",
        "source": "quiz",
        "key": "q1",
        "points": 5,
        "balance": 5,
        "occurred_at": "2026-01-05T00:00:00Z",
        "day": "2026-01-05",
        "reason": "won",
        "leftover": 0,
    }
    assert run("points", "award", "42", "2", "--source", "quiz", "--key", "q2").code == 0
    again = run("points", "award", "42", "5", *QUIZ, "--format", "json").document
    assert again == first | {"awarded": False, "balance": 7}


def test_a_key_used_with_other_points_shows_both_lines(run, known):
    reason = "\x1b[31mred\n|"
    words = ("--day", "2026-01-05", "--reason", reason)
    assert run("points", "award", "42", "5", *QUIZ, *words).code == 0
    asked = ("points", "award", "42", "6", *QUIZ, "--reason", "\u202eevil")
    ran = run(*asked)
    assert (ran.code, ran.out) == (65, "")
    booked, refused = ran.err.splitlines()
    assert re.fullmatch(
        r"trc-mee6: Key 'q1' of source 'quiz' is taken for this member: \+5 for 2026-01-05, reason"
        r" '␛\[31mred␊\|', was booked on 20\S+ \S+ UTC\.",
        booked,
    )
    assert refused == (
        f"trc-mee6: Not booked: +6 for {known}, reason '\ufffdevil'. Use another key, or correct"
        " what was booked with: trc-mee6 points adjust"
    )
    assert run(*asked, "--dry-run").code == 65
    document = run(*asked, "--format", "json").document
    assert (document["command"], document["status"]) == ("points award", "failed")
    assert len(lines(run, "42")) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("award 42 0 --source s --key k", "points is 0; give how many"),
        ("award 42 2147483648 --source s --key k", "from -2147483647 to 2147483647"),
        ("award 42 -2147483648 --source s --key k", "from -2147483647 to 2147483647"),
        ("award 42 1.5 --source s --key k", "'1.5' is no whole number"),
        ("award 42 -x --source s --key k", "No such option: -x"),
        ("award 42 1_000 --source s --key k", "'1_000' is no whole number"),
        ("award 42 ٣ --source s --key k", "'٣' is no whole number"),
        ("award 42 -٣ --source s --key k", "'-٣' is no whole number"),
        ("adjust 42 -5 -q --reason r", "No such option: -q here; it stands before the command."),
        ("adjust 42 -q --reason r", "No such option: -q here; it stands before the command."),
        ("adjust 42 -5 --quiet --reason r", "No such option: --quiet here; it stands before"),
        ("award 42 1 --source MEE6 --key k", "source 'MEE6' is for XP"),
        ("award 42 1 --source mee6\n --key k", "source 'mee6\\n' has white space around it"),
        ("award 42 1 --source s --key \tk", "key '\\tk' has white space around it"),
        ("award 42 1 --source s --key {long}", "key has 201 characters; it should have at most"),
        ("award 42 1 --source {long} --key k", "source has 201 characters"),
        ("award 42 1 --source s --key k --reason {long}", "reason has 201 characters"),
        ("award 42 1 --source s --key {empty}", "key is empty"),
        ("award 42 1 --source {empty} --key k", "source is empty"),
        ("award 42 1 --source s --key k --reason {empty}", "reason is empty"),
        ("award 42 1 --source s --key \udcff", "key has a character that is no text"),
        ("award 42 1 --source mee6 --key k", "source 'mee6' is for XP"),
        ("award 42 1 --source adjustment --key k", "make one with: trc-mee6 points adjust"),
        ("award 42 1 --source s --key k --day {tomorrow}", "lies in the future; in UTC it is 20"),
        ("award 42 1 --source s --key k --day 2026-02-30", "'2026-02-30' is no day; it should"),
        ("award 42 1 --source s --key k --day 20260105", "'20260105' is no day; it should"),
        ("award 42 1 --source s", "Missing option '--key'"),
        ("award 42 1 --key k", "Missing option '--source'"),
        ("award 42 --source s --key k", "POINTS"),
        ("adjust 42 1", "Missing option '--reason'"),
        ("adjust 42 1 --reason {empty}", "reason is empty"),
        ("adjust 42 1 --reason r --day {tomorrow}", "lies in the future"),
        ("award 42 1 --source s --key k --nope", "--nope"),
        ("award --nope 42 1 --source s --key k", "No such option: --nope"),
        ("award 42 --nope 1 --source s --key k", "No such option: --nope"),
        ("award -q 42 1 --source s --key k", "No such option: -q here; it stands before"),
        ("history --nope", "No such option: --nope"),
        ("history --since 2026-01-06 --until 2026-01-05", "--since 2026-01-06 lies after --until"),
        ("history --until 6.1.2026", "'6.1.2026' is no day"),
        ("history --source \udcff", "source has a character that is no text"),
        ("history --limit -1", "--limit"),
    ],
)
def test_a_wrong_command_line_is_told_before_the_database_is_opened(run, tmp_path, words, says):
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    given = {"{long}": "x" * 201, "{empty}": " ", "{tomorrow}": tomorrow}
    ran = run("points", *(given.get(word, word) for word in words.split(" ")))
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.endswith((f" Try: trc-mee6 points {words.split()[0]} --help\n", "command.\n"))
    assert not list(tmp_path.glob("*.db"))


@pytest.mark.parametrize("name", ["nobody", str(CAL), "", "\udcff", "42 "])
def test_somebody_unknown_is_told_with_the_way_to_see_who_is_known(run, known, name):
    for words in (("award", name, "1", *QUIZ), ("history", name)):
        ran = run("points", *words)
        assert (ran.code, ran.out) == (78, "")
        assert f"is known in guild {GUILD}. See who is: trc-mee6 members list\n" in ran.err


def test_who_is_in_several_guilds_is_asked_for_the_guild(run, known):
    run("members", "link", str(ADA), "--member-id", "42", "--guild", str(GUILD + 1))
    for name in ("42", str(ADA)):
        ran = run("points", "award", name, "1", *QUIZ, MEE6_GUILD_ID=None)
        assert (ran.code, ran.out) == (78, "")
        assert f"2 members are known as '{name}': {ADA} in guild {GUILD}, {ADA} in" in ran.err
        assert "--guild or MEE6_GUILD_ID" in ran.err
    there = ("--guild", str(GUILD + 1))
    assert run("points", "award", "42", "1", *QUIZ, *there, MEE6_GUILD_ID=None).code == 0
    assert run("points", "award", str(BEA), "1", *QUIZ, MEE6_GUILD_ID=None).code == 0
    assert lines(run, "42") == []


def test_r8_points_of_a_day_that_was_judged_extend_the_streak_at_the_next_run(
    run_at, board, sync_at
):
    board.join(ADA, 1000, "Ada")
    for day in (5, 6, 7):  # Monday to Wednesday
        sync_at(datetime(2026, 1, day, 12, tzinfo=UTC))

    def streak(words):
        run_at("2026-01-07 13:00:00", *words.split())
        ran = run_at("2026-01-07 13:00:00", "streaks", "--format", "json")
        return ran.document["members"]["extended"]

    assert streak("status") == 0
    assert streak(f"points award {ADA} -3 --source quiz --key q0 --day 2026-01-06") == 0
    assert streak(f"points award {ADA} 3 --source quiz --key q1 --day 2026-01-06") == 1


@pytest.fixture
def booked(run, known, sqlite_url):
    """Lines of two members on two days, and one of XP credited from the past, on none."""
    for words in (
        "award 42 10 --source quiz --key a --day 2026-01-05",
        f"award {BEA} 7 --source quiz --key a --day 2026-01-05",
        "award 42 -4 --source fine --key b --day 2026-01-06",
        f"award {BEA} 1 --source quiz --key c --day 2026-01-04",
        "adjust 42 1 --reason =1+1 --key d --day 2026-01-05",
    ):
        assert run("points", *words.split()).code == 0
    with open_store(sqlite_url) as store:
        store.sql("UPDATE point_transaction SET day = NULL WHERE key = 'c'")
        rebuild_gains(store, GUILD, BEA)


def test_history_gives_a_members_lines_newest_first_with_the_balance_after_each(run, booked):
    document = run("points", "history", "42", "--format", "json").document
    conforms(document, HISTORY_LINES)
    assert document["member"] == {
        "discord_id": str(ADA), "member_id": "42", "username": "Ada", "points": 7,
    }  # fmt: skip
    shown = [(line["key"], line["points"], line["balance"]) for line in document["transactions"]]
    assert shown == [("d", 1, 7), ("b", -4, 6), ("a", 10, 10)]
    for words, keys in (
        (("--limit", "1"), ["d"]),
        (("--limit", "0"), ["d", "b", "a"]),
        (("--source", "fine"), ["b"]),
        (("--since", "2026-01-06"), ["b"]),
        (("--until", "2026-01-05"), ["d", "a"]),
        (("--since", "2026-01-05", "--until", "2026-01-05", "--source", "quiz"), ["a"]),
        (("--source", "raffle"), []),
    ):
        narrowed = lines(run, "42", *words)
        assert [line["key"] for line in narrowed] == keys
        assert all((line["key"], line["points"], line["balance"]) in shown for line in narrowed)


def test_history_without_a_member_sums_up_by_day_and_source(run, booked):
    document = run("points", "history", "--format", "json").document
    conforms(document, HISTORY_SUMS)
    assert [tuple(one.values()) for one in document["days"]] == [
        ("2026-01-06", "fine", 1, 1, 0, 4, -4),
        ("2026-01-05", "adjustment", 1, 1, 1, 0, 1),
        ("2026-01-05", "quiz", 2, 2, 17, 0, 17),
        (None, "quiz", 1, 1, 1, 0, 1),
    ]
    for words, count in (
        (("--limit", "2"), 2),
        (("--source", "quiz"), 2),
        (("--until", "2026-01-06"), 3),
        (("--since", "2027-01-01"), 0),
    ):
        narrowed = run("points", "history", "--format", "json", *words).document
        conforms(narrowed, HISTORY_SUMS)
        assert len(narrowed["days"]) == count


def test_history_gives_everybodys_lines(run, booked):
    everybody = lines(run, "--lines")
    shown = [(one["username"], one["key"], one["day"], one["balance"]) for one in everybody]
    assert shown == [
        ("Ada", "d", "2026-01-05", 7),
        ("Bea", "c", None, 8),
        ("Ada", "b", "2026-01-06", 6),
        ("Bea", "a", "2026-01-05", 7),
        ("Ada", "a", "2026-01-05", 10),
    ]
    assert lines(run, "--lines", "--limit", "2") == everybody[:2]
    assert [one["key"] for one in lines(run, "--lines", "--until", "2026-01-05")] == ["d", "a", "a"]


def test_history_as_tables(run, terminal, booked):
    assert run("points", "history", "42", "--limit", "2").out == (
        "Ada (42): 7 points\n"
        "Day (UTC)   Points  Balance  Source      Key  Reason\n"
        "2026-01-05      +1        7  adjustment  d    =1+1\n"
        "2026-01-06      -4        6  fine        b\n"
        "The newest 2; --limit 0 for all\n"
    )
    assert run("points", "history", "--since", "2026-01-05").out == (
        "Points by day\n"
        "Day (UTC)   Source      Lines  Members  Awarded  Deducted  Points\n"
        "2026-01-06  fine            1        1        0         4      -4\n"
        "2026-01-05  adjustment      1        1        1         0      +1\n"
        "2026-01-05  quiz            2        2       17         0     +17\n"
    )
    assert f"-           Bea ({BEA})" in run("points", "history", "--lines").out
    assert "There is none.\n" in run("points", "history", "--source", "raffle").out
    assert "newest" not in run("points", "history", "42", "--limit", "3").out
    assert "newest" not in run("points", "history", "--limit", "4").out
    assert "\nThe newest 3; --limit 0 for all\n" in run("points", "history", "--limit", "3").out
    why = "the quiz master had counted a round twice, " * 4 + "and told nobody of it"
    given = ("--reason", why, "--key", "d" * 60)
    assert run("points", "adjust", "42", "1", *given).code == 0
    for words in (("42",), ("--lines",)):
        assert f"{'d' * 60}  {why}\n" in run("points", "history", *words).out
    shown = plain(terminal("points", "history", "42", columns=120).out)
    assert "nobody" in shown
    for words in (("42",), ("--lines",), ()):
        ran = terminal("points", "history", *words, columns=80)
        assert max(map(len, plain(ran.out).splitlines())) <= 80
        assert "the quiz " in plain(ran.out) or not words
        assert run("-q", "points", "history", *words).out == ""


def test_history_as_csv_is_for_spreadsheets(run, booked):
    rows = list(csv.DictReader(io.StringIO(run("points", "history", "42", "--format", "csv").out)))
    assert [(row["points"], row["balance"], row["reason"]) for row in rows] == [
        ("1", "7", "'=1+1"), ("-4", "6", ""), ("10", "10", ""),
    ]  # fmt: skip
    quiet = run("-q", "points", "history", "--format", "csv").out.splitlines()
    assert quiet[0] == "day,source,lines,members,awarded,deducted,points"
    assert quiet[1] == "2026-01-06,fine,1,1,0,4,-4"


def test_a_query_that_fails_leaves_one_document(run, known, sqlite_url):
    with open_store(sqlite_url) as store:
        store.sql("ALTER TABLE point_transaction RENAME COLUMN source TO src")
    for words in ((), ("42",), ("--lines",)):
        ran = run("points", "history", *words, "--format", "json")
        assert ran.code == 69
        conforms(ran.document, FAILURE)
    with open_store(sqlite_url) as store:
        store.sql("ALTER TABLE point_transaction RENAME COLUMN src TO source")


def test_history_of_a_guild_that_the_database_does_not_know(run):
    for words in ((), ("--lines",), ("42",)):
        ran = run("points", "history", *words)
        assert (ran.code, ran.out) == (78, "")
        assert f"knows no member of guild {GUILD}" in ran.err


def test_quiet_says_nothing_of_an_award_but_of_what_is_wrong(run, known):
    assert run("-q", "points", "award", "42", "5", *QUIZ).out == ""
    assert run("-q", "points", "adjust", "42", "5", "--reason", "r").out == ""
    assert run("-q", "points", "award", "42", "6", *QUIZ).err != ""


def test_an_award_waits_for_a_sync_that_is_writing(run, start, known, sqlite_url):
    with open_store(sqlite_url) as store:
        with store.writing(GUILD):
            awarding = start("points", "award", "42", "5", *QUIZ)
            with pytest.raises(Exception, match="timed out"):
                awarding.wait(timeout=2)
        out, err = awarding.communicate(timeout=20)
    assert (awarding.returncode, err) == (0, "")
    assert out.endswith("; balance 5\n")


HOSTILE = "\x1b]0;t\x07\r\n=1+1 [red]\u202e|"


def test_hostile_text_is_harmless_in_every_form(run, known, sqlite_url):
    with open_store(sqlite_url) as store:
        now = datetime.now(UTC)
        link_members(store, GUILD, [Entry(CAL, HOSTILE, HOSTILE)], now)
    words = ("points", "award", str(CAL), "5", "--source", HOSTILE, "--key", HOSTILE)
    said = [run(*words, "--reason", HOSTILE), run(*words, "--reason", HOSTILE)]
    said += [run(*words[:3], "6", *words[4:]), run("points", "award", HOSTILE * 2, "1", *QUIZ)]
    said += [run("points", "history", *more) for more in ((), ("--lines",), (HOSTILE,))]
    said += [run("points", "history", "--format", "csv", *more) for more in ((), ("--lines",))]
    for ran in said:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", ran.out + ran.err)
    assert [len(ran.out.splitlines()) for ran in said] == [1, 1, 0, 0, 3, 3, 3, 2, 2]
    assert [len(ran.err.splitlines()) for ran in said[2:4]] == [2, 2]
    (line,) = lines(run, HOSTILE)
    assert (line["username"], line["source"], line["key"], line["reason"]) == (HOSTILE,) * 4
