"""Texts that would do harm if they were more than shown, and what tells whether they did.

Names of guilds and players, ids and reasons of other programs, files, answers and headers of MEE6:
all come from strangers. The judges here know nothing of how the program makes them harmless.
"""

import csv
import io
import re
import unicodedata
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_LINES = {
    "LF": "\n", "CR": "\r", "CRLF": "\r\n", "VT": "\v", "FF": "\f", "FS": "\x1c", "NEL": "\x85",
    "line separator": "\u2028", "paragraph separator": "\u2029",
}  # fmt: skip
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

TEXTS = {
    # what steers a terminal
    "colour": "\x1b[31mred\x1b[0m",
    "clear screen": "\x1b[2J\x1b[H",
    "title": "\x1b]0;title\x07",
    "link of a terminal": "\x1b]8;;https://x.example\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "device": "\x1bP$q\"p\x1b\\\x1b[c\x1b[6n",
    "C1": "\x9b31m\x9d0;title\x9c\x90q\x9c",
    "backspaces": "points\b\b\b\b\b\b100000\x7f",
    "bell and tab": "\a\tx",
    "NUL": "a\0b",
    # what breaks lines, and forges them
    **{f"line: {name}": f"a{end}trc-mee6: all is well" for name, end in _LINES.items()},
    # what reorders or hides
    **{f"bidi {ord(c):04X}": f"a{c}gnp.exe" for c in _BIDI},
    "byte order mark": "\ufeffAda",
    "annotation": "a\ufff9b\ufffac\ufffb",
    "symmetric swapping": "\u206a(a)\u206b",
    "only zero width": "\u200b\u200c\u200d\u2060",
    "only a filler": "\u3164",
    "only a mark": "\u0301",
    "only a blank": "\u00a0",
    "only a control": "\x1b",
    "heap of marks": "Z" + "\u0316\u0317\u0301\u0302" * 50 + "o",
    "lone surrogate": "a\ud800b",
    "wide": "﷽" * 50 + "𒐫" * 10 + "小" * 50,
    # markup
    "rich": "[red]x[/red]", "rich, unbalanced": "[/", "rich, closing": "[/red]",
    "rich link": "[link=https://x.example]x[/link]", "emoji code": ":smile:",
    "percent": "%s %(name)s %n", "braces": "{0} {name!r}",
    "HTML": "<script>alert(1)</script>", "image": "<img src=x onerror=alert(1)>",
    "entity": "&lt;b&gt;", "comment": "<!-- x", "CDATA": "<![CDATA[x]]>",
    "pipes": "a|b || c", "code": "`code` ```x", "bold": "**b** __u__ ~~s~~ *i* _i_",
    "heading": "# title", "quote": "> quote", "item": "- item", "rule": "---", "number": "1. x",
    "Markdown link": "[a](https://x.example)", "Markdown image": "![a](https://x.example/a.png)",
    "reference": "[a]: https://x.example", "autolink": "<https://x.example>",
    "address": "https://x.example", "www": "www.x.example/?q", "mail": "me@x.example",
    "invitation": "discord.gg/abc", "spoiler": "||x||", "backslash": "\\", "backslashes": "a\\\\|",
    "formula of GitHub": "$x$",
    # a chat
    "everyone": "@everyone", "here": "@here", "user": "<@100000000000000000>",
    "nick": "<@!100000000000000000>", "role": "<@&100000000000000000>",
    "channel": "<#100000000000000000>", "time": "<t:1234567890:R>",
    "emoji": "<:x:100000000000000000>",
    # a spreadsheet
    **{
        f"formula {start!r}": f"{start}cmd|' /C calc'!A0"
        for start in (
            "=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\u3000=", "\u00a0@", "\uff1d", "\uff0b",
            "\uff0d", "\uff20", "a;=", "a; +", ";\uff1d",
        )
    },
    "quotes": '"quoted", too', "quote that opens": '"=1+1', "quotes and a formula": '","=1+1","',
    "commas": "a,=1+1,b",
    # JSON
    "JSON": '"}]}\n{"command": "sync"', "escape": "\\u0000\\ud800",
    # size
    "long": "x" * 10_000, "long and wide": "小" * 10_000, "long and hidden": "\u200b" * 10_000,
    "long heap": "a" + "\u0301" * 10_000, "one word": "a" + "\u200d" * 9_998 + "b",
    "spaced": "  spaced  ",
}  # fmt: skip


def stored(text: str) -> str:
    """Return what a database keeps of a text from MEE6: all but NUL and half characters."""
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


def unclean(shown: str, *, allowed: str = "\n") -> list[str]:
    """Return the characters that steer a terminal or reorder what is read, SGR sequences aside."""
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    return [
        f"U+{ord(c):04X}"
        for c in without_colours
        if c not in allowed
        and (unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _BIDI or c == "\ufeff")
    ]


def highest_heap(shown: str) -> int:
    """Return how many marks stand on one character at most."""
    return max(len(heap) for heap in re.findall("[\u0300-\u036f]*", shown))


def computed(sheet: str) -> list[str]:
    """Return the cells that a spreadsheet would take for formulas, by comma or semicolon."""
    cells = [
        cell
        for delimiter in ",;"
        for row in csv.reader(io.StringIO(sheet, newline=""), delimiter=delimiter)
        for cell in row
    ]
    numbers = re.compile(r"[+-]?[\d.]*")
    return [
        cell
        for cell in cells
        if re.match(r"[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r]", cell)
        and not numbers.fullmatch(cell)
    ]


def table_of(markdown: str) -> list[list[str]]:
    """Return the cells of the one table in a Markdown document, as a reader sees them.

    Anything else in it than a paragraph of text before the table is an error.
    """
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    assert {token.type for token in tokens} <= _TABLE | {"paragraph_open", "paragraph_close"}
    assert [token.type for token in tokens].count("table_open") == 1
    rows: list[list[str]] = []
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif before.type in ("td_open", "th_open"):
            rows[-1].append("".join(map(_text, token.children or [])))
    return rows


_TABLE = {
    f"{what}_{how}" for what in ("table", "thead", "tbody", "tr", "th", "td")
    for how in ("open", "close")
} | {"inline"}  # fmt: skip


def _text(token: Token) -> str:
    assert token.type == "text", token.type
    return token.content


def called(posted: str) -> list[str]:
    """Return what Discord or GitHub would make a mention, a link or an invitation of."""
    return re.findall(
        r"@everyone|@here|<@[!&]?\d+>|<#\d+>|<t:-?\d+(?::\w)?>|<a?:\w+:\d+>|@\w+"
        r"|\w+://\S|(?i:\bwww\.\w)|(?i:discord(?:\.gg|(?:app)?\.com/invite)/\w)",
        posted,
    )
