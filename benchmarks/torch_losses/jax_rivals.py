"""Ours and other people's losses in JAX and Keras, compiled as their users compile them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.torch_losses.inputs import ALPHA, GAMMA
from benchmarks.torch_losses.rivals import Rival

if TYPE_CHECKING:
    from collections.abc import Callable

Prepare = "Callable[[Any], Callable[[], Any]]"


def _jitted(loss: Callable[..., Any], *names: str) -> Prepare:
    """Return what runs a mean's value and gradient, compiled once, and waits for them."""
    import jax

    both = jax.jit(jax.value_and_grad(loss))

    def prepare(x: Any) -> Callable[[], Any]:
        arguments = [getattr(x, name) for name in names]
        return lambda: jax.block_until_ready(both(x.logits, *arguments))

    return prepare


def _sigmoid_scarce() -> Prepare:
    from scarce.jax import sigmoid_focal

    return _jitted(lambda z, t: sigmoid_focal(z, t, gamma=GAMMA, alpha=ALPHA).mean(), "target")


def _sigmoid_optax() -> Prepare:
    import optax

    return _jitted(lambda z, t: optax.sigmoid_focal_loss(z, t, alpha=ALPHA, gamma=GAMMA).mean(), "target")


def _binary_optax() -> Prepare:
    import optax

    return _jitted(lambda z, t: optax.sigmoid_binary_cross_entropy(z, t).mean(), "target")


def _softmax_scarce() -> Prepare:
    import numpy as np

    from scarce.jax import softmax_focal

    def prepare(x: Any) -> Callable[[], Any]:
        weight = tuple(np.asarray(x.weight).tolist())
        return _jitted(lambda z, t: softmax_focal(z, t, gamma=GAMMA, class_weight=weight).mean(), "labels")(x)

    return prepare


def _classes_optax() -> Prepare:
    import optax

    def loss(z: Any, t: Any, w: Any) -> Any:
        return (w[t] * optax.softmax_cross_entropy_with_integer_labels(z, t)).sum() / w[t].sum()

    return _jitted(loss, "labels", "weight")


def _copy() -> Prepare:
    def prepare(x: Any) -> Callable[[], Any]:
        import jax

        return lambda: jax.block_until_ready(x.logits.copy())

    return prepare


# --- Keras: y_true first; the backend is the process's own


def _keras(build: Callable[[Any], Callable[..., Any]], target: str) -> Prepare:
    """Return a Keras loss's value and gradient in the backend that this process has."""
    import keras

    return {"jax": _keras_jax, "torch": _keras_torch, "tensorflow": _keras_tensorflow}[
        keras.config.backend()
    ](build, target)


def _keras_jax(build: Callable[[Any], Callable[..., Any]], target: str) -> Prepare:
    def prepare(x: Any) -> Callable[[], Any]:
        loss = build(x)
        return _jitted(lambda z, t: loss(_columns(t, z), _columns(z, z)), target)(x)

    return prepare


def _keras_torch(build: Callable[[Any], Callable[..., Any]], target: str) -> Prepare:
    def prepare(x: Any) -> Callable[[], Any]:
        loss = build(x)
        t = getattr(x, target)
        return lambda: loss(_columns(t, x.logits), _columns(x.logits, x.logits))

    return prepare


def _keras_tensorflow(build: Callable[[Any], Callable[..., Any]], target: str) -> Prepare:
    import tensorflow as tf

    def prepare(x: Any) -> Callable[[], Any]:
        loss = build(x)

        @tf.function(reduce_retracing=True)
        def both(z: Any, t: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(z)
                value = loss(_columns(t, z), _columns(z, z))
            return value, tape.gradient(value, z)

        t = getattr(x, target)
        for few in (16, 32):  # traced on a few rows, for any number: the first whole step shows its memory
            both(x.logits[:few], t[:few])
        return partial(both, x.logits, t)

    return prepare


def _columns(array: Any, logits: Any) -> Any:
    """Return one logit an example as Keras wants it, (n, 1)."""
    return array[:, None] if len(logits.shape) == 1 else array


def _sigmoid_keras() -> Prepare:
    from keras.losses import BinaryFocalCrossentropy

    loss = BinaryFocalCrossentropy(apply_class_balancing=True, alpha=ALPHA, gamma=GAMMA, from_logits=True)
    return _keras(lambda _: loss, "target")


def _sigmoid_scarce_keras() -> Prepare:
    from scarce.keras import BinaryFocalCrossentropy

    loss = BinaryFocalCrossentropy(gamma=GAMMA, alpha=ALPHA)
    return _keras(lambda _: loss, "target")


def _softmax_keras() -> Prepare:
    import numpy as np
    from keras.losses import CategoricalFocalCrossentropy

    def build(x: Any) -> Any:
        weight = np.asarray(x.weight).tolist()
        return CategoricalFocalCrossentropy(alpha=weight, gamma=GAMMA, from_logits=True)

    return _keras(build, "one_hot")


def _softmax_scarce_keras() -> Prepare:
    import numpy as np

    from scarce.keras import SparseCategoricalFocalCrossentropy

    def build(x: Any) -> Any:
        return SparseCategoricalFocalCrossentropy(gamma=GAMMA, class_weight=np.asarray(x.weight).tolist())

    return _keras(build, "labels")


def _on_keras(ours: Rival, theirs: Rival) -> tuple[Rival, ...]:
    """Return both on each backend."""
    return tuple(
        replace(rival, name=f"{rival.name} on {backend}", framework=f"keras-{backend.lower()}")
        for backend in ("JAX", "torch", "TensorFlow")
        for rival in (ours, theirs)
    )


SIGMOID = (
    Rival("scarce.jax", _sigmoid_scarce, framework="jax"),
    Rival("optax", _sigmoid_optax, framework="jax"),
    *_on_keras(Rival("scarce.keras", _sigmoid_scarce_keras), Rival("Keras", _sigmoid_keras)),
    Rival("optax's binary cross-entropy", _binary_optax, another=True, framework="jax"),
    Rival("a copy", _copy, copy=True, framework="jax"),
)
SOFTMAX = (
    Rival("scarce.jax", _softmax_scarce, divisor="rows", framework="jax"),
    *_on_keras(
        Rival("scarce.keras", _softmax_scarce_keras, divisor="rows"),
        Rival("Keras", _softmax_keras, divisor="rows", one_hot=True),
    ),
    Rival("optax's cross-entropy, weighted", _classes_optax, another=True, framework="jax"),
    Rival("a copy", _copy, copy=True, framework="jax"),
)
