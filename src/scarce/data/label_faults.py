"""What is told of a target that nothing divides in two, and of labels and limits that it does not have."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.positive import sign_of
from scarce.data.suggestion import listed
from scarce.errors import ScarceError
from scarce.number_grammar import number, spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from scarce.data.table import Table

_SHOWN = 4
_MOST_LABELS = 20
_HIGH = 0.95


def undivided(table: Table, column: str, codes: npt.NDArray[np.int64], words: list[str]) -> ScarceError:
    """Return what to raise where nothing says which of many labels or numbers count as positive."""
    counts = np.bincount(codes, minlength=len(words))
    place = {"column": column, "source": table.source, "count": len(words)}
    values = [number(word) for word in words]
    if len(words) <= _MOST_LABELS or None in values:
        capitals = Counter(word.casefold() for word in words)
        alike = [word for word in words if capitals[word.casefold()] > 1]
        if alike and len(words) <= _MOST_LABELS:
            return ScarceError("E143", column=column, labels=listed(alike))
        order = np.argsort(-counts, kind="stable")
        several = order[counts[order] > 1]  # what stands in one row is a slip, or the totals of a footer
        label = shlex.quote(words[int((several if several.size else order)[-1])])
        shown = with_rows(words, counts, lambda label: table.where(int(np.argmax(codes == label))))
        return ScarceError("E134", **place, labels=shown, label=label)
    found = np.array(values, dtype=np.float64)
    low, high = ends_of(words)
    bound = f"{np.quantile(found[codes], _HIGH, method='higher'):.3g}"
    if not low < float(bound) <= high:
        bound = words[int(found.argmax())]
    share = f"{(found[codes] >= float(bound)).mean():.1%}"
    ends = {"low": f"{low:g}", "high": f"{high:g}"}
    return ScarceError("E161", **place, **ends, limit=shlex.quote(f">={bound}"), share=share)


def with_rows(
    words: list[str], counts: npt.NDArray[np.int64], where: Callable[[int], str] | None = None
) -> str:
    """Return the labels with their rows, the most frequent first; those of no row are passed over.

    `where` tells the place of a label that stands in one row.
    """
    order = [index for index in np.argsort(-counts, kind="stable") if counts[index]]
    rows = [f"1, {where(i)}" if where and counts[i] == 1 else f"{counts[i]}" for i in order[:_SHOWN]]
    shown = ", ".join(f"{words[i]!r} ({said})" for i, said in zip(order, rows, strict=False))
    return shown + (f" and {len(order) - _SHOWN} more" if len(order) > _SHOWN else "")


def ends_of(words: list[str]) -> tuple[float, float]:
    """Return the least and the largest number among words."""
    values = [value for word in words if (value := number(word)) is not None]
    return min(values), max(values)


def limit_told(words: list[str], positive: str, read: str) -> str | None:
    """Return how to type a limit, where one of many numbers was named, or a limit by no plain number.

    `read` is what was named, without its sign, as the target has it once it is read.
    """
    sign, _ = sign_of(positive)
    if any(number(word) is None for word in words) or (not sign and len(words) <= _MOST_LABELS):
        return None
    value = number(read)
    bound = sorted(words, key=float)[len(words) // 2] if value is None else spelled(value)
    limit = shlex.quote(f"{sign or '>='}{bound}")
    return f"say from which number on they count as positive, as a plain number: --positive {limit}"
