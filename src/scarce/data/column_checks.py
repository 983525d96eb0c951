"""Checks of one feature at a time, each a small class with a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from scarce.data.duplicates import numbers_the_rows
from scarce.data.finding import Finding
from scarce.data.profile import FEW_VALUES
from scarce.data.schema import CATEGORY, MAX_CATEGORIES, MIN_COUNT
from scarce.data.suggestion import drop_option

if TYPE_CHECKING:
    from scarce.data.profile import Profile

_LEAST = 5
_SEPARATES = 0.999
_PURE_ROWS = 20
_PURE_SHARE = 0.05
_EXACT = 2.0**53
_LEAST_ROWS = 100
_RARE_SHARE = 0.2
_GAP_RATIO = 3.0
_GAP_Z = 5.0


class ColumnCheck(Protocol):
    """Looks at one feature."""

    code: str

    def find(self, feature: Profile) -> Finding | None:
        """Return what is odd, or None."""


class Copy:
    """The feature is the target under another name, or is there exactly where the target is positive."""

    code = "D001"

    def find(self, feature: Profile) -> Finding | None:
        """Return an error where two values stand for the two labels, one to one."""
        if not _says_the_target(feature):
            return None
        return Finding(
            self.code,
            "error",
            f"column {feature.name!r} says exactly what the target says",
            f"it is known only together with the target: {drop_option(feature.name)}",
            (feature.name,),
        )


class Leak:
    """The feature alone all but decides the target."""

    code = "D002"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning where one cut separates the classes, or one value occurs with positives only."""
        if _says_the_target(feature):
            return None  # D001 says it better
        if feature.kind != CATEGORY and self._separates(feature):
            separation = max(feature.auc, 1.0 - feature.auc)
            what = f"column {feature.name!r} alone separates the classes (ROC AUC {separation:.4f})"
        elif 1 < feature.distinct <= FEW_VALUES and (rows := self._pure_rows(feature)):
            what = f"{rows} rows are positive, all of them, by one value of column {feature.name!r}"
        else:
            return None
        hint = f"ask whether it is known before the target is; if not: {drop_option(feature.name)}"
        return Finding(self.code, "warning", what, hint, (feature.name,))

    def _separates(self, feature: Profile) -> bool:
        known = feature.positive & ~feature.missing
        negatives = len(feature.ordered) - known.sum()
        if min(known.sum(), negatives) < _LEAST or 2 * known.sum() < feature.positive.sum():
            return False
        return max(feature.auc, 1.0 - feature.auc) >= _SEPARATES

    def _pure_rows(self, feature: Profile) -> int:
        positives, negatives = feature.counts
        if 2 * positives.sum() >= feature.n_rows:
            return 0
        pure = int(positives[negatives == 0].max(initial=0))
        return pure if pure >= max(_PURE_ROWS, _PURE_SHARE * positives.sum()) else 0


class Constant:
    """The feature never changes."""

    code = "D005"

    def find(self, feature: Profile) -> Finding | None:
        """Return a note for one value without gaps."""
        if feature.distinct != 1 or feature.missing.any():
            return None
        message = f"column {feature.name!r} has the same value in every row"
        return Finding(
            self.code, "note", message, f"it says nothing: {drop_option(feature.name)}", (feature.name,)
        )


class AllMissing:
    """The feature is empty."""

    code = "D006"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning where no row has a value."""
        if feature.distinct:
            return None
        message = f"column {feature.name!r} has no value at all"
        hint = f"was it lost on the way? Otherwise {drop_option(feature.name)}"
        return Finding(self.code, "warning", message, hint, (feature.name,))


class Infinite:
    """The feature holds infinite numbers."""

    code = "D007"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning with how many."""
        ends = feature.ordered[[0, -1]] if len(feature.ordered) else np.zeros(1)
        if np.isfinite(ends).all():
            return None
        count = int(np.isinf(feature.ordered).sum())
        message = f"column {feature.name!r} is infinite in {count} rows, which are taken as missing"
        hint = "often a division by zero: correct it where it is made"
        return Finding(self.code, "warning", message, hint, (feature.name,))


class ManyCategories:
    """Much of a category lies in values too rare for a code of their own."""

    code = "D009"

    def find(self, feature: Profile) -> Finding | None:
        """Return a note where a fifth of the rows share the code of rare values."""
        if feature.kind != CATEGORY or feature.distinct <= FEW_VALUES:
            return None
        counts = np.sort(np.bincount(feature.ordered.astype(np.int64)))[::-1]
        kept = counts[:MAX_CATEGORIES]
        shared = counts.sum() - kept[kept >= MIN_COUNT].sum()
        if shared < _RARE_SHARE * counts.sum():
            return None
        message = (
            f"column {feature.name!r} has {feature.distinct} categories; those under {MIN_COUNT} rows share "
            f"one code ({shared / counts.sum():.0%} of the rows)"
        )
        return Finding(self.code, "note", message, "group them into coarser categories", (feature.name,))


class Identifier:
    """The feature numbers the rows."""

    code = "D010"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning for whole numbers that never repeat although chance would have them repeat."""
        if not feature.whole or not numbers_the_rows(feature.values):
            return None
        message = f"column {feature.name!r} is a different whole number in every row, as an id is"
        hint = f"an id tells only the order of the rows: {drop_option(feature.name)}"
        return Finding(self.code, "warning", message, hint, (feature.name,))


class Gaps:
    """Whether the feature is missing tells about the target."""

    code = "D013"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning where the rate among gaps is three times that of the rest, or a third."""
        gap, n_gap = feature.missing, int(feature.missing.sum())
        n_rest = feature.n_rows - n_gap
        if min(n_gap, n_rest) < _LEAST_ROWS:
            return None
        rate_gap = feature.positive[gap].mean()
        rate_rest = (feature.positive.sum() - feature.positive[gap].sum()) / n_rest
        overall = feature.positive.mean()
        spread = np.sqrt(overall * (1.0 - overall) * (1.0 / n_gap + 1.0 / n_rest))
        if abs(rate_gap - rate_rest) < _GAP_Z * spread:
            return None
        if max(rate_gap, rate_rest) < _GAP_RATIO * min(rate_gap, rate_rest):
            return None
        message = (
            f"where column {feature.name!r} is missing ({n_gap} rows), {rate_gap:.3%} are positive, "
            f"elsewhere {rate_rest:.3%}"
        )
        hint = f"if it is filled in only after the target is known, it leaks: {drop_option(feature.name)}"
        return Finding(self.code, "warning", message, hint, (feature.name,))


class LostDigits:
    """Whole numbers too large for the arithmetic of a model."""

    code = "D015"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning above 2^53, where neighbouring integers become one number."""
        ends = feature.ordered[[0, -1]] if len(feature.ordered) else np.zeros(1)
        largest = np.abs(ends).max()
        if not feature.whole or not _EXACT < largest < np.inf:
            return None
        message = f"column {feature.name!r} holds whole numbers beyond 2^53, whose last digits are lost"
        hint = f"an id? {drop_option(feature.name)}; otherwise put a letter before it, to make it a category"
        return Finding(self.code, "warning", message, hint, (feature.name,))


def _says_the_target(feature: Profile) -> bool:
    """Whether two values, missing counted as one, stand for the two labels one to one."""
    if feature.distinct > 2 or min(feature.positive.sum(), (~feature.positive).sum()) < _LEAST:
        return False
    positives, negatives = feature.counts
    filled = positives + negatives > 0
    return filled.sum() == 2 and not ((positives > 0) & (negatives > 0)).any()


COLUMN_CHECKS: tuple[ColumnCheck, ...] = (
    Copy(),
    Leak(),
    Constant(),
    AllMissing(),
    Infinite(),
    ManyCategories(),
    Identifier(),
    Gaps(),
    LostDigits(),
)
