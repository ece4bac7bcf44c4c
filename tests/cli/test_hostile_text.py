"""Whatever strangers write comes out of the real program harmless, and whole where it is JSON."""

import csv
import io
import json
import re
from itertools import cycle

import orjson
import pytest
from cli.conftest import plain
from hostile import TEXTS, called, computed, highest_heap, stored, table_of, unclean
from support import GUILD, START

from trc_mee6.jobs.awards import book, new_award
from trc_mee6.jobs.registry import link_members
from trc_mee6.standin import faults
from trc_mee6.store.connect import open_store
from trc_mee6.store.registry import Entry

FIRST = 100000000000000000
PEOPLE = {FIRST + n: text for n, text in enumerate(TEXTS.values())}
GUILD_NAME = "".join(text for text in TEXTS.values() if len(text) < 100)
IDS = {
    discord_id: text for discord_id, text in PEOPLE.items() if text == stored(text) and text.strip()
}
BOOKED = {
    discord_id: text
    for discord_id, text in IDS.items()
    if text == text.strip() and len(text) <= 200
}
EVIL = (
    "\x1b[31m\x1b]8;;https://x.example\x07\x9b2J\u202e[red]\n\rtrc-mee6: all is well\u2028\x85"
    + "\u0301" * 50
    + "x" * 3000
)


@pytest.fixture
def measured():
    """Nothing: each command's own tests run the same lines."""
    return {}


@pytest.fixture
def crowd(board, sync_at, sqlite_url):
    """A guild in which every name, id, source, key and reason is hostile."""
    board.name = GUILD_NAME
    for discord_id, text in PEOPLE.items():
        board.join(discord_id, 1000, text)
    with open_store(sqlite_url) as store:
        link_members(store, GUILD, [Entry(one, text) for one, text in IDS.items()], START)
    sync_at(START)
    with open_store(sqlite_url) as store:
        for discord_id, text in BOOKED.items():
            award = new_award(5, text, text, START, text, START)
            book(store, GUILD, str(discord_id), award, START)
    board.chat(1)


LISTS = {  # each with what begins a row, and the rows there are to be
    "leaderboard --top 0": (r"\d+ (?!members)", len(PEOPLE)),
    "members list": (r"1000000000000\d+ ", len(PEOPLE)),
    "points history --lines --limit 0": (r"2026-01-05 ", len(BOOKED)),
    "points history --limit 0": (r"2026-01-05 ", len(BOOKED)),
    "sync --dry-run": (r"1000000000000\d+ ", None),
    "status": (r"Guild ", 1),
    "db check": (r"db check: ", 1),
    f"members show {FIRST}": (r"Balance ", 1),
}


@pytest.mark.parametrize("command", LISTS)
def test_a_list_stays_a_list_in_a_file_and_on_a_terminal(run, terminal, crowd, command):
    begins, rows = LISTS[command]
    ran = run(*command.split())
    assert (ran.code, ran.err) == (0, "")
    assert unclean(ran.out) == []
    assert highest_heap(ran.out) <= 5
    lines = ran.out.splitlines()
    found = [line for line in lines if re.match(rf"\s*{begins}", line)]
    assert len(found) == rows or rows is None
    if rows != 1 and rows is not None:
        assert len(lines) <= rows + 4
    assert max(map(len, lines)) < 1000
    there = terminal(*command.split(), columns=120)
    assert there.code == 0
    movements = re.sub(r"\x1b\[\?25[lh]|\x1b\[\d*[AK]|\r", "", there.out)  # of the progress bar
    assert unclean(movements) == []
    framed = [line for line in plain(there.out).splitlines() if line.startswith("│")]
    assert [line for line in framed if not line.endswith("│")] == []
    found = [line for line in framed if re.match(rf"│\s*{begins}", line)]
    assert len(found) == rows or command in ("sync --dry-run", "db check")


def names(document):
    return {one["discord_id"]: one["username"] for one in document}


@pytest.mark.parametrize(
    "command",
    [
        "leaderboard --top 0", "members list", "points history --lines --limit 0", "status",
        "sync --dry-run", f"members show {FIRST}", f"forecast {FIRST} --overtake {FIRST + 1}",
    ],
)  # fmt: skip
def test_json_is_valid_faithful_and_steers_no_terminal_in_any_locale(run, crowd, command):
    ran = run(*command.split(), "--format", "json", PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")
    assert unclean(ran.out) == []
    document = orjson.loads(ran.out)
    expected = {str(discord_id): stored(text) for discord_id, text in PEOPLE.items()}
    match command.split():
        case ["leaderboard", *_]:
            assert names(document["entries"]) == expected
            assert document["guild"]["name"] == stored(GUILD_NAME)
        case ["members", "list"]:
            assert names(document["members"]) == expected
            own = {one["discord_id"]: one["member_id"] for one in document["members"]}
            assert own == {one: IDS.get(int(one)) for one in expected}
        case ["points", *_]:
            assert {
                int(line["discord_id"]): {line["source"], line["key"], line["reason"]}
                for line in document["transactions"]
            } == {discord_id: {text} for discord_id, text in BOOKED.items()}
        case ["status", *_]:
            assert document["guild_name"] == stored(GUILD_NAME)
        case ["sync", *_]:
            assert names(document["changes"]).items() <= expected.items()
            assert document["changes"]
        case _:
            assert document["member"]["username"] == expected[str(FIRST)]


@pytest.mark.parametrize("command", ["leaderboard --top 0", "points history --lines --limit 0"])
def test_csv_has_a_row_each_and_no_formula(run, crowd, command):
    ran = run(*command.split(), "--format", "csv")
    assert (ran.code, ran.err) == (0, "")
    assert unclean(ran.out, allowed="\r\n") == []
    assert computed(ran.out) == []
    header, *rows = csv.reader(io.StringIO(ran.out, newline=""))
    assert {len(row) for row in rows} == {len(header)}
    expected = BOOKED if command.startswith("points") else PEOPLE
    assert {int(row[header.index("discord_id")]) for row in rows} == set(expected)
    assert ran.out.count("\n") == len(expected) + 1


def test_markdown_is_one_table_that_calls_nobody(run, crowd, tmp_path):
    assert run("leaderboard", "--top", "0", "--format", "markdown", "--output", "b.md").code == 0
    shown = (tmp_path / "b.md").read_text()
    assert called(shown) == []
    assert unclean(shown) == []
    rows = table_of(shown.split("\n", 2)[2])
    assert [len(row) for row in rows] == [10] * (len(PEOPLE) + 1)


@pytest.mark.parametrize(
    "words",
    [
        ["members", "import", f"{EVIL[:100]}.csv"],
        ["members", "import", "-"],
        ["--env-file", EVIL[:100], "status"],
        ["leaderboard", "--output", f"{EVIL[:100]}/x"],
        ["leaderboard", "--period", EVIL[:100]],
        ["leaderboard", "--source", f" {EVIL}"],
        ["leaderboard", "--by", EVIL[:100]],
        ["members", "show", EVIL],
        ["forecast", EVIL],
        ["chart", "member", EVIL],
        ["chart", "growth", "--output", EVIL[:100]],
        ["members", "link", EVIL],
        ["points", "award", EVIL, "5", "--source", "quiz", "--key", "k"],
        ["points", "award", "42", EVIL, "--source", "quiz", "--key", "k"],
        ["status", f"--{EVIL[:100]}"],
        ["status", EVIL[:100]],
        [EVIL[:100]],
        ["sync", "--guild", EVIL],
    ],
    ids=lambda words: ascii(" ".join(words))[:50],
)
def test_what_is_wrong_is_told_in_two_harmless_lines(run, words):
    ran = run(*words, "--format", "json", stdin=f'[{{"discord_id": {json.dumps(EVIL)}}}]')
    assert ran.code in (2, 65, 78)
    told_harmlessly(ran)
    assert ran.code != 2 or ran.err.count("\n") == 1
    assert orjson.loads(ran.out)["status"] == "failed"


def test_a_column_that_nobody_knows_is_named_harmlessly(run):
    head = EVIL.replace("\n", "").replace("\r", "")
    sheet = f"discord_id,{head}\n{FIRST},x\n"
    ran = run("--log-format", "json", "members", "import", "-", stdin=sheet)
    assert ran.code == 0
    assert unclean(ran.out + ran.err) == []
    assert orjson.loads(ran.err)["columns"] == [head.lower()]
    text = run("members", "import", "-", stdin=sheet).err
    assert " warning registry.columns_ignored columns=['" in text
    assert (text.count("\n"), unclean(text), highest_heap(text)) == (1, [], 5)


def told_harmlessly(ran):
    lines = ran.err.splitlines()
    assert 1 <= len(lines) <= 2
    assert all(line.startswith("trc-mee6: ") for line in lines)
    assert "trc-mee6: all is well" not in lines
    assert unclean(ran.out + ran.err) == []
    assert max(map(len, lines)) < 700


@pytest.mark.parametrize(
    "setting",
    ["MEE6_PAGE_SIZE", "LOG_LEVEL", "MEE6_BASE_URL", "MEE6_GUILD_ID", "MEE6_SYNC_ENABLED"],
)
def test_a_wrong_setting_is_quoted_harmlessly(run, setting):
    ran = run("status", "--format", "json", **{setting: EVIL})
    assert ran.code == 78
    told_harmlessly(ran)
    assert ran.err.startswith(f"trc-mee6: {setting} is '")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (f"SELECT '{EVIL}", "unrecognized token"),
        (f"SELECT 1, '{EVIL}'", "discord_id is 1;"),
        (f"SELECT '{EVIL}'", "discord_id is '"),
        (f"SELECT {FIRST} AS discord_id, 'a' || char(0) AS member_id", r"member_id 'a\x00' is no"),
        (f"SELECT {FIRST}, CAST(x'61ff' AS TEXT)", "MEMBERS_SQL"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_what_members_sql_gives_is_quoted_harmlessly(run, query, says):
    ran = run("sync", MEMBERS_SQL=query)
    assert ran.code == 78
    told_harmlessly(ran)
    assert says in ran.err


def answer(*lines, body=b'{"players": []}'):
    """Answer these very bytes."""

    def fault(handler):
        handler.wfile.write(b"\r\n".join((*lines, b"", body)))
        handler.close_connection = True

    return fault


WILD = EVIL[:200].replace("\n", "").replace("\r", "").encode()
ANSWERS = {
    "status line": (answer(b"HTTP/1.1 200 " + WILD, b"Connection: close"), 0),
    "no HTTP": (answer(WILD), 69),
    "a header without a colon": (answer(b"HTTP/1.1 200 OK", b"X: 1", WILD, b"Y: 2"), 0),
    "a name of a header": (answer(b"HTTP/1.1 200 OK", WILD + b": 1"), 0),
    "encoding": (answer(b"HTTP/1.1 200 OK", b"Content-Encoding: " + WILD), 69),
    "length": (answer(b"HTTP/1.1 200 OK", b"Content-Length: " + WILD), 0),
    "chunk": (answer(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked", body=WILD), 69),
    "Retry-After": (answer(b"HTTP/1.1 429 No", b"Retry-After: " + WILD), 75),
    "redirect": (answer(b"HTTP/1.1 302 No", b"Location: https://x.example/" + WILD), 77),
    "text": (faults.body(EVIL.encode(), "text/plain"), 69),
    "HTML": (faults.body(b"<html>" + EVIL.encode(), "text/html"), 69),
    "error": (faults.body(json.dumps({"error": {"message": EVIL}}).encode()), 76),
    "type of a field": (faults.body(json.dumps({"players": EVIL}).encode()), 76),
    "id": (faults.player(id=EVIL), 76),
    "XP": (faults.player(xp=EVIL), 76),
}


def is_log_line(line, log_format):
    if log_format == "json":
        return "event" in orjson.loads(line)
    return re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (debug|info|warning|error) +\w+\.", line)


@pytest.mark.parametrize(
    ("case", "log_format"), list(zip(ANSWERS, cycle(["json", "text"]), strict=False))
)
def test_no_answer_of_mee6_steers_log_or_terminal(run, stand_in, case, log_format):
    fault, code = ANSWERS[case]
    stand_in.misbehave(fault, times=None)
    options = ("--log-level", "debug", "--log-format", log_format)
    ran = run(*options, "sync", "--enroll-all", "--format", "json", MEE6_RETRIES=1)
    assert ran.code == code
    assert unclean(ran.out + ran.err) == []
    lines = ran.err.splitlines()
    assert lines
    for line in lines:
        assert line.startswith("trc-mee6: sync ") or is_log_line(line, log_format)
    assert max(map(len, lines)) < 1000
    orjson.loads(ran.out)
