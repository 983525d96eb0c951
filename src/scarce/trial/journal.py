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
import os
import re
import stat
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.bundle import container, whole_files
from scarce.bundle.serialization import fitted_from_parts, fitted_parts
from scarce.errors import ScarceError, ScarceWarning, reason
from scarce.errors.refusal import RefusalError, require
from scarce.trial.fold_trace import FoldTrace
from scarce.trial.lock import WHERE
from scarce.trial.paths import most_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeVar

    import numpy.typing as npt

    from scarce.learners.base import Fitted

    Found = TypeVar("Found")
    Arrays = Mapping[str, npt.NDArray[np.generic]]

MAGIC = b"\x89scfit2\n"
"""How every entry begins. An entry laid out in another way needs another number here."""

_NAME = re.compile(r"(?P<trial>[0-9a-f]{16})-[0-9a-f]{16}\.(fit|refit|choice|answers)")
_BESIDE_THE_ROWS = 1 << 16
"""Bytes an entry may have besides the outputs of its rows; some 1,200 are used."""

_ALL, _NONE, _SOME = "all", "none", "some"  # the rows of a refit, of a choice, and of answers
_OUTPUTS = ("logits", "log_odds")
_ARRAYS = ("steps", "losses", "kept", *_OUTPUTS)


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

    Attributes
    ----------
    wanted, reused : int
        How many folds' fits were asked for so far, and how many of them were there.
    """

    def __init__(self, folder: Path | None, context: dict[str, Any]) -> None:
        refuse_link(folder)
        self._folder = folder
        self._context = _digest(context)
        self._trial = f"{self._context[:16]}-"
        self._refused = 0
        self.wanted = self.reused = 0

    @property
    def is_kept(self) -> bool:
        """Whether there is a folder."""
        return self._folder is not None

    def find(self, rows: int, **key: Any) -> FoldTrace | None:
        """Return the entry of this key; None if there is none that fits (it is then computed again).

        Parameters
        ----------
        rows : int
            Test rows of the fold.
        **key
            Names the fit.
        """
        most = 2 * 8 * most_numbers(rows) + _BESIDE_THE_ROWS
        return self._found(lambda card, arrays: _trace(card, arrays, rows), most, rows=rows, **key)

    def keep(self, trace: FoldTrace, **key: Any) -> None:
        """Write an entry whole or not at all.

        Where something stands in its place that is no file, it is left alone and the entry is not kept.

        Raises
        ------
        ScarceError
            ``E207`` where the disk refuses.
        """
        rows = trace.logits.shape[1]
        if _is_usable(trace, rows):
            arrays = {name: getattr(trace, name).ravel() for name in _ARRAYS}
            self._put({"seconds": trace.seconds}, arrays, rows=rows, **key)

    def find_refit(self, **key: Any) -> Fitted | None:
        """Return what an arm was trained to on all rows; None if there is no entry that fits."""
        return self._found(_refit, container.MAX_BYTES, rows=_ALL, **key)

    def keep_refit(self, fitted: Fitted, **key: Any) -> None:
        """Write what an arm was trained to on all rows, as `keep` does."""
        parts, arrays = fitted_parts(fitted)
        self._put({"fitted": parts}, arrays, rows=_ALL, **key)

    def find_answers(self, shape: tuple[int, int], **key: Any) -> npt.NDArray[np.float64] | None:
        """Return what a model said of rows that it was asked about; None if there is no entry that fits."""
        most = 8 * shape[0] * shape[1] + _BESIDE_THE_ROWS
        return self._found(lambda card, arrays: _answers(card, arrays, shape), most, rows=_SOME, **key)

    def keep_answers(self, answers: npt.NDArray[np.float64], **key: Any) -> None:
        """Write what a model said of rows that it was asked about, as `keep` does."""
        if np.isfinite(answers).all():
            self._put({}, {"log_odds": answers.ravel()}, rows=_SOME, **key)

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

    def decided(self, choose: Callable[[], Sequence[str]], **key: Any) -> list[str]:
        """Return what was chosen under a key before; else choose now, and keep it.

        What hangs on the time that was left would otherwise be another thing each time.
        """
        found = self._found(_choice, _BESIDE_THE_ROWS, rows=_NONE, **key)
        if found is None:
            found = list(choose())
            self._put({"chosen": found}, {}, rows=_NONE, **key)
        return found

    def _found(self, read: Callable[[dict[str, Any], Arrays], Found], most: int, **key: Any) -> Found | None:
        """Return what is read from the entry of a key; refuse whatever is not it, whole and unchanged."""
        if self._folder is None:
            return None
        try:
            path = self._path(key)
            data = whole_files.read(path, most, whole_files.NOT_THROUGH_LINKS)
            card, arrays = container.unpack(data, str(path), MAGIC)
            require(card.pop("key", None) == self._whole(key), "it is of another fit")
            return read(card, arrays)
        except FileNotFoundError:
            return None
        except (OSError, ScarceError, RefusalError):
            self._refused += 1
            return None

    def _put(self, card: dict[str, Any], arrays: Arrays, **key: Any) -> None:
        if self._folder is None:
            return
        content = container.pack({"key": self._whole(key), **card}, arrays, MAGIC)
        path = self._path(key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not _is_taken(path):
                whole_files.write(content, path)
        except OSError as error:
            raise ScarceError("E207", path=self._folder, reason=reason(error), option=WHERE) from error

    def _whole(self, key: dict[str, Any]) -> dict[str, Any]:
        return {"context": self._context, **key}

    def _path(self, key: dict[str, Any]) -> Path:
        assert self._folder is not None
        kind = {_ALL: "refit", _NONE: "choice", _SOME: "answers"}.get(key["rows"], "fit")
        return self._folder / f"{self._trial}{_digest(self._whole(key))[:16]}.{kind}"


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
    """Return how many folds' finished fits a folder keeps, and their size in bytes."""
    sizes = [status.st_size for path, status in _entries(folder) if path.suffix == ".fit"]
    return len(sizes), sum(sizes)


def _trace(card: dict[str, Any], arrays: Arrays, rows: int) -> FoldTrace:
    """Read a fold's entry."""
    require(set(card) == {"seconds"}, "it does not say what a fit says")
    require(set(arrays) == set(_ARRAYS), "it does not have the log-odds of a fit")
    require(all(arrays[name].size == arrays["kept"].size * rows for name in _OUTPUTS), "it is of other rows")
    outputs = {name: arrays[name].reshape(-1, rows) for name in _OUTPUTS}
    trace = FoldTrace(**{**arrays, **outputs}, seconds=card["seconds"])
    trace.check(rows)
    return trace


def _refit(card: dict[str, Any], arrays: Arrays) -> Fitted:
    """Read the entry of an arm that was trained on all rows."""
    require(set(card) == {"fitted"} and isinstance(card["fitted"], dict), "it is no model")
    return fitted_from_parts(card["fitted"], arrays)


def _answers(card: dict[str, Any], arrays: Arrays, shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Read the entry of a model's answers."""
    require(not card and set(arrays) == {"log_odds"}, "it holds no answers")
    log_odds = arrays["log_odds"]
    require(log_odds.dtype == np.float64 and log_odds.size == shape[0] * shape[1], "it is of other rows")
    require(bool(np.isfinite(log_odds).all()), "its numbers are not finite")
    return log_odds.reshape(shape)


def _choice(card: dict[str, Any], arrays: Arrays) -> list[str]:
    """Read the entry of a choice."""
    names = card.get("chosen")
    require(set(card) == {"chosen"} and isinstance(names, list) and not arrays, "it is no choice")
    require(all(isinstance(name, str) for name in names), "it does not name what was chosen")
    return names


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
