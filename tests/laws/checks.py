"""The laws as functions: each raises AssertionError if a face breaks it.

A *face* computes losses somewhere: in NumPy, in a kernel, in a framework. The laws never ask which, so that
one text judges all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import mpmath as mp
import numpy as np
from tests.laws import reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from tests.laws.cases import Case
    from tests.laws.reference import Definition

    from scarce.losses import Loss


class Face(Protocol):
    """What a law needs of an implementation; a row of logits has the classes on its last axis."""

    def value(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]: ...

    def gradient(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]: ...

    def hessian(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]: ...


class NumPyFace:
    """The losses themselves."""

    def value(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        return loss.value(logits, target)

    def gradient(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        return loss.gradient(logits, target)

    def hessian(self, loss: Loss, logits: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
        return loss.hessian(logits, target, kind="exact")


FIXED = (0.0, 1e-6, 1e-3, 0.1, 0.5, 1.0, 2.0, 3.3, 5.0, 8.0, 12.0, 17.0, 25.0, 40.0, 60.0, 80.0)
FAR = (87.0, 90.0, 95.0, 99.0, 103.0, 120.0, 300.0, 700.0, 745.0, 800.0, 1e3, 5e3, 1e4)


def margins(dtype: type[np.floating[Any]], seed: int = 0, random: int = 24) -> NDArray[Any]:
    """Return logits from 0 to 1e4 of both signs: chosen ones, and random ones of every size."""
    sizes = 10.0 ** np.random.default_rng(seed).uniform(-3.0, 4.0, random)
    both = np.concatenate([FIXED, FAR, sizes])
    return np.concatenate([both, -both]).astype(dtype)


def error(got: float, true: Any, scale: Any, dtype: type[np.floating[Any]]) -> float:
    """Return how far a result is off, as a share of what its type is allowed.

    float64: 1e-12 relative where the scale is above 1e-300. float32: 3e-6 where it is above 1e-8, 1e-5 for
    smaller normal numbers. Below those, anything up to the bound itself: 0 or subnormal.
    """
    if not np.isfinite(got):
        return float("inf")
    off = abs(mp.mpf(float(got)) - true)
    if dtype is np.float64:
        allowed = mp.mpf("1e-12") * scale if scale > mp.mpf("1e-300") else mp.mpf("1e-300")
    elif scale > mp.mpf("1e-8"):
        allowed = mp.mpf("3e-6") * scale
    else:
        allowed = max(mp.mpf("1e-5") * scale, mp.mpf("1.1754944e-38") * (scale < mp.mpf("1.1754944e-38")))
    return float(off / allowed)


def kink_slack(case: Case, margin: float, y: int) -> float:
    """Return how much worse the clip of an asymmetric loss conditions a negative near its kink.

    ``r = q - clip`` turns a rounding of q into one that is ``q / r`` times larger; powers of r then multiply
    it by the exponent.
    """
    if y == 1 or case.clip == 0.0:
        return 1.0
    q = float(np.exp(-np.logaddexp(0.0, margin)))
    return 1.0 + (2.0 + case.focusing) * case.clip / max(abs(q - case.clip), 1e-9)


def check_against_truth(case: Case, face: Face, dtype: type[np.floating[Any]]) -> dict[str, float]:
    """Value, gradient and Hessian are those of 50 digits; return the worst share of the allowance of each."""
    worst = dict.fromkeys(("value", "gradient", "hessian"), 0.0)
    for y in (0, 1):
        z = margins(dtype)
        target = np.full(z.shape, y)
        sign = 1.0 if y == 1 else -1.0
        faces = (
            face.value(case.loss, z, target),
            face.gradient(case.loss, z, target),
            face.hessian(case.loss, z, target),
        )
        for i, logit in enumerate(z.astype(np.float64)):
            true = reference.truth(case.definition, sign * float(logit), y)
            expected = (
                (true.value, abs(true.value)),
                (sign * true.first, abs(true.first)),
                (true.second, true.scale),
            )
            slack = kink_slack(case, sign * float(logit), y)
            for name, got, (exact, scale) in zip(worst, faces, expected, strict=True):
                share = error(got[i], exact, scale, dtype) / slack
                assert share <= 1.0, f"{case.id} {name} at logit {logit!r}, y={y}: {got[i]!r}, not {exact}"
                worst[name] = max(worst[name], share)
    return worst


def rows(n_classes: int, dtype: type[np.floating[Any]], largest: float, seed: int = 1) -> NDArray[Any]:
    """Return rows of logits of every size up to the largest, ties and near ties among them."""
    rng = np.random.default_rng(seed)
    sizes = 10.0 ** rng.uniform(-1.0, np.log10(largest), (14, 1))
    z = rng.uniform(-1.0, 1.0, (14, n_classes)) * sizes
    z[0] = 0.0
    z[1] = largest
    z[2] = largest - np.arange(n_classes) * 0.5
    z[3] = largest * np.linspace(-1.0, 1.0, n_classes)
    return z.astype(dtype)


def check_rows_against_truth(
    id_: str,
    loss: Loss,
    definition: Definition | None,
    n_classes: int,
    face: Face,
    dtype: type[np.floating[Any]],
) -> dict[str, float]:
    """Softmax rows are those of 50 digits; without a definition, those of the full Brier score."""
    worst = dict.fromkeys(("value", "gradient", "hessian"), 0.0)
    z = rows(n_classes, dtype, 1e4 if definition is not None else 250.0)
    for y in range(n_classes):
        target = np.full(len(z), y)
        value, gradient, hessian = (
            face.value(loss, z, target),
            face.gradient(loss, z, target),
            face.hessian(loss, z, target),
        )
        for i, row in enumerate(z.astype(np.float64)):
            key = tuple(float(x) for x in row)
            true = (
                reference.brier_row_truth(key, y)
                if definition is None
                else reference.row_truth(definition, key, y)
            )
            entries = [
                ("value", value[i], true.value, abs(true.value)),
                *(
                    ("gradient", *e)
                    for e in zip(gradient[i], true.gradient, true.gradient_scale, strict=True)
                ),
                *(("hessian", *e) for e in zip(hessian[i], true.diagonal, true.diagonal_scale, strict=True)),
            ]
            for name, got, exact, scale in entries:
                share = error(got, exact, scale, dtype)
                assert share <= 1.0, f"{id_} {name} at {row}, y={y}: {got!r}, not {exact} ({share:.2f})"
                worst[name] = max(worst[name], share)
    return worst


def check_gradient_by_differences(
    function: Callable[[NDArray[Any]], float], gradient: NDArray[Any], z: NDArray[Any], scale: float = 0.0
) -> None:
    """The gradient is that of the value by five-point differences, relative to its own largest entry."""
    step = 1e-3
    numeric = np.empty_like(z)
    for place in np.ndindex(z.shape):
        at = []
        for k in (-2, -1, 1, 2):
            moved = z.copy()
            moved[place] += k * step
            at.append(function(moved))
        numeric[place] = (at[0] - 8.0 * at[1] + 8.0 * at[2] - at[3]) / (12.0 * step)
    allowed = 1e-8 * max(float(np.abs(gradient).max()), scale)
    assert np.abs(numeric - gradient).max() <= allowed, f"{gradient} is not {numeric}"


def check_same(one: NDArray[Any], other: NDArray[Any], relative: float = 0.0) -> None:
    """Two results agree, to the last bit unless a relative tolerance is given."""
    if relative == 0.0:
        assert np.array_equal(one, other), f"{one} is not {other}"
        return
    off = np.abs(np.asarray(one) - other)
    allowed = relative * np.maximum(np.abs(one), np.abs(other)) + 1e-300
    assert (off <= allowed).all(), f"{one} is not {other}"


def check_finite_everywhere(loss: Loss, dtype: Any, face: Face) -> None:
    """Neither NaN nor infinity up to |logit| 1e4, for any label."""
    z = margins(np.float64).astype(dtype)
    for y in (0, 1):
        target = np.full(z.shape, y)
        for result in (
            face.value(loss, z, target),
            face.gradient(loss, z, target),
            face.hessian(loss, z, target),
        ):
            assert np.isfinite(result).all(), f"label {y}: {z[~np.isfinite(result)]}"


def check_loss_has_gradient(loss: Loss, face: Face) -> None:
    """Wherever an example still costs something there is a gradient, and it points downhill."""
    z = np.linspace(-300.0, 300.0, 1201)
    for y, sign in ((0, 1.0), (1, -1.0)):
        target = np.full(z.shape, y)
        value, gradient = face.value(loss, z, target), face.gradient(loss, z, target)
        costly = value > 1e-100
        assert (sign * gradient[costly] > 0.0).all(), (
            f"label {y}: flat at {z[costly][sign * gradient[costly] <= 0.0]}"
        )


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
    assert all(expected_loss(loss, z + nudge, truth)[0] >= lowest - 1e-15 for nudge in nudges), (
        "not a minimum"
    )
    posterior = np.atleast_1d(loss.posterior(z))
    got = np.array([1.0 - posterior[0], posterior[0]]) if loss.kind == "sigmoid" else posterior
    assert np.abs(got - np.asarray(truth)).max() <= 1e-6, f"{got} is not {truth}"


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


def check_weighting_moves_mass_only(weighting: Any) -> None:
    """Named weights leave the total alone, and weigh a class the more the fewer rows it has."""
    counts = np.array([9000.0, 900.0, 90.0, 10.0])
    weights = weighting.weights(counts)
    assert abs(counts @ weights - counts.sum()) <= 1e-9 * counts.sum(), (
        f"{weights} add up to {counts @ weights}"
    )
    assert (np.diff(weights) > 0.0).all(), f"{weights} do not grow as classes get rarer"
    mass = counts * weights
    assert (np.diff(mass) <= 1e-9 * mass[0]).all(), f"{mass}: a rare class outweighs a common one"


def check_log_prior_balances(loss: Loss, prior: Sequence[float]) -> None:
    """Logits that know only the class frequencies are flat after logit adjustment with tau = 1."""
    start = loss.base_score(prior[1] if loss.kind == "sigmoid" else prior)
    spread = abs(start) if loss.kind == "sigmoid" else np.ptp(start)
    assert spread <= 1e-9, f"{start} is not flat"
