"""Checks of one feature at a time, each a small class with a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from scarce.data.checks.finding import Finding
from scarce.data.checks.leak_checks import LEAK_CHECKS
from scarce.data.checks.profile import FEW_VALUES
from scarce.data.identifiers import is_identifier
from scarce.data.schema import CATEGORY, MAX_CATEGORIES, MIN_COUNT
from scarce.data.suggestion import counted, drop_option

if TYPE_CHECKING:
    from scarce.data.checks.profile import Profile

_EXACT, _WHOLE = 2.0**53, 2.0**64
_RARE_SHARE = 0.2


class ColumnCheck(Protocol):
    """Looks at one feature."""

    code: str

    def find(self, feature: Profile) -> Finding | None:
        """Return what is odd, or None."""


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
        rows = counted(count, "row, which is", "rows, which are")
        message = f"column {feature.name!r} is infinite in {rows} taken as missing"
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


class KeptIdentifier:
    """The feature is an id that was kept by name."""

    code = "D017"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning; one that is not kept is no feature."""
        if not feature.kept or not is_identifier(feature.column):
            return None
        message = f"column {feature.name!r} numbers the rows, as an id does, and was kept"
        hint = f"an id tells only the order of the rows: {drop_option(feature.name)}"
        return Finding(self.code, "warning", message, hint, (feature.name,))


class LostDigits:
    """Whole numbers too large for the arithmetic of a model."""

    code = "D015"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning from 2^53 to 2^64: integers that become one number, or floats that may be such."""
        ends = feature.ordered[[0, -1]] if len(feature.ordered) else np.zeros(1)
        largest = np.abs(ends).max()
        if not feature.whole or not _EXACT < largest <= _WHOLE:
            return None
        message = f"column {feature.name!r} holds whole numbers beyond 2^53, whose last digits are lost"
        hint = f"an id? {drop_option(feature.name)}; otherwise put a letter before it, to make it a category"
        return Finding(self.code, "warning", message, hint, (feature.name,))


COLUMN_CHECKS: tuple[ColumnCheck, ...] = (
    *LEAK_CHECKS,
    Constant(),
    AllMissing(),
    Infinite(),
    ManyCategories(),
    KeptIdentifier(),
    LostDigits(),
)
