"""Reductions, ignored targets, shapes: defined in one line each, and each line checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.laws import checks
from tests.laws.cases import CLASS_LOSSES, LOSSES

from scarce.losses import SigmoidLoss, SoftmaxLoss, get

Z = np.array([0.5, -2.0, 3.0, 0.0, 1.5])
T = np.array([1, 0, 0, 1, 1])
S = np.array([1.0, 2.0, 0.5, 3.0, 0.0])
REDUCED = ("sum", "mean", "mean_positive")


@pytest.mark.parametrize("name", LOSSES)
def test_binary_means_divide_by_row_weights(name):
    loss = LOSSES[name]
    each = replace(loss, reduction="none").value(Z, T, S)
    assert replace(loss, reduction="sum").value(Z, T, S) == pytest.approx(each.sum(), rel=1e-14)
    assert replace(loss, reduction="mean").value(Z, T, S) == pytest.approx(each.sum() / 6.5, rel=1e-14)
    positive = replace(loss, reduction="mean_positive").value(Z, T, S)
    assert positive == pytest.approx(each.sum() / 4.0, rel=1e-14)


def test_softmax_mean_divides_by_row_and_class_weight():
    weight = np.array([1.0, 2.0, 4.0])
    loss = SoftmaxLoss(class_weight=weight, reduction="mean", label_smoothing=0.3)
    z, labels = np.random.default_rng(0).normal(size=(5, 3)), np.array([0, 1, 2, 2, 1])
    mass = 0.7 * np.eye(3)[labels] + 0.1
    each = replace(loss, reduction="none").value(z, labels, S)
    assert loss.value(z, labels, S) == pytest.approx(each.sum() / (S @ mass @ weight), rel=1e-13)


def test_softmax_mean_positive_leaves_the_background_out():
    z, labels = np.random.default_rng(0).normal(size=(5, 3)), np.array([0, 1, 2, 0, 1])
    each = SoftmaxLoss().value(z, labels).sum()
    assert SoftmaxLoss(reduction="mean_positive").value(z, labels) == pytest.approx(each / 3.0)
    assert SoftmaxLoss(reduction="mean_positive", background=2).value(z, labels) == pytest.approx(each / 4.0)
    none_positive = SoftmaxLoss(reduction="mean_positive").value(z, np.zeros(5, int))
    assert none_positive == pytest.approx(SoftmaxLoss(reduction="sum").value(z, np.zeros(5, int)))


@pytest.mark.parametrize("reduction", ["none", *REDUCED])
@pytest.mark.parametrize(
    "name", ["cross_entropy", "focal(gamma=0.5)", "asymmetric", "cross_entropy smoothed"]
)
def test_ignored_elements_might_as_well_not_be_there(name, reduction):
    name = next(known for known in LOSSES if known.startswith(name))
    loss = replace(LOSSES[name], reduction=reduction, ignore_index=-1)
    z = np.array([0.5, np.nan, 3.0, np.inf, 1.5])
    target = np.array([1, -1, 0, -1, 1])
    kept = target != -1
    for face in (loss.value, loss.gradient, loss.hessian):
        with_ignored, without = face(z, target, S), face(z[kept], target[kept], S[kept])
        if with_ignored.ndim:
            assert (with_ignored[~kept] == 0.0).all()
            with_ignored = with_ignored[kept]
        checks.check_same(with_ignored, without, 1e-15)


@pytest.mark.parametrize("reduction", ["none", *REDUCED])
@pytest.mark.parametrize("name", ["cross_entropy", "focal(gamma=0.5)", "brier", "cross_entropy smoothed"])
def test_ignored_rows_might_as_well_not_be_there(name, reduction):
    loss = replace(CLASS_LOSSES[3][name], reduction=reduction)
    z, labels = np.random.default_rng(1).normal(size=(5, 3)), np.array([2, -100, 0, -100, 1])
    z[1] = np.nan
    kept = labels != -100
    for face in (loss.value, loss.gradient, loss.hessian):
        with_ignored, without = face(z, labels, S), face(z[kept], labels[kept], S[kept])
        if with_ignored.ndim:
            assert (with_ignored[~kept] == 0.0).all()
            with_ignored = with_ignored[kept]
        checks.check_same(with_ignored, without, 1e-15)


@pytest.mark.parametrize("reduction", REDUCED)
def test_nothing_to_add_up_is_zero(reduction):
    binary = SigmoidLoss(reduction=reduction, ignore_index=-1)
    assert binary.value([], []) == 0.0
    assert binary.value([1.0, 2.0], [-1, -1]) == 0.0
    assert (binary.gradient([1.0, 2.0], [-1, -1]) == 0.0).all()
    classes = SoftmaxLoss(reduction=reduction)
    assert classes.value(np.empty((0, 3)), np.empty(0, int)) == 0.0
    assert classes.value([[1.0, 2.0]], [-100]) == 0.0
    assert (classes.gradient([[1.0, 2.0]], [-100]) == 0.0).all()


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ["focal(gamma=2)", "brier", "focal(gamma=2) shift+scale+weights"])
def test_any_spatial_shape_and_any_class_axis(name, axis):
    loss = replace(CLASS_LOSSES[3][name], axis=axis)
    last = replace(loss, axis=-1)
    rng = np.random.default_rng(2)
    z, labels, weight = (
        rng.normal(size=(2, 4, 5, 3)),
        rng.integers(0, 3, (2, 4, 5)),
        rng.uniform(size=(2, 4, 5)),
    )
    flat = (z.reshape(-1, 3), labels.reshape(-1), weight.reshape(-1))
    moved = np.moveaxis(z, -1, axis)
    checks.check_same(loss.value(moved, labels, weight).reshape(-1), last.value(*flat), 1e-14)
    for face in ("gradient", "hessian"):
        got = np.moveaxis(getattr(loss, face)(moved, labels, weight), axis, -1).reshape(-1, 3)
        np.testing.assert_allclose(got, getattr(last, face)(*flat), rtol=1e-12, atol=1e-15)
    posterior = np.moveaxis(loss.posterior(moved), axis, -1).reshape(-1, 3)
    np.testing.assert_allclose(posterior, last.posterior(flat[0]), rtol=1e-13)
    one_hot = np.moveaxis(np.eye(3)[labels], -1, axis)
    checks.check_same(loss.gradient(moved, one_hot, weight), loss.gradient(moved, labels, weight))


def test_multi_label_columns_are_separate_losses():
    z, target = np.random.default_rng(3).normal(size=(6, 2)), np.array([[0, 1], [1, 1], [0, 0]] * 2)
    weight, shift = np.array([[1.0, 9.0], [0.5, 2.0]]), np.array([-1.0, 0.25])
    both = get("focal", class_weight=weight, logit_shift=shift)
    for column in (0, 1):
        alone = get("focal", class_weight=weight[column], logit_shift=shift[column])
        for face in ("value", "gradient", "hessian"):
            got, expected = (
                getattr(both, face)(z, target),
                getattr(alone, face)(z[:, column], target[:, column]),
            )
            checks.check_same(got[:, column], expected, 1e-15)
        checks.check_same(both.posterior(z)[:, column], alone.posterior(z[:, column]), 1e-15)


def test_a_weight_a_row_spreads_over_labels_and_pixels():
    z, target = np.zeros((3, 4)), np.zeros((3, 4), int)
    each = SigmoidLoss().value(z, target, [1.0, 2.0, 3.0])
    checks.check_same(each[:, 0], np.log(2.0) * np.array([1.0, 2.0, 3.0]))
    assert (each == each[:, :1]).all()
    rows = SoftmaxLoss().value(np.zeros((3, 4, 2)), np.zeros((3, 4), int), [1.0, 2.0, 3.0])
    checks.check_same(rows, each)
