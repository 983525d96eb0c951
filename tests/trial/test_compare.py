"""Scores made elsewhere: judged as a trial judges its own, read as is said, never turned round."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from tests.campaign import share
from tests.trial.tables import table

import scarce
from scarce.data.dataset import Dataset
from scarce.data.files.reading import from_dataframe
from scarce.decision.arrays import expit
from scarce.errors import ScarceError
from scarce.report.page import render
from scarce.trial.compare import ScoredTable, compare_scores
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial
from scarce.trial.score_columns import KINDS, ScoreColumn, kinds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scarce.trial.result import TrialResult

QUICK = TrialConfig(replicates=50)
OF_TRAINING = re.compile(
    r"treatment|\bcontrol\b|refitted|\btrained (?!,)|boosting|class weight|rounds", re.IGNORECASE
)


def logit(p: float) -> float:
    return float(np.log(p) - np.log1p(-p))


def drawn(n_rows: int = 3000, seed: int = 0, intercept: float = -3.5) -> tuple[np.ndarray, np.ndarray]:
    """Return a score that is the truth but for a line, and targets drawn from it."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n_rows)
    return score, rng.random(n_rows) < expit(intercept + 1.8 * score)


def compared(
    target: np.ndarray,
    scores: dict[str, np.ndarray],
    kinds: Sequence[str] = ("score",),
    config: TrialConfig = QUICK,
    **roles: Any,
) -> TrialResult:
    columns = pa.table({**scores, "y": np.where(target, "yes", "no")})
    found = ScoredTable.prepare(from_dataframe(columns), list(scores), target="y", positive="yes", **roles)
    return compare_scores(found.dataset, found.scores, kinds, config, where=found.where)


DEALT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "costs": ({"cost": "fn=amount,fp=5"}, {}),
    "weights": ({"weight": "weight"}, {}),
    "time": ({"time": "day"}, {}),
    "groups, twice": ({"group": "customer"}, {"repeats": 2}),
    "episodes": ({"time": "day", "entity": "customer", "cost": "fn=amount,fp=5"}, {}),
    "another prior": ({}, {"prior": 0.02}),
}


@pytest.mark.parametrize(("roles", "options"), DEALT.values(), ids=DEALT)
def test_a_trials_own_scores_are_judged_as_the_trial_judged_them(
    roles: dict[str, Any], options: dict[str, Any]
) -> None:
    config = TrialConfig(("focal:gamma=2",), ("lightgbm",), folds=3, max_rounds=30, replicates=50, **options)
    features = table()
    dropped = [name for name in ("day", "customer", "weight") if name not in roles.values()]
    trial, _ = run_trial(Dataset.prepare(features, target="fraud", drop=dropped, **roles), config)
    said = [np.nan_to_num(arm.recovered[-1]) for arm in trial.arms]
    if "prior" in options:  # the scores speak of the rows as they are
        share_of_rows = float(np.mean(trial.target))
        said = [log_odds - logit(0.02) + logit(share_of_rows) for log_odds in said]
    for name, log_odds in zip(("old", "new"), said, strict=True):
        features = features.append_column(name, pa.array(log_odds))
    found = ScoredTable.prepare(from_dataframe(features), ["old", "new"], target="fraud", **roles)
    result = compare_scores(found.dataset, found.scores, ["log-odds"], config)
    assert (result.fold_of == trial.fold_of).all()
    if "repeats" in options:  # a file holds one score a row, a trial one for each repeat
        for mine, its in zip(result.arms, trial.arms, strict=True):
            assert mine.log_odds[-1:] == pytest.approx(its.log_odds[-1:], rel=1e-9, nan_ok=True)
    else:
        assert_same_judgement(result, trial)


def assert_same_judgement(result: TrialResult, trial: TrialResult) -> None:
    (mine,), (its,) = result.differences, trial.differences
    for part in ("value", "low", "high", "margin", "positives_needed"):
        assert getattr(mine, part) == pytest.approx(getattr(its, part), rel=1e-6, nan_ok=True), part
    assert mine.outcome == its.outcome
    for mine_arm, its_arm in zip(result.arms, trial.arms, strict=True):
        assert mine_arm.log_odds == pytest.approx(its_arm.log_odds, rel=1e-6, abs=1e-9, nan_ok=True)
        assert (mine_arm.flagged == its_arm.flagged).all()


def test_the_unit_of_a_plain_score_means_nothing() -> None:
    score, target = drawn()
    other = score + np.random.default_rng(1).normal(size=score.size)
    plain = compared(target, {"old": other, "new": score})
    moved = compared(target, {"old": 1e300 * (other + 20.0), "new": 1e-5 * score + 7.0})
    for one, two in zip(plain.arms, moved.arms, strict=True):
        assert two.log_odds == pytest.approx(one.log_odds, rel=1e-6, abs=1e-6)
        assert (two.flagged == one.flagged).all()
    assert moved.differences[0].value == pytest.approx(plain.differences[0].value, rel=1e-9)


@pytest.mark.parametrize("bend", [np.exp, np.tanh, stats.rankdata], ids=["exp", "tanh", "ranks"])
def test_bending_a_plain_score_changes_no_figure_of_its_ranking(bend: Callable[..., np.ndarray]) -> None:
    score, target = drawn()
    other = score + np.random.default_rng(1).normal(size=score.size)
    plain = compared(target, {"old": other, "new": score})
    bent = compared(target, {"old": bend(other), "new": bend(score)})
    for name in ("average_precision", "roc_auc", "precision_at_k", "partial_auc"):
        for one, two in zip(plain.arms, bent.arms, strict=True):
            ends = [(e.value, e.low, e.high) for e in (one.estimates[name], two.estimates[name])]
            assert ends[1] == pytest.approx(ends[0], rel=1e-12)
    assert bent.differences == plain.differences


def test_to_decide_alike_is_not_to_be_alike_but_to_rank_alike_is_where_ranking_counts() -> None:
    score, target = drawn()
    nearly = score + 1e-7 * np.random.default_rng(1).normal(size=score.size)
    (moved,) = compared(target, {"old": score, "new": nearly}, cost="fn=100,fp=5").differences
    assert (moved.low, moved.value, moved.high, moved.outcome) == (0.0, 0.0, 0.0, "undecided")
    (bent,) = compared(target, {"old": score, "new": np.tanh(score)}).differences
    assert (bent.low, bent.value, bent.high, bent.outcome) == (0.0, 0.0, 0.0, "equivalent")
    assert compared(target, {"old": score, "new": score}, cost="fn=100,fp=5").differences[0].outcome == (
        "equivalent"
    )


def test_a_plain_score_is_calibrated_to_the_truth_behind_it() -> None:
    score, target = drawn(40_000, seed=3, intercept=-5.0)
    (arm,) = compared(target, {"points": 600.0 + 50.0 * score}).arms
    truth = -5.0 + 1.8 * score
    assert np.abs(arm.log_odds[0] - truth).mean() < 0.15  # about the standard error of 800 positives' line
    assert arm.estimates["calibration_slope"].value == pytest.approx(1.0, abs=0.05)


def test_a_line_through_a_plain_score_is_not_shrunk_where_one_through_log_odds_is() -> None:
    score, target = drawn(400, seed=4)
    timid = 0.2 * score + logit(float(target.mean()))
    plain, shrunk = (compared(target, {"s": timid}, [kind]).arms[0] for kind in ("score", "log-odds"))
    slopes = [np.polyfit(timid, arm.log_odds[0], 1)[0] for arm in (plain, shrunk)]
    assert slopes[0] > 2.0 * slopes[1]


@pytest.mark.parametrize("seed", range(10))
def test_a_score_with_noise_added_is_never_called_better(seed: int) -> None:
    score, target = drawn(seed=seed)
    noise = np.random.default_rng([seed, 1]).normal(size=score.size)
    result = compared(target, {"old": score, "noisy": score + 0.3 * noise, "noisier": score + noise})
    assert result.verdict.winner == "old"


@pytest.mark.campaign
def test_of_two_equally_noisy_copies_none_is_called_oftener_than_promised(
    tally: Callable[[str, int], None],
) -> None:
    trials, called = share(200), 0
    for seed in range(trials):
        score, target = drawn(seed=1000 + seed)
        rng = np.random.default_rng([seed, 2])
        copies = {name: score + rng.normal(size=score.size) for name in ("old", "one", "two")}
        called += any(d.outcome in ("better", "worse") for d in compared(target, copies).differences)
    tally("noise", 2 * trials)
    assert called <= stats.binom.ppf(0.999, trials, 0.05)


def test_a_probability_is_its_log_odds() -> None:
    score, target = drawn()
    log_odds = -3.5 + 1.8 * score
    (one,) = compared(target, {"s": expit(log_odds)}, []).arms
    (two,) = compared(target, {"s": log_odds}, ["log-odds"]).arms
    assert one.log_odds == pytest.approx(two.log_odds, rel=1e-9)
    assert one.summary == "read as a probability"


def test_rows_that_say_0_or_1_are_clipped_and_counted() -> None:
    score, target = drawn()
    flags = (score > 1.0).astype(float)
    result = compared(target, {"flags": flags, "p": expit(score)}, [])
    assert "'flags' says 0 or 1, or next to it, in 3,000 rows: taken as 1e-15 and 1 - 1e-15" in result.notes
    assert np.isfinite(result.arms[0].log_odds).all()
    assert not any("'p'" in note for note in result.notes)
    infinite = compared(target, {"s": np.where(score > 2.0, np.inf, score)}, ["log-odds"])
    count = int((score > 2.0).sum())
    assert f"'s' says 0 or 1, or next to it, in {count} rows: taken as 1e-15 and 1 - 1e-15" in infinite.notes


def test_a_score_upside_down_is_said_and_not_turned_round() -> None:
    score, target = drawn()
    noise = np.random.default_rng(5).normal(size=score.size)
    result = compared(target, {"good": score, "bad": -score, "noise": noise})
    (said,) = [text for text in result.verdict.warnings if text.startswith("E223")]
    assert "the score 'bad' is upside down: its ROC AUC is 0.1" in said
    for fold in np.unique(result.fold_of[0]):
        inside = result.fold_of[0] == fold
        order = np.argsort(-score[inside])
        assert (np.diff(result.arms[1].log_odds[0][inside][order]) >= 0.0).all()
    assert result.verdict.winner == "good"


def test_a_nearly_perfect_score_is_doubted_by_name() -> None:
    score, target = drawn()
    result = compared(target, {"old": score, "new": 10.0 * target + 0.01 * score})
    (said,) = [text for text in result.verdict.warnings if text.startswith("W304")]
    assert "the model behind 'new' may have learnt from these rows" in said


def test_equal_columns_are_named() -> None:
    score, target = drawn()
    result = compared(target, {"a": score, "b": score.copy(), "c": -score, "d": -score})
    assert "'a', 'b' hold the same values in every row" in result.notes
    assert "'c', 'd' hold the same values in every row" in result.notes
    assert "Identical to a in every fold: b." in result.verdict.sentences
    assert result.verdict.winner == "a"


def in_words(page: str) -> str:
    """Return what a reader reads of a page, the pictures' titles and names among it."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL))


ENDINGS = {
    "better": (0, ("old", "new")),
    "worse": (0, ("new", "old")),
    "equal": (0, ("new", "same")),
    "alone": (0, ("new",)),
    "few": (18, ("old", "new")),
    "three": (0, ("old", "new", "same")),
}


@pytest.mark.parametrize(("positives", "names"), ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("cost", [None, "fn=10,fp=1"], ids=["none", "costs"])
def test_nothing_speaks_of_training(positives: int, names: tuple[str, ...], cost: str | None) -> None:
    score, target = drawn()
    if positives:
        target = target & (np.cumsum(target) <= positives)
    known = {"new": score, "old": score + np.random.default_rng(1).normal(size=score.size), "same": score}
    result = compared(target, {name: known[name] for name in names}, cost=cost)
    assert not result.trained
    said = [result.verdict.headline, *result.verdict.sentences, *result.notes, *result.verdict.warnings]
    for text in said:
        assert OF_TRAINING.search(text) is None, text
    page = in_words(render(result))
    for word in ("saved model", "treatment", "refitted", "alpha and gamma", "boosting", "rounds", "loss at"):
        assert word not in page
    assert "Nothing was trained, so there is no model to save." in result.verdict.sentences


BAD: dict[str, tuple[dict[int, float], list[str], str, str]] = {
    "a gap": (
        {4: np.nan},
        ["score"],
        "E216",
        "the score 's' of the dataframe is missing in 1 row, first in row 5",
    ),
    "infinite": ({4: np.inf}, ["score"], "E217", "is inf in row 5"),
    "no probability": ({4: 1.5}, ["probability"], "E218", "is 1.5 in row 5, which is no probability"),
    "not said": ({4: -0.5}, [], "E219", "runs from -0.5 to 1: is it log-odds, or a plain score?"),
    "constant": (dict.fromkeys(range(3000), 0.25), [], "E220", "is 0.25 in every row that counts"),
    "too many words": (
        {},
        ["score", "score"],
        "E221",
        "2 words are said of what the scores are, and 1 is named",
    ),
    "an unknown word": ({}, ["odds"], "E204", "--scores-are cannot be 'odds'"),
}


@pytest.mark.parametrize(("change", "kinds", "code", "said"), BAD.values(), ids=BAD)
def test_a_score_that_cannot_be_taken_is_named(
    change: dict[int, float], kinds: list[str], code: str, said: str
) -> None:
    score, target = drawn()
    values = expit(score)
    values[0] = 1.0
    for row, value in change.items():
        values[row] = value
    with pytest.raises(ScarceError) as caught:
        compared(target, {"s": values}, kinds)
    assert caught.value.code == code
    assert said in caught.value.message


def test_a_score_that_differs_in_rows_of_no_weight_alone_is_constant() -> None:
    score, target = drawn()
    weight = np.where(np.arange(score.size) < 10, 0.0, 1.0)
    flat = np.where(weight == 0.0, score, 0.5)
    columns = pa.table({"s": flat, "w": weight, "y": target.astype(int)})
    found = ScoredTable.prepare(from_dataframe(columns), ["s"], target="y", weight="w")
    with pytest.raises(ScarceError) as caught:
        compare_scores(found.dataset, found.scores, ["score"], QUICK)
    assert caught.value.code == "E220"


ROLES = {
    "the target": (["y"], {}, "E137"),
    "twice": (["s", "s"], {}, "E137"),
    "the weight": (["s"], {"weight": "s"}, "E137"),
    "words": (["words"], {}, "E131"),
    "not there": (["t"], {}, "E101"),
}


@pytest.mark.parametrize(("scores", "roles", "code"), ROLES.values(), ids=ROLES)
def test_a_column_that_can_be_no_score_is_refused(
    scores: list[str], roles: dict[str, str], code: str
) -> None:
    columns = pa.table({"s": np.arange(100.0), "words": ["high", "low"] * 50, "y": [0, 0, 0, 1] * 25})
    with pytest.raises(ScarceError) as caught:
        ScoredTable.prepare(from_dataframe(columns), scores, target="y", **roles)
    assert caught.value.code == code


def test_copied_rows_stay_together_and_equal_scores_alone_are_no_copies() -> None:
    score, target = drawn(1000)
    coarse, amount = np.round(score, 1), np.random.default_rng(2).lognormal(size=score.size)
    columns = pa.table({"s": coarse, "y": target.astype(int)})
    found = ScoredTable.prepare(from_dataframe(columns), ["s"], target="y")
    assert np.unique(found.dataset.units).size == 1000
    twice = columns.append_column("amount", pa.array(amount)).take(np.repeat(np.arange(1000), 2))
    found = ScoredTable.prepare(from_dataframe(twice), ["s"], target="y")
    assert np.unique(found.dataset.units).size == 1000
    result = compare_scores(found.dataset, found.scores, ["score"], QUICK)
    assert (result.fold_of[0][::2] == result.fold_of[0][1::2]).all()


def test_columns_that_are_no_scores_stop_nothing() -> None:
    score, target = drawn(600)
    mixed = [f"{value:.3f}" for value in score]
    mixed[7] = "unknown"
    columns = pa.table({"s": score, "mixed": mixed, "text": [f"row {i}" for i in range(600)], "y": target})
    found = ScoredTable.prepare(from_dataframe(columns), ["s"], target="y")
    assert found.dataset.notes == []
    assert list(found.scores) == ["s"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_the_cut_on_the_score_itself_flags_what_the_rule_flags(kind: str, seed: int) -> None:
    score, _ = drawn(200, seed)
    values = expit(score) if kind == "probability" else score
    column = ScoreColumn.read("s", values, kind, np.ones(200, bool), "d", str).moved(0.3, 0.1)
    flagged = column.log_odds > np.sort(column.log_odds)[-7 - seed]
    said = column.in_its_own_unit(flagged)
    cut = float(said.removeprefix("; that is: s above "))
    assert ((values > cut) == flagged).all()
    assert len(said) < 40
    assert column.in_its_own_unit(~flagged) == ""  # as costs may have it that differ from row to row
    assert column.in_its_own_unit(np.zeros(200, bool)) == ""


def test_one_word_is_for_all_scores_and_more_are_in_order() -> None:
    assert kinds_of(["a", "b"], ["log-odds"]) == ["log-odds", "log-odds"]
    assert kinds_of(["a", "b"], ["score", "probability"]) == ["score", "probability"]
    assert kinds_of(["a", "b"], []) == [None, None]


def test_the_same_comparison_gives_the_same_page() -> None:
    score, target = drawn()
    pages = [render(replace(compared(target, {"s": score}), command="c")) for _ in range(2)]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"capacity": 0.05}, "flag the likeliest 500 in 10,000 rows"),
        ({"precision": 0.3}, "precision at least 0.3"),
        ({"recall": 0.5}, "recall at least 0.5"),
        ({"false_positive_rate": 0.05}, "a guarantee if this is the score of one model that has not seen"),
        ({"fbeta": 2}, "best F2"),
        ({"review": 2}, "a review costs 2"),
    ],
)
def test_scores_are_cut_by_the_rule_that_is_asked_for(given: dict[str, Any], said: str) -> None:
    score, target = drawn()
    cost = {"cost": "fn=40..160,fp=5"} if "review" in given else {}
    data = {"old": score, "y": target.astype(int)}
    found = scarce.compare(data, "y", "old", scores_are="score", replicates=50, **given, **cost).result
    assert said in found.rule_text
    assert "fixed scorer" not in found.rule_text
    assert found.config["rule"] == "=".join(map(str, *given.items()))
    notes = [note for note in found.notes if "change their action" in note]
    assert len(notes) == len(cost)
    assert (found.reviews is not None) == ("review" in given)


def test_a_rule_that_no_cut_gives_is_refused_for_scores_too() -> None:
    score, target = drawn(300)
    data = {"old": score, "y": target & (score < score.max())}
    for rule, code in ({"precision": 1.0}, "E253"), ({"review": 3}, "E361"), ({"capacity": 301}, "E363"):
        with pytest.raises(ScarceError) as caught:
            scarce.compare(data, "y", "old", scores_are="score", replicates=50, **rule)
        assert caught.value.code == code


def test_the_share_of_positives_that_is_told_is_that_of_the_rows_beside_it():
    rng = np.random.default_rng(4)
    n = 4000
    y = rng.random(n) < np.linspace(0.02, 0.2, n)  # ever more of them
    data = {"fraud": y.astype(int), "score": y + rng.normal(size=n), "day": np.arange(n)}
    dataset = Dataset.prepare(pa.table(data), target="fraud", time="day")
    found = compare_scores(dataset, {"score": data["score"]}, ["score"], TrialConfig(replicates=50))
    told = re.search(r"([\d,]+) positives in ([\d,]+) rows .prevalence (\S+) %", str(found.verdict))
    positives, rows, share = (float(number.replace(",", "")) for number in told.groups())
    assert rows < n
    assert share == pytest.approx(100 * positives / rows, rel=0.005)


def test_fewer_false_alarms_than_a_miss_costs_make_nothing_better_where_nobody_is_missed() -> None:
    target = np.arange(1_000) < 30
    alarms = {"many": (np.arange(1_000) >= 30) & (np.arange(1_000) < 80), "few": np.arange(1_000) < 50}
    scores = {name: np.where(target | one, 3.0, -3.0) for name, one in alarms.items()}
    by_cost = {
        miss: compared(target, scores, ("score", "score"), cost=f"fn={miss},fp=1").differences[0]
        for miss in (2, 100)
    }
    assert by_cost[2].value == by_cost[100].value == -300.0  # 30 false alarms less of 1,000 rows
    assert by_cost[2].outcome == "better"
    assert by_cost[100].outcome == "undecided"
    assert by_cost[100].low < -300.0 - 1_000.0  # a miss more, per 10,000 rows
