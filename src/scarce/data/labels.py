"""The target column as 0 and 1, and which label is the positive one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.distinct_values import MISSING
from scarce.data.cells.normal import dates_as_text
from scarce.data.checks.finding import Finding
from scarce.data.label_faults import ends_of, limit_told, undivided, with_rows
from scarce.data.positive import Limit, meaning, rest_of, sign_of
from scarce.data.suggestion import counted, listed, require
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.data.cells.notations import Notation
    from scarce.data.table import Table

_EXACT = 2.0**53
_ROUNDING = 1e-9


@dataclass(frozen=True)
class BinaryTarget:
    """The target as 0 and 1.

    Attributes
    ----------
    codes : ndarray of uint8, shape (n_rows,)
        1 where positive.
    labels : (str, str)
        The negative and the positive one.
    rest : str
        What the negative label stands for, where that is more than one label; else empty.
    """

    codes: npt.NDArray[np.uint8]
    labels: tuple[str, str]
    rest: str = ""

    def findings(self) -> list[Finding]:
        """Say what the negative label stands for, where it is more than a label."""
        if not self.rest:
            return []
        negative, label = self.labels
        rows = counted(int(self.codes.sum()), "row", "rows")
        return [Finding.of("W160", label=label, negative=negative, rows=rows, rest=self.rest)]


def labelled_rows(table: Table, column: str, known: Sequence[str] = ()) -> npt.NDArray[np.int64]:
    """Return the rows whose target is not missing; `known` are the labels of a model.

    Raises
    ------
    ScarceError
        E101 no such column, E163 where no row has a label.
    """
    require(column, table.names, table.source)
    rows = np.flatnonzero(_labels(table.data.column(column), known)[0] >= 0)
    if not rows.size:
        raise ScarceError("E163", column=column, source=table.source)
    return rows


def binary_target(
    table: Table,
    column: str,
    positive: str | None,
    weight: npt.NDArray[np.float64] | None,
    negative: str | None = None,
) -> BinaryTarget:
    """Return the target as 0 and 1, and its labels.

    Parameters
    ----------
    table : Table
    column : str
        The target.
    positive : str or None
        The label that counts as 1, against all others, or a limit such as ``">=100"``; None takes the rarer
        of two, by weight where rows have one.
    weight : ndarray of float64 or None
    negative : str or None
        What a model calls the other label; ``"not X"`` takes all others for it, though there be only one.

    Raises
    ------
    ScarceError
        E101 no such column, E132 missing labels, E133 one class, E134 a third label, E135 a tie, E136 a
        positive label that does not occur, E143 two labels that differ in capitals alone, E161 numbers
        without a limit, E162 a limit with all numbers on one side, E131 a word where a limit is asked for.
    """
    require(column, table.names, table.source)
    codes, words = _labels(table.data.column(column), known_labels(positive, negative))
    absent = np.flatnonzero(codes < 0)
    if len(absent):
        places = ", ".join(table.where(int(row)) for row in absent[:3])
        rows = "1 row" if len(absent) == 1 else f"{len(absent)} rows"
        raise ScarceError("E132", column=column, rows=rows, source=table.source, places=places)
    counts = np.bincount(codes, minlength=len(words))
    limit = None if positive is None or positive.strip() in words else Limit.of(positive)
    if limit is not None:
        return _beyond(table, column, limit, codes, words)
    if len(words) == 1:
        raise ScarceError("E133", column=column, label=words[0], count=int(counts[0]), source=table.source)
    if positive is None and len(words) > 2:
        raise undivided(table, column, codes, words)
    if positive is None:
        chosen = _rarer(codes, words, weight, column)
    else:
        chosen = _named(words, positive, column, table.cells.columns.get(column), known=negative is not None)
    label = words[chosen]
    if len(words) == 2 and negative != rest_of(label):
        return BinaryTarget((codes == chosen).astype(np.uint8), (words[1 - chosen], label))
    labels = (rest_of(label), label)
    known = np.array([meaning(word, labels) for word in words])
    rest = with_rows(words, np.where(known == 0, counts, 0))
    return BinaryTarget(known[codes].astype(np.uint8), labels, rest)


def _beyond(
    table: Table, column: str, limit: Limit, codes: npt.NDArray[np.int64], words: list[str]
) -> BinaryTarget:
    known = np.array([meaning(word, limit.labels) for word in words])
    strange = np.flatnonzero(known[codes] < 0)
    if strange.size:
        row = int(strange[0])
        place = {"where": table.where(row), "source": table.source}
        raise ScarceError("E131", column=column, value=words[codes[row]], **place)
    target = known[codes].astype(np.uint8)
    low, high = ends_of(words)
    if target.min() == target.max():
        side = "every" if target[0] else "no"
        place = {"column": column, "source": table.source, "low": f"{low:g}", "high": f"{high:g}"}
        raise ScarceError("E162", side=side, limit=limit.labels[1], **place)
    low, high = ends_of([word for word, side in zip(words, known, strict=True) if side == 0])
    return BinaryTarget(target, limit.labels, f"the other numbers, from {low:g} to {high:g}")


def known_labels(positive: str | None, negative: str | None) -> tuple[str, ...]:
    """Return the labels of a model, which alone names both; else none.

    Examples
    --------
    >>> known_labels("yes", "no"), known_labels("yes", None)
    (('no', 'yes'), ())
    """
    return () if positive is None or negative is None else (negative, positive)


def count_positive(values: pa.ChunkedArray, labels: tuple[str, str]) -> int:
    """Return in how many rows the positive label stands; the others may hold nothing.

    Examples
    --------
    >>> count_positive(pa.chunked_array([["yes", "no", None, "yes "]]), ("no", "yes"))
    2
    """
    codes, words = _labels(values, labels)
    known = np.array([*(meaning(word, labels) for word in words), -1])
    return int((known[codes] == 1).sum())


def known_target(
    table: Table, column: str, labels: tuple[str, str]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which rows are positive and which have a label, of labels that a model knows already.

    Parameters
    ----------
    table : Table
    column : str
    labels : (str, str)
        The negative and the positive one; a batch may hold one of them only, or rows without any.

    Returns
    -------
    positive, labelled : ndarray of bool, shape (n_rows,)

    Raises
    ------
    ScarceError
        E101 no such column, E906 a label that is neither.
    """
    require(column, table.names, table.source)
    codes, words = _labels(table.data.column(column), labels)
    known = np.array([*(meaning(word, labels) for word in words), -1])[codes]
    strange = np.flatnonzero((codes >= 0) & (known < 0))
    if strange.size:
        row = int(strange[0])
        place = {"where": table.where(row), "source": table.source, "count": strange.size}
        raise ScarceError("E906", column=column, found=words[codes[row]], labels=listed(labels), **place)
    return known == 1, codes >= 0


def _labels(values: pa.ChunkedArray, known: Sequence[str] = ()) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return a code a row, -1 where there is no label, and the labels as words; a model has known ones."""
    words = _words(values)
    encoded = words.combine_chunks().dictionary_encode()
    labels: list[str] = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    empty = [word for word in labels if word.lower() in MISSING and word not in known]
    if empty and (known or len(labels) > 2):  # with two labels, "none" is one of them
        kept = [word for word in labels if word not in empty]
        renumbered = [kept.index(word) if word in kept else -1 for word in labels]
        codes, labels = np.append(renumbered, -1)[codes], kept
    return codes, labels


def _words(values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = values.type
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, kind), values)
        near = pc.less(pc.abs(values), pa.scalar(_EXACT, kind))
        if pc.all(pc.and_(near, pc.equal(pc.round(values), values))).as_py() is not False:
            values = values.cast(pa.int64())
    words = dates_as_text(values) if pa.types.is_timestamp(kind) else values.cast(pa.string())
    return pc.utf8_trim_whitespace(words)


def _named(words: list[str], positive: str, column: str, way: Notation | None, *, known: bool) -> int:
    for wanted in (positive.strip(), _as_read(positive.strip(), way)):
        for same in (str, str.casefold, number):
            matches = [i for i, word in enumerate(words) if same(word) == same(wanted) is not None]
            if len(matches) == 1:
                return matches[0]
    limit = None if known else limit_told(words, positive, _as_read(sign_of(positive)[1], way))
    told = limit or f"its labels are {listed(words)}"
    raise ScarceError("E136", column=column, label=positive, told=told)


def _as_read(positive: str, way: Notation | None) -> str:
    """Return a label that is written as the target is, such as 100%, as the target has it once it is read."""
    if way is None:
        return positive
    values, wrong = way.read(pa.array([positive]))
    return positive if wrong.any() else _words(pa.chunked_array([values]))[0].as_py()


def _rarer(
    codes: npt.NDArray[np.int64], words: list[str], weight: npt.NDArray[np.float64] | None, column: str
) -> int:
    if words[0].casefold() == words[1].casefold():
        raise ScarceError("E143", column=column, labels=listed(words))
    first, second = np.bincount(codes, weights=weight, minlength=2)
    if math.isclose(first, second, rel_tol=_ROUNDING):
        raise ScarceError("E135", column=column, labels=listed(words), count=f"{first:g}")
    return int(second < first)
