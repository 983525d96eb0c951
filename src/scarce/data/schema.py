"""What a column is to a model: a number, a truth value, a date or a category; or text, which is left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.spelling import with_exponent, without_zeros
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

NUMBER, BOOLEAN, CATEGORY, DATETIME = "number", "boolean", "category", "datetime"
KINDS = (NUMBER, BOOLEAN, CATEGORY, DATETIME)
MIN_COUNT = 10
MAX_CATEGORIES = 250
_TEXT_SHARE = 0.5


@dataclass(frozen=True)
class Column:
    """One column as a model expects it.

    Attributes
    ----------
    name : str
        Exactly as in the data.
    kind : str
        One of `KINDS`.
    categories : tuple of str
        The categories frequent enough for a code of their own, in the order of their codes 1, 2, ...
    missing : tuple of str
        Words that were read as missing at training, for the record: at prediction any of `text.MISSING` is.
    rare : float or None
        Share of the training rows with a value whose category has no code of its own; None if not known.
    met : tuple of str
        Values without a code, met at training, that look like codes which another tool has written anew.
    """

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rare: float | None = None
    met: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, values: pa.ChunkedArray, min_count: int, missing: tuple[str, ...] = ()) -> Column:
        """Describe a column of a table."""
        kind = kind_of(values.type)
        if kind != CATEGORY:
            return cls(name, kind, missing=missing)
        categories, rare = frequent(values, min_count)
        words = values.unique().cast(pa.string())
        met = (*without_zeros(words, categories), *with_exponent(words, categories)[:1])
        return cls(name, kind, categories, missing, rare, tuple(sorted(met)))

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads; what older models did not keep is left out where there is none."""
        stored = asdict(self)
        if self.rare is None:
            del stored["rare"]
        if not self.met:
            del stored["met"]
        return {key: list(value) if isinstance(value, tuple) else value for key, value in stored.items()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Column:
        """Read what `to_dict` wrote.

        Raises
        ------
        ScarceError
            E443 for anything else: the file may be anyone's.
        """
        name, kind = stored.get("name"), stored.get("kind")
        if not isinstance(name, str) or kind not in KINDS:
            raise ScarceError("E443", reason=f"a column is {name!r} of kind {kind!r}")
        words: dict[str, tuple[str, ...]] = {}
        for key in ("categories", "missing", "met"):
            values = stored.get(key, [])
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                raise ScarceError("E443", reason=f"the {key} of column {name!r} are not words")
            words[key] = tuple(values)
        if len(set(words["categories"])) < len(words["categories"]):
            raise ScarceError("E443", reason=f"column {name!r} has a category twice")
        rare = stored.get("rare")
        if not (rare is None or (isinstance(rare, float) and 0.0 <= rare <= 1.0)):
            raise ScarceError("E443", reason=f"the share of rare values of column {name!r} is no share")
        return cls(name, kind, **words, rare=rare)


def kind_of(kind: pa.DataType) -> str:
    """Return the kind of a column from its type in a `Table`.

    Parameters
    ----------
    kind : pyarrow.DataType

    Returns
    -------
    str

    Examples
    --------
    >>> kind_of(pa.int64()), kind_of(pa.string())
    ('number', 'category')
    """
    if pa.types.is_boolean(kind):
        return BOOLEAN
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return DATETIME
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return CATEGORY
    return NUMBER


def frequent(values: pa.ChunkedArray, min_count: int) -> tuple[tuple[str, ...], float]:
    """Find the categories with at least `min_count` rows, at most 250 of them.

    Parameters
    ----------
    values : pyarrow.ChunkedArray of string
    min_count : int

    Returns
    -------
    categories : tuple of str
        In the order of their text.
    rare : float
        Share of the other values.
    """
    words, counts = _counted(values)
    kept = [(count, word) for word, count in zip(words, counts, strict=True) if count >= min_count]
    kept.sort(key=lambda pair: (-pair[0], pair[1]))
    del kept[MAX_CATEGORIES:]
    rare = 1.0 - sum(count for count, _ in kept) / max(int(counts.sum()), 1)
    return tuple(sorted(word for _, word in kept)), float(rare)


def reads_as_text(values: pa.ChunkedArray) -> int:
    """Return the number of different values if a text column repeats too little to be categories, else 0.

    Parameters
    ----------
    values : pyarrow.ChunkedArray of string

    Returns
    -------
    int
        Different values: more than half as many as rows, or none of them in `MIN_COUNT` rows although there
        are more than `MAX_CATEGORIES` of them; 0 otherwise.
    """
    words, counts = _counted(values)
    present = int(counts.sum())
    if present <= MIN_COUNT:
        return 0
    scattered = len(words) > _TEXT_SHARE * present
    all_rare = len(words) > MAX_CATEGORIES and int(counts.max()) < MIN_COUNT
    return len(words) if scattered or all_rare else 0


def _counted(values: pa.ChunkedArray) -> tuple[list[str], np.ndarray]:
    counts = pc.value_counts(values.drop_null())
    return counts.field("values").to_pylist(), counts.field("counts").to_numpy()
