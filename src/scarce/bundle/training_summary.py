"""What a model file keeps of its training rows, so that later rows can be held against them: shares, no row.

Of each column the shares of rows between quantiles; of the log-odds the same for either class; and what the
dearest rows could cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.bundle.histogram import Histogram, quantile_cuts, rounded
from scarce.data.schema import CATEGORY, DATETIME
from scarce.decision.stored import stored_mapping, stored_number, stored_numbers
from scarce.errors.refusal import require
from scarce.evaluation.probability import LOG_ODDS_CLIP

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from scarce.data.encoding import Encoder
    from scarce.decision.costs import Costs

    FloatArray = npt.NDArray[np.float64]

MOST_COLUMNS = 5_000
"""Columns that are summarised: the JSON of a model file has room for so many."""

_WHAT = "training summary"
_CLASSES = ("negatives", "positives", "own_negatives")
_DEAR = 0.99
_MOST, _MOST_ROWS = 1e120, 1e12


@dataclass(frozen=True)
class Scored:
    """The log-odds of one class.

    Parameters
    ----------
    rows : float
        How many rows of evidence; fewer than there were where they had weights.
    histogram : Histogram
    """

    rows: float
    histogram: Histogram


@dataclass(frozen=True)
class TrainingSummary:
    """What later rows are held against.

    Parameters
    ----------
    rows : float
        How many rows of evidence there were; fewer than rows where they had weights.
    columns : mapping of str to Histogram
        By feature: numbers, truth values, and categories by code. Dates are not among them.
    negatives, positives, own_negatives : Scored
        Calibrated log-odds, with the same cuts: of models that had not seen the rows; and what the model
        itself says of negatives. The latter is nearer to what it says of new ones: there are so many that it
        knows hardly one by heart, and another fold's model lies further from it than that.
    levels : tuple of float
        Mean log-odds of the unseen rows in each bin of these.
    stake : float or None
        What one of the dearest rows could cost, at the .99 quantile; None where all cost the same or nothing.
    """

    rows: float
    columns: Mapping[str, Histogram]
    negatives: Scored
    positives: Scored
    own_negatives: Scored
    levels: tuple[float, ...]
    stake: float | None

    @classmethod
    def of(
        cls,
        encoder: Encoder,
        features: FloatArray,
        unseen: FloatArray,
        own: FloatArray,
        target: npt.NDArray[np.uint8],
        weight: FloatArray | None,
        costs: Costs | None,
    ) -> TrainingSummary:
        """Summarise training rows.

        Parameters
        ----------
        encoder : Encoder
        features : ndarray of float64, shape (n_rows, n_features)
            What it makes of the rows.
        unseen, own : ndarray of float64, shape (n_rows,)
            Calibrated log-odds of models that had not seen the row, and of the model itself; NaN where the
            row was not asked about.
        target : ndarray of uint8, shape (n_rows,)
        weight : ndarray of float64 or None
            Rows of the population that each row stands for.
        costs : Costs or None
        """
        weights = np.ones(target.size) if weight is None else weight
        positive = target == 1
        held = np.isfinite(unseen)
        cuts = np.unique(
            np.concatenate([quantile_cuts(unseen[held]), quantile_cuts(unseen[held & positive])])
        )

        def scored(points: FloatArray, rows: npt.NDArray[np.bool_]) -> Scored:
            some = np.isfinite(points) & rows
            return Scored(_evidence(weights[some]), Histogram.of(points[some], weights[some], cuts))

        negatives = scored(unseen, ~positive)
        return cls(
            rows=_evidence(weights),
            columns=dict(_columns(encoder, features, weights)),
            negatives=negatives,
            positives=scored(unseen, positive),
            own_negatives=scored(own, ~positive),
            levels=_levels(unseen[held], negatives.histogram),
            stake=_stake(costs),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads, as JSON can hold it."""
        return {
            "rows": self.rows,
            "columns": {name: histogram.to_dict() for name, histogram in self.columns.items()},
            "scores": {
                "cuts": list(self.negatives.histogram.cuts),
                "levels": list(self.levels),
                **{name: _of_class(getattr(self, name)) for name in _CLASSES},
            },
            "stake": self.stake,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> TrainingSummary:
        """Read what `to_dict` wrote.

        Raises
        ------
        ScarceError
            E256 for a value that is missing or of another type.
        RefusalError
            For values that do not fit together.
        """
        columns = stored_mapping(stored, "columns", _WHAT)
        scores = stored_mapping(stored, "scores", _WHAT)
        classes: dict[str, Scored] = {}
        for name in _CLASSES:
            own = stored_mapping(scores, name, _WHAT)
            histogram = Histogram.from_dict({**own, "cuts": scores.get("cuts")})
            require(histogram.shares[-1] == 0.0, "its summary has log-odds that are missing")
            classes[name] = Scored(_rows(own), histogram)
        levels = stored_numbers(scores, "levels", _WHAT)
        n_bins = len(classes["positives"].histogram.cuts) + 1
        require(len(levels) == n_bins, "its levels are not those of its bins")
        require(max(map(abs, levels)) <= LOG_ODDS_CLIP, "its levels are no log-odds that occur")
        return cls(
            rows=_rows(stored),
            columns={name: Histogram.from_dict(stored_mapping(columns, name, _WHAT)) for name in columns},
            levels=tuple(levels),
            stake=None if stored.get("stake") is None else _positive(stored, "stake"),
            **classes,
        )


def stakes(costs: Costs) -> FloatArray | float:
    """Return the most that deciding wrongly can cost: of each row, or of all where they cost the same."""
    return np.maximum(np.subtract(costs.fn, costs.tp), np.subtract(costs.fp, costs.tn))


def _stake(costs: Costs | None) -> float | None:
    if costs is None or not costs.per_row:
        return None
    dear = float(np.quantile(stakes(costs), _DEAR))
    return dear if dear > 0.0 and np.ptp(stakes(costs)) > 0.0 else None


def _columns(encoder: Encoder, features: FloatArray, weight: FloatArray) -> list[tuple[str, Histogram]]:
    found: list[tuple[str, Histogram]] = []
    position = 0
    for column in encoder.columns[:MOST_COLUMNS]:
        if column.kind == DATETIME:  # later rows have later dates, and a day's rows one weekday
            position += 3
            continue
        values = features[:, position]
        position += 1
        codes = np.arange(len(column.categories)) + 0.5
        cuts = codes if column.kind == CATEGORY else quantile_cuts(values[~np.isnan(values)])
        found.append((column.name, Histogram.of(values, weight, cuts)))
    return found


def _levels(points: FloatArray, histogram: Histogram) -> tuple[float, ...]:
    """Return the mean of each bin's points; of an empty one the cut beside it."""
    points = np.clip(points, -LOG_ODDS_CLIP, LOG_ODDS_CLIP)
    bins, n_bins = histogram.bins(points), len(histogram.cuts) + 1
    counts = np.bincount(bins, minlength=n_bins + 1)[:n_bins]
    sums = np.bincount(bins, points, n_bins + 1)[:n_bins]
    beside = np.array([*histogram.cuts, histogram.cuts[-1]])
    means = np.where(counts > 0, sums / np.maximum(counts, 1), beside)
    # after rounding, which leads over the clip too: a model that is written can be read
    return tuple(np.clip(rounded(means), -LOG_ODDS_CLIP, LOG_ODDS_CLIP).tolist())


def _of_class(scored: Scored) -> dict[str, Any]:
    return {"rows": scored.rows, "shares": list(scored.histogram.shares)}


def _evidence(weight: FloatArray) -> float:
    """Return how many rows of one weight say as much as these."""
    return max(float(weight.sum() ** 2 / (weight**2).sum()), 1.0)


def _positive(stored: Mapping[str, object], key: str) -> float:
    value = stored_number(stored, key, _WHAT)
    require(0.0 < value <= _MOST, f"the {key} of its summary is out of range")
    return value


def _rows(stored: Mapping[str, object]) -> float:
    value = _positive(stored, "rows")
    require(1.0 <= value <= _MOST_ROWS, "its summary is of no number of rows")
    return value
