"""How long work says where it stands; only the standard library, so that any room may call it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator


@runtime_checkable
class Progress(Protocol):
    """What a long computation reports to: a bar, a line per tenth, or nothing.

    A piece of work is ``start``, some ``advance`` and one ``finish``; pieces follow one another, never nest.
    A computation that fails or is interrupted calls ``finish`` on its way out.

    Examples
    --------
    >>> isinstance(SILENT, Progress)
    True
    """

    def start(self, total: int, label: str) -> None:
        """Begin a piece of work of `total` steps, named `label` for the reader."""
        ...

    def advance(self, n: int = 1, note: str = "") -> None:
        """Report `n` more steps done; `note` says which, in a few words."""
        ...

    def finish(self) -> None:
        """End the piece of work, done or not."""
        ...


class Silent:
    """The default watcher: it hears everything and says nothing."""

    def start(self, total: int, label: str) -> None:
        """Ignore it."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """Ignore it."""

    def finish(self) -> None:
        """Ignore it."""


SILENT: Progress = Silent()


@contextmanager
def piece(progress: Progress, total: int, label: str) -> Iterator[None]:
    """Report the body as one piece of work, done or not."""
    progress.start(total, label)
    try:
        yield
    finally:
        progress.finish()
