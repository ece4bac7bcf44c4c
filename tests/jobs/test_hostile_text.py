"""Whatever strangers write is stored as it came, where a database can keep it."""

import io
import json

import pytest
from hostile import TEXTS, stored
from support import GUILD, START

from trc_mee6.errors import ConfigError, InputMalformed
from trc_mee6.jobs.awards import book, new_award
from trc_mee6.jobs.board import sync
from trc_mee6.jobs.registry import link_members
from trc_mee6.jobs.registry_file import read_entries
from trc_mee6.store.connect import open_store
from trc_mee6.store.guilds import guild
from trc_mee6.store.history import Which, lines
from trc_mee6.store.members import states
from trc_mee6.store.query import registry_entries
from trc_mee6.store.registry import Entry

FIRST = 100000000000000000
PEOPLE = {FIRST + n: text for n, text in enumerate(TEXTS.values())}
KEPT = {one: text for one, text in PEOPLE.items() if text == stored(text)}
FILE = io.BytesIO


def test_names_of_the_board_are_stored_as_they_came(make_job, store, board):
    for discord_id, text in PEOPLE.items():
        board.join(discord_id, 100, text)
    board.name = "".join(TEXTS.values())
    assert sync(make_job(), enroll_all=True).status == "ok"
    assert guild(store, GUILD).name == stored(board.name)
    found = {state.discord_id: state.username for state in states(store, GUILD)}
    assert found == {discord_id: stored(text) for discord_id, text in PEOPLE.items()}


def test_a_file_of_members_is_stored_as_it_came(store):
    people = [
        {"discord_id": str(one), "member_id": f"{one}{text}", "name": text}
        for one, text in KEPT.items()
    ]
    entries = read_entries("-", FILE(json.dumps(people).encode()))
    link_members(store, GUILD, entries, START)
    found = {state.discord_id: (state.member_id, state.username) for state in states(store, GUILD)}
    assert found == {one: (f"{one}{text}", text) for one, text in KEPT.items()}


@pytest.mark.parametrize("text", [text for text in TEXTS.values() if text != stored(text)])
def test_what_no_database_keeps_is_refused_of_a_file(text):
    people = [{"discord_id": str(FIRST), "member_id": text}]
    with pytest.raises(InputMalformed, match="no text a database can keep"):
        read_entries("-", FILE(json.dumps(people).encode()))


def test_sources_keys_and_reasons_are_stored_as_they_came(store):
    link_members(store, GUILD, [Entry(FIRST, "ada")], START)
    fit = [text for text in KEPT.values() if 0 < len(text.strip()) == len(text) <= 200]
    for text in fit:
        award = new_award(1, text, text, START, text, START)
        for booked_now in (True, False):
            assert book(store, GUILD, "ada", award, START).awarded is booked_now
    found = {(line.source, line.key, line.reason) for line in lines(store, GUILD, Which(), None)}
    assert found == {(text, text, text) for text in fit}
    assert len(fit) > 80


def test_members_sql_gives_ids_as_they_are(store, database_url):
    store.sql("CREATE TABLE app (id BIGINT, own TEXT)")
    store.fill("app", ("id", "own"), KEPT.items())
    found = registry_entries(database_url, "DATABASE_URL", "SELECT id, own FROM app")
    assert {entry.discord_id: entry.member_id for entry in found} == KEPT
    store.sql("DROP TABLE app")


def test_members_sql_with_what_no_database_keeps_is_refused(sqlite_url):
    with open_store(sqlite_url):
        pass
    query = f"SELECT {FIRST} AS discord_id, 'a' || char(0) AS member_id"
    with pytest.raises(ConfigError, match=r"row 1: member_id .* no text a database can keep"):
        registry_entries(sqlite_url, "DATABASE_URL", query)
