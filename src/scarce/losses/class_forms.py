"""How a softmax loss depends on the adjusted logits of a row: two forms, each with its derivatives.

`TargetForm` is a modulation of the target's probability; `BrierForm` is the full Brier score, which looks
at every class. Rows are the first axis, classes the last; nothing here knows of weights or reductions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from scarce.losses.formulas import FAR, point
from scarce.losses.primitives import where

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.losses.inputs import Floats, Mask
    from scarce.losses.modulation import Formulas


LOWEST = -FAR


class Classes(NamedTuple):
    """Every class's point in every row, shape (n_rows, n_classes) each.

    ``rest`` is the logsumexp of the other classes' adjusted logits, computed over them and not by
    subtraction, so that the margin ``u - rest`` is right however close to certain a class is.
    """

    u: Floats
    rest: Floats
    lp: Floats
    lq: Floats
    p: Floats
    q: Floats


def classes_of(u: Floats) -> Classes:
    """Return the points of adjusted logits, of which the largest in every row is 0.

    A class that is masked by minus infinity becomes one that is merely impossible.
    """
    u = np.maximum(u, LOWEST)
    is_top = is_label(u, np.argmax(u, axis=-1))
    second = np.max(np.where(is_top, -np.inf, u), axis=-1, keepdims=True)
    others = np.where(is_top, 0.0, np.exp(np.minimum(u - second, 0.0)))
    rest_of_top = second + np.log(np.sum(others, axis=-1, keepdims=True))
    everything = np.maximum(rest_of_top, 0.0) + np.log1p(np.exp(-np.abs(rest_of_top)))
    # a class that is not the largest has p <= 1/2, where log(1-p) from p is right
    share = np.where(is_top, 0.0, np.exp(u - everything))
    rest = where(is_top, rest_of_top, everything + np.log1p(-share))
    return Classes(u, rest, *point(u - rest))


def take(values: Floats, labels: NDArray[np.intp]) -> Floats:
    """Return each row's entry at its label, as a column."""
    return np.take_along_axis(values, labels[:, None], axis=-1)


def is_label(values: Floats, labels: NDArray[np.intp]) -> Mask:
    """Return where the class is the row's label."""
    return np.equal(np.arange(values.shape[-1], dtype=np.intp), labels[:, None])


def share_of_rest(classes: Classes, labels: NDArray[np.intp]) -> Floats:
    """Return ``r_k = p_k / (1 - p_y)``, the softmax among the classes that are not the label; 0 at it."""
    log_share = np.minimum(classes.u - take(classes.rest, labels), 0.0)
    return where(is_label(classes.u, labels), 0.0, np.exp(log_share))


class ClassForm(ABC):
    """A loss of one row given its label, and given the mass that a soft target puts on each class."""

    @abstractmethod
    def value(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return the loss of each row, shape (n_rows,)."""

    @abstractmethod
    def gradient(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return the gradient in u, shape (n_rows, n_classes)."""

    @abstractmethod
    def hessian(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return the diagonal of the Hessian in u."""

    @abstractmethod
    def product(self, classes: Classes, labels: NDArray[np.intp], v: Floats) -> Floats:
        """Return the Hessian in u times v."""

    @abstractmethod
    def value_of_mass(self, classes: Classes, mass: Floats) -> Floats:
        """Return the sum over labels of mass times value."""

    @abstractmethod
    def gradient_of_mass(self, classes: Classes, mass: Floats) -> Floats:
        """Return the sum over labels of mass times gradient."""

    @abstractmethod
    def evidence_of_margin(self, margin: Floats) -> Floats:
        """Return the logarithm of what the posterior of an unweighted loss is proportional to.

        Each class's depends on its own margin alone; classes are on the last axis.
        """


@dataclass(frozen=True)
class TargetForm(ClassForm):
    """``phi(p_y)``: a modulation of the probability of the target's class.

    Parameters
    ----------
    formulas : Formulas
        The modulation's.
    table : ndarray, shape (n_parameters, n_classes)
        Its parameters, in the type to compute in.
    """

    formulas: Formulas
    table: NDArray[np.floating[Any]]

    def value(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return ``phi(p_y)``."""
        return self._at(self.formulas.phi, classes, labels)[:, 0]

    def gradient(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return ``a(p_y) (p_k - [k=y])``, as the slope times the shares: rows sum to 0."""
        slope = self._at(self.formulas.slope, classes, labels)
        return where(is_label(classes.u, labels), -slope, slope * share_of_rest(classes, labels))

    def hessian(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return ``p_y q_y b`` at the label and ``a p_k (1-p_k) - p_y a' p_k^2`` elsewhere."""
        slope = self._at(self.formulas.slope, classes, labels)
        curvature = self._at(self.formulas.curvature, classes, labels)
        share = share_of_rest(classes, labels)
        turn = take(classes.p, labels) * slope - curvature  # p_y (1-p_y)^2 a'
        other = slope * share * classes.q - turn * share * share
        return where(is_label(classes.u, labels), curvature, other)

    def product(self, classes: Classes, labels: NDArray[np.intp], v: Floats) -> Floats:
        """Return ``a'(p_y) dp_y (p - e_y) + a dp`` with ``dp = p (v - p.v)``."""
        slope = self._at(self.formulas.slope, classes, labels)
        curvature = self._at(self.formulas.curvature, classes, labels)
        share = share_of_rest(classes, labels)
        p_y, v_y = take(classes.p, labels), take(v, labels)
        mean_of_rest = np.sum(share * v, axis=-1, keepdims=True)
        ahead = v_y - mean_of_rest
        mean = p_y * v_y + take(classes.q, labels) * mean_of_rest
        other = share * ((p_y * slope - curvature) * ahead + slope * (v - mean))
        return where(is_label(classes.u, labels), curvature * ahead, other)

    def value_of_mass(self, classes: Classes, mass: Floats) -> Floats:
        """Return ``sum over k of mass_k phi(p_k)``."""
        return np.sum(mass * self._everywhere(self.formulas.phi, classes), axis=-1)

    def gradient_of_mass(self, classes: Classes, mass: Floats) -> Floats:
        """Return ``p_k sum over j != k of mass_j a_j - mass_k slope_k``."""
        pulls = mass * np.exp(self._everywhere(self.formulas.log_a, classes))
        others = np.sum(pulls, axis=-1, keepdims=True) - pulls
        return classes.p * others - mass * self._everywhere(self.formulas.slope, classes)

    def evidence_of_margin(self, margin: Floats) -> Floats:
        """Return ``log(p_k / a(p_k))``."""
        lp, lq, p, q = point(margin)
        return lp - self.formulas.log_a(lp, lq, p, q, *self.table)

    def _at(self, formula: Any, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return a formula at the labels, as a column."""
        parameters = (row[0] if (row == row[0]).all() else row[labels][:, None] for row in self.table)
        at_label = point(take(classes.u, labels) - take(classes.rest, labels))
        return formula(*at_label, *parameters)

    def _everywhere(self, formula: Any, classes: Classes) -> Floats:
        return formula(classes.lp, classes.lq, classes.p, classes.q, *self.table)


@dataclass(frozen=True)
class BrierForm(ClassForm):
    """The full Brier score, ``sum over k of (p_k - [k=y])^2``.

    With ``d = p - e_y`` and ``S = p.d`` the gradient is ``2 p_k (d_k - S)``. Every difference below is
    written over ``1 - p`` and sums that leave classes out, as ``p - p^2`` near 1 would cancel.
    """

    def value(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return ``q_y^2`` plus the other classes' ``p_k^2``."""
        others = np.where(is_label(classes.p, labels), 0.0, classes.p)
        return (take(classes.q, labels) ** 2)[:, 0] + np.sum(others * others, axis=-1)

    def gradient(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return ``2 p_k (d_k - S)``."""
        return 2.0 * classes.p * self._lead(classes, labels)

    def hessian(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return the derivative of the gradient's entry k in u_k."""
        p, q = classes.p, classes.q
        at_label = is_label(p, labels)
        spread = p * q - 2.0 * p * (p * q - sum_of_others(p * p, p))
        spread = spread + np.where(at_label, p * q, -p * take(p, labels))
        return 2.0 * p * q * self._lead(classes, labels) + 2.0 * p * spread

    def product(self, classes: Classes, labels: NDArray[np.intp], v: Floats) -> Floats:
        """Return ``2 dp (d - S) + 2 p (dp - dS)`` with ``dp = p (v - p.v)``."""
        p = classes.p
        d = np.where(is_label(p, labels), -classes.q, p)
        dp = p * (v - np.sum(p * v, axis=-1, keepdims=True))
        ds = np.sum(dp * (d + p), axis=-1, keepdims=True)
        return 2.0 * dp * self._lead(classes, labels) + 2.0 * p * (dp - ds)

    def value_of_mass(self, classes: Classes, mass: Floats) -> Floats:
        """Return ``sum over k of mass_k (q_k^2 + sum over j != k of p_j^2)``."""
        squares = classes.p * classes.p
        scores = classes.q * classes.q + sum_of_others(squares, classes.p)
        return np.sum(mass * scores, axis=-1)

    def gradient_of_mass(self, classes: Classes, mass: Floats) -> Floats:
        """Return ``2 m p_k (d_k - p.d)`` with m the whole mass and ``d = p - mass/m``."""
        whole = np.sum(mass, axis=-1, keepdims=True)
        d = whole * classes.p - mass
        return 2.0 * classes.p * (d - np.sum(classes.p * d, axis=-1, keepdims=True))

    def evidence_of_margin(self, margin: Floats) -> Floats:
        """Return ``log p_k``: the score is proper."""
        return point(margin)[0]

    def _lead(self, classes: Classes, labels: NDArray[np.intp]) -> Floats:
        """Return ``d_k - S``."""
        p, q = classes.p, classes.q
        at_label = is_label(p, labels)
        others = np.where(at_label, 0.0, p)
        squares = sum_of_others(others * others, others)
        p_y, q_y = take(p, labels), take(q, labels)
        return np.where(at_label, -(q_y * q_y) - squares, p * q + p_y * q_y - squares)


def sum_of_others(values: Floats, size: Floats) -> Floats:
    """Return, for every class, the sum of the others' values; exact where one class dwarfs the rest."""
    is_top = is_label(size, np.argmax(size, axis=-1))
    without_top = np.sum(np.where(is_top, 0.0, values), axis=-1, keepdims=True)
    top = np.sum(np.where(is_top, values, 0.0), axis=-1, keepdims=True)
    return where(is_top, without_top, without_top - values + top)
