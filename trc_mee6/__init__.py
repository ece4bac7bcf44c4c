"""Turns a Discord community's MEE6 XP into points in a ledger that can be trusted.

The command line is `trc-mee6`; an application that shares the database can use the two
functions exported here. They are loaded on first use, so that importing the package costs
nothing.
"""

from typing import TYPE_CHECKING, Any

from trc_mee6.version import __version__

if TYPE_CHECKING:
    from trc_mee6.jobs.awards import AwardResult, award_discord_points, award_points

__all__ = ["AwardResult", "__version__", "award_discord_points", "award_points"]


def __getattr__(name: str) -> Any:
    """Load the award functions when they are first asked for."""
    if name in __all__:
        from trc_mee6.jobs import awards

        return getattr(awards, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
