"""Labels that arrive late: which rows are too young, what is said of them, and how splits keep the gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.test_splitting import made

from scarce.data.checks.every_check import run_checks
from scarce.data.dataset import Dataset
from scarce.data.files.reading import from_dataframe, read
from scarce.data.folds.splitting import splits
from scarce.data.label_delay import delay_of
from scarce.decision.costs import Costs
from scarce.errors import ScarceError
from scarce.trial.config import TrialConfig
from scarce.trial.design import Design

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 100


def columns(n_rows: int = 400, **others: Any) -> dict[str, Any]:
    """Return a table of one row each quarter of a day; the last ten days have no label yet."""
    rng = np.random.default_rng(0)
    hours = np.arange(n_rows) * 6
    label = np.where(rng.random(n_rows) < 0.2, "yes", "no").astype(object)
    label[hours >= (DAYS - 10) * 24] = None
    times = np.datetime64("2024-01-01", "us") + hours.astype("timedelta64[h]")
    return {"when": times, "hour": hours, "x": rng.normal(size=n_rows), "fraud": label, **others}


@pytest.mark.parametrize(
    ("delay", "time", "kept"),
    [
        ("10d", "when", 360),
        ("240h", "when", 360),
        ("1.5 W", "when", 358),
        ("240", "hour", 360),
        (2e2, "hour", 366),
    ],
)
def test_rows_as_old_as_the_delay_stay(delay: str | float, time: str, kept: int) -> None:
    data = columns()
    data["fraud"][360:] = "no"
    data["fraud"][kept:] = None  # their labels may be empty
    other = {"when": "hour", "hour": "when"}[time]
    dataset = Dataset.prepare(
        from_dataframe(pa.table(data)), "fraud", "yes", time=time, label_delay=delay, drop=[other]
    )
    assert dataset.n_rows == kept
    np.testing.assert_array_equal(dataset.source_rows, np.arange(kept))
    [said] = dataset.said
    assert (said.code, said.message, said.hint) == (
        "W158",
        f"{400 - kept} rows are younger than the label delay of {delay} and left out, 0 of them positive",
        "labels may still arrive for such rows",
    )


def test_positives_among_the_young_leave_too_and_are_counted() -> None:
    data = columns()
    data["fraud"][-5:] = "yes"
    data["fraud"][-9:-5] = "no"
    dataset = Dataset.prepare(
        from_dataframe(pa.table(data)), "fraud", "yes", time="when", label_delay="10d", drop=["hour"]
    )
    old = Dataset.prepare(
        from_dataframe(pa.table({name: values[:360] for name, values in data.items()})),
        "fraud",
        "yes",
        time="when",
        drop=["hour"],
    )
    [said] = dataset.said
    assert "40 rows are younger" in said.message
    assert "5 of them positive" in said.message
    assert dataset.prevalence == old.prevalence
    np.testing.assert_array_equal(dataset.target, old.target)
    assert dataset.features.equals(old.features)
    assert dataset.fingerprint != old.fingerprint
    assert said in run_checks(dataset)


def test_costs_of_rows_leave_with_their_rows() -> None:
    data, fn = columns(), np.arange(1.0, 401.0)
    order = np.random.default_rng(1).permutation(400)
    shuffled = pa.table({name: values[order] for name, values in data.items()})
    roles = {"time": "when", "label_delay": "10d", "drop": ["hour"]}
    dataset = Dataset.prepare(from_dataframe(shuffled), "fraud", "yes", Costs(fn=fn[order], fp=1.0), **roles)
    np.testing.assert_array_equal(dataset.costs.fn, fn[order][order < 360])
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(from_dataframe(shuffled), "fraud", "yes", Costs(fn=fn[:360], fp=1.0), **roles)
    assert caught.value.code == "E258"


def test_errors_still_name_the_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    lines = [f"{day},{'no' if day % 3 else 'yes'},{day}.5" for day in range(60, 0, -1)]
    lines[40] = "20,,20.5"
    path.write_text("day,fraud,x\n" + "\n".join(lines) + "\n")
    with pytest.raises(ScarceError, match=r"line 42\b") as caught:
        Dataset.prepare(read(str(path)), "fraud", "yes", time="day", label_delay="15")
    assert caught.value.code == "E132"
    lines[40], lines[2], lines[50] = "20,no,20.5", "58,no,oops", "10,no,wrong"
    path.write_text("day,fraud,x\n" + "\n".join(lines) + "\n")
    with pytest.raises(ScarceError, match=r"line 4\b") as caught:  # in a row that the delay leaves out
        Dataset.prepare(read(str(path)), "fraud", "yes", time="day", label_delay="15")
    assert caught.value.code == "E122"


@pytest.mark.parametrize(
    ("delay", "dates", "reason"),
    [
        ("soon", True, "it is no length of time above 0"),
        ("0d", True, "it is no length of time above 0"),
        ("-3d", True, "it is no length of time above 0"),
        ("inf", False, "it is no length of time above 0"),
        ("", False, "it is no length of time above 0"),
        (True, False, "it is no length of time above 0"),
        ("3m", True, "it is no length of time above 0"),
        ("60", True, "the times are dates, so it needs a unit"),
        ("60d", False, "the times are numbers, whose unit is not known"),
    ],
)
def test_a_delay_that_cannot_be_read_is_refused(delay: object, dates: bool, reason: str) -> None:
    with pytest.raises(ScarceError) as caught:
        delay_of(delay, dates)
    assert caught.value.two_lines() == (
        f"error[E372]: cannot take the label delay {delay!r}: {reason}\n"
        "hint: write 60d, 12h or 2w where --time holds dates, else a number in the unit of that column"
    )


def test_a_delay_needs_times_and_rows_of_its_age() -> None:
    table = from_dataframe(pa.table(columns()))
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(table, "fraud", "yes", label_delay="10d")
    assert caught.value.two_lines() == (
        "error[E371]: a delay of labels needs times: --label-delay 10d stands without --time\n"
        "hint: name the column that tells when: --label-delay 10d --time COLUMN"
    )
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(table, "fraud", "yes", time="when", label_delay="100d")
    assert caught.value.two_lines() == (
        "error[E373]: no row of the dataframe is as old as the label delay of 100d\n"
        "hint: give a shorter --label-delay, or bring a longer period"
    )


def test_periods_shorter_than_the_delay_are_made_longer_or_refused() -> None:
    table = from_dataframe(pa.table(columns()))
    roles = {"target": "fraud", "positive": "yes", "time": "when", "drop": ["hour"]}
    short = Dataset.prepare(table, **roles, label_delay="10d")
    assert len(splits(short, 4)) == len(splits(short, 7)) == 4
    longer = Dataset.prepare(table, **roles, label_delay="25d")
    assert len(splits(longer, 7)) == 1
    with pytest.raises(ScarceError) as caught:
        Design.of(longer, TrialConfig((), ("linear",)))
    assert caught.value.two_lines() == (
        "error[E374]: the dataframe is too short for its label delay: fewer than 3 test period(s) begin with "
        "the labels of the one before known\n"
        "hint: give a shorter --label-delay, or bring a longer period"
    )


@settings(max_examples=80, deadline=None)
@given(
    data=st.data(),
    target=st.lists(st.booleans(), min_size=12, max_size=90).map(np.array),
    delay=st.integers(1, 20),
    folds=st.integers(1, 5),
    of_entities=st.booleans(),
)
def test_training_labels_are_known_when_the_test_begins(
    data: st.DataObject, target: np.ndarray, delay: int, folds: int, of_entities: bool
) -> None:
    n = len(target)
    time = np.array(data.draw(st.lists(st.integers(0, 60), min_size=n, max_size=n)), dtype=float)
    entity = np.array(data.draw(st.lists(st.integers(0, 25), min_size=n, max_size=n)))
    dataset = made(target, time=time, label_delay=float(delay), entity=entity if of_entities else None)
    try:
        found = splits(dataset, folds, 1, 0)
    except ScarceError as error:
        assert error.code in ("E311", "E313", "E314", "E374")  # noqa: PT017 - not what is tested here
    else:
        parts = 2 if of_entities else 1
        assert len(found) <= folds * parts
        for period in (found[place : place + parts] for place in range(0, len(found), parts)):
            start = min(time[split.test].min() for split in period)
            assert (time[np.concatenate([split.test for split in period])] >= start).all()
            for split in period:
                assert time[split.train].max() <= start - delay
                assert np.unique(target[split.train]).size == np.unique(target[split.test]).size == 2
                if of_entities:
                    assert not np.isin(entity[split.train], entity[split.test]).any()
            known = np.flatnonzero(time <= start - delay)
            if not of_entities:
                np.testing.assert_array_equal(period[0].train, known)
