"""Finished work on disk: each (arm, repeat, fold) once, so that an interrupted trial can go on.

An entry is one NumPy file named by two digests: of what all fits of a trial depend on (data, options,
versions), and of its own arm, repeat and fold. It is written beside its name and renamed: a killed process
leaves whole entries or none. A trial that has come to its end drops the entries of other trials: what stays
is what the same data, folds and seed can use again, with these arms or others.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


ABANDONED = 3600.0
"""Seconds after which a half-written entry can only be a dead process's."""


@dataclass(frozen=True)
class FoldScores:
    """What one arm said of one fold's test rows.

    Attributes
    ----------
    raw, recovered : ndarray of float64, shape (n_test,)
        Log-odds before and after recovery.
    iterations : int
        Rounds that early stopping chose.
    seconds : float
        Time of the fit.
    """

    raw: npt.NDArray[np.float64]
    recovered: npt.NDArray[np.float64]
    iterations: int
    seconds: float


class Journal:
    """A folder of finished folds; without a folder it remembers nothing.

    Parameters
    ----------
    folder : Path or None
        Where entries live; made on the first write.
    context : dict
        What every entry depends on: data digest, options, versions. JSON-able.
    """

    def __init__(self, folder: Path | None, context: dict[str, Any]) -> None:
        self._folder = folder
        self._trial = _digest(context)[:16]

    def find(self, **key: Any) -> FoldScores | None:
        """Return the entry of this key; None if it is missing or unreadable (it is then computed again)."""
        if self._folder is None:
            return None
        try:
            content = io.BytesIO(self._path(key).read_bytes())
            with np.load(content, allow_pickle=False) as entry:
                return FoldScores(
                    entry["raw"], entry["recovered"], int(entry["iterations"]), float(entry["seconds"])
                )
        except (OSError, KeyError, ValueError, zipfile.BadZipFile, EOFError):
            return None

    def keep(self, scores: FoldScores, **key: Any) -> None:
        """Write an entry whole or not at all.

        Raises
        ------
        ScarceError
            ``E207`` where the disk refuses.
        """
        if self._folder is None:
            return
        buffer = io.BytesIO()
        np.savez(
            buffer,
            raw=scores.raw,
            recovered=scores.recovered,
            iterations=np.int64(scores.iterations),
            seconds=np.float64(scores.seconds),
        )
        path = self._path(key)
        beside = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(buffer.getvalue())
            beside.replace(path)
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            raise ScarceError("E207", path=self._folder, reason=reason, option="--out") from error

    def prune(self) -> None:
        """Drop the entries of other trials, and what killed processes left half-written."""
        if self._folder is None:
            return
        others = (path for path in self._folder.glob("*.npz") if not path.name.startswith(f"{self._trial}-"))
        old = time.time() - ABANDONED
        with suppress(OSError):  # another process may be pruning too
            halves = [path for path in self._folder.glob("*.part") if path.stat().st_mtime < old]
            for path in (*others, *halves):
                path.unlink(missing_ok=True)

    def _path(self, key: dict[str, Any]) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._trial}-{_digest(key)[:16]}.npz"


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
