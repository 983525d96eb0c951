"""What the commands speak through: coded lines, two consoles of a known width, and how progress is shown.

Data goes to stdout and everything else to stderr. rich honours NO_COLOR by itself; it is imported only where
something is drawn, for the entry point needs the coded lines without it.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from scarce.cli import interrupts
from scarce.progress_bars import Bar, Tenths
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.text import Text

WIDTH = 100  # where nobody watches
WIDEST = 140


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
    """Return a console that is `WIDTH` wide where nobody watches, else at most `WIDEST`."""
    from rich.console import Console

    console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    console.width = min(WIDEST, console.width) if stream.isatty() else WIDTH
    return console


def note(text: str) -> None:
    """Print a remark on stderr."""
    print(visible(text), file=sys.stderr)


def say(code: str, kind: str, message: str, hint: str) -> None:
    """Print a coded error or warning in its two lines on stderr."""
    opening = paint(f"{kind}[{code}]:", "33" if kind == "warning" else "31")
    second = f"{paint('hint:', '36')} {visible(hint)}{more_of(code, len(f'hint: {visible(hint)}'))}"
    print(f"{opening} {visible(message)}\n{second}", file=sys.stderr)


def more_of(code: str, used: int) -> str:
    """Return what to type for more of a code: on a terminal alone, and where the line still has room."""
    text = f"  (scarce explain {code})"
    has_room = used + len(text) <= shutil.get_terminal_size().columns
    return text if code[0].isalpha() and has_room and sys.stderr.isatty() else ""


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
    return Bar(stderr()) if sys.stderr.isatty() else Tenths(sys.stderr)
