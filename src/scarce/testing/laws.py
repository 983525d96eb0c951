"""The laws as functions: each raises AssertionError if a face breaks it.

A *face* computes losses somewhere: in NumPy, in a kernel, in a framework. The laws never ask which, so that
one text judges all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scarce.losses import Loss

FIXED = (0.0, 1e-6, 1e-3, 0.1, 0.5, 1.0, 2.0, 3.3, 5.0, 8.0, 12.0, 17.0, 25.0, 40.0, 60.0, 80.0)
FAR = (87.0, 90.0, 95.0, 99.0, 103.0, 120.0, 300.0, 700.0, 745.0, 800.0, 1e3, 5e3, 1e4)


class Face(Protocol):
    """What a law needs of an implementation; a row of logits has the classes on its last axis."""

    def value(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        """Return the losses."""

    def gradient(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        """Return the gradient of their sum."""

    def hessian(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        """Return the diagonal of the Hessian of their sum."""


class NumPyFace:
    """The losses themselves."""

    def value(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        """Return the losses."""
        return loss.value(logits, target)

    def gradient(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        """Return the gradient of their sum."""
        return loss.gradient(logits, target)

    def hessian(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        """Return the diagonal of the Hessian of their sum."""
        return loss.hessian(logits, target, kind="exact")


def margins(dtype: Any, seed: int = 0, random: int = 24) -> NDArray[Any]:
    """Return logits from 0 to 1e4 of both signs: chosen ones, and random ones of every size."""
    sizes = 10.0 ** np.random.default_rng(seed).uniform(-3.0, 4.0, random)
    both = np.concatenate([FIXED, FAR, sizes])
    return np.concatenate([both, -both]).astype(dtype)


def check_same(one: NDArray[Any], other: NDArray[Any], relative: float = 0.0) -> None:
    """Two results agree, to the last bit unless a relative tolerance is given."""
    if relative == 0.0:
        if not np.array_equal(one, other):
            raise AssertionError(f"{one} is not {other}")
        return
    off = np.abs(np.asarray(one) - other)
    allowed = relative * np.maximum(np.abs(one), np.abs(other)) + 1e-300
    if not (off <= allowed).all():
        raise AssertionError(f"{one} is not {other}")


def check_finite_everywhere(loss: Loss, dtype: Any, face: Face) -> None:
    """Neither NaN nor infinity up to |logit| 1e4, for any label."""
    z = margins(np.float64).astype(dtype)
    for y in (0, 1):
        target = np.full(z.shape, y)
        for what in ("value", "gradient", "hessian"):
            result = getattr(face, what)(loss, z, target)
            if not np.isfinite(result).all():
                raise AssertionError(f"{what} of label {y} at logit {z[~np.isfinite(result)][0]:g}")


def expected_loss(loss: Loss, z: NDArray[Any], truth: Sequence[float]) -> tuple[float, NDArray[Any]]:
    """Return the mean loss over labels drawn with the true probabilities, and its gradient."""
    eta = np.asarray(truth)
    if loss.kind == "sigmoid":
        logits, target = np.array([z[0], z[0]]), np.array([0, 1])
        return float(eta @ loss.value(logits, target)), np.array([eta @ loss.gradient(logits, target)])
    logits, target = np.tile(z, (len(eta), 1)), np.arange(len(eta))
    return float(eta @ loss.value(logits, target)), eta @ loss.gradient(logits, target)


def check_posterior_of_minimiser(loss: Loss, truth: Sequence[float]) -> None:
    """Minimise the expected loss by its values; the posterior there is the truth, to 1e-6."""
    from scipy.optimize import minimize

    start = np.zeros(1 if loss.kind == "sigmoid" else len(truth))
    options = {"gtol": 1e-13, "maxiter": 2000}
    found = minimize(lambda z: expected_loss(loss, z, truth), start, jac=True, method="BFGS", options=options)
    z = _polished(loss, found.x, truth)
    lowest = expected_loss(loss, z, truth)[0]
    nudges = np.random.default_rng(0).normal(0.0, 0.3, (20, len(z)))
    least = min(expected_loss(loss, z + nudge, truth)[0] for nudge in nudges)
    if least < lowest - 1e-15:
        raise AssertionError("not a minimum")
    posterior = np.atleast_1d(loss.posterior(z))
    got = np.array([1.0 - posterior[0], posterior[0]]) if loss.kind == "sigmoid" else posterior
    if np.abs(got - np.asarray(truth)).max() > 1e-6:
        raise AssertionError(f"{got} is not {truth} at logit {z}")


def _polished(loss: Loss, z: NDArray[Any], truth: Sequence[float]) -> NDArray[Any]:
    """Go on by Newton's method on the gradient: BFGS stops where values no longer tell."""
    for _ in range(20):
        gradient = expected_loss(loss, z, truth)[1]
        step = 1e-6
        columns = [
            (expected_loss(loss, z + step * e, truth)[1] - expected_loss(loss, z - step * e, truth)[1])
            for e in np.eye(len(z))
        ]
        jacobian = np.array(columns).T / (2.0 * step)
        move = np.linalg.lstsq(jacobian, gradient, rcond=1e-7)[0]
        if np.abs(move).max() > 1.0:
            break
        z = z - move
    return z
