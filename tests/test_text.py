"""Names from outside are shown whole, and can do nothing but be read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trc_mee6.text import printable

STEERING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    "name",
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
    ],
)
def test_names_of_people_stay_as_they_are(name):
    assert printable(name) == name


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
    ],
)
def test_control_characters_are_shown_instead_of_obeyed(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("character", STEERING, ids=lambda character: f"{ord(character):04X}")
def test_nothing_reorders_the_text_around_a_name(character):
    assert printable(f"a{character}b") == "a\ufffdb"


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "L"])))
def test_whatever_is_shown_is_as_long_as_sent_harmless_and_stays_so(text):
    shown = printable(text)
    assert len(shown) == len(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & set(STEERING)
    assert printable(shown) == shown
    shown.encode()
