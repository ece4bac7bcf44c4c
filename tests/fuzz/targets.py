"""What is fuzzed, what it begins with, and what must hold of everything that is accepted.

Each target takes any bytes; it fails if an error comes out that is not our own, or if what was
accepted breaks a promise. `test_targets.py` feeds them in CI, `python -m fuzz` for long.
"""

import csv
import io
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from support import row_of

from trc_mee6.errors import ConfigError, InputMalformed, SchemaBroken
from trc_mee6.jobs.registry_file import read_entries
from trc_mee6.mee6.wire import Player, Unparsable, parse_page
from trc_mee6.settings import load
from trc_mee6.standin import Board
from trc_mee6.store.registry import Entry

LARGEST = 2**63 - 1
LONGEST_MESSAGE = 600  # characters


class Target(NamedTuple):
    """`check` takes any bytes; `words` are what a mutation may put in."""

    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...]


def storable(text: str | None) -> bool:
    """Both databases can keep it: no NUL, no half of a character; never an empty text."""
    return text is None or (text != "" and "\0" not in text and text.encode().decode() == text)


def complained(error: Exception) -> None:
    said = str(error)
    assert said
    assert all(line.isprintable() for line in said.splitlines()), said
    assert len(said) < LONGEST_MESSAGE, said


def within(value: int | None, least: int, most: int) -> bool:
    return value is None or (type(value) is int and least <= value <= most)


def page(body: bytes) -> None:
    """A page of the board."""
    try:
        read = parse_page(body)
    except (Unparsable, SchemaBroken) as error:
        complained(error)
        return
    for player in read.players:
        assert player.discord_id is not None
        assert within(player.discord_id, 1, LARGEST)
        assert player.xp is not None
        assert within(player.xp, 0, LARGEST)
        assert within(player.level, 0, 2**31 - 1)
        assert within(player.messages, 0, LARGEST)
        assert storable(player.username)
        assert storable(player.avatar)
    guild = read.guild
    assert storable(guild.name)
    assert storable(guild.icon)
    assert guild.xp_rate is None or (math.isfinite(guild.xp_rate) and guild.xp_rate >= 0)
    assert (guild.xp_per_message_min is None) == (guild.xp_per_message_max is None)
    assert within(guild.xp_per_message_min, 0, guild.xp_per_message_max or 0)
    # Another parser reads the same totals.
    rows = json.loads(body)["players"]
    assert [(int(row["id"]), row["xp"]) for row in rows] == [
        (player.discord_id, player.xp) for player in read.players
    ]
    assert parse_page(written(read.players)).players == read.players


def written(players: list[Player]) -> bytes:
    return json.dumps({"players": [row_of(player) for player in players]}).encode()


def registry(body: bytes) -> None:
    """A registry file, CSV or JSON."""
    try:
        entries = from_standard_input(body)
    except InputMalformed as error:
        complained(error)
        return
    assert entries
    assert all(10**16 <= entry.discord_id <= LARGEST for entry in entries)
    assert all(storable(entry.member_id) and storable(entry.name) for entry in entries)
    ids = [entry.discord_id for entry in entries]
    named = [entry.member_id for entry in entries if entry.member_id is not None]
    assert len(set(ids)) == len(ids)
    assert len(set(named)) == len(named)
    as_json = json.dumps([entry._asdict() for entry in entries]).encode()
    assert from_standard_input(as_json) == entries
    if all(text == text.strip() for entry in entries for text in entry[1:] if text is not None):
        lines = io.StringIO(newline="")
        table = csv.writer(lines)
        table.writerow(Entry._fields)
        table.writerows(entries)
        assert from_standard_input(lines.getvalue().encode()) == entries


def from_standard_input(body: bytes) -> list[Entry]:
    return read_entries(Path("-"), io.BytesIO(body))


def settings(body: bytes) -> None:
    """A settings file."""
    with tempfile.TemporaryDirectory(prefix="trc-mee6-fuzz-") as folder:
        env_file = Path(folder) / "a.env"
        env_file.write_bytes(body)
        with patch.dict("os.environ", {"HOME": folder}, clear=True):
            try:
                read = load(env_file)
            except ConfigError as error:
                complained_of_settings(error)
                return
    assert within(read.guild_id, 10**16, LARGEST)
    assert 1 <= read.mee6_page_size <= 1000
    assert 0 <= read.mee6_retries <= 20
    assert 0 < read.mee6_timeout <= 1_000_000
    assert 0 <= read.mee6_request_interval <= 1_000_000
    assert 0 < read.mee6_hold_ratio <= 1
    assert 1 <= read.xp_per_point <= 1_000_000
    assert read.mee6_base_url.lower().startswith(("http://", "https://"))
    token = read.mee6_auth_token
    assert token is None or token.get_secret_value().isprintable()


def complained_of_settings(error: ConfigError) -> None:
    said = str(error)
    assert said
    assert all(line.isprintable() for line in said.split("\n")), said


def _boards() -> tuple[bytes, ...]:
    lively = Board(1, 4, seed=5, xp_rate=1.5)
    names = ("Ada 🎮👩‍👩‍👧", 'a "quoted" \\ name', "\u202e\x1b[2J", None)
    for player, name in zip(lively.players.values(), names, strict=False):
        player.username, player.avatar = name, "0123456789abcdef"
    pages = [lively.page(0, 2), lively.page(1, 2), lively.page(2, 2)]
    bodies = [json.dumps(one).encode() for one in pages]
    bodies += [json.dumps(pages[0], ensure_ascii=False, indent=1).encode()]
    bodies += [
        rb'{"players":[{"id":"7","xp":5,"username":"a\ud83db\\\ude00"}]}',
        rb'{"players":[{"id":"7","xp":5,"level":1,"username":"Ada","avatar":"b"}]}',
        b'{"players":[],"guild":{"name":"G","icon":"i"},"xp_rate":1,"xp_per_message":[15,25]}',
        b'{"error": {"message": "Unauthorized"}}',
        b'{"players": [{"id": "9223372036854775807", "xp": 9223372036854775807, "level": 0}]}',
    ]
    return tuple(bodies)


_ONE, _TWO = 100000000000000001, 100000000000000002
_REGISTRIES = (
    f"discord_id,member_id,name\r\n{_ONE},7,Ada\r\n{_TWO},,\r\n",
    f'\ufeffName;Discord_ID;Member_ID\n"A; ""B""\nC";{_ONE};7\n;{_TWO};\n',
    f"{_ONE}\t7\tAda\n\n{_TWO}\n",
    f"{_ONE},7,Ada\n{_ONE},7,Ada\n",
    f'[{{"discord_id": "{_ONE}", "member_id": 7, "name": "A\\ud83d\\ude00"}},\n "{_TWO}"]',
    f' [{{"discord_id": {_ONE}, "name": null, "x": [1, {{}}]}}]',
)
_SETTINGS = (
    f"# ours\nexport MEE6_GUILD_ID={_ONE}\nMEE6_AUTH_TOKEN='a token'\n\nXP_PER_POINT=\"50\"\n",
    "MEE6_TIMEOUT=2.5\nMEE6_RETRIES=0\nMEE6_HOLD_RATIO=.5\nMEE6_SYNC_ENABLED=no\nLOG_LEVEL=Debug\n",
    f"DISCORD_GUILD_ID={_ONE}\nMEE6_BASE_URL=https://[::1]:8000/?y#z\nDATABASE_URL=sqlite:///${{X}}\n",
    "SOMETHING_ELSE='a\nb' # c\nMEE6_PAGE_SIZE=\nMEE6_COOLDOWN=1e3\r\nMEMBERS_SQL=\"'\\\"'\"\n",
)

TARGETS = {
    "page": Target(
        page,
        _boards(),
        ('"players"', '"id"', '"xp"', '"username"', '"guild"', '"name"', '"xp_rate"',
         '"xp_per_message"', '"level"', "\\ud83d", "\\udc00", "\\\\", "\\u0000", "null", "1e400",
         "NaN", "-0", "9223372036854775808", "[[", "{}"),
    ),
    "registry": Target(
        registry,
        tuple(text.encode() for text in _REGISTRIES),
        ('"discord_id"', "member_id", "name", "discord_id,", str(_ONE), "\\ud800", "\\u0000", '""',
         ";", "\t", "\r", "1e17", "true", "null"),
    ),
    "settings": Target(
        settings,
        tuple(text.encode() for text in _SETTINGS),
        ("MEE6_GUILD_ID=", "MEE6_BASE_URL=", "MEE6_TIMEOUT=", "MEE6_AUTH_TOKEN=", "LOG_FORMAT=",
         "MEE6_\x1b=1\n", "export ", "${", "'", "\\n", "1e9", "nan", "http://[", "@", "#"),
    ),
}  # fmt: skip
