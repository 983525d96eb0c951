"""`AdaptiveFocal` on the one backend that this process has; `test_backends.py` runs it on each."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops
from tests.faces.keras.face import BACKEND, derivative

import scarce.keras
from scarce.calibration.validated_schedule import ValidatedSchedule
from scarce.errors import ScarceError
from scarce.losses import SigmoidLoss, SoftmaxLoss
from scarce.losses.adaptive_gamma import adafocal
from scarce.losses.formulas import point
from scarce.losses.modulation import Focal
from scarce.losses.namespace import NUMPY
from scarce.losses.signed_focal import SIGNED

RNG = np.random.default_rng(12)
N = 60
LABELS = RNG.choice(3, N, p=[0.6, 0.3, 0.1])
X = (np.eye(3)[LABELS] + RNG.normal(0.0, 0.7, (N, 3))).astype(np.float32)
ROWS, WEIGHT = RNG.normal(0.0, 2.0, (N, 3)), RNG.random(N)
IS_POSITIVE = (LABELS == 2).astype(np.float64)
TARGETS = {"sparse": LABELS, "categorical": np.eye(3)[LABELS], "binary": IS_POSITIVE[:, None]}
KINDS = ["sparse", "binary"] if BACKEND == "jax" else [*TARGETS]  # which compiles every operation for each


def host(tensor):
    return ops.convert_to_numpy(tensor)


def logits_of(kind):
    return ROWS[:, :1] if kind == "binary" else ROWS


def adaptive_loss(kind, **settings):
    return scarce.keras.AdaptiveFocalLoss(kind, **({"dtype": "float64"} | settings))


def trained(rule, *, kind="sparse", jit="auto", epochs=3, rate=0.0, batch=N, sample_weight=None, **settings):
    """Return the callback, the model and Keras's history; by default the model stays as it starts."""
    keras.utils.set_random_seed(0)
    target = TARGETS[kind]
    adaptive = scarce.keras.AdaptiveFocal(rule, (X, target), kind=kind, **settings)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1 if kind == "binary" else 3)])
    model.compile(keras.optimizers.SGD(rate), adaptive.loss, jit_compile=jit)
    fit = {"batch_size": batch, "shuffle": False, "sample_weight": sample_weight, "verbose": 0}
    seen = model.fit(
        X, target, epochs=epochs, callbacks=[adaptive], validation_data=(X[::-1], target[::-1]), **fit
    )
    return adaptive, model, seen.history


def softmax(z):
    odds = np.exp(z - z.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


# the loss


@pytest.mark.parametrize("kind", KINDS)
def test_each_bin_has_its_gamma_in_value_gradient_and_posterior(kind):
    z, loss = (
        logits_of(kind),
        adaptive_loss(kind, gammas=[-1.5, 0.5, 3.0], edges=[0.25, 0.75], reduction="sum"),
    )
    if kind == "binary":
        margins = z[:, 0] * np.where(IS_POSITIVE == 1.0, 1.0, -1.0)
        both = np.stack([-z[:, 0], z[:, 0]], axis=1)
    else:
        others = [np.log(np.exp(np.delete(ROWS, k, axis=1)).sum(axis=1)) for k in range(3)]
        both = ROWS - np.stack(others, axis=1)
        margins = both[np.arange(N), LABELS]
    formulas = SIGNED.over(NUMPY)

    def gamma_at(margin):
        return np.array([-1.5, 0.5, 3.0])[
            np.searchsorted([0.25, 0.75], 1 / (1 + np.exp(-margin)), side="right")
        ]

    at = *point(NUMPY, margins), gamma_at(margins)
    assert len(set(gamma_at(margins))) == 3
    np.testing.assert_allclose(host(loss(TARGETS[kind], z)), formulas.phi(*at).sum(), rtol=1e-10)
    gradient = derivative(lambda u: loss(TARGETS[kind], u), z)
    if kind == "binary":
        expected = (-formulas.slope(*at) * np.where(IS_POSITIVE == 1.0, 1.0, -1.0))[:, None]
    else:
        p = softmax(ROWS)
        rest = p / (1.0 - p[np.arange(N), LABELS])[:, None]
        expected = np.where(np.eye(3)[LABELS] == 1.0, -1.0, rest) * formulas.slope(*at)[:, None]
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-12)
    evidence = point(NUMPY, both)[0] - formulas.log_a(*point(NUMPY, both), gamma_at(both))
    share = softmax(evidence)
    np.testing.assert_allclose(
        host(loss.posterior(z)), share[:, 1:] if kind == "binary" else share, rtol=1e-9
    )


def test_a_probability_at_an_edge_is_in_the_bin_above():
    loss = adaptive_loss("binary", gammas=[1.0, 5.0], edges=[0.5])
    assert float(loss(np.ones((1, 1)), np.zeros((1, 1)))) == pytest.approx(0.5**5 * np.log(2.0))


@pytest.mark.parametrize("kind", KINDS)
def test_class_weights_weigh_the_loss_and_are_undone_by_the_posterior(kind):
    weight = (0.5, 4.0) if kind == "binary" else (0.5, 1.0, 4.0)
    loss = adaptive_loss(kind, gammas=[2.0], class_weight=weight, reduction=None)
    true = (SigmoidLoss if kind == "binary" else SoftmaxLoss)(Focal(2.0), class_weight=weight)
    z = logits_of(kind)
    np.testing.assert_allclose(host(loss(TARGETS[kind], z)), true.value(z, TARGETS[kind]).ravel(), rtol=1e-6)
    np.testing.assert_allclose(host(loss.posterior(z)), true.posterior(z), rtol=1e-6)


def test_weights_masks_and_ignored_classes_count_as_in_the_plain_loss():
    words = np.array([[3, 1, 2, 0], [1, 2, 0, 0]])
    target, weight = np.array([[-1, 1, 2, -1], [0, 1, 2, -1]]), RNG.random((2, 4))
    model = keras.Sequential([keras.layers.Embedding(4, 3, mask_zero=True), keras.layers.Dense(3)])
    outputs = model(words)
    for reduction in ("sum_over_batch_size", "mean_with_sample_weight"):
        settings = {"ignore_class": -1, "reduction": reduction}
        ours = scarce.keras.AdaptiveFocalLoss(gammas=[1.5], **settings)
        plain = scarce.keras.SparseCategoricalFocalCrossentropy(gamma=1.5, **settings)
        for given in (None, weight):
            np.testing.assert_allclose(
                host(ours(target, outputs, given)), host(plain(target, outputs, given)), rtol=1e-6
            )


def test_the_running_mean_counts_what_the_loss_counts():
    loss = scarce.keras.AdaptiveFocalLoss(gammas=[0.0], momentum=0.9, ignore_class=-1)
    loss.state.is_learning.assign(1.0)
    p = softmax(ROWS)[np.arange(N), LABELS]
    kept = np.arange(N) >= 10
    target = np.where(kept, LABELS, -1)
    loss(target, ROWS, WEIGHT)
    mean = (p * WEIGHT)[kept].sum() / WEIGHT[kept].sum()
    np.testing.assert_allclose(loss.gammas, -np.log(mean), rtol=1e-5)
    loss(target, ROWS)
    mean = 0.9 * mean + 0.1 * p[kept].mean()
    np.testing.assert_allclose(loss.gammas, -np.log(mean), rtol=1e-5)
    for nothing in (np.full(N, -1), LABELS):  # no row counts, or the step overflowed
        loss(nothing, ROWS if nothing[0] == -1 else np.full_like(ROWS, np.nan))
        np.testing.assert_allclose(loss.gammas, -np.log(mean), rtol=1e-5)


# the rules


def test_adafocal_moves_gamma_after_each_epoch_by_the_validation_rows():
    adaptive, model, _ = trained("adafocal", bins=4, rate=0.0, epochs=4)
    share = softmax(host(model.predict(X, verbose=0)).astype(np.float64))
    gammas, settings = np.ones(4), {"rate": 1.0, "switch": 0.2, "lowest": -2.0, "highest": 20.0}
    for row in adaptive.history:
        np.testing.assert_allclose(row["gamma"], gammas, rtol=1e-5)
        is_right = (share.argmax(axis=1) == LABELS).astype(np.float64)
        gammas, edges = adafocal(gammas, share.max(axis=1), is_right, **settings)
    assert len(adaptive.history) == 4
    assert repr(scarce.gamma_plot(adaptive)).startswith("4 epochs.")
    assert not np.allclose(adaptive.history[-1]["gamma"], 1.0)
    np.testing.assert_allclose(host(adaptive.loss.state.edges), edges, rtol=1e-5)
    np.testing.assert_allclose(
        adaptive.loss.gammas, adaptive.history[-1]["gamma"]
    )  # what it was trained with


@pytest.mark.parametrize("kind", ["categorical", "binary"])
def test_automated_gamma_moves_in_batches_of_training_only(kind):
    adaptive, model, _ = trained("automated", kind=kind, momentum=0.5, batch=N // 2, sample_weight=WEIGHT)
    z = host(model.predict(X, verbose=0)).astype(np.float64)
    p = softmax(np.concatenate([0.0 * z, z], axis=1) if kind == "binary" else z)
    p = p[np.arange(N), IS_POSITIVE.astype(int) if kind == "binary" else LABELS]
    halves = [np.average(p[half], weights=WEIGHT[half]) for half in (slice(N // 2), slice(N // 2, None))]
    mean, expected = halves[0], []
    for batch in range(1, 6):
        mean = 0.5 * mean + 0.5 * halves[batch % 2]
        expected += [-np.log(mean)] if batch % 2 else []
    np.testing.assert_allclose([row["gamma"] for row in adaptive.history], expected, rtol=1e-4)
    before = adaptive.loss.gammas
    model.evaluate(X, TARGETS[kind], verbose=0)
    model.evaluate(X, TARGETS[kind], verbose=0, callbacks=[adaptive])
    model.evaluate(X, TARGETS[kind], verbose=0)
    np.testing.assert_array_equal(adaptive.loss.gammas, before)


@pytest.mark.parametrize("kind", ["sparse", "binary"])
def test_validated_gamma_and_weights_are_those_of_the_schedule(kind):
    counts = np.bincount(TARGETS[kind].ravel().astype(int))
    adaptive, model, _ = trained("validated", kind=kind, class_counts=counts, epochs=11, start=1.0)
    z = host(model.predict(X, verbose=0)).astype(np.float64)
    z = np.concatenate([0.0 * z, z], axis=1) if kind == "binary" else z
    schedule = ValidatedSchedule(class_counts=counts, gamma=1.0)
    for _ in range(11):
        weight = schedule.class_weight
        schedule.observe(z, TARGETS[kind].ravel())
    assert len({row["gamma"] for row in schedule.history}) > 1
    assert len({row["power"] for row in schedule.history}) > 1
    for name in ("epoch", "gamma", "power", "validation_loss"):
        got, true = ([row[name] for row in one.history] for one in (adaptive, schedule))
        np.testing.assert_allclose(got, true, rtol=1e-4)
    np.testing.assert_allclose(host(adaptive.loss.state.class_weight), weight, rtol=1e-6)


def test_flsd_stays_and_what_the_posterior_costs_is_written_down():
    adaptive, model, seen = trained("flsd53")
    own = host(adaptive.loss.posterior(model.predict(X, verbose=0)))[np.arange(N), LABELS]
    for epoch, row in enumerate(adaptive.history):
        loss = row.pop("validation_loss")
        assert row == {"epoch": epoch, "gamma": [5.0, 3.0], "power": None}
        np.testing.assert_allclose(loss, -np.log(own).mean(), rtol=1e-5)
    assert seen.keys() == {"loss", "val_loss", "gamma"}
    assert seen["gamma"] == [4.0, 4.0, 4.0]


class Given(keras.callbacks.Callback):
    """Sets gamma before each epoch."""

    def __init__(self, state, gammas):
        super().__init__()
        self.state, self.gammas = state, gammas

    def on_epoch_begin(self, epoch, logs=None):
        self.state.assign(gammas=[self.gammas[epoch]])


@pytest.mark.parametrize("jit", [False, "auto"] if BACKEND == "torch" else [False, True])
def test_compiled_steps_train_with_the_gamma_of_the_epoch(jit):
    adaptive = scarce.keras.AdaptiveFocal("automated", momentum=0.5)
    layer = keras.layers.Dense(3, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile(keras.optimizers.SGD(1.0), adaptive.loss, jit_compile=jit)
    adaptive.on_train_begin = lambda logs=None: None  # its own rule stands still
    gammas, kernel, losses = [0.0, 3.0, -1.0, 1.0], np.zeros((3, 3)), []
    given = Given(adaptive.loss.state, gammas)
    seen = model.fit(X, LABELS, batch_size=N, epochs=4, callbacks=[adaptive, given], verbose=0, shuffle=False)
    for gamma in gammas:
        p = softmax(X @ kernel)
        own = p[np.arange(N), LABELS]
        at = np.log(own), np.log(1 - own), own, 1 - own, gamma
        losses.append(SIGNED.over(NUMPY).phi(*at).mean())
        turn = np.where(np.eye(3)[LABELS] == 1.0, -1.0, p / (1 - own)[:, None])
        kernel = kernel - X.T @ (turn * SIGNED.over(NUMPY).slope(*at)[:, None]) / N
    np.testing.assert_allclose(seen.history["loss"], losses, rtol=1e-4)
    np.testing.assert_allclose(host(layer.kernel), kernel, rtol=1e-3, atol=1e-5)


def test_a_saved_model_has_the_loss_and_goes_on(tmp_path):
    adaptive, model, _ = trained("validated", class_counts=np.bincount(LABELS), start=2.0, ignore_class=7)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.loss.get_config() == adaptive.loss.get_config()
    z = model.predict(X, verbose=0)
    np.testing.assert_array_equal(host(again.loss.posterior(z)), host(adaptive.loss.posterior(z)))
    assert again.evaluate(X, LABELS, verbose=0) == pytest.approx(model.evaluate(X, LABELS, verbose=0))
    more = scarce.keras.AdaptiveFocal("automated")
    again.compile("sgd", more.loss)
    again.fit(X, LABELS, epochs=1, callbacks=[more], verbose=0)
    assert more.history[0]["gamma"] > 0.0


def fails(call, *lines):
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.two_lines() == "\n".join(lines)


def test_refusals():
    make = scarce.keras.AdaptiveFocal
    for rule in ("adafocal", "validated"):
        fails(
            lambda rule=rule: make(rule),
            f"error[E916]: the rule '{rule}' learns from validation rows, and there are none",
            "hint: give validation_data=(x_val, y_val)",
        )
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile("sgd", scarce.keras.SparseCategoricalFocalCrossentropy())
    fails(
        lambda: model.fit(X, LABELS, callbacks=[make("flsd53")], verbose=0),
        "error[E916]: the model was compiled with a loss that this callback does not move",
        "hint: model.compile(optimizer, adaptive.loss)",
    )
    fails(
        lambda: make("flsd53", gama=1.0),
        "error[E523]: the rule 'flsd53' has no parameter 'gama'",
        "hint: it has low_gamma, high_gamma, threshold",
    )
    for call in (
        lambda: make("ada"),
        lambda: make("flsd53", kind="one-hot"),
        lambda: make("automated", momentum=1.0),
        lambda: make("adafocal", (X, LABELS), lowest=-4.0),
    ):
        with pytest.raises(ScarceError, match="is outside its domain"):
            call()


def test_ignored_validation_rows_and_a_network_that_diverged_move_nothing():
    adaptive, model, _ = trained("adafocal", bins=2, ignore_class=2, epochs=2)
    share, counts = softmax(host(model.predict(X, verbose=0)).astype(np.float64)), LABELS != 2
    seen = share.max(axis=1)[counts], (share.argmax(axis=1) == LABELS)[counts].astype(np.float64)
    gammas, _ = adafocal(np.ones(2), *seen, rate=1.0, switch=0.2, lowest=-2.0, highest=20.0)
    np.testing.assert_allclose(adaptive.history[1]["gamma"], gammas, rtol=1e-5)
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    adaptive.on_epoch_end(2)
    adaptive.on_epoch_begin(3)
    np.testing.assert_allclose(adaptive.loss.gammas, gammas, rtol=1e-5)
    adaptive.loss.ignore_class = 1
    fails(
        lambda: adaptive._looked_at(X, np.ones(N)),
        "error[E916]: no row of validation_data counts",
        "hint: give rows whose label is not ignore_class",
    )


@pytest.mark.parametrize("label", [-1, 3])
def test_a_validation_label_that_is_no_class_is_refused(label):
    labels = np.where(np.arange(N) == 1, label, LABELS)
    adaptive = scarce.keras.AdaptiveFocal("adafocal", (X, labels))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile("sgd", adaptive.loss)
    fails(
        lambda: model.fit(X, LABELS, callbacks=[adaptive], verbose=0),
        f"error[E916]: the label {label} of validation_data is none of 3 classes",
        "hint: count the classes from 0, or give ignore_class",
    )


def test_soft_validation_targets_are_refused():
    adaptive = scarce.keras.AdaptiveFocal("adafocal", (X, np.full((N, 3), 1 / 3)), kind="categorical")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile("sgd", adaptive.loss)
    with pytest.raises(ScarceError, match="is soft"):
        model.fit(X, TARGETS["categorical"], callbacks=[adaptive], verbose=0)


if BACKEND == "torch":

    @pytest.mark.parametrize("rule", ["adafocal", "flsd53", "automated"])
    def test_rules_are_those_of_the_modules_for_pytorch(rule):
        import torch

        from scarce.torch import adaptive as modules

        module = {
            "adafocal": modules.AdaFocalLoss(bins=7),
            "flsd53": modules.FLSD53Loss(),
            "automated": modules.AutomatedFocalLoss(),
        }[rule]
        adaptive, model, seen = trained(rule, **({"bins": 7} if rule == "adafocal" else {}), epochs=4)
        z = torch.tensor(model.predict(X, verbose=0), requires_grad=True)
        target = torch.tensor(LABELS)
        for epoch in range(4):
            value = module(z, target)
            assert seen["loss"][epoch] == pytest.approx(value.item(), rel=1e-5)
            if epoch < 3 and rule == "adafocal":
                module.update(z.detach(), target)
        module.eval()
        (gradient,) = torch.autograd.grad(module(z, target), z)
        ours = derivative(lambda u: adaptive.loss(target, u), z.detach().numpy())
        np.testing.assert_allclose(ours, gradient.numpy(), rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(
            host(adaptive.loss.posterior(z)), module.posterior(z).detach().numpy(), rtol=1e-4
        )
