"""`trc-mee6 members` as a process: the registry."""

import re
from datetime import UTC, datetime

import pytest
from cli.conftest import plain
from cli.schemas import MEMBERS_SHOW, conforms
from support import GUILD

ADA, BEA = 100000000000000000, 100000000000000001


def listed(run):
    members = run("members", "list", "--format", "json").document["members"]
    return [
        (one["discord_id"], one["member_id"], one["username"], one["linked"]) for one in members
    ]


def test_a_file_links_everybody_in_it_and_again_changes_nothing(run, tmp_path):
    (tmp_path / "people.csv").write_text(f"discord_id;member_id;name\n{ADA};7;Ada\n{BEA};;Bea\n")
    dry = run("members", "import", "people.csv", "--dry-run")
    assert dry.out == (
        "members import (dry run, nothing was written): 2 linked, 0 updated, 0 already linked\n"
    )
    assert listed(run) == []
    first = run("members", "import", "people.csv")
    assert (first.code, first.err) == (0, "")
    assert first.out == "members import: 2 linked, 0 updated, 0 already linked\n"
    assert listed(run) == [(str(ADA), "7", "Ada", True), (str(BEA), None, "Bea", True)]
    again = run("members", "import", "-", stdin=f"{ADA},8\n{BEA}\n")
    assert again.out == "members import: 0 linked, 1 updated, 1 already linked\n"
    assert listed(run)[0] == (str(ADA), "8", "Ada", True)
    assert run("-q", "members", "import", "people.csv").out == ""


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (f"{ADA}\n12\n".encode(), "line 2, column 1: discord_id is '12'"),
        (f'["{ADA}",\n12]'.encode(), "line 2, column 1: discord_id is '12'"),
        (f"{ADA},\xe4".encode("latin-1"), "line 1, column 20: not UTF-8"),
        (b"", "The file has no members"),
    ],
)
def test_one_bad_row_and_nothing_is_imported(run, tmp_path, body, says):
    (tmp_path / "people").write_bytes(body)
    ran = run("members", "import", "people")
    assert (ran.code, ran.out) == (65, "")
    assert says in ran.err
    assert "Nothing was imported; mend the file and import it again." in ran.err
    assert listed(run) == []


def test_an_import_needs_a_guild(run):
    ran = run("members", "import", "-", stdin=f"{ADA}\n", MEE6_GUILD_ID=None)
    assert (ran.code, "No guild is named" in ran.err) == (78, True)


def test_r3_who_is_unlinked_keeps_points_and_starts_anew_when_linked_again(run, board):
    board.join(ADA, 1000, "Ada")
    run("members", "link", str(ADA), "--member-id", "7")
    run("sync")
    board.gain(ADA, 250)
    run("sync")
    dry = run("members", "unlink", str(ADA), "--dry-run")
    assert dry.out.startswith("members unlink (dry run, nothing was written): ")
    assert listed(run)[0][3] is True
    ran = run("members", "unlink", str(ADA))
    assert ran.out == f"members unlink: {ADA} unlinked; points and history stay\n"
    assert run("members", "unlink", str(ADA)).out == f"members unlink: {ADA} was not linked\n"
    assert listed(run) == [(str(ADA), "7", "Ada", False)]
    board.gain(ADA, 5000)
    assert run("members", "link", str(ADA), "--dry-run").code == 0
    assert listed(run)[0][3] is False
    run("members", "link", str(ADA))
    run("sync")
    member = run("members", "show", str(ADA), "--format", "json").document["member"]
    assert (member["points"], member["leftover_xp"], member["baseline_xp"]) == (2, 0, 6250)
    assert run("db", "check").code == 0


def test_somebody_unknown_is_named_with_the_way_to_see_who_is_known(run):
    for command, says in (
        ("show", f"No member '{ADA}' is known in guild {GUILD}."),
        ("unlink", f"{ADA} is no member of guild {GUILD}."),
    ):
        ran = run("members", command, str(ADA))
        assert (ran.code, ran.out) == (78, "")
        assert ran.err.startswith(f"trc-mee6: {says} See who is: trc-mee6 members list\n")


def test_details_are_given_by_either_id(run):
    run("members", "link", str(ADA), "--member-id", "42")
    shown = [run("members", "show", name, "--format", "json").document for name in ("42", str(ADA))]
    assert [one["member"]["discord_id"] for one in shown] == [str(ADA)] * 2


def test_lists_and_details_are_tables_that_cut_no_id(run, terminal, board):
    board.join(ADA, 1000, "Ada " * 20)
    run("sync", "--enroll-all")
    board.gain(ADA, -150)
    run("sync")
    rows = run("members", "list").out.splitlines()
    assert rows[0].split() == [
        "Discord", "id", "Name", "Points", "XP", "total", "Streak", "Last", "active", "Observed",
        "(UTC)",
    ]  # fmt: skip
    assert rows[1].startswith(f"{ADA}  Ada Ada")
    details = run("members", "show", str(ADA)).out
    assert re.search(r"^Leftover XP +50$", details, re.MULTILINE)
    assert "Newest activity\n" in details
    assert "-150       850" in details
    assert "Newest ledger lines\n" in details
    assert " mee6 " in details
    shown = plain(terminal("members", "list", columns=60).out)
    assert f"│ {ADA} │" in shown
    assert "Ada Ada… │" in shown
    for words in (("list",), ("show", str(ADA))):
        assert run("-q", "members", *words).out == ""


@pytest.fixture
def january(board, sync_at, run_at):
    """Ada, active on 5, 6 and 8 January and judged through the 8th; it is the 9th."""
    board.join(ADA, 5000, "Ada")
    for day in range(5, 10):
        sync_at(datetime(2026, 1, day, tzinfo=UTC))
        if day in (5, 6, 8):
            board.gain(ADA, 130)
            sync_at(datetime(2026, 1, day, 10, tzinfo=UTC))
    assert run_at("2026-01-09 00:05:00", "streaks").code == 0
    return board


NOW = "2026-01-09 12:00:00"


def test_details_explain_the_balance_and_the_streak(run_at, january):
    out = run_at(NOW, "members", "show", str(ADA)).out
    for fact in (
        (
            "Points from XP +XP total 5,390 - baseline 5,000 \\(2026-01-05\\) \\+ awarded 0 = 390:"
            " 3 points and 90 XP left over"
        ),
        "XP per point +100",
        "Streak +1, the longest 2",
        "Why +1 active weekday since Thu 2026-01-08; Wed 2026-01-07 was inactive.",
        "Last active day +Thu 2026-01-08",
        "Judged through +Thu 2026-01-08",
        "mee6 +3 +3",
        "Balance +3 +3",
        "Mon 2026-01-05  ■   ■   x   ■   [?]",
        "■ active  - grace  x inactive  [?] unjudged",
    ):
        assert re.search(f"^{fact}$", out, re.MULTILINE), fact
    assert "\x1b" not in out


def test_details_explain_themselves_to_programs(run_at, january):
    document = run_at(NOW, "members", "show", str(ADA), "--format", "json").document
    conforms(document, MEMBERS_SHOW)
    assert document["points_by_source"] == [{"source": "mee6", "lines": 3, "points": 3}]
    assert document["streak"] == {
        "status": "judged",
        "first_observed_on": "2026-01-05",
        "judged_through": "2026-01-08",
        "observed_through": "2026-01-08",
        "pending": False,
        "counts_from": "2026-01-08",
        "last_inactive_on": "2026-01-07",
    }
    assert [one["kind"] for one in document["days"]] == [
        "active", "active", "inactive", "active", "unjudged",
    ]  # fmt: skip
    assert document["xp"]["baseline_at"] == "2026-01-05T00:00:00Z"


def test_the_calendar_has_colours_on_a_terminal_and_fits_it(terminal, january):
    shown = terminal("members", "show", str(ADA), columns=60).out
    assert "\x1b[33m?" in shown  # today nobody has been observed for long
    assert max(len(line) for line in plain(shown).splitlines() if "Mon 20" in line) <= 60


def test_a_wide_terminal_lists_streaks_too(terminal, january):
    assert "Last active" in plain(terminal("members", "list", columns=120).out)
    narrow = plain(terminal("members", "list", columns=80).out)
    assert "Streak" in narrow
    assert "Last active" not in narrow
