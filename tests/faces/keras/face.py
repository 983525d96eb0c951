"""The losses of Keras, as the laws see them, and how each backend differentiates."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

import scarce.keras as face

BACKEND = keras.backend.backend()


def derivative(function, z):
    """Return the gradient of a scalar function of a tensor."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        x = tf.constant(z)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = function(x)
        return ops.convert_to_numpy(tape.gradient(value, x))
    if BACKEND == "jax":
        import jax

        return np.asarray(jax.grad(function)(ops.convert_to_tensor(z, dtype=str(z.dtype))))
    import torch

    x = torch.tensor(z, requires_grad=True)
    return torch.autograd.grad(function(x), x)[0].numpy()


def second_derivative(function, z, vector):
    """Return the Hessian of a scalar function times a vector."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        x = tf.constant(z)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                value = function(x)
            product = tf.reduce_sum(inner.gradient(value, x) * vector)
        return ops.convert_to_numpy(outer.gradient(product, x))
    if BACKEND == "jax":
        import jax

        gradient = jax.grad(function)
        return np.asarray(
            jax.grad(lambda x: (gradient(x) * vector).sum())(ops.convert_to_tensor(z, dtype=str(z.dtype)))
        )
    import torch

    x = torch.tensor(z, requires_grad=True)
    (gradient,) = torch.autograd.grad(function(x), x, create_graph=True)
    return torch.autograd.grad((gradient * torch.tensor(vector)).sum(), x)[0].numpy()


class KerasFace:
    """What Keras computes, in the type of the logits."""

    def value(self, loss, logits, target):
        return ops.convert_to_numpy(
            self._losses(loss, logits, target)(ops.convert_to_tensor(logits, dtype=str(logits.dtype)))
        )

    def gradient(self, loss, logits, target):
        losses = self._losses(loss, logits, target)
        return derivative(lambda z: ops.sum(losses(z)), logits)

    def hessian(self, loss, logits, target):
        """Return the diagonal of a binary loss."""
        return self.product(loss, logits, target, np.ones_like(logits))

    def product(self, loss, logits, target, vector):
        losses = self._losses(loss, logits, target)
        return second_derivative(lambda z: ops.sum(losses(z)), logits, vector)

    def _losses(self, loss, logits, target):
        settings = {"reduction": None, "dtype": "float64" if logits.dtype == np.float64 else "float32"}
        if loss.kind == "sigmoid":
            binary = face.BinaryLoss(loss, **settings)
            return lambda z: binary(ops.expand_dims(target, -1), ops.expand_dims(z, -1))
        if np.ndim(target) < np.ndim(logits):
            return lambda z: face.SparseCategoricalLoss(loss, **settings)(target, z)
        return lambda z: face.CategoricalLoss(loss, **settings)(target, z)
