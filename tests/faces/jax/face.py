"""The losses on JAX arrays, as the laws see them: a NumPy loss in, NumPy arrays in and out."""

from __future__ import annotations

from contextlib import contextmanager

import jax
import jax.numpy as jnp
import numpy as np

import scarce.jax


@contextmanager
def doubles():
    """Let JAX compute in double precision, which it does not by itself."""
    with jax.enable_x64(True):
        yield


class JaxFace:
    """What JAX computes, compiled or not; in another type than the arrays' own where one is given."""

    def __init__(self, dtype=None, wrap=lambda function: function):
        self.dtype, self.wrap = dtype, wrap

    def value(self, loss, logits, target):
        with doubles():
            return array(self.wrap(self._losses(loss, target))(self._logits(logits)))

    def gradient(self, loss, logits, target):
        with doubles():
            z = self._logits(logits)
            gradient = self.wrap(jax.grad(self._total(loss, target)))(z)
            assert gradient.dtype == z.dtype
            return array(gradient)

    def hessian(self, loss, logits, target):
        """Return the diagonal: forward over backward, along ones where elements are separate."""
        with doubles():
            z = self._logits(logits)
            gradient = jax.grad(self._total(loss, target))
            if loss.kind == "sigmoid":
                along = self.wrap(lambda x: jax.jvp(gradient, (x,), (jnp.ones_like(x),))[1])
                return array(along(z))
            columns = [
                self.wrap(lambda x, e=e: jax.jvp(gradient, (x,), (jnp.broadcast_to(e, x.shape),))[1])(z)[:, k]
                for k, e in enumerate(jnp.eye(z.shape[-1], dtype=z.dtype))
            ]
            return array(jnp.stack(columns, axis=-1))

    def _logits(self, logits):
        return jnp.asarray(logits, dtype=self.dtype)

    def _losses(self, loss, target):
        labels = jnp.asarray(target)
        return lambda z: scarce.jax.value(loss, z, labels)

    def _total(self, loss, target):
        losses = self._losses(loss, target)
        return lambda z: losses(z).sum()


def array(values):
    return np.asarray(values.astype(jnp.float32) if values.dtype == jnp.bfloat16 else values)
