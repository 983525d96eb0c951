"""A nearly perfect score is not told without a word about leaks, nor a cap on rounds that was reached."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from scarce.data.dataset import Dataset
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

N = 800
Y = np.arange(N) % 10 == 3
CONFIG = TrialConfig(methods=("control",), learners=("lightgbm",), folds=2, max_rounds=30, replicates=50)


def warnings_of(dataset: Dataset) -> tuple[str, ...]:
    return run_trial(dataset, CONFIG)[0].verdict.warnings


def measured(strength: float) -> Dataset:
    x = np.random.default_rng(0).normal(size=(2, N)) + strength * Y
    return Dataset.prepare(pa.table({"first": x[0], "second": x[1], "y": Y.astype(int)}), "y")


def test_a_nearly_perfect_score_names_the_suspects() -> None:
    [warning] = warnings_of(measured(20.0))
    assert warning.startswith("W304: average precision is 1.000")
    assert "suspected: 'first', 'second' (try again with --drop first --drop second); ask" in warning


def test_a_nearly_perfect_score_without_suspects_is_told_too() -> None:
    both = np.random.default_rng(0).integers(0, 2, (2, N))
    y = (both[0] & both[1] & (np.arange(N) % 3 == 0)).astype(int)
    table = pa.table({"a": both[0], "b": both[1], "c": np.arange(N) % 3, "y": y})
    [warning] = warnings_of(Dataset.prepare(table, "y"))
    assert warning.startswith("W304: ")
    assert "no column was found that gives the target away alone" in warning


def test_more_rounds_are_not_advised_where_the_score_is_nearly_perfect() -> None:
    result, _ = run_trial(measured(20.0), dataclasses.replace(CONFIG, max_rounds=5))
    assert any("W304" in warning for warning in result.verdict.warnings)
    assert not any("W305" in note for note in result.notes)


def test_an_ordinary_score_has_no_such_warning() -> None:
    assert warnings_of(measured(1.0)) == ()


def test_a_frequent_positive_label_is_not_called_perfect_for_its_frequency() -> None:
    x = np.random.default_rng(0).normal(size=N)
    y = np.arange(N) % 160 != 3
    dataset = Dataset.prepare(pa.table({"x": x, "y": y.astype(int)}), "y", positive="1")
    assert not any("W304" in warning for warning in warnings_of(dataset))


@pytest.mark.parametrize(("rounds", "said"), [(5, True), (600, False)])
def test_a_cap_on_rounds_is_said_where_it_was_reached(rounds: int, said: bool) -> None:
    result, _ = run_trial(measured(1.0), dataclasses.replace(CONFIG, max_rounds=rounds))
    notes = [note for note in result.notes if note.startswith("W305: ")]
    assert bool(notes) == said
    if said:
        assert notes[0].startswith("W305: training reached the cap on rounds in 2 of 2 fits ('lightgbm')")
        assert "max_rounds" in notes[0]
