"""Discord's ids as people type them."""

import re

LARGEST = 2**63 - 1


def snowflake(text: str) -> int:
    """Return the Discord id that `text` writes.

    Raises:
        ValueError: it is not 17 to 19 digits below 2^63, as every id Discord ever gave is.
    """
    stripped = text.strip()
    if not re.fullmatch(r"[1-9][0-9]{16,18}", stripped) or int(stripped) > LARGEST:
        raise ValueError("a Discord id is a number of 17 to 19 digits")
    return int(stripped)
