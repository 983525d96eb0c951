"""The files a command leaves: whole or not at all, never over somebody else's, never of two runs.

They are written into a folder of their own beside their places, and moved from there once all are complete.
The record of a run says whose the others are: it is marked unfinished before the first is touched, and its
true content comes last. A run killed in between is therefore known as ours, and the next one completes it.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Writers = Mapping[str, Callable[[Path], object]]

MODEL = "model.scarce"
REPORT = "report.html"
RECORD = "run.json"
JOURNAL = ".journal"
MADE_BY = "scarce"
UNFINISHED = "scarce was stopped while it replaced the files beside this one: run the same command again"
DRAFTS = ".scarce-unfinished-"
ABANDONED = 24 * 3600.0
"""Seconds without a write after which drafts that no lock speaks for can only be a dead process's."""


def folder_named(text: str) -> Path:
    """Return the folder that ``--out`` names.

    Raises
    ------
    ScarceError
        E204 for an empty name, which a script's unset variable leaves.
    """
    if not text:
        raise ScarceError(
            "E204",
            option="--out",
            value=text,
            reason="it names no folder",
            suggestion="the current one is: --out .",
        )
    return Path(text)


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written to or holds files of ours that no run of ours wrote.

    Nothing is created: a command that ends with an error leaves no trace.

    Raises
    ------
    ScarceError
        E207 where it cannot be written, E208 where a file of that name is not ours, E213 where
        the finished fits would go elsewhere.
    """
    with _told(folder, "--out"):
        if folder.exists() and not folder.is_dir():
            raise _unwritable(folder, "it is a file", "--out")
        nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            raise _unwritable(folder, f"{nearest} is not writable", "--out")
        if not folder.exists():
            return
        _check_journal(folder / JOURNAL)
        there = [name for name in (MODEL, REPORT, RECORD) if os.path.lexists(folder / name)]
        if there and not _is_ours(folder / RECORD):
            raise ScarceError("E208", folder=folder, name=there[0])
        for name in there:
            _check_place(folder / name, "--out")


def _check_journal(journal: Path) -> None:
    if journal.is_symlink():
        raise ScarceError("E213", path=journal)
    if not journal.exists():
        return
    if not journal.is_dir():
        raise _unwritable(journal, "it is a file", "--out")
    if not os.access(journal, os.W_OK | os.X_OK):
        raise _unwritable(journal, "it is not writable", "--out")


def _check_place(path: Path, option: str) -> None:
    """Refuse what a file cannot take the place of; a link is replaced, and what it points at stays."""
    if path.is_dir() and not path.is_symlink():
        raise _unwritable(path, "it is a folder", option)
    if path.exists() and not path.is_file() and not path.is_symlink():
        raise _unwritable(path, "it is not a regular file", option)


def check_file(path: Path, inputs: tuple[str, ...], option: str) -> None:
    """Refuse an output file that is an input, a folder, or in a folder that is not there or not writable.

    Raises
    ------
    ScarceError
        E207, with the reason.
    """
    with _told(path, option):
        parent = path.absolute().parent
        _check_place(path, option)
        if path.is_dir():
            raise _unwritable(path, "it is a folder", option)
        if not parent.is_dir():
            raise _unwritable(path, f"there is no folder {path.parent}", option)
        if path.exists() and any(path.samefile(name) for name in _existing(inputs)):
            raise _unwritable(path, "it is the input", option)
        if not os.access(parent, os.W_OK | os.X_OK):
            raise _unwritable(path, f"{path.parent} is not writable", option)


def _existing(inputs: tuple[str, ...]) -> list[str]:
    """Return the files that names and globs stand for."""
    return [name for text in inputs for name in (text, *glob.glob(text)) if Path(name).exists()]  # noqa: PTH207


def write_file(path: Path, write: Callable[[Path], object], option: str) -> None:
    """Write one file whole or not at all; a link in its place is replaced, and what it points at stays.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    write : callable
        Given the path to write to.
    option : str
        What the error says to change.

    Raises
    ------
    ScarceError
        E207 where the disk refuses.
    """
    with _told(path, option):
        _remove_drafts(path.parent, older_than=ABANDONED)
        with _drafts(path.parent) as drafts:
            _write_each(drafts, {path.name: write})
            _check_place(path, option)
            (drafts / path.name).replace(path)


def write_run(folder: Path, writers: Writers) -> None:
    """Write the files of a run, all or none, while nobody else works in the folder.

    Parameters
    ----------
    folder : Path
        Made if missing.
    writers : mapping of str to callable
        `MODEL`, `REPORT` and `RECORD` to what writes each, given the path to write to.

    Raises
    ------
    ScarceError
        E207 where the disk refuses: the files of an earlier run are then as they were.
    """
    with _told(folder, "--out"):
        beside = folder / JOURNAL
        beside.mkdir(parents=True, exist_ok=True)
        _remove_drafts(beside, older_than=0.0)
        with _drafts(beside) as drafts:
            _write_each(drafts, writers)
            check_folder(folder)
            _exchange(drafts, folder)


def _exchange(new: Path, folder: Path) -> None:
    """Move a complete set into place, so that no moment shows one run's model beside another's report."""
    old, unfinished = new / "old", new / "unfinished"
    old.mkdir()
    write_json(unfinished, {"made_by": MADE_BY, "unfinished": UNFINISHED})
    for name in (MODEL, REPORT, RECORD):
        if os.path.lexists(folder / name):
            shutil.copy2(folder / name, old / name, follow_symlinks=False)
    try:
        unfinished.replace(folder / RECORD)
        (folder / REPORT).unlink(missing_ok=True)  # or it would stand beside another run's model for a moment
        for name in (MODEL, REPORT, RECORD):
            (new / name).replace(folder / name)
    except BaseException:
        for name in (MODEL, REPORT, RECORD):
            with suppress(OSError):
                _put_back(old / name, folder / name)
        raise


def _put_back(old: Path, place: Path) -> None:
    if os.path.lexists(old):
        old.replace(place)
    else:
        place.unlink(missing_ok=True)


def _write_each(drafts: Path, writers: Writers) -> None:
    """Write files where nobody looks for them yet, down to the disk."""
    for name, write in writers.items():
        write(drafts / name)
        with (drafts / name).open("rb+") as file:
            os.fsync(file.fileno())


@contextmanager
def _drafts(beside: Path) -> Iterator[Path]:
    """Make a folder whose name nobody can foresee and that nobody else may enter; remove it in the end."""
    drafts = Path(tempfile.mkdtemp(prefix=DRAFTS, dir=beside))
    try:
        yield drafts
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


def _remove_drafts(beside: Path, older_than: float) -> None:
    """Remove what killed processes left."""
    for drafts in beside.glob(f"{DRAFTS}*"):
        with suppress(OSError):
            written = max(path.lstat().st_mtime for path in (drafts, *drafts.iterdir()))
            if time.time() - written >= older_than:
                shutil.rmtree(drafts)  # it refuses a link


def journal_size(folder: Path) -> tuple[int, float]:
    """Return how many finished fits a run's folder keeps, and their size in MB (10^6 bytes)."""
    from scarce.trial import journal

    fits, size = journal.kept(folder / JOURNAL)
    return fits, size / 1e6


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that people can read and programs can compare."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")


def _is_ours(record: Path) -> bool:
    """Return whether a run of ours wrote a record, trusting nothing in it."""
    from scarce.bundle import container, strict_json
    from scarce.bundle.refusal import RefusalError

    try:
        content = strict_json.loads(container.read(record))
    except (ScarceError, RefusalError):
        return False
    return isinstance(content, dict) and content.get("made_by") == MADE_BY


@contextmanager
def _told(path: Path, option: str) -> Iterator[None]:
    """Tell what the system refuses, in our two lines."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise _unwritable(path, reason, option) from error


def _unwritable(path: Path, reason: str, option: str) -> ScarceError:
    return ScarceError("E207", path=path, reason=reason, option=option)
