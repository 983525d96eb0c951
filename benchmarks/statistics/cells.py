"""The simulated trials: what is drawn, what is compared, and what is kept of each table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from benchmarks.statistics.influences import METRICS, of_rows
from benchmarks.statistics.linear import calibrated
from benchmarks.statistics.procedures import PROCEDURES
from benchmarks.statistics.tables import FloatArray, Law, Table, deal, draw
from scarce.calibration.logistic import SPREAD

FOLDS = 5
FIGURES = ("difference", "rows", "splits", "folds", "fourth")
"""Of an arm less the control: the mean; the sum of squared influences of rows, which is their variance; the
variance between repeats; that between folds; the sum of the influences' fourth powers."""

Kind = Literal["columns", "seeds", "choice", "better"]


@dataclass(frozen=True)
class Cell:
    """One kind of trial, simulated many times.

    Attributes
    ----------
    name : str
    learner : str
    law : Law
    kind : str
        ``columns``: each arm has a group of columns of its own, equal in law to the control's. ``seeds``: the
        same columns, drawn rows. ``choice``: the control is the first of three groups within one standard
        error of the best, as in a trial. ``better``: the first arm has one more column.
    arms : int
        Compared with the control.
    repeats : tuple of int
        Counts of repeats that are looked at, ascending.
    """

    name: str
    learner: str
    law: Law
    kind: Kind
    arms: int = 4
    repeats: tuple[int, ...] = (1, 3)


@dataclass
class Record:
    """What is kept of the tables of a cell.

    Attributes
    ----------
    figures : list of ndarray, shape (metrics, repeats, arms, figures)
    correlations : list of ndarray, shape (metrics, repeats, arms, arms)
        Of the arms' influences.
    controls : list of ndarray, shape (2 * metrics,)
        The control's own figures, and their rows' variances.
    ratios : list of ndarray, shape (arms, metrics)
        Of the difference's variance by rows to the sum of the arm's and the control's.
    positives : list of int
    """

    figures: list[FloatArray] = field(default_factory=list)
    correlations: list[FloatArray] = field(default_factory=list)
    controls: list[FloatArray] = field(default_factory=list)
    ratios: list[FloatArray] = field(default_factory=list)
    positives: list[int] = field(default_factory=list)


def simulate(cell: Cell, record: Record, number: int) -> None:
    """Draw the table of a number, run the trial on it and keep what the methods need."""
    rng = np.random.default_rng([number, *cell.name.encode()])
    table = draw(cell.law, rng)
    fold_of = np.stack([deal(table.positive, FOLDS, rng) for _ in range(cell.repeats[-1])])
    scores, influences = _arms(cell, table, fold_of, int(rng.integers(1 << 30)))
    gains = influences[1:] - influences[0]  # arms, metrics, repeats, rows
    differences = scores[1:] - scores[0]  # arms, metrics, repeats, folds
    shape = (len(METRICS), len(cell.repeats), cell.arms)
    figures, correlations = np.empty((*shape, len(FIGURES))), np.empty((*shape, cell.arms))
    for place, count in enumerate(cell.repeats):
        first = differences[:, :, :count]
        means = first.mean(axis=3)
        rows = gains[:, :, :count].mean(axis=2)
        product = np.einsum("amr,bmr->mab", rows, rows)
        spread = np.sqrt(np.maximum(np.einsum("maa->ma", product), 1e-300))
        correlations[:, place] = product / (spread[:, :, None] * spread[:, None, :])
        splits = means.var(axis=2, ddof=1) if count > 1 else np.zeros(means.shape[:2])
        folds = first.reshape(*first.shape[:2], -1).var(axis=2, ddof=1)
        of = np.stack([means.mean(axis=2), spread.T**2, splits, folds, (rows**4).sum(axis=2)])
        figures[:, place] = of.transpose(2, 1, 0)
    own = (influences[:, :, 0] ** 2).sum(axis=2)
    record.figures.append(figures)
    record.correlations.append(correlations)
    record.controls.append(np.concatenate([scores[0].mean(axis=(1, 2)), own[0]]))
    record.ratios.append((gains[:, :, 0] ** 2).sum(axis=2) / np.maximum(own[1:] + own[0], 1e-300))
    record.positives.append(int(table.positive.sum()))


def _arms(cell: Cell, table: Table, fold_of: np.ndarray, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return fold scores (arms + 1, metrics, repeats, folds) and influences, the control first."""
    law, train = cell.law, PROCEDURES[cell.learner]
    tried = 3 if cell.kind == "choice" else 1
    scores, influences = [], []
    for arm in range(tried + cell.arms):
        if cell.kind == "seeds":
            columns = law.columns(0)
        elif cell.kind == "better" and arm == 1:
            columns = law.columns(0, extra=True)
        else:
            columns = law.columns(arm)
        outputs = train(
            table.features[:, columns], table.positive, fold_of, seed + 1000 * arm, cell.kind == "seeds"
        )
        found = [
            of_rows(calibrated(one, table.positive, of, SPREAD), table.positive, table.amount, of)
            for one, of in zip(outputs, fold_of, strict=True)
        ]
        scores.append(np.stack([one for one, _ in found], axis=1))
        influences.append(np.stack([one for _, one in found], axis=1))
    if tried > 1:
        chosen = _first_near_the_least(np.stack(scores[:tried])[:, 0], np.stack(influences[:tried])[:, 0])
        scores = [scores[chosen], *scores[tried:]]
        influences = [influences[chosen], *influences[tried:]]
    return np.stack(scores), np.stack(influences)


def _first_near_the_least(scores: FloatArray, influences: FloatArray) -> int:
    """Return the first candidate within one standard error of the least log-loss."""
    means = scores.mean(axis=(1, 2))
    best = int(means.argmin())
    rows = influences.mean(axis=1)
    errors = np.sqrt(((rows - rows[best]) ** 2).sum(axis=1))
    return int(np.flatnonzero(means - means[best] <= errors)[0])


def _law(positives: int, prevalence: float, groups: int, **more: float) -> Law:
    return Law(round(positives / prevalence), prevalence, groups, **more)


def cells() -> dict[str, Cell]:
    """Return every cell by name."""
    found = []
    sizes = [(20, 0.01), (100, 0.01), (500, 0.01), (1000, 0.01), (20, 0.001), (100, 0.001), (20, 0.0002)]
    for positives, prevalence in sizes:
        tag = f"linear-{positives}-{prevalence:g}"
        kinds: list[tuple[str, Kind, dict[str, float]]] = [
            ("columns", "columns", {}),
            ("noise", "columns", {"group": 0.0}),
            ("pure", "columns", {"group": 0.0, "shared": 0.0}),
            ("seeds", "seeds", {}),
            ("choice", "choice", {}),
        ]
        for name, kind, more in kinds:
            law = _law(positives, prevalence, 7 if kind == "choice" else 5, **more)
            found.append(Cell(f"{tag}-{name}", "linear", law, kind))
        for size, extra in zip("smlx", (4.5, 6.5, 8.5, 12.0), strict=True):
            law = _law(positives, prevalence, 5, extra=extra / positives**0.5)
            found.append(Cell(f"{tag}-better-{size}", "linear", law, "better"))
    of_ten: list[tuple[str, Kind, float]] = [("columns", "columns", 0.0), ("better-m", "better", 0.92)]
    for name, kind, extra in of_ten:
        law = _law(50, 0.01, 5, extra=extra)
        found.append(Cell(f"linear-50-0.01-ten-{name}", "linear", law, kind, repeats=(1, 3, 10)))
    for learner in ("lightgbm", "forest"):
        for positives, rows in ((100, 4_000), (100, 10_000), (500, 10_000)):
            tag, prevalence = f"{learner}-{positives}-{rows}", positives / rows
            for name, kind in (("columns", "columns"), ("seeds", "seeds")):
                law = Law(rows, prevalence, 3)
                found.append(Cell(f"{tag}-{name}", learner, law, kind, arms=2))
            law = Law(rows, prevalence, 3, group=0.0)
            found.append(Cell(f"{tag}-noise", learner, law, "columns", arms=2))
            law = Law(rows, prevalence, 5)
            found.append(Cell(f"{tag}-choice", learner, law, "choice", arms=2))
            for size, extra in zip("ml", (6.5, 9.0), strict=True):
                law = Law(rows, prevalence, 2, extra=extra / positives**0.5)
                found.append(Cell(f"{tag}-better-{size}", learner, law, "better", arms=1))
    return {cell.name: cell for cell in found}
