"""Discord's ids as people type them."""

import pytest

from trc_mee6.rules.snowflake import snowflake


@pytest.mark.parametrize(
    "text", ["10000000000000000", " 123456789012345678 ", "9223372036854775807"]
)
def test_an_id_is_taken(text):
    assert snowflake(text) == int(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "12", "-123456789012345678", "1234567890123456", "9223372036854775808",
        "12345678901234567890", "1.23457E+17", "123456789012345678x", "0123456789012345678",
        "１２３４５６７８９０１２３４５６７８", "<@123456789012345678>",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="17 to 19 digits"):
        snowflake(text)
