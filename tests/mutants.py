"""Faults of the kind that papers and packages have printed, and the law that must notice each.

A mutant changes one thing in place, through pytest's ``monkeypatch``; `tests/laws/test_mutants.py` runs its
law, which must be green before and red after.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.laws import checks
from tests.laws.cases import CASES

from scarce.losses import Loss, SigmoidLoss, SoftmaxLoss, binary_algebra, formulas, get, sigmoid
from scarce.losses.adjustment import LogPrior
from scarce.losses.asymmetric import Asymmetric
from scarce.losses.class_forms import BrierForm, TargetForm
from scarce.losses.modulation import Brier, CrossEntropy, DetachedFocal, Focal, GeneralizedCrossEntropy, Poly
from scarce.losses.weighting import Balanced, EffectiveNumber, InverseSqrt

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

FACE = checks.NumPyFace()
COUNTS = (980.0, 20.0)


@dataclass(frozen=True)
class Mutant:
    """A fault, and the law that it breaks."""

    id: str
    plant: Callable[[pytest.MonkeyPatch], None]
    law: Callable[[], Any]


def _replaced(kind: Any, face: str, formula: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(kind, "formulas", kind.formulas._replace(**{face: formula}))


def _wrapped(owner: Any, name: str, change: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Let a method's result pass through a change that also sees the arguments."""
    method = getattr(owner, name)

    def mutated(*given: Any, **named: Any) -> Any:
        return change(method(*given, **named), *given, **named)

    return lambda patch: patch.setattr(owner, name, mutated)


def _truth(case_id: str) -> Callable[[], Any]:
    case = next(case for case in CASES if case.id.startswith(case_id))
    return lambda: checks.check_against_truth(case, FACE, np.float64)


def _rows(case_id: str) -> Callable[[], Any]:
    case = next(case for case in CASES if case.id.startswith(case_id))
    return lambda: checks.check_rows_against_truth(
        case_id, case.over(3), case.definition, 3, FACE, np.float64
    )


def _minimiser(loss: Any) -> Callable[[], Any]:
    truth = (0.9, 0.1) if loss.kind == "sigmoid" else (0.7, 0.2, 0.1)
    return lambda: checks.check_posterior_of_minimiser(replace(loss), truth)


def _gradient(loss: Any, target: Any) -> Callable[[], Any]:
    z = np.linspace(-1.5, 2.0, 6).reshape((2, 3) if loss.kind == "softmax" else (6,))

    def law() -> None:
        summed = replace(loss, reduction="mean")
        checks.check_gradient_by_differences(
            lambda x: float(summed.value(x, target)), summed.gradient(z, target), z
        )

    return law


def _weighting(kind: Any) -> Callable[[], Any]:
    return lambda: checks.check_weighting_moves_mass_only(kind())


def _flat(kind: Any) -> Callable[[], Any]:
    return lambda: checks.check_log_prior_balances(
        get("logit_adjusted", kind=kind, class_counts=COUNTS), (0.98, 0.02)
    )


v = formulas.p_log_ratio
SOFT = np.array([0.2, 0.9, 0.5, 1.0, 0.0, 0.7])
LABELS = np.array([0, 2])

MUTANTS = (
    Mutant(
        "focal gradient with the sign of its second term flipped",
        _replaced(Focal, "slope", lambda xp, lp, lq, p, q, g: q ** (g + 1.0) * (1.0 - g * v(xp, lp, p, q))),
        _truth("focal(gamma=2"),
    ),
    Mutant(
        "focal gradient that forgets to differentiate the weight",
        _replaced(Focal, "slope", lambda xp, lp, lq, p, q, g: q ** (g + 1.0)),
        _truth("focal(gamma=2"),
    ),
    Mutant(
        "focal value with p_t taken from the other class",
        _replaced(Focal, "phi", lambda xp, lp, lq, p, q, g: formulas.focal_phi(xp, lq, lp, q, p, g)),
        _truth("focal(gamma=2"),
    ),
    Mutant(
        "focal curvature with g for 2g",
        _replaced(
            Focal,
            "curvature",
            lambda xp, lp, lq, p, q, g: p * q ** (g + 1.0) * (1.0 + g + g * lp + g * g * v(xp, lp, p, q)),
        ),
        _truth("focal(gamma=2"),
    ),
    Mutant(
        "log p from a clipped probability",
        _replaced(CrossEntropy, "phi", lambda xp, lp, lq, p, q: -np.log(np.maximum(p, 1e-7))),
        _truth("cross_entropy"),
    ),
    Mutant(
        "1-p by subtraction",
        _replaced(CrossEntropy, "slope", lambda xp, lp, lq, p, q: 1.0 - p),
        _truth("cross_entropy"),
    ),
    Mutant(
        "detached focal with the focal value",
        _replaced(
            DetachedFocal,
            "phi",
            lambda xp, lp, lq, p, q, g, harmonic: formulas.focal_phi(xp, lp, lq, p, q, g),
        ),
        _gradient(SigmoidLoss(DetachedFocal(2.0)), (SOFT > 0.5).astype(int)),
    ),
    Mutant(
        "poly with minus epsilon",
        _replaced(Poly, "phi", lambda xp, lp, lq, p, q, e: -lp - e * q),
        _gradient(SigmoidLoss(Poly(1.0)), SOFT),
    ),
    Mutant(
        "generalised cross-entropy without its 1/q",
        _replaced(GeneralizedCrossEntropy, "phi", lambda xp, lp, lq, p, q, s: 1.0 - p**s),
        _truth("generalized_cross_entropy"),
    ),
    Mutant(
        "Brier with half its curvature",
        _replaced(Brier, "curvature", lambda *at: 0.5 * formulas.brier_curvature(*at)),
        _truth("brier"),
    ),
    Mutant(
        "asymmetric without its clip",
        _replaced(
            Asymmetric, "phi", lambda xp, lp, lq, p, q, g, clip: formulas.focal_phi(xp, lp, lq, p, q, g)
        ),
        _truth("asymmetric(gamma_negative=4"),
    ),
    Mutant(
        "a posterior that is the plain sigmoid",
        _replaced(Focal, "log_a", lambda xp, lp, *_: 0.0 * lp),
        _minimiser(SigmoidLoss(Focal(2.0))),
    ),
    Mutant(
        "a softmax posterior with the sign of log a flipped",
        _replaced(Focal, "log_a", lambda *at: -formulas.focal_log_a(*at)),
        _minimiser(SoftmaxLoss(Focal(1.0))),
    ),
    Mutant(
        "a posterior that multiplies by the class weights",
        _wrapped(
            binary_algebra,
            "shown_log_odds",
            lambda odds, xp, loss, *_: odds + 2.0 * np.log(loss.class_weight[1] / loss.class_weight[0]),
        ),
        _minimiser(SigmoidLoss(class_weight=(0.25, 0.75))),
    ),
    Mutant(
        "label smoothing that is not undone",
        _wrapped(
            sigmoid, "log_odds", lambda _, xp, loss, numbers, z: sigmoid.shown_log_odds(xp, loss, numbers, z)
        ),
        _minimiser(SigmoidLoss(label_smoothing=0.1)),
    ),
    Mutant(
        "softmax gradient with the sign of the other classes flipped",
        _wrapped(
            TargetForm,
            "both",
            lambda both, *_: (both[0], -np.abs(both[1])),
        ),
        _rows("focal(gamma=2"),
    ),
    Mutant(
        "softmax Hessian without the off-label turn",
        _wrapped(
            TargetForm,
            "hessian",
            lambda hessian, form, classes, labels: np.abs(form.both(classes.u, labels)[1]) * classes.q,
        ),
        _rows("focal(gamma=2"),
    ),
    Mutant(
        "full Brier with p where p squared belongs",
        _wrapped(BrierForm, "both", lambda both, *_: (np.sqrt(both[0]), both[1])),
        _gradient(SoftmaxLoss(Brier()), LABELS),
    ),
    Mutant(
        "soft targets with one factor on the whole",
        _wrapped(TargetForm, "gradient_of_mass", lambda gradient, form, classes, mass: 1.1 * gradient),
        _gradient(SoftmaxLoss(Focal(2.0), label_smoothing=0.1), LABELS),
    ),
    *(
        Mutant(
            f"{kind.name} weights turned over",
            _wrapped(kind, "weights", lambda weights, *_: 1.0 / weights),
            _weighting(kind),
        )
        for kind in (Balanced, EffectiveNumber, InverseSqrt)
    ),
    Mutant(
        "effective number as a weight, not its inverse",
        _wrapped(EffectiveNumber, "weights", lambda _, rule, n: (1.0 - rule.beta**n) / (1.0 - rule.beta)),
        _weighting(EffectiveNumber),
    ),
    Mutant(
        "weights that are a hidden learning rate",
        _wrapped(Balanced, "weights", lambda weights, *_: 7.0 * weights),
        _weighting(Balanced),
    ),
    *(
        Mutant(
            f"log prior subtracted, by a {kind}",
            _wrapped(LogPrior, "per_class", lambda shift, *_: -shift),
            _flat(kind),
        )
        for kind in ("sigmoid", "softmax")
    ),
    Mutant(
        "a shift that is left out of the logits",
        _wrapped(binary_algebra, "adjusted", lambda _, numbers, z: z),
        _flat("sigmoid"),
    ),
    Mutant(
        "a gradient that forgets the logits' scale",
        _wrapped(SigmoidLoss, "_call", lambda rows, *_: rows._replace(scale=1.0)),
        _gradient(SigmoidLoss(logit_scale=2.0), SOFT),
    ),
    Mutant(
        "a mean over rows that were weighted away",
        _wrapped(Loss, "_divisor", lambda _, loss, rows: float(rows.u.size) + 1.0),
        lambda: checks.check_same(
            SigmoidLoss(reduction="mean").value([0.3, -1.0], [1, 0], [2.0, 1.0]),
            SigmoidLoss(reduction="mean").value([0.3, 0.3, -1.0], [1, 1, 0]),
            1e-13,
        ),
    ),
)
