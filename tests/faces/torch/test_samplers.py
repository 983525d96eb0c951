"""Samplers: class frequencies by counting, shards, repetition from a seed, and the undo of the prior."""

from __future__ import annotations

import math
import pickle
from collections import Counter

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, TensorDataset

from scarce.errors import ScarceError
from scarce.torch.samplers import (
    ClassBalancedSampler,
    ProgressivelyBalancedSampler,
    RepeatFactorSampler,
    SquareRootSampler,
)

COUNTS = (700, 250, 40, 10)
LABELS = torch.repeat_interleave(torch.arange(4), torch.tensor(COUNTS))[
    torch.randperm(1000, generator=torch.Generator().manual_seed(0))
]
SEVERAL = torch.rand(400, 3, generator=torch.Generator().manual_seed(1)) < torch.tensor([0.6, 0.1, 0.01])
ROOTS = [math.sqrt(n) / sum(map(math.sqrt, COUNTS)) for n in COUNTS]

MAKERS = {
    "balanced": lambda **s: ClassBalancedSampler(LABELS, **s),
    "square root": lambda **s: SquareRootSampler(LABELS, **s),
    "progressive": lambda **s: ProgressivelyBalancedSampler(LABELS, 10, **s),
    "repeat": lambda **s: RepeatFactorSampler(LABELS, 0.2, **s),
    "repeat several": lambda **s: RepeatFactorSampler(SEVERAL, 0.2, **s),
}
each = pytest.mark.parametrize("name", MAKERS)


def frequencies(rows, labels=LABELS):
    return torch.bincount(labels[torch.tensor(list(rows))], minlength=4) / len(rows)


@pytest.mark.parametrize(
    ("name", "epoch", "expected"),
    [
        ("balanced", 0, [0.25] * 4),
        ("square root", 0, ROOTS),
        ("progressive", 0, [0.7, 0.25, 0.04, 0.01]),
        ("progressive", 6, [0.4 * n / 1000 + 0.6 / 4 for n in COUNTS]),
        ("progressive", 10, [0.25] * 4),
        ("progressive", 99, [0.25] * 4),
    ],
)
def test_classes_are_drawn_as_often_as_documented_to_within_a_row(name, epoch, expected):
    sampler = MAKERS[name](seed=4)
    sampler.set_epoch(epoch)
    rows = list(sampler)
    assert sampler.prior.tolist() == pytest.approx(expected)
    assert len(rows) == len(sampler) == 1000
    found = frequencies(rows)
    assert ((found * 1000 - torch.tensor(expected) * 1000).abs() < 1.001).all()


def test_the_rounding_is_unbiased():
    sampler = SquareRootSampler(LABELS, num_samples=7, seed=1)
    drawn = torch.stack([frequencies(sampler.order(epoch).tolist()) for epoch in range(600)]).mean(dim=0)
    # each count is one of two neighbours, so a standard error is at most .5 / 7 / sqrt(600)
    assert ((drawn - torch.tensor(ROOTS)).abs() < 4 * 0.5 / 7 / math.sqrt(600)).all()


def test_rows_of_a_class_take_turns():
    rows = Counter(ClassBalancedSampler(LABELS, seed=2))
    for k in range(4):
        times = [rows[i] for i in (k == LABELS).nonzero()[:, 0].tolist()]
        assert max(times) - min(times) <= 1


def test_a_row_is_repeated_by_the_rarest_of_its_classes():
    labels = torch.zeros(100, 3, dtype=torch.int64)
    labels[:, 0] = 1
    labels[1:5, 1] = 1  # f = .04
    labels[0, 2] = 1  # f = .01
    labels[99] = 0  # no class at all
    sampler = RepeatFactorSampler(labels, threshold=0.09)
    expected = [3.0] + [1.5] * 4 + [1.0] * 95
    assert sampler.repeats.tolist() == pytest.approx(expected)
    times = torch.zeros(100)
    for epoch in range(400):
        drawn = torch.bincount(sampler.order(epoch), minlength=100)
        assert ((drawn - torch.tensor(expected)).abs() < 1).all()
        times += drawn
    assert times[0] == 1200
    assert ((times[1:5] / 400 - 1.5).abs() < 4 * 0.5 / 20).all()


def test_repeated_classes_are_as_frequent_as_documented():
    sampler = RepeatFactorSampler(LABELS, threshold=0.2, seed=3)
    r = np.maximum(1.0, np.sqrt(0.2 / (np.array(COUNTS) / 1000)))
    expected = r * COUNTS / (r * COUNTS).sum()
    assert sampler.prior.tolist() == pytest.approx(expected.tolist())
    drawn = torch.cat([sampler.order(epoch) for epoch in range(50)]).tolist()
    assert frequencies(drawn).tolist() == pytest.approx(expected.tolist(), abs=1e-3)


def test_repeated_labels_are_as_frequent_as_documented():
    sampler = RepeatFactorSampler(SEVERAL, threshold=0.2)
    drawn = torch.cat([sampler.order(epoch) for epoch in range(100)])
    torch.testing.assert_close(SEVERAL[drawn].double().mean(dim=0), sampler.prior, atol=3e-3, rtol=0)
    torch.testing.assert_close(SEVERAL.double().mean(dim=0), sampler.true_prior)


@each
@pytest.mark.parametrize("replicas", [1, 2, 3, 7])
def test_ranks_share_an_epoch_in_equal_parts(name, replicas):
    samplers = [MAKERS[name](seed=5, rank=rank, num_replicas=replicas) for rank in range(replicas)]
    for sampler in samplers:
        sampler.set_epoch(3)
    shares = [list(sampler) for sampler in samplers]
    assert {len(share) for share in shares} == {len(samplers[0])}
    together = [row for turn in zip(*shares, strict=True) for row in turn]
    assert together == samplers[0].order(3).tolist()  # every place of the epoch once, on one rank


def test_ranks_hold_different_rows_where_rows_are_not_repeated():
    samplers = [RepeatFactorSampler(LABELS, 1e-9, rank=rank, num_replicas=2) for rank in range(2)]
    first, second = (set(sampler) for sampler in samplers)
    assert not first & second
    assert first | second == set(range(1000))


def test_shares_are_equal_where_there_are_fewer_rows_than_ranks():
    shares = [list(RepeatFactorSampler([0], rank=rank, num_replicas=4)) for rank in range(4)]
    assert shares == [[0]] * 4


@each
def test_an_epoch_follows_from_seed_and_epoch(name):
    sampler, twin, other = MAKERS[name](seed=6), MAKERS[name](seed=6), MAKERS[name](seed=7)
    first = list(sampler)
    torch.rand(3)  # the global generator has no part in it
    assert list(sampler) == first == list(twin)
    sampler.set_epoch(1)
    assert list(sampler) != first
    assert list(other) != first
    assert list(sampler) != list(other)
    sampler.set_epoch(0)
    assert list(sampler) == first


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "repeat several"])
def test_sampling_is_undone_exactly_for_one_class_a_row(name):
    sampler = MAKERS[name]()
    sampler.set_epoch(4)
    likelihood = torch.rand(5, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    truth = likelihood * sampler.true_prior
    learned = likelihood * sampler.prior
    learned = learned / learned.sum(dim=1, keepdim=True)
    found = torch.softmax(sampler.undo(learned.log()), dim=1)
    torch.testing.assert_close(found, truth / truth.sum(dim=1, keepdim=True))


def test_undo_follows_the_class_axis():
    sampler = ClassBalancedSampler(LABELS)
    z = torch.zeros(2, 4, 3, 5)
    torch.testing.assert_close(sampler.undo(z)[1, :, 2, 4].double(), -sampler.log_shift, rtol=1e-6, atol=0)
    torch.testing.assert_close(sampler.undo(z[0, :, 0, 0]).double(), -sampler.log_shift, rtol=1e-6, atol=0)


def test_a_label_of_its_own_is_undone_by_its_log_odds():
    labels = torch.tensor([[1]] * 1 + [[0]] * 99)
    sampler = RepeatFactorSampler(labels, threshold=0.25)
    assert sampler.prior.tolist() == pytest.approx([5 / 104])
    z = torch.logit(torch.tensor([[5 / 104]], dtype=torch.float64))
    assert torch.sigmoid(sampler.undo(z)).item() == pytest.approx(0.01)
    assert RepeatFactorSampler(torch.ones(3, 1)).log_shift.tolist() == [0.0]


def test_a_loader_draws_what_the_sampler_says():
    sampler = ClassBalancedSampler(LABELS.numpy(), num_samples=40, seed=1)
    loader = DataLoader(TensorDataset(LABELS), batch_size=8, sampler=sampler)
    seen = torch.cat([y for (y,) in loader])
    assert len(loader) == 5
    assert torch.bincount(seen).tolist() == [10, 10, 10, 10]


def test_numbers_and_labels_may_be_those_of_numpy_and_pandas():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    plain = ClassBalancedSampler(LABELS, num_samples=50, seed=3)
    column = pandas.Series(LABELS.numpy(), index=range(7, 1007))  # whose index is not the rows' place
    other = ClassBalancedSampler(column, num_samples=np.int64(50), seed=np.int64(3))
    other.set_epoch(np.int64(0))
    assert list(other) == list(plain)
    assert repr(other) == "ClassBalancedSampler(4 classes, 50 rows an epoch, seed=3)"


def test_workers_and_pickles_draw_the_same():
    sampler = RepeatFactorSampler(LABELS, 0.2, seed=4)
    assert list(pickle.loads(pickle.dumps(sampler))) == list(sampler)
    # a worker of its own making: a test process that has loaded JAX must not be forked
    by = {"num_workers": 1, "multiprocessing_context": "spawn"}
    loader = DataLoader(TensorDataset(torch.arange(1000)), batch_size=64, sampler=sampler, **by)
    assert torch.cat([rows for (rows,) in loader]).tolist() == list(sampler)


def test_rank_and_replicas_are_those_of_the_running_group(tmp_path):
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/group", rank=0, world_size=1)
    try:
        sampler = ClassBalancedSampler([0, 1])
    finally:
        dist.destroy_process_group()
    assert (sampler.rank, sampler.num_replicas) == (0, 1)


def error_of(call):
    with pytest.raises(ScarceError) as caught:
        call()
    return caught.value.two_lines()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: ClassBalancedSampler(torch.zeros(3, 2)),
            "error[E581]: the labels have shape (3, 2) and type torch.float32\n"
            "hint: give one class index a row, as whole numbers",
        ),
        (
            lambda: SquareRootSampler([0, -100, 1]),
            "error[E581]: the labels hold -100\nhint: leave such rows out of the dataset",
        ),
        (
            lambda: ClassBalancedSampler(["buy", "sell"]),
            "error[E581]: the labels have shape (2,) and type <U4\n"
            "hint: give one class index a row, as whole numbers",
        ),
        (
            lambda: RepeatFactorSampler([[0, 2], [1, 0]]),
            "error[E581]: the labels have shape (2, 2) and other entries than 0 and 1\n"
            "hint: give a row of 0 and 1 an example, 1 where it has a class",
        ),
        (
            lambda: ClassBalancedSampler([0, 0, 2]),
            "error[E582]: class 1 has no rows\n"
            "hint: number the classes from 0 on without a gap: 2 were found",
        ),
        (
            lambda: RepeatFactorSampler([[1, 0], [1, 0]]),
            "error[E582]: class 1 has no rows\n"
            "hint: number the classes from 0 on without a gap: 1 were found",
        ),
        (
            lambda: ClassBalancedSampler([0, 1], rank=2, num_replicas=2),
            "error[E583]: rank=2 and num_replicas=2 do not fit\n"
            "hint: ranks count from 0 to num_replicas - 1; leave both out where torch.distributed is running",
        ),
    ],
    ids=["floats", "negative", "words", "not 0 and 1", "gap", "empty label", "rank"],
)
def test_what_cannot_be_sampled_is_refused(call, text):
    assert error_of(call) == text


@pytest.mark.parametrize(
    "call",
    [
        lambda: ClassBalancedSampler([0, 1], num_samples=0),
        lambda: ClassBalancedSampler([0, 1], num_samples=10.5),
        lambda: ClassBalancedSampler([0, 1], seed=1.5),
        lambda: ClassBalancedSampler([0, 1], seed=None),
        lambda: ClassBalancedSampler([0, 1]).set_epoch(-1),
        lambda: ProgressivelyBalancedSampler([0, 1], 0),
        lambda: RepeatFactorSampler([0, 1], threshold=0.0),
    ],
    ids=["num_samples", "half a row", "half a seed", "no seed", "epoch", "epochs", "threshold"],
)
def test_a_setting_outside_its_domain_is_refused(call):
    assert error_of(call).startswith("error[E501]: ")
