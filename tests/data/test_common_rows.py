"""Equal rows: copies stay on one side of every split, common rows are dealt like any other."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from scarce.data.checks.every_check import run_checks
from scarce.data.dataset import Dataset
from scarce.data.folds.splitting import splits

N = 2000


def table(blocks: list[int], seed: int = 0, **columns: np.ndarray) -> pa.Table:
    """Continuous rows of which the first are sets of equal ones, of these sizes, with labels of their own."""
    rng = np.random.default_rng(seed)
    kind = np.concatenate([np.repeat(np.arange(len(blocks)), blocks), np.arange(len(blocks), N)])[:N]
    x = rng.normal(size=(N, 3))[kind]
    y = rng.random(N) < 0.2
    return pa.table({f"x{i}": x[:, i] for i in range(3)} | {"y": y.astype(int)} | columns)


def held(dataset: Dataset) -> int:
    """Return how many rows are kept with another."""
    size = np.bincount(dataset.duplicates)
    return int(size[size > 1].sum())


@pytest.mark.parametrize("blocks", [[11], [600], [1000], [1800], [300, 200, 100], [20] * 50])
def test_sets_above_half_a_percent_are_common(blocks: list[int]) -> None:
    assert held(Dataset.prepare(table(blocks), "y", positive="1")) == 0


@pytest.mark.parametrize("blocks", [[2], [10], [10] * 100, [2] * 900])
def test_smaller_sets_are_copies(blocks: list[int]) -> None:
    assert held(Dataset.prepare(table(blocks), "y", positive="1")) == sum(blocks)


def test_common_rows_are_dealt_and_copies_beside_them_are_not() -> None:
    dataset = Dataset.prepare(table([600, 7, 3]), "y", positive="1")
    assert held(dataset) == 10
    for split in splits(dataset, 5):
        assert abs((split.test < 600).sum() - 120) < 40
        assert not np.isin(dataset.units[split.train], dataset.units[split.test]).any()


def test_the_note_says_so_and_the_count_of_copies_asks_whether_they_are() -> None:
    dataset = Dataset.prepare(table([600, 7, 3]), "y", positive="1")
    assert dataset.notes == [
        "600 rows agree in every feature with many others (1 kind of row): new data will hold such rows too, "
        "so they are not kept on one side of the splits"
    ]
    (finding,) = (finding for finding in run_checks(dataset) if finding.code == "D003")
    assert finding.severity == "warning"
    assert finding.message.startswith("607 rows repeat another row in every feature")
    assert finding.message.endswith("but 600 rows do not, taken for kinds of row that are common")
    assert finding.hint.startswith("common, or copied?")


def test_rows_that_are_expected_to_be_equal_are_not_doubted() -> None:
    rng = np.random.default_rng(3)
    coarse = {f"q{i}": rng.integers(0, 2, 2000) for i in range(3)}
    dataset = Dataset.prepare(pa.table(coarse | {"y": rng.integers(0, 2, 2000)}), "y", positive="1")
    assert "D003" not in {finding.code for finding in run_checks(dataset)}


def repeated(rows: np.ndarray, times: int) -> np.ndarray:
    return np.concatenate([np.arange(3000), np.repeat(rows, times)])


COPIED = {
    "a few positives": repeated(np.arange(12), 30),
    "some rows of either label": repeated(np.arange(280, 340), 40),
    "positives drawn to half as many as the others": np.concatenate(
        [np.arange(300, 3000), np.random.default_rng(0).integers(0, 110, 1350)]
    ),
    "a small table joined with a larger": np.tile(np.arange(270, 420), 15),
}


@pytest.mark.parametrize("flipped", [False, True], ids=["the rare label", "the frequent label"])
@pytest.mark.parametrize("row", COPIED.values(), ids=COPIED)
def test_rows_that_were_copied_with_their_labels_are_copies(row: np.ndarray, flipped: bool) -> None:
    x = np.random.default_rng(1).normal(size=(3000, 3))[row]
    y = (row < 300) ^ flipped
    copied = pa.table({f"x{i}": x[:, i] for i in range(3)} | {"y": y.astype(int)})
    times = np.bincount(row)[row]
    assert held(Dataset.prepare(copied, "y", positive="1")) == (times > 1).sum()


@pytest.mark.parametrize("flipped", [False, True], ids=["the rare label", "the frequent label"])
def test_common_rows_of_the_frequent_label_alone_are_common(flipped: bool) -> None:
    learnt = table([300, 200])
    y = np.where(np.arange(N) < 500, 0, np.asarray(learnt["y"])) ^ flipped
    learnt = learnt.set_column(3, "y", [y])
    assert held(Dataset.prepare(learnt, "y", positive="1")) == 0


@pytest.mark.parametrize("positives", [10, 30, 100])
def test_positives_that_were_repeated_to_balance_the_classes_are_copies(positives: int) -> None:
    rng = np.random.default_rng(1)
    row = np.concatenate([np.arange(positives, N), rng.integers(0, positives, N)])
    x = rng.normal(size=(N, 3))[row]
    balanced = pa.table({f"x{i}": x[:, i] for i in range(3)} | {"y": (row < positives).astype(int)})
    assert held(Dataset.prepare(balanced, "y", positive="1")) == N


def test_visits_of_a_patient_that_differ_in_nothing_are_copies() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 3)).repeat(15, axis=0)
    visits = pa.table({f"x{i}": x[:, i] for i in range(3)} | {"y": rng.integers(0, 2, 4500)})
    assert held(Dataset.prepare(visits, "y", positive="1")) == 4500


@pytest.mark.parametrize(("questions", "answers"), [(3, 2), (10, 2), (3, 5)])
def test_rows_that_agree_because_the_columns_are_coarse_are_common(questions: int, answers: int) -> None:
    rng = np.random.default_rng(3)
    coarse = {f"q{i}": rng.integers(0, answers, 20_000) for i in range(questions)}
    dataset = Dataset.prepare(pa.table(coarse | {"y": rng.integers(0, 2, 20_000)}), "y", positive="1")
    assert held(dataset) == 0


def test_a_group_stays_whole_whatever_is_common_in_it() -> None:
    dataset = Dataset.prepare(table([600, 5], who=np.arange(N) % 200), "y", positive="1", group="who")
    for split in splits(dataset, 5):
        assert not np.isin(dataset.group[split.train], dataset.group[split.test]).any()
    assert len(np.unique(dataset.units)) > 190  # a block in every group does not tie the groups together


def test_earlier_common_rows_are_learnt_from() -> None:
    moment = np.random.default_rng(4).permutation(N)
    dataset = Dataset.prepare(table([600], t=moment), "y", positive="1", time="t")
    for split in splits(dataset, 5):
        assert set(split.train) == set(np.flatnonzero(moment < moment[split.test].min()))
