"""``scarce.monitor``: what it says of rows that are as before, and of rows that are not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import scarce
from scarce.bundle.training_summary import TrainingSummary
from scarce.decision.costs import CostSpec
from scarce.decision.rules import CostRule
from scarce.errors import ScarceError, ScarceWarning
from scarce.monitoring.result import NAMES
from scarce.monitoring.state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scarce.bundle.model import Model

    Payments = dict[str, np.ndarray]
    Make = Callable[..., Payments]


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(ScarceError) as caught:
        act()
    assert caught.value.two_lines().count("\n") == 1
    return caught.value.code


def said(found: object) -> str:
    """Return what is printed, on one line."""
    return " ".join(repr(found).split())


def test_rows_as_before_raise_no_alarm(model: Model, payments: Make) -> None:
    found = scarce.monitor(model, payments(4_000, seed=21), "fraud")
    assert found.alarms == ()
    assert {column.name for column in found.inputs} == {"amount", "hour", "channel"}
    assert list(found.values) == list(NAMES)
    assert found.values["alarms"] == 0.0
    assert found.watches_money
    assert all(len(line) <= 80 for line in repr(found).splitlines())


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("time", [None, "day"])
def test_a_file_that_is_sorted_by_its_labels_raises_no_alarm(
    model: Model, payments: Make, time: str | None, first: bool
) -> None:
    rows = payments(4_000, seed=21)
    rows["day"] = np.arange(4_000) // 1_000
    order = np.lexsort([(rows["fraud"] == "yes") != first, rows["day"] if time else np.zeros(4_000)])
    found = scarce.monitor(model, {name: one[order] for name, one in rows.items()}, "fraud", time=time)
    assert found.alarms == ()


def test_without_labels_only_drift_is_watched(model: Model, payments: Make) -> None:
    rows = payments(4_000, seed=1)
    del rows["fraud"]
    found = scarce.monitor(model, rows)
    assert found.state is None
    assert np.isnan(found.values["calibration_evidence"])
    assert "not watched without labels" in said(found)


def test_the_columns_that_moved_are_named(model: Model, payments: Make) -> None:
    rows = payments(4_000, seed=2)
    found = scarce.monitor(model, rows | {"hour": rows["hour"] + 2.0})
    assert [column.name for column in found.drifted] == ["hour"]
    assert "inputs" in found.alarms
    found = scarce.monitor(model, rows | {"channel": np.where(rows["hour"] > 15, "telex", rows["channel"])})
    assert [column.name for column in found.drifted] == ["channel"]


def test_a_column_that_goes_missing_has_drifted(model: Model, payments: Make) -> None:
    rows = payments(2_000, seed=2)
    gone = np.where(np.arange(2_000) % 5 == 0, np.nan, rows["amount"])
    assert "amount" in [column.name for column in scarce.monitor(model, rows | {"amount": gone}).drifted]


def test_more_positives_are_seen_without_labels_and_with(model: Model, payments: Make) -> None:
    found = scarce.monitor(model, payments(6_000, seed=3, rate=0.25), "fraud")
    assert {"prevalence", "calibration"} <= set(found.alarms)
    assert found.prevalence is not None
    assert found.prevalence.estimate.low < 0.25 < found.prevalence.estimate.high
    assert "it has changed" in said(found)


def test_other_positives_make_the_estimate_no_alarm(model: Model, payments: Make) -> None:
    """Scores that no mixture of the two classes has: the estimate is there, and said to be worth nothing."""
    rows = payments(6_000, seed=4)
    found = scarce.monitor(model, rows | {"hour": np.full(6_000, 17.0), "amount": np.full(6_000, 45.0)})
    assert not found.plausible
    assert "prevalence" not in found.alarms
    assert "not to be relied on" in said(found)


def test_of_few_positives_no_prevalence_is_read_off(model: Model, payments: Make) -> None:
    assert model.summary is not None
    few = replace(model.summary, positives=replace(model.summary.positives, rows=60.0))
    found = scarce.monitor(replace(model, summary=few), payments(6_000, seed=3, rate=0.25))
    assert "prevalence" not in found.alarms
    assert "the training had only 60 positives" in said(found)


def test_dear_rows_that_are_wrong_show_in_money_first(model: Model, payments: Make) -> None:
    rows = payments(6_000, seed=5)
    dear = np.flatnonzero((rows["amount"] > 120.0) & (rows["fraud"] == "no"))[::3]
    rows["fraud"][dear] = "yes"
    found = scarce.monitor(model, rows, "fraud")
    assert "money" in found.alarms
    assert found.state is not None
    assert found.state.money.most > found.state.calibration.most


def test_batches_add_up_to_what_one_would_say(model: Model, payments: Make, tmp_path: Path) -> None:
    rows, state = payments(3_000, seed=6, rate=0.15), tmp_path / "s.json"
    rows["minute"] = np.arange(3_000)
    whole = scarce.monitor(model, rows, "fraud", time="minute")
    for part in np.array_split(np.arange(3_000), 3):
        batch = {name: values[part] for name, values in rows.items()}
        found = scarce.monitor(model, batch, "fraud", state=state, time="minute")
    assert found.state is not None
    assert whole.state is not None
    assert (found.state.batches, found.state.rows, found.state.positives) == (3, 3_000, whole.state.positives)
    np.testing.assert_allclose(found.state.calibration.upward, whole.state.calibration.upward, rtol=1e-9)
    np.testing.assert_allclose(found.state.money.highest, whole.state.money.highest, rtol=1e-9)
    assert State.read(state) == found.state


def test_the_same_rows_count_once(model: Model, payments: Make, tmp_path: Path) -> None:
    rows, state = payments(3_000, seed=7), tmp_path / "s.json"
    scarce.monitor(model, rows, "fraud", state=state)
    before = state.read_bytes()
    again = {name: values[::-1] for name, values in rows.items()}
    half = {name: np.append(values[:1_500], payments(1_500, seed=8)[name]) for name, values in rows.items()}
    for repeated, code in ((rows, "E903"), (again, "E903"), (half, "E904")):
        assert refused(lambda given=repeated: scarce.monitor(model, given, "fraud", state=state)) == code
    assert state.read_bytes() == before


def test_renamed_columns_are_an_error_and_leave_the_state(
    model: Model, payments: Make, tmp_path: Path
) -> None:
    state = tmp_path / "s.json"
    scarce.monitor(model, payments(500, seed=7), "fraud", state=state)
    before = state.read_bytes()
    rows = payments(500, seed=8)
    rows["Amount"] = rows.pop("amount")
    assert refused(lambda: scarce.monitor(model, rows, "fraud", state=state)) == "E441"
    assert state.read_bytes() == before


def test_young_rows_wait_whatever_their_label(model: Model, payments: Make, tmp_path: Path) -> None:
    rows, state = payments(3_000, seed=9), tmp_path / "s.json"  # 100 rows a day
    rows["fraud"] = np.where((rows["day"] > 19) & (rows["fraud"] == "no"), "", rows["fraud"])
    keep = {"state": state, "time": "day", "label_delay": "10"}
    first = scarce.monitor(model, {name: values[:2_500] for name, values in rows.items()}, "fraud", **keep)
    assert first.counted is not None
    assert (first.counted.rows, first.counted.young, first.counted.late) == (1_500, 1_000, 0)
    later = scarce.monitor(model, {name: values[500:] for name, values in rows.items()}, "fraud", **keep)
    assert later.counted is not None
    assert (later.counted.rows, later.counted.young, later.counted.late) == (500, 1_000, 1_000)
    assert later.state is not None
    assert (later.state.rows, later.state.until) == (2_000, 19.0)
    once_more = scarce.monitor(model, rows, "fraud", **keep)
    assert once_more.counted is not None
    assert (once_more.counted.rows, once_more.state) == (0, later.state)


def test_rows_count_in_the_order_of_their_time(model: Model, payments: Make) -> None:
    rows = payments(1_000, seed=10) | {"day": np.arange(1_000.0)}
    mixed = np.random.default_rng(0).permutation(1_000)
    found = [
        scarce.monitor(model, some, "fraud", time="day").state
        for some in (rows, {name: values[mixed] for name, values in rows.items()})
    ]
    assert found[0] == found[1]


def test_a_review_costs_its_price_and_finds_the_truth(model: Model, payments: Make) -> None:
    careful = model.with_rule(CostRule(0.0, CostSpec.parse("fn=amount,fp=5"), review=2.0))
    rows = payments(1_000, seed=8)
    action = np.array(careful.predictions(rows)["action"].to_pylist())
    amount, fraud = rows["amount"], rows["fraud"] == "yes"
    decided = np.where(fraud, np.where(action == "flag", 0.0, amount), np.where(action == "flag", 5.0, 0.0))
    spent = np.where(action == "review", 2.0, decided).sum()
    assert set(action) == {"flag", "pass", "review"}
    assert scarce.monitor(careful, rows, "fraud").state.cost == pytest.approx(spent)  # type: ignore[union-attr]


def test_labels_may_stand_beside_the_rows(model: Model, payments: Make) -> None:
    rows = payments(500, seed=11)
    beside = {name: values for name, values in rows.items() if name != "fraud"}
    assert scarce.monitor(model, beside, rows["fraud"]).values == scarce.monitor(model, rows, "fraud").values


def test_a_batch_may_hold_one_label_alone(model: Model, payments: Make) -> None:
    found = scarce.monitor(model, payments(50, seed=12) | {"fraud": np.full(50, "no")}, "fraud")
    assert found.counted is not None
    assert found.counted.positives == 0


@pytest.mark.parametrize(
    ("changed", "given", "code"),
    [
        ({"fraud": ["maybe"] * 60}, {"labels": "fraud"}, "E906"),
        ({"fraud": ["yes"] * 59 + [""]}, {"labels": "fraud"}, "E907"),
        ({}, {"labels": "fraude"}, "E101"),
        ({}, {"labels": "fraud", "time": "day", "label_delay": "60d"}, "E372"),
        ({}, {"labels": "fraud", "time": "day", "label_delay": "soon"}, "E372"),
        ({}, {"labels": "fraud", "time": "day", "label_delay": -1}, "E372"),
        ({}, {"labels": "fraud", "label_delay": "60"}, "E908"),
        ({}, {"time": "day"}, "E908"),
        ({}, {"state": "s.json"}, "E908"),
        ({}, {"level": 0.0}, "E301"),
        ({}, {"level": "x"}, "E301"),
        ({}, {"tolerance": 1.0}, "E301"),
        ({}, {"tolerance": 0.2}, "E908"),
        ({}, {"tolerance": -0.1}, "E301"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(
    model: Model,
    payments: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
    given: dict[str, Any],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(lambda: scarce.monitor(model, payments(60, seed=13) | changed, **given)) == code
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_model_is_refused(payments: Make) -> None:
    assert refused(lambda: scarce.monitor(12, payments(10, seed=0))) == "E230"


def test_a_delay_is_counted_on_dates_too(model: Model, payments: Make) -> None:
    rows = payments(1_000, seed=14)
    dates = np.datetime64("2026-01-01") + rows["day"].astype("timedelta64[D]")
    dated = rows | {"day": dates.astype("datetime64[us]")}
    found = scarce.monitor(model, dated, "fraud", time="day", label_delay="2d")
    assert found.counted is not None
    assert (found.counted.rows, found.counted.young) == (800, 200)


def test_a_model_without_a_summary_says_so(model: Model, payments: Make) -> None:
    bare = replace(model, summary=None)
    with pytest.warns(ScarceWarning, match="W901"):
        found = scarce.monitor(bare, payments(500, seed=15), "fraud")
    assert (found.inputs, found.scores, found.prevalence, found.watches_money) == ((), None, None, False)
    assert found.state is not None
    assert found.state.calibration.most >= 1.0


def test_few_rows_raise_no_alarm_and_no_error(model: Model, payments: Make) -> None:
    found = scarce.monitor(model, payments(5, seed=16), "fraud")
    assert found.alarms == ()
    assert "too few rows to tell" in repr(found)


def test_whatever_a_strangers_summary_says_watching_ends_in_figures(
    model: Model, payments: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scarce.monitoring.prevalence.REPLICATES", 3)
    assert model.summary is not None
    rows, known = payments(300, seed=17), model.summary.to_dict()
    rng = np.random.default_rng(0)
    watched = 0
    for _ in range(25):
        changed = json.loads(json.dumps(known))
        scores = changed["scores"]
        scores["levels"] = rng.uniform(-34.0, 34.0, len(scores["levels"])).tolist()
        one = scores[str(rng.choice(["negatives", "positives", "own_negatives"]))]
        one["rows"] = float(rng.choice([1.0, 2.5, 1e12]))
        shares = np.zeros(len(one["shares"]))
        shares[rng.integers(len(shares) - 1)] = 1.0
        one["shares"] = shares.tolist()
        changed["stake"] = float(rng.choice([1e-300, 1e100]))
        summary = TrainingSummary.from_dict(changed)
        found = scarce.monitor(replace(model, summary=summary), rows, "fraud")
        json.dumps(found.to_dict(), allow_nan=False)
        watched += len(repr(found)) > 0
    assert watched == 25
