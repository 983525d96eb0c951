"""The simulation behind docs/statistics.md computes what it says: its fits, its folds' test, its memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from benchmarks.statistics.cache import chunk_of, kept, simulate_chunk
from benchmarks.statistics.cells import Cell, Record, cells, simulate
from benchmarks.statistics.influences import of_rows
from benchmarks.statistics.linear import log_odds
from benchmarks.statistics.methods import FOLD_TEST, ROWS, rates
from benchmarks.statistics.tables import Law, deal, draw

from scarce.evaluation import corrected_test

if TYPE_CHECKING:
    from pathlib import Path

CELL = Cell("small", "linear", Law(300, 0.1, 3), "columns", arms=2)


def test_the_fast_fits_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    table = draw(Law(400, 0.1, 2), np.random.default_rng(0))
    weights = (deal(table.positive, 3, np.random.default_rng(1))[:, None] != np.arange(3)).astype(float)
    found = log_odds(table.features, table.positive, weights)
    for fold in range(3):
        rows = weights[:, fold] == 1.0
        peer = LogisticRegression(C=1.0, tol=1e-10, max_iter=1_000)
        peer.fit(table.features[rows], table.positive[rows])
        assert found[:, fold] == pytest.approx(peer.decision_function(table.features), abs=0.02)


def test_the_method_of_folds_is_the_corrected_test() -> None:
    record = Record()
    simulate(CELL, record, 0)
    figures = record.figures[0]  # metrics, repeats, arms, figures
    rng = np.random.default_rng(5)
    values = rng.normal(size=5)
    known = corrected_test(values, n_train=80, n_test=20)
    own = np.array([values.mean(), 0.0, 0.0, values.var(ddof=1), 0.0])
    assert FOLD_TEST.standard_errors(own) == pytest.approx(known.standard_error)
    assert figures.shape == (3, 2, 2, 5)


def test_the_influences_of_rows_tell_how_far_other_rows_move_a_figure() -> None:
    rng = np.random.default_rng(2)
    found, said = [], []
    for _ in range(200):
        positive = rng.random(500) < 0.1
        scores = 2.0 * rng.normal(size=500) + 3.0 * positive - 4.0
        fold_of = deal(positive, 5, rng)
        figures, influences = of_rows(scores, positive, np.full(500, 5.0), fold_of)
        found.append(figures.mean(axis=1))
        said.append((influences**2).sum(axis=1))
    assert np.sqrt(np.mean(said, axis=0)) == pytest.approx(np.std(found, axis=0), rel=0.2)


def test_a_simulation_goes_on_from_what_is_there(tmp_path: Path) -> None:
    simulate_chunk(CELL, 0, tmp_path)
    first = (tmp_path / CELL.name / "0.npz").read_bytes()
    simulate_chunk(replace(CELL, arms=1), 0, tmp_path)
    assert (tmp_path / CELL.name / "0.npz").read_bytes() == first
    found = kept(CELL, tmp_path, 10_000)
    assert len(found["positives"]) == chunk_of(CELL)
    for metric in range(3):
        assert rates(CELL, found, metric, ROWS)["together"] <= 0.3
    assert kept(replace(CELL, name="other"), tmp_path, 100) == {}


def test_every_cell_is_of_the_promised_size() -> None:
    for cell in cells().values():
        assert cell.law.rows <= 100_000
        assert 20 <= round(cell.law.rows * cell.law.prevalence) <= 1_000
