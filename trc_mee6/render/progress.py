"""The progress bar of a sweep, on a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn


class SweepProgress:
    """Shows pages, players, points and the time left on standard error."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("reading the board"),
            BarColumn(),
            TextColumn("{task.fields[pages]}"),
            TextColumn("{task.fields[players]:,} players"),
            TextColumn("{task.fields[points]:,} points"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, pages="page 1", players=0, points=0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def page_read(self, pages: int, players: int, expected_pages: int | None) -> None:
        """Show that so many pages and players were read."""
        total = None if expected_pages is None else max(pages, expected_pages)
        shown = f"page {pages}" if total is None else f"page {pages} of {total}"
        self._bar.update(self._task, completed=pages, total=total, pages=shown, players=players)

    def moved(self, points: int) -> None:
        """Show that so many points were moved."""
        self._bar.update(self._task, points=points)
