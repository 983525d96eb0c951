"""What one arm's training leaves behind for the next: nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import pytest

from scarce.boosting.lightgbm import train
from scarce.learners.base import Sampled
from scarce.learners.boosted import BoostedFold
from scarce.learners.old_base import Budget, TrainingRows
from scarce.losses import get
from scarce.resampling import UnderSampler

if TYPE_CHECKING:
    from collections.abc import Iterator


def rows() -> TrainingRows:
    """Return a fold of 600 rows, 1 in 20 positive."""
    rng = np.random.default_rng(0)
    target = (np.arange(600) % 20 == 0).astype(np.uint8)
    features = rng.normal(size=(600, 3)) + target[:, None]
    return TrainingRows(
        features=features,
        names=("a", "b", "c"),
        categorical=(),
        target=target,
        training_weight=None,
        weight=None,
        offset=0.0,
        fit=np.arange(500),
        valid=np.arange(500, 600),
        seed=1,
    )


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[lightgbm.Dataset]]:
    """Record every dataset that a training sees, and that it starts at a base score there."""
    found: list[lightgbm.Dataset] = []
    original = lightgbm.train

    def spied(params: Any, train_set: lightgbm.Dataset, *args: Any, **options: Any) -> lightgbm.Booster:
        used = [train_set, *options.get("valid_sets", [])]
        assert all(np.unique(dataset.get_init_score()).size == 1 for dataset in used)
        found.extend(used)
        return original(params, train_set, *args, **options)

    monkeypatch.setattr(lightgbm, "train", spied)
    yield found
    monkeypatch.undo()


@pytest.mark.parametrize("sampling", [None, UnderSampler(5.0)], ids=["all rows", "undersampled"])
def test_a_base_score_does_not_outlive_its_training(
    seen: list[lightgbm.Dataset], monkeypatch: pytest.MonkeyPatch, sampling: UnderSampler | None
) -> None:
    BoostedFold(rows()).fit(get("focal"), sampling, Budget(5, 5))
    monkeypatch.undo()
    assert len(seen) == 2
    assert [dataset.get_init_score() for dataset in seen] == [None, None]
    if sampling is None:  # and so the user's own training takes the same bins
        assert train({"num_leaves": 4}, seen[0], "focal", num_boost_round=2).booster.num_trees() == 2


def test_an_arm_is_the_same_whatever_was_trained_before() -> None:
    fold, data = BoostedFold(rows()), rows().features
    alone = BoostedFold(rows()).fit(get("cross_entropy"), None, Budget(5, 5)).raw(data)
    fold.fit(get("weighted_cross_entropy"), None, Budget(5, 5))
    fold.fit(get("focal"), UnderSampler(5.0), Budget(5, 5))
    assert (fold.fit(get("cross_entropy"), None, Budget(5, 5)).raw(data) == alone).all()


class FirstRows:
    """A sampling that draws the first 300 rows."""

    exact = True

    def draw(self, features: Any, target: Any, categorical: Any, seed: int) -> Sampled:
        return Sampled(np.arange(300), None, target[:300], 0.0)


def test_weights_go_with_the_rows_that_are_drawn() -> None:
    whole = rows()
    features = np.random.default_rng(1).integers(0, 6, (600, 3)).astype(float)  # the same bins in any part
    weighted = replace(whole, features=features, training_weight=1.0 + np.arange(600.0) % 7)
    part = replace(weighted, fit=np.arange(300))
    drawn = BoostedFold(weighted).fit(get("cross_entropy"), FirstRows(), Budget(5, 5)).raw(features)
    alone = BoostedFold(part).fit(get("cross_entropy"), None, Budget(5, 5)).raw(features)
    np.testing.assert_allclose(drawn, alone, rtol=1e-12)
    other = replace(part, training_weight=1.0 + np.arange(600.0)[::-1] % 7)
    assert not np.allclose(
        BoostedFold(other).fit(get("cross_entropy"), None, Budget(5, 5)).raw(features), alone
    )
