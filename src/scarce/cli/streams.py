"""stdout and stderr of the process, which may be closed, full, or a pipe whose reader has left."""

from __future__ import annotations

import io
import os
import select
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scarce.errors import ScarceError, reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


class ReaderLeft(Exception):  # noqa: N818 - nothing went wrong: the reader has seen enough
    """Whoever read stdout through a pipe has left; no OSError, or rich would exit in its own way."""


def prepare() -> None:
    """Give the process streams that fail in our words, once.

    stderr never stops a command: what nobody can read is not worth failing for. A closed stdout stays None,
    for the command to be refused.
    """
    for descriptor in range(3):
        _occupy(descriptor)
    sys.stdout = None if sys.stdout is None else _guarded(sys.stdout, needed=True)
    sys.stderr = _guarded(sys.stderr or open(2, "w", closefd=False), needed=False)  # noqa: SIM115


def require_stdout() -> None:
    """Refuse a command whose stdout is closed, before it does any work.

    Raises
    ------
    ScarceError
        E214.
    """
    if sys.stdout is None:
        raise ScarceError("E214", reason="it is closed")


@contextmanager
def read_by_choice() -> Iterator[None]:
    """Print what a reader may stop reading at any point, for commands with an exit code to give after it."""
    try:
        yield
        sys.stdout.flush()
    except ReaderLeft:
        pass


def _occupy(descriptor: int) -> None:
    """Point a closed standard descriptor at nothing, or the next file opened would take its place."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)


def _guarded(stream: TextIO, *, needed: bool) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    # A terminal without our signs shows a question mark.
    stream.reconfigure(errors="replace")
    if not isinstance(getattr(stream.buffer, "raw", stream.buffer), io.FileIO):
        return stream  # the console of Windows, which has no descriptor to write to
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Descriptor(stream.fileno(), needed)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _Descriptor(io.FileIO):
    """What a stream writes to; once it has failed it takes everything and keeps nothing."""

    def __init__(self, descriptor: int, needed: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._needed = needed
        self._failed = False

    def write(self, data: bytes) -> int:
        """Write some of `data`, and return how much."""
        if self._failed:
            return len(data)
        try:
            return self._write_some(data)
        except OSError as error:
            self._failed = True
            if not self._needed:
                return len(data)
            if isinstance(error, BrokenPipeError):
                raise ReaderLeft from error
            raise ScarceError("E214", reason=reason(error)) from error

    def _write_some(self, data: bytes) -> int:
        while (written := super().write(data)) is None:  # it was made not to wait, by whoever shares it
            select.select([], [self], [])
        return written
