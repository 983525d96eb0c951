"""What holds much memory is done by one thread at a time, and gives the same as by several."""

from __future__ import annotations

import dataclasses
import threading
import time
from functools import partial

import pytest
from tests.trial.tables import table

from scarce.data.dataset import Dataset
from scarce.trial import judging
from scarce.trial.config import TrialConfig
from scarce.trial.design import Design
from scarce.trial.fold_work import FoldWork, LastEncoded
from scarce.trial.run import run_trial
from scarce.trial.side_by_side import side_by_side

CONFIG = TrialConfig(("focal:gamma=1",), ("lightgbm",), folds=3, max_rounds=5, replicates=50)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset.prepare(table(600), "fraud", drop=("day", "customer", "weight"))


@dataclasses.dataclass
class Counting:
    """A learner that takes its time to take rows in, and counts who does so beside it."""

    name: str = "counting"
    now: int = 0
    most: int = 0

    def prepare(self, rows: object) -> object:
        self.now += 1
        self.most = max(self.most, self.now)
        time.sleep(0.02)
        self.now -= 1
        return rows


def test_engines_take_in_one_split_at_a_time(dataset: Dataset) -> None:
    design, learner = Design.of(dataset, CONFIG), Counting()
    encoded = LastEncoded(dataset.features)
    works = [FoldWork(design, split, 1, encoded) for split in design.splits]

    def taken_in(work: FoldWork, _halted: object) -> object:
        return work.prepared(learner)

    found = dict(side_by_side([partial(taken_in, work) for work in works], len(works)))
    assert learner.most == 1
    assert [found[at].held.tolist() for at in range(3)] == [split.test.tolist() for split in design.splits]


def test_arms_of_a_large_table_are_scored_one_at_a_time(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = [], []
    own, lock = judging.decide, threading.Lock()

    def slowly(*given: object) -> object:
        with lock:
            running.append(1)
            most.append(len(running))
        time.sleep(0.02)
        with lock:
            running.pop()
        return own(*given)

    monkeypatch.setattr(judging, "decide", slowly)
    small = run_trial(dataset, CONFIG, jobs=3)[0]
    assert max(most) > 1
    most.clear()
    monkeypatch.setattr(judging, "_TOGETHER", 1)
    large = run_trial(dataset, CONFIG, jobs=3)[0]
    assert max(most) == 1
    assert [arm.estimates for arm in large.arms] == [arm.estimates for arm in small.arms]
