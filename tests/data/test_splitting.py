"""The laws of splitting: every row once, copies and groups on one side, positives spread, time forward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarce.data.dataset import Dataset
from scarce.data.files.reading import read
from scarce.data.folds.splitting import fold_count, split_notes, splits
from scarce.errors import ScarceError


def made(
    target: np.ndarray,
    group: np.ndarray | None = None,
    time: np.ndarray | None = None,
    copies: np.ndarray | None = None,
    **others: Any,
) -> Dataset:
    """A data set of the given roles; `copies` are row numbers that rows are copies of."""
    n = len(target)
    rows = np.arange(n)
    return Dataset(
        features=pa.table({"x": rows / 7.0}),
        target=np.asarray(target, dtype=np.uint8),
        labels=("no", "yes"),
        row_weight=None,
        group=None if group is None else np.unique(group, return_inverse=True)[1],
        time=None if time is None else np.asarray(time, dtype=np.float64),
        costs=None,
        duplicates=np.unique(rows if copies is None else copies, return_inverse=True)[1],
        name="made",
        fingerprint="",
        notes=[],
        **others,
    )


TARGETS = st.lists(st.booleans(), min_size=8, max_size=80).map(np.array)
SEEDS = st.integers(0, 2**32 - 1)


def two_of_each(target: np.ndarray) -> bool:
    return 2 <= target.sum() <= len(target) - 2


@settings(max_examples=80, deadline=None)
@given(target=TARGETS.filter(two_of_each), folds=st.integers(2, 7), repeats=st.integers(1, 3), seed=SEEDS)
def test_ungrouped_folds_cover_the_rows_and_differ_by_one_of_either_class(
    target: np.ndarray, folds: int, repeats: int, seed: int
) -> None:
    dataset = made(target)
    found = splits(dataset, folds, repeats, seed)
    count = fold_count(dataset, folds)
    assert [(split.repeat, split.fold) for split in found] == [
        (r, f) for r in range(repeats) for f in range(count)
    ]
    for repeat in range(repeats):
        tests = [split.test for split in found if split.repeat == repeat]
        assert sorted(np.concatenate(tests)) == list(range(len(target)))
        for value in (True, False):
            sizes = [int((target[test] == value).sum()) for test in tests]
            assert max(sizes) - min(sizes) <= 1
            assert min(sizes) >= 1
    for split in found:
        np.testing.assert_array_equal(np.union1d(split.train, split.test), np.arange(len(target)))
        assert len(split.train) + len(split.test) == len(target)
        assert (np.diff(split.train) > 0).all()


@settings(max_examples=80, deadline=None)
@given(data=st.data(), target=TARGETS.filter(two_of_each), folds=st.integers(2, 5), seed=SEEDS)
def test_copies_and_groups_stay_on_one_side(
    data: st.DataObject, target: np.ndarray, folds: int, seed: int
) -> None:
    n = len(target)
    group = data.draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    copies = data.draw(st.lists(st.integers(0, 2 * n), min_size=n, max_size=n))
    dataset = made(target, group=np.array(group), copies=np.array(copies))
    try:
        found = splits(dataset, folds, 1, seed)
    except ScarceError as error:
        assert error.code == "E312"  # noqa: PT017 - which draws are refused is the other test's matter
    else:
        for split in found:
            for kind in (dataset.group, dataset.duplicates):
                assert not set(kind[split.train]) & set(kind[split.test])
            assert len(split.train) + len(split.test) == n
        assert sorted(np.concatenate([split.test for split in found])) == list(range(n))


def test_the_seed_decides_and_repeats_differ() -> None:
    dataset = made(np.arange(200) % 10 == 0)
    first, again, other = (splits(dataset, 5, 2, seed) for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.test, two.test)
    assert any(not np.array_equal(one.test, two.test) for one, two in zip(first, other, strict=True))
    assert not np.array_equal(first[0].test, first[5].test)


def test_the_folds_of_a_seed_are_the_same_everywhere() -> None:
    found = splits(made(np.arange(20) % 5 == 0), 2, 1, 0)
    assert found[0].test.tolist() == [0, 1, 3, 4, 6, 9, 10, 13, 16, 18]


def test_groups_of_very_different_sizes_spread_the_positives() -> None:
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(300), rng.integers(1, 40, 300))
    target = rng.random(len(group)) < 0.02 * (1 + 9 * (group % 10 == 0))
    dataset = made(target, group=group)
    tests = [split.test for split in splits(dataset, 5, 1, 0)]
    positives = [int(target[test].sum()) for test in tests]
    rows = [len(test) for test in tests]
    assert max(positives) - min(positives) <= 1
    assert max(rows) - min(rows) <= 40


def test_one_group_may_hold_most_positives() -> None:
    target = np.zeros(100, dtype=bool)
    target[:8] = target[50] = target[60] = True
    group = np.where(np.arange(100) < 10, 0, np.arange(100))
    found = splits(made(target, group=group), 5, 1, 0)
    assert len(found) == 3
    assert sorted(int(target[split.test].sum()) for split in found) == [1, 1, 8]


def test_fewer_positives_than_folds_reduce_the_folds_with_a_note() -> None:
    dataset = made(np.arange(50) < 3)
    assert fold_count(dataset, 5) == 3
    assert len(splits(dataset, 5, 2, 0)) == 6
    assert split_notes(dataset, 5) == ["3 folds instead of 5: 3 positive rows do not give more"]
    assert split_notes(dataset, 3) == []


@pytest.mark.parametrize(("positives", "label", "count"), [(0, "yes", 0), (1, "yes", 1), (49, "no", 1)])
def test_under_two_rows_of_a_class_is_refused(positives: int, label: str, count: int) -> None:
    with pytest.raises(ScarceError) as caught:
        splits(made(np.arange(50) < positives))
    assert caught.value.two_lines() == (
        f"error[E311]: made has {count} row(s) of label '{label}', and a comparison needs at least 2\n"
        "hint: collect more of them: below 20 nothing can be called better, below 2 nothing can be tried"
    )


def test_groups_that_limit_the_folds_are_named() -> None:
    dataset = made(np.tile([1, 0, 0, 0], 30), group=np.repeat([0, 1], 60))
    assert split_notes(dataset, 5) == ["2 folds instead of 5: positive rows in 2 groups do not give more"]


def test_scarce_negatives_limit_the_folds_too() -> None:
    assert split_notes(made([0] * 3 + [1] * 50), 5) == [
        "3 folds instead of 5: 3 negative rows do not give more"
    ]


def test_groups_that_outlast_the_periods_are_refused() -> None:
    """Every row before the test period is of a group in it: nothing is left to learn from."""
    dataset = made(np.tile([1, 0, 0, 0], 30), group=np.tile([0, 1], 60), time=np.arange(120))
    with pytest.raises(ScarceError) as caught:
        splits(dataset, 3)
    assert caught.value.two_lines() == (
        "error[E314]: no rows of both classes are left to learn from before test period 1 of made: what "
        "comes before shares its groups or exact copies with it\n"
        "hint: give a finer --group, or leave out --group or --time"
    )


def test_positives_in_one_group_are_refused() -> None:
    with pytest.raises(ScarceError) as caught:
        splits(made(np.arange(50) < 5, group=np.arange(50) // 10))
    assert caught.value.two_lines() == (
        "error[E312]: all positive or all negative rows of made are copies of one another or in one group\n"
        "hint: rows of a group stay together: give a finer --group, or none"
    )


def test_positives_that_are_copies_of_one_row_are_refused() -> None:
    with pytest.raises(ScarceError, match="copies of one another"):
        splits(made(np.arange(50) < 5, copies=np.maximum(np.arange(50), 4)))


@settings(max_examples=80, deadline=None)
@given(data=st.data(), target=TARGETS.filter(two_of_each), folds=st.integers(1, 5))
def test_every_test_row_is_later_than_every_training_row(
    data: st.DataObject, target: np.ndarray, folds: int
) -> None:
    n = len(target)
    time = np.array(data.draw(st.lists(st.integers(0, 40), min_size=n, max_size=n)))
    group = np.array(data.draw(st.lists(st.integers(0, 60), min_size=n, max_size=n)))
    dataset = made(target, group=group, time=time)
    try:
        found = splits(dataset, folds, 2, 0)
    except ScarceError as error:
        assert error.code in ("E313", "E314")  # noqa: PT017 - what may be refused is the other test's matter
    else:
        assert 1 <= len(found) <= folds
        tested = np.concatenate([split.test for split in found])
        assert len(set(tested)) == len(tested)
        for split in found:
            assert target[split.test].any()
            assert not target[split.test].all()
            assert not set(dataset.group[split.train]) & set(dataset.group[split.test])
            if len(split.train):
                assert time[split.train].max() < time[split.test].min()
        assert time[tested].max() == time.max()


def test_forward_folds_learn_from_all_that_came_before() -> None:
    time = np.random.default_rng(0).permutation(600)
    target = time % 10 == 0
    dataset = made(target, time=time)
    found = splits(dataset, 5, 3, 0)
    assert [int(target[split.test].sum()) for split in found] == [10] * 5
    for split in found:
        assert set(split.train) == set(np.flatnonzero(time < time[split.test].min()))
    assert split_notes(dataset, 5, 3) == [
        "split by time into 6 blocks: each but the first is tested once by what came before; "
        "the first of these calibrates the later ones, which are scored",
        "1 repeat instead of 3: a split by time has nothing to shuffle",
    ]


def test_a_time_that_never_changes_is_refused() -> None:
    with pytest.raises(ScarceError) as caught:
        splits(made(np.arange(50) < 5, time=np.zeros(50)))
    assert caught.value.two_lines() == (
        "error[E313]: made cannot be split by time: no moment has rows of both classes before and after it\n"
        "hint: leave out --time, or give more rows"
    )


def test_the_card_fraud_copies_stay_on_one_side(shared_data: object) -> None:
    dataset = Dataset.prepare(read(shared_data / "creditcard.parquet"), "Class")
    for split in splits(dataset, 5, 1, 0):
        assert not np.isin(dataset.duplicates[split.test], dataset.duplicates[split.train]).any()
        assert int(dataset.target[split.test].sum()) in (98, 99)
