"""Losses with their derivatives, each a closed form: what a library makes one differentiable function of.

A rule is a function of logits ``u`` and perhaps of one thing more that is *given*: labels, in which nothing
is differentiated, or targets, in which the value is affine. Value and gradient come together in `both`,
where they share their exponentials; the Hessian is asked for only by who differentiates twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from scarce.losses.class_forms import form_of
from scarce.losses.formulas import point
from scarce.losses.inputs import ROUNDING
from scarce.losses.modulation import parameters_of_class

if TYPE_CHECKING:
    from scarce.losses.modulation import Modulation
    from scarce.losses.namespace import Namespace

Array = Any
NAN = float("nan")


class Rule(ABC):
    """A loss of logits and of what is given, differentiable twice by closed forms.

    ``affine`` says whether the value can be differentiated in what is given; ``by_rows`` whether a loss is
    of a row, with classes last, or of an element.
    """

    affine = False
    by_rows = False

    @abstractmethod
    def both(self, u: Array, *given: Array) -> tuple[Array, Array]:
        """Return the value, and the gradient in u."""

    @abstractmethod
    def product(self, v: Array, u: Array, *given: Array) -> Array:
        """Return the Hessian in u times v."""

    def diagonal(self, u: Array, *given: Array) -> Array:
        """Return the diagonal of the Hessian in u."""
        return self.product(1.0, u, *given)

    def value(self, u: Array, *given: Array) -> Array:
        """Return the value."""
        return self.both(u, *given)[0]

    def gradient(self, u: Array, *given: Array) -> Array:
        """Return the gradient in u."""
        return self.both(u, *given)[1]


class Call(NamedTuple):
    """A call's inputs, checked: adjusted logits, the rule of its losses, and what that is given beside them.

    ``factor`` multiplies a loss, and ``row_weight`` is that without class weights, 0 for ignored targets.
    ``target`` is as it came, a label or what it states of classes; ``shape`` is that of unreduced losses.
    """

    u: Array
    rule: Rule
    given: tuple[Any, ...]
    factor: Array
    row_weight: Array
    scale: Array
    target: Array
    shape: tuple[int, ...]


class AffineRule(Rule):
    """A rule whose value is affine in what is given, so that it can be differentiated in that too."""

    affine = True

    @abstractmethod
    def by_given(self, u: Array, *given: Array) -> Array:
        """Return the derivative of the value in what is given, entry by entry."""

    @abstractmethod
    def by_given_along(self, v: Array, u: Array, *given: Array) -> Array:
        """Return the derivative of `by_given` as u moves along v."""

    @abstractmethod
    def turn(self, moved: Array, u: Array, *given: Array) -> Array:
        """Return the derivative of the gradient as what is given moves."""


class MarginRule(Rule):
    """``phi(sign u)``, with parameters that both classes share or that, as signs, are given a logit each."""

    def __init__(
        self,
        xp: Namespace,
        modulation: Modulation,
        parameters: tuple[Any, ...] | None = None,
        sign: Any = 1.0,
    ) -> None:
        self._xp, self._formulas, self._sign = xp, modulation.formulas.over(xp), sign
        self._parameters = parameters_of_class(modulation, 0) if parameters is None else parameters

    def both(self, u: Array, *given: Array) -> tuple[Array, Array]:
        """Return ``phi`` and minus the slope."""
        at = *point(self._xp, _times(u, self._sign)), *self._parameters
        return self._formulas.phi(*at), _times(-self._formulas.slope(*at), self._sign)

    def value(self, u: Array, *given: Array) -> Array:
        """Return ``phi`` alone, for half the work."""
        return self._formulas.phi(*point(self._xp, _times(u, self._sign)), *self._parameters)

    def product(self, v: Array, u: Array, *given: Array) -> Array:
        """Return the curvature times v."""
        return self._formulas.curvature(*point(self._xp, _times(u, self._sign)), *self._parameters) * v


class TargetRule(AffineRule):
    """``(k t + s) w_1 phi(u) + (k (1-t) + s) w_0 phi(-u)``: both sides of one point; NaN outside [0, 1].

    The weights are ``(w_0, w_1)``, each one number or one a label; smoothing is ``1 - k``, which is twice s.
    A target outside by rounding is taken for the end of the domain, and its derivative is the one inside.
    """

    def __init__(
        self, xp: Namespace, weights: tuple[Any, Any], label_smoothing: float, modulation: Modulation
    ) -> None:
        self._xp, self._weights = xp, weights
        self._keep, self._spread = 1.0 - label_smoothing, 0.5 * label_smoothing
        self._negative, self._positive = (parameters_of_class(modulation, k) for k in (0, 1))
        self._phi, self._slope, self._curvature, _ = modulation.formulas.over(xp)

    def both(self, u: Array, *given: Array) -> tuple[Array, Array]:
        """Return the value and the gradient; 0 where the target is none."""
        (target,) = given
        positive, negative = self._points(u)
        t, rest = self._masses(target)
        value = t * self._phi(*positive) + rest * self._phi(*negative)
        gradient = rest * self._slope(*negative) - t * self._slope(*positive)
        there = _is_probability(target)
        return self._xp.where(there, value, NAN), self._xp.where(there, gradient, 0.0)

    @property
    def is_of_one_margin(self) -> bool:
        """Whether a target of 0 or 1 needs one side of the point only, and either side in the same way."""
        return self._spread == 0.0 and self._positive == self._negative

    def both_of_hard(self, u: Array, target: Array) -> tuple[Array, Array]:
        """Return `both` where every target is 0 or 1 and the rule is of one margin, in half the work."""
        at = *point(self._xp, (2.0 * target - 1.0) * u), *self._positive
        t, rest = _times(target, self._weights[1]), _times(1.0 - target, self._weights[0])
        return (t + rest) * self._phi(*at), (rest - t) * self._slope(*at)

    def product(self, v: Array, u: Array, *given: Array) -> Array:
        """Return the curvature of both sides times v."""
        (target,) = given
        positive, negative = self._points(u)
        t, rest = self._masses(target)
        curvature = t * self._curvature(*positive) + rest * self._curvature(*negative)
        return self._xp.where(_is_probability(target), curvature, 0.0) * v

    def by_given(self, u: Array, *given: Array) -> Array:
        """Return ``k (w_1 phi(u) - w_0 phi(-u))``."""
        positive, negative = self._points(u)
        return self._lead(self._phi(*positive), -self._phi(*negative), *given)

    def by_given_along(self, v: Array, u: Array, *given: Array) -> Array:
        """Return its derivative times v."""
        positive, negative = self._points(u)
        return self._lead(-self._slope(*positive), -self._slope(*negative), *given) * v

    def turn(self, moved: Array, u: Array, *given: Array) -> Array:
        """Return the same: value and target are an element each."""
        return self.by_given_along(moved, u, *given)

    def _points(self, u: Array) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        lp, lq, p, q = point(self._xp, u)
        return (lp, lq, p, q, *self._positive), (lq, lp, q, p, *self._negative)

    def _masses(self, target: Array) -> tuple[Array, Array]:
        """Return what the target puts on either side, class weights among it."""
        t = self._xp.minimum(self._xp.maximum(target, 0.0), 1.0)
        rest = 1.0 - t
        if self._spread:
            t, rest = t * self._keep + self._spread, rest * self._keep + self._spread
        return _times(t, self._weights[1]), _times(rest, self._weights[0])

    def _lead(self, of_positive: Array, of_negative: Array, target: Array) -> Array:
        whole = self._weights[1] * of_positive + self._weights[0] * of_negative
        return self._xp.where(_is_probability(target), self._keep * whole, 0.0)


class _OfForm(Rule):
    """A rule that is a form's, over so many classes."""

    by_rows = True

    def __init__(self, xp: Namespace, n_classes: int, modulation: Modulation) -> None:
        self._form = form_of(xp, modulation, n_classes)


class LabelRule(_OfForm):
    """A form's value given labels."""

    def both(self, u: Array, *given: Array) -> tuple[Array, Array]:
        """Return the loss of each row and the gradient."""
        return self._form.both(u, *given)

    def product(self, v: Array, u: Array, *given: Array) -> Array:
        """Return each row's Hessian times v."""
        (labels,) = given
        return self._form.product(self._form.points(u), labels, v)

    def diagonal(self, u: Array, *given: Array) -> Array:
        """Return the diagonal of each row's Hessian."""
        return self._form.hessian(self._form.points(u), *given)


class MassRule(_OfForm, AffineRule):
    """A form's value given the mass that a target puts on each class."""

    def both(self, u: Array, *given: Array) -> tuple[Array, Array]:
        """Return the loss of each row and the gradient."""
        classes = self._form.points(u)
        return self._form.value_of_mass(classes, *given), self._form.gradient_of_mass(classes, *given)

    def product(self, v: Array, u: Array, *given: Array) -> Array:
        """Return each row's Hessian times v."""
        (mass,) = given
        return self._form.product_of_mass(self._form.points(u), mass, v)

    def diagonal(self, u: Array, *given: Array) -> Array:
        """Return the mean over labels of the diagonals of each row's Hessian."""
        (mass,), form, classes = given, self._form, self._form.points(u)
        first = 0 * form.xp.argmax(mass, axis=-1)
        return sum(mass[:, k, None] * form.hessian(classes, first + k) for k in range(mass.shape[-1]))

    def by_given(self, u: Array, *given: Array) -> Array:
        """Return the loss under every label."""
        return self._form.losses(self._form.points(u))

    def by_given_along(self, v: Array, u: Array, *given: Array) -> Array:
        """Return the derivative of the loss under every label."""
        return self._form.losses_along(self._form.points(u), v)

    def turn(self, moved: Array, u: Array, *given: Array) -> Array:
        """Return the gradient of the moved mass, in which it is linear."""
        return self._form.gradient_of_mass(self._form.points(u), moved)


def _is_probability(target: Array) -> Array:
    """Return where a target lies in [0, 1], but for rounding."""
    return (target >= -ROUNDING) & (target <= 1.0 + ROUNDING)


def _times(values: Array, weight: Any) -> Array:
    """Return weighted values; as they are where the weight is 1."""
    return values if isinstance(weight, float) and weight == 1.0 else values * weight
