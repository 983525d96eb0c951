"""Checks of one feature for what it cannot have known: how well it alone ranks the target, out of fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.data.checks.column_ranking import settled_by_gaps, settled_by_one
from scarce.data.checks.finding import Finding
from scarce.data.checks.profile import FEW_VALUES
from scarce.data.schema import CATEGORY
from scarce.data.suggestion import drop_option, typed_name

if TYPE_CHECKING:
    from scarce.data.checks.column_ranking import Ranking
    from scarce.data.checks.profile import Profile

_LEAST = 10
_PERFECT = 0.99
_SURELY = 0.65
_ONE_CUT = 0.99
_CUTS = 2
_SIDES = 3
_SEPARATES = 0.999
_STRONG = 0.85
_LIFT = 100.0
_SETTLED = 0.05
_GAP_RATIO = 3.0
_GAP_Z = 5.0


class Copy:
    """The feature says what the target says: by its gaps, its values, or a part of each value."""

    code = "D001"

    def find(self, feature: Profile) -> Finding | None:
        """Return an error, or a warning if the column was kept by name."""
        ranking = _says_the_target(feature)
        if ranking is None:
            return None
        message = f"column {feature.name!r} alone says what the target says ({_score(ranking)})"
        hint = f"if it is known only together with the target: {drop_option(feature.name)}"
        if feature.kept:
            return Finding(self.code, "warning", message, hint, (feature.name,))
        hint += f"; if before: --keep {typed_name(feature.name)}"
        return Finding(self.code, "error", message, hint, (feature.name,))


class Leak:
    """The feature alone ranks the target almost perfectly, or settles part of it."""

    code = "D002"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning; what D001 says is not said again."""
        if not _enough(feature) or _says_the_target(feature) is not None:
            return None
        rankings = [column.by_value for column in (feature, *feature.parts)]
        if feature.kind != CATEGORY:
            rankings.append(feature.by_order)
        if any(map(_separates, rankings)):
            best = max(rankings, key=lambda ranking: ranking.average_precision)
            what = f"column {feature.name!r} alone all but ranks the classes apart ({_score(best)})"
        elif (settled := max(map(_settled, (feature, *feature.parts)))) >= _SETTLED:
            what = f"values or gaps of column {feature.name!r} alone settle {settled:.0%} of the rarer label"
        else:
            return None
        hint = f"ask whether it is known before the target is; if not: {drop_option(feature.name)}"
        return Finding(self.code, "warning", what, hint, (feature.name,))


class Gaps:
    """Whether the feature is missing tells about the target."""

    code = "D013"

    def find(self, feature: Profile) -> Finding | None:
        """Return a warning where the rate among gaps is three times that of the rest, or a third."""
        gap, n_gap = feature.missing, int(feature.missing.sum())
        n_rest = feature.n_rows - n_gap
        if not n_gap or not n_rest or not _enough(feature) or _says_the_target(feature) is not None:
            return None
        in_gaps = int(feature.positive[gap].sum())
        elsewhere = int(feature.positive.sum()) - in_gaps
        rate_gap, rate_rest = in_gaps / n_gap, elsewhere / n_rest
        overall = feature.positive.mean()
        spread = np.sqrt(overall * (1.0 - overall) * (1.0 / n_gap + 1.0 / n_rest))
        if abs(rate_gap - rate_rest) < _GAP_Z * spread or (in_gaps, elsewhere)[rate_gap < rate_rest] < _LEAST:
            return None
        if max(rate_gap, rate_rest) < _GAP_RATIO * min(rate_gap, rate_rest):
            return None
        message = (
            f"where column {feature.name!r} is missing ({n_gap} rows), {rate_gap:.3%} are positive, "
            f"elsewhere {rate_rest:.3%}"
        )
        hint = f"if it is filled in only after the target is known, it leaks: {drop_option(feature.name)}"
        return Finding(self.code, "warning", message, hint, (feature.name,))


LEAK_CHECKS = (Copy(), Leak(), Gaps())


def _enough(feature: Profile) -> bool:
    """Whether there are rows enough of the rarer label for an interval to say anything."""
    return int(feature.rare.sum()) >= _LEAST and feature.distinct > 0


def _says_the_target(feature: Profile) -> Ranking | None:
    """Return the ranking by values, or by a part of each, that is perfect and no measurement's."""
    if not _enough(feature):
        return None
    for column in (feature, *feature.parts):
        if _is_perfect(column.by_value) and not _is_measured(column):
            return column.by_value
    return None


def _is_perfect(ranking: Ranking) -> bool:
    """Whether hardly a row is wrong; among many positives an honest test has that average precision."""
    return ranking.average_precision >= _PERFECT and ranking.low >= _SURELY and ranking.auc >= _SEPARATES


def _is_measured(feature: Profile) -> bool:
    """Whether a cut or two part ranges of numbers: a strong measurement does that too."""
    if feature.kind == CATEGORY:
        return False
    if max(feature.auc, 1.0 - feature.auc) < _ONE_CUT and feature.sorted.cuts > _CUTS:
        return False
    classes = (feature.positive, ~feature.positive)
    return all(
        2 * feature.missing[side].sum() <= side.sum()
        and len(np.unique(feature.values[side & ~feature.missing])) >= _SIDES
        for side in classes
    )


def _separates(ranking: Ranking) -> bool:
    if ranking.auc >= _SEPARATES:
        return True
    return ranking.average_precision >= _STRONG and ranking.low >= _SURELY and ranking.lift >= _LIFT


def _settled(feature: Profile) -> float:
    """Return the share of the rarer label that values settle; of a measurement, its gaps or one value."""
    if feature.kind != CATEGORY and feature.distinct > FEW_VALUES:
        return max(settled_by_one(feature.sorted), settled_by_gaps(feature.sorted))
    return feature.by_value.settled


def _score(ranking: Ranking) -> str:
    return f"out of fold, average precision {ranking.average_precision:.3f}, at least {ranking.low:.3f}"
