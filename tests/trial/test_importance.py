"""How much each column matters: against the truth of a known model, on rows that no model has seen."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from tests.trial import tables

from scarce.api.frames import library_of
from scarce.api.trial import Trial
from scarce.bundle import container
from scarce.data.dataset import Dataset
from scarce.errors import ScarceError, ScarceWarning
from scarce.learners.boosted_fold import BoostedFold
from scarce.report import page, printed
from scarce.trial.config import TrialConfig
from scarce.trial.correlated import correlated
from scarce.trial.journal import MAGIC
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.trial.result import TrialResult

OTHERS = ["day", "customer", "weight"]
ONE = TrialConfig(methods=("control",), learners=("lightgbm",), folds=3, max_rounds=40, replicates=50)


def of(table: pa.Table, config: TrialConfig = ONE, **roles: object) -> TrialResult:
    return run_trial(Dataset.prepare(table, "fraud", drop=OTHERS, **roles), config)[0]


def by_name(result: TrialResult) -> dict[str, tuple[float, float, float]]:
    return {one.name: (one.value, one.low, one.high) for one in result.importance}


@pytest.fixture(scope="module")
def alone() -> TrialResult:
    return of(tables.table(2_000))


@pytest.mark.parametrize("cost", [None, "fn=100,fp=5"])
def test_what_the_target_depends_on_matters_and_noise_does_not(cost: str | None, alone: TrialResult) -> None:
    found = by_name(of(tables.table(2_000), cost=cost) if cost else alone)
    assert next(iter(found)) == "x0"
    assert found["x0"][1] > 0.0
    assert found["x0"][0] > 3.0 * found["kind"][0]
    for noise in ("x3", "amount"):
        assert abs(found[noise][0]) < 0.15 * found["x0"][0]
        assert found[noise][1] <= 0.0


class Known:
    """A classifier that has nothing to learn: the log-odds are those of two columns."""

    def __init__(self, noise: float = 0.0) -> None:
        self.noise = noise

    def get_params(self, deep: bool = True) -> dict[str, float]:
        return {"noise": self.noise}

    def set_params(self, **given: float) -> Known:
        self.noise = given.get("noise", self.noise)
        return self

    def fit(self, X: object, y: object) -> Known:
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: object) -> np.ndarray:
        rows = np.asarray(X)
        positive = 1.0 / (1.0 + np.exp(3.0 - 2.0 * rows[:, 0] - rows[:, 1] - self.noise * rows[:, 2]))
        return np.column_stack([1.0 - positive, positive])


def test_the_loss_is_that_of_the_population() -> None:
    """Whoever asks a million new rows finds the same: the model is known, and nothing is trained."""
    from sklearn.metrics import average_precision_score

    def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, 3))
        return x, rng.random(n) < Known().predict_proba(x)[:, 1]

    x, y = rows(400_000, 1)
    rng, told = np.random.default_rng(2), Known().predict_proba
    whole, truth = average_precision_score(y, told(x)[:, 1]), {}
    for column in range(3):
        changed = x.copy()
        changed[:, column] = rng.permutation(changed[:, column])
        truth["abc"[column]] = whole - average_precision_score(y, told(changed)[:, 1])
    x, y = rows(12_000, 3)
    table = pa.table({**dict(zip("abc", x.T, strict=True)), "fraud": np.where(y, "yes", "no")})
    config = dataclasses.replace(ONE, learners=(("known", Known()),))
    found = by_name(run_trial(Dataset.prepare(table, "fraud"), config)[0])
    for name, (value, low, high) in found.items():
        assert low - 0.01 <= truth[name] <= high + 0.01, name
        assert value == pytest.approx(truth[name], abs=0.04), name
    assert found["c"] == (0.0, 0.0, 0.0)


def test_noise_that_a_model_has_taken_in_is_worth_nothing_but_in_one_case_of_twenty() -> None:
    config = dataclasses.replace(ONE, learners=(("known", Known(noise=1.0)),), folds=5)
    surely = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(1_000, 3))
        y = rng.random(1_000) < Known().predict_proba(x)[:, 1]
        table = pa.table({**dict(zip("abc", x.T, strict=True)), "fraud": np.where(y, "yes", "no")})
        dataset = Dataset.prepare(table, "fraud", cost="fn=100,fp=5")
        _, low, high = by_name(run_trial(dataset, config)[0])["c"]
        surely += not low <= 0.0 <= high
    assert surely <= 6  # 2 expected; more than 6 once in 300 times


def test_columns_that_say_the_same_are_judged_together() -> None:
    table = tables.table(2_000)
    x0 = table["x0"].to_numpy()
    noise = np.random.default_rng(0).normal(scale=0.05, size=len(x0))
    twin = table.append_column("twin", pa.array(-np.exp(x0) + noise))
    found = by_name(of(twin))
    assert "x0, twin" in found
    assert found["x0, twin"][1] > 0.0
    assert not {"x0", "twin"} & set(found)


def test_a_date_is_one_column() -> None:
    table = tables.table(1_000)
    rng = np.random.default_rng(0)
    when = pa.array(rng.integers(1_500_000_000_000_000, 1_600_000_000_000_000, 1_000), pa.timestamp("us"))
    names = set(by_name(of(table.append_column("when", when))))
    assert names == {"x0", "x1", "x2", "x3", "kind", "amount", "when"}


@pytest.mark.parametrize(
    ("learners", "roles"),
    [
        (("forest",), {}),
        (("linear",), {"time": "day"}),
        (("linear", "lightgbm"), {"weight": "weight"}),
        (("linear", "lightgbm"), {"time": "day"}),
    ],
    ids=["forest", "linear by time", "blend with weights", "blend by time"],
)
def test_every_learner_and_every_way_of_dealing_has_an_importance(
    learners: tuple[str, ...], roles: dict[str, str]
) -> None:
    drop = [name for name in OTHERS if name not in roles.values()]
    dataset = Dataset.prepare(tables.table(1_000), "fraud", drop=drop, **roles)
    config = dataclasses.replace(ONE, learners=learners, folds=2, max_rounds=20)
    result = run_trial(dataset, config)[0]
    assert max(result.importance, key=lambda one: one.value).columns == ("x0",)
    assert all(one.low <= one.value <= one.high for one in result.importance)


def test_the_same_trial_says_the_same(alone: TrialResult) -> None:
    again = run_trial(Dataset.prepare(tables.table(2_000), "fraud", drop=OTHERS), ONE, jobs=1)[0]
    assert again.importance == alone.importance


def test_a_second_trial_asks_nobody_anew_and_believes_no_other_answers(
    alone: TrialResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = Dataset.prepare(tables.table(2_000), "fraud", drop=OTHERS)
    asked: list[float] = []
    own = BoostedFold.fit

    def listening(self, treatment, step):
        asked.append(step)
        return own(self, treatment, step)

    monkeypatch.setattr(BoostedFold, "fit", listening)
    assert run_trial(dataset, ONE, journal=tmp_path)[0].importance == alone.importance
    assert len(asked) == 2  # for the answers of one fold, and for the model
    assert run_trial(dataset, ONE, journal=tmp_path)[0].importance == alone.importance
    assert len(asked) == 2
    (path,) = tmp_path.glob("*.answers")
    card, arrays = container.unpack(path.read_bytes(), "entry", MAGIC)
    path.write_bytes(container.pack(card, {"log_odds": arrays["log_odds"][1:]}, MAGIC))
    with pytest.warns(ScarceWarning, match="W303"):
        assert run_trial(dataset, ONE, journal=tmp_path)[0].importance == alone.importance
    assert len(asked) == 3


def test_some_of_many_rows_speak_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    table = tables.table(20_000, intercept=-4.0)
    whole = by_name(of(table))
    monkeypatch.setattr("scarce.trial.importance._ROWS", 2_000)
    monkeypatch.setattr("scarce.trial.importance._POSITIVES", 300)
    some = by_name(of(table))
    for name in ("x0", "x1", "kind"):
        assert some[name][1] <= whole[name][0] <= some[name][2], name
        assert some[name][2] - some[name][1] > whole[name][2] - whole[name][1], name


def test_it_is_printed_drawn_and_given_as_a_table(alone: TrialResult) -> None:
    trial = Trial(alone, None, library_of(pa.table({})))
    shown = trial.importance()
    assert shown.column_names == ["columns", "importance", "low", "high"]
    assert shown["columns"].to_pylist() == [one.name for one in alone.importance]
    text = printed.as_text(alone)
    assert "matters most" in text
    assert text.index("x0 ") < text.index("kind ")
    html = page.render(alone)
    assert "<details>" in html
    assert "what the control needs most: x0</span>" in html


def test_too_few_positives_tell_nothing() -> None:
    few = of(tables.table(400, intercept=-5.5, seed=3))
    assert few.scored_positives < 20
    assert few.importance == ()
    assert 'id="importance"' not in page.render(few)
    trial = Trial(few, None, library_of(pa.table({})))
    with pytest.raises(ScarceError) as caught:
        trial.importance()
    assert caught.value.code == "E327"


def test_groups_are_found_by_rank_whatever_the_direction_and_a_constant_is_alone() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 1_000))
    gaps = np.where(rng.random(1_000) < 0.4, np.nan, y)
    columns = np.column_stack(
        [x, np.ones(1_000), y, x**3, -np.arctan(y), gaps, np.where(x > 1.0, np.nan, 0.0)]
    )
    assert correlated(columns, range(7)) == [(0, 3), (1,), (2, 4), (5,), (6,)]
    assert correlated(columns[:, :1], [0]) == [(0,)]
    assert correlated(columns[:, [0, 2, 3]], [0, 0, 1]) == [(0, 1)]
