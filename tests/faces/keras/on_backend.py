"""The laws, fits and savings on the one backend that this process has; `test_backends.py` runs it on each."""

from __future__ import annotations

import doctest
import re
import sys

import keras
import numpy as np
import pytest
from keras import ops
from tests.faces.keras.face import BACKEND, KerasFace, derivative
from tests.laws import checks
from tests.laws.cases import CASES, CLASS_LOSSES, FEW, LOSSES, representatives, with_posterior

import scarce.keras
from scarce.errors import ScarceError
from scarce.losses import get
from scarce.losses.weighting import EffectiveNumber

FACE = KerasFace()
RNG = np.random.default_rng(8)
N = len(checks.margins(np.float64))  # one shape for most tests: JAX compiles every operation for each
Z, LABELS, SOFT = RNG.normal(-1.0, 3.0, N), RNG.integers(0, 2, N), RNG.random(N)
ROWS, CLASSES, SHARES = RNG.normal(0.0, 3.0, (40, 3)), RNG.integers(0, 3, 40), RNG.dirichlet(np.ones(3), 40)
ONE_HOT = np.eye(3)[CLASSES]
if BACKEND == "torch":  # whose operations need no compilation
    NAMES, CLASS_NAMES = [*LOSSES], [*CLASS_LOSSES[3]]
elif BACKEND == "tensorflow":
    NAMES, CLASS_NAMES = representatives(LOSSES), representatives(CLASS_LOSSES[3])
else:
    NAMES, CLASS_NAMES = FEW, FEW
TRUTH_CASES = [case for case in CASES if case.id in {"focal(gamma=2)", "focal(gamma=0.5)"}]


@pytest.mark.parametrize("case", TRUTH_CASES, ids=lambda case: case.id)
def test_binary_losses_are_those_of_fifty_digits(case):
    checks.check_against_truth(case, FACE, np.float64)


@pytest.mark.parametrize("name", NAMES)
def test_binary_losses_agree_with_numpy(name):
    loss = LOSSES[name]
    for target in (LABELS, SOFT):
        for face in ("value", "gradient", "hessian"):
            got, true = getattr(FACE, face)(loss, Z, target), getattr(loss, face)(Z, target)
            np.testing.assert_allclose(got, true, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_categorical_losses_agree_with_numpy(name):
    loss, vector = CLASS_LOSSES[3][name], RNG.normal(size=ROWS.shape)
    for target in (CLASSES, ONE_HOT, SHARES):
        value, gradient = FACE.value(loss, ROWS, target), FACE.gradient(loss, ROWS, target)
        np.testing.assert_allclose(value, loss.value(ROWS, target), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(gradient, loss.gradient(ROWS, target), rtol=1e-10, atol=1e-13)
        product = FACE.product(loss, ROWS, target, vector)
        np.testing.assert_allclose(product, loss.hessian_product(ROWS, target, vector), atol=1e-12)


@pytest.mark.parametrize("name", ["focal(gamma=0.5)", "logit_adjusted"])
def test_everything_is_finite_up_to_ten_thousand(name):
    dtype = np.float64 if BACKEND == "jax" else np.float32  # singles on JAX: tests/faces/jax
    z = checks.margins(np.float64).astype(dtype)
    rows = np.resize(checks.rows(3, np.float64, 1e4), ROWS.shape).astype(dtype)
    for y in (0, 1):
        for face in (FACE.value, FACE.gradient):
            assert np.isfinite(face(LOSSES[name], z, np.full(z.shape, y))).all()
            assert np.isfinite(face(CLASS_LOSSES[3][name], rows, np.full(len(rows), y))).all()
            assert np.isfinite(face(CLASS_LOSSES[3][name], rows, np.eye(3)[np.full(len(rows), y)])).all()


@pytest.mark.parametrize("logit", [-15.0, -20.0, -100.0, -1e4])
def test_a_hard_positive_has_its_gradient(logit):
    loss = scarce.keras.BinaryFocalCrossentropy(gamma=2.0)
    z = np.array([[logit]], np.float32)
    assert float(loss(np.ones((1, 1)), z)) == pytest.approx(-logit, rel=1e-5)
    gradient = derivative(lambda x: loss(np.ones((1, 1), "float32"), x), z)
    np.testing.assert_allclose(gradient, get("focal").gradient(z, np.ones((1, 1))), rtol=1e-6)
    assert gradient[0, 0] < -0.999


def test_half_precision_outputs_have_a_finite_loss_and_gradient():
    loss = scarce.keras.BinaryFocalCrossentropy(gamma=2.0, reduction="sum", dtype="float16")
    z = np.array([[-20.0], [-1000.0], [1000.0]], np.float16)
    assert float(loss(np.ones((3, 1)), z)) == pytest.approx(1020.0, rel=1e-4)
    gradient = derivative(lambda x: loss(np.ones((3, 1)), x), z)
    assert gradient.dtype == np.float16
    np.testing.assert_array_equal(gradient[:, 0], np.array([-1.0, -1.0, 0.0], np.float16))


def test_gamma_zero_is_the_cross_entropy_of_keras_and_not_a_quarter_of_it():
    pairs = (
        ("CategoricalFocalCrossentropy", keras.losses.CategoricalCrossentropy, ONE_HOT, ROWS),
        ("SparseCategoricalFocalCrossentropy", keras.losses.SparseCategoricalCrossentropy, CLASSES, ROWS),
        ("BinaryFocalCrossentropy", keras.losses.BinaryCrossentropy, ONE_HOT, ROWS),
    )
    weight = RNG.random(40)
    for name, theirs, target, z in pairs:
        for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", None):
            ours = getattr(scarce.keras, name)(gamma=0.0, reduction=reduction)
            true = theirs(from_logits=True, reduction=reduction)
            np.testing.assert_allclose(host(ours(target, z)), host(true(target, z)), rtol=2e-6, atol=2e-7)
            np.testing.assert_allclose(
                host(ours(target, z, weight)), host(true(target, z, weight)), rtol=2e-6, atol=2e-7
            )


def host(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("name", with_posterior(representatives(LOSSES) if BACKEND == "torch" else FEW))
def test_binary_posterior_is_numpys(name):
    loss = scarce.keras.BinaryLoss(LOSSES[name], dtype="float64")
    np.testing.assert_allclose(host(loss.posterior(Z)), LOSSES[name].posterior(Z), rtol=1e-11)
    np.testing.assert_allclose(host(loss.log_odds(Z)), LOSSES[name].log_odds(Z), rtol=1e-11, atol=1e-11)
    assert loss.base_score(0.01) == LOSSES[name].base_score(0.01)


@pytest.mark.parametrize(
    "name", with_posterior(representatives(CLASS_LOSSES[3]) if BACKEND == "torch" else FEW)
)
def test_categorical_posterior_is_numpys(name):
    loss = scarce.keras.CategoricalLoss(CLASS_LOSSES[3][name], dtype="float64")
    np.testing.assert_allclose(host(loss.posterior(ROWS)), CLASS_LOSSES[3][name].posterior(ROWS), rtol=1e-11)


def test_probabilities_are_turned_back_into_logits():
    binary = {"gamma": 1.5, "class_weight": (0.5, 2.0)}
    p = 1.0 / (1.0 + np.exp(-ROWS))
    from_p = scarce.keras.BinaryFocalCrossentropy(from_logits=False, dtype="float64", **binary)
    from_z = scarce.keras.BinaryFocalCrossentropy(dtype="float64", **binary)
    np.testing.assert_allclose(host(from_p(ONE_HOT, p)), host(from_z(ONE_HOT, ROWS)), rtol=1e-9)
    np.testing.assert_allclose(host(from_p.posterior(p)), host(from_z.posterior(ROWS)), rtol=1e-9)
    certain = np.array([[0.0], [1.0]], np.float32)
    for target in (np.zeros((2, 1)), np.ones((2, 1))):
        whole = scarce.keras.BinaryFocalCrossentropy(from_logits=False)
        assert np.isfinite(host(whole(target, certain)))
        assert np.isfinite(derivative(lambda x, whole=whole, target=target: whole(target, x), certain)).all()
    share = np.exp(ROWS) / np.exp(ROWS).sum(axis=1, keepdims=True)
    classes = scarce.keras.SparseCategoricalFocalCrossentropy(from_logits=False, dtype="float64")
    true = scarce.keras.SparseCategoricalFocalCrossentropy(dtype="float64")
    np.testing.assert_allclose(host(classes(CLASSES, share)), host(true(CLASSES, ROWS)), rtol=1e-9)
    assert np.isfinite(host(classes(np.array([1]), np.array([[1.0, 0.0, 0.0]]))))


def test_ignored_labels_count_for_nothing_not_even_in_the_mean():
    target, valid = np.where(np.arange(40) < 10, -1, CLASSES), slice(10, None)
    poisoned = np.where(np.arange(40)[:, None] < 10, np.nan, ROWS)
    weight = RNG.random(40)
    each = get("focal", kind="softmax").value(ROWS[valid], CLASSES[valid])
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
        loss = scarce.keras.SparseCategoricalFocalCrossentropy(
            ignore_class=-1, reduction=reduction, dtype="float64"
        )
        for given in (np.ones(40), weight):
            total = {"sum": 1.0, "sum_over_batch_size": 30.0}.get(reduction, given[valid].sum())
            got, true = loss(target, poisoned, given), (each * given[valid]).sum() / total
            np.testing.assert_allclose(host(got), true, rtol=1e-6)
    np.testing.assert_allclose(host(loss(target, poisoned)), each.mean(), rtol=1e-6)
    gradient = derivative(lambda z: loss(target, z), poisoned)
    assert np.isfinite(gradient).all()
    assert (gradient[:10] == 0.0).all()
    assert host(loss(np.full(40, -1), poisoned)) == 0.0


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_a_mask_and_an_ignored_class_leave_the_mean_what_counts(reduction, weighted):
    words = np.array([[3, 1, 2, 0], [1, 2, 0, 0]])
    target = np.array([[-1, 1, 2, -1], [0, 1, 2, -1]])
    counts = (words != 0) & (target != -1)
    model = keras.Sequential([keras.layers.Embedding(4, 3, mask_zero=True), keras.layers.Dense(3)])
    outputs = model(words)  # with the mask that the embedding made
    weight = RNG.random((2, 4)) if weighted else np.ones((2, 4))
    loss = scarce.keras.SparseCategoricalFocalCrossentropy(ignore_class=-1, reduction=reduction)
    got = loss(target, outputs, weight if weighted else None)
    each = get("focal", kind="softmax").value(host(outputs), np.where(target < 0, 0, target))
    total = {"sum": 1.0, "sum_over_batch_size": counts.sum()}.get(reduction, weight[counts].sum())
    np.testing.assert_allclose(host(got), (each * weight)[counts].sum() / total, rtol=1e-5)


def test_fit_of_sequences_of_any_length(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(7, 8, mask_zero=True),
            keras.layers.Dense(3),
        ]
    )
    model.compile("adam", scarce.keras.SparseCategoricalFocalCrossentropy(ignore_class=-1))
    for length in (5, 9):
        words, target = RNG.integers(0, 7, (32, length)), RNG.integers(-1, 3, (32, length))
        history = model.fit(words, target, verbose=0)
        assert np.isfinite(history.history["loss"]).all()
    model.save(tmp_path / "sequences.keras")
    again = keras.saving.load_model(tmp_path / "sequences.keras")
    assert again.evaluate(words, target, verbose=0) == model.evaluate(words, target, verbose=0)


if BACKEND == "tensorflow":  # the one backend that traces sizes it does not know

    @pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
    def test_sizes_may_be_unknown_while_tracing(known):
        import tensorflow as tf

        for loss, target, given in (
            (scarce.keras.BinaryFocalCrossentropy(), ONE_HOT, ROWS),
            (scarce.keras.CategoricalFocalCrossentropy(), ONE_HOT, ROWS),
            (scarce.keras.SparseCategoricalFocalCrossentropy(), CLASSES[:, None], ROWS),
        ):
            binary = isinstance(loss, scarce.keras.BinaryLoss)
            sizes = target.shape[1:] if known else (None,)
            of_logits = (None,) if binary and not known else (3,)
            signature = [tf.TensorSpec((None, *sizes)), tf.TensorSpec((None, *of_logits))]

            @tf.function(input_signature=signature)
            def traced(y_true, y_pred, loss=loss):
                return loss(y_true, y_pred)

            got = traced(target.astype(np.float32), given.astype(np.float32))
            np.testing.assert_allclose(host(got), host(loss(target, given)), rtol=1e-6)


def test_a_label_that_is_no_class_gives_nan():
    assert np.isnan(host(scarce.keras.SparseCategoricalFocalCrossentropy()(np.array([3]), ROWS[:1])))
    assert np.isnan(host(scarce.keras.BinaryFocalCrossentropy()(np.array([[2.0]]), np.zeros((1, 1)))))


def test_shapes_of_one_label_may_differ_by_an_axis():
    loss = scarce.keras.BinaryFocalCrossentropy(reduction=None)
    flat = host(loss(LABELS, Z))
    np.testing.assert_allclose(host(loss(LABELS, Z[:, None])), flat)
    np.testing.assert_allclose(host(loss(LABELS[:, None], Z)), flat)
    images = RNG.normal(size=(2, 4, 5, 3))
    labels = RNG.integers(0, 3, (2, 4, 5))
    pixels = scarce.keras.SparseCategoricalFocalCrossentropy(reduction=None)
    np.testing.assert_allclose(
        host(pixels(labels, images)), get("focal", kind="softmax").value(images, labels), rtol=1e-5
    )
    np.testing.assert_allclose(host(pixels(labels[..., None], images)), host(pixels(labels, images)))
    assert pixels.posterior(images).shape == images.shape


def fails(call, *lines):
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.two_lines() == "\n".join(lines)


def test_refusals():
    categorical, sparse = (
        scarce.keras.CategoricalFocalCrossentropy(),
        scarce.keras.SparseCategoricalFocalCrossentropy(),
    )
    for labels, shape in ((CLASSES, "(40,)"), (CLASSES[:, None], "(40, 1)")):
        fails(
            lambda labels=labels: categorical(labels, ROWS),
            f"error[E573]: y_true has shape {shape} and y_pred (40, 3): "
            "class indices, where one entry a class is due",
            "hint: use SparseCategoricalFocalCrossentropy, or keras.ops.one_hot(y_true, n_classes)",
        )
    fails(
        lambda: sparse(ONE_HOT, ROWS),
        "error[E574]: y_true has shape (40, 3) and y_pred (40, 3): not one class index an example",
        "hint: for one-hot or soft targets use the loss of that name without 'Sparse'",
    )
    fails(
        lambda: scarce.keras.BinaryLoss(get("focal", reduction="sum")),
        "error[E575]: BinaryLoss cannot take the loss sigmoid focal(gamma=2), reduction=sum",
        "hint: give an unreduced sigmoid loss: reduction is the Keras loss's own",
    )
    fails(
        lambda: scarce.keras.BinaryFocalCrossentropy()(LABELS[:40, None], ROWS),
        "error[E505]: the logits have shape (40, 3) and the target (40, 1)",
        "hint: give y_true one entry a logit, in the shape of y_pred",
    )


def test_refusals_of_the_losses_come_through():
    for code, call in {
        "E507": lambda: scarce.keras.CategoricalCrossentropy(class_weight="balanced"),
        "E516": lambda: scarce.keras.SparseCategoricalFocalCrossentropy()(np.array([0]), np.ones((1, 1))),
        "E523": lambda: scarce.keras.CategoricalFocalCrossentropy(gama=1.0),
        "E575": lambda: scarce.keras.CategoricalLoss(get("focal")),
        "E527": lambda: scarce.keras.CategoricalCrossentropy(class_weight=[1.0, 2.0])(ONE_HOT, ROWS),
        "E514": lambda: scarce.keras.class_weight({"buy": 1.0}, ["buy", "sell"]),
    }.items():
        with pytest.raises(ScarceError) as caught:
            call()
        assert caught.value.code == code


COUNTS = (700.0, 200.0, 100.0)
SAVED = (
    scarce.keras.BinaryFocalCrossentropy(gamma=1.5, alpha=0.25, name="mine"),
    scarce.keras.BinaryFocalCrossentropy(
        class_weight={"b": 2.0, "a": 1.0}, classes=("a", "b"), from_logits=False
    ),
    scarce.keras.BinaryCrossentropy(class_weight="balanced", class_counts=(90.0, 10.0), reduction="sum"),
    scarce.keras.BinaryLogitAdjustedCrossentropy((90.0, 10.0), tau=1.5),
    scarce.keras.BinaryLoss("asymmetric", gamma_negative=2.0, clip=0.125),
    scarce.keras.CategoricalFocalCrossentropy(gamma=0.5, class_weight=[1.0, 2.0, 3.0], label_smoothing=0.1),
    scarce.keras.CategoricalCrossentropy(class_weight=EffectiveNumber(0.99), class_counts=COUNTS),
    scarce.keras.CategoricalLogitAdjustedCrossentropy(COUNTS),
    scarce.keras.CategoricalLoss("vs_loss", class_counts=COUNTS, gamma=0.25),
    scarce.keras.SparseCategoricalFocalCrossentropy(gamma=3.0, ignore_class=-1),
    scarce.keras.SparseCategoricalCrossentropy(class_weight="inverse_sqrt", class_counts=COUNTS),
    scarce.keras.SparseCategoricalLogitAdjustedCrossentropy(COUNTS, tau=0.5, dtype="float64"),
    scarce.keras.SparseCategoricalLoss("poly", epsilon=0.5),
)


@pytest.mark.parametrize("loss", SAVED, ids=lambda loss: f"{type(loss).__name__}-{loss.loss.modulation.name}")
def test_a_configuration_makes_the_same_loss(loss):
    stored = keras.saving.serialize_keras_object(loss)
    again = keras.saving.deserialize_keras_object(stored)
    assert type(again) is type(loss)
    assert again.loss == loss.loss
    assert again.get_config() == loss.get_config()
    assert type(loss)(**loss.get_config()).loss == loss.loss
    target = CLASSES if "Sparse" in type(loss).__name__ else ONE_HOT
    given = SHARES
    if "Binary" in type(loss).__name__:
        target, given = target[:, :2], given[:, :2]
    assert host(again(target, given)) == host(loss(target, given))


def test_every_loss_is_saved_by_some_case():
    elsewhere = {"AdaptiveFocal", "AdaptiveFocalLoss"}  # adaptive.py saves the loss; a callback is not saved
    names = {*scarce.keras.__all__} - {"KerasLoss", "class_weight"} - elsewhere
    assert names == {type(loss).__name__ for loss in SAVED}


def fitted(loss, target, units=1, policy=None, **settings):
    """Fit a linear model by the backend's own compiled loop; return it with the features it saw."""
    keras.utils.set_random_seed(1)
    features = np.stack([target == 1, target == 2], axis=-1) + RNG.normal(0.0, 0.5, (len(target), 2))
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, dtype=policy)])
    model.compile(keras.optimizers.Adam(0.1), loss)
    history = model.fit(features, settings.pop("y", target), epochs=4, batch_size=32, verbose=0, **settings)
    losses = history.history["loss"]
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.9 * losses[0]
    return model, features


def test_fit_save_load_and_posterior(tmp_path):
    target = RNG.choice(3, 256, p=[0.7, 0.2, 0.1])
    loss = scarce.keras.SparseCategoricalFocalCrossentropy(gamma=1.0, class_weight=[0.5, 1.0, 2.0])
    model, features = fitted(loss, target, units=3, sample_weight=RNG.random(256))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.loss.loss == loss.loss
    before, after = (m.evaluate(features, target, verbose=0) for m in (model, again))
    assert before == after
    posterior = host(again.loss.posterior(again.predict(features, verbose=0)))
    np.testing.assert_allclose(posterior.sum(axis=1), 1.0, rtol=1e-5)


def test_fit_of_a_binary_loss_in_half_precision():
    target = (RNG.random(256) < 0.2).astype(int)
    fitted(scarce.keras.BinaryFocalCrossentropy(gamma=2.0), target, policy="mixed_float16")


def test_fit_with_class_weights_by_label_and_one_hot_targets():
    target = RNG.choice(3, 256, p=[0.7, 0.2, 0.1])
    weights = scarce.keras.class_weight({"no": 0.5, "maybe": 1.0, "yes": 3.0}, ["no", "maybe", "yes"])
    loss = scarce.keras.CategoricalLogitAdjustedCrossentropy(np.bincount(target))
    fitted(loss, target, units=3, y=np.eye(3)[target], class_weight=weights)


def test_class_weights_for_fit():
    assert scarce.keras.class_weight({"buy": 0.75, "don't buy": 0.25}, ["don't buy", "buy"]) == {
        0: 0.25,
        1: 0.75,
    }
    balanced = scarce.keras.class_weight("balanced", ["no", "yes"], class_counts=[90, 10])
    assert balanced == pytest.approx({0: 100 / 180, 1: 5.0})
    with pytest.raises(ScarceError, match="class_counts"):
        scarce.keras.class_weight("balanced", ["no", "yes"])


def test_the_page_tells_the_truth(root):
    page = (root / "docs" / "keras.md").read_text(encoding="utf-8")
    scope = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)), scope)
    np.testing.assert_allclose(host(scope["probability"]).sum(axis=1), 1.0, rtol=1e-5)
    assert set(re.findall(r"`(\w*(?:Crossentropy|Loss))\b", page)) <= set(scarce.keras.__all__)


HOMES = sorted({getattr(scarce.keras, name).__module__ for name in scarce.keras.__all__})


@pytest.mark.parametrize("module", HOMES)
def test_examples_run(module):
    assert doctest.testmod(sys.modules[module]).failed == 0
