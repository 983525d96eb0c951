"""Defects that other packages have, as ours: each is what was run there, with the right answer."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy import exp, log

from scarce.errors import ScarceError
from scarce.losses import CATALOG, SigmoidLoss, SoftmaxLoss, get
from scarce.losses.modulation import Focal


@pytest.mark.parametrize("name", ["focal", "poly_focal", "detached_focal", "asymmetric"])
def test_gamma_below_one_has_a_gradient_at_certainty(name):
    gamma = {"gamma_positive": 0.5} if name == "asymmetric" else {"gamma": 0.5}
    gradient = get(name, **gamma).gradient(np.array([40.0, -40.0], np.float32), [1, 1])
    assert np.isfinite(gradient).all()
    assert -1e-20 < gradient[0] <= 0.0
    assert gradient[1] <= -1.0


def test_gamma_below_one_has_a_softmax_gradient_at_certainty():
    gradient = SoftmaxLoss(Focal(0.5)).gradient([[40.0, -40.0], [-200.0, 200.0]], [0, 0])
    assert np.isfinite(gradient).all()
    assert gradient[1, 0] == pytest.approx(-1.0)


def test_hard_examples_keep_their_loss_and_gradient():
    focal = get("focal", gamma=2.0)
    x = np.array([-15.0, -20.0, -100.0], np.float32)
    np.testing.assert_allclose(focal.gradient(x, [1, 1, 1]), [-1.0, -1.0, -1.0], rtol=1e-4)
    np.testing.assert_allclose(focal.value(x, [1, 1, 1]), -x, rtol=1e-4)  # not capped at 16.118
    half = focal.value(np.array([-100.0, 60000.0], np.float16), [1, 0])
    assert half.tolist() == [100.0, 60000.0]


def test_gamma_zero_of_the_categorical_loss_is_cross_entropy_and_no_quarter_of_it():
    z = np.array([[0.7, -1.2, 2.0]])
    assert SoftmaxLoss(Focal(0.0)).value(z, [0])[0] == pytest.approx(log(exp(z).sum()) - 0.7)


def test_integer_labels_of_a_softmax_are_classes():
    z = np.array([[0.7, -1.2, 2.0]])
    assert SoftmaxLoss(Focal(2.0)).value(z, [2]) == SoftmaxLoss(Focal(2.0)).value(z, [[0, 0, 1]])
    with pytest.raises(ScarceError) as caught:
        SigmoidLoss(Focal(2.0)).value(z, [2])
    assert caught.value.code == "E505"


@pytest.mark.parametrize("name", ["asymmetric", "asymmetric_detached"])
def test_asymmetric_gradient_of_a_hard_positive_is_one(name):
    gradient = get(name).gradient(np.array([-19.0], np.float32), [1])
    assert gradient[0] == pytest.approx(-1.0, rel=1e-5)


def test_class_balanced_loss_of_a_confident_mistake():
    focal = get("focal", gamma=2.0)
    value, gradient = focal.value([-100.0, 0.0], [1, 0]), focal.gradient([-100.0, 0.0], [1, 0])
    assert value.sum() == pytest.approx(100.0 + 0.25 * log(2.0))
    assert gradient[0] == pytest.approx(-1.0)
    with pytest.raises(ScarceError) as caught:
        get("class_balanced", class_counts=[100, 0])
    assert caught.value.code == "E506"


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_one_hot_and_integer_targets_agree_once_weighted(reduction):
    loss = get("class_balanced", kind="softmax", class_counts=[90, 9, 1], gamma=2.0, reduction=reduction)
    z, labels = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 2, 1, 1, 0, 2])
    assert np.array_equal(loss.value(z, labels), loss.value(z, np.eye(3)[labels]))


def test_label_smoothing_does_not_cancel_itself():
    z = np.array([[3.0, -1.0, 0.0]])
    plain, smoothed = SoftmaxLoss(Focal(2.0)), SoftmaxLoss(Focal(2.0), label_smoothing=0.1)
    each = [plain.value(z, [k])[0] for k in range(3)]
    assert smoothed.value(z, [0])[0] == pytest.approx(0.9 * each[0] + 0.1 * np.mean(each))
    assert smoothed.value(z, [0])[0] > 2.0 * each[0]


def test_weights_and_label_smoothing_work_together():
    loss = SoftmaxLoss(class_weight=[1.0, 5.0], label_smoothing=0.2)
    p = np.array([0.25, 0.75])
    assert loss.value([log(p)], [0])[0] == pytest.approx(-0.9 * log(p[0]) - 0.1 * 5.0 * log(p[1]))


def test_negative_gamma_is_refused():
    for name in ("focal", "detached_focal", "poly_focal", "class_balanced"):
        with pytest.raises(ScarceError, match="gamma=-1 is outside its domain"):
            get(name, gamma=-1.0)


@pytest.mark.parametrize("name", [name for name in CATALOG if "softmax" in CATALOG[name].kinds])
def test_an_empty_batch_is_zero(name):
    counts = {"class_counts": [9, 1]} if CATALOG[name].needs_counts else {}
    loss = get(name, kind="softmax", reduction="mean", **counts)
    assert loss.value(np.empty((0, 2)), np.empty(0, int)) == 0.0


def test_means_do_not_count_ignored_pixels():
    z = np.zeros((1, 3, 4, 3))  # one image of 4 by 3 pixels, 3 classes
    labels = np.full((1, 4, 3), -100)
    labels[0, 0, 0] = 1
    loss = SoftmaxLoss(axis=1, reduction="mean")
    assert loss.value(z, labels) == pytest.approx(log(3.0))  # 1.0986, not a twelfth of it
    assert loss.value(z, np.full((1, 4, 3), -100)) == 0.0


def test_leaving_the_background_out_of_the_loss_leaves_it_in_the_softmax():
    loss = SoftmaxLoss(class_weight=[0.0, 1.0, 1.0])
    value = loss.value([[5.0, 0.0, 0.0]], [1])[0]
    assert value == pytest.approx(log(exp(5.0) + 2.0))  # 5.013, not log 2


def test_multi_class_focal_gradient_is_the_numeric_one():
    gradient = SoftmaxLoss(Focal(2.0)).gradient([[0.7, -1.2, 2.0]], [0])[0]
    np.testing.assert_allclose(gradient, [-0.9076, 0.0355, 0.8720], atol=5e-5)
    assert gradient.sum() == pytest.approx(0.0, abs=1e-15)


def test_row_weights_count_and_the_hessian_is_a_number_for_a_certain_row():
    focal = get("focal", gamma=2.0)
    assert focal.gradient([0.3], [1], [3.0]) == pytest.approx(3.0 * focal.gradient([0.3], [1]))
    assert np.isfinite(focal.hessian([40.0, -40.0], [1, 1])).all()


def test_losses_can_be_pickled():
    for loss in (get("focal", gamma=3.0), get("vs_loss", kind="softmax", class_counts=[9, 1])):
        assert pickle.loads(pickle.dumps(loss)) == loss  # a worker process is sent its own objective


def test_focal_hessian_of_a_positive_is_not_zero():
    hessian = get("focal", gamma=2.0).hessian([-1.0, 0.0, 2.0], [1, 1, 1], kind="exact")
    assert (np.abs(hessian) > 1e-3).all()


def test_a_factor_of_batch_means_is_no_focal_loss():
    z, target = np.array([-3.0, 0.0, 4.0]), np.array([1, 1, 1])
    mean = get("focal", gamma=2.0, reduction="mean").value(z, target)
    cross_entropy = np.log1p(exp(-z))
    assert mean == pytest.approx(np.mean((1.0 - exp(-cross_entropy)) ** 2 * cross_entropy))


def test_a_weight_outside_of_p_t():
    value = get("focal", gamma=2.0, class_weight=[1.0, 3.0]).value([0.0], [1])[0]
    assert value == pytest.approx(3.0 * 0.25 * log(2.0))  # not (1 - exp(-3 CE))^2 3 CE
