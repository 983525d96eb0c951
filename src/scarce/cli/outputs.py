"""The files a command leaves: whole or not at all, never over somebody else's, never of two runs.

They are written among drafts (`scarce.bundle.whole_files`), and moved from there once all are complete.
The record of a run says whose the others are: it is marked unfinished before the first is touched, and its
true content comes last. A run killed in between is therefore known as ours, and the next one completes it.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MODEL = "model.scarce"
REPORT = "report.html"
RECORD = "run.json"
TUNED = "tune.json"
JOURNAL, MAP_JOURNAL = ".journal", ".map-journal"
MADE_BY = "scarce"
UNFINISHED = "scarce was stopped while it replaced the files beside this one: run the same command again"


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
    with told(folder, "--out"):
        if folder.exists() and not folder.is_dir():
            raise _unwritable(folder, "it is a file", "--out")
        if folder.is_symlink() and not folder.exists():
            raise _unwritable(folder, "it is a link to nothing", "--out")
        nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            raise _unwritable(folder, f"{nearest} is not writable", "--out")
        if not folder.exists():
            return
        _check_journal(folder / JOURNAL)
        there = [name for name in (MODEL, REPORT, RECORD) if os.path.lexists(folder / name)]
        if there and _record(folder / RECORD) is None:
            raise ScarceError("E208", folder=folder, name=RECORD if RECORD in there else there[0])
        for name in there:
            _check_place(folder / name, "--out")


def check_tuned(folder: Path) -> None:
    """Refuse a folder as `check_folder` does, and one with a `TUNED` file that is not ours."""
    check_folder(folder)
    with told(folder, "--out"):
        if os.path.lexists(folder / TUNED):
            if _record(folder / TUNED) is None:
                raise ScarceError("E208", folder=folder, name=TUNED)
            _check_place(folder / TUNED, "--out")


def check_same_table(folder: Path, name: str, table: str, target: str) -> None:
    """Refuse a folder with the results of another table, or of another target of the same one.

    Parameters
    ----------
    folder : Path
        One that `check_folder` has passed.
    name, table, target : str
        What the data is called, the digest of its content, and the column to predict.

    Raises
    ------
    ScarceError
        E380.
    """
    data = (_record(folder / RECORD) or {}).get("data")
    if not isinstance(data, dict) or not {"name", "table", "target"} <= set(data):
        return  # nothing is there, or a run was stopped while it replaced it
    if data["table"] == table and data["target"] == target:
        return
    differs = f"{target!r}"
    if data["table"] != table:
        differs = f"{name}, whose content is another" if data["name"] == name else name
    raise ScarceError("E380", folder=folder, name=data["name"], target=data["target"], differs=differs)


def check_no_model(folder: Path) -> None:
    """Refuse a folder with a model, for files that would say of another result what that model does.

    Raises
    ------
    ScarceError
        E222.
    """
    if os.path.lexists(folder / MODEL):
        raise ScarceError("E222", folder=folder)


def _check_journal(journal: Path) -> None:
    from scarce.trial.journal import refuse_link

    refuse_link(journal)
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
    with told(path, option):
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


def _existing(inputs: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files that names and patterns stand for; of those that stand for none the reader tells."""
    from scarce.data.files.file_names import files

    for text in inputs:
        with suppress(ScarceError):
            yield from files(text)


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
    from scarce.bundle import whole_files

    def write_and_look(draft: Path) -> None:
        write(draft)
        _check_place(path, option)

    with told(path, option):
        whole_files.write_by(write_and_look, path)


def write_run(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files of a run, all or none, while nobody else works in the folder.

    Parameters
    ----------
    folder : Path
        Made if missing.
    contents : mapping of str to bytes
        What `REPORT` and `RECORD` hold, and `MODEL` where there is one.

    Raises
    ------
    ScarceError
        E207 where the disk refuses: the files of an earlier run are then as they were. E222 where another
        result's model would stay.
    """
    from scarce.bundle import whole_files

    with told(folder, "--out"):
        beside = folder / JOURNAL
        beside.mkdir(parents=True, exist_ok=True)
        with whole_files.drafts(beside, older_than=0.0) as drafts:
            for name, content in contents.items():
                (drafts / name).write_bytes(content)
                whole_files.sync(drafts / name)
            check_folder(folder)
            if MODEL not in contents:
                check_no_model(folder)
            _exchange(drafts, folder, [name for name in (MODEL, REPORT, RECORD) if name in contents])
        with suppress(OSError):  # it holds the finished fits, if there are any
            beside.rmdir()


def _exchange(new: Path, folder: Path, names: Sequence[str]) -> None:
    """Move a complete set into place, so that no moment shows one run's model beside another's report."""
    unfinished = new / "unfinished"
    unfinished.write_bytes(as_json({"made_by": MADE_BY, "unfinished": UNFINISHED}))
    for name in names:
        if os.path.lexists(folder / name):
            shutil.copy2(folder / name, new / f"old-{name}", follow_symlinks=False)
    try:
        unfinished.replace(folder / RECORD)
        (folder / REPORT).unlink(missing_ok=True)  # or it would stand beside another run's model for a moment
        for name in names:
            (new / name).replace(folder / name)
    except BaseException:
        for name in names:
            with suppress(OSError):
                _put_back(new / f"old-{name}", folder / name)
        raise


def _put_back(old: Path, place: Path) -> None:
    if os.path.lexists(old):
        old.replace(place)
    else:
        place.unlink(missing_ok=True)


def journal_size(folder: Path) -> tuple[int, float]:
    """Return how many finished fits a run's folder keeps, and their size in MB (10^6 bytes)."""
    from scarce.trial import journal

    fits, size = journal.kept(folder / JOURNAL)
    return fits, size / 1e6


def as_json(content: Mapping[str, Any]) -> bytes:
    """Return JSON that people can read and programs can compare."""
    return (json.dumps(content, indent=2, sort_keys=True, default=str) + "\n").encode()


def _record(record: Path) -> dict[str, Any] | None:
    """Return what a run of ours wrote into its record, trusting nothing in it; None where none did."""
    from scarce.bundle import container, strict_json
    from scarce.errors.refusal import RefusalError

    try:
        content = strict_json.loads(container.read(record))
    except (ScarceError, RefusalError):
        return None
    return content if isinstance(content, dict) and content.get("made_by") == MADE_BY else None


@contextmanager
def told(path: Path, option: str) -> Iterator[None]:
    """Tell what the system refuses while a path is written, in our two lines."""
    try:
        yield
    except OSError as error:
        raise _unwritable(path, reason(error), option) from error


def _unwritable(path: Path, why: str, option: str) -> ScarceError:
    return ScarceError("E207", path=path, reason=why, option=option)
