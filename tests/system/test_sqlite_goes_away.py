"""The SQLite file goes away, or its disk does: each command says so, and points stay right (R4)."""

import os
import random
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from away import COMMANDS, PAGE, Community, is_told
from mounts import fill, read_only, small_disk

LOOKING = {"leaderboard": ("leaderboard",), "db check": ("db", "check"), "status": ("status",)}
PAGE_SIZE = 4096  # of SQLite
DAMAGED = "Restore it from a backup, or move the file away to start anew"
FULL = ("make room on its disk", "What was not committed was undone")


@pytest.fixture
def folder(tmp_path):
    """Where the database is."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def file(folder):
    return folder / "trc-mee6.db"


@pytest.fixture
def community(file, stand_in):
    return Community(f"sqlite:///{file}", stand_in)


@pytest.fixture
def run(run, file):
    """Run a command to its end, asking for JSON and small pages."""
    usual = {"DATABASE_URL": f"sqlite:///{file}", "MEE6_PAGE_SIZE": PAGE}
    return lambda *words, **settings: run(*words, "--format", "json", **(usual | settings))


@pytest.fixture
def disk(folder):
    """A small disk, with the database on it."""
    with small_disk(folder, "4m"):
        yield folder


@pytest.mark.parametrize(
    ("command", "room", "said"),
    [
        ("sync", 0, "disk I/O error"),
        ("streaks", 40_000, "disk is full"),
        ("reset", 70_000, "disk is full"),
        ("award", 40_000, "disk is full"),
    ],
)
def test_a_full_disk_undoes_what_was_under_way(command, room, said, disk, community, run):
    filler = fill(disk, but=room)
    is_told(run(*COMMANDS[command]), said, *FULL)
    filler.unlink()
    community.is_right()
    community.carry_out(command)
    community.catch_up()


def test_a_disk_that_fills_up_before_the_writing_undoes_all_of_it(disk, community, stand_in, run):
    stand_in.misbehave(community.before_page(2, lambda: fill(disk)), page=2)
    is_told(run("sync"), "disk is full", *FULL)
    (disk / "filler").unlink()
    community.is_right()
    community.catch_up()


def test_a_full_disk_for_temporary_files_ends_the_sweep(tmp_path, community, run):
    for player in community.board.players.values():
        player.username = "x" * 100_000  # more than SQLite keeps in memory
    (tmp_path / "temporary").mkdir()
    with small_disk(tmp_path / "temporary", "1m"):
        ran = run("sync", SQLITE_TMPDIR=tmp_path / "temporary")
    is_told(ran, "disk is full", "temporary files")
    community.is_right()
    community.catch_up()


@pytest.mark.parametrize("command", ["sync", "award"])
def test_a_file_that_may_not_be_written_is_left_as_it_is(command, file, community, run):
    with read_only(file):
        is_told(run(*COMMANDS[command]), "readonly", "check the owner and mode of the file")
        assert run("leaderboard").code == 0
    community.is_right()
    community.carry_out(command)


def test_a_folder_that_may_not_be_written_to_is_named(folder, community, run):
    with read_only(folder):
        for command in (COMMANDS["sync"], ("db", "check")):
            is_told(run(*command), "check the path, and the owner and mode of the file")
    community.catch_up()


def _page_of(file, name):
    with closing(sqlite3.connect(file)) as database:
        (page,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone()
    return (page - 1) * PAGE_SIZE


def overwrite_header(file):
    _overwrite(file, 0, 100)


def overwrite_members(file):
    _overwrite(file, _page_of(file, "member"), PAGE_SIZE)


def overwrite_an_index(file):
    _overwrite(file, _page_of(file, "point_transaction_day"), PAGE_SIZE)


def truncate_in_the_middle(file):
    os.truncate(file, file.stat().st_size // 2)


def cut_off_the_end(file):
    os.truncate(file, file.stat().st_size - 100)


def write_text(file):
    file.write_text("Dear diary,\n" * 100)


def _overwrite(file, at, length):
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(b"\xaa" * length)


@pytest.mark.parametrize(
    ("damage", "commands"),
    [
        (overwrite_header, ("sync", "award", "leaderboard", "db check")),
        (overwrite_members, ("sync", "leaderboard", "db check")),
        (overwrite_an_index, ("db check",)),
        (truncate_in_the_middle, ("sync", "db check")),
        (cut_off_the_end, ("db check",)),
        (write_text, ("streaks", "status")),
    ],
)
def test_a_damaged_file_is_called_one(damage, commands, file, community, run):
    backup = shutil.copy(file, f"{file}.backup")
    damage(file)
    for command in commands:
        is_told(run(*(COMMANDS | LOOKING)[command]), str(file), DAMAGED)
    shutil.copy(backup, file)
    community.is_right()
    community.catch_up()


def test_what_makes_no_sense_is_damage_if_the_file_has_some(file, community, run):
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE member SET first_observed_at = 'nonsense'")
        database.commit()
    cut_off_the_end(file)
    is_told(run(*COMMANDS["streaks"]), DAMAGED)


def test_a_log_of_garbage_beside_the_file_changes_nothing(file, community, run):
    Path(f"{file}-wal").write_bytes(random.Random(1).randbytes(100_000))
    assert run("db", "check").code == 0
    community.is_right()
    community.catch_up()


def test_an_emptied_file_is_a_new_database_and_nobody_gets_anything(file, community, run):
    backup = shutil.copy(file, f"{file}.backup")
    os.truncate(file, 0)
    is_told(run("sync"), "No member is linked", code=78)
    is_told(run("leaderboard"), "knows no member of guild", code=78)
    shutil.copy(backup, file)
    community.catch_up()


def delete(file):
    file.unlink()


def replace(file):
    shutil.copy(f"{file}.backup", f"{file}.new")
    Path(f"{file}.new").replace(file)


def delete_the_folder(file):
    shutil.rmtree(file.parent)


@pytest.mark.parametrize("loss", [delete, replace, delete_the_folder])
def test_a_file_that_is_lost_under_a_run_takes_nothing(
    loss, file, tmp_path, community, stand_in, run
):
    shutil.copy(file, f"{file}.backup")
    kept = shutil.copy(file, tmp_path / "kept")
    stand_in.misbehave(community.before_page(2, lambda: loss(file)), page=2)
    is_told(run("sync"), "deleted or replaced while it was open", "was undone")
    if loss is not replace:
        file.parent.mkdir(exist_ok=True)
        for rest in file.parent.iterdir():
            rest.unlink()
        shutil.copy(kept, file)
    community.is_right()
    community.catch_up()


def test_a_file_that_somebody_else_writes_to_is_waited_for(file, community, start):
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        process = start("sync", DATABASE_URL=community.url)
        time.sleep(2)
        assert process.poll() is None
        other.execute("ROLLBACK")
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    community.has_done("sync")
    community.is_right()
