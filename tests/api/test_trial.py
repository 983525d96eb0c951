"""What a trial gives back: words, tables, a report and a model, in the caller's own library."""

from __future__ import annotations

import dataclasses
import html.parser
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.trial.tables import table

import scarce
from scarce.bundle.serialization import to_bytes
from scarce.report import page

if TYPE_CHECKING:
    from pathlib import Path

ROWS = table()
ARMS = ["control", "focal:gamma=2", "undersample:ratio=3"]
OPTIONS = {
    "cost": "fn=amount,fp=5",
    "drop": ["day", "customer", "weight"],
    "methods": ARMS[1:],
    "learners": ["lightgbm"],
    "folds": 3,
    "repeats": 2,
    "max_rounds": 15,
    "replicates": 50,
    "progress": False,
}

ALONE = {"methods": "control", "learners": "lightgbm", "folds": 2, "replicates": 50}


@pytest.fixture(scope="module")
def trial() -> scarce.Trial:
    return scarce.run(ROWS.to_pandas(), "fraud", **OPTIONS)


@pytest.fixture(scope="module")
def plain() -> scarce.Trial:
    """Return a trial without costs, whose control stands alone."""
    numbers = ROWS.select(["x0", "x1", "x2", "fraud"])
    return scarce.run(
        numbers, "fraud", methods="control", learners="lightgbm", folds=2, max_rounds=5, replicates=50
    )


def test_the_table_has_a_row_an_arm_with_every_score(trial: scarce.Trial) -> None:
    shown = trial.table()
    assert isinstance(shown, pd.DataFrame)
    assert list(shown["arm"]) == ARMS
    assert list(shown.columns[:7]) == ["arm", "learner", "treatment", "outcome", "difference", "low", "high"]
    scores = ["cost" if m.name == "expected_cost" else m.name for m in trial.result.metrics]
    assert list(shown.columns[7:]) == scores
    for arm, row in zip(trial.result.arms, shown.to_dict("records"), strict=True):
        assert row["cost"] == arm.estimates["expected_cost"].value
        assert row["average_precision"] == arm.estimates["average_precision"].value
    for difference, row in zip(trial.result.differences, shown.to_dict("records")[1:], strict=True):
        assert (row["difference"], row["low"], row["high"]) == (
            difference.value,
            difference.low,
            difference.high,
        )
        assert row["outcome"] == difference.outcome == trial.outcomes[row["arm"]]
    assert shown.loc[0, ["difference", "low", "high"]].isna().all()
    assert list(trial.outcomes) == ARMS[1:]


@pytest.mark.parametrize("repeat", [0, 1])
def test_the_scores_are_those_behind_the_figures(trial: scarce.Trial, repeat: int) -> None:
    scores = trial.scores(repeat)
    assert list(scores.columns) == ["target", "fold", *ARMS]
    assert list(scores["target"]) == [int(label == "yes") for label in ROWS["fraud"].to_pylist()]
    np.testing.assert_array_equal(np.sort(np.bincount(scores["fold"])), [500, 500, 500])
    posterior = 1.0 / (1.0 + np.exp(-scores["control"].to_numpy()))
    said = np.where(scores["target"] == 1, posterior, 1.0 - posterior)
    both = [trial.result.control.log_odds[r] for r in range(2)]
    np.testing.assert_array_equal(scores["control"], both[repeat])
    assert -np.log(said).mean() == pytest.approx(trial.table().loc[0, "log_loss"], rel=0.02)


@pytest.mark.parametrize("repeat", [2, -1, "first", True, 0.5])
def test_a_repeat_that_there_is_not(trial: scarce.Trial, repeat: Any) -> None:
    with pytest.raises(scarce.ScarceError) as caught:
        trial.scores(repeat)
    assert caught.value.two_lines() == (
        f"error[E301]: repeat is {repeat!r}\nhint: it must be a whole number from 0 to 1"
    )


def test_tables_come_in_the_library_of_the_data(plain: scarce.Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(plain.table(), pa.Table)
    assert isinstance(plain.scores(), pa.Table)
    numbers = ROWS.select(["x0", "fraud"])
    options = {"methods": "control", "folds": 2, "max_rounds": 2, "replicates": 50}
    columns = numbers.to_pydict()
    assert isinstance(scarce.run(columns, "fraud", **options).table(), pd.DataFrame)
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setattr("scarce.api.frames.find_spec", lambda name: None)
    without = scarce.run(columns, "fraud", **options)
    assert isinstance(without.table(), pa.Table)
    assert without.scores().column_names == ["target", "fold", "control"]


@pytest.mark.skipif(importlib.util.find_spec("polars") is None, reason="polars is not installed")
def test_polars_in_polars_out() -> None:
    import polars as pl

    rows = pl.from_arrow(ROWS.select(["x0", "fraud"]))
    trial = scarce.run(
        rows, "fraud", methods="control", learners="lightgbm", folds=2, max_rounds=2, replicates=50
    )
    assert isinstance(trial.table(), pl.DataFrame)
    assert isinstance(trial.scores(), pl.DataFrame)


def test_no_arm_is_lost_where_it_is_called_as_another_column_is(plain: scarce.Trial) -> None:
    (control,) = plain.result.arms
    arms = (dataclasses.replace(control, name="fold"), dataclasses.replace(control, name="target"))
    renamed = dataclasses.replace(plain, result=dataclasses.replace(plain.result, arms=arms))
    assert renamed.scores().column_names == ["target", "fold", "log-odds of fold", "log-odds of target"]


def test_printed_it_says_the_worth_the_verdict_the_arms_and_the_rule(trial: scarce.Trial) -> None:
    text = repr(trial)
    assert "\nSaves " in text
    assert trial.verdict.headline.split(":")[0] in text
    assert trial.result.rule_text.split("(")[0].strip() in text
    for arm in ARMS[:2]:
        assert f"\n{arm}" in text
    assert "\\n" not in text
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text


def test_the_worth_is_that_of_the_decisions(trial: scarce.Trial) -> None:
    kept, target = trial.result.winner, trial.result.target == 1
    flags, caught = kept.flagged.mean(), kept.flagged[:, target].mean()
    right = np.concatenate([target[row] for row in kept.flagged]).mean()
    text = " ".join(repr(trial).split())
    of_flags = f"1 in {1 / right:.0f}" if right < 0.28 else f"{10 * right:.0f} in 10"
    assert f"{of_flags} right, {100 * caught:.0f} % caught." in text
    nothing, spent = trial.result.idle_cost, kept.estimates["expected_cost"].value
    share = f"{100 * (1 - spent / nothing):.0f} %"
    assert f"Saves {share} against flagging nothing ({spent:,.0f} for {nothing:,.0f}) and " in text
    assert f"against flagging everything ({trial.result.cost_of_everything:,.0f}): " in text
    shown = float(text.split("): ")[1].split(" alerts")[0].replace(",", ""))
    assert shown == pytest.approx(1e4 * flags, rel=5e-3)


def test_without_costs_the_worth_is_in_flags(plain: scarce.Trial) -> None:
    text = " ".join(repr(plain).split())
    assert " alerts per 10,000 rows" in text
    assert "against flagging nothing" not in text
    assert plain.outcomes == {}


def test_the_verdict_prints_as_sentences(trial: scarce.Trial) -> None:
    lines = str(trial.verdict).splitlines()
    assert trial.verdict.headline in lines
    assert lines[-1] == trial.verdict.sentences[-1]


class Checked(html.parser.HTMLParser):
    """Collects tags and text, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag not in ("wbr", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_worth_verdict_table_and_forest_plot(trial: scarce.Trial) -> None:
    found = Checked()
    found.feed(trial._repr_html_())
    assert found.open == []
    assert {"svg", "table", "h2", "style"} <= found.seen
    assert not {"script", "link", "img", "iframe"} & found.seen
    assert "Saves " in found.text
    assert trial.verdict.headline in found.text
    assert f"Difference to the control in {trial.result.primary.label}" in found.text
    assert len(trial._repr_html_()) < 40_000


def test_a_notebook_shows_a_control_that_stood_alone(plain: scarce.Trial) -> None:
    found = Checked()
    found.feed(plain._repr_html_())
    assert found.open == []
    assert "svg" not in found.seen


def test_text_of_the_data_is_no_markup(plain: scarce.Trial) -> None:
    hostile = dataclasses.replace(plain.result, name="<script>x</script>", labels=("a", "<b>"))
    shown = dataclasses.replace(plain, result=hostile)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "'<b>'" not in shown


def test_report_and_model_are_written_where_they_are_asked_for(trial: scarce.Trial, tmp_path: Path) -> None:
    report = trial.report(tmp_path / "report.html")
    assert report.read_text(encoding="utf-8") == page.render(trial.result)
    saved = trial.save(str(tmp_path / "model.scarce"))
    assert saved.read_bytes() == to_bytes(trial.model)
    assert scarce.load(saved).predict(ROWS).tolist() == trial.model.predict(ROWS.to_pandas()).tolist()


@pytest.mark.parametrize(("write", "code"), [("report", "E207"), ("save", "E427")])
def test_what_cannot_be_written_is_said(trial: scarce.Trial, write: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(scarce.ScarceError) as caught:
        getattr(trial, write)(tmp_path / "nowhere" / "file")
    assert caught.value.code == code
    assert caught.value.two_lines().count("\n") == 1


@pytest.mark.parametrize(
    ("trained", "reason"),
    [
        (False, "these scores were made elsewhere and nothing was trained"),
        (True, "no model file can hold control, which is made of another library's objects"),
    ],
)
def test_without_a_model_there_is_nothing_to_save(
    plain: scarce.Trial, tmp_path: Path, trained: bool, reason: str
) -> None:
    result = dataclasses.replace(plain.result, trained=trained)
    judged = dataclasses.replace(plain, model=None, result=result)
    with pytest.raises(scarce.ScarceError) as caught:
        judged.save(tmp_path / "model.scarce")
    assert caught.value.two_lines() == (
        f"error[E231]: there is no model to save: {reason}\n"
        "hint: score new rows with what made the scores, or train with scarce.run and learners of ours"
    )
    assert not list(tmp_path.iterdir())
