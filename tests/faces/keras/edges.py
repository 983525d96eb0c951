"""What lies at the edge of a loss's domain, on the one backend that this process has."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops
from tests.faces.keras.face import BACKEND, KerasFace, derivative
from tests.faces.keras.on_backend import host
from tests.laws.cases import CLASS_LOSSES, FEW, LOSSES, representatives

import scarce.keras
from scarce.errors import ScarceError
from scarce.keras import keras_library, on_any_backend
from scarce.losses import get
from scarce.losses.modulation import Focal
from scarce.losses.serialization import KINDS

FACE = KerasFace()
WHOLE = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
FOCAL = get("focal", kind="softmax")
RNG = np.random.default_rng(13)
COUNTED = {"ldam": {"class_counts": (7.0, 2.0, 1.0)}, "logit_adjusted": {"class_counts": (7.0, 2.0, 1.0)}}
NAMES = ("cross_entropy", "focal", "brier", "ldam") if BACKEND == "torch" else ("brier", "ldam")


def sparse(**settings):
    return scarce.keras.SparseCategoricalLoss(FOCAL, reduction=None, **settings)


# Whole numbers of every width, and labels between classes


@pytest.mark.parametrize("dtype", WHOLE)
def test_a_label_is_itself_in_every_type_of_whole_numbers(dtype):
    z, most = RNG.normal(size=(4, 300)), np.iinfo(dtype).max
    labels = np.array([0, 1, 100, min(156, most)], dtype)
    np.testing.assert_allclose(host(sparse(dtype="float64")(labels, z)), FOCAL.value(z, labels), rtol=1e-11)
    np.testing.assert_allclose(host(sparse(ignore_class=-100)(labels, z)), FOCAL.value(z, labels), rtol=1e-4)
    got = host(sparse(ignore_class=most)(np.array([1, most], dtype), np.zeros((2, 2))))
    np.testing.assert_allclose(got, [0.25 * np.log(2.0), 0.0], rtol=1e-6)


def test_labels_beyond_the_classes_give_nan_however_they_would_wrap():
    labels = np.array([4, -1, 2**31, 2**32, 2**32 + 1, -(2**63), 2**63 - 1])
    for dtype in ("float32", "float64"):
        assert np.isnan(host(sparse(dtype=dtype)(labels, np.zeros((7, 4))))).all()
    ignoring = host(sparse(ignore_class=-100)(np.array([2**32 - 100, 2**8 - 100]), np.zeros((2, 4))))
    assert np.isnan(ignoring).all()


def test_a_label_between_two_classes_is_no_class():
    labels = np.array([1.7, 0.5, np.nan, np.inf, 2.0])
    got = host(sparse()(labels, np.zeros((5, 3))))
    np.testing.assert_array_equal(np.isnan(got), [True, True, True, True, False])
    called = host(sparse().call(ops.convert_to_tensor(np.array([1, 3])), ops.zeros((2, 3))))
    np.testing.assert_array_equal(np.isnan(called), [False, True])


def test_a_mask_of_0_and_255_is_no_target():
    mask = np.array([[0], [255], [1]], "uint8")
    got = host(scarce.keras.BinaryFocalCrossentropy(reduction=None)(mask, np.zeros((3, 1))))
    np.testing.assert_array_equal(np.isnan(got), [False, True, False])


# Rounding at the ends of the domain


@pytest.mark.parametrize("name", NAMES)
def test_targets_within_rounding_are_taken_for_what_they_were_rounded_from(name):
    counts = {"class_counts": (9.0, 1.0)} if name in COUNTED else {}
    loss, z = get(name, **counts), np.array([0.0, 0.5, -0.5, 0.3])
    got = FACE.value(loss, z, np.array([1.0000001, 1.009, -1e-7, -0.009]))
    np.testing.assert_allclose(got, loss.value(z, [1.0, 1.0, 0.0, 0.0]), rtol=1e-12)
    assert np.isnan(FACE.value(loss, z, np.array([1.011, -0.011, np.nan, np.inf]))).all()
    loss, z = get(name, kind="softmax", **COUNTED.get(name, {})), RNG.normal(size=(2, 3))
    mass = np.array([[1.0000001, -1e-7, 0.0], [0.5, 0.505, -0.004]])
    np.testing.assert_allclose(FACE.value(loss, z, mass), loss.value(z, mass), rtol=1e-12)
    bad = np.array([[0.6, 0.42, -0.02], [0.4, 0.4, 0.1]])
    assert np.isnan(FACE.value(loss, z, bad)).all()
    assert (FACE.gradient(loss, z, bad) == 0.0).all()


def test_a_mask_resized_over_its_end_costs_what_it_did():
    got = scarce.keras.BinaryCrossentropy()(
        np.full((1, 1), 1.0000001, np.float32), np.zeros((1, 1), np.float32)
    )
    np.testing.assert_allclose(host(got), np.log(2.0), rtol=1e-6)


def test_a_target_keeps_its_derivative_where_it_was_rounded_over_the_end():
    z = ops.convert_to_tensor(np.array([[0.5], [-0.5]]), dtype="float64")
    loss = scarce.keras.BinaryFocalCrossentropy(reduction="sum", dtype="float64")
    got = derivative(lambda t: loss(t, z), np.array([[1.0000001], [-1e-7]]))
    binary = get("focal")
    np.testing.assert_allclose(
        got[:, 0], binary.value([0.5, -0.5], [1, 1]) - binary.value([0.5, -0.5], [0, 0])
    )
    rows = ops.convert_to_tensor(np.array([[0.5, -0.5]]), dtype="float64")
    classes = scarce.keras.CategoricalFocalCrossentropy(reduction="sum", dtype="float64")
    got = derivative(lambda t: classes(t, rows), np.array([[1.0000001, -1e-7]]))
    each = FOCAL.value([[0.5, -0.5]] * 2, [0, 1])
    np.testing.assert_allclose(got[0], each, rtol=1e-9)


# Infinite logits


INFINITE_ROWS = np.array([[-np.inf, 0.0, 1.0], [0.5, -np.inf, -np.inf], [2.0, -1.0, -np.inf]])
TARGETS = {
    **{f"label {k}": np.full(3, k) for k in range(3)},
    "one-hot": np.eye(3)[[0, 1, 2]],
    "soft": np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]),
}
FAR_AWAY = 1e30  # an infinite logit is the limit of a far one, at which NumPy's formulas are the same


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "name", ["focal(gamma=2)", *(representatives(CLASS_LOSSES[3]) if BACKEND == "torch" else FEW)]
)
def test_a_class_masked_by_minus_infinity_is_impossible(name, target):
    loss, given, far = CLASS_LOSSES[3][name], TARGETS[target], np.maximum(INFINITE_ROWS, -FAR_AWAY)
    np.testing.assert_allclose(FACE.value(loss, INFINITE_ROWS, given), loss.value(far, given), rtol=1e-9)
    gradient = FACE.gradient(loss, INFINITE_ROWS, given)
    np.testing.assert_allclose(gradient, loss.gradient(far, given), rtol=1e-9, atol=1e-12)
    vector = np.array([[1.0, -0.5, 2.0]] * 3)
    got = FACE.product(loss, INFINITE_ROWS, given, vector)
    np.testing.assert_allclose(got, loss.hessian_product(far, given, vector), rtol=1e-9, atol=1e-12)


def test_a_backend_without_a_rule_leaves_impossible_classes_alone(monkeypatch):
    monkeypatch.setattr(keras_library, "BACKEND", on_any_backend)
    far, label = np.maximum(INFINITE_ROWS, -FAR_AWAY), np.array([2, 0, 1])
    np.testing.assert_allclose(FACE.value(FOCAL, INFINITE_ROWS, label), FOCAL.value(far, label), rtol=1e-9)
    gradient = FACE.gradient(FOCAL, INFINITE_ROWS, label)
    np.testing.assert_allclose(gradient, FOCAL.gradient(far, label), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["focal(gamma=2)", "brier"])
def test_plus_infinity_and_a_row_of_masked_classes_are_nan(name):
    inf, loss = np.inf, CLASS_LOSSES[3][name]
    rows = np.array(
        [[inf, 0.0, 1.0], [0.0, inf, -inf], [inf, inf, 0.0], [-inf, -inf, -inf], [np.nan, 0.0, -inf]]
    )
    for target in (*(np.full(5, k) for k in range(3)), np.full((5, 3), 1.0 / 3.0)):
        assert np.isnan(FACE.value(loss, rows, target)).all()


@pytest.mark.parametrize(
    "name", ["focal(gamma=2)", *(representatives(LOSSES) if BACKEND == "torch" else FEW)]
)
def test_an_infinite_logit_of_a_sigmoid_is_the_limit(name):
    loss, z = LOSSES[name], np.array([-np.inf, np.inf, -np.inf, np.inf])
    far = np.clip(z, -FAR_AWAY, FAR_AWAY)
    for target in (np.array([0, 0, 1, 1]), np.array([0.3, 0.3, 0.6, 1.0])):
        for face in ("value", "gradient", "hessian"):
            got, true = getattr(FACE, face)(loss, z, target), getattr(loss, face)(far, target)
            np.testing.assert_allclose(got, true, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_infinite_logits_are_the_same_in_every_type(dtype):
    z = INFINITE_ROWS.astype(dtype)
    smoothed = scarce.keras.SparseCategoricalFocalCrossentropy(
        label_smoothing=0.1, reduction=None, dtype=dtype
    )
    np.testing.assert_array_equal(host(smoothed(np.array([0, 0, 1]), z)), np.inf)
    loss = scarce.keras.SparseCategoricalFocalCrossentropy(dtype=dtype)
    assert host(loss(np.array([0, 0, 1]), z)) == np.inf
    gradient = derivative(lambda x: loss(np.array([0]), x), z[:1])
    np.testing.assert_allclose(gradient, [[-1.0, 0.2689, 0.7311]], atol=1e-3)


def test_posteriors_of_infinite_logits_are_zero_and_one():
    binary = scarce.keras.BinaryFocalCrossentropy()
    np.testing.assert_allclose(host(binary.posterior(np.array([-np.inf, np.inf]))), [0.0, 1.0])
    classes = scarce.keras.CategoricalFocalCrossentropy()
    got = host(classes.posterior(np.array([[np.inf, 0.0, 1.0], [-np.inf, 0.5, 0.5]])))
    np.testing.assert_allclose(got, [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]], atol=1e-30)


# Sample weights


@pytest.mark.parametrize("bad", [-1.0, -1e-9, np.nan, np.inf])
@pytest.mark.parametrize("reduction", [None, "sum", "sum_over_batch_size", "mean_with_sample_weight"])
def test_a_sample_weight_that_is_none_gives_nan(reduction, bad):
    target, z, weight = np.array([0, 1, 0]), np.zeros((3, 3)), np.array([1.0, bad, 0.0])
    for loss, y_true in (
        (scarce.keras.BinaryFocalCrossentropy(reduction=reduction), np.eye(3)[target]),
        (scarce.keras.CategoricalFocalCrossentropy(reduction=reduction), np.eye(3)[target]),
        (scarce.keras.SparseCategoricalFocalCrossentropy(reduction=reduction), target),
        (scarce.keras.SparseCategoricalFocalCrossentropy(ignore_class=2, reduction=reduction), target),
    ):
        got = host(loss(y_true, z, weight))
        np.testing.assert_array_equal(np.isnan(got), True if reduction else [False, True, False])
        assert np.isfinite(host(loss(y_true, z, np.array([1.0, 0.0, 2.0])))).all()


def test_an_ignored_label_may_have_any_weight():
    loss = scarce.keras.SparseCategoricalFocalCrossentropy(ignore_class=-1)
    got = host(loss(np.array([0, -1]), np.zeros((2, 3)), np.array([1.0, np.nan])))
    np.testing.assert_allclose(got, host(loss(np.array([0]), np.zeros((1, 3)))), rtol=1e-6)


@pytest.mark.parametrize("reduction", [None, "sum", "sum_over_batch_size", "mean_with_sample_weight"])
def test_an_infinite_loss_of_weight_zero_is_zero(reduction):
    loss = scarce.keras.SparseCategoricalFocalCrossentropy(reduction=reduction)
    z, label = np.array([[-np.inf, 0.0], [0.0, 0.0]]), np.array([0, 0])
    assert np.isfinite(host(loss(label, z, np.array([0.0, 1.0])))).all()
    assert np.isinf(host(loss(label, z, np.array([1e-6, 1.0])))).any()


# Settings that would do nothing


def refused(call):
    with pytest.raises(ScarceError) as caught:
        call()
    return caught.value.two_lines()


UNUSED = {"axis": 1, "ignore_index": -1, "background": 1}
MASK = "hint: give what is not to count a sample_weight of 0, or a mask"
HINTS = {
    "axis": "hint: classes come last in Keras: bring them there with keras.ops.moveaxis",
    "background": "hint: only scarce's own mean over positives knows a background: use sample_weight",
}


@pytest.mark.parametrize("setting", UNUSED)
@pytest.mark.parametrize(
    "name",
    [
        name
        for name in scarce.keras.__all__
        if name not in ("AdaptiveFocal", "AdaptiveFocalLoss", "KerasLoss", "class_weight")
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(name, setting):
    cls, given = getattr(scarce.keras, name), UNUSED[setting]
    hint = HINTS.get(setting, "hint: use ignore_class" if "Sparse" in name else MASK)
    lines = f"error[E576]: {name} does not take {setting}={given}\n{hint}"
    first = (
        {"class_counts": (9.0, 1.0)}
        if "Adjusted" in name
        else {"loss": "focal"}
        if name.endswith("Loss")
        else {}
    )
    assert refused(lambda: cls(**first, **{setting: given})) == lines
    kind = "sigmoid" if "Binary" in name else "softmax"
    if name.endswith("Loss") and (kind == "softmax" or setting == "ignore_index"):
        finished = KINDS[kind](Focal(), **{setting: given})
        assert refused(lambda: cls(finished)) == lines
        assert refused(lambda: cls(finished.to_dict())) == lines


def test_a_finished_loss_that_ignores_nothing_is_taken():
    loss = scarce.keras.SparseCategoricalLoss(get("focal", kind="softmax", ignore_index=None))
    assert np.isfinite(host(loss(np.array([0]), np.zeros((1, 2)))))


def test_a_reduction_inside_a_finished_loss_is_refused():
    assert refused(lambda: scarce.keras.CategoricalLoss(get("focal", kind="softmax", reduction="mean"))) == (
        "error[E575]: CategoricalLoss cannot take the loss softmax focal(gamma=2), reduction=mean\n"
        "hint: give an unreduced softmax loss: reduction is the Keras loss's own"
    )


@pytest.mark.parametrize("setting", ["gamma", "class_weight", "label_smoothing", "logit_shift"])
def test_a_finished_loss_cannot_be_given_other_settings(setting):
    loss = scarce.keras.BinaryFocalCrossentropy(gamma=1.0)
    assert refused(lambda: setattr(loss, setting, 0.5)) == (
        f"error[E576]: a finished BinaryFocalCrossentropy does not take {setting}=0.5\n"
        f"hint: make another loss: BinaryFocalCrossentropy(..., {setting}=0.5)"
    )
    loss.reduction = "sum"  # Keras's own
    assert host(loss(np.array([1.0, 1.0]), np.zeros(2))) == pytest.approx(np.log(2.0))


def test_a_variable_as_a_setting_is_refused():
    for name, given in (("gamma", keras.Variable(2.0)), ("class_weight", keras.Variable([1.0, 2.0]))):
        lines = refused(lambda name=name, given=given: scarce.keras.BinaryFocalCrossentropy(**{name: given}))
        assert lines.startswith(f"error[E576]: BinaryFocalCrossentropy does not take {name}=")
        assert lines.endswith(
            "hint: neither a gradient nor a later value reaches the settings of a loss: give a number"
        )
    if BACKEND == "torch":
        import torch

        parameter = torch.nn.Parameter(torch.tensor(2.0))
        assert "gamma" in refused(lambda: scarce.keras.CategoricalFocalCrossentropy(gamma=parameter))


def test_an_ignored_class_is_a_whole_number():
    assert refused(lambda: sparse(ignore_class=1.5)).startswith("error[E501]: ignore_class=1.5")


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("E510", lambda: scarce.keras.class_weight({"a": -1.0, "b": 1.0}, ["a", "b"])),
        ("E510", lambda: scarce.keras.class_weight({"a": np.nan, "b": 1.0}, ["a", "b"])),
        ("E510", lambda: scarce.keras.class_weight({"a": np.inf, "b": 1.0}, ["a", "b"])),
        ("E527", lambda: scarce.keras.class_weight("balanced", ["a", "b"], class_counts=[1, 2, 3])),
        ("E509", lambda: scarce.keras.class_weight("balanced", ["a", "b"], class_counts=[[1, 2], [3, 4]])),
        ("E576", lambda: scarce.keras.class_weight({"a": 1.0, "b": 2.0}, ["a", "b"], class_counts=[1, 2])),
        ("E507", lambda: scarce.keras.class_weight("balanced", ["a", "b"])),
    ],
)
def test_class_weights_for_fit_are_checked(code, call):
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.code == code
