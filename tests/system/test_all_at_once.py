"""Eight processes at once, all commands mixed, on one database (R1, R4, R12).

Nobody is refused but for a run that is under way, and in the end everybody has what they should.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from support import GUILD, PROGRAM, long_form, run_to_end

from trc_mee6.standin import Board
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import open_store
from trc_mee6.store.members import states

SECONDS = long_form("OVERLAP_SECONDS", short=10)
AT_ONCE = 8
INTERVAL = 0.2
GUILDS = (GUILD, GUILD + 1)
KEYS = 40  # awards that several processes make under the same key
LOCKED = "Another run "


@pytest.fixture
def boards(stand_in):
    return {guild: stand_in.add(Board(guild, 40, seed=guild)) for guild in GUILDS}


@pytest.fixture
def run(usual, database_url, tmp_path):
    environment = dict(usual)
    del environment["MEE6_GUILD_ID"]
    environment |= {
        "DATABASE_URL": database_url,
        "MEE6_REQUEST_INTERVAL": str(INTERVAL),
        "MEE6_TIMEOUT": "30",
    }
    return lambda *words: run_to_end([*PROGRAM, *words], environment, tmp_path)


def any_command(chance, boards):
    """Return a command line: whatever operators, crontabs and applications may run."""
    guild = chance.choice(GUILDS)
    person = chance.choice(list(boards[guild].players))
    key = chance.randrange(KEYS)
    award = ["points", "award", str(person), "3", "--source", "quiz", "--key", f"q{key}"]
    return chance.choice(
        [
            ["sync"],
            ["sync", "--enroll-all"],
            ["sync", "--dry-run"],
            ["backfill-baseline"],
            ["streaks"],
            ["streaks", "--rebuild"],
            award,
            award,
            ["points", "adjust", str(person), "-1", "--reason", "x", "--key", f"a{key}"],
            ["points", "history", str(person)],
            ["points", "history", "--lines"],
            ["leaderboard", "--by", "streak"],
            ["leaderboard", "--period", "week", "--format", "json"],
            ["members", "list", "--format", "json"],
            ["members", "show", str(person)],
            ["members", "link", str(person)],
            ["status"],
            ["db", "check"],
            ["db", "check", "--repair"],
            ["db", "upgrade"],
        ]
    ), guild


def with_guild(words, guild):
    return words if words[0] == "db" else [*words, "--guild", str(guild)]


def watch_slots(store):
    """Let the database itself note every slot that is taken."""
    store.sql("CREATE TABLE slot_taken (at DOUBLE PRECISION)")
    if store.is_postgres:
        store.database.execute_sql(
            """CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO slot_taken VALUES (NEW.next_slot_at); RETURN NULL; END';
            CREATE TRIGGER note AFTER UPDATE OF next_slot_at ON request_pace
                FOR EACH ROW EXECUTE FUNCTION note()"""
        )
    else:
        store.sql(
            """CREATE TRIGGER note AFTER UPDATE OF next_slot_at ON request_pace
            BEGIN INSERT INTO slot_taken VALUES (NEW.next_slot_at); END"""
        )


@pytest.mark.long
def test_r4_and_r12_whatever_runs_at_once_nothing_is_lost_refused_or_booked_twice(
    run, boards, stand_in, database_url
):
    for guild in GUILDS:
        assert run("sync", "--enroll-all", "--guild", str(guild)).code == 0
    baselines = {g: {p.discord_id: p.xp for p in boards[g].players.values()} for g in GUILDS}
    with open_store(database_url) as store:
        watch_slots(store)
    stand_in.asked.clear()
    booked = {guild: set() for guild in GUILDS}  # (person, points, key)
    outcomes = Counter()
    end = time.monotonic() + SECONDS
    lock = threading.Lock()

    def keep_running(seed):
        chance = random.Random(seed)
        while time.monotonic() < end:
            words, guild = any_command(chance, boards)
            ran = run(*with_guild(words, guild))
            said = (words, ran.code, ran.out[-500:], ran.err)
            refused = ran.code == 75 and words[0] in ("sync", "streaks", "backfill-baseline")
            assert ran.code == 0 or (refused and LOCKED in ran.err), said
            assert "Traceback" not in ran.err, said
            assert "database" not in ran.err, said  # is locked, has a deadlock, ...
            with lock:
                outcomes[words[0], ran.code] += 1
                if words[:2] in (["points", "award"], ["points", "adjust"]):
                    booked[guild].add((int(words[2]), int(words[3]), words[-1]))
                boards[guild].chat(0.2)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(keep_running, range(AT_ONCE)))

    assert outcomes["sync", 0] >= 2
    for guild in GUILDS:
        assert run("sync", "--guild", str(guild)).code == 0
    checked = run("db", "check")
    assert (checked.code, checked.err) == (0, "")
    with open_store(database_url) as store:
        assert list(findings(store)) == []
        for guild in GUILDS:
            for member in states(store, guild):
                gained = boards[guild].players[member.discord_id].xp
                gained -= baselines[guild][member.discord_id]
                other = sum(n for who, n, _ in booked[guild] if who == member.discord_id)
                assert (member.points, member.leftover_xp) == (gained // 100 + other, gained % 100)
        assert_paced(store, stand_in)


def assert_paced(store, stand_in):
    slots = sorted(at for (at,) in store.sql("SELECT at FROM slot_taken"))
    assert min(later - earlier for earlier, later in pairwise(slots)) >= INTERVAL * 0.999
    arrivals = [asked.at for asked in stand_in.asked]
    assert len(arrivals) == len(slots)
    # From its slot to the server a request takes as long as a busy machine lets it.
    assert arrivals[-1] - arrivals[0] >= INTERVAL * (len(arrivals) - 2)
