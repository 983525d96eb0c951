"""Finished work on disk: each (arm, repeat, fold) once, so that an interrupted trial can go on.

An entry is one NumPy file named by a digest of everything that decides its content (data, options, versions,
arm, repeat, fold). It is written beside its name and renamed: a killed process leaves whole entries or none.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


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
        self._context = context

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
        """Write an entry whole or not at all."""
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
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(key)
        beside = path.with_suffix(f".{os.getpid()}.part")
        beside.write_bytes(buffer.getvalue())
        beside.replace(path)

    def _path(self, key: dict[str, Any]) -> Path:
        assert self._folder is not None
        text = json.dumps({"context": self._context, "key": key}, sort_keys=True, default=str)
        return self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"
