"""PyTorch's words for the formulas of the losses, and the closed forms of a softmax loss on tensors.

Nothing is spelled a second time: formulas and forms are those of `scarce.losses`, copied onto other globals.
"""

from __future__ import annotations

import functools
import math
import types
from typing import TYPE_CHECKING, Any

import torch

from scarce.losses import class_forms, formulas
from scarce.losses.modulation import Formulas, Modulation, parameter_table
from scarce.losses.primitives import bind

if TYPE_CHECKING:
    from torch import Tensor

Number = Any
"""A tensor, or a Python number where a parameter is the same for all."""


def exp(x: Number) -> Number:
    """Return e to the power x."""
    return torch.exp(x) if isinstance(x, torch.Tensor) else math.exp(x)


def expm1(x: Tensor) -> Tensor:
    """Return ``exp(x) - 1`` without cancellation near 0."""
    return torch.expm1(x)


def log(x: Number) -> Number:
    """Return the natural logarithm."""
    return torch.log(x) if isinstance(x, torch.Tensor) else math.log(x)


def log1p(x: Tensor) -> Tensor:
    """Return ``log(1 + x)`` without cancellation near 0."""
    return torch.log1p(x)


def absolute(x: Tensor) -> Tensor:
    """Return ``|x|``."""
    return torch.abs(x)


def minimum(x: Tensor, y: Number) -> Tensor:
    """Return the smaller of the two."""
    return torch.minimum(x, y) if isinstance(y, torch.Tensor) else torch.clamp(x, max=y)


def maximum(x: Tensor, y: Number) -> Tensor:
    """Return the larger of the two."""
    return torch.maximum(x, y) if isinstance(y, torch.Tensor) else torch.clamp(x, min=y)


def where(condition: Number, x: Number, y: Number) -> Number:
    """Return x where the condition holds and y elsewhere."""
    if isinstance(condition, torch.Tensor):
        return torch.where(condition, x, y)
    return x if condition else y


def power(x: Tensor, log_x: Tensor, g: Number) -> Tensor:
    """Return ``x ** g`` for x > 0; by multiplication where g is a small whole number."""
    if isinstance(g, torch.Tensor) or g not in (1.0, 2.0):
        return torch.exp(g * log_x)
    return x if g == 1.0 else x * x


VOCABULARY = {
    word.__name__: word for word in (exp, expm1, log, log1p, absolute, minimum, maximum, where, power)
}

point = bind(formulas.point, VOCABULARY)
softplus = bind(formulas.softplus, VOCABULARY)
unbounded = bind(formulas.unbounded, VOCABULARY)


@functools.cache
def bound(of: Formulas) -> Formulas:
    """Return a modulation's formulas in these words."""
    return Formulas(*(bind(formula, VOCABULARY) for formula in of))


def sides(modulation: Modulation) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the formulas' parameters for negatives and for positives."""
    table = parameter_table(modulation, 2)
    return tuple(table[:, 0].tolist()), tuple(table[:, 1].tolist())


def is_label(values: Tensor, labels: Tensor) -> Tensor:
    """Return where the class is the row's label."""
    return torch.arange(values.shape[-1], device=labels.device) == labels[:, None]


def take(values: Tensor, labels: Tensor) -> Tensor:
    """Return each row's entry at its label, as a column."""
    return torch.gather(values, -1, labels[:, None])


class _Names:
    """What `scarce.losses.class_forms` asks of NumPy, answered by PyTorch."""

    inf = math.inf
    where, exp, log, log1p, abs = map(
        staticmethod, (torch.where, torch.exp, torch.log, torch.log1p, torch.abs)
    )
    minimum, maximum = staticmethod(minimum), staticmethod(maximum)

    @staticmethod
    def argmax(x: Tensor, axis: int) -> Tensor:
        return torch.argmax(x, dim=axis)

    @staticmethod
    def max(x: Tensor, axis: int, keepdims: bool) -> Tensor:
        return torch.amax(x, dim=axis, keepdim=keepdims)

    @staticmethod
    def sum(x: Tensor, axis: int, keepdims: bool = False) -> Tensor:
        return torch.sum(x, dim=axis, keepdim=keepdims)


def _on_tensors(scope: dict[str, Any], form: type) -> type:
    """Return a form whose methods see the given globals."""
    methods = {
        name: types.FunctionType(method.__code__, scope, name, method.__defaults__)
        for name, method in vars(form).items()
        if isinstance(method, types.FunctionType) and not name.startswith("__")
    }
    return type(form.__name__, (), methods)


def _forms() -> dict[str, Any]:
    scope: dict[str, Any] = {"__builtins__": __builtins__, "Classes": class_forms.Classes}
    scope |= {"LOWEST": class_forms.LOWEST}
    scope |= {"np": _Names, "where": torch.where, "point": point, "is_label": is_label, "take": take}
    for name in ("classes_of", "share_of_rest", "sum_of_others"):
        scope[name] = types.FunctionType(getattr(class_forms, name).__code__, scope, name)
    return scope | {form.__name__: _on_tensors(scope, form) for form in (_TARGET, _BRIER)}


_TARGET, _BRIER = class_forms.TargetForm, class_forms.BrierForm
_SCOPE = _forms()

classes_of = _SCOPE["classes_of"]
BrierForm = _SCOPE["BrierForm"]


class TargetForm(_SCOPE["TargetForm"]):
    """A modulation of the probability of the target's class, on tensors."""

    def __init__(self, modulation: Modulation, n_classes: int) -> None:
        self.formulas = bound(modulation.formulas)
        self._rows = parameter_table(modulation, n_classes).tolist()

    def evidence_of_margin(self, margin: Tensor) -> Tensor:
        """Return ``log(p_k / a(p_k))``."""
        at = point(margin)
        return at[0] - self.formulas.log_a(*at, *self._of_classes(margin))

    def _at(self, formula: Any, classes: Any, labels: Tensor) -> Tensor:
        parameters = (
            row if isinstance(row, float) else row[labels][:, None] for row in self._of_classes(classes.u)
        )
        return formula(*point(take(classes.u, labels) - take(classes.rest, labels)), *parameters)

    def _everywhere(self, formula: Any, classes: Any) -> Tensor:
        return formula(classes.lp, classes.lq, classes.p, classes.q, *self._of_classes(classes.u))

    def _of_classes(self, like: Tensor) -> tuple[Number, ...]:
        """Return each parameter as one number, or one a class where they differ."""
        return tuple(
            row[0] if min(row) == max(row) else torch.tensor(row, dtype=like.dtype, device=like.device)
            for row in self._rows
        )
