"""The target column as 0 and 1, and which label is the positive one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.distinct_values import MISSING
from scarce.data.normal import dates_as_text
from scarce.data.suggestion import listed, require
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.data.cells import Notation
    from scarce.data.table import Table

_SHOWN = 4
_EXACT = 2.0**53
_ROUNDING = 1e-9


def binary_target(
    table: Table, column: str, positive: str | None, weight: npt.NDArray[np.float64] | None
) -> tuple[npt.NDArray[np.uint8], tuple[str, str]]:
    """Return the target as 0 and 1, and its labels.

    Parameters
    ----------
    table : Table
    column : str
        The target.
    positive : str or None
        The label that counts as 1; None takes the rarer one, by weight where rows have one.
    weight : ndarray of float64 or None

    Returns
    -------
    target : ndarray of uint8, shape (n_rows,)
    labels : (str, str)
        The negative and the positive one.

    Raises
    ------
    ScarceError
        E101 no such column, E132 missing labels, E133 one class, E134 a third label, E135 a tie, E136 a
        positive label that does not occur, E143 two labels that differ in capitals alone.
    """
    require(column, table.names, table.source)
    codes, words = _labels(table.data.column(column))
    absent = np.flatnonzero(codes < 0)
    if len(absent):
        places = ", ".join(table.where(int(row)) for row in absent[:3])
        rows = "1 row" if len(absent) == 1 else f"{len(absent)} rows"
        raise ScarceError("E132", column=column, rows=rows, source=table.source, places=places)
    counts = np.bincount(codes, minlength=len(words))
    if len(words) == 1:
        raise ScarceError("E133", column=column, label=words[0], count=int(counts[0]), source=table.source)
    if len(words) > 2:
        raise ScarceError("E134", column=column, source=table.source, **_third(words, counts, positive))
    if positive is None:
        chosen = _rarer(codes, words, weight, column)
    else:
        chosen = _named(words, positive, column, table.cells.columns.get(column))
    target = (codes == chosen).astype(np.uint8)
    return target, (words[1 - chosen], words[chosen])


def count_label(values: pa.ChunkedArray, label: str) -> int:
    """Return in how many rows a label stands; the others may hold nothing.

    Examples
    --------
    >>> count_label(pa.chunked_array([["yes", "no", None, "yes "]]), "yes")
    2
    """
    return pc.sum(pc.equal(_words(values), label)).as_py() or 0


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
    codes, words = _labels(table.data.column(column))
    meaning = [_meaning(word, labels) for word in words]
    known = np.array([*meaning, -1])[codes]
    strange = np.flatnonzero((codes >= 0) & (known < 0))
    if strange.size:
        row = int(strange[0])
        place = {"where": table.where(row), "source": table.source, "count": strange.size}
        raise ScarceError("E906", column=column, found=words[codes[row]], labels=listed(labels), **place)
    return known == 1, codes >= 0


def _meaning(word: str, labels: tuple[str, str]) -> int:
    """Return 0 or 1 for a label, written as it was or as another number of the same value; else -1."""
    for same in (str, number):
        found = [same(label) for label in labels]
        if same(word) is not None and same(word) in found:
            return found.index(same(word))
    return -1


def _labels(values: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return a code a row, -1 where there is no label, and the labels as words."""
    words = _words(values)
    encoded = words.combine_chunks().dictionary_encode()
    labels: list[str] = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    empty = [word for word in labels if word.lower() in MISSING]
    if empty and len(labels) > 2:  # with two labels, "none" is one of them
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


def _third(words: list[str], counts: npt.NDArray[np.int64], positive: str | None) -> dict[str, object]:
    order = np.argsort(-counts, kind="stable")
    shown = ", ".join(f"{words[i]!r} ({counts[i]})" for i in order[:_SHOWN])
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    label = positive if positive is not None else words[order[-1]]
    return {"count": len(words), "labels": shown + more, "label": label}


def _named(words: list[str], positive: str, column: str, way: Notation | None) -> int:
    for wanted in (positive.strip(), _as_read(positive.strip(), way)):
        for same in (str, str.casefold, number):
            matches = [i for i, word in enumerate(words) if same(word) == same(wanted) is not None]
            if len(matches) == 1:
                return matches[0]
    raise ScarceError("E136", column=column, label=positive, labels=listed(words))


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
