"""Text from outside, made harmless to show: nothing in a name may steer a terminal or a reader."""

import unicodedata

_SHOWN_AS = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}  # control pictures
# Bidirectional controls and marks reorder the text around a name; line and paragraph
# separators break it. Joiners and variation selectors stay: emoji and many scripts need them.
_REPLACED = [*range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029]
_REPLACED += [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
_TABLE = _SHOWN_AS | dict.fromkeys(_REPLACED, 0xFFFD)


def printable(text: str) -> str:
    """Return `text` with every character that is not text replaced by a visible one."""
    if text.isascii() and text.isprintable():
        return text
    shown = text.translate(_TABLE)
    return "".join("\ufffd" if unicodedata.category(c) == "Cs" else c for c in shown)
