"""Targets that are not two labels as they stand: what is said of them, and how a model keeps to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

QUICK = ("--methods", "focal", "--learners", "linear", "--folds", "2", "--jobs", "1")


def machines(rows: int, seed: int) -> pa.Table:
    """Return wear and heat of machines, their state in three words, and hours to repair."""
    rng = np.random.default_rng(seed)
    wear, heat = rng.normal(size=(2, rows))
    level = wear + 0.5 * heat + 0.7 * rng.normal(size=rows)
    state = np.select([level > 1.9, level > 0.8], ["broken", "worn"], "fine")
    return pa.table({"wear": wear, "heat": heat, "state": state, "hours": np.round(np.exp(level), 2)})


def with_gaps(table: pa.Table, column: str, rows: list[int]) -> pa.Table:
    values = table[column].to_pylist()
    for row in rows:
        values[row] = None
    return table.set_column(table.column_names.index(column), column, pa.array(values))


@pytest.mark.parametrize(
    ("target", "positive", "other", "dropped"),
    [("state", "broken", "not broken", "hours"), ("hours", ">=6.7", "<6.7", "state")],
)
def test_run_predict_evaluate_and_monitor_agree_on_what_is_positive(
    scarce: Callable[..., Ended], tmp_path: Path, target: str, positive: str, other: str, dropped: str
) -> None:
    csv.write_csv(with_gaps(machines(600, 0), target, [3, 5]), tmp_path / "d.csv")
    typed = ("d.csv", "--target", target, "--positive", positive, "--drop", dropped)
    assert "error[E132]" in scarce("run", *typed, *QUICK).err
    checked = scarce("check", *typed, "--unlabelled", "drop").out
    ended = scarce("run", *typed, "--unlabelled", "drop", *QUICK)
    assert ended.code == 0, ended.err
    record = json.loads((tmp_path / "scarce-run/run.json").read_text())
    assert {"W158", "W160"} <= {found["code"] for found in record["findings"]}
    assert "--unlabelled drop" in record["command"]
    report = (tmp_path / "scarce-run/report.html").read_text()
    for text in (checked, ended.out, report):
        assert f"2 rows are without a label in {target!r}" in text.replace("&#39;", "'")
        assert "W160" in text
    later = machines(600, 1)
    words = np.array(later["state"].to_pylist())
    truth = words == "broken" if target == "state" else later["hours"].to_numpy() >= 6.7
    fewer = later.filter(pa.array(words != "fine")) if target == "state" else later
    csv.write_csv(later, tmp_path / "later.csv")
    csv.write_csv(fewer, tmp_path / "fewer.csv")  # two of the three labels: the rest is the rest all the same
    csv.write_csv(with_gaps(later, target, [0, 1, 2]), tmp_path / "holes.csv")
    model = "scarce-run/model.scarce"
    scarce("predict", model, "later.csv", "-o", "scored.csv")
    assert set(csv.read_csv(tmp_path / "scored.csv")["label"].to_pylist()) == {other, positive}
    told = json.loads(scarce("evaluate", model, "later.csv", "--json").out)
    assert told["positives"] == truth.sum()
    assert json.loads(scarce("evaluate", model, "fewer.csv", "--json").out)["rows"] == fewer.num_rows
    assert "E132" in scarce("evaluate", model, "holes.csv").err
    holes = json.loads(scarce("evaluate", model, "holes.csv", "--unlabelled", "drop", "--json").out)
    assert (holes["rows"], holes["findings"][0]["code"]) == (597, "W158")
    fitted = scarce("threshold", model, "holes.csv", "--recall", "0.5", "--unlabelled", "drop")
    assert fitted.code == 0, fitted.err
    assert "note W158: 3 rows are without a label" in fitted.err
    watched = json.loads(scarce("monitor", model, "later.csv", "--labels", target, "--json").out)
    assert watched["counted"]["positives"] == truth.sum()


def test_compare_takes_one_label_against_the_rest(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    csv.write_csv(with_gaps(machines(600, 0), "state", [3]), tmp_path / "d.csv")
    typed = ("d.csv", "--target", "state", "--positive", "broken", "--scores", "wear,heat")
    ended = scarce("compare", *typed, "--scores-are", "score", "--unlabelled", "drop", "--folds", "2")
    assert ended.code == 0, ended.err
    for words in (
        "note W158: 1 row is without a label in 'state' and left out",
        "note W160: 'broken' counts",
    ):
        assert words in ended.out


def test_a_rule_that_takes_no_labels_asks_for_none(scarce: Callable[..., Ended], finished: Finished) -> None:
    model = finished.folder / "model.scarce"
    ended = scarce("threshold", model, "--cost", "fn=9,fp=1", "--unlabelled", "drop")
    assert ended.error[0].startswith("error[E367]: --unlabelled has no part in this rule")
