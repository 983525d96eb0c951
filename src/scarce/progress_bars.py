"""How long work is shown: a bar, a line a tenth, or a count of what is done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from scarce.progress import Progress


class Counted:
    """A progress that remembers how far each piece of work came, and shows it through another."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._done: dict[str, int] = {}
        self._total: dict[str, int] = {}
        self._label = ""

    def of(self, label: str) -> tuple[int, int]:
        """Return the steps of a piece of work that are done, and all of them; (0, 0) before it began."""
        return self._done.get(label, 0), self._total.get(label, 0)

    def start(self, total: int, label: str) -> None:
        """Begin to count a piece of work."""
        self._label, self._done[label], self._total[label] = label, 0, total
        self._shown.start(total, label)

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count, and show."""
        self._done[self._label] += n
        self._shown.advance(n, note)

    def finish(self) -> None:
        """Keep the count."""
        self._shown.finish()


class Bar:
    """A bar with the time left, on a terminal or in a notebook."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Display

        self._display = Display(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28, complete_style="cyan", finished_style="green"),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            TextColumn("[dim]{task.fields[note]}"),
            console=console,
        )
        self._task: TaskID | None = None

    def start(self, total: int, label: str) -> None:
        """Show an empty bar."""
        self._task = self._display.add_task(label, total=total, note="")
        self._display.start()

    def advance(self, n: int = 1, note: str = "") -> None:
        """Move the bar."""
        if self._task is not None:
            self._display.update(self._task, advance=n, note=note)

    def finish(self) -> None:
        """Leave the bar as it stands."""
        if self._task is not None:
            self._display.update(self._task, note="")
            self._display.stop_task(self._task)
            self._display.stop()


class Tenths:
    """A line for each tenth of the work, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._done = self._total = self._tenth = 0
        self._label, self._begun = "", 0.0

    def start(self, total: int, label: str) -> None:
        """Remember when it began; the first line comes with the first tenth."""
        self._done, self._total, self._label, self._tenth = 0, total, label, 0
        self._begun = time.monotonic()

    def advance(self, n: int = 1, note: str = "") -> None:
        """Print a line if this step completes a tenth."""
        self._done += n
        tenth = 10 * self._done // max(self._total, 1)
        if tenth == self._tenth:
            return
        self._tenth = tenth
        spent = time.monotonic() - self._begun
        left = spent * (self._total - self._done) / self._done
        print(
            f"{self._label}: {100 * self._done // max(self._total, 1)} % ({self._done} of {self._total}),",
            f"{duration(left)} left",
            file=self._stream,
            flush=True,
        )

    def finish(self) -> None:
        """Say nothing: the last tenth has been told, or the work was cut short."""


def duration(seconds: float) -> str:
    """Return a time as a person says it.

    Examples
    --------
    >>> duration(7.2), duration(192)
    ('7 s', '3 min 12 s')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
