"""Which files a name, a pattern, a list of either or ``-`` stands for."""

from __future__ import annotations

import atexit
import glob
import os
import re
import shutil
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scarce.data.files.input_faults import refusal, what_is
from scarce.data.suggestion import suggestion
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    Paths = str | Path | Sequence[str | Path]

STDIN = "-"
GIVE = "give a CSV, TSV, Parquet, JSON-lines, ARFF or Excel file"
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_NAMED = 3
"""How many files messages name."""


def files(paths: Paths) -> list[Path]:
    """Return the files that names and patterns stand for, in the order in which `reading.read` reads them.

    Parameters
    ----------
    paths : str, Path or sequence of these
        As in `reading.read`.

    Returns
    -------
    list of Path
        One at least; none of them is a folder.

    Raises
    ------
    ScarceError
        E102, E114, E115 or E116 where there is none, E123 where a folder cannot be listed, E156 for stdin
        without data, E159 for a file that is named twice.
    """
    if isinstance(paths, str | Path):
        return _files_of(str(paths))
    found = [file for path in paths for file in _files_of(str(path))]
    if not found:
        raise ScarceError("E102", source="''", suggestion=_nearest(Path()))
    seen: set[Path] = set()
    for file in found:
        if file.resolve() in seen:
            raise ScarceError("E159", source=file)
        seen.add(file.resolve())
    return found


def source_name(paths: Paths) -> str:
    """Return what messages call the files.

    Examples
    --------
    >>> source_name("parts/a.csv"), source_name("-"), source_name(["a.csv", "b.csv"])
    ('a.csv', 'stdin', 'a.csv, b.csv')
    """
    if isinstance(paths, str | Path):
        return "stdin" if str(paths) == STDIN else Path(paths).name or str(paths)
    names = [source_name(path) for path in paths]
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _files_of(path: str) -> list[Path]:
    if path == STDIN and not os.path.lexists(path):
        return [stdin_file()]
    if _ADDRESS.match(path):
        raise ScarceError("E115", source=path)
    if not path:
        raise ScarceError("E102", source="''", suggestion=_nearest(Path(path)))
    kind = what_is(path) if not glob.has_magic(path) or os.path.lexists(path) else None
    if kind:
        raise ScarceError("E114", source=path, what=kind, give=GIVE)
    if kind is not None:
        return [Path(path)]
    if glob.has_magic(path):
        if found := _matching(path):
            return found
        raise ScarceError("E116", source=path)
    raise ScarceError("E102", source=path, suggestion=_nearest(Path(path)))


@cache
def stdin_file() -> Path:
    """Keep what comes from stdin in a file, which is read more than once and goes with the process.

    Raises
    ------
    ScarceError
        E156 where stdin is closed or a terminal.
    """
    stream = sys.stdin
    if stream is None or stream.closed:
        raise ScarceError("E156", reason="it is closed")
    if stream.isatty():
        raise ScarceError("E156", reason="it is a terminal")
    folder = tempfile.TemporaryDirectory(prefix="scarce-")
    atexit.register(folder.cleanup)
    kept = Path(folder.name) / "stdin"
    with kept.open("wb") as file:
        shutil.copyfileobj(stream.buffer, file)
    return kept


def _matching(pattern: str) -> list[Path]:
    """Return the files that a pattern matches, having listed every folder that it leads through.

    `glob` passes over a folder that it may not list, and with it over the files in it.
    """
    folder = pattern
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)  # noqa: PTH120 - "a/**" must not become "a"
        for name in glob.glob(folder, recursive=True) if folder else ["."]:  # noqa: PTH207
            try:
                os.scandir(name).close()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise refusal(error, name) from None
    names = glob.glob(pattern, recursive=True)  # noqa: PTH207
    return sorted(Path(name) for name in names if what_is(name) != "a folder")


def _nearest(missing: Path) -> str:
    """Return a hint for a file that does not exist."""
    names: list[str] = []
    with suppress(OSError):
        if missing.is_symlink():
            target = str(missing.readlink())
            return f"it is a link to {target!r}, which is not there: name the file that is meant"
        names = sorted(entry.name for entry in missing.parent.iterdir())
    hint = suggestion(missing.name, names) if names else ""
    if hint.startswith("did you mean"):
        return hint
    try:
        return f"give the path from here, or a full one; here is {Path.cwd()}"
    except OSError:
        return "give a full path: the folder that this runs in is gone"
