"""What watching remembers between batches: one small file, read as if a stranger had written it."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scarce.bundle import strict_json, whole_files
from scarce.bundle.serialization import to_bytes
from scarce.decision.stored import stored_count, stored_mapping, stored_number
from scarce.errors import ScarceError, reason
from scarce.errors.refusal import RefusalError, require
from scarce.monitoring.evidence import Evidence
from scarce.monitoring.seen_rows import SeenRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scarce.bundle.model import Model

_WHAT = "state"
_KIND = "scarce monitoring state"
_VERSION = 2
_COUNTS = ("looks", "batches", "rows", "positives")
_SUMS = ("expected", "cost", "expected_cost")
_NUMBERS = ("tolerance", "until", *_COUNTS, *_SUMS)
_PARTS = ("seen", "calibration", "money")
_KEYS = frozenset({"kind", "version", "model", "time", *_NUMBERS, *_PARTS})


@dataclass(frozen=True)
class State:
    """The evidence of all rows whose labels were counted, and how often anybody looked.

    Parameters
    ----------
    model : str
        SHA-256 of the model's file.
    tolerance : float
        By what share of itself a probability may be wrong.
    looks : int
        How many batches were looked at, with labels or without.
    time : str or None
        The column that says how far the rows were counted.
    until : float or None
        Its last value that was counted; rows up to there do not count again.
    batches, rows, positives : int
        What was counted.
    expected : float
        The positives that the model's probabilities add up to.
    cost, expected_cost : float
        What the decisions came to, and what they were to come to by the probabilities.
    seen : SeenRows
        Where no time says which rows were counted.
    calibration, money : Evidence
    """

    model: str
    tolerance: float
    looks: int = 0
    time: str | None = None
    until: float | None = None
    batches: int = 0
    rows: int = 0
    positives: int = 0
    expected: float = 0.0
    cost: float = 0.0
    expected_cost: float = 0.0
    seen: SeenRows = field(default_factory=SeenRows)
    calibration: Evidence = field(default_factory=Evidence)
    money: Evidence = field(default_factory=Evidence)

    @classmethod
    def begin(cls, model: Model, time: str | None, tolerance: float) -> State:
        """Return the state before anything was counted."""
        return cls(fingerprint(model), tolerance, time=time)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        model: Model,
        time: str | None,
        tolerance: float,
        *,
        labelled: bool = True,
    ) -> State:
        """Read a state, or begin one where there is no file yet.

        Parameters
        ----------
        path : path-like
        model : Model
        time : str or None
        tolerance : float
        labelled : bool
            Whether labels are to be counted, under the same settings as those that were; without labels there
            are no settings.

        Raises
        ------
        ScarceError
            E901 for what is no state, E902 for another model's, E905 for one that was kept with another time
            column or tolerance.
        """
        fresh = cls.begin(model, time, tolerance)
        if not os.path.lexists(path):
            return fresh
        state = cls.read(path)
        if state.model != fresh.model:
            raise ScarceError("E902", path=os.fspath(path))
        if not labelled:
            return state
        if not state.rows:  # nothing was counted yet under other settings
            return replace(state, time=time, tolerance=tolerance, until=None)
        for name, kept, asked in (
            ("time", state.time, time),
            ("tolerance", state.tolerance, tolerance),
        ):
            if kept != asked:
                raise ScarceError("E905", path=os.fspath(path), name=name, kept=kept, asked=asked)
        return state

    def at_next_look(self) -> State:
        """Return the state for one more batch, with labels or without."""
        return replace(self, looks=self.looks + 1)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> State:
        """Read a state, trusting nothing in the file.

        Raises
        ------
        ScarceError
            E901 where there is none, or it is not valid.
        """
        try:
            return cls._parsed(whole_files.read(path, strict_json.MAX_BYTES))
        except RefusalError as refusal:
            raise ScarceError("E901", path=os.fspath(path), reason=refusal) from None
        except OSError as error:
            raise ScarceError("E901", path=os.fspath(path), reason=reason(error)) from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state, whole or not at all.

        Raises
        ------
        ScarceError
            E909 where it cannot be written; what was there before is untouched.
        """
        try:
            whole_files.write(strict_json.dumps(self.to_dict()) + b"\n", path)
        except OSError as error:
            raise ScarceError("E909", path=os.fspath(path), reason=reason(error)) from None

    def to_dict(self) -> dict[str, Any]:
        """Return what is written, as JSON can hold it."""
        own = {name: getattr(self, name) for name in ("model", "time", *_NUMBERS)}
        parts = {name: getattr(self, name).to_dict() for name in _PARTS}
        return {"kind": _KIND, "version": _VERSION, **own, **parts}

    @classmethod
    def _parsed(cls, data: bytes) -> State:
        stored = strict_json.loads(data)
        require(isinstance(stored, dict) and stored.get("kind") == _KIND, "it is something else")
        require(stored.get("version") == _VERSION, f"its version is not {_VERSION}")
        require(set(stored) == _KEYS, "it does not have the parts of a state")
        try:
            state = cls._built(stored)
        except RefusalError:
            raise
        except ScarceError as error:
            raise RefusalError(error.message) from None
        same = strict_json.dumps(state.to_dict()) == strict_json.dumps(stored)
        require(same, "it is not written as scarce writes it")
        return state

    @classmethod
    def _built(cls, stored: Mapping[str, Any]) -> State:
        model, time, until = stored["model"], stored["time"], stored["until"]
        require(isinstance(model, str) and re.fullmatch("[0-9a-f]{64}", model), "it names no model")
        require(time is None or isinstance(time, str), "its time column is no name")
        require(until is None or time is not None, "it was counted to a time of no column")
        counts = {name: stored_count(stored, name, _WHAT) for name in _COUNTS}
        require(counts["positives"] <= counts["rows"], "it has more positives than rows")
        sums = {name: stored_number(stored, name, _WHAT) for name in _SUMS}
        tolerance = stored_number(stored, "tolerance", _WHAT)
        require(0.0 <= tolerance < 1.0, "its tolerance is none")
        return cls(
            model=model,
            tolerance=tolerance,
            time=time,
            until=None if until is None else stored_number(stored, "until", _WHAT),
            seen=SeenRows.from_dict(stored_mapping(stored, "seen", _WHAT)),
            calibration=Evidence.from_dict(stored_mapping(stored, "calibration", _WHAT)),
            money=Evidence.from_dict(stored_mapping(stored, "money", _WHAT)),
            **counts,
            **sums,
        )


def fingerprint(model: Model) -> str:
    """Return the SHA-256 of a model's file."""
    return hashlib.sha256(to_bytes(model)).hexdigest()
