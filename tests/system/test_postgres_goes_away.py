"""Postgres goes away under real runs: each says so, and the next comes out right (R4)."""

import re
import socket
import tempfile
import time
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from signal import SIGTERM
from unittest.mock import ANY

import psycopg
import pytest
from away import ADA, COMMANDS, PAGE, Community, is_told
from cutting_proxy import Cut, CuttingProxy
from mounts import fill, small_disk
from postgres import DEAD, FAST, IMMEDIATE, SMART, Server
from support import Ran, until

LOST = "What was under way is there as a whole or not at all"
SLOWEST_STOP = 5.0
SEGMENT = 16 << 20  # bytes of a file of Postgres' log
OURS = "application_name = 'trc-mee6'"


@pytest.fixture(scope="module")
def folder():
    """A folder that the servers' own user can reach."""
    with tempfile.TemporaryDirectory(prefix="trc-mee6-test-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def server(folder):
    """A server of this module's own; whoever stops it starts it again."""
    with Server(folder / "primary") as running:
        yield running


@pytest.fixture(scope="module")
def standby(server, folder):
    """A standby of it, that nobody promotes."""
    with Server(folder / "standby", copied=server, follows=True) as running:
        yield running


@pytest.fixture
def database(server, request):
    """An empty database of its own."""
    name = re.sub(r"\W+", "_", request.node.name).lower()[-60:]
    server.sql(f"CREATE DATABASE {name}")
    yield name
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def community(server, database, stand_in):
    return Community(server.url(database), stand_in)


@pytest.fixture
def run(run, community):
    """Run a command to its end, asking for JSON and small pages."""

    def run_command(*words, url=None, **settings):
        settings = {"DATABASE_URL": url or community.url, "MEE6_PAGE_SIZE": PAGE} | settings
        return run(*words, "--format", "json", **settings)

    return run_command


@pytest.fixture
def start(start, community):
    return partial(start, DATABASE_URL=community.url, MEE6_PAGE_SIZE=PAGE)


def end_backends(server):
    server.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS}")


ENDS = {
    "restarted": lambda server: server.restart(FAST),
    "restarted in a hurry": lambda server: server.restart(IMMEDIATE),
    "backend terminated": end_backends,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("command", COMMANDS)
def test_in_mid_transaction_nothing_is_half_done(
    command, end, server, community, database, start, run
):
    with closing(psycopg.connect(server.url(database))) as other:
        other.execute("SELECT FROM member FOR UPDATE")  # every command comes past it
        process = start(*COMMANDS[command], "--format", "json")
        waiting = f"SELECT 1 FROM pg_stat_activity WHERE {OURS} AND wait_event_type = 'Lock'"
        until(lambda: server.sql(waiting))
        end(server)
    out, err = process.communicate(timeout=30)
    is_told(Ran(process.returncode, out, err), "was lost", LOST)
    community.is_right()
    community.carry_out(command)
    if command != "award":
        assert community.runs()[:2] == [("ok", 0, None), ("failed", 137, ANY)]
        assert "the database went away" in community.runs()[1][2]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_between_two_pages_nothing_is_applied(end, server, community, stand_in, run):
    stand_in.misbehave(community.before_page(2, lambda: end(server)), page=2)
    is_told(run("sync"), "was lost", LOST)
    community.is_right()
    community.catch_up()


@pytest.mark.parametrize("what", Cut)
@pytest.mark.parametrize(
    ("command", "commits", "counts"),
    [("sync", 2, 2), ("streaks", 3, None), ("reset", 2, 2), ("award", 1, 1)],
)
def test_a_connection_cut_at_a_commit_comes_out_right_either_way(
    command, commits, counts, what, server, community, database, run
):
    """Cut at each commit of the run in turn; `counts` is the one that moves points."""
    with CuttingProxy(server.port) as proxy:
        by_proxy = partial(run, *COMMANDS[command], url=server.url(database, proxy.host))
        for which in range(1, commits + 1):
            proxy.cut(what, "COMMIT", which)
            is_told(by_proxy(), "was lost", LOST)
            assert proxy.has_cut
            if which == counts and what is Cut.ANSWER:
                community.has_done(command)
            community.is_right()
        if command in ("sync", "reset"):
            outcome = ("ok", 0) if what is Cut.ANSWER else ("running", None)
            assert community.runs()[0][:2] == outcome
        if counts is not None:  # that was the last: nothing is left to be cut
            proxy.cut(what, "COMMIT", commits + 1)
            community.carry_out(command, server.url(database, proxy.host))
            assert not proxy.has_cut
        else:
            community.carry_out(command)
    community.catch_up()


def test_a_correction_can_be_repeated_when_nobody_knows_whether_it_was_booked(
    server, community, database, run
):
    correction = ("points", "adjust", str(ADA), "-3", "--reason", "A wrong answer")
    with CuttingProxy(server.port) as proxy:
        proxy.cut(Cut.ANSWER, "COMMIT")
        ran = run(*correction, url=server.url(database, proxy.host))
    is_told(ran, "was lost", "repeat it with --key ")
    again = run(*correction, "--key", ran.err.split("--key ")[1].split()[0])
    assert (again.code, again.document["awarded"], again.document["balance"]) == (
        0, False, community.members[ADA].points - 3,
    )  # fmt: skip


def test_r15_a_commit_that_stands_though_its_wait_was_stopped_is_reported_as_it_stands(
    server, community, stand_in, start
):
    """It waits for a standby that is gone; when that is ended, it is committed all the same."""

    def lose_standby():
        server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        server.sql("SELECT pg_reload_conf()")

    stand_in.misbehave(community.before_page(2, lose_standby), page=2)
    try:
        process = start("sync", "--format", "json")
        until(lambda: server.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"))
        process.send_signal(SIGTERM)
        sent = time.monotonic()
        out, err = process.communicate(timeout=30)
        seconds = time.monotonic() - sent
    finally:
        server.sql("ALTER SYSTEM RESET synchronous_standby_names")
        server.sql("SELECT pg_reload_conf()")
    ran = Ran(process.returncode, out, err)
    assert (ran.code, ran.document["status"], seconds < SLOWEST_STOP) == (0, "ok", True)
    assert community.runs()[0][:2] == ("ok", 0)
    community.has_done("sync")
    community.is_right()


def test_a_registry_query_whose_answer_is_lost_is_no_wrong_query(server, community, database, run):
    with CuttingProxy(server.port) as proxy:
        proxy.cut(Cut.ANSWER, "SELECT discord_id FROM people")
        ran = run(
            "sync",
            MEMBERS_DATABASE_URL=server.url(database, proxy.host),
            MEMBERS_SQL="SELECT discord_id FROM people",
        )
    assert proxy.has_cut
    is_told(ran, "was lost")
    community.catch_up()


def test_a_standby_is_promoted_under_a_running_client(
    server, folder, community, database, stand_in, run
):
    with Server(folder / "successor", copied=server, follows=True) as standby:
        hosts = f"{server.host},{standby.host}"
        url = server.url(database, hosts, target_session_attrs="read-write")

        def fail_over():
            standby.catch_up(server)
            server.stop(DEAD)
            standby.promote()

        stand_in.misbehave(community.before_page(2, fail_over), page=2)
        is_told(run("sync", url=url), "was lost")
        community.url = standby.url(database)
        community.is_right()
        community.carry_out("sync", url)
        assert community.runs()[:2] == [("ok", 0, None), ("failed", 137, ANY)]
    server.start()


@pytest.mark.parametrize("command", ["sync", "award"])
def test_a_standby_is_called_one(command, server, standby, database, community, run):
    standby.catch_up(server)
    url = standby.url(database)
    is_told(
        run(*COMMANDS[command], url=url), "read-only", "It is a standby", "target_session_attrs"
    )
    community.is_right()


def test_a_standby_will_do_for_looking(server, standby, database, community, run):
    standby.catch_up(server)
    url = standby.url(database)
    assert run("leaderboard", url=url).document["total_members"] == len(community.members)
    assert run("db", "check", url=url).code == 0


def test_hosts_none_of_which_takes_changes_are_named_with_why(standby, database, run):
    url = standby.url(database, f"127.0.0.1:1,{standby.host}", target_session_attrs="read-write")
    is_told(run("sync", url=url), "Connection refused; ", "session is read-only", "promote one")


@contextmanager
def refusing(server):
    """Nobody listens."""
    yield "postgresql://postgres@127.0.0.1:1/postgres"


@contextmanager
def silent(server):
    """Somebody listens, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres?connect_timeout=2"


@contextmanager
def crowded(server):
    """There is no room for one more."""
    server.sql("DROP ROLE IF EXISTS cron; CREATE ROLE cron LOGIN CONNECTION LIMIT 0")
    yield server.url().replace("postgres@", "cron@")


@contextmanager
def shutting_down(server):
    """It waits for a last client to leave."""
    with closing(psycopg.connect(server.url())):
        server.signal(SMART)
        until(lambda: server.refusal() is not None)
        yield server.url()
    server.wait()
    server.start()


@contextmanager
def starting_up(server):
    """It waits for an archive that takes its time."""
    with tempfile.TemporaryDirectory(dir=server.folder.parent) as folder:
        slow = Server(
            Path(folder) / "slow", "restore_command=sleep 60", copied=server, follows=True
        )
        slow.start(wait=False)
        until(lambda: "starting up" in str(slow.refusal()))
        yield slow.url()
        slow.stop(DEAD)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (refusing, ("Connection refused", "Check that it runs and that DATABASE_URL is right")),
        (silent, ("timeout expired", "Check that it runs and that DATABASE_URL is right")),
        (crowded, ("too many connections", "End some of its connections, or allow it more")),
        (shutting_down, ("shutting down", "Wait until it is up")),
        (starting_up, ("starting up", "Wait until it is up")),
    ],
)
def test_a_server_that_lets_nobody_in_is_told_of_in_seconds(way, said, server, community, run):
    with way(server) as url:
        began = time.monotonic()
        is_told(run("sync", url=url), "cannot be reached", *said, "the next run tries again")
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("command", ["sync", "award"])
def test_a_lock_of_somebody_elses_is_waited_for_and_then_named(
    command, server, community, database, run
):
    url = server.url(database, options="-c%20lock_timeout%3D200")
    with closing(psycopg.connect(server.url(database))) as other:
        other.execute("LOCK TABLE member")
        is_told(run(*COMMANDS[command], url=url), "lock timeout", "another session holds a lock")
    community.is_right()
    if command == "sync":
        said = "the database failed: canceling statement due to lock timeout"
        assert community.runs()[0] == ("failed", 69, said)
    community.carry_out(command)


def test_the_servers_disk_is_full(server, folder, database, community, stand_in, run):
    small = folder / "small"
    small.mkdir()
    with small_disk(small, "200m"), Server(small / "data", copied=server) as crammed:
        community.url = crammed.url(database)
        crammed.sql("CHECKPOINT")  # what it has to give back, it gives back now
        filler = fill(small)
        is_told(
            run("sync"), "cannot be reached", "No space left on device", "Make room on its disk"
        )
        filler.unlink()
        crammed.sql("SELECT 1", database=database)  # what a first client leaves behind
        fill(small)
        is_told(run("sync"), "No space left on device", "make room on the server's disk")
        filler.unlink()
        community.is_right()
        community.catch_up()


def use_up(server, log):
    """Leave a little room in what there is of the log, on a disk that has none for more."""
    message = "SELECT pg_logical_emit_message(true, '', repeat('x', %s))"
    while True:
        server.sql(message, 1)
        ((current,),) = server.sql("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
        if not any(file.name > current for file in log.iterdir() if file.is_file()):
            break
        server.sql("SELECT pg_switch_wal()")
    for left in (300_000, 30_000):  # in two steps: a message takes more room than its text
        ((position,),) = server.sql("SELECT pg_current_wal_insert_lsn() - '0/0'")
        server.sql(message, max(0, int(SEGMENT - position % SEGMENT) - left))


def test_the_disk_of_the_servers_log_is_full(server, folder, database, community, stand_in, run):
    """The server gives up, and comes back once there is room."""
    log = folder / "log"
    log.mkdir()
    settings = ("wal_level=minimal", "max_wal_senders=0", "autovacuum=off")  # nobody else writes
    with (
        small_disk(log, "100m"),
        Server(folder / "walled", *settings, copied=server, log_folder=log / "wal") as walled,
    ):
        community.url = walled.url(database)
        filler = fill(log)
        use_up(walled, log / "wal")
        is_told(run("sync"), "was lost", "No space left on device", "Make room", LOST)
        walled.wait()
        is_told(run("sync"), "cannot be reached")
        filler.unlink()
        walled.start()
        community.is_right()
        community.catch_up()
