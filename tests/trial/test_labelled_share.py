"""Positives without a label: what is said of all positives is unbiased, and what is assumed is said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from scarce import monitor
from scarce.bundle.serialization import from_bytes, load, save, to_bytes
from scarce.calibration.labelled_share import LabelledShare
from scarce.cli.main import status
from scarce.data.dataset import Dataset
from scarce.data.files.reading import from_dataframe
from scarce.decision.arrays import expit
from scarce.decision.cost_fitting import fit_cost_rule
from scarce.decision.costs import Costs
from scarce.decision.rule_choice import RuleChoice
from scarce.decision.rules import CostRule
from scarce.errors import ScarceError, ScarceWarning
from scarce.report.explorer import Explorer
from scarce.report.worth import worth
from scarce.trial.compare import ScoredTable, compare_scores
from scarce.trial.config import TrialConfig
from scarce.trial.deciding import Judged
from scarce.trial.design import Design
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.bundle.model import Model
    from scarce.trial.result import TrialResult

N = 16_000


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8, 0.99])
@pytest.mark.parametrize("p", [1e-300, 1e-12, 1e-3, 0.3, 0.9, 0.999999])
def test_log_odds_of_a_positive_are_those_of_a_label_over_the_share(p: float, share: float) -> None:
    with mpmath.workdps(50):
        of_label = mpmath.mpf(share) * p
        given = float(mpmath.log(of_label) - mpmath.log1p(-of_label))
        exact = mpmath.exp(given) / (1 + mpmath.exp(given)) / mpmath.mpf(share)
        expected = float(mpmath.log(exact) - mpmath.log1p(-exact))
    found = LabelledShare(share, share / 2, 0.995).log_odds([given])
    # next to 1 the difference of share and label is all there is, and double precision holds it to 1e-10
    assert found[0] == pytest.approx(expected, rel=1e-13 if p < 0.95 else 1e-9, abs=1e-12)


def test_a_probability_is_capped_at_one_and_keeps_its_order() -> None:
    share = LabelledShare.of(0.4)
    rising = share.log_odds(np.linspace(-50.0, 50.0, 2001))
    assert (np.diff(rising) >= 0.0).all()
    assert expit(rising).max() == 1.0
    assert np.isfinite(rising).all()
    low, high = share.band(np.linspace(-50.0, 0.0, 101))
    assert (low <= expit(share.log_odds(np.linspace(-50.0, 0.0, 101)))).all()
    assert (expit(share.log_odds(np.linspace(-50.0, 0.0, 101))) <= high).all()
    np.testing.assert_allclose(low[:50], expit(np.linspace(-50.0, 0.0, 101))[:50] / share.high, rtol=1e-9)


@pytest.mark.parametrize(
    ("value", "share", "low", "high", "written"),
    [
        (".8", 0.8, 0.7, 0.9, "0.8"),
        (0.95, 0.95, 0.85, 0.975, "0.95"),
        (0.06, 0.06, 0.03, 0.16, "0.06"),
        (".7...9", 0.8, 0.7, 0.9, "0.8"),
        ("0.5..0.9", 0.7, 0.5, 0.9, "0.5..0.9"),
    ],
)
def test_a_share_is_read_with_its_band(
    value: Any, share: float, low: float, high: float, written: str
) -> None:
    found = LabelledShare.of(value)
    assert (found.share, found.low, found.high) == (share, low, high)
    assert str(found) == written
    assert LabelledShare.of(str(found)) == found


@pytest.mark.parametrize(
    "value",
    ["", "most", "0", 0.0, 1, "1", "-.2", "1.2", "80", ".9..7", "..", ".7..", ".1...2...3", True, None],
)
def test_what_is_no_share_is_refused(value: object) -> None:
    with pytest.raises(ScarceError) as caught:
        LabelledShare.of(value)
    assert caught.value.two_lines() == (
        f"error[E376]: cannot take the labelled share {value!r}\n"
        "hint: write the share of the positives that carry their label, between 0 and 1: 0.8, or a band: "
        "0.7..0.9"
    )


def some_costs(n: int, seed: int = 0) -> Costs:
    rng = np.random.default_rng(seed)
    fn = np.where(
        rng.random(n) < 0.1, 2.0, rng.uniform(2.0, 90.0, n)
    )  # of some a miss costs as much as a hit
    return Costs(fn=fn, fp=rng.uniform(3.0, 9.0, n), tn=1.0, tp=2.0)


def test_costs_of_labels_are_in_expectation_those_of_all_positives() -> None:
    share, rng = 0.6, np.random.default_rng(1)
    costs, flagged = some_costs(500), rng.random(500) < 0.5
    of_labels = replace(costs, labelled=share)
    everyone, nobody = np.ones(500, dtype=bool), np.zeros(500, dtype=bool)
    expected = share * of_labels.of_rows(everyone, flagged) + (1 - share) * of_labels.of_rows(nobody, flagged)
    np.testing.assert_allclose(expected, costs.of_rows(everyone, flagged), rtol=1e-12)
    np.testing.assert_array_equal(of_labels.of_rows(nobody, flagged), costs.of_rows(nobody, flagged))
    np.testing.assert_array_equal(of_labels.take(flagged).labelled, share)


def test_rows_are_flagged_where_the_probability_of_a_positive_is_worth_it() -> None:
    share, rng = LabelledShare.of(0.6), np.random.default_rng(2)
    costs, log_odds = some_costs(5000), rng.normal(-1.0, 3.0, 5000)
    p = np.minimum(expit(log_odds) / share.share, 1.0)
    worth_it = p * (costs.fn - costs.tp) > (1.0 - p) * (costs.fp - costs.tn)
    found = CostRule().flag(log_odds, replace(costs, labelled=share.share))
    assert (p == 1.0).mean() > 0.1
    np.testing.assert_array_equal(found, worth_it)


def test_rows_are_reviewed_where_the_probability_of_a_positive_is_worth_it() -> None:
    share, rng = LabelledShare.of(0.6), np.random.default_rng(3)
    costs, log_odds = some_costs(5000), rng.normal(-1.0, 3.0, 5000)
    p = np.minimum(expit(log_odds) / share.share, 1.0)
    either = np.minimum(p * (costs.fn - costs.tp), (1.0 - p) * (costs.fp - costs.tn))
    found = CostRule(review=1.5).reviewed(log_odds, replace(costs, labelled=share.share))
    np.testing.assert_array_equal(found, either > 1.5)


def judged(target: np.ndarray, costs: Costs | None, labelled: float) -> Judged:
    folds = np.zeros((1, target.size), dtype=np.int64)
    return Judged(target.astype(np.uint8), None, costs, folds, ordered=False, labelled=labelled)


def test_without_costs_the_cut_has_the_best_f1_among_all_positives() -> None:
    rng = np.random.default_rng(3)
    log_odds = rng.normal(-1.0, 2.0, 400)
    labels = (rng.random(400) < expit(log_odds)).astype(np.uint8)
    _, rule = judged(labels, None, 0.5).fit(log_odds, np.arange(400))
    calibration, _ = judged(labels, None, 0.5).fit(log_odds, np.arange(400))
    said = calibration.log_odds(log_odds)

    def f1(flagged: np.ndarray) -> float:
        return 2.0 * (labels[flagged].sum() / 0.5) / (labels.sum() / 0.5 + flagged.sum())

    best = max(f1(said > cut) for cut in [*(said - 1e-9), -np.inf])
    assert f1(rule.flag(said)) == pytest.approx(best, rel=1e-12)
    assert "F1 among all positives, of which 0.5 are labelled" in rule.describe()


def test_labels_tune_no_cut_where_they_do_not_tell_which_alarms_are_false() -> None:
    rng = np.random.default_rng(4)
    log_odds = rng.normal(-1.0, 2.0, 2000)
    labels = rng.random(2000) < expit(log_odds + 1.0)
    costs = Costs(fn=20.0, fp=1.0)
    assert fit_cost_rule(log_odds, labels, costs).cut != 0.0
    _, rule = judged(labels, replace(costs, labelled=0.8), 0.8).fit(log_odds, np.arange(2000))
    assert (rule.cut, rule.tuned_on) == (0.0, 0)


class Truth:
    """A table whose positives are known, and of which a share is labelled."""

    def __init__(self, share: float = 0.7, seed: int = 0, n: int = N) -> None:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(2, n))
        self.p = expit(-4.0 + 1.5 * x[0] + x[1])
        self.positive = rng.random(n) < self.p
        self.labelled = self.positive & (rng.random(n) < share)
        self.amount = rng.lognormal(4.0, 0.5, n)
        words = np.where(self.labelled, "yes", "no")
        self.table = pa.table({"x": x[0], "z": x[1], "amount": self.amount, "fraud": words})

    def cost(self, flagged: np.ndarray) -> float:
        """Return what decisions cost 10,000 rows in truth."""
        missed, alarms = self.positive & ~flagged, ~self.positive & flagged
        return 1e4 * float(np.mean(missed * self.amount + alarms * 5.0))


CONFIG = TrialConfig(("control",), ("linear",), folds=3, replicates=50, labelled_share="0.65..0.75")


def tried(truth: Truth, config: TrialConfig = CONFIG, cost: str | None = "fn=amount,fp=5") -> Any:
    return run_trial(Dataset.prepare(truth.table, target="fraud", positive="yes", cost=cost), config)


@pytest.fixture(scope="module")
def known() -> tuple[Truth, TrialResult, Model]:
    truth = Truth()
    return truth, *tried(truth)


def test_probabilities_are_unbiased_for_all_positives(known: tuple[Truth, TrialResult, Model]) -> None:
    truth, result, _ = known
    said = expit(LabelledShare.of("0.65..0.75").log_odds(result.winner.log_odds[0]))
    error = np.sqrt(np.sum(truth.p * (1 - truth.p))) / truth.p.sum()
    assert said.mean() == pytest.approx(truth.positive.mean(), rel=3 * error / 0.7)
    assert expit(result.winner.log_odds[0]).mean() < 0.8 * truth.positive.mean()  # those of a label
    for group in np.array_split(np.argsort(said), 8)[3:]:
        spread = np.sqrt(truth.positive[group].mean() / group.size / 0.7)
        assert said[group].mean() == pytest.approx(truth.positive[group].mean(), abs=4 * spread)


def test_what_is_said_of_precision_and_cost_is_what_is_true(known: tuple[Truth, TrialResult, Model]) -> None:
    truth, result, _ = known
    missed, flagged = result.missed, result.winner.flagged[0]
    right = truth.positive[flagged].mean()
    noise = np.sqrt(truth.labelled[flagged].sum()) / flagged.sum() / 0.7
    assert missed.precision.value == pytest.approx(right, abs=3 * noise)
    assert missed.precision.measured == pytest.approx(truth.labelled[flagged].mean())
    assert right > missed.precision.measured + 3 * noise
    assert missed.cost.value == pytest.approx(truth.cost(flagged), rel=0.08)
    assert missed.cost.measured < 0.92 * truth.cost(flagged)
    assert missed.cost.value == pytest.approx(result.winner.estimates["expected_cost"].value)
    false = 1e4 * np.mean(flagged & ~truth.positive)
    assert missed.false_alarms.value == pytest.approx(false, rel=0.04)
    assert missed.false_alarm_cost.value == pytest.approx(5 * missed.false_alarms.value)
    for one in (missed.precision, missed.cost, missed.false_alarms, missed.false_alarm_cost):
        assert one.low < one.value < one.high
    assert result.idle_cost == pytest.approx(truth.cost(np.zeros(N, dtype=bool)), rel=0.08)


def test_the_corrected_cost_is_unbiased_over_draws_of_labels() -> None:
    truth, rng = Truth(n=3000), np.random.default_rng(5)
    flagged, costs = truth.p > 0.05, Costs(fn=truth.amount, fp=5.0, labelled=0.7)
    draws = np.array(
        [1e4 * costs.of_rows(truth.positive & (rng.random(3000) < 0.7), flagged).mean() for _ in range(2000)]
    )
    assert draws.mean() == pytest.approx(truth.cost(flagged), abs=4 * draws.std() / np.sqrt(2000))
    assert np.std(draws) / draws.mean() < 0.1


def test_decisions_are_those_of_the_truth_but_for_noise(known: tuple[Truth, TrialResult, Model]) -> None:
    truth, result, _ = known
    best = truth.cost(truth.p * truth.amount > (1 - truth.p) * 5.0)
    assert truth.cost(result.winner.flagged[0]) < 1.03 * best


def test_the_verdict_the_worth_and_the_card_say_it(known: tuple[Truth, TrialResult, Model]) -> None:
    _, result, model = known
    said = result.verdict.sentences[-1]
    assert said.startswith("70 % (65 to 75 %) of the positives are taken to carry their label")
    assert "some alarms that look false are positives without a label" in said
    assert f"1 in {1 / result.missed.precision.value:.0f} right" in worth(result)
    assert model.card["missed_positives"] == result.missed.to_dict()
    json.dumps(model.card["missed_positives"], allow_nan=False)
    assert model.card["config"]["labelled_share"] == {"share": 0.7, "low": 0.65, "high": 0.75}
    plain, _ = tried(Truth(n=2000), replace(CONFIG, labelled_share=None))
    assert plain.missed is None


def test_a_model_says_the_same_after_its_file_and_gives_the_band(
    known: tuple[Truth, TrialResult, Model],
) -> None:
    truth, _, model = known
    again = from_bytes(to_bytes(model))
    assert again.labelled_share == model.labelled_share
    found = again.predictions(truth.table)
    assert found.equals(model.predictions(truth.table))
    p, low, high = (found[name].to_numpy() for name in ("posterior", "posterior_low", "posterior_high"))
    of_label = expit(again.log_odds_of_labels(truth.table))
    np.testing.assert_allclose(p, np.minimum(of_label / 0.7, 1.0), rtol=1e-9)
    np.testing.assert_allclose(low, np.minimum(of_label / 0.75, 1.0), rtol=1e-9)
    np.testing.assert_allclose(high, np.minimum(of_label / 0.65, 1.0), rtol=1e-9)
    flagged = found["flag"].to_numpy()
    np.testing.assert_array_equal(flagged, p * truth.amount > (1.0 - p) * 5.0)
    np.testing.assert_array_equal(again.flag(truth.table, "fn=100,fp=5"), p * 100.0 > (1.0 - p) * 5.0)
    moved = again.posterior(truth.table, prior=0.02)
    odds = (0.02 * 0.7) / (1 - 0.02 * 0.7) * (1 - model.prior) / model.prior * of_label / (1 - of_label)
    np.testing.assert_allclose(moved, np.minimum(odds / (1 + odds) / 0.7, 1.0), rtol=1e-9)


def test_a_model_of_numbers_decides_by_the_share_too() -> None:
    truth = Truth(n=3000)
    _, model = tried(truth, cost="fn=100,fp=5")
    p = model.posterior(truth.table)
    np.testing.assert_array_equal(model.flag(truth.table), p > 5.0 / 105.0)
    assert "flag when p > 0.04762" in model.rule.describe()


def test_a_cut_of_another_rule_is_on_the_probability_that_is_written(
    known: tuple[Truth, TrialResult, Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth, _, model = known
    monkeypatch.chdir(tmp_path)
    save(model, "model.scarce")
    csv.write_csv(truth.table, "rows.csv")
    for prior in ((), ("--prior", "0.02")):
        assert status(["predict", "model.scarce", "rows.csv", "-o", "cut.csv", "--cut", "0.2", *prior]) == 0
        found = csv.read_csv("cut.csv")
        p, flag = found["posterior"].to_numpy(), found["flag"].to_numpy(zero_copy_only=False)
        np.testing.assert_array_equal(flag, p > 0.2)
    assert status(["threshold", "model.scarce", "--cut", "0.2", "--out", "cut.scarce"]) == 0
    np.testing.assert_array_equal(load("cut.scarce").flag(truth.table), model.posterior(truth.table) > 0.2)
    with pytest.warns(ScarceWarning, match="W308"):  # it is asked of the rows it was trained on
        assert status(["threshold", "model.scarce", "rows.csv", "--recall", "0.9", "--out", "r.scarce"]) == 0
    caught = load("r.scarce").flag(truth.table)[truth.labelled].mean()
    assert 0.9 <= caught < 0.91
    assert "p is that of a label, 0.7 times that of a positive" in load("r.scarce").rule.describe()
    assert status(["predict", "model.scarce", "rows.csv", "-o", "few.csv", "--capacity", "1%"]) == 0
    assert csv.read_csv("few.csv")["flag"].to_numpy(zero_copy_only=False).sum() == N // 100


def test_a_rule_asked_for_says_that_its_cut_is_on_labels() -> None:
    config = replace(CONFIG, rule=RuleChoice("recall", 0.5))
    result, model = tried(Truth(n=3000), config, cost=None)
    shown = float(Explorer.of(result).applied.split("--cut ")[1].split()[0])
    assert 0.7 * shown == pytest.approx(model.rule.threshold())  # what --cut takes is of a positive
    assert "p is that of a label, 0.7 times that of a positive" in result.rule_text


def test_watching_decides_by_the_share_as_the_model_does(known: tuple[Truth, TrialResult, Model]) -> None:
    truth, _, model = known
    found = monitor(model, truth.table, "fraud")
    costs = replace(Costs(fn=truth.amount, fp=5.0), labelled=0.7)
    assert found.state.cost == pytest.approx(costs.of_rows(truth.labelled, model.flag(truth.table)).sum())


def test_a_forged_share_is_refused(known: tuple[Truth, TrialResult, Model]) -> None:
    *_, model = known
    for wrong in (LabelledShare(1.7, 0.5, 2.0), LabelledShare(0.5, 0.6, 0.7), LabelledShare(0, 0, 0)):
        with pytest.raises(ScarceError) as caught:
            from_bytes(to_bytes(replace(model, labelled_share=wrong)))
        assert caught.value.code == "E425"


def test_labels_that_a_share_cannot_explain_are_told() -> None:
    config = replace(CONFIG, labelled_share=0.3)
    wrong, right = (tried(Truth(share=share), config)[0].verdict.warnings for share in (1.0, 0.3))
    (said,) = [text for text in wrong if text.startswith("W313")]
    assert "are labelled, more than a share of 0.3 allows" in said
    assert not any(text.startswith("W313") for text in right)


def test_a_share_below_the_labels_or_beside_a_prior_is_refused() -> None:
    truth = Truth(n=2000)
    dataset = Dataset.prepare(truth.table, target="fraud", positive="yes")
    prevalence = f"{truth.labelled.mean():.3g}"
    with pytest.raises(ScarceError) as caught:
        Design.of(dataset, TrialConfig(labelled_share=0.04))
    assert caught.value.two_lines() == (
        f"error[E377]: the labelled share may be 0.02, but {prevalence} of the dataframe is labelled "
        "positive: more than all of it would be\n"
        "hint: give a larger --labelled-share: the share of the positives that carry their label"
    )
    with pytest.raises(ScarceError) as caught:
        TrialConfig(labelled_share=0.8, prior=0.01)
    assert caught.value.two_lines() == (
        "error[E378]: --labelled-share 0.8 stands beside --prior 0.01: both say how many positives "
        "there are\n"
        "hint: leave one of them out; scarce predict takes a --prior, of all positives, for a model with a "
        "share"
    )


def test_scores_made_elsewhere_are_held_to_the_share_too() -> None:
    truth = Truth(n=4000)
    data = truth.table.append_column("s", pa.array(np.log(truth.p / (1 - truth.p))))
    found = ScoredTable.prepare(
        from_dataframe(data), ["s"], target="fraud", positive="yes", cost="fn=amount,fp=5"
    )
    result = compare_scores(found.dataset, found.scores, ["score"], CONFIG)
    assert result.config["labelled_share"] == {"share": 0.7, "low": 0.65, "high": 0.75}
    assert result.missed.cost.value == pytest.approx(truth.cost(result.winner.flagged[0]), rel=0.15)
    assert result.missed.cost.value == pytest.approx(result.winner.estimates["expected_cost"].value)
