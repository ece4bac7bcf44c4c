"""Reads the board page by page, as far as it gets (R15, R16)."""

from dataclasses import dataclass

from trc_mee6.errors import Interrupted, OutOfTime, SchemaBroken, TrcMee6Error
from trc_mee6.jobs.context import Job
from trc_mee6.log import log
from trc_mee6.mee6.client import BoardClient
from trc_mee6.mee6.wire import GuildInfo
from trc_mee6.store.observations import Sightings

_MOST_REPEATS = 3  # pages in a row that bring nobody: the server ignores `page`

_LONGER = 1.1  # a page may hold a few more than the first, of which some players were left out


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far a sweep got.

    Attributes:
        pages: pages read, an empty last one included.
        complete: the end of the board was reached and no page failed.
        guild: what the first page said of the guild, None without a page.
        cut_short_by: what ended it early, None if nothing did.
        credible: what was read may be applied.
    """

    pages: int
    complete: bool
    guild: GuildInfo | None
    cut_short_by: TrcMee6Error | OutOfTime | Interrupted | None
    credible: bool = True


def read_board(
    job: Job, client: BoardClient, sightings: Sightings, expected_pages: int | None
) -> Sweep:
    """Stage every page of the board.

    The end is an empty page, or one shorter than the first (R16). A page clearly longer than the
    first means that the server's own cap moved, and players between two pages may have been
    missed: such a sweep goes on to the end but is not complete.
    """
    pages = players = repeats = 0
    first = 0
    cap_moved = False
    guild: GuildInfo | None = None
    before: set[int] = set()
    on_first: set[int] = set()
    while True:
        try:
            page = client.page(pages)
        except (TrcMee6Error, OutOfTime, Interrupted) as end:
            if job.stop.insisted:  # there is no time to write what was read
                raise
            return Sweep(pages, complete=False, guild=guild, cut_short_by=end)
        ids = [player.discord_id for player in page.players]
        repeats = repeats + 1 if ids and _brings_nobody(ids, before | on_first) else 0
        if repeats == _MOST_REPEATS:
            repeating = SchemaBroken(
                f"MEE6 sends the same page again and again (page {pages} brings nobody new)."
                " Its API may have changed; look for a newer trc-mee6."
            )
            return Sweep(pages, complete=False, guild=guild, cut_short_by=repeating, credible=False)
        before = set(ids)
        if pages == 0:
            first, on_first, guild = len(ids), before, page.guild
        sightings.stage(page.players)
        pages += 1
        players += len(ids)
        cap_moved = cap_moved or len(ids) > first * _LONGER
        job.progress.page_read(pages, players, expected_pages)
        log.debug("page.read", page=pages - 1, players=len(ids))
        if len(ids) < first or not ids:
            return Sweep(pages, complete=not cap_moved, guild=guild, cut_short_by=None)


def _brings_nobody(ids: list[int], known: set[int]) -> bool:
    """Say whether a page is one read before, give or take what moved meanwhile."""
    return sum(discord_id not in known for discord_id in ids) * 10 < len(ids)
