"""The forms of a softmax loss on another library's arrays.

They are those of `scarce.losses.class_forms`, copied onto other globals; nothing is spelled a second time.
Added here is the Hessian product of soft targets, which NumPy's losses take label by label.
"""

from __future__ import annotations

import math
import types
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from scarce.arrays.parameters import shared_rows
from scarce.losses import class_forms
from scarce.losses.formulas import TINY
from scarce.losses.modulation import Brier, Formulas

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library
    from scarce.losses.modulation import Modulation


class Forms:
    """`TargetForm`, `BrierForm` and what they stand on, for one library.

    Parameters
    ----------
    library : Library
        Whose arrays they take.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        names = library.names
        scope: dict[str, Any] = {
            "__builtins__": __builtins__,
            "Classes": class_forms.Classes,
            "np": names,
            "where": names.where,
            "LOWEST": class_forms.LOWEST,
            "point": library.point,
            "is_label": self.is_label,
            "take": self.take,
        }
        for name in ("classes_of", "share_of_rest", "sum_of_others"):
            scope[name] = types.FunctionType(getattr(class_forms, name).__code__, scope, name)
        self.classes_of = scope["classes_of"]
        self.sum_of_others = scope["sum_of_others"]
        self._target = type("TargetForm", (_TargetForm, _copied(class_forms.TargetForm, scope)), {})
        self._brier = type("BrierForm", (_BrierForm, _copied(class_forms.BrierForm, scope)), {})

    def of(self, modulation: Modulation, n_classes: int) -> Any:
        """Return the form of a modulation over so many classes."""
        if isinstance(modulation, Brier):
            return self._brier(self)
        return self._target(self, modulation, n_classes)

    def lowered(self, u: Array) -> Array:
        """Return rows less their largest entries.

        A loss does not change when a row moves as a whole, so no gradient need flow through that entry.
        """
        library = self.library
        return u - library.stop_gradient(library.names.max(u, axis=-1, keepdims=True))

    def of_any(self, u: Array) -> Any:
        """Return the points of every class, given logits whose largest need not be 0."""
        return self.classes_of(self.lowered(u))

    def is_label(self, values: Array, labels: Array) -> Array:
        """Return where the class is the row's label."""
        names = self.library.names
        return names.equal(self.library.whole(names.arange(values.shape[-1])), labels[:, None])

    def take(self, values: Array, labels: Array) -> Array:
        """Return each row's entry at its label, as a column."""
        return self.library.names.take_along_axis(values, labels[:, None], axis=-1)


def _copied(form: type, scope: dict[str, Any]) -> type:
    """Return a form whose methods see the given globals; without what its dataclass wrote."""
    methods = {
        name: types.FunctionType(method.__code__, scope, name, method.__defaults__)
        for name, method in vars(form).items()
        if isinstance(method, types.FunctionType) and method.__code__.co_filename == class_forms.__file__
    }
    return type(form.__name__, (), methods)


class _TargetForm:
    """A modulation of the target's probability; a parameter that classes share is one number."""

    def __init__(self, forms: Forms, modulation: Modulation, n_classes: int) -> None:
        self._forms = forms
        self._rows = shared_rows(modulation, n_classes)
        self.formulas = Formulas(*map(forms.library.bound, modulation.formulas))

    def both(self, u: Array, labels: Array) -> tuple[Array, Array]:
        """Return value and gradient given labels: one softmax, over the classes that are not the label.

        A row without a largest logit, as it is infinite or all are minus infinity, has no value: NaN.
        """
        names = self._forms.library.names
        at_label = self._forms.is_label(u, labels)
        others = names.where(at_label, -math.inf, u)
        top, own = names.max(others, axis=-1, keepdims=True), self._forms.take(u, labels)
        own = names.where(names.isfinite(names.maximum(own, top)), own, math.nan)
        top = names.maximum(top, class_forms.LOWEST)
        share = names.exp(others - top)
        total = names.maximum(names.sum(share, axis=-1, keepdims=True), TINY)
        point = self._forms.library.point(own - top - names.log(total))
        at = *point, *self._at_label(u, labels)
        slope = self.formulas.slope(*at)
        return self.formulas.phi(*at)[:, 0], names.where(at_label, -slope, share * (slope / total))

    def losses(self, classes: Any) -> Array:
        """Return the loss under every label."""
        return self._everywhere(self.formulas.phi, classes)

    def losses_along(self, classes: Any, v: Array) -> Array:
        """Return the derivative of `losses` along v: minus the slope times what the margin moves."""
        return -self._everywhere(self.formulas.slope, classes) * self._ahead(classes, v)

    def product_of_mass(self, classes: Any, mass: Array, v: Array) -> Array:
        """Return the Hessian of soft targets times v.

        Along v a class's margin moves by ``ahead``, its p by ``p q ahead``, its slope by ``-curvature ahead``
        and its a by ``a (p - curvature/slope) ahead``; the gradient is `gradient_of_mass`.
        """
        names, others = self._forms.library.names, self._forms.sum_of_others
        p, q, ahead = classes.p, classes.q, self._ahead(classes, v)
        slope = self._everywhere(self.formulas.slope, classes)
        curvature = self._everywhere(self.formulas.curvature, classes)
        pulls = mass * names.exp(self._everywhere(self.formulas.log_a, classes))
        growth = names.where(slope > TINY, p - curvature / names.maximum(slope, TINY), 0.0)
        moved = p * q * ahead * others(pulls, pulls) + p * others(pulls * growth * ahead, pulls)
        return moved + mass * curvature * ahead

    def evidence_of_margin(self, margin: Array) -> Array:
        """Return ``log(p_k / a(p_k))``."""
        at = self._forms.library.point(margin)
        return at[0] - self.formulas.log_a(*at, *self._of_classes(margin))

    def _ahead(self, classes: Any, v: Array) -> Array:
        """Return how every class's margin moves along v."""
        names, p, q = self._forms.library.names, classes.p, classes.q
        return v - names.where(q > TINY, self._forms.sum_of_others(p * v, p) / names.maximum(q, TINY), 0.0)

    def _at(self, formula: Any, classes: Any, labels: Array) -> Array:
        take = self._forms.take
        margin = take(classes.u, labels) - take(classes.rest, labels)
        return formula(*self._forms.library.point(margin), *self._at_label(classes.u, labels))

    def _at_label(self, like: Array, labels: Array) -> tuple[Any, ...]:
        """Return each parameter as one number, or as a column where classes differ."""
        library = self._forms.library
        return tuple(
            library.names.take(library.constant(row, like), labels, axis=0)[:, None]
            if isinstance(row, np.ndarray)
            else row
            for row in self._rows
        )

    def _everywhere(self, formula: Any, classes: Any) -> Array:
        return formula(classes.lp, classes.lq, classes.p, classes.q, *self._of_classes(classes.u))

    def _of_classes(self, like: Array) -> tuple[Any, ...]:
        """Return each parameter as one number, or as an array where classes differ."""
        library = self._forms.library
        return tuple(
            library.constant(row, like) if isinstance(row, np.ndarray) else row for row in self._rows
        )


class _BrierForm:
    """The full Brier score."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def both(self, u: Array, labels: Array) -> tuple[Array, Array]:
        """Return value and gradient given labels."""
        classes, form = self._forms.of_any(u), cast("Any", self)
        return form.value(classes, labels), form.gradient(classes, labels)

    def losses_along(self, classes: Any, v: Array) -> Array:
        """Return the derivative of `losses` along v, ``2 (p.dp - dp_k)`` with ``dp = p (v - p.v)``."""
        names, p = self._forms.library.names, classes.p
        dp = p * (v - names.sum(p * v, axis=-1, keepdims=True))
        return 2.0 * (names.sum(p * dp, axis=-1, keepdims=True) - dp)

    def losses(self, classes: Any) -> Array:
        """Return the loss under every label."""
        return classes.q * classes.q + self._forms.sum_of_others(classes.p * classes.p, classes.p)

    def product_of_mass(self, classes: Any, mass: Array, v: Array) -> Array:
        """Return the Hessian of soft targets times v: the derivative of `gradient_of_mass` along v."""
        names, p = self._forms.library.names, classes.p

        def total(values: Array) -> Array:
            return names.sum(values, axis=-1, keepdims=True)

        whole = total(mass)
        d = whole * p - mass
        dp = p * (v - total(p * v))
        return 2.0 * dp * (d - total(p * d)) + 2.0 * p * (whole * dp - total(dp * d) - whole * total(p * dp))
