"""Files read and written whole: a pipe or a device is never waited for, and no reader sees half a file.

What is being written lies in a folder of its own that carries our mark. A process that was killed leaves it
behind; whoever writes there next removes it, by that mark and never by its name alone.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scarce.errors.refusal import RefusalError, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOT_THROUGH_LINKS = getattr(os, "O_NOFOLLOW", 0)
"""For `open_regular` and `read`: refuse a symbolic link instead of reading what it points to."""
PREFIX = ".scarce-unfinished-"
"""How the folder of drafts begins; eight characters of `tempfile` follow."""
ABANDONED = 24 * 3600.0
"""Seconds without a write after which drafts can only be a dead process's."""

_NAME = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")
_MARKER = "made-by-scarce"
_MARK = b"scarce keeps files here until they are complete\n"
_USER = getattr(os, "geteuid", lambda: 0)()  # Windows has no such numbers, and says 0 of every file


def open_regular(path: str | os.PathLike[str], flags: int = 0) -> int:
    """Return a descriptor for reading a regular file.

    Parameters
    ----------
    path : path-like
    flags : int
        More flags of `os.open`, such as `NOT_THROUGH_LINKS`.

    Raises
    ------
    OSError
        For anything but a regular file: a pipe is not waited for, and a device has no end.
    """
    wanted = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, wanted | flags)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError("it is not a regular file")


def read(path: str | os.PathLike[str], most: int, flags: int = 0) -> bytes:
    """Return the bytes of a regular file of bounded size.

    Parameters
    ----------
    path : path-like
    most : int
        Bytes; of a file that is larger nothing is read.
    flags : int
        As in `open_regular`.

    Raises
    ------
    OSError
        When it cannot be read or is no regular file.
    RefusalError
        When it is too large.
    """
    with os.fdopen(open_regular(path, flags), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        data = b"" if size > most else file.read(most + 1)
    require(max(size, len(data)) <= most, f"it is larger than {most} bytes")
    return data


def write(data: bytes, path: str | os.PathLike[str]) -> None:
    """Put a file of these bytes in place whole or not at all, as `write_by` does.

    Parameters
    ----------
    data : bytes
    path : path-like

    Raises
    ------
    OSError
        When the file cannot be written; what was there before is untouched.
    """
    write_by(lambda draft: draft.write_bytes(data), path)


def write_by(writer: Callable[[Path], object], path: str | os.PathLike[str]) -> None:
    """Put a file in place whole or not at all: written among `drafts`, flushed to disk, then renamed.

    Parameters
    ----------
    writer : callable
        Given the path to write to, which bears the name of `path`.
    path : path-like
        Replaced if it is there; a link is replaced, and what it points at stays.

    Raises
    ------
    OSError
        When the file cannot be written; what was there before is untouched.
    """
    place = Path(path)
    with drafts(place.parent) as folder:
        draft = folder / place.name
        writer(draft)
        sync(draft)
        draft.replace(place)
        _sync_folder(place.parent)


@contextmanager
def drafts(beside: Path, older_than: float = ABANDONED) -> Iterator[Path]:
    """Make a folder for files that nobody shall see yet, having removed what killed writers left of theirs.

    Parameters
    ----------
    beside : Path
        The folder that the files will be moved to, or one in it.
    older_than : float
        As in `remove_drafts`.

    Yields
    ------
    Path
        Its name cannot be foreseen, nobody else may enter it, and it goes in the end. It is for plain files:
        one with a folder in it is never removed.
    """
    remove_drafts(beside, older_than)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=beside))
    try:
        (folder / _MARKER).write_bytes(_MARK)
        yield folder
    finally:
        with suppress(OSError):
            _remove(folder)


def remove_drafts(beside: Path, older_than: float = ABANDONED) -> None:
    """Remove the folders of `drafts` that killed writers left, and nothing else.

    Parameters
    ----------
    beside : Path
    older_than : float
        Seconds since the last write in them.
    """
    with suppress(OSError), os.scandir(beside) as listed:
        for folder in [Path(entry) for entry in listed if _NAME.fullmatch(entry.name)]:
            with suppress(OSError, RefusalError):
                if _is_left(folder, older_than):
                    _remove(folder)


def _is_left(folder: Path, older_than: float) -> bool:
    """Return whether a folder is ours, holds files at most, and is no longer written to."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != _USER:
        return False
    within = {path.name: path.lstat() for path in folder.iterdir()}
    if not all(stat.S_ISREG(file.st_mode) or stat.S_ISLNK(file.st_mode) for file in within.values()):
        return False
    last = max(file.st_mtime for file in (status, *within.values()))
    return time.time() - last >= older_than and _is_marked(folder, set(within))


def _is_marked(folder: Path, names: set[str]) -> bool:
    """Return whether our mark is in a folder; a writer killed at once left no more than a part of it."""
    found = read(folder / _MARKER, len(_MARK), NOT_THROUGH_LINKS) if _MARKER in names else b""
    return found == _MARK or (names <= {_MARKER} and _MARK.startswith(found))


def _remove(folder: Path) -> None:
    """Remove a folder and its files, the mark last: a kill in between leaves what is known as ours."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name == _MARKER):
        path.unlink()
    folder.rmdir()


def sync(path: Path) -> None:
    """Flush a file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last, where the system lets a folder be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
