"""Losses as a user would write them in a file of their own: some right, most wrong in one way each."""

from __future__ import annotations

from dataclasses import dataclass

from scarce.losses import Formulas, Modulation, SigmoidLoss, domains, parameter
from scarce.losses.modulation import Focal


def phi(xp, lp, lq, p, q, e):
    return e * q * q * q - lp


def slope(xp, lp, lq, p, q, e):
    return q + 3.0 * e * p * q * q * q


def curvature(xp, lp, lq, p, q, e):
    return p * q * (1.0 + 3.0 * e * q * q * (3.0 * p - q))


def log_a(xp, lp, lq, p, q, e):
    return xp.log1p(3.0 * e * p * q * q)


@dataclass(frozen=True)
class PolyCubed(Modulation):
    """Log-loss with a cubic term, ``-log p + epsilon (1-p)^3``."""

    epsilon: float = parameter(1.0, domains.at_least_zero, "How much of (1-p)^3 is added.")
    formulas = Formulas(phi, slope, curvature, log_a)


class NoDataclass(Modulation):
    gamma: float = parameter(1.0, domains.at_least_zero, "How fast.")
    formulas = Focal.formulas


@dataclass(frozen=True)
class NoFormulas(Modulation):
    pass


@dataclass(frozen=True)
class ListOfFormulas(Modulation):
    formulas = [phi, slope, curvature, log_a]  # noqa: RUF012


@dataclass(frozen=True)
class NoFunction(Modulation):
    formulas = Formulas(phi, "q", curvature, log_a)


@dataclass(frozen=True)
class TooFewArguments(Modulation):
    formulas = Formulas(phi, slope, curvature, log_a)


@dataclass(frozen=True)
class NoKind(Modulation):
    formulas = Focal.formulas
    kinds = ("binary",)


FINISHED = SigmoidLoss(PolyCubed(2.0), class_weight=[1.0, 9.0])
