"""How a softmax loss depends on the adjusted logits of a row, classes last: two forms with their derivatives.

`TargetForm` is a modulation of the target's probability; `BrierForm` is the full Brier score, which looks at
every class. Nothing here knows of weights or reductions; all of it is over an array library, `xp`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from scarce.losses.formulas import FAR, TINY, point
from scarce.losses.modulation import shared_parameters

if TYPE_CHECKING:
    from scarce.losses.modulation import Modulation
    from scarce.losses.namespace import Namespace

LOWEST = -FAR

Array = Any
"""An array or tensor of the library."""


class Classes(NamedTuple):
    """Every class's point in every row, shape (n_rows, n_classes) each.

    ``rest`` is the logsumexp of the other classes' adjusted logits, computed over them and not by
    subtraction, so that the margin ``u - rest`` is right however close to certain a class is.
    """

    u: Array
    rest: Array
    lp: Array
    lq: Array
    p: Array
    q: Array


def lowered(xp: Namespace, u: Array) -> Array:
    """Return rows less their largest entries, through which no gradient need flow: no loss sees them."""
    return u - xp.stop_gradient(xp.max(u, axis=-1, keepdims=True))


def classes_of(xp: Namespace, u: Array) -> Classes:
    """Return the points of adjusted logits, of which the largest in every row is 0."""
    u = xp.maximum(u, LOWEST)  # a masked class becomes one that is merely impossible
    is_top = is_label(xp, u, xp.argmax(u, axis=-1))
    second = xp.max(xp.where(is_top, -math.inf, u), axis=-1, keepdims=True)
    others = xp.where(is_top, 0.0, xp.exp(xp.minimum(u - second, 0.0)))
    rest_of_top = second + xp.log(xp.sum(others, axis=-1, keepdims=True))
    everything = xp.maximum(rest_of_top, 0.0) + xp.log1p(xp.exp(-xp.absolute(rest_of_top)))
    # a class that is not the largest has p <= 1/2, where log(1-p) from p is right
    share = xp.where(is_top, 0.0, xp.exp(u - everything))
    rest = xp.where(is_top, rest_of_top, everything + xp.log1p(-share))
    return Classes(u, rest, *point(xp, u - rest))


def is_label(xp: Namespace, values: Array, labels: Array) -> Array:
    """Return where the class is the row's label."""
    return xp.equal(xp.class_indices(values.shape[-1], labels), labels[:, None])


def take(xp: Namespace, values: Array, labels: Array) -> Array:
    """Return each row's entry at its label, as a column."""
    return xp.take_along_axis(values, labels[:, None], axis=-1)


def share_of_rest(xp: Namespace, classes: Classes, labels: Array) -> Array:
    """Return ``r_k = p_k / (1 - p_y)``, the softmax among the classes that are not the label; 0 at it."""
    log_share = xp.minimum(classes.u - take(xp, classes.rest, labels), 0.0)
    return xp.where(is_label(xp, classes.u, labels), 0.0, xp.exp(log_share))


def sum_of_others(xp: Namespace, values: Array, size: Array) -> Array:
    """Return, for every class, the sum of the others' values; exact where one class dwarfs the rest."""
    is_top = is_label(xp, size, xp.argmax(size, axis=-1))
    without_top = xp.sum(xp.where(is_top, 0.0, values), axis=-1, keepdims=True)
    top = xp.sum(xp.where(is_top, values, 0.0), axis=-1, keepdims=True)
    return xp.where(is_top, without_top, without_top - values + top)


def form_of(xp: Namespace, modulation: Modulation, n_classes: int) -> ClassForm:
    """Return the form of a modulation over so many classes."""
    return BrierForm(xp) if modulation.over_all_classes else TargetForm(xp, modulation, n_classes)


class ClassForm(ABC):
    """A loss of one row given its label, and given the mass that a soft target puts on each class."""

    def __init__(self, xp: Namespace) -> None:
        self.xp = xp

    def points(self, u: Array) -> Classes:
        """Return every class's point, given logits whose largest need not be 0."""
        xp = self.xp  # the largest goes off with its derivative, as `classes_of` holds it for 0
        return classes_of(xp, u - take(xp, u, xp.argmax(u, axis=-1)))

    @abstractmethod
    def both(self, u: Array, labels: Array) -> tuple[Array, Array]:
        """Return the loss of each row, shape (n_rows,), and its gradient in u, (n_rows, n_classes)."""

    @abstractmethod
    def hessian(self, classes: Classes, labels: Array) -> Array:
        """Return the diagonal of the Hessian in u."""

    @abstractmethod
    def product(self, classes: Classes, labels: Array, v: Array) -> Array:
        """Return the Hessian in u times v."""

    @abstractmethod
    def losses(self, classes: Classes) -> Array:
        """Return the loss under every label, shape (n_rows, n_classes)."""

    @abstractmethod
    def losses_along(self, classes: Classes, v: Array) -> Array:
        """Return the derivative of `losses` as u moves along v."""

    @abstractmethod
    def gradient_of_mass(self, classes: Classes, mass: Array) -> Array:
        """Return the sum over labels of mass times gradient."""

    @abstractmethod
    def product_of_mass(self, classes: Classes, mass: Array, v: Array) -> Array:
        """Return the sum over labels of mass times the Hessian in u, times v."""

    @abstractmethod
    def evidence_of_margin(self, margin: Array) -> Array:
        """Return the logarithm of what an unweighted loss's posterior is proportional to, class by class."""

    def value_of_mass(self, classes: Classes, mass: Array) -> Array:
        """Return the sum over labels of mass times value, shape (n_rows,)."""
        return self.xp.sum(mass * self.losses(classes), axis=-1)

    def _total(self, values: Array) -> Array:
        return self.xp.sum(values, axis=-1, keepdims=True)


class TargetForm(ClassForm):
    """``phi(p_y)``: a modulation of the probability of the target's class."""

    def __init__(self, xp: Namespace, modulation: Modulation, n_classes: int) -> None:
        super().__init__(xp)
        self.formulas = modulation.formulas.over(xp)
        self._rows = shared_parameters(modulation, n_classes)

    def both(self, u: Array, labels: Array) -> tuple[Array, Array]:
        """Return ``phi(p_y)`` and ``a(p_y) (p_k - [k=y])``, the slope times the shares: rows sum to 0.

        One softmax, over the classes that are not the label. A row without a largest logit, as it is infinite
        or all are minus infinity, has no value: NaN.
        """
        xp = self.xp
        at_label = is_label(xp, u, labels)
        others = xp.where(at_label, -math.inf, u)
        top, own = xp.max(others, axis=-1, keepdims=True), take(xp, u, labels)
        own = xp.where(xp.isfinite(xp.maximum(own, top)), own, math.nan)
        top = xp.where(top == -math.inf, LOWEST, top)  # all others are masked
        share = xp.exp(others - top)
        total = xp.maximum(self._total(share), TINY)
        at = *point(xp, own - top - xp.log(total)), *self._at_label(u, labels)
        slope = self.formulas.slope(*at)
        return self.formulas.phi(*at)[:, 0], xp.where(at_label, -slope, share * (slope / total))

    def hessian(self, classes: Classes, labels: Array) -> Array:
        """Return ``p_y q_y b`` at the label and ``a p_k (1-p_k) - p_y a' p_k^2`` elsewhere."""
        xp, (slope, curvature) = self.xp, self._slope_and_curvature(classes, labels)
        share = share_of_rest(xp, classes, labels)
        turn = take(xp, classes.p, labels) * slope - curvature  # p_y (1-p_y)^2 a'
        other = slope * share * classes.q - turn * share * share
        return xp.where(is_label(xp, classes.u, labels), curvature, other)

    def product(self, classes: Classes, labels: Array, v: Array) -> Array:
        """Return ``a'(p_y) dp_y (p - e_y) + a dp`` with ``dp = p (v - p.v)``."""
        xp, (slope, curvature) = self.xp, self._slope_and_curvature(classes, labels)
        share = share_of_rest(xp, classes, labels)
        p_y, v_y = take(xp, classes.p, labels), take(xp, v, labels)
        mean_of_rest = self._total(share * v)
        ahead = v_y - mean_of_rest
        mean = p_y * v_y + take(xp, classes.q, labels) * mean_of_rest
        other = share * ((p_y * slope - curvature) * ahead + slope * (v - mean))
        return xp.where(is_label(xp, classes.u, labels), curvature * ahead, other)

    def losses(self, classes: Classes) -> Array:
        """Return ``phi(p_k)``."""
        return self._everywhere(self.formulas.phi, classes)

    def losses_along(self, classes: Classes, v: Array) -> Array:
        """Return minus the slope times what the margin moves."""
        return -self._everywhere(self.formulas.slope, classes) * self._ahead(classes, v)

    def gradient_of_mass(self, classes: Classes, mass: Array) -> Array:
        """Return ``p_k sum over j != k of mass_j a_j - mass_k slope_k``."""
        pulls = mass * self.xp.exp(self._everywhere(self.formulas.log_a, classes))
        others = self._total(pulls) - pulls
        return classes.p * others - mass * self._everywhere(self.formulas.slope, classes)

    def product_of_mass(self, classes: Classes, mass: Array, v: Array) -> Array:
        """Return the derivative of `gradient_of_mass` along v.

        Along v a class's margin moves by ``ahead``, its p by ``p q ahead``, its slope by ``-curvature ahead``
        and its a by ``a (p - curvature/slope) ahead``.
        """
        xp, p, q, ahead = self.xp, classes.p, classes.q, self._ahead(classes, v)
        slope = self._everywhere(self.formulas.slope, classes)
        curvature = self._everywhere(self.formulas.curvature, classes)
        pulls = mass * xp.exp(self._everywhere(self.formulas.log_a, classes))
        growth = xp.where(slope > TINY, p - curvature / xp.maximum(slope, TINY), 0.0)
        of_others = sum_of_others(xp, pulls, pulls)
        moved = p * q * ahead * of_others + p * sum_of_others(xp, pulls * growth * ahead, pulls)
        return moved + mass * curvature * ahead

    def evidence_of_margin(self, margin: Array) -> Array:
        """Return ``log(p_k / a(p_k))``."""
        at = point(self.xp, margin)
        return at[0] - self.formulas.log_a(*at, *self._of_classes(margin))

    def _ahead(self, classes: Classes, v: Array) -> Array:
        """Return how every class's margin moves along v."""
        xp, p, q = self.xp, classes.p, classes.q
        others = sum_of_others(xp, p * v, p)
        return v - xp.where(q > TINY, others / xp.maximum(q, TINY), 0.0)

    def _slope_and_curvature(self, classes: Classes, labels: Array) -> tuple[Array, Array]:
        """Return both at the labels, as columns."""
        xp = self.xp
        margin = take(xp, classes.u, labels) - take(xp, classes.rest, labels)
        at = *point(xp, margin), *self._at_label(classes.u, labels)
        return self.formulas.slope(*at), self.formulas.curvature(*at)

    def _at_label(self, like: Array, labels: Array) -> tuple[Any, ...]:
        """Return each parameter as one number, or as a column where classes differ."""
        rows = self._of_classes(like)
        return tuple(
            self.xp.take(row, labels, axis=0)[:, None] if isinstance(given, tuple) else row
            for row, given in zip(rows, self._rows, strict=True)
        )

    def _everywhere(self, formula: Any, classes: Classes) -> Array:
        return formula(classes.lp, classes.lq, classes.p, classes.q, *self._of_classes(classes.u))

    def _of_classes(self, like: Array) -> tuple[Any, ...]:
        """Return each parameter as one number, or as an array where classes differ."""
        return tuple(self.xp.constant(row, like) if isinstance(row, tuple) else row for row in self._rows)


class BrierForm(ClassForm):
    """The full Brier score, ``sum over k of (p_k - [k=y])^2``.

    With ``d = p - e_y`` and ``S = p.d`` the gradient is ``2 p_k (d_k - S)``. Every difference below is
    written over ``1 - p`` and sums that leave classes out, as ``p - p^2`` near 1 would cancel.
    """

    def both(self, u: Array, labels: Array) -> tuple[Array, Array]:
        """Return ``q_y^2`` plus the other classes' ``p_k^2``, and ``2 p_k (d_k - S)``."""
        xp, classes = self.xp, self.points(u)
        others = xp.where(is_label(xp, classes.p, labels), 0.0, classes.p)
        value = (take(xp, classes.q, labels) ** 2)[:, 0] + xp.sum(others * others, axis=-1)
        return value, 2.0 * classes.p * self._lead(classes, labels)

    def hessian(self, classes: Classes, labels: Array) -> Array:
        """Return the derivative of the gradient's entry k in u_k."""
        xp, p, q = self.xp, classes.p, classes.q
        spread = p * q - 2.0 * p * (p * q - sum_of_others(xp, p * p, p))
        spread = spread + xp.where(is_label(xp, p, labels), p * q, -p * take(xp, p, labels))
        return 2.0 * p * q * self._lead(classes, labels) + 2.0 * p * spread

    def product(self, classes: Classes, labels: Array, v: Array) -> Array:
        """Return ``2 dp (d - S) + 2 p (dp - dS)`` with ``dp = p (v - p.v)``."""
        xp, p = self.xp, classes.p
        d = xp.where(is_label(xp, p, labels), -classes.q, p)
        dp = p * (v - self._total(p * v))
        return 2.0 * dp * self._lead(classes, labels) + 2.0 * p * (dp - self._total(dp * (d + p)))

    def losses(self, classes: Classes) -> Array:
        """Return ``q_k^2 + sum over j != k of p_j^2``."""
        return classes.q * classes.q + sum_of_others(self.xp, classes.p * classes.p, classes.p)

    def losses_along(self, classes: Classes, v: Array) -> Array:
        """Return ``2 (p.dp - dp_k)`` with ``dp = p (v - p.v)``."""
        p = classes.p
        dp = p * (v - self._total(p * v))
        return 2.0 * (self._total(p * dp) - dp)

    def gradient_of_mass(self, classes: Classes, mass: Array) -> Array:
        """Return ``2 m p_k (d_k - p.d)`` with m the whole mass and ``d = p - mass/m``."""
        d = self._total(mass) * classes.p - mass
        return 2.0 * classes.p * (d - self._total(classes.p * d))

    def product_of_mass(self, classes: Classes, mass: Array, v: Array) -> Array:
        """Return the derivative of `gradient_of_mass` along v."""
        p, total, whole = classes.p, self._total, self._total(mass)
        d = whole * p - mass
        dp = p * (v - total(p * v))
        return 2.0 * dp * (d - total(p * d)) + 2.0 * p * (whole * dp - total(dp * d) - whole * total(p * dp))

    def evidence_of_margin(self, margin: Array) -> Array:
        """Return ``log p_k``: the score is proper."""
        return point(self.xp, margin)[0]

    def _lead(self, classes: Classes, labels: Array) -> Array:
        """Return ``d_k - S``."""
        xp, p, q = self.xp, classes.p, classes.q
        at_label = is_label(xp, p, labels)
        others = xp.where(at_label, 0.0, p)
        squares = sum_of_others(xp, others * others, others)
        p_y, q_y = take(xp, p, labels), take(xp, q, labels)
        return xp.where(at_label, -(q_y * q_y) - squares, p * q + p_y * q_y - squares)
