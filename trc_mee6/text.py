"""Text from outside, made harmless to show: nothing in it may steer a terminal or a reader.

What is shown to people goes through `printable`, or `name` for a name; what a message quotes of
what somebody typed through `quoted`; what programs read as JSON is written by `json_text`.
"""

import json
import re
import unicodedata
from typing import Any

_SHOWN_AS = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}  # control pictures
# Bidirectional controls and marks reorder the text around a name; line and paragraph
# separators break it; the others are obsolete instructions. Joiners and variation selectors
# stay: emoji and many scripts need them.
_REPLACED = [*range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029]
_REPLACED += [
    *range(0x202A, 0x202F),
    *range(0x2066, 0x2070),
    *range(0xFFF9, 0xFFFC),
    0xFEFF,
    0xFFFE,
    0xFFFF,
]
_TABLE = _SHOWN_AS | dict.fromkeys(_REPLACED, 0xFFFD)
_UNREADABLE = "\ufffd"
_MOST_MARKS = 5  # on one character; no script stacks more, and a heap of them covers other lines
_MARKS = frozenset(("Mn", "Me"))
_SHOWING_NOTHING = _MARKS | {"Cf", "Zs"}
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs without a picture
_LONGEST_NAME = 100  # characters; Discord's own have at most that many
_LONGEST_QUOTE = 60
_SURROGATES = re.compile("[\ud800-\udfff]")
_ESCAPED_IN_JSON = re.compile(f"[\x7f{''.join(map(chr, _REPLACED))}]")


def printable(text: str) -> str:
    """Return `text` with every character that is not text replaced by a visible one.

    Of what shows nothing at all every character is replaced, blanks aside; of a heap of marks on
    one character the lowest stay.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = _harmless(text)
    if _shows_nothing(shown):
        return "".join(c if c.isspace() else _UNREADABLE for c in shown)
    return shown


def name(text: str | None, longest: int = _LONGEST_NAME) -> str:
    """Return a name as people are shown it, `longest` characters at most; "" if it shows nothing.

    So `name(username) or discord_id` is never blank.
    """
    if text is None or _shows_nothing(text):
        return ""
    shown = printable(text[: longest * (_MOST_MARKS + 1)])
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def quoted(value: object, longest: int = _LONGEST_QUOTE) -> str:
    """Return what was typed or sent, cut, for a message; text is in quotation marks."""
    if isinstance(value, str):
        return repr(value if len(value) <= longest else f"{value[: longest - 1]}…")
    return name(repr(value), longest)


def is_text(value: str) -> bool:
    """Say whether both databases can keep it: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not _SURROGATES.search(value)


def json_text(document: Any, *, indent: int | None = None) -> str:
    """Return a document as JSON that is valid, steers no terminal, and says what was given.

    Characters that would steer one are written as escapes. Half a surrogate pair is no text and
    has no valid JSON; it is replaced.
    """
    written = json.dumps(document, ensure_ascii=False, indent=indent, default=str)
    whole = _SURROGATES.sub(_UNREADABLE, written)
    return _ESCAPED_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", whole)


def _harmless(text: str) -> str:
    kept, marks = [], 0
    for character in text.translate(_TABLE):
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if marks <= _MOST_MARKS:
            kept.append(_UNREADABLE if category == "Cs" else character)
    return "".join(kept)


def _shows_nothing(text: str) -> bool:
    return all(c in _BLANKS or unicodedata.category(c) in _SHOWING_NOTHING for c in text)
