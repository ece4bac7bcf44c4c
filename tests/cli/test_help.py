"""`--help` suffices without the docs, and pressing the tab key helps, in every shell alike."""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest
import typer
from support import PROGRAM, run_to_end

from trc_mee6.cli.invocation import Invocation
from trc_mee6.cli.main import app

WIDTH = 80  # columns of what is no terminal


def below(command, path):
    """A command and all that stand below it, each with what is typed for it."""
    yield path, command
    for name, one in getattr(command, "commands", {}).items():
        yield from below(one, f"{path} {name}")


ALL = dict(below(typer.main.get_command(app), "trc-mee6"))
DOING = {path: command for path, command in ALL.items() if not hasattr(command, "commands")}


def help_of(path, environment, folder):
    ran = run_to_end([*PROGRAM, *path.split()[1:], "--help"], environment, folder)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_every_command_and_option_says_what_it_does():
    for path, command in ALL.items():
        assert command.help, path
        in_list = command.get_short_help_str(60)
        assert path == "trc-mee6" or (len(in_list) > 10 and "..." not in in_list), path
        for parameter in command.params:
            assert parameter.name == "help" or parameter.help, (path, parameter.name)


@pytest.mark.parametrize("path", DOING)
def test_every_command_shows_an_example_that_works(path, usual, tmp_path):
    shown = help_of(path, usual, tmp_path)
    [example] = re.findall(r"^  Example: trc-mee6 (.*)$", shown, re.MULTILINE)
    words = [word for word in shlex.split(example) if word != "--quiet"]
    *_, name = path.split()
    rest = words[len(path.split()) - 1 :]
    assert words[: len(words) - len(rest)] == path.split()[1:]
    DOING[path].make_context(name, list(rest), obj=Invocation())
    assert max(map(len, shown.splitlines())) <= WIDTH


def test_the_first_help_names_every_exit_code(usual, tmp_path):
    shown = " ".join(help_of("trc-mee6", usual, tmp_path).split())
    codes = shown.partition("Exit codes: ")[2]
    documented = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
    listed = re.findall(r"^\| (\d+(?:, \d+)*) \|", documented, re.MULTILINE)
    expected = {code for cell in listed for code in cell.split(", ")}
    assert {"0", "65", "143"} < expected <= set(re.findall(r"\d+", codes))


@pytest.fixture
def bash(environment, tmp_path):
    """Run a script of bash in which trc-mee6 is on the path and completes."""

    def run_script(script, **settings):
        path = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))
        source = 'eval "$(_TRC_MEE6_COMPLETE=source_bash trc-mee6)"\n'
        given = environment | {"PATH": path} | settings
        return run_to_end(["bash", "--norc", "-c", source + script], given, tmp_path)

    return run_script


def tab_at_the_end_of(line):
    """What bash does for the tab key, told in its own words."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    return f"""COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}
        $(complete -p trc-mee6 | sed 's/.*-F \\([^ ]*\\) .*/\\1/') trc-mee6
        for one in "${{COMPREPLY[@]}}"; do echo "$one"; done"""


COMPLETED = {
    "trc-mee6 st": ["streaks", "status"],
    "trc-mee6 db ": ["upgrade", "check", "copy"],
    "trc-mee6 leaderboard --by ": ["points", "xp", "gain", "level", "messages", "streak"],
    "trc-mee6 leaderboard --format m": ["markdown"],
    "trc-mee6 points history --format ": ["table", "json", "csv"],
    "trc-mee6 sync --en": ["--enroll-all"],
    "trc-mee6 --log-level ": ["debug", "info", "warning", "error"],
    "trc-mee6 --log-format j": ["json"],
    "trc-mee6 sync --nothing-like-it": [],
}


@pytest.mark.parametrize(("line", "offered"), COMPLETED.items())
def test_the_tab_key_offers_what_can_follow(bash, line, offered):
    ran = bash(tab_at_the_end_of(line))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.split() == offered


def test_the_tab_key_touches_no_database_and_reads_no_settings(bash, tmp_path):
    (tmp_path / ".env").write_text("MEE6_NONSENSE=1\n")
    url = f"sqlite:///{tmp_path / 'x' / 'y.db'}"
    ran = bash(tab_at_the_end_of("trc-mee6 status --for"), DATABASE_URL=url, MEE6_GUILD_ID="x")
    assert (ran.code, ran.out, ran.err) == (0, "--format\n", "")
    assert not list(tmp_path.rglob("*.db"))


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_the_same(environment, tmp_path, shell):
    def ask(**how):
        ran = run_to_end([*PROGRAM], environment | how, tmp_path)
        assert (ran.code, ran.err) == (0, "")
        return ran.out

    script = ask(_TRC_MEE6_COMPLETE=f"source_{shell}")
    assert f"_TRC_MEE6_COMPLETE=complete_{shell}" in script
    asked = {"_TYPER_COMPLETE_ARGS": "trc-mee6 leaderboard --by "}
    asked["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    offered = ask(_TRC_MEE6_COMPLETE=f"complete_{shell}", **asked)
    assert re.findall(r"\w+", offered.replace("_arguments", "")) == [
        "points", "xp", "gain", "level", "messages", "streak"
    ]  # fmt: skip


def test_completion_installs_itself(bash, tmp_path):
    assert bash("trc-mee6 --show-completion; true").out.startswith("_trc_mee6_completion() {")
    done = bash("trc-mee6 --install-completion; true")
    assert (done.code, done.err) == (0, "")
    assert "bash completion installed" in done.out
    [script] = (tmp_path / ".bash_completions").iterdir()
    assert f"source '{script}'" in (tmp_path / ".bashrc").read_text()
