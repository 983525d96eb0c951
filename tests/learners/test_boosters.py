"""XGBoost and CatBoost keep what a learner promises: the path, the stored trees, the threads, the weights."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pytest

from scarce.errors import ScarceError
from scarce.learners.base import Sampled, TrainingRows, Treatment
from scarce.learners.catboost import CatBoost
from scarce.learners.xgboost import XGBoost
from scarce.losses import get

pytest.importorskip("xgboost", reason="XGBoost is not installed: pip install 'scarce[xgboost]'")
pytest.importorskip("catboost", reason="CatBoost is not installed: pip install 'scarce[catboost]'")

LEARNERS = {"xgboost": XGBoost(most_rounds=30), "catboost": CatBoost(most_rounds=30)}
PLAIN = Treatment(get("cross_entropy"))
WEIGHTED = Treatment(get("weighted_cross_entropy"))
FOCAL = Treatment(get("focal", gamma=2.0))


@dataclass(frozen=True)
class FirstNegatives:
    """Keep every positive, and as many negatives as asked."""

    count: int
    exact: bool = True

    def draw(self, features, target, categorical, seed):
        negatives = np.flatnonzero(target == 0)
        rows = np.sort(np.concatenate([np.flatnonzero(target), negatives[: self.count]]))
        return Sampled(rows, None, target[rows], float(np.log(self.count / negatives.size)))


@dataclass(frozen=True)
class MadeUp:
    """Add a copy of each positive, slightly moved, as a row of its own."""

    exact: bool = False

    def draw(self, features, target, categorical, seed):
        moved = features[target == 1] + 1e-3
        return Sampled(
            None, np.vstack([features, moved]), np.append(target, np.ones(len(moved), np.uint8)), 0.0
        )


UNDERSAMPLED = replace(PLAIN, sampling=FirstNegatives(300))
TREATMENTS = {
    "plain": PLAIN,
    "weighted": WEIGHTED,
    "class balanced": Treatment(get("class_balanced")),
    "focal": FOCAL,
    "undersampled": UNDERSAMPLED,
    "made up": replace(WEIGHTED, sampling=MadeUp()),
}


def rows(**changes):
    """Return a fold of 2,000 rows, one in ten positive, with gaps, infinities and category codes."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(2_000, 5))
    X[:, 4] = rng.integers(0, 5, 2_000)
    target = (rng.random(2_000) < 1.0 / (1.0 + np.exp(3.2 - 1.5 * X[:, 0]))).astype(np.uint8)
    X[rng.random(X.shape) < 0.03] = np.nan
    X[rng.random(X.shape) < 0.003] = np.inf
    given = {"training_weight": rng.uniform(0.5, 2.0, 2_000), "offset": 0.25, "seed": 1} | changes
    return TrainingRows(
        features=X, names=tuple("abcde"), categorical=(4,), target=target,
        fit=np.arange(1_400), held=np.arange(1_400, 2_000), **given,
    )  # fmt: skip


def path(prepared, treatment, most=np.inf):
    """Return the outputs of the held rows by step."""
    seen = {}

    def watch(step, logits, log_odds):
        seen[step] = (logits.copy(), log_odds.copy())
        return step < most

    prepared.follow(treatment, watch)
    return seen


CASES = [
    pytest.param(learner, treatment, id=f"{name}-{how}")
    for name, learner in LEARNERS.items()
    for how, treatment in TREATMENTS.items()
    if learner.takes(treatment)
]


@pytest.mark.parametrize(("learner", "treatment"), CASES)
def test_what_is_fitted_to_a_step_gives_the_outputs_shown_there(learner, treatment):
    fold = rows()
    prepared = learner.prepare(fold)
    seen = path(prepared, treatment)
    assert tuple(seen) == learner.steps
    for step in (learner.steps[0], learner.steps[3], learner.steps[-1]):
        fitted = prepared.fit(treatment, step)
        logits = fitted.logits(fold.features[fold.held])
        assert logits == pytest.approx(seen[step][0], abs=2e-6)
        assert fitted.log_odds(logits) == pytest.approx(seen[step][1], abs=1e-5)


@pytest.mark.parametrize(("learner", "treatment"), CASES)
def test_log_odds_speak_of_the_population(learner, treatment):
    fold = rows(training_weight=None, offset=0.0)
    shown = path(learner.prepare(fold), treatment)[learner.steps[-1]][1]
    drawn_twice = np.log(2.0) if isinstance(treatment.sampling, MadeUp) else 0.0
    posterior = 1.0 / (1.0 + np.exp(drawn_twice - shown))
    assert posterior.mean() == pytest.approx(fold.target[fold.held].mean(), rel=0.25)
    moved = path(learner.prepare(replace(fold, offset=-1.0)), treatment)[learner.steps[-1]][1]
    assert moved == pytest.approx(shown - 1.0)


@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_a_path_ends_where_the_watch_has_seen_enough(learner):
    assert tuple(path(learner.prepare(rows()), PLAIN, most=14.0)) == (10.0, 12.0, 14.0)


@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_fits_side_by_side_are_those_of_fits_alone(learner):
    wanted = [treatment for treatment in (PLAIN, WEIGHTED, UNDERSAMPLED) if learner.takes(treatment)] * 2
    fold = rows()
    alone = learner.prepare(fold)
    one_by_one = [path(alone, treatment)[learner.steps[-1]] for treatment in wanted]
    shared = learner.prepare(fold)
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda treatment: path(shared, treatment)[learner.steps[-1]], wanted))
    for one, other in zip(one_by_one, together, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_neither_the_unit_of_weights_nor_the_number_of_threads_changes_a_fit(learner):
    fold = rows()
    plain = learner.prepare(fold).fit(PLAIN, 12.0)
    other = replace(fold, training_weight=fold.training_weight * 1024.0, threads=2)
    again = learner.prepare(other).fit(PLAIN, 12.0)
    assert again.base_score == plain.base_score
    assert np.array_equal(again.logits(fold.features), plain.logits(fold.features))


@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_a_table_without_information_gives_the_base_score(learner):
    fold = replace(rows(), features=np.ones((2_000, 5)))
    prepared = learner.prepare(fold)
    prior = fold.target[fold.fit] @ fold.training_weight[fold.fit] / fold.training_weight[fold.fit].sum()
    fitted = prepared.fit(PLAIN, 10.0)
    logits = fitted.logits(fold.features)
    assert logits == pytest.approx(np.log(prior / (1.0 - prior)), abs=1e-3)
    assert path(prepared, PLAIN)[10.0][0] == pytest.approx(logits[:600], abs=1e-6)


@pytest.mark.parametrize(
    ("treatment", "taken"),
    [
        (PLAIN, True),
        (WEIGHTED, True),
        (Treatment(get("class_balanced")), True),
        (UNDERSAMPLED, True),
        (FOCAL, False),
        (Treatment(get("logit_adjusted")), False),
        (Treatment(get("cross_entropy", label_smoothing=0.1)), False),
        (Treatment(get("brier")), False),
    ],
)
def test_catboost_takes_cross_entropy_and_class_weights_alone(treatment, taken):
    assert CatBoost().takes(treatment) == taken
    assert XGBoost().takes(treatment)


@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_a_refit_on_more_rows_gets_more_rounds_within_the_path(learner):
    assert learner.grown(16.0, 1.25) == 20.0
    assert learner.grown(28.0, 1.25) == 30.0
    assert not learner.undoes(UNDERSAMPLED)  # in small leaves
    assert not learner.undoes(replace(PLAIN, sampling=MadeUp()))


@pytest.mark.parametrize("name", LEARNERS)
def test_without_its_engine_a_learner_says_what_to_install(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "scarce.boosting.xgboost", raising=False)
    with pytest.raises(ScarceError) as caught:
        type(LEARNERS[name])()
    assert caught.value.two_lines() == (
        f"error[E701]: {name} is not installed\nhint: pip install 'scarce[{name}]'"
    )
