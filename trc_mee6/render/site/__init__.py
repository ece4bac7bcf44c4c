"""The pages of a site: a ranking for each period, and a page for each member.

Pages ask nothing of anybody: style, script and drawings are in them, and their policy (CSP) lets
nothing else in. The same values give the same bytes.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from trc_mee6.errors import ConfigError
from trc_mee6.render import charts
from trc_mee6.render.documents import day
from trc_mee6.render.leaderboard import active, change, name_of
from trc_mee6.render.site.drawing import calendar, curve
from trc_mee6.report import Growth, Leaderboard, ListedMember, Ranked, Standing
from trc_mee6.rules.days import Period
from trc_mee6.rules.levels import level_at, xp_at, xp_to_next
from trc_mee6.text import json_text, name

if TYPE_CHECKING:
    from jinja2 import Environment
MARK = '<meta name="generator" content="trc-mee6">'  # in the first kilobyte of each of our pages
_PHONE = 360  # pixels that the narrow chart is drawn for
_FIRST = 100  # members whose rows are HTML; the script makes the others
_LABELS = {"all": "All time", "month": "This month", "week": "This week", "day": "Today"}
_BY = {"xp": "XP", "gain": "XP gained"}
_WORDS = {"▲": "up ", "▼": "down ", "=": "as before", "n": "n"}
_IN_JSON = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


class Column(NamedTuple):
    """A column of the ranking, after rank and name.

    Attributes:
        spare: on narrow screens those with a higher one give way first; 0 for never.
    """

    key: str
    title: str
    spare: int

    @property
    def css(self) -> str:
        """Its classes."""
        return f"number {f'spare{self.spare}' if self.spare else 'main'} {self.key}"


class Line(NamedTuple):
    """What the ranking shows of a member; None is shown as a dash.

    Attributes:
        change: of the rank since the period before: ▲3, ▼1, =, new, or empty; `moved` in words.
        progress: per cent of the way to the next level.
    """

    rank: int
    change: str
    moved: str
    discord_id: str
    name: str
    level: int | None
    progress: int | None
    points: int
    gained: int
    xp: int | None
    messages: int | None
    streak: int | None
    longest: int | None
    active: str | None


class Fact(NamedTuple):
    """What a member's page says of the member; `hot` has a flame beside it."""

    title: str
    value: int | str | None
    progress: int | None = None
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice of the period switch."""

    file: str
    label: str
    days: str


def file_of(period: Period, first: Period) -> str:
    """Return the name of a period's page; the first period's is the one that visitors find."""
    return "index.html" if period == first else f"{period.name}.html"


def label_of(period: Period) -> str:
    """Return what people call a period."""
    if period.name.endswith("d"):
        return f"Last {period.name[:-1]} days"
    return _LABELS.get(period.name) or f"{period.since} to {period.until}"


def index_page(
    board: Leaderboard,
    lines: Sequence[Ranked],
    periods: Sequence[Period],
    first: Period,
    synced_at: datetime | None,
    growth: Growth | None,
) -> str:
    """Return the page of one ranking.

    Args:
        board: whose `entries` are not read.
        lines: the entries to list.
        periods: all that have a page; `first` is the one of index.html.
        growth: of the first members, None for no chart.
    """
    columns = _columns(board)
    shown = [_line(entry, board) for entry in lines]
    switches = {period: _switch(period, first) for period in periods}
    style, script = _text("page.css", "index.css") + _dark_charts(), _text("index.js")
    return _environment().get_template("index.html").render(
        policy=_policy(style, script),
        style=style,
        script=script,
        guild=guild_name(board),
        about=_about(board),
        period=switches[board.period],
        periods=list(switches.values()),
        synced_at=synced_at,
        columns=columns,
        compared=board.before is not None,
        lines=[line._asdict() for line in shown],
        first=_FIRST,
        listed=_listed(len(shown)),
        nothing=_nothing(board),
        growth=None if growth is None else _growth(growth),
        board=_in_script(_script_values(shown, columns)),
    )  # fmt: skip


def member_page(board: Leaderboard, member: ListedMember, first: Period) -> str:
    """Return the page of one member; it changes only when something of this member does.

    Args:
        board: the first ranking, whose `entries` are not read.
        first: the period of index.html.
    """
    by_points = board.by == "points" and board.source is None
    now = member.points if by_points else member.ranked.xp or 0
    style = _text("page.css", "member.css")
    return _environment().get_template("member.html").render(
        policy=_policy(style),
        style=style,
        guild=guild_name(board),
        member={
            "name": name_of(member.ranked),
            "discord_id": member.ranked.discord_id,
            "facts": _facts(member),
            "standings": [_standing(each, first) for each in member.standings],
            "measure": f"{'Points' if by_points else 'XP'} over the last year",
        },
        curve=curve(member.days, now, "points" if by_points else "xp"),
        calendar=calendar(member.days),
    )  # fmt: skip


def guild_name(board: Leaderboard) -> str:
    """Return what stands above all pages."""
    return name(board.guild_name) or f"Guild {board.guild_id}"


def _columns(board: Leaderboard) -> list[Column]:
    """Return the columns; what the board is about never gives way."""
    over_a_period = board.period.since is not None
    gained = board.by == "gain" or (board.by == "xp" and over_a_period)
    kept = "gained" if gained else board.by
    columns = [
        Column("level", "Level", 1), Column("points", "Points", 1),
        Column("gained", "XP gained", 3), Column("xp", "XP", 3),
        Column("messages", "Messages", 4), Column("streak", "Streak", 2),
        Column("longest", "Longest", 4), Column("active", "Last active", 4),
    ]  # fmt: skip
    return [one._replace(spare=0) if one.key == kept else one for one in columns]


def _line(entry: Ranked, board: Leaderboard) -> Line:
    moved = change(entry) if board.before else ""
    return Line(
        entry.rank, moved, _WORDS.get(moved[:1], moved) + moved[1:], str(entry.discord_id),
        name_of(entry), entry.level, _progress(entry),
        entry.points, entry.xp_gained, entry.xp, entry.messages, entry.current_streak,
        entry.longest_streak, day(entry.last_active_on),
    )  # fmt: skip


def _progress(entry: Ranked) -> int | None:
    """Return how far the next level is reached, in per cent, None where MEE6 counts otherwise."""
    if entry.xp is None or entry.xp < 0 or level_at(entry.xp) != entry.level:
        return None
    return 100 * (entry.xp - xp_at(entry.level)) // xp_to_next(entry.level)


def _script_values(lines: Sequence[Line], columns: Sequence[Column]) -> dict[str, Any]:
    """Return what the script needs to know; it knows nothing of columns by itself."""
    return {
        "fields": Line._fields,
        "numbers": [column.key for column in columns],
        "of": _listed(len(lines)),
        "members": lines,
    }


def _facts(member: ListedMember) -> list[Fact]:
    ranked = member.ranked
    streak = ranked.current_streak
    return [
        Fact("Level", ranked.level, progress=_progress(ranked)),
        Fact("Points", member.points),
        Fact("XP", ranked.xp),
        Fact("Messages", ranked.messages),
        Fact("Streak", streak, hot=bool(streak)),
        Fact("Longest streak", ranked.longest_streak),
        Fact("Last active", day(ranked.last_active_on)),
    ]


def _standing(standing: Standing, first: Period) -> dict[str, Any]:
    ranked = standing.ranked
    return {
        "file": file_of(standing.period, first),
        "label": label_of(standing.period),
        "rank": None if ranked is None else ranked.rank,
        "points": None if ranked is None else ranked.points,
        "xp_gained": None if ranked is None else ranked.xp_gained,
    }


def _switch(period: Period, first: Period) -> Switch:
    since, until = period.since, period.until
    days = "" if since is None else str(since) if since == until else f"{since} to {until}"
    return Switch(file_of(period, first), label_of(period), days)


def _about(board: Leaderboard) -> str:
    source = "" if board.source is None else f" from {name(board.source) or 'a source'}"
    return f"by {_BY.get(board.by, board.by)}{source}{active(board)}"


def _growth(growth: Growth) -> dict[str, Any]:
    """Return the chart in two widths, of which the page shows one, and in words."""
    ends = (
        f"{name(line.username) or line.discord_id} {line.values[-1]:,}"
        for line in growth.lines
        if line.values[-1] is not None
    )
    return {
        css: charts.svg(growth, scheme=charts.Scheme.LIGHT, width=width)
        for css, width in (("broad", charts.WIDTH), ("narrow", _PHONE))
    } | {"says": f"From {growth.since} to {growth.until}: {', '.join(ends)}"}


def _listed(count: int) -> str:
    return "1 member" if count == 1 else f"{count:,} members"


def _nothing(board: Leaderboard) -> str:
    if board.active is not None:
        return f"Nobody here has gained {board.active:,} XP in the last 30 days."
    if board.total_members == 0:
        return "No members yet. They appear here after the first sync that finds some."
    return "Nobody has gained anything in this time."


def _policy(style: str, script: str | None = None) -> str:
    """Return the policy that lets in this style and script, and pictures that are in the page."""
    scripts = "" if script is None else f"; script-src '{_hash(script)}'"
    return (
        f"default-src 'none'; style-src '{_hash(style)}'{scripts}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"


def _in_script(value: Any) -> str:
    """Return a value as JSON that ends no script and holds no line end of JavaScript's."""
    written = json.dumps(json.loads(json_text(value)), ensure_ascii=False, separators=(",", ":"))
    return written.translate(_IN_JSON)


@lru_cache
def _text(*files: str) -> str:
    """Return files of this folder, one after the other, as they are."""
    texts = [(Path(__file__).parent / file).read_text(encoding="utf-8") for file in files]
    return "".join(texts)


def _dark_charts() -> str:
    return f"@media (prefers-color-scheme: dark) {{ {charts.dark_rules()} }}\n"


@lru_cache
def _environment() -> "Environment":
    """Return the templates, in which every value is escaped.

    Raises:
        ConfigError: the extra `charts` is not installed.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise ConfigError(
            "--format html needs the extra charts, which is not installed. Install it:"
            " pipx install --force '.[charts]'"
        ) from None
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
