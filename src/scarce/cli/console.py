"""What the commands speak through: coded lines, two consoles of a known width, two ways of showing progress.

Data goes to stdout and everything else to stderr. rich honours NO_COLOR by itself; it is imported only where
something is drawn, for the entry point needs the coded lines without it.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from scarce.cli import interrupts
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.progress import TaskID
    from rich.text import Text

    from scarce.progress import Progress

WIDTH = 100


class Interrupted(Exception):  # noqa: N818 - nothing went wrong: the user asked for it
    """A stop where there is something to say about what was kept."""


@contextmanager
def if_interrupted(what: Callable[[], str]) -> Iterator[None]:
    """Turn a Ctrl-C in the body into `Interrupted`, with `what` is left of the work."""
    try:
        yield
    except KeyboardInterrupt:
        interrupts.listen_no_more()  # an impatient second one would lose what is said of the first
        raise Interrupted(f"interrupted; {what()}") from None


def stdout() -> Console:
    """Return the console for what a command is asked for."""
    return _console(sys.stdout)


def stderr() -> Console:
    """Return the console for everything else."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    """Return a console that is `WIDTH` wide where nobody watches, and no wider where somebody does."""
    from rich.console import Console

    console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    console.width = min(WIDTH, console.width) if stream.isatty() else WIDTH
    return console


def note(text: str) -> None:
    """Print a remark on stderr."""
    print(visible(text), file=sys.stderr)


def say(code: str, kind: str, message: str, hint: str) -> None:
    """Print a coded error or warning in its two lines on stderr."""
    opening = paint(f"{kind}[{code}]:", "33" if kind == "warning" else "31")
    print(f"{opening} {visible(message)}\n{paint('hint:', '36')} {visible(hint)}", file=sys.stderr)


def shown(text: str, style: str = "") -> Text:
    """Return a line for a console of ours that may quote a name out of somebody's file."""
    from rich.text import Text

    return Text(visible(text), style=style)


def paint(text: str, colour: str) -> str:
    """Return `text` bold in an ANSI colour where stderr is a terminal and NO_COLOR does not forbid it."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stderr.isatty():
        return text
    return f"\033[1;{colour}m{text}\033[0m"


def progress() -> Bar | Tenths:
    """Return a bar with the time left for a terminal, a line a tenth for anything else."""
    return Bar() if sys.stderr.isatty() else Tenths(sys.stderr)


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
    """A bar with the time left."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Display

        self._display = Display(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28, complete_style="cyan", finished_style="green"),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            TextColumn("[dim]{task.fields[note]}"),
            console=stderr(),
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
