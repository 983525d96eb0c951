"""The whole trial on small tables: what it finds, what it refuses, and that it repeats itself exactly."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from tests.trial.tables import table

from scarce.bundle.serialization import to_bytes
from scarce.data.dataset import Dataset
from scarce.errors import ScarceError
from scarce.evaluation import average_precision
from scarce.learners.boosted_fold import BoostedFold
from scarce.trial.arms import parse_arms
from scarce.trial.config import TrialConfig
from scarce.trial.details import details_of
from scarce.trial.population import Population
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.trial.result import TrialResult

CONFIG = TrialConfig(
    methods=("focal:gamma=2", "undersample:ratio=3"),
    learners=("lightgbm",),
    folds=3,
    max_rounds=40,
    replicates=50,
)
OTHERS = ["day", "customer", "weight"]


class Counted:
    """A progress that counts the steps it is told of."""

    def __init__(self) -> None:
        self.totals: list[int] = []
        self.done = 0

    def start(self, total: int, label: str) -> None:
        self.totals.append(total)

    def advance(self, n: int = 1, note: str = "") -> None:
        self.done += n

    def finish(self) -> None:
        pass


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset.prepare(table(), target="fraud", cost="fn=amount,fp=5", drop=OTHERS)


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> tuple[TrialResult, bytes]:
    result, model = run_trial(dataset, CONFIG)
    return result, to_bytes(model)


def test_counts_that_a_method_brings_are_those_its_details_tell(dataset: Dataset) -> None:
    (arm,) = parse_arms(["weighted_cross_entropy:class_counts=900;100"], 0.1)
    told = details_of(arm, dataset, Population.of(dataset.target, None, None))
    assert told["class_weight"] == pytest.approx([1000 / 1800, 5.0])


def without_clocks(result: TrialResult) -> dict[str, object]:
    arms = [
        {
            name: value.tobytes() if isinstance(value, np.ndarray) else repr(value)
            for name, value in vars(arm).items()
            if name != "seconds"
        }
        for arm in result.arms
    ]
    return {"arms": arms, "verdict": repr(result.verdict), "differences": repr(result.differences)}


def test_every_row_is_scored_once_a_repeat_by_every_arm(found, dataset):
    result, _ = found
    assert [arm.name for arm in result.arms] == ["control", "focal:gamma=2", "undersample:ratio=3"]
    for arm in result.arms:
        assert np.isfinite(arm.log_odds).all()
        assert arm.log_odds.shape == (1, dataset.n_rows)
    assert sorted(np.bincount(result.fold_of[0])) == [500, 500, 500]


def test_cost_is_primary_where_costs_are_given(found):
    result, _ = found
    assert result.primary.name == "expected_cost"
    assert {d.metric for d in result.differences} == {"expected_cost"}


def test_estimates_are_the_scores_of_the_rows(found, dataset):
    result, _ = found
    arm = result.control
    positive = dataset.target == 1
    amount = dataset.features.column("amount").to_numpy()
    cost = np.where(positive & ~arm.flagged[0], amount, 0.0) + np.where(~positive & arm.flagged[0], 5.0, 0.0)
    assert arm.estimates["expected_cost"].value == pytest.approx(1e4 * cost.mean(), rel=1e-12)
    posterior = 1.0 / (1.0 + np.exp(-arm.log_odds[0]))
    loss = -np.log(np.where(positive, posterior, 1.0 - posterior)).mean()
    assert arm.estimates["log_loss"].value == pytest.approx(loss, rel=1e-9)
    assert arm.estimates["calibration_ratio"].value == pytest.approx(posterior.mean() / positive.mean())


def test_ranking_is_averaged_over_folds(found):
    result, _ = found
    for arm in result.arms:
        folds = [
            average_precision(result.target[fold], arm.log_odds[0][fold])
            for fold in (result.fold_of[0] == k for k in range(CONFIG.folds))
        ]
        assert arm.estimates["average_precision"].value == pytest.approx(np.mean(folds), rel=1e-12)


def test_differences_are_arm_minus_control(found):
    result, _ = found
    for difference, arm in zip(result.differences, result.arms[1:], strict=True):
        costs = [result.costs.of_rows(result.target == 1, one.flagged[0]) for one in (arm, result.control)]
        assert difference.value == pytest.approx(1e4 * (costs[0] - costs[1]).mean())
        assert difference.low <= difference.value <= difference.high


def test_recovery_brings_focal_back_to_the_prevalence(found, dataset):
    result, _ = found
    focal = result.arms[1]
    raw, recovered = (1.0 / (1.0 + np.exp(-x[0])) for x in (focal.raw, focal.recovered))
    prevalence = dataset.prevalence
    assert raw.mean() > 1.5 * prevalence
    assert recovered.mean() == pytest.approx(prevalence, rel=0.2)


def test_undersampling_is_undone(found, dataset):
    result, _ = found
    kept = result.arms[2]
    raw, recovered = (1.0 / (1.0 + np.exp(-x[0])) for x in (kept.raw, kept.recovered))
    assert raw.mean() > 1.7 * dataset.prevalence
    assert recovered.mean() == pytest.approx(dataset.prevalence, rel=0.2)


def test_same_input_same_bytes(found, dataset):
    result, model = found
    again, other = run_trial(dataset, CONFIG)
    assert without_clocks(again) == without_clocks(result)
    assert to_bytes(other) == model


def test_interrupted_work_is_taken_up_where_it_stopped(found, dataset, tmp_path: Path, monkeypatch):
    class Interrupting(Counted):
        def advance(self, n: int = 1, note: str = "") -> None:
            super().advance(n, note)
            if self.done == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trial(dataset, CONFIG, journal=tmp_path, progress=Interrupting())
    assert len(list(tmp_path.iterdir())) == 2
    followed = []
    follow = BoostedFold.follow
    monkeypatch.setattr(BoostedFold, "follow", lambda *args: followed.append(args) or follow(*args))
    result, model = run_trial(dataset, CONFIG, journal=tmp_path)
    assert len(followed) == 9 - 2
    others = sorted(path.suffix for path in tmp_path.iterdir() if path.suffix != ".fit")
    assert (len(entries(tmp_path)), others) == (9, [".answers", ".refit"])
    assert without_clocks(result) == without_clocks(found[0])
    assert to_bytes(model) == found[1]


def entries(folder: Path) -> dict[str, int]:
    """Return the journal's entries and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.fit")}


SMALL = dataclasses.replace(CONFIG, methods=("focal:gamma=1",), max_rounds=3)


def test_another_seed_uses_none_of_the_journal_and_drops_it(dataset, tmp_path: Path):
    run_trial(dataset, SMALL, journal=tmp_path)
    before = entries(tmp_path)
    run_trial(dataset, dataclasses.replace(SMALL, seed=1), journal=tmp_path)
    after = entries(tmp_path)
    assert (len(before), len(after)) == (6, 6)
    assert before.keys().isdisjoint(after)


def test_other_arms_on_the_same_folds_share_a_journal(dataset, tmp_path: Path):
    run_trial(dataset, SMALL, journal=tmp_path)
    before = entries(tmp_path)
    run_trial(dataset, dataclasses.replace(SMALL, methods=("brier",)), journal=tmp_path)
    after = entries(tmp_path)
    assert before.items() <= after.items()
    assert len(after) == 9  # the control's fits are the same ones


def test_a_trial_that_is_cut_short_drops_nothing(dataset, tmp_path: Path):
    class Interrupting(Counted):
        def advance(self, n: int = 1, note: str = "") -> None:
            raise KeyboardInterrupt

    run_trial(dataset, SMALL, journal=tmp_path)
    before = entries(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run_trial(dataset, dataclasses.replace(SMALL, seed=1), journal=tmp_path, progress=Interrupting())
    assert before.items() <= entries(tmp_path).items()


def test_progress_hears_of_every_fit(dataset):
    heard = Counted()
    run_trial(dataset, dataclasses.replace(CONFIG, max_rounds=3), progress=heard)
    assert (heard.totals, heard.done) == ([9, 3, 1], 13)


def test_model_predicts_what_the_refit_predicted(found, dataset):
    from scarce.bundle.serialization import from_bytes

    model = from_bytes(found[1])
    log_odds = model.log_odds(dataset.features)
    assert np.isfinite(log_odds).all()
    flags = model.flag(dataset.features)
    score = log_odds + np.log(dataset.features.column("amount").to_numpy()) - np.log(5.0)
    assert np.array_equal(flags, score > found[0].rule_cut)


def test_without_costs_average_precision_is_primary_and_the_rule_says_so():
    dataset = Dataset.prepare(table(), target="fraud", drop=OTHERS)
    result, _ = run_trial(dataset, dataclasses.replace(CONFIG, methods=("focal",), max_rounds=5))
    assert result.primary.name == "average_precision"
    assert "no costs given" in result.rule_text


def test_time_splits_score_later_rows_and_leave_the_first_period_to_calibrate():
    data = Dataset.prepare(table(), target="fraud", time="day", drop=["customer", "weight"])
    result, _ = run_trial(data, dataclasses.replace(CONFIG, methods=("focal",), max_rounds=5))
    scored = ~np.isnan(result.control.log_odds[0])
    tested = result.fold_of[0] >= 0
    assert (scored == (result.fold_of[0] >= 1)).all()
    assert tested.sum() > scored.sum() > 0
    assert np.unique(result.fold_of[0][scored]).size == CONFIG.folds


def test_weights_with_one_value_a_class_are_undone_not_trained_on():
    data = Dataset.prepare(table(), target="fraud", weight="weight", drop=["day", "customer"])
    result, _ = run_trial(data, dataclasses.replace(CONFIG, methods=("focal",)))
    posterior = 1.0 / (1.0 + np.exp(-result.control.recovered[0]))
    weighted = np.average(posterior, weights=data.row_weight)
    assert weighted == pytest.approx(data.prevalence, rel=0.2)
    assert any("undone exactly" in note for note in result.notes)


def test_a_named_prior_moves_every_figure():
    data = Dataset.prepare(table(), target="fraud", drop=OTHERS)
    config = dataclasses.replace(CONFIG, methods=("focal",), prior=0.01)
    result, model = run_trial(data, config)
    assert result.prevalence == pytest.approx(0.01)
    assert model.prior == pytest.approx(0.01)
    posterior = 1.0 / (1.0 + np.exp(-result.control.log_odds[0]))
    assert np.average(posterior, weights=result.weight) == pytest.approx(0.01, rel=0.2)


def test_few_positives_call_nothing_better():
    few = table(400, seed=3, intercept=-5.5)
    data = Dataset.prepare(few, target="fraud", drop=OTHERS)
    assert 2 <= data.n_positive < 20
    result, _ = run_trial(data, dataclasses.replace(CONFIG, max_rounds=5))
    assert result.verdict.winner == "control"
    assert {d.outcome for d in result.differences} <= {"undecided", "equivalent"}
    assert result.verdict.warnings == (
        f"W301: only {data.n_positive} positives: nothing can be called better with so few; "
        "collect more positives",
    )
    assert "Too few positives" in result.verdict.headline


def test_under_fifty_positives_the_cut_is_the_costs_own():
    some = table(600, seed=1, intercept=-5.0)
    data = Dataset.prepare(some, target="fraud", cost="fn=100,fp=5", drop=OTHERS)
    assert 20 <= data.n_positive < 50
    result, model = run_trial(data, dataclasses.replace(CONFIG, methods=("focal",), max_rounds=5))
    assert model.rule.cut == 0.0
    assert result.verdict.warnings[0].startswith(f"W302: only {data.n_positive} positives")


def test_few_positives_are_told_how_many_it_takes():
    few = table(400, seed=3, intercept=-5.5)
    data = Dataset.prepare(few, target="fraud", drop=OTHERS)
    result, _ = run_trial(data, dataclasses.replace(CONFIG, max_rounds=5))
    assert all(d.positives_needed > data.n_positive for d in result.differences if d.outcome == "undecided")
    assert any("four times in five takes about" in s for s in result.verdict.sentences)


def test_the_margin_is_the_users():
    data = Dataset.prepare(table(600, seed=1, intercept=-4.0), target="fraud", drop=OTHERS)
    config = dataclasses.replace(CONFIG, methods=("focal",), max_rounds=5)
    for given, margin in (("5%", None), (0.2, 0.2), (None, 0.01)):
        result, _ = run_trial(data, dataclasses.replace(config, margin=given))
        expected = 0.05 * result.control.estimates["average_precision"].value if margin is None else margin
        assert result.differences[0].margin == pytest.approx(expected)


@pytest.mark.parametrize("margin", ["-5%", "0", "much", "nan", "inf", True, ""])
def test_what_is_no_margin_is_refused(margin):
    with pytest.raises(ScarceError) as caught:
        TrialConfig(margin=margin)
    assert caught.value.code == "E328"


def test_the_difference_is_that_of_the_figures_shown():
    """One number for each figure: the table's column is the one that is compared."""
    data = Dataset.prepare(
        table(900, seed=1, intercept=-4.0), target="fraud", cost="fn=100,fp=5", drop=OTHERS
    )
    for given in (data, dataclasses.replace(data, costs=None)):
        config = dataclasses.replace(CONFIG, methods=("focal",), max_rounds=5, repeats=2)
        result, _ = run_trial(given, config)
        of = {arm.name: arm.estimates[result.primary.name].value for arm in result.arms}
        for d in result.differences:
            assert d.value == pytest.approx(of[d.arm] - of["control"], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("repeats", [1, 3])
def test_a_rule_is_tuned_on_positives_each_counted_once(repeats):
    dataset = Dataset.prepare(table(), target="fraud", drop=OTHERS)
    config = dataclasses.replace(CONFIG, methods=("focal",), max_rounds=5, repeats=repeats)
    result, model = run_trial(dataset, config)
    assert model.rule.tuned_on == model.calibration.positives == dataset.n_positive
    assert f"tuned on {dataset.n_positive} positives" in result.rule_text


def test_repeats_do_not_make_enough_positives_to_tune_on():
    some = table(600, seed=1, intercept=-5.0)
    data = Dataset.prepare(some, target="fraud", cost="fn=100,fp=5", drop=OTHERS)
    assert data.n_positive < 50 < 3 * data.n_positive
    config = dataclasses.replace(CONFIG, methods=("focal",), max_rounds=5, repeats=3)
    _, model = run_trial(data, config)
    assert (model.rule.cut, model.rule.tuned_on) == (0.0, 0)


def test_other_costs_train_nothing_anew(dataset, tmp_path: Path):
    run_trial(dataset, SMALL, journal=tmp_path)
    before = entries(tmp_path)
    dearer = Dataset.prepare(table(), target="fraud", cost="fn=amount,fp=50", drop=OTHERS)
    assert dearer.fingerprint != dataset.fingerprint
    run_trial(dearer, SMALL, journal=tmp_path)
    assert entries(tmp_path) == before


def test_costs_in_the_hundreds_are_printed_whole(found):
    result, _ = found
    assert result.control.estimates["expected_cost"].value >= 100.0
    assert result.primary.style == "{:,.0f}"
    assert "." not in result.verdict.headline.rstrip(".")


def test_the_cost_of_idleness_is_that_of_the_scored_rows():
    data = Dataset.prepare(
        table(), target="fraud", cost="fn=amount,fp=5", time="day", drop=["customer", "weight"]
    )
    result, _ = run_trial(data, dataclasses.replace(CONFIG, methods=("control",), max_rounds=5))
    missed = np.where(data.target == 1, data.features.column("amount").to_numpy(), 0.0)[result.scored]
    assert result.idle_cost == pytest.approx(1e4 * missed.mean())
    assert result.scored.sum() < data.n_rows


def test_where_false_alarms_cost_most_flagging_nothing_may_be_best():
    data = Dataset.prepare(table(), target="fraud", cost="fn=1,fp=1000", drop=OTHERS)
    result, _ = run_trial(data, dataclasses.replace(CONFIG, methods=("control",), max_rounds=5))
    useless = result.verdict.headline.startswith("Nothing shows that this model is better than flagging noth")
    assert useless == (result.control.estimates["expected_cost"].value >= 0.9 * result.idle_cost)


def test_where_misses_cost_most_flagging_everything_is_what_to_beat():
    data = Dataset.prepare(table(), target="fraud", cost="fn=100000,fp=1", drop=OTHERS)
    result, _ = run_trial(data, dataclasses.replace(CONFIG, methods=("control",), max_rounds=5))
    assert result.cost_of_everything < result.idle_cost
    saved = result.cost_of_everything - result.control.estimates["expected_cost"].value
    assert result.verdict.headline.startswith("Nothing shows") == (saved < 0.1 * result.cost_of_everything)


def refused(dataset: Dataset, config: TrialConfig) -> str:
    with pytest.raises(ScarceError) as caught:
        run_trial(dataset, config)
    return caught.value.two_lines()


def test_a_column_that_copies_the_target_stops_the_trial():
    copied = table().append_column("verdict", pa.array(np.where(table()["fraud"].to_numpy() == "yes", 7, 3)))
    data = Dataset.prepare(copied, target="fraud", drop=OTHERS)
    lines = refused(data, CONFIG).splitlines()
    assert lines[0].startswith("error[E304]: ")
    assert "'verdict'" in lines[0]
    assert "(D001)" in lines[0]
    assert "verdict" in lines[1]


def test_too_few_positives_over_time():
    early = table()
    positive = early["fraud"].to_numpy() == "yes"
    rows = [*np.flatnonzero(~positive)[::3], *np.flatnonzero(positive)[[20, 80, 140]]]
    data = Dataset.prepare(early.take(sorted(rows)), target="fraud", time="day", drop=["customer", "weight"])
    assert refused(data, CONFIG) == (
        f"error[E303]: {data.name} has too few positives over time: only 2 test periods, the first of which "
        "only calibrates\nhint: leave --time out to split at random, or bring a longer period"
    )


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("folds", 1, "an integer of at least 2"),
        ("repeats", 0, "an integer of at least 1"),
        ("seed", -1, "an integer of at least 0"),
        ("prior", 1.5, "a number between 0 and 1"),
    ],
)
def test_options_outside_their_domain(option, value, allowed):
    with pytest.raises(ScarceError) as caught:
        TrialConfig(**{option: value})
    assert caught.value.two_lines() == f"error[E301]: {option} is {value}\nhint: it must be {allowed}"


def test_by_time_only_scored_rows_are_counted_and_repeats_are_not_advised():
    data = Dataset.prepare(table(), target="fraud", time="day", drop=["customer", "weight"])
    result, _ = run_trial(data, dataclasses.replace(CONFIG, methods=("focal",), max_rounds=5))
    assert 0 < result.scored_positives < data.n_positive
    assert (
        f"{result.scored_positives} positives in {result.scored.sum():,} rows" in result.verdict.sentences[0]
    )
    assert "later than the rows it learns from" in result.verdict.sentences[0]
    assert not any("--repeats" in sentence for sentence in result.verdict.sentences)
