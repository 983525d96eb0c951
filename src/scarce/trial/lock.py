"""One run at a time in a folder: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from scarce.errors import ScarceError, reason

try:
    import fcntl
except ModuleNotFoundError:  # Windows: two runs in one folder are then not told apart
    fcntl = None

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = ".scarce-lock"
WHERE = "--out (in Python: journal=)"
"""What an error about the folder says to change."""


@contextmanager
def locked(folder: Path | None) -> Iterator[None]:
    """Keep other runs out of a folder; without a folder there is nothing to keep them out of.

    Parameters
    ----------
    folder : Path or None
        Made if missing; whatever was made is removed again if the body leaves nothing in it.

    Raises
    ------
    ScarceError
        E207 where the folder cannot be written, E212 where another run is at work in it.
    """
    if folder is None or fcntl is None:
        yield
        return
    made: list[Path] = []
    try:
        made.extend(path for path in (folder, *folder.parents) if not path.exists())
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(folder)
    except OSError as error:
        _remove_empty(made)
        raise ScarceError("E207", path=folder / LOCK, reason=reason(error), option=WHERE) from error
    try:
        yield
    finally:
        with suppress(OSError):
            if os.fstat(descriptor).st_size == 0 and _is_at(folder / LOCK, descriptor):  # ours is empty
                (folder / LOCK).unlink()
        os.close(descriptor)
        _remove_empty(made)


def _acquire(folder: Path) -> int:
    """Return an open file that nobody else holds; a file left by a killed run is free."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        descriptor = os.open(folder / LOCK, flags, 0o666)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError("it is not a regular file")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise ScarceError("E212", folder=folder) from None
        except OSError:  # a file system that knows no locks
            return descriptor
        if _is_at(folder / LOCK, descriptor):
            return descriptor
        os.close(descriptor)  # its last holder removed it before we had it


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except OSError:
        return False


def _remove_empty(folders: list[Path]) -> None:
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
