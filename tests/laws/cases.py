"""The catalogue at the parameters that the laws run over, each with its definition in 50 digits.

Parameters are exact in single precision, so that one truth serves both types.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.laws import reference

from scarce.losses import SigmoidLoss, SoftmaxLoss, get
from scarce.losses.modulation import LDAM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.laws.reference import Definition

    from scarce.losses import Loss

GAMMAS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 5.0)
CLIP = 0.0625


@dataclass(frozen=True)
class Case:
    """A modulation without weights or adjustments: what the package computes, and what is true."""

    id: str
    loss: SigmoidLoss
    definition: Definition
    focusing: float = 0.0
    clip: float = 0.0

    @property
    def softmax(self) -> SoftmaxLoss:
        """The same modulation over classes."""
        return SoftmaxLoss(self.loss.modulation)

    def over(self, n_classes: int) -> SoftmaxLoss:
        """The same modulation over so many classes, with a margin for each where it has margins."""
        modulation = self.loss.modulation
        if isinstance(modulation, LDAM):
            modulation = LDAM(margins=margins(n_classes))
        return SoftmaxLoss(modulation)


def margins(n_classes: int) -> tuple[float, ...]:
    return tuple(0.5 + 0.75 * k for k in range(n_classes))


def _case(name: str, definition: Definition, **parameters: Any) -> Case:
    words = ",".join(f"{key}={value:g}" for key, value in parameters.items())
    gammas = [value for key, value in parameters.items() if key.startswith("gamma")]
    return Case(
        id=f"{name}({words})" if words else name,
        loss=get(name, **parameters),
        definition=definition,
        focusing=max(gammas, default=0.0),
        clip=parameters.get("clip", 0.0),
    )


def _asymmetric(name: str, negative: float, positive: float, clip: float) -> Case:
    definition = getattr(reference, name)(negative, positive, clip)
    return _case(name, definition, gamma_negative=negative, gamma_positive=positive, clip=clip)


CASES: tuple[Case, ...] = (
    _case("cross_entropy", reference.cross_entropy()),
    *(_case("focal", reference.focal(g), gamma=g) for g in GAMMAS),
    *(_case("detached_focal", reference.detached_focal(g), gamma=g) for g in GAMMAS),
    *(_case("poly", reference.poly(e), epsilon=e) for e in (-0.5, 1.0, 2.0)),
    *(
        _case("poly_focal", reference.poly_focal(g, e), gamma=g, epsilon=e)
        for g, e in ((0.5, 1.0), (2.0, -0.5), (5.0, 1.0))
    ),
    *(
        _case("generalized_cross_entropy", reference.generalized_cross_entropy(s), q=s)
        for s in (0.125, 0.75, 1.0)
    ),
    _case("brier", reference.brier()),
    Case("ldam(margins)", SigmoidLoss(LDAM(margins=margins(2))), reference.ldam(margins(2))),
    Case("ldam(15)", SigmoidLoss(LDAM(margins=(4.5, 15.0))), reference.ldam((4.5, 15.0))),
    *(
        _asymmetric(name, negative, positive, clip)
        for name in ("asymmetric", "asymmetric_detached")
        for negative, positive, clip in ((4.0, 1.0, CLIP), (0.5, 0.0, CLIP), (2.0, 0.25, 0.0))
    ),
)
"""Every modulation of the catalogue; gamma over the figures that the tolerances are stated for."""

SOFTMAX_CASES = tuple(case for case in CASES if not case.id.startswith(("asymmetric", "ldam(15)")))

COUNTS = (900.0, 100.0)
CLASS_COUNTS = (700.0, 200.0, 60.0, 30.0, 10.0)

TREATMENTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "weights": {"class_weight": (0.75, 3.0)},
    "balanced": {"class_weight": "balanced", "class_counts": COUNTS},
    "effective": {"class_weight": "effective", "class_counts": COUNTS},
    "inverse_sqrt": {"class_weight": "inverse_sqrt", "class_counts": COUNTS},
    "smoothed": {"label_smoothing": 0.1},
    "shift+scale+weights": {"logit_shift": -1.5, "logit_scale": 2.0, "class_weight": (0.5, 4.0)},
}


def _catalogue() -> dict[str, Loss]:
    """Every name of the catalogue as a user would ask for it."""
    counted = {
        "weighted_cross_entropy": {},
        "class_balanced": {"beta": 0.99, "gamma": 1.0},
        "balanced_softmax": {},
        "logit_adjusted": {"tau": 1.25},
        "vs_loss": {"tau": 0.75, "gamma": 0.25},
        "cdt": {"gamma": 0.25},
        "ldam": {"max_margin": 0.5, "scale": 4.0},
    }
    losses = {case.id: case.loss for case in CASES if not case.id.startswith("ldam")}
    for name, parameters in counted.items():
        losses[name] = get(name, class_counts=COUNTS, **parameters)
    return losses


def _treated() -> dict[str, Loss]:
    """Some modulations under every treatment."""
    chosen = ("cross_entropy", "focal(gamma=2)", "detached_focal(gamma=0.5)", "brier")
    plain = {case.id: case.loss for case in CASES}
    return {
        f"{name} {treatment}": replace(plain[name], **settings)
        for name in chosen
        for treatment, settings in TREATMENTS.items()
        if settings
    }


LOSSES: dict[str, Loss] = _catalogue() | _treated()
"""Whole binary losses, weights and adjustments included."""


def _class_losses(n_classes: int) -> dict[str, Loss]:
    counts = CLASS_COUNTS[:n_classes]
    shift = tuple(0.5 - 0.4 * k for k in range(n_classes))
    scale = tuple(1.0 + 0.25 * k for k in range(n_classes))
    weight = tuple(0.5 + 0.75 * k for k in range(n_classes))
    losses: dict[str, Loss] = {case.id: case.over(n_classes) for case in SOFTMAX_CASES}
    names = (
        "weighted_cross_entropy",
        "class_balanced",
        "balanced_softmax",
        "logit_adjusted",
        "vs_loss",
        "cdt",
    )
    losses |= {name: get(name, kind="softmax", class_counts=counts) for name in names}
    losses["ldam"] = get("ldam", kind="softmax", class_counts=counts, scale=4.0)
    for name in ("cross_entropy", "focal(gamma=2)", "detached_focal(gamma=0.5)", "brier"):
        plain = losses[name]
        losses[f"{name} weights"] = replace(plain, class_weight=weight)
        losses[f"{name} smoothed"] = replace(plain, label_smoothing=0.1)
        losses[f"{name} shift+scale+weights"] = replace(
            plain, class_weight=weight, logit_shift=shift, logit_scale=scale
        )
    return losses


CLASS_LOSSES: dict[int, dict[str, Loss]] = {n_classes: _class_losses(n_classes) for n_classes in (2, 3, 5)}
"""Whole softmax losses, by the number of classes."""

REPRESENTATIVES: dict[str, str] = {
    "cross_entropy": "the logarithm alone",
    "focal(gamma=0.5)": "a power whose slope has no bound",
    "focal(gamma=2)": "a whole power",
    "detached_focal(gamma=0.25)": "a potential that is a series",
    "detached_focal(gamma=2)": "a potential that is a finite sum",
    "poly(epsilon=-0.5)": "a term that takes away",
    "poly_focal(gamma=2,epsilon=-0.5)": "a power and a term",
    "generalized_cross_entropy(q=0.125)": "nearly a logarithm",
    "generalized_cross_entropy(q=1)": "no posterior",
    "brier": "squares, and over classes all of them",
    "asymmetric(gamma_negative=4,gamma_positive=1,clip=0.0625)": "a kink and two powers",
    "asymmetric(gamma_negative=2,gamma_positive=0.25,clip=0)": "two powers and no kink",
    "asymmetric_detached(gamma_negative=0.5,gamma_positive=0,clip=0.0625)": "a kink, and loss that vanishes",
    "weighted_cross_entropy": "weights by counts",
    "class_balanced": "weights by effective numbers",
    "balanced_softmax": "a shift by counts",
    "logit_adjusted": "a shift with a factor",
    "vs_loss": "a shift and a scale by counts",
    "cdt": "a scale by counts",
    "ldam": "margins by counts",
    "ldam(margins)": "margins by hand",
    "cross_entropy weights": "weights by hand",
    "focal(gamma=2) balanced": "weights that balance",
    "detached_focal(gamma=0.5) effective": "weights by effective numbers, of a series",
    "brier inverse_sqrt": "weights by roots",
    "detached_focal(gamma=0.5) smoothed": "labels that are smoothed",
    "brier shift+scale+weights": "all that a loss may hold",
}
"""Losses for where each costs a compilation, and what each stands for; `FEW` where it costs a long one."""

FEW = (
    "focal(gamma=0.5)",
    "detached_focal(gamma=2)",
    "ldam",
    "cross_entropy weights",
    "brier shift+scale+weights",
)


def representatives(losses: Iterable[str]) -> list[str]:
    """Return the representatives among these losses."""
    return [name for name in losses if name in REPRESENTATIVES]


def with_posterior(losses: Iterable[str]) -> list[str]:
    """Return those of these losses whose outputs determine the posterior."""
    return [name for name in losses if has_posterior(name)]


def has_posterior(name: str) -> bool:
    """Whether outputs determine the posterior: not for generalised CE at 1, nor for ASL that saturates."""
    return "q=1)" not in name and "gamma_positive=0," not in name
