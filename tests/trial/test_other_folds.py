"""Where a date or a patient ties the rows of random folds together, the verdict says so with both figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.campaign import share

from scarce.data.dataset import Dataset
from scarce.trial.config import TrialConfig
from scarce.trial.journal import FoldTrace, Journal
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from scarce.trial.result import TrialResult

CONFIG = TrialConfig(methods=("control",), learners=("lightgbm",), replicates=100, max_rounds=100)
FIGURES = re.compile(r"(\d\.\d{3}) \((\d\.\d{3}) to (\d\.\d{3})\)")


def dated(seed: int, rows: int = 3000, swing: float = 3.0) -> pa.Table:
    """The share of positives changes every ten days, by `swing` in the log-odds."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 300, rows)
    x = rng.normal(size=(rows, 3))
    level = swing * rng.normal(size=30)
    positive = rng.random(rows) < 1.0 / (1.0 + np.exp(3.0 - x[:, 0] - level[day // 10]))
    date = np.datetime64("2024-01-01", "us") + day * np.timedelta64(86_400_000_000, "us")
    return pa.table({"date": date, **{f"x{i}": x[:, i] for i in range(3)}, "y": positive.astype(int)})


def visited(seed: int, patients: int = 300, spread: float = 2.0, rows: int = 15) -> pa.Table:
    """Some rows a patient, who differ by `spread` in their log-odds and keep two measurements."""
    rng = np.random.default_rng(seed)
    patient = rng.permutation(np.repeat(np.arange(patients), rows))
    x = rng.normal(size=(patient.size, 2))
    own = rng.normal(size=(patients, 2))[patient]
    level = spread * rng.normal(size=patients)[patient]
    positive = rng.random(patient.size) < 1.0 / (1.0 + np.exp(3.5 - x[:, 0] - level))
    return pa.table(
        {
            "patient": [f"P{one}" for one in patient],
            "age": own[:, 0],
            "weight": own[:, 1],
            "x0": x[:, 0],
            "x1": x[:, 1],
            "y": positive.astype(int),
        }
    )


def holed(table: pa.Table, name: str) -> pa.Table:
    """Leave out one value."""
    gap = pa.array(np.arange(table.num_rows) == 7)
    values = pc.if_else(gap, None, table[name])
    return table.set_column(table.column_names.index(name), name, values)


def tried(table: pa.Table, folder: Path | None = None, **roles: Any) -> TrialResult:
    return run_trial(Dataset.prepare(table, "y", positive="1", **roles), CONFIG, journal=folder)[0]


def remarks(result: TrialResult) -> list[str]:
    return [text for text in result.verdict.warnings if text.startswith(("W306", "W307"))]


@pytest.mark.parametrize(
    ("table", "code", "option"),
    [
        (dated(0), "W306", "--time date --keep date"),
        (holed(dated(0), "date"), "W306", "--time date --keep date"),
        (visited(0), "W307", "--group patient --keep patient"),
        (visited(1, patients=700, rows=6), "W307", "--group patient"),
        (visited(0, patients=12, rows=250), "W307", "--group patient --keep patient"),
    ],
    ids=["a date", "a date with a gap", "a patient", "patients left out as text", "a few machines"],
)
def test_folds_that_are_too_easy_are_told_with_both_figures(table: pa.Table, code: str, option: str) -> None:
    (remark,) = remarks(tried(table))
    assert remark.startswith(code)
    assert remark.endswith(f"trust the second: {option}")
    (first, low, _), (second, _, _) = (map(float, found) for found in FIGURES.findall(remark))
    assert second < first
    role, column, *keep = option.removeprefix("--").replace(" --keep", "").split()
    whole = table.filter(pc.is_valid(table[column]))  # a role takes no gap
    as_told = tried(whole, **{role: column}, keep=keep)
    assert remarks(as_told) == []
    estimate = as_told.control.estimates["average_precision"]
    assert second < max(low, estimate.high)  # the option gives what was foretold: no more than by chance


@pytest.mark.parametrize("table", [dated(1, swing=0.0), visited(1, spread=0.0)], ids=["a date", "a patient"])
def test_folds_that_are_as_they_seem_are_not_told(table: pa.Table) -> None:
    assert remarks(tried(table)) == []


def test_other_folds_are_kept_in_the_journal_beside_the_trials_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[dict[str, object]] = []
    keep = Journal.keep

    def noted(journal: Journal, trace: FoldTrace, **key: object) -> None:
        kept.append(key)
        keep(journal, trace, **key)

    monkeypatch.setattr(Journal, "keep", noted)
    first = tried(dated(0), tmp_path)
    assert len({repr(key) for key in kept}) == 5 + 2  # folds of the control, and the two latest periods
    assert len(list(tmp_path.glob("*.fit"))) == 7
    kept.clear()
    assert remarks(tried(dated(0), tmp_path)) == remarks(first)
    assert kept == []


@pytest.mark.campaign
def test_dates_and_patients_that_tell_nothing_are_not_told(tally: Callable[[str, int], None]) -> None:
    tables = share(200)
    alarms = 0
    for seed in range(tables):
        rows = (800, 1500, 3000)[seed % 3]
        null = visited(seed, rows // 15, spread=0.0) if seed % 4 == 3 else dated(seed, rows, swing=0.0)
        alarms += bool(remarks(tried(null)))
    assert alarms <= max(0, 0.01 * tables)
    tally("noise", tables)
