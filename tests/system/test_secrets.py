"""Tokens and passwords: not in what is printed at any level, not in `ps`, not in the database.

What the processes print is looked at by `secrets_shown`, here as in every other test.
"""

from pathlib import Path

import psycopg
import pytest
import typer
from psycopg import sql
from support import GUILD, MARK, PASSWORD, PROGRAM, SECRETS, TOKEN, run_to_end, secret_value, until

from trc_mee6.cli.main import app
from trc_mee6.standin import Board, faults

LOUD = ("--log-level", "debug")


def send_back(lines, body="", *, escaped=False):
    """Answer lines and a body in which the token stands for %, escaped as JSON may have it."""

    def answer(handler):
        head = "\r\n".join([*lines, "", ""])
        token = handler.headers["Authorization"]
        if escaped:
            token = "".join(f"\\u{ord(character):04X}" for character in token.upper())
        text = (head + body).replace("%", token)
        handler.wfile.write(text.encode())
        handler.close_connection = True

    return answer


OK, NOTED = "HTTP/1.1 200 OK", "Content-Type: application/json"
SENT_BACK = {
    "no HTTP": (send_back(["Authorization: %"]), 69),
    "encoding": (send_back([OK, NOTED, "Content-Encoding: %"]), 69),
    "chunk": (send_back([OK, NOTED, "Transfer-Encoding: chunked"], "%\r\n"), 69),
    "no JSON": (send_back([OK, NOTED], "%"), 69),
    "id": (send_back([OK, NOTED], '{"players": [{"id": "xxxxxxxxxx%", "xp": 1}]}'), 76),
    "escaped": (
        send_back(
            [OK, NOTED], '{"players": [{"id": "2", "xp": 1, "username": "%"}]}', escaped=True
        ),
        0,
    ),
    "name": (send_back([OK, NOTED], '{"players": [{"id": "1", "xp": 1, "username": "%"}]}'), 0),
}


def kept(database_url):
    """Everything that is stored, as text."""
    if database_url.startswith("sqlite:///"):
        file = Path(database_url.removeprefix("sqlite:///"))
        assert file.read_bytes().startswith(b"SQLite")
        return "".join(
            part.read_bytes().decode("latin-1") for part in file.parent.glob(f"{file.name}*")
        )
    with psycopg.connect(database_url) as server:
        of_ours = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        rows = [
            server.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()
            for (table,) in server.execute(of_ours).fetchall()
        ]
    return repr(rows)


def test_a_life_in_debug_leaves_no_secret_behind(run, stand_in, database_url):
    stand_in.add(Board(GUILD, 5, name="The Guild"))
    stand_in.token = TOKEN
    settings = {"DATABASE_URL": database_url, "MEE6_RETRIES": 0}
    assert run(*LOUD, "sync", "--enroll-all", **settings).code == 0
    failures = [(faults.status(401), 77), (faults.redirect("https://x.example/"), 77)]
    for fault, code in [*failures, *SENT_BACK.values()]:
        stand_in.misbehave(fault)
        words = ("--log-format", "json", "sync", "--enroll-all", "--accept-drops")
        assert run(*LOUD, *words, **settings).code == code
    query = {"MEMBERS_SQL": "SELECT no_such_column", "MEMBERS_DATABASE_URL": database_url}
    assert run(*LOUD, "sync", **settings, **query).code == 78
    status = run("status", "--format", "json", **settings)
    assert status.document["runs"]["sync"]["status"] == "failed"
    everything = kept(database_url)
    assert "The Guild" in everything
    assert "(the token)" in everything
    assert MARK not in everything


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_does_not_work_is_named_and_not_shown(run, stand_in, name):
    value = f"https://me:{PASSWORD}@127.0.0.1:9/x"
    stand_in.misbehave(faults.status(401), times=None)
    wrong = {name: value, "MEMBERS_SQL": "SELECT 1"}
    ran = run(*LOUD, "sync", "--format", "json", **wrong)
    assert ran.code in (77, 78)
    assert name in ran.err or "MEMBERS_SQL" in ran.err
    assert MARK not in ran.out + ran.err


def test_what_others_see_of_a_running_process_has_no_secret(start, stand_in, postgres_url):
    stand_in.add(Board(GUILD, 5))
    stand_in.misbehave(faults.silence(20))
    process = start("sync", "--enroll-all", DATABASE_URL=postgres_url, MEMBERS_DATABASE_URL=TOKEN)
    until(lambda: stand_in.asked)
    assert MARK in Path(f"/proc/{process.pid}/environ").read_text()  # which others cannot read
    seen = [Path(f"/proc/{process.pid}/{name}").read_text() for name in ("cmdline", "comm")]
    assert "sync" in seen[0]
    with psycopg.connect(postgres_url) as server:
        seen += map(str, server.execute("SELECT * FROM pg_stat_activity").fetchall())
    assert "trc-mee6" in "".join(seen)
    assert MARK not in "".join(seen)


def parameters(command):
    """Every option and argument of a command and of those below it."""
    yield from command.params
    for below in getattr(command, "commands", {}).values():
        yield from parameters(below)


def test_no_secret_is_given_on_the_command_line():
    names = {parameter.name.upper() for parameter in parameters(typer.main.get_command(app))}
    assert {"ENV_FILE", "GUILD", "REASON"} < names
    assert not names & {*SECRETS, *(name.removeprefix("MEE6_") for name in SECRETS)}


def test_help_shows_no_value_of_the_environment(usual, tmp_path):
    secrets = {name: secret_value(name) for name in SECRETS}
    ran = run_to_end([*PROGRAM, "sync", "--help"], usual | secrets, tmp_path)
    assert ran.code == 0
    assert MARK not in ran.out + ran.err
