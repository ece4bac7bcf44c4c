"""The program as a whole: global options, wrong usage, errors nobody foresaw, closed streams."""

import fcntl
import json
import re
import signal
import sqlite3
import subprocess
import termios
from array import array

import pytest
from cli.schemas import FAILURE, conforms
from support import GUILD, PROGRAM, Started, run_to_end, until

from trc_mee6.store.connect import open_store
from trc_mee6.version import __version__

ADA = 100000000000000000
COMMANDS = [
    "sync", "leaderboard", "backfill-baseline", "members", "members import", "members link",
    "members unlink", "members list", "members show", "points", "points award",
    "points adjust", "points history", "status", "db", "db upgrade", "db check",
    "demo",
]  # fmt: skip


def test_the_version_is_told_without_any_setting(run):
    ran = run("--version", DATABASE_URL="nonsense", MEE6_GUILD_ID="nonsense")
    assert (ran.code, ran.out, ran.err) == (0, f"trc-mee6 {__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    ran = run(*command.split(), "--help", DATABASE_URL="nonsense", MEE6_GUILD_ID="nonsense")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: trc-mee6 {command} ")
    assert "\x1b" not in ran.out


def test_the_installed_program_and_the_module_are_the_same(shell):
    by_name = shell("PATH=$(dirname ${PROGRAM%% *}):$PATH; trc-mee6 --help")
    by_module = shell("$PROGRAM --help")
    assert by_name == by_module
    assert by_name.code == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command.split()[0]} ", by_name.out, re.MULTILINE)


def test_without_a_command_the_help_is_shown_and_nothing_else(run):
    for words in ((), ("members",), ("points",), ("db",)):
        ran = run(*words)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == run(*words, "--help").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("nonsense", "No such command 'nonsense'. Try: trc-mee6 --help"),
        ("--nope sync", "No such option: --nope. Try: trc-mee6 --help"),
        ("sync --nope", "No such option: --nope. Try: trc-mee6 sync --help"),
        ("sync --guild 12", "'--guild': '12': a Discord id is a number of 17 to 19 digits"),
        ("sync --max-runtime -1", "'--max-runtime'"),
        ("sync --format xml", "'--format'"),
        ("leaderboard --top -1", "'--top'"),
        ("leaderboard --top 99999999999999999999", "'--top'"),
        ("leaderboard --by luck", "'--by'"),
        ("leaderboard --period 0d", "--period: '0d' is not a period; use all, day, week, month"),
        ("members link", "DISCORD_ID"),
        ("members link ada", "'ada': a Discord id is a number of 17 to 19 digits"),
        ("members import", "FILE"),
        ("demo --players 0", "'--players'"),
        ("backfill-baseline --reset", "--reset: nobody can be asked here, so it needs --yes"),
        ("backfill-baseline --reset --credit-history --yes", "contradicts it; give one of them"),
    ],
)
def test_a_wrong_command_line_exits_2_and_says_where_help_is(run, tmp_path, words, says):
    ran = run(*words.split())
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert re.search(r"\. Try: trc-mee6( \S+)* --help\n$", ran.err)
    assert ran.err.count("\n") == 1
    assert list(tmp_path.glob("*.db")) == []


@pytest.mark.parametrize("form", [["--format", "json"], ["--format=json"]])
@pytest.mark.parametrize(
    ("command", "words"),
    [("sync", ["--nope"]), ("members unlink", ["12"]), ("trc-mee6", ["nonsense"])],
)
def test_a_wrong_command_line_is_told_in_json_where_that_is_asked_for(run, form, command, words):
    ran = run(*command.removeprefix("trc-mee6").split(), *words, *form)
    assert ran.code == 2
    conforms(ran.document, FAILURE)
    assert ran.document["command"] == command
    assert f"trc-mee6: {ran.document['reason']}\n" == ran.err


def test_a_missing_env_file_exits_78_and_names_it(run):
    ran = run("--env-file", "nowhere.env", "status", "--format", "json")
    assert ran.code == 78
    conforms(ran.document, FAILURE)
    assert "--env-file nowhere.env: there is no such file. Check the path." in ran.err


def test_settings_come_from_the_named_file_and_options_beat_them(run, tmp_path):
    (tmp_path / "other.env").write_text(f"MEE6_GUILD_ID={ADA}\nLOG_LEVEL=loud\n")
    wrong = run("--env-file", "other.env", "status", MEE6_GUILD_ID=None)
    assert (wrong.code, "LOG_LEVEL is 'loud'" in wrong.err) == (78, True)
    ran = run(
        "--env-file", "other.env", "--log-level", "INFO", "status", "--format", "json",
        MEE6_GUILD_ID=None,
    )  # fmt: skip
    assert (ran.code, ran.document["guild_id"]) == (0, str(ADA))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"MEE6_GUILD_ID": "12"}, "MEE6_GUILD_ID is '12': a Discord id is"),
        ({"MEE6_GUILD_ID": None}, "No guild is named. Give --guild ID or set MEE6_GUILD_ID"),
        ({"MEE6_PAGE_SIZE": "5000"}, "MEE6_PAGE_SIZE is '5000': should be less than or equal to"),
    ],
)
@pytest.mark.parametrize("command", ["sync", "status"])
def test_a_setting_missing_or_wrong_exits_78_and_is_named(run, stand_in, command, settings, says):
    ran = run(command, "--format", "json", **settings)
    assert ran.code == 78
    conforms(ran.document, FAILURE)
    assert says in ran.err
    assert stand_in.asked == []


def test_the_log_is_text_or_json_on_standard_error(run, board):
    board.join(ADA, 100, "Ada")
    text = run("--log-level", "debug", "sync", "--enroll-all", "--format", "json")
    assert re.search(
        r"^\d{4}-\d\d-\d\dT[\d:]+Z debug   page.read page=0 players=1 job=sync guild_id=",
        text.err,
        re.M,
    )
    assert text.document["status"] == "ok"
    lines = run("--log-format", "json", "sync", LOG_LEVEL="debug").err.splitlines()
    assert [json.loads(line)["event"] for line in lines] == [
        "run.started", "page.read", "page.read", "run.ended",
    ]  # fmt: skip


def test_an_unexpected_error_shows_no_traceback_unless_debugging(run, sqlite_url):
    with open_store(sqlite_url) as store:
        store.sql(f"INSERT INTO guild (guild_id, held_since) VALUES ({ADA}, 'yesterday')")
    ran = run("status", "--format", "json", "--guild", str(ADA))
    assert ran.code == 1
    conforms(ran.document, FAILURE)
    assert ran.err == (
        "trc-mee6: An unexpected error: ValueError. What was not committed was undone. Run it"
        " again with --log-level debug to see where, and report that.\n"
    )
    debug = run("--log-level", "debug", "status", "--guild", str(ADA))
    assert (debug.code, debug.out) == (1, "")
    assert debug.err.startswith("Traceback (most recent call last):\n")
    assert debug.err.endswith("and report that.\n")


def test_an_understood_error_shows_a_traceback_when_debugging(run):
    ran = run("--log-level", "debug", "members", "show", str(ADA))
    assert ran.code == 78
    assert "Traceback" in ran.err
    assert ran.err.splitlines()[-1].startswith("trc-mee6: Link them with: trc-mee6 members link")


@pytest.fixture
def crowd(sqlite_url):
    """A guild of 5,000 members with long names: more than a pipe takes."""
    with open_store(sqlite_url):
        pass
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as database:
        database.executemany(
            """INSERT INTO member (guild_id, discord_id, username, linked_at, linked_by)
            VALUES (123456789012345678, ?, ?, '2026-01-01T00:00:00.000000Z', 'hand')""",
            [(ADA + n, f"Zoë {n}" * 10) for n in range(5000)],
        )
    database.close()


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_a_reader_that_has_seen_enough_is_no_error(shell, crowd, form):
    ran = shell(f"$PROGRAM leaderboard --top 0 --format {form} | head -1")
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)


def test_a_reader_that_is_gone_from_the_start_is_told_by_the_exit_code_alone(shell):
    ran = shell("{ sleep 0.3; $PROGRAM status; } | true; echo ${PIPESTATUS[0]}")
    assert (ran.out, ran.err) == ("141\n", "")


def test_who_stops_reading_a_correction_is_told_how_to_make_sure_of_it(shell, run, crowd):
    line = f"$PROGRAM points adjust {ADA} -3 --reason wrong"
    ran = shell(f"{{ sleep 0.3; {line}; }} | true; echo ${{PIPESTATUS[0]}}")
    assert ran.out == "141\n"
    said, hint = ran.err.splitlines()
    assert said == "trc-mee6: The result could not be written: Broken pipe."
    again = shell(f"{line} {hint[hint.index('--key') :]}")
    assert (again.code, "-3" in again.out) == (0, True)
    booked = run("points", "history", str(ADA), "--format", "json").document
    assert [one["points"] for one in booked["transactions"]] == [-3]


@pytest.mark.parametrize(
    ("words", "code"), [("sync --no-such-option --format json", 2), ("sync --format json", 69)]
)
def test_a_command_that_fails_keeps_its_code_though_nobody_reads_why(shell, words, code):
    line = f"{{ sleep 0.3; MEE6_BASE_URL=http://127.0.0.1:9 $PROGRAM {words} --enroll-all; }}"
    ran = shell(f"{line} 2>&1 | true; echo ${{PIPESTATUS[0]}}")
    assert (ran.out, ran.err) == (f"{code}\n", "")
    ran = shell(f"{line} | true; echo ${{PIPESTATUS[0]}}")
    assert (ran.out, ran.err.count("\n")) == (f"{code}\n", 1)
    assert ran.err.startswith("trc-mee6: ")


def test_completion_for_a_shell_is_no_failure(shell):
    ran = shell("$PROGRAM --show-completion bash")
    assert (ran.code, "complete" in ran.out) == (0, True)


def test_a_full_disk_is_told(shell, crowd):
    ran = shell("$PROGRAM leaderboard > /dev/full")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "The result could not be written: No space left on device." in ran.err
    assert ran.err.count("\n") == 1


def test_standard_streams_may_be_closed(shell, board):
    board.join(ADA, 100, "Ada")
    line = "$PROGRAM sync --enroll-all <&- >&- && $PROGRAM members import - <&-"
    ran = shell(line)
    assert (ran.code, ran.err.count("\n")) == (65, 1)
    assert ran.err.startswith("trc-mee6: The file has no members. Nothing was imported;")
    assert shell("$PROGRAM backfill-baseline --reset <&- 2>&-").code == 2


def test_a_name_that_the_terminal_cannot_spell_is_no_error(run, crowd):
    ran = run("leaderboard", "--top", "1", PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")
    assert "Zo? 0" in ran.out


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('MEE6_AUTH_TOKEN="abc', "x.env, line 2 is not NAME=value"),
        ("MEE6_GUILDID=1", "x.env, line 2: there is no setting MEE6_GUILDID"),
    ],
)
def test_a_line_of_the_settings_file_is_not_dropped_without_a_word(run, tmp_path, line, says):
    (tmp_path / "x.env").write_text(f"LOG_LEVEL=info\n{line}\n")
    ran = run("--env-file", "x.env", "status")
    assert (ran.code, ran.out) == (78, "")
    assert says in ran.err


def test_a_global_option_after_the_command_is_told_where_it_stands(run):
    assert "stands before the command" in run("status", "--quiet").err


def test_colour_is_not_forced_into_a_pipe(run, crowd):
    assert "\x1b" not in run("status", FORCE_COLOR=1).out


def test_a_lock_file_that_cannot_be_opened_is_named(run, crowd, tmp_path):
    run("status")
    (tmp_path / f"trc-mee6.db.board-{GUILD}.lock").mkdir()
    ran = run("sync", "--enroll-all")
    assert (ran.code, ran.out) == (69, "")
    assert "must belong to the user that runs this program" in ran.err


def test_a_link_to_a_leaderboard_stays_a_link_and_a_device_a_device(run, crowd, tmp_path):
    run("sync", "--enroll-all")
    (tmp_path / "link.md").symlink_to("board.md")
    assert run("leaderboard", "--format", "markdown", "--output", "link.md").code == 0
    assert (tmp_path / "link.md").is_symlink()
    assert "| # | Name |" in (tmp_path / "board.md").read_text()
    assert run("leaderboard", "--output", "/dev/stdout").code == 78


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_waits_ends_on_a_signal_with_a_word_and_a_document(
    usual, tmp_path, signum, code
):
    process = Started(
        [*PROGRAM, "members", "import", "-", "--format", "json"],
        env=usual, cwd=tmp_path, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdin.write("[")
    process.stdin.flush()
    unread = array("i", [1])

    def it_reads():
        fcntl.ioctl(process.stdin, termios.FIONREAD, unread)
        return unread[0] == 0

    until(it_reads)
    process.send_signal(signum)
    process.wait(10)
    out, err = process.communicate()
    assert (process.returncode, err) == (
        code, "trc-mee6: Stopped. What was not committed was undone.\n"
    )  # fmt: skip
    assert json.loads(out)["status"] == "failed"


def test_a_user_without_a_home_needs_only_to_name_the_database(usual, board, tmp_path):
    """As in a container, whose user id nobody knows."""
    script = """
import os, pwd, sys
os.environ.pop("HOME")
def unknown(uid):
    raise KeyError(uid)
pwd.getpwuid = unknown
from trc_mee6.cli.main import main
sys.exit(main(["sync", "--enroll-all"]))
"""
    command = [PROGRAM[0], "-c", script]
    assert run_to_end(command, usual, tmp_path).code == 0
    ran = run_to_end(command, {k: v for k, v in usual.items() if k != "DATABASE_URL"}, tmp_path)
    assert ran.code == 78
    assert "DATABASE_URL is not set, and this user has no home folder" in ran.err


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        (["synk"], {"LOG_FORMAT": "json"}),
        (["--log-format", "json", "sync", "--nonsense"], {}),
        (["--log-format=json", "sync"], {"MEE6_PAGE_SIZE": "x"}),
        (
            ["--log-level", "debug", "sync"],
            {"LOG_FORMAT": "json", "DATABASE_URL": "sqlite:////no/x"},
        ),
        (["streaks"], {"LOG_FORMAT": "json"}),
        (["db", "check"], {"LOG_FORMAT": "json", "DATABASE_URL": "nonsense"}),
    ],
)
def test_with_json_logs_every_line_of_standard_error_is_an_object(run, words, settings):
    ran = run(*words, **settings)
    assert ran.code in (2, 78)
    *others, last = [json.loads(line) for line in ran.err.splitlines()]
    assert list(last)[:6] == ["time", "level", "event", "job", "guild_id", "sync_id"]
    assert last["event"] == "command.failed"
    assert last["reason"]
    assert all(one["event"] == "command.traceback" for one in others)
    assert bool(others) == ("debug" in words)


def test_a_failed_run_is_logged_as_json_with_its_ids(run, stand_in):
    ran = run("--log-format", "json", "sync", "--enroll-all", "--format", "json")
    (line,) = map(json.loads, ran.err.splitlines())
    assert ran.document["status"] == "failed"
    assert (line["job"], line["guild_id"]) == ("sync", str(GUILD))
    assert line["sync_id"] == ran.document["sync_id"]


def test_a_slip_in_a_command_s_name_is_answered(run):
    assert run("synk").err == (
        "trc-mee6: No such command 'synk'. Did you mean 'sync'? Try: trc-mee6 --help\n"
    )
