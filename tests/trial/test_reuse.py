"""A second run takes up all that the first one made, and says so."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.trial.tables import table

from scarce.bundle.serialization import to_bytes
from scarce.data.dataset import Dataset
from scarce.errors import ScarceWarning
from scarce.learners.boosted_fold import BoostedFold
from scarce.trial import crossfit
from scarce.trial.config import TrialConfig
from scarce.trial.journal import Journal
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = TrialConfig(("focal:gamma=1",), ("lightgbm", "linear"), folds=3, max_rounds=10, replicates=50)
FITS = 3 * 3  # two plain learners and a treatment, on three folds


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset.prepare(table(900), "fraud", drop=("day", "customer", "weight"))


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the trainings of boosted trees from here on."""
    heard: list[str] = []
    for name in ("follow", "fit"):
        own = getattr(BoostedFold, name)

        def listening(self, *rest, own=own, name=name):
            heard.append(name)
            return own(self, *rest)

        monkeypatch.setattr(BoostedFold, name, listening)
    return heard


def test_a_second_run_trains_nothing_and_says_so(dataset, trained, tmp_path: Path) -> None:
    first, model = run_trial(dataset, CONFIG, journal=tmp_path)
    assert first.fits == (FITS, 0)
    trained.clear()
    again, same = run_trial(dataset, CONFIG, journal=tmp_path)
    assert trained == []
    assert again.fits == (FITS, FITS)
    assert to_bytes(same) == to_bytes(model)
    assert repr(again.verdict) == repr(first.verdict)


def test_what_is_new_is_trained_and_the_rest_reused(dataset, tmp_path: Path) -> None:
    run_trial(dataset, CONFIG, journal=tmp_path)
    more = dataclasses.replace(CONFIG, methods=("focal:gamma=1", "brier"))
    assert run_trial(dataset, more, journal=tmp_path)[0].fits == (FITS + 3, FITS)


def test_a_damaged_refit_is_trained_again(dataset, trained, tmp_path: Path) -> None:
    _, model = run_trial(dataset, CONFIG, journal=tmp_path)
    kept = list(tmp_path.glob("*.refit"))
    assert kept
    for path in kept:
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(ScarceWarning, match="damaged"):
        _, again = run_trial(dataset, CONFIG, journal=tmp_path)
    assert to_bytes(again) == to_bytes(model)
    assert {path.name for path in tmp_path.glob("*.refit")} == {path.name for path in kept}


def test_a_refit_is_found_under_its_own_key_alone(dataset, tmp_path: Path) -> None:
    _, model = run_trial(dataset, CONFIG, journal=tmp_path)
    fitted = model.members[0].fitted
    journal = Journal(tmp_path / "other", {"data": 1})
    journal.keep_refit(fitted, arm="a", step=3.0)
    found = journal.find_refit(arm="a", step=3.0)
    x = np.random.default_rng(0).normal(size=(50, fitted.stored.n_features))
    assert found.logits(x).tobytes() == fitted.logits(x).tobytes()
    assert found.loss == fitted.loss
    assert journal.find_refit(arm="a", step=4.0) is None
    assert Journal(tmp_path / "other", {"data": 2}).find_refit(arm="a", step=3.0) is None
    assert journal.find(3, arm="a", step=3.0) is None


@pytest.mark.parametrize("lost", [False, True], ids=["kept", "lost meanwhile"])
def test_outputs_that_lie_on_disk_meanwhile_change_nothing(
    dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    """Those of large tables do; here all of them, and then none can be read again."""
    first, model = run_trial(dataset, CONFIG)
    monkeypatch.setattr(crossfit, "_MANY", 0)
    held: list[int] = []
    own = crossfit.taken_down

    def listening(trace, *rest, **dealt):
        held.append(len(trace.logits))
        return None if lost else own(trace, *rest, **dealt)

    monkeypatch.setattr(crossfit, "taken_down", listening)
    again, same = run_trial(dataset, CONFIG, journal=tmp_path)
    assert set(held) == {0}
    assert to_bytes(same) == to_bytes(model)
    for arm, other in zip(again.arms, first.arms, strict=True):
        assert arm.log_odds.tobytes() == other.log_odds.tobytes()
