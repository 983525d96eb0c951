"""The laws of the catalogue beside those of `scarce.testing` for any loss: 50 digits, and weights.

Each raises AssertionError if a face breaks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
from tests.laws import reference

from scarce.testing.laws import (
    Face,
    NumPyFace,
    check_finite_everywhere,
    check_posterior_of_minimiser,
    check_same,
    margins,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from tests.laws.cases import Case
    from tests.laws.reference import Definition

    from scarce.losses import Loss


__all__ = [
    "NumPyFace",
    "check_against_truth",
    "check_finite_everywhere",
    "check_gradient_by_differences",
    "check_log_prior_balances",
    "check_loss_has_gradient",
    "check_posterior_of_minimiser",
    "check_rows_against_truth",
    "check_same",
    "check_weighting_moves_mass_only",
    "error",
    "margins",
    "rows",
]


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


def check_gradient_by_differences(
    function: Callable[[NDArray[Any]], float], gradient: NDArray[Any], z: NDArray[Any], scale: float = 0.0
) -> None:
    """Hold a gradient against five-point differences of the value, relative to its own largest entry."""
    step = 1e-3
    numeric = np.empty_like(z)
    for place in np.ndindex(z.shape):
        at: list[float] = []
        for k in (-2, -1, 1, 2):
            moved = z.copy()
            moved[place] += k * step
            at.append(function(moved))
        numeric[place] = (at[0] - 8.0 * at[1] + 8.0 * at[2] - at[3]) / (12.0 * step)
    allowed = 1e-8 * max(float(np.abs(gradient).max()), scale)
    if np.abs(numeric - gradient).max() > allowed:
        raise AssertionError(f"{gradient} is not {numeric}")


def check_loss_has_gradient(loss: Loss, face: Face) -> None:
    """Wherever an example still costs something there is a gradient, and it points downhill."""
    z = np.linspace(-300.0, 300.0, 1201)
    for y, sign in ((0, 1.0), (1, -1.0)):
        target = np.full(z.shape, y)
        value, gradient = face.value(loss, z, target), face.gradient(loss, z, target)
        costly = value > 1e-100
        flat = z[costly][sign * gradient[costly] <= 0.0]
        if flat.size:
            raise AssertionError(f"label {y}: flat at {flat}")
