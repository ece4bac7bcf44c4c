"""What MEE6 sends, validated straight from the bytes.

The API is undocumented. Only what points depend on must be right, a player's `id` and `xp`;
anything else that is missing or odd is taken as not given.
"""

import re
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, FailFast, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from trc_mee6.errors import SchemaBroken
from trc_mee6.rules.snowflake import LARGEST
from trc_mee6.text import quoted

# A character of a JSON text that is written as two halves, or one half alone. Backslashes before
# it may come in pairs: such a pair writes a backslash.
_HALVES = re.compile(
    rb"""(?<!\\) (?:\\\\)*+
    (?: \\u[dD][89abAB][0-9a-fA-F]{2} \\u[dD][c-fC-F][0-9a-fA-F]{2}
    | (?P<half> \\u[dD][89a-fA-F][0-9a-fA-F]{2} ) )""",
    re.VERBOSE,
)
# What begins a value in JSON, but for the one that begins the document. A page of 1000 players has
# 14,000 of them; what few bytes can say takes hundreds of times as many in memory.
_BEGINNINGS = (b",", b"[", b"{")
_MOST_VALUES = 100_000
_LONGEST_ID = 19  # digits of 2^63
_HIGHEST_RATE = 10**6  # of xp_rate and xp_per_message; more is a slip


class Unparsable(Exception):
    """The body is no JSON document: cut short, or something else altogether."""


class Player(NamedTuple):
    """One row of the board. `xp` is the total; the rest is None where MEE6 did not say."""

    discord_id: int
    xp: int
    level: int | None
    messages: int | None
    username: str | None
    avatar: str | None


class GuildInfo(NamedTuple):
    """What a page says about the guild; None where it does not."""

    name: str | None
    icon: str | None
    xp_rate: float | None
    xp_per_message_min: int | None
    xp_per_message_max: int | None


class Page(NamedTuple):
    """One page of the board, in its order, a player possibly twice."""

    players: list[Player]
    guild: GuildInfo


class _WirePlayer(TypedDict):
    id: str
    xp: Annotated[int, Field(strict=True, ge=0, le=LARGEST)]


class _WirePlayerDetails(_WirePlayer, total=False):
    username: Any
    avatar: Any
    level: Any
    message_count: Any


class _WirePage(BaseModel):
    model_config = ConfigDict(extra="ignore")

    # The first player that is wrong is told; a list of all could be longer than the page.
    players: Annotated[list[_WirePlayerDetails], FailFast()]
    guild: Any = None
    xp_rate: Any = None
    xp_per_message: Any = None


_PAGE = TypeAdapter(_WirePage)


def parse_page(body: bytes) -> Page:
    """Return the page that `body` holds.

    Raises:
        Unparsable: the body is no JSON.
        SchemaBroken: it is JSON, but not a page; says which player and field.
    """
    if sum(body.count(mark) for mark in _BEGINNINGS) > _MOST_VALUES:
        # To parse it would take the memory; of what is no JSON, most shows it at its ends.
        text = body.strip()
        if text[:1] + text[-1:] not in (b"{}", b"[]"):
            raise Unparsable("it is neither an object nor a list")
        raise SchemaBroken(f"the document: it has more than {_MOST_VALUES:,} values")
    try:
        page = _PAGE.validate_json(body)
    except ValidationError as error:
        # Half a character in one name must not keep all others from the board.
        whole = _without_halves(body)
        if whole != body:
            return parse_page(whole)
        raise _broken(error) from None
    players = [
        Player(
            _discord_id(row["id"], index),
            row["xp"],
            _whole(row.get("level"), 2**31 - 1),
            _whole(row.get("message_count"), LARGEST),
            _text(row.get("username")),
            _text(row.get("avatar")),
        )
        for index, row in enumerate(page.players)
    ]
    return Page(players, _guild(page))


def _without_halves(body: bytes) -> bytes:
    mended = bytearray(body)
    for found in _HALVES.finditer(body):
        if found["half"]:
            mended[slice(*found.span("half"))] = rb"\ufffd"  # as long as what it replaces
    return bytes(mended)


def _broken(error: ValidationError) -> Exception:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Unparsable(first["msg"])
    where = first["loc"]
    if len(where) == 1 or where[:1] != ("players",):
        named = ".".join(map(str, where)) or "the document"
        return SchemaBroken(f"{named}: {first['msg']}")
    field = ".".join(map(str, where[2:])) or "the whole entry"
    return SchemaBroken(f"player {where[1]}, {field}: {first['msg']}")


def _discord_id(text: str, index: int) -> int:
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID and 0 < int(text) <= LARGEST:
        return int(text)
    raise SchemaBroken(f"player {index}, id: {quoted(text)} is not a Discord id")


def _whole(value: Any, largest: int) -> int | None:
    return value if type(value) is int and 0 <= value <= largest else None


def _text(value: Any) -> str | None:
    # No database column holds a NUL; everything else is stored as it came.
    return value.replace("\0", "\ufffd") if type(value) is str and value else None


def _guild(page: _WirePage) -> GuildInfo:
    block = page.guild if isinstance(page.guild, dict) else {}
    rate = page.xp_rate
    usable_rate = type(rate) in (int, float) and 0 <= rate <= _HIGHEST_RATE  # never true of NaN
    span = page.xp_per_message
    usable_span = (
        isinstance(span, list)
        and len(span) == len(("least", "most"))
        and all(type(xp) is int and 0 <= xp <= _HIGHEST_RATE for xp in span)
    )
    return GuildInfo(
        name=_text(block.get("name")),
        icon=_text(block.get("icon")),
        xp_rate=float(rate) if usable_rate else None,
        xp_per_message_min=min(span) if usable_span else None,
        xp_per_message_max=max(span) if usable_span else None,
    )
