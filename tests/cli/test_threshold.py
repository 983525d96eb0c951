"""Another rule for a model, without training: `scarce threshold`, and `scarce predict` for one prediction."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv
from tests.cli.conftest import payments

from scarce.bundle import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

    Scarce = Callable[..., Ended]


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Rows that the model was not trained on."""
    path = tmp_path / "fresh.csv"
    csv.write_csv(payments(900, seed=5), path)
    return path


def predicted(ended: Ended) -> pa.Table:
    assert ended.code == 0, ended.err
    return csv.read_csv(io.BytesIO(ended.out.encode()))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--cost", "fn=100,fp=5"), "flag when p > 0.04762 (fn=100,fp=5; the cut that the costs give)"),
        (("--cost", "fn=amount,fp=9"), "flag when p * amount > (1 - p) * 9"),
        (("--cut", "0.25"), "flag when p > 0.25 (given by hand)"),
        (("--factor", "2"), "flag when p * amount > 2 * (1 - p) * 5"),
        (("--cost", "fn=100,fp=50", "--review", "3"), "review when 0.03 < p < 0.94"),
    ],
    ids=["numbers", "a column", "cut", "factor", "review"],
)
def test_costs_and_cuts_need_no_rows(
    scarce: Scarce, finished: Finished, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    ended = scarce("threshold", finished.folder / "model.scarce", *words, "--out", "new.scarce")
    assert ended.code == 0, ended.err
    assert ended.out.startswith(says)
    assert load(tmp_path / "new.scarce").rule.describe() == ended.out.strip()
    before, after = load(finished.folder / "model.scarce"), load(tmp_path / "new.scarce")
    table = payments(50, seed=1)
    np.testing.assert_array_equal(before.log_odds(table), after.log_odds(table))


@pytest.mark.parametrize(
    ("words", "met"),
    [
        (("--precision", "0.3"), lambda flag, y: flag[y].sum() / flag.sum() >= 0.3),
        (("--recall", "0.8"), lambda flag, y: flag[y].mean() >= 0.8),
        (("--false-positive-rate", "0.1"), lambda flag, y: flag[~y].mean() <= 0.1),
        (("--capacity", "30"), lambda flag, _: 15 <= flag.sum() <= 30),
        (("--capacity", "5%"), lambda flag, _: 30 <= flag.sum() <= 45),
    ],
    ids=["precision", "recall", "rate", "rows", "share"],
)
def test_a_rule_fitted_to_rows_holds_on_them(
    scarce: Scarce, finished: Finished, fresh: Path, tmp_path: Path, words: tuple[str, ...], met: Callable
) -> None:
    ended = scarce("threshold", finished.folder / "model.scarce", fresh, *words, "--out", "new.scarce")
    assert ended.code == 0, ended.err
    assert "in 95 % of resamples" in ended.out
    table = csv.read_csv(fresh)
    target = table["fraud"].to_numpy(zero_copy_only=False) == "yes"
    assert met(load(tmp_path / "new.scarce").flag(table), target)


def test_a_capacity_of_rows_takes_no_labels(scarce: Scarce, finished: Finished, tmp_path: Path) -> None:
    csv.write_csv(payments(300, seed=2).drop_columns(["fraud"]), tmp_path / "unlabelled.csv")
    ended = scarce("threshold", finished.folder / "model.scarce", "unlabelled.csv", "--capacity", "12")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("flag the likeliest 12 of 300 rows")


def test_a_capacity_is_that_of_a_day_where_there_are_dates(
    scarce: Scarce, finished: Finished, tmp_path: Path
) -> None:
    table = payments(300, seed=2)
    days = np.datetime64("2026-01-05") + np.arange(300) // 60
    csv.write_csv(table.append_column("day", pa.array(days)), tmp_path / "days.csv")
    call = ("threshold", finished.folder / "model.scarce", "days.csv", "--capacity", "6", "--time")
    assert scarce(*call, "day").out.startswith("flag the likeliest 6 a day of 60 rows")
    assert scarce(*call, "hour").error[0].startswith("error[E364]")


def test_the_rows_of_the_training_are_told_apart(scarce: Scarce, finished: Finished) -> None:
    ended = scarce("threshold", finished.folder / "model.scarce", finished.data, "--recall", "0.8")
    assert "warning[W308]: the model was trained on 100 %" in ended.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "E203"),
        (("--recall", "0.8"), "E366"),
        (("--capacity", "5"), "E366"),
        (("--cost", "fn=1,fp=2", "--recall", "0.8"), "E360"),
        (("--cost", "fn=1,fp=2", "--cut", "0.1"), "E360"),
        (("--cut", "0.1", "--factor", "2"), "E360"),
        (("--cut", "1"), "E301"),
        (("--factor", "-1"), "E301"),
        (("--cost", "fn=1..2,fp=2"), "E365"),
    ],
)
def test_a_rule_that_cannot_be_made_writes_nothing(
    scarce: Scarce, finished: Finished, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    ended = scarce("threshold", finished.folder / "model.scarce", *words, "--out", "new.scarce")
    assert (ended.code, ended.error[0].split(":")[0]) == (2, f"error[{code}]")
    assert list(tmp_path.iterdir()) == []


def test_rows_that_would_play_no_part_are_refused(scarce: Scarce, finished: Finished, fresh: Path) -> None:
    ended = scarce("threshold", finished.folder / "model.scarce", fresh, "--cut", "0.2")
    assert ended.error[0].startswith("error[E367]")


@pytest.mark.parametrize(
    ("words", "idle"),
    [
        (("--cut", "0.2", "--time", "day"), "--time"),
        (("--cost", "fn=1,fp=2", "--weight", "w"), "--weight"),
        (("--factor", "2", "--target", "fraud"), "--target"),
        (("ROWS", "--recall", "0.8", "--time", "day"), "--time"),
        (("ROWS", "--capacity", "1%", "--time", "day"), "--time"),
        (("ROWS", "--capacity", "5", "--target", "fraud"), "--target"),
    ],
)
def test_columns_that_would_play_no_part_are_refused(
    scarce: Scarce, finished: Finished, fresh: Path, words: tuple[str, ...], idle: str
) -> None:
    given = [fresh if word == "ROWS" else word for word in words]
    ended = scarce("threshold", finished.folder / "model.scarce", *given)
    assert (ended.code, len(ended.error)) == (2, 2)
    assert ended.error[0].startswith(f"error[E367]: {idle} has no part in this rule")


def test_a_factor_is_not_called_the_cut_of_the_costs(scarce: Scarce, finished: Finished) -> None:
    assert (
        "(fn=amount,fp=5; a factor given by hand)"
        in scarce("threshold", finished.folder / "model.scarce", "--factor", "2").out
    )


def test_what_reviews_cost_is_in_the_cost_of_the_model(
    scarce: Scarce, finished: Finished, fresh: Path
) -> None:
    words = ("--cost", "fn=100,fp=50", "--review", "3")
    assert scarce("threshold", finished.folder / "model.scarce", *words, "--out", "new.scarce").code == 0
    action = np.array(predicted(scarce("predict", "new.scarce", fresh))["action"].to_pylist())
    fraud = csv.read_csv(fresh)["fraud"].to_numpy(zero_copy_only=False) == "yes"
    wrong = 100.0 * (fraud & (action == "pass")) + 50.0 * (~fraud & (action == "flag"))
    figures = json.loads(scarce("evaluate", "new.scarce", fresh, "--json").out)
    assert (action == "review").any()
    assert figures["scores"]["expected_cost"]["value"] == pytest.approx(
        1e4 * (wrong + 3.0 * (action == "review")).mean()
    )


def test_one_prediction_may_have_another_rule(scarce: Scarce, finished: Finished, fresh: Path) -> None:
    model, table = finished.folder / "model.scarce", csv.read_csv(fresh)
    own = predicted(scarce("predict", model, fresh))
    cut = predicted(scarce("predict", model, fresh, "--cut", "0.3"))
    cost = predicted(scarce("predict", model, fresh, "--cost", "fn=amount,fp=50"))
    few = predicted(scarce("predict", model, fresh, "--capacity", "40"))
    assert cut["posterior"] == own["posterior"]
    p, flags = (
        own["posterior"].to_numpy(),
        [one["flag"].to_numpy(zero_copy_only=False) for one in (cut, cost, few)],
    )
    np.testing.assert_array_equal(flags[0], p > 0.3)
    np.testing.assert_array_equal(flags[1], load(model).flag(table, cost="fn=amount,fp=50"))
    assert 20 <= flags[2].sum() <= 40
    assert p[flags[2]].min() > p[~flags[2]].max()
    assert (
        scarce("predict", model, fresh, "--cut", "0.3", "--capacity", "4").error[0].startswith("error[E360]")
    )


def test_a_cut_is_on_the_probabilities_that_are_written(
    scarce: Scarce, finished: Finished, fresh: Path
) -> None:
    found = predicted(
        scarce("predict", finished.folder / "model.scarce", fresh, "--cut", "0.3", "--prior", "0.3")
    )
    flags = found["flag"].to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(flags, found["posterior"].to_numpy() > 0.3)
    assert flags.any()


def test_a_review_is_a_third_action_of_predict(scarce: Scarce, finished: Finished, fresh: Path) -> None:
    scarce(
        "threshold",
        finished.folder / "model.scarce",
        "--cost",
        "fn=9,fp=6",
        "--review",
        "1",
        "--out",
        "r.scarce",
    )
    found = predicted(scarce("predict", "r.scarce", fresh))
    p, action = found["posterior"].to_numpy(), np.array(found["action"].to_pylist())
    expected = np.array(["pass", "flag", "review"])[np.argmin([9 * p, 6 * (1 - p), np.ones(p.size)], axis=0)]
    np.testing.assert_array_equal(action, expected)
    np.testing.assert_array_equal(found["flag"].to_numpy(zero_copy_only=False), action == "flag")
    assert "review" in action


def test_a_factor_stands_beside_a_review(scarce: Scarce, finished: Finished) -> None:
    words = ("--cost", "fn=100,fp=50", "--review", "3", "--factor")
    model = finished.folder / "model.scarce"
    assert "flag above, let pass below" in scarce("threshold", model, *words, "1").out
    assert "else flag when p > 0.9804" in scarce("threshold", model, *words, "100").out
