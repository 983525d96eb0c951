"""Finished work on disk: each (arm, repeat, fold) once, so that an interrupted trial can go on.

An entry is one sealed file (`scarce.bundle.container`) named by two digests: of what all fits of a trial
depend on (data, options, versions), and of its own arm, repeat, fold and number of test rows. The same stands
inside it, with a digest of it all, and nothing else is believed: an entry that is damaged, cut, moved to
another's place or written by another program is as good as none, and its fit is computed again. The digest
finds accidents and mix-ups; whoever owns the folder could still forge an entry. A killed process leaves whole
entries or none. A trial that has come to its end drops the entries of other trials: what stays is what the
same data, folds and seed can use again, with these arms or others.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
import warnings
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.bundle import container, whole_files
from scarce.errors import ScarceError, ScarceWarning, reason
from scarce.errors.refusal import RefusalError, require
from scarce.trial.lock import WHERE
from scarce.trial.paths import most_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from scarce.trial.paths import Trace

MAGIC = b"\x89scfit2\n"
"""How every entry begins. An entry laid out in another way needs another number here."""

_NAME = re.compile(r"(?P<trial>[0-9a-f]{16})-[0-9a-f]{16}\.fit")
_BESIDE_THE_ROWS = 1 << 16
"""Bytes an entry may have besides the outputs of its rows; some 1,200 are used."""

_OUTPUTS = ("logits", "log_odds")
_ARRAYS = ("steps", "losses", "kept", *_OUTPUTS)


@dataclass(frozen=True)
class FoldTrace:
    """What one fold's test rows saw of one arm's training.

    Attributes
    ----------
    steps, losses : ndarray of float64, shape (n_steps,)
        Steps of the learner's path, rising or falling, and the test rows' log-loss after the shrunk line.
    kept : ndarray of float64, shape (n_kept,)
        The steps whose outputs are kept: those next to the best, and in the end the one that was chosen.
    logits, log_odds : ndarray of float64, shape (n_kept, n_test)
        Outputs before and after recovery.
    seconds : float
        Time of the fit.
    """

    steps: npt.NDArray[np.float64]
    losses: npt.NDArray[np.float64]
    kept: npt.NDArray[np.float64]
    logits: npt.NDArray[np.float64]
    log_odds: npt.NDArray[np.float64]
    seconds: float

    @classmethod
    def of(cls, seen: Trace, seconds: float) -> FoldTrace:
        """Return what a `Trace` holds in the end."""
        kept = list(seen.logits)
        return cls(
            np.array(seen.steps),
            np.array(seen.losses),
            np.array(kept),
            np.stack([seen.logits[step] for step in kept]),
            np.stack([seen.log_odds[step] for step in kept]),
            seconds,
        )

    def at(self, step: float, other: FoldTrace | None = None) -> FoldTrace:
        """Return the same path with the outputs at one step alone.

        Parameters
        ----------
        step : float
        other : FoldTrace, optional
            A training to that step, where its outputs were not kept; its time is added.
        """
        if other is None and self.kept.size == 1:
            return self
        source = self if other is None else other
        place = np.flatnonzero(source.kept == step)
        seconds = self.seconds + (0.0 if other is None else other.seconds)
        outputs = {"logits": source.logits[place], "log_odds": source.log_odds[place]}
        return replace(self, kept=source.kept[place], seconds=seconds, **outputs)

    def check(self, rows: int) -> None:
        """Refuse what no fit gives.

        Raises
        ------
        RefusalError
            Unless there are steps with finite losses, and finite outputs of `rows` rows at some of them.
        """
        arrays = (self.steps, self.losses, self.kept, self.logits, self.log_odds)
        require(all(array.dtype == np.float64 for array in arrays), "its numbers are of another type")
        require(self.steps.ndim == 1 and self.steps.shape == self.losses.shape, "it has no path")
        require(self.kept.ndim == 1 and self.kept.size > 0, "it has no steps")
        shape = (self.kept.size, rows)
        require(self.logits.shape == shape and self.log_odds.shape == shape, "it is of other rows")
        require(all(np.isfinite(array).all() for array in arrays), "its numbers are not finite")
        require(
            type(self.seconds) is float and math.isfinite(self.seconds) and self.seconds >= 0.0,
            "it has no time",
        )


class Journal:
    """A folder of finished folds; without a folder it remembers nothing.

    Parameters
    ----------
    folder : Path or None
        Where entries live; made on the first write.
    context : dict
        What every entry depends on: data digest, options, versions. JSON-able.

    Raises
    ------
    ScarceError
        As `refuse_link` says.
    """

    def __init__(self, folder: Path | None, context: dict[str, Any]) -> None:
        refuse_link(folder)
        self._folder = folder
        self._context = _digest(context)
        self._trial = f"{self._context[:16]}-"
        self._refused = 0

    def find(self, rows: int, **key: Any) -> FoldTrace | None:
        """Return the entry of this key; None if there is none that fits (it is then computed again).

        Parameters
        ----------
        rows : int
            Test rows of the fold.
        **key
            Names the fit.
        """
        if self._folder is None:
            return None
        try:
            return _read(self._path(rows, key), rows, self._whole_key(rows, key))
        except FileNotFoundError:
            return None
        except (OSError, ScarceError, RefusalError):
            self._refused += 1
            return None

    def keep(self, trace: FoldTrace, **key: Any) -> None:
        """Write an entry whole or not at all.

        Where something stands in its place that is no file, it is left alone and the entry is not kept.

        Raises
        ------
        ScarceError
            ``E207`` where the disk refuses.
        """
        rows = trace.logits.shape[1]
        if self._folder is None or not _is_usable(trace, rows):
            return
        card = {"key": self._whole_key(rows, key), "seconds": trace.seconds}
        content = container.pack(card, {name: getattr(trace, name).ravel() for name in _ARRAYS}, MAGIC)
        path = self._path(rows, key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not _is_taken(path):
                whole_files.write(content, path)
        except OSError as error:
            raise ScarceError("E207", path=self._folder, reason=reason(error), option=WHERE) from error

    def tell(self) -> None:
        """Warn, once, of the entries that were there and did not fit."""
        if self._refused:
            warnings.warn(ScarceWarning("W303", count=self._refused, folder=self._folder), stacklevel=2)

    def prune(self) -> None:
        """Drop the entries of other trials, and what killed processes left half-written.

        Nothing is deleted but regular files of this folder that are named as this class names them and begin
        as entries begin, and drafts that carry the mark of `whole_files`.
        """
        if self._folder is None or self._folder.is_symlink():
            return
        whole_files.remove_drafts(self._folder)
        for path in [path for path, _ in _entries(self._folder)]:
            if not path.name.startswith(self._trial):
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _whole_key(self, rows: int, key: dict[str, Any]) -> dict[str, Any]:
        return {"context": self._context, "rows": rows, **key}

    def _path(self, rows: int, key: dict[str, Any]) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._trial}{_digest(self._whole_key(rows, key))[:16]}.fit"


def refuse_link(folder: Path | None) -> None:
    """Refuse a journal's folder that is a symbolic link: entries are written and deleted in it.

    Raises
    ------
    ScarceError
        ``E213``.
    """
    if folder is not None and folder.is_symlink():
        raise ScarceError("E213", path=folder)


def kept(folder: Path) -> tuple[int, int]:
    """Return how many finished fits a folder keeps, and their size in bytes."""
    sizes = [status.st_size for _, status in _entries(folder)]
    return len(sizes), sum(sizes)


def _read(path: Path, rows: int, key: dict[str, Any]) -> FoldTrace:
    """Read one entry, and refuse whatever is not the whole and unchanged entry of this key."""
    most = 2 * 8 * most_numbers(rows) + _BESIDE_THE_ROWS
    data = whole_files.read(path, most, whole_files.NOT_THROUGH_LINKS)
    card, arrays = container.unpack(data, str(path), MAGIC)
    require(set(card) == {"key", "seconds"} and card["key"] == key, "it is of another fit")
    require(set(arrays) == set(_ARRAYS), "it does not have the log-odds of a fit")
    require(all(arrays[name].size == arrays["kept"].size * rows for name in _OUTPUTS), "it is of other rows")
    outputs = {name: arrays[name].reshape(-1, rows) for name in _OUTPUTS}
    trace = FoldTrace(**{**arrays, **outputs}, seconds=card["seconds"])
    trace.check(rows)
    return trace


def _is_usable(trace: FoldTrace, rows: int) -> bool:
    try:
        trace.check(rows)
    except RefusalError:
        return False
    return True


def _is_taken(path: Path) -> bool:
    """Return whether something that is no regular file stands there: a folder, a link, a pipe."""
    try:
        return not stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _entries(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the regular files of a folder that are named as an entry is and begin as one does."""
    with suppress(OSError), os.scandir(folder) as listed:
        for path in [Path(entry) for entry in listed if _NAME.fullmatch(entry.name)]:
            with suppress(OSError):
                descriptor = whole_files.open_regular(path, whole_files.NOT_THROUGH_LINKS)
                with os.fdopen(descriptor, "rb") as file:
                    beginning, status = file.read(len(MAGIC)), os.fstat(descriptor)
                if beginning == MAGIC:
                    yield path, status


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
