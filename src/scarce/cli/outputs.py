"""The files a command leaves: whole or not at all, and never over somebody else's."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODEL = "model.scarce"
REPORT = "report.html"
RECORD = "run.json"
JOURNAL = ".journal"
MADE_BY = "scarce"


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written to or holds files of ours that no run of ours wrote.

    Nothing is created: a command that ends with an error leaves no trace.

    Raises
    ------
    ScarceError
        E207 where it cannot be written, E208 where a file of that name is not ours.
    """
    if folder.exists() and not folder.is_dir():
        raise ScarceError("E207", path=folder, reason="it is a file", option="--out")
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise ScarceError("E207", path=folder, reason=f"{nearest} is not writable", option="--out")
    if not folder.exists() or _is_ours(folder / RECORD):
        return
    for name in (MODEL, REPORT, RECORD):
        if (folder / name).exists():
            raise ScarceError("E208", folder=folder, name=name)


def check_file(path: Path, inputs: tuple[str, ...], option: str) -> None:
    """Refuse an output file that is an input, a folder, or in a folder that is not there.

    Raises
    ------
    ScarceError
        E207, with the reason.
    """
    reason = ""
    if path.is_dir():
        reason = "it is a folder"
    elif not path.absolute().parent.is_dir():
        reason = f"there is no folder {path.parent}"
    elif path.exists() and any(Path(name).exists() and path.samefile(name) for name in inputs):
        reason = "it is the input"
    if reason:
        raise ScarceError("E207", path=path, reason=reason, option=option)


def write_all(folder: Path, writers: Mapping[str, Callable[[Path], object]], option: str = "--out") -> None:
    """Write several files beside their names first, and rename them once all of them are complete.

    Parameters
    ----------
    folder : Path
        Made if missing.
    writers : mapping of str to callable
        File name to what writes it, given the path to write to.
    option : str
        What the error says to change.

    Raises
    ------
    ScarceError
        E207 where the disk refuses.
    """
    parts = {name: folder / f".{os.getpid()}.{name}" for name in writers}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, write in writers.items():
            write(parts[name])
        for name, part in parts.items():
            part.replace(folder / name)
    except OSError as error:
        raise ScarceError(
            "E207", path=error.filename or folder, reason=error.strerror or str(error), option=option
        ) from error
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)


def journal_size(folder: Path) -> tuple[int, float]:
    """Return how many finished fits a run's folder keeps, and their size in MB (10^6 bytes)."""
    from scarce.trial import journal

    fits, size = journal.kept(folder / JOURNAL)
    return fits, size / 1e6


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that people can read and programs can compare."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")


def _is_ours(record: Path) -> bool:
    try:
        return bool(json.loads(record.read_text(encoding="utf-8")).get("made_by") == MADE_BY)
    except (OSError, ValueError, AttributeError):
        return False
