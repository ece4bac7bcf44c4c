"""MEE6's level formula."""


def xp_to_next(level: int) -> int:
    """Return the XP that lead from `level` to the one above."""
    return 5 * level * level + 50 * level + 100


def xp_at(level: int) -> int:
    """Return the XP total at which `level` is reached: the sum of all steps below it."""
    below = level - 1
    return 5 * below * level * (2 * below + 1) // 6 + 25 * below * level + 100 * level


def level_at(xp: int) -> int:
    """Return the level that an XP total makes."""
    level = int((xp * 3 / 5) ** (1 / 3))  # the leading term: never too low, a few too high at most
    while xp_at(level) > xp:
        level -= 1
    return level
