"""The control: chosen once, the first in the order that is near the best; blended where that is better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit
from sklearn.svm import LinearSVC

from scarce.calibration.logistic import SPREAD, UNSHRUNK
from scarce.data.dataset import Dataset
from scarce.learners.lightgbm import LightGBM
from scarce.progress import SILENT
from scarce.trial.blend import blended, weights_of
from scarce.trial.config import TrialConfig
from scarce.trial.control import choose
from scarce.trial.deciding import Judged
from scarce.trial.design import Design
from scarce.trial.journal import Journal
from scarce.trial.lineup import lineup
from scarce.trial.losses import Losses, losses_of
from scarce.trial.out_of_fold import OutOfFold
from scarce.trial.race import POSITIVES, ROWS, ranking
from scarce.trial.refit import refit
from scarce.trial.run import run_trial

N = 4_000
TWO = [SPREAD, SPREAD]


def drawn(seed: int = 0, learners: tuple[str, ...] = ("linear", "forest")) -> tuple[Design, np.ndarray]:
    """Return a design, and the true log-odds of its rows."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 2))
    truth = -3.0 + 1.5 * x[:, 0] + x[:, 1]
    y = rng.random(N) < expit(truth)
    dataset = Dataset.prepare(pa.table({"a": x[:, 0], "b": x[:, 1], "y": y.astype(int)}), "y")
    return Design.of(dataset, TrialConfig(("control",), learners)), truth


def said(log_odds: np.ndarray) -> OutOfFold:
    return OutOfFold(log_odds[None], log_odds[None], (), 0.0, 1.0)


def test_the_first_is_taken_that_is_not_clearly_worse_than_the_best() -> None:
    design, truth = drawn()
    noise = np.random.default_rng(1).normal(size=N)
    first, second = design.candidates
    near = choose(design, [first, second], {first.name: said(truth + 0.02 * noise), second.name: said(truth)})
    far = choose(design, [first, second], {first.name: said(truth + 2.0 * noise), second.name: said(truth)})
    for choice in (near, far):
        is_near = [one.difference <= one.standard_error for one in choice.candidates]
        assert choice.name == choice.candidates[is_near.index(True)].name
    assert far.candidates[1].difference > far.candidates[1].standard_error
    assert [arm.name for arm in far.ranked] == [second.name, first.name]


def test_one_learner_is_no_choice() -> None:
    design, truth = drawn(learners=("lightgbm",))
    (arm,) = design.candidates
    choice = choose(design, [arm], {arm.name: said(truth)})
    assert (choice.name, choice.optimism, choice.sentence) == ("lightgbm", 0.0, "")


def test_what_is_calibrated_wrongly_loses_nothing_by_it() -> None:
    design, truth = drawn()
    losses = losses_of(design, [truth[None], 0.8 * truth[None] + 0.4], TWO)
    assert losses.means[1] == pytest.approx(losses.means[0], rel=0.01)


def test_the_losses_are_those_of_rows_that_the_line_has_not_seen() -> None:
    """Log-odds that betray the label on one fold only gain nothing on the others."""
    design, truth = drawn()
    fold = design.judged.fold_of[0]
    betrayed = np.where(fold == 0, 30.0 * (2.0 * design.dataset.target - 1.0), truth)
    per_unit = losses_of(design, [truth[None], betrayed[None]], TWO).sums
    others = fold != 0
    assert per_unit[1][others].sum() >= 0.99 * per_unit[0][others].sum()


def test_a_choice_among_copies_of_chance_flatters_and_says_so() -> None:
    rng = np.random.default_rng(2)
    base = rng.exponential(size=500)
    many = Losses(base + rng.normal(0.0, 0.5, (12, 500)) + np.arange(12)[::-1, None] * 0.0, 500.0)
    best_of = many.sums[int(many.means.argmin())].sum()
    assert best_of < base.sum()
    assert many.optimism(0) > 0.0
    assert Losses(base[None], 500.0).optimism(0) == 0.0


def test_units_are_drawn_together() -> None:
    """The standard error of rows in tens is that of the tens."""
    rng = np.random.default_rng(3)
    tens = rng.normal(size=(2, 100))
    together = Losses(10.0 * tens, 1000.0).errors
    apart = Losses(np.repeat(tens, 10, axis=1), 1000.0).errors
    assert together[together > 0] == pytest.approx(np.sqrt(10.0) * apart[apart > 0], rel=0.01)


def test_weights_find_the_one_that_knows_and_shrink_to_equal_ones() -> None:
    rng = np.random.default_rng(4)
    truth = -2.0 + 1.5 * rng.normal(size=20_000)
    y = (rng.random(20_000) < expit(truth)).astype(float)
    none = np.full(20_000, np.log(y.mean() / (1.0 - y.mean())))
    many = weights_of(np.stack([truth, none]), y, np.ones(20_000))
    few = weights_of(np.stack([truth[:30], none[:30]]), y[:30], np.ones(30))
    assert many[0] == pytest.approx(1.0, abs=0.1)
    assert abs(few - 0.5).max() < abs(many - 0.5).max()
    assert (many >= 0.0).all()
    assert (few >= 0.0).all()


def test_a_blend_of_two_halves_of_the_truth_beats_either() -> None:
    design, _ = drawn()
    x = [design.dataset.features[name].to_numpy() for name in ("a", "b")]
    halves = [said(-3.0 + 1.5 * x[0]), said(-3.0 + x[1])]
    mixed, members = blended(design.candidates, halves, design.judged)
    losses = losses_of(design, [mixed.recovered, *(half.recovered for half in halves)], [SPREAD, *TWO])
    assert losses.means[0] < losses.means[1:].min()
    assert len(members) == 2


def test_repeats_of_the_same_rows_are_no_more_evidence() -> None:
    """With ten positives, lines and weights are shrunk as for ten, however often the folds are dealt."""
    rng = np.random.default_rng(6)
    design, _ = drawn()
    n = 400
    target = (np.arange(n) % 40 == 0).astype(np.uint8)
    x = np.stack([rng.normal(size=n) + 2.0 * target - 2.0, rng.normal(size=n) + 1.0 * target - 3.0])
    found = []
    for repeats in (1, 20):
        folds = np.stack([rng.permutation(n) % 5 for _ in range(repeats)])
        judged = Judged(target, None, None, folds, ordered=False)
        repeated = [np.tile(one, (repeats, 1)) for one in x]
        scores = [OutOfFold(one, one, (), 0.0, 1.0) for one in repeated]
        whole, repeat, row = judged.all_at_once()
        line, _ = whole.fit(repeated[0][repeat, row], np.arange(row.size))
        _, members = blended(design.candidates, scores, judged)
        of_members = [(one.calibration.intercept, one.calibration.slope, one.weight) for one in members]
        found.append([line.intercept, line.slope, *np.ravel(of_members)])
    assert found[1] == pytest.approx(found[0], abs=1e-3)


def test_a_control_of_plain_scores_gets_a_free_line() -> None:
    """Margins of a classifier without probabilities are no log-odds: a shrunk line would leave them wrong."""
    rng = np.random.default_rng(7)
    n = 2_000
    truth = -5.5 + 1.5 * rng.normal(size=n)
    y = rng.random(n) < expit(truth)
    dataset = Dataset.prepare(pa.table({"a": truth, "y": y.astype(int)}), "y")
    design = Design.of(dataset, TrialConfig(("control",), (LinearSVC(),)))
    (arm,) = design.candidates
    scores = said(0.3 * (truth + 5.0))
    choice = choose(design, [arm], {arm.name: scores})
    assert choice.candidates[0].log_loss == pytest.approx(
        losses_of(design, [truth[None]], [SPREAD]).means[0], rel=0.05
    )
    (standing,) = lineup(design, choice, [], {arm.name: scores})
    assert standing.entry.spread == UNSHRUNK


def test_no_row_of_a_fold_tells_the_blend_of_that_fold_anything() -> None:
    design, truth = drawn()
    noise = np.random.default_rng(5).normal(size=N)
    scores = [said(truth), said(noise)]
    mixed, _ = blended(design.candidates, scores, design.judged)
    flipped = Design.of(design.dataset, design.config)
    target = design.dataset.target.copy()
    own = design.judged.rows(0, 1)
    target[own] = 1 - target[own]
    object.__setattr__(flipped.judged, "target", target)
    other, _ = blended(design.candidates, scores, flipped.judged)
    assert np.array_equal(mixed.recovered[0, own], other.recovered[0, own])
    assert not np.array_equal(mixed.recovered, other.recovered)


def test_plain_scores_are_calibrated_by_a_line_of_their_own_alone_and_in_a_choice() -> None:
    """A distance from a hyperplane is no log-odds: a line that is shrunk to the identity would stay wrong."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=3_000)
    table = pa.table({"x": x, "y": (rng.random(3_000) < expit(-5.0 + 2.0 * x)).astype(int)})
    dataset = Dataset.prepare(table, "y")
    quick = {"folds": 3, "replicates": 50}
    alone, _ = run_trial(dataset, TrialConfig(("control",), (LinearSVC(),), **quick))
    assert alone.control.estimates["calibration_ratio"].value == pytest.approx(1.0, abs=0.05)
    assert alone.control.estimates["calibration_slope"].value == pytest.approx(1.0, abs=0.1)
    beside, _ = run_trial(dataset, TrialConfig(("control",), ("linear", LinearSVC()), **quick))
    line, svm = (one.log_loss for one in beside.candidates if one.name != "blend")
    assert svm == pytest.approx(line, rel=0.02)


@pytest.fixture(scope="module")
def large() -> Design:
    """A table of products, on which a line is clearly behind."""
    rng = np.random.default_rng(6)
    n = 3 * ROWS
    x = rng.normal(size=(n, 3))
    y = rng.random(n) < expit(-3.0 + 4.0 * x[:, 0] * x[:, 1])
    features = {f"x{k}": x[:, k] for k in range(3)}
    dataset = Dataset.prepare(pa.table({**features, "y": y.astype(int)}), "y")
    return Design.of(dataset, TrialConfig(("focal:gamma=1",), ("linear", "lightgbm"), folds=3, max_rounds=60))


def test_what_is_clearly_behind_goes_no_further(large: Design) -> None:
    kept = ranking(large, large.candidates, Journal(None, {}), SILENT, 1)
    assert [arm.name for arm, _ in kept] == ["lightgbm"]


def test_a_race_is_run_on_rows_that_speak_for_all(large: Design) -> None:
    from scarce.trial.race import _track

    track = _track(large)
    assert track.dataset.n_rows == ROWS
    assert track.dataset.n_positive == min(POSITIVES, large.dataset.n_positive)
    assert track.prevalence == pytest.approx(large.prevalence)
    for split in track.splits:
        assert not np.isin(split.train, split.test).any()


@pytest.mark.parametrize("ordered", [False, True])
def test_the_kept_model_is_grown_by_what_the_folds_had_less_of(ordered: bool, monkeypatch) -> None:
    """By time, folds learn from half of the rows in the mean, not from all but one fold's."""
    design, truth = drawn(learners=("lightgbm",))
    if ordered:
        dataset = replace(design.dataset, time=np.arange(N, dtype=float))
        design = Design.of(dataset, design.config)
    grown: list[float] = []
    monkeypatch.setattr(LightGBM, "grown", lambda _, step, factor: grown.append(factor) or step)
    (arm,) = design.candidates
    scores = replace(said(np.where(design.judged.fold_of[0] >= 0, truth, np.nan)), step=10.0)
    choice = choose(design, [arm], {arm.name: scores})
    refit(design, lineup(design, choice, [], {arm.name: scores})[0], {}, Journal(None, {}))
    assert grown == [pytest.approx(N / np.mean([split.train.size for split in design.splits]))]
