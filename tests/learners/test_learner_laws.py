"""What holds for every learner: it shows along its path what it gives in the end, the same each time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from tests.learners.simulated import TREATMENTS, mixed_fold

from scarce.learners.forest import Forest
from scarce.learners.linear import Linear
from scarce.learners.outside import Outside

if TYPE_CHECKING:
    from scarce.learners.base import Learner, Prepared, Treatment

LEARNERS: dict[str, Learner] = {
    "forest": Forest(trees=12),
    "forest:random": Forest("random", trees=12),
    "linear": Linear(),
    "linear:splines": Linear(splines=True),
    "outside": Outside(HistGradientBoostingClassifier(max_iter=10)),
    "outside scores": Outside(make_pipeline(SimpleImputer(), StandardScaler(), LinearSVC())),
}
EACH = [
    pytest.param(learner, treatment, id=f"{name} {arm}")
    for name, learner in LEARNERS.items()
    for arm, treatment in TREATMENTS.items()
    if learner.takes(treatment)
]
STOP = 7


def shown(prepared: Prepared, treatment: Treatment, most: int = STOP) -> list[tuple[float, Any, Any]]:
    """Return the first steps of a path."""
    seen: list[tuple[float, Any, Any]] = []

    def watch(step: float, logits: np.ndarray, log_odds: np.ndarray) -> bool:
        seen.append((step, logits.copy(), log_odds.copy()))
        return len(seen) < most

    prepared.follow(treatment, watch)
    return seen


@pytest.mark.parametrize(("learner", "treatment"), EACH)
def test_a_fit_gives_what_the_path_showed_at_its_step(learner: Learner, treatment: Treatment) -> None:
    rows = mixed_fold()
    prepared = learner.prepare(rows)
    seen = shown(prepared, treatment)
    assert [step for step, *_ in seen] == list(learner.steps[: len(seen)])
    step, logits, log_odds = seen[-1]
    fitted = prepared.fit(treatment, step)
    again = fitted.logits(rows.features[rows.held])
    np.testing.assert_allclose(again, logits, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(fitted.log_odds(again), log_odds, rtol=1e-12, atol=1e-12)
    assert np.ptp(log_odds) > 0.0


@pytest.mark.parametrize(("learner", "treatment"), EACH)
def test_two_threads_on_one_fold_give_what_one_gives(learner: Learner, treatment: Treatment) -> None:
    prepared = learner.prepare(mixed_fold())
    alone = shown(learner.prepare(mixed_fold()), treatment, 3)[-1][1]
    other = TREATMENTS["plain"]
    with ThreadPoolExecutor(2) as pool:
        arms = [treatment, other, treatment]
        found = list(pool.map(lambda arm: shown(prepared, arm, 3)[-1][1], arms))
    assert found[0].tobytes() == found[2].tobytes() == alone.tobytes()


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_takes_plain_rows_and_the_path_s_step_stays_on_more_rows(name: str) -> None:
    learner = LEARNERS[name]
    assert learner.takes(TREATMENTS["plain"])
    assert 0.0 < learner.grown(learner.steps[0], 1.25) <= learner.steps[0]
    assert learner.name
    assert learner.summary


@pytest.mark.parametrize("name", [name for name in LEARNERS if name.startswith(("forest", "linear"))])
def test_what_can_be_stored_comes_back_the_same(name: str) -> None:
    rows = mixed_fold()
    stored = LEARNERS[name].prepare(rows).fit(TREATMENTS["plain"], 0.01).stored
    again = type(stored).from_parts(*stored.to_parts())
    odd = np.where(np.isnan(rows.features), np.inf, rows.features * 1e300)
    for features in (rows.features, odd, -odd):
        assert (again.logits(features) == stored.logits(features)).all()
        assert np.isfinite(again.logits(features)).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_a_focal_loss_that_does_not_focus_is_the_cross_entropy_it_is(name: str) -> None:
    """``class_balanced`` is spelled so: it weighs classes, which every learner that takes weights can do."""
    weighs = [LEARNERS[name].takes(TREATMENTS[arm]) for arm in ("weighted", "class balanced")]
    assert weighs[0] == weighs[1]


def test_only_what_closed_forms_undo_is_said_to_be_undone() -> None:
    undone = {
        name: {arm for arm, treatment in TREATMENTS.items() if learner.undoes(treatment)}
        for name, learner in LEARNERS.items()
    }
    everything_exact = set(TREATMENTS) - {"made up"}
    assert undone["linear"] == undone["linear:splines"] == everything_exact
    assert undone["forest"] == undone["forest:random"] == undone["outside"] == {"plain"}
    assert undone["outside scores"] == set()
