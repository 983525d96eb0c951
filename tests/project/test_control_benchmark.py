"""The benchmark of the control, on made-up scores and one small table: what it says and what it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from benchmarks.control import main, printing, scoring
from benchmarks.control.ours import Control
from benchmarks.control.peers import PEERS, Fold, Peer
from benchmarks.control.scoring import OURS, Scored
from benchmarks.control.tables import sources

from scarce.data.folds.splitting import splits

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.data.dataset import Dataset

NOISE = np.random.default_rng(0).normal(scale=0.01, size=50)


def table(name: str, ours: float, best: float) -> Scored:
    """Return made-up scores of 10 repeats of 5 folds: CatBoost has `best`, the other peers .5."""
    precision = dict.fromkeys(PEERS, 0.5 + NOISE) | {"CatBoost": best + NOISE, OURS: ours + NOISE[::-1]}
    loss = {model: 1.0 - figures for model, figures in precision.items()}
    return Scored(name, 1000, 100, precision, loss, dict.fromkeys(precision, 1.0), "blend", 1.0)


@pytest.mark.parametrize(("best", "calls"), [(0.7, 1), (0.6, 0), (0.605, 0)])
def test_a_peer_is_called_ahead_only_where_it_is_beyond_chance(
    capsys: pytest.CaptureFixture[str], best: float, calls: int
) -> None:
    printing.print_calls([table("one", 0.6, best), table("two", 0.8, 0.8)])
    said = capsys.readouterr().out
    assert said.count(f"a peer in {calls}") == 2
    assert said.count("one: CatBoost is ahead") == 2 * calls


def test_the_shortfall_counts_no_table_on_which_ours_is_ahead(capsys: pytest.CaptureFixture[str]) -> None:
    printing.print_means([table("one", 0.6, 0.7), table("two", 0.9, 0.7)])
    said = capsys.readouterr().out
    assert (
        "best single peer: CatBoost; ours is behind it by 0.0500 in the mean, at most by 0.1000 (one)" in said
    )


def test_tables_that_are_not_there_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["glass1", "ai4i2020"], keel=tmp_path, data=tmp_path)
    assert capsys.readouterr().out == "not here, and left out: glass1, ai4i2020\n"


def test_there_are_tables_enough() -> None:
    names = sources()
    assert sum(source.path is not None and source.path.suffix == ".dat" for source in names.values()) >= 20
    assert {"card-fraud", "credit-default", "breast-cancer"} <= names.keys()


def of_chance(fold: Fold) -> np.ndarray:
    """Score rows by their first column, three times too sure."""
    return 3.0 * (fold.scored[:, 0] - fold.learnt[:, 0].mean()) / fold.learnt[:, 0].std()


def control_of_chance(dataset: Dataset, folds: int, repeats: int, journal: Path | None = None) -> Control:
    """Stand in for the trial."""
    fold_of = np.full((repeats, dataset.n_rows), -1)
    for split in splits(dataset, folds, repeats, 0):
        fold_of[split.repeat, split.test] = split.fold
    return Control(np.zeros(fold_of.shape), fold_of, "chance", 0.0)


def test_peers_are_calibrated_on_other_folds_and_scored_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "PEERS", {"peer": Peer("peer", of_chance, ("numpy",))})
    monkeypatch.setattr(scoring, "control", control_of_chance)
    source = sources()["wine-2"]
    first = scoring.score(source, 2, tmp_path, jobs=1)
    assert first.precision["peer"].shape == (10,)
    assert first.ratio["peer"] == pytest.approx(1.0, abs=0.15)  # 1.9 as it came
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npy")}
    assert len(kept) == 2
    again = scoring.score(source, 2, tmp_path, jobs=1)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npy")} == kept
    np.testing.assert_array_equal(again.loss["peer"], first.loss["peer"])
