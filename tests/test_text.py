"""Names from outside are shown whole, and can do nothing but be read."""

import json
import unicodedata

import pytest
from hostile import unclean
from hypothesis import given
from hypothesis import strategies as st

from trc_mee6.text import is_text, json_text, name, printable, quoted

STEERING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    "person",
    [
        "",
        "Ada",
        "Ada 2",
        "Bjørn",
        "小林さくら",
        "دانا",
        "लक्ष्मी",
        "김민준",
        "Hiro 🎮",
        "👩‍👩‍👧",
        "❤️",
        "می‌خواهم",
        "Nguye\u0302\u0303n",
        "བསྒྲུབས",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
    ],
)
def test_names_of_people_stay_as_they_are(person):
    assert printable(person) == name(person) == person


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a␊b"),
        ("a\r\tb\0", "a␍␉b␀"),
        ("\x1b[2J", "␛[2J"),
        ("\x7f", "␡"),
        ("\x9b2J", "\ufffd2J"),
        ("a\u2028b\u2029c", "a\ufffdb\ufffdc"),
        ("\ufeffAda", "\ufffdAda"),
        ("\ud800", "\ufffd"),
        ("\ufff9a\u206a", "\ufffda\ufffd"),
        ("\u200b\u3164", "\ufffd\ufffd"),
        ("\u200b \u00a0", "\ufffd \u00a0"),
        ("Z" + "\u0301" * 9, "Z" + "\u0301" * 5),
        ("\u200bA", "\u200bA"),
    ],
)
def test_control_characters_are_shown_instead_of_obeyed(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("character", STEERING, ids=lambda character: f"{ord(character):04X}")
def test_nothing_reorders_the_text_around_a_name(character):
    assert printable(f"a{character}b") == "a\ufffdb"


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Mn", "Zs", "L"])))
def test_whatever_is_shown_is_no_longer_than_sent_harmless_and_stays_so(text):
    shown = printable(text)
    assert len(shown) <= len(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & set(STEERING)
    assert printable(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, ""),
        ("", ""),
        ("   ", ""),
        ("\u200b\u200d\u2060", ""),
        ("\u3164", ""),
        ("\u0301" * 10_000, ""),
        ("\x1b", "␛"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        ("e" + "\u0301" * 10_000, "e" + "\u0301" * 5),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_a_name_fits_a_line_and_is_empty_where_it_shows_nothing(text, shown):
    assert name(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a", "'a'"),
        (12, "12"),
        (None, "None"),
        (10**99, f"1{'0' * 58}…"),
        ("\x1b[2J\u202e\n", r"'\x1b[2J\u202e\n'"),
        ("x" * 61, f"'{'x' * 59}…'"),
    ],
)
def test_what_a_message_quotes_is_cut_and_harmless(value, shown):
    assert quoted(value) == shown


def test_half_a_character_and_nul_are_no_text():
    assert [is_text(text) for text in ("", "a😀\x1b", "a\0", "\ud83d")] == [
        True,
        True,
        False,
        False,
    ]


@given(st.recursive(st.text() | st.integers(), lambda parts: st.dictionaries(st.text(), parts)))
def test_json_says_what_was_given_in_harmless_characters(document):
    written = json_text(document)
    assert json.loads(written) == document
    assert unclean(written) == []


def test_json_has_no_half_characters():
    assert json_text(["\ud83d", "\x9b\u202e"]) == r'["�", "\u009b\u202e"]'
