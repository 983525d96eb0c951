"""Files read and written whole: a pipe or a device is never waited for, and no reader sees half a file."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from scarce.bundle.refusal import require

NOT_THROUGH_LINKS = getattr(os, "O_NOFOLLOW", 0)
"""For `open_regular` and `read`: refuse a symbolic link instead of reading what it points to."""


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
    """Put a file in place whole or not at all: written beside its place, flushed to disk, then renamed.

    Parameters
    ----------
    data : bytes
    path : path-like
        Replaced if it is there. The draft beside it has a name nobody can foresee, and is made new: nothing
        that lies there already is opened.

    Raises
    ------
    OSError
        When the file cannot be written; what was there before is untouched.
    """
    place = Path(path)
    draft = place.with_name(f".{place.name}.{secrets.token_hex(8)}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
        _sync_folder(place.parent)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last, where the system lets a folder be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
