"""What the system, the decompressor or another program does to a data file while it is read, as errors.

Every read of a data file happens inside `guarded`, so this is the one place where an `OSError` and its like
become two lines, and where a file that changes between the passes over it is noticed.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULTS = (OSError, EOFError, zlib.error, duckdb.IOException)
_NO_FILE = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def what_is(path: str) -> str | None:
    """Return what a path leads to: ``""`` for a file, words for anything else, None for nothing.

    Raises
    ------
    ScarceError
        E123 where the system does not tell.
    """
    try:
        mode = Path(path).stat().st_mode
        path.encode()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise refusal(error, path) from None
    return "" if stat.S_ISREG(mode) else _NO_FILE.get(stat.S_IFMT(mode), "no ordinary file")


@contextmanager
def guarded(file: Path, source: str) -> Iterator[None]:
    """Read a file inside: what the system says becomes an error, and so does a file that changes meanwhile.

    Parameters
    ----------
    file : Path
    source : str
        What messages call it.

    Raises
    ------
    ScarceError
        E123 where the system refuses, E124 for a file that changed or vanished, E125 for damaged gzip.
    """
    before = state_of(file)
    try:
        yield
    except (ScarceError, *FAULTS) as error:
        _check_unchanged(file, before, source)
        if isinstance(error, ScarceError):
            raise
        raise refusal(error, source) from None
    _check_unchanged(file, before, source)


def state_of(file: Path) -> tuple[int, ...] | None:
    """Return what changes when a file is written or replaced; None if there is no such file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def line_of(row: int, lines: Iterator[int], file: Path, state: tuple[int, ...] | None) -> str:
    """Return the line of a data row, or its number where the file is no longer what was read.

    Parameters
    ----------
    row : int
        Counted from 0.
    lines : iterator of int
        The line of each data row, found by walking the file.
    file : Path
    state : tuple of int or None
        As `state_of` said when the file was read.
    """
    try:
        line = next(islice(lines, row, None), None)
    except (ScarceError, *FAULTS):
        line = None
    known = line is not None and state_of(file) == state
    return f"line {line}" if known else f"row {row + 1}"


def first_line(error: Exception) -> str:
    """Return what an error of a library says, cut to what a line holds."""
    return str(error).strip().partition("\n")[0][:200]


def refusal(error: Exception, source: str) -> ScarceError:
    """Return the error that says why a file or folder cannot be read."""
    if isinstance(error, EOFError):
        return ScarceError("E125", source=source, reason="it ends too early")
    if isinstance(error, gzip.BadGzipFile | zlib.error):
        reason = "its content is damaged, or something else follows it"
        return ScarceError("E125", source=source, reason=reason)
    if isinstance(error, UnicodeError):
        reason = "its name is not UTF-8"
    elif isinstance(error, OSError) and error.errno:
        reason = os.strerror(error.errno)
    else:
        reason = first_line(error)
    named = source.encode(errors="backslashreplace").decode()
    return ScarceError("E123", source=named, reason=reason)


def _check_unchanged(file: Path, before: tuple[int, ...] | None, source: str) -> None:
    if before is None or state_of(file) != before:
        raise ScarceError("E124", source=source) from None
