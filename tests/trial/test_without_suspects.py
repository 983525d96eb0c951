"""A column that may give the target away heads the verdict, with what the control is worth without it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from tests.trial import tables

from scarce.data.dataset import Dataset
from scarce.report import page, printed
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.trial.result import TrialResult

TABLE = tables.table(1200).drop_columns(["day", "customer", "weight"])
FRAUD = TABLE["fraud"].to_numpy() == "yes"
ONE = TrialConfig(methods=("control",), learners=("lightgbm",), folds=2, max_rounds=30, replicates=50)
RNG = np.random.default_rng(0)
SETTLED = pa.array(np.where(FRAUD & (RNG.random(1200) < 0.6), 1.0, 0.0))
REFUNDED = pa.array(
    np.where(FRAUD & (RNG.random(1200) < 0.6), RNG.gamma(2.0, 9.0, 1200), np.nan), from_pandas=True
)


def of(column: pa.Array | None, config: TrialConfig = ONE, **roles: object) -> TrialResult:
    table = TABLE if column is None else TABLE.append_column("refunded", column)
    return run_trial(Dataset.prepare(table, "fraud", **roles), config)[0]


def primary(result: TrialResult) -> float:
    return result.without_suspects.estimates[result.primary.name].value


@pytest.mark.parametrize("column", [SETTLED, REFUNDED], ids=["a mark", "filled on positives alone"])
def test_a_suspect_heads_the_verdict_with_the_score_without_it(column: pa.Array) -> None:
    result, plain = of(column), of(None)
    assert plain.without_suspects is None
    assert not any("W309" in text for text in plain.verdict.warnings)
    first = result.verdict.warnings[0]
    assert first.startswith("W309: 'refunded' may give the target away: average precision is ")
    assert first.endswith("trust the second: --drop refunded")
    for arm in (result.control, result.without_suspects):
        assert f"{arm.estimates['average_precision'].value:.3f} (" in first
    # the very trial that never saw the column, on the same folds
    assert np.array_equal(result.fold_of, plain.fold_of)
    assert np.array_equal(result.without_suspects.recovered, plain.control.recovered)
    assert primary(result) == plain.control.estimates["average_precision"].value
    assert primary(result) < result.control.estimates["average_precision"].value


def test_it_is_no_arm() -> None:
    config = dataclasses.replace(ONE, methods=("focal:gamma=1",))
    result = of(SETTLED, config, cost={"fn": "amount", "fp": 5.0})
    name = result.without_suspects.name
    assert name == "without refunded"
    assert name not in {arm.name for arm in result.arms}
    assert name not in {difference.arm for difference in result.differences}
    assert result.verdict.winner != name
    assert result.verdict.warnings[0].startswith("W309: ")
    assert "expected cost per 10,000 rows is" in result.verdict.warnings[0]
    for shown in (printed.as_text(result), page.render(result)):
        assert "W309" in shown
        assert shown.count("without") > 1  # in the warning, and beside the arms


def test_several_suspects_leave_together_and_a_blend_is_weighed_anew(tmp_path: Path) -> None:
    table = TABLE.append_column("first", SETTLED).append_column("second", REFUNDED)
    config = dataclasses.replace(ONE, learners=("linear", "lightgbm"))
    dataset = Dataset.prepare(table, "fraud")
    result, _ = run_trial(dataset, config, journal=tmp_path)
    again, _ = run_trial(dataset, config, journal=tmp_path)
    plain, _ = run_trial(Dataset.prepare(TABLE, "fraud"), config)
    assert result.without_suspects.details == {"without": ["first", "second"]}
    assert result.verdict.warnings[0].endswith("--drop first,second")
    assert result.verdict.warnings == again.verdict.warnings
    if result.control.learner == plain.control.learner:
        assert primary(result) == pytest.approx(plain.control.estimates["average_precision"].value, abs=0.02)


def test_an_id_that_was_kept_is_a_suspect() -> None:
    result = of(pa.array(np.arange(1200)), keep=["refunded"])
    assert result.without_suspects.details == {"without": ["refunded"]}


def test_where_nothing_else_is_left_that_is_said() -> None:
    result, _ = run_trial(
        Dataset.prepare(pa.table({"refunded": REFUNDED, "fraud": TABLE["fraud"]}), "fraud"), ONE
    )
    assert result.without_suspects is None
    assert "it cannot be trained without" in result.verdict.warnings[0]


def test_an_estimator_that_asks_for_the_suspect_by_name_stops_no_trial() -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    chosen = make_column_transformer(("passthrough", ["x0", "refunded"]))
    mine = make_pipeline(chosen, LogisticRegression())
    result = of(SETTLED, dataclasses.replace(ONE, learners=(("mine", mine),)))
    assert result.without_suspects is None
    assert "it cannot be trained without" in result.verdict.warnings[0]
