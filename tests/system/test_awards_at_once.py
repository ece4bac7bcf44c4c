"""Several processes award the same key at once: one of them books it, the others say so (R4)."""

import json
import subprocess
import sys

import pytest
from support import GUILD, PROGRAM, START, Started

from trc_mee6.jobs.registry import link_members
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import open_store
from trc_mee6.store.history import Which, lines
from trc_mee6.store.registry import Entry

ADA = 100000000000000001
KEYS = 5
AWARD = f"""
import json, sys, trc_mee6
sys.stdin.readline()  # until all are ready
done = [trc_mee6.award_points("42", 5, source="quiz", key=f"q{{n}}") for n in range({KEYS})]
json.dump([one.awarded for one in done], sys.stdout)
"""


@pytest.fixture
def environment(environment, database_url):
    with open_store(database_url) as store:
        link_members(store, GUILD, [Entry(ADA, "42")], START)
    return environment | {"DATABASE_URL": database_url, "MEE6_GUILD_ID": str(GUILD)}


def at_once(commands, environment):
    running = [
        Started(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert [process.returncode for process in running] == [0] * len(running)
    return answers


def booked(database_url):
    with open_store(database_url) as store:
        assert list(findings(store)) == []
        return [(line.key, line.balance) for line in lines(store, GUILD, Which(), None)]


def test_r4_of_applications_at_once_one_books_each_key(environment, database_url):
    answers = at_once([[sys.executable, "-c", AWARD]] * 4, environment)
    assert [sum(awarded) for awarded in zip(*answers, strict=True)] == [1] * KEYS
    assert sorted(booked(database_url)) == [(f"q{n}", 5 * n + 5) for n in range(KEYS)]


def test_r4_of_commands_at_once_one_books_the_key(environment, database_url):
    words = ["points", "award", "42", "5", "--source", "quiz", "--key", "q", "--format", "json"]
    answers = at_once([[*PROGRAM, *words]] * 4, environment)
    assert sorted(one["awarded"] for one in answers) == [False, False, False, True]
    assert {one["balance"] for one in answers} == {5}
    assert len({one["recorded_at"] for one in answers}) == 1
    assert booked(database_url) == [("q", 5)]
