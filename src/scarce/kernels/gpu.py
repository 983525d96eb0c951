"""The fused passes for a GPU, in Triton: value and gradient together, each tensor read and written once.

The formulas are those of `scarce.losses.formulas` and the polynomials those of `scarce.kernels.polynomials`,
word for word, over the words below. As on the CPU a pass is a template, a plain function whose free names
each modulation fills (`kernel`); the templates are in `scarce.kernels.gpu_elements` and `gpu_classes`.

Under Triton's interpreter (``TRITON_INTERPRET=1``) the same text runs on the CPU, for tests.
"""

from __future__ import annotations

import functools
import math
import os
import types
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError
from scarce.kernels import exponents, polynomials
from scarce.losses.formulas import point, unbounded
from scarce.losses.inputs import ROUNDING as OF_HALF_PRECISION
from scarce.losses.primitives import bind

try:
    import triton
    import triton.language as tl
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="triton", extra="torch") from missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.modulation import Formulas

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"


def device(function: Callable[..., Any]) -> Any:
    """Compile what a kernel calls; the interpreter runs it as it stands, much faster than in its own way."""
    if INTERPRETED:
        return function
    # a formula's annotation is looked up by the compiler, though nothing is made of it
    function.__globals__.setdefault("Values", tl.tensor)
    compiled = triton.jit(function)
    compiled.__qualname__ = function.__qualname__  # which older versions leave out
    return compiled


constant = float if INTERPRETED else tl.constexpr
whole_constant = int if INTERPRETED else tl.constexpr

INFINITY = constant(math.inf)
ROUNDING = constant(OF_HALF_PRECISION)


@device
def where(condition, first, second):
    """Choose between two values that are both computed."""
    return tl.where(condition, first, second)


@device
def minimum(first, second):
    """Return the smaller, or NaN."""
    return tl.minimum(first, second, propagate_nan=tl.PropagateNan.ALL)


@device
def maximum(first, second):
    """Return the larger, or NaN."""
    return tl.maximum(first, second, propagate_nan=tl.PropagateNan.ALL)


@device
def absolute(x):
    """Return x without its sign."""
    return tl.abs(x)


@device
def probability_of(target):
    """Return a target that rounding took outside [0, 1] at its end, and one farther outside as NaN."""
    clipped = minimum(maximum(target, 0.0), 1.0)
    return tl.where(tl.abs(target - clipped) <= ROUNDING, clipped, float("nan"))


@device
def weight_of(given):
    """Return a sample weight, and NaN for what is none: negative or not finite."""
    return tl.where((given >= 0.0) & (given < INFINITY), given, float("nan"))


@device
def bits(x):
    """Return the bits of a float32 as a whole number."""
    return tl.cast(x, tl.int32, bitcast=True)


@device
def number(n):
    """Return the float32 of some bits."""
    return tl.cast(n, tl.float32, bitcast=True)


@device
def single(n):
    """Return the value of a whole number, or of a number of another type."""
    return tl.cast(n, tl.float32)


@device
def whole(x):
    """Return a whole number of 32 bits."""
    return tl.cast(x, tl.int32)


_MACHINE = {
    "where": where,
    "minimum": minimum,
    "maximum": maximum,
    "bits": bits,
    "number": number,
    "single": single,
    "whole": whole,
}
_SPELLED = polynomials.spelled(_MACHINE, constant, whole_constant, device)

log = _SPELLED["log"]

VOCABULARY = types.MappingProxyType(
    {
        **{name: _SPELLED[name] for name in ("exp", "expm1", "log", "log1p", "power")},
        **{name: _MACHINE[name] for name in ("minimum", "maximum", "where")},
        "absolute": absolute,
    }
)
"""The words that `scarce.losses.primitives.bind` gives a formula."""

WHOLE = types.MappingProxyType({**VOCABULARY, "power": _SPELLED["whole_power"]})
"""The same for formulas that raise to whole powers only, up to the seventh."""


@device
def take_none(table, label, n_labels):
    """Take no parameters."""
    return ()


@device
def take_one(table, label, n_labels):
    """Take one parameter of a class."""
    return (tl.load(table + label),)


@device
def take_two(table, label, n_labels):
    """Take two parameters of a class."""
    return (tl.load(table + label), tl.load(table + n_labels + label))


@device
def take_three(table, label, n_labels):
    """Take three parameters of a class."""
    return (tl.load(table + label), tl.load(table + n_labels + label), tl.load(table + 2 * n_labels + label))


TAKE = (take_none, take_one, take_two, take_three)
"""How to take a class's parameters out of a table with a row each, by their number."""


def known_one(table, label, n_labels):
    """Return the one parameter."""
    return (P,)


def known_two(table, label, n_labels):
    """Return the two parameters."""
    return (P, Q)


def known_three(table, label, n_labels):
    """Return the three parameters."""
    return (P, Q, R)


P = Q = R = None  # free names
KNOWN = (take_none, known_one, known_two, known_three)
"""The same where the compiler knows them."""


@device
def choose_none(condition, first, second):
    """Choose between two empty tuples."""
    return ()


@device
def choose_one(condition, first, second):
    """Choose between tuples of one."""
    return (tl.where(condition, first[0], second[0]),)


@device
def choose_two(condition, first, second):
    """Choose between tuples of two."""
    return (tl.where(condition, first[0], second[0]), tl.where(condition, first[1], second[1]))


@device
def choose_three(condition, first, second):
    """Choose between tuples of three."""
    return (
        tl.where(condition, first[0], second[0]),
        tl.where(condition, first[1], second[1]),
        tl.where(condition, first[2], second[2]),
    )


@device
def either(condition, first, second):
    """Return the first of two that are the same: what follows from it is then computed once for all."""
    return first


CHOOSE = (choose_none, choose_one, choose_two, choose_three)
"""How to choose between the classes' parameters, by their number."""


def words_of(formulas: Formulas, *of_classes: tuple[float, ...]) -> tuple[dict[str, Any], bool]:
    """Return what the free names of the templates stand for, and whether parameters come from a table.

    Whole exponents that are the same for all are made known to the compiler: a power is then a few
    multiplications. Others come from a table, so that another gamma is no other kernel.

    Parameters
    ----------
    formulas : Formulas
        The modulation's.
    *of_classes : tuple of float
        Its parameters for every class, or the distinct ones among them.
    """
    in_whole_powers = exponents.words_for(formulas, *of_classes) is exponents.WHOLE
    alike = len(set(of_classes)) == 1
    known = of_classes[0] if in_whole_powers and alike else None
    return _words(formulas, len(of_classes[0]), in_whole_powers, alike, known), known is None


@functools.lru_cache(maxsize=64)
def _words(
    formulas: Formulas, n: int, in_whole_powers: bool, alike: bool, known: tuple[float, ...] | None
) -> dict[str, Any]:
    words = WHOLE if in_whole_powers else VOCABULARY
    named = {"point": point, "unbounded": unbounded, "phi": formulas.phi, "slope": formulas.slope}
    bound = {
        name: bind(formula, words, constant=constant, decorate=device) for name, formula in named.items()
    }
    taken = TAKE[n]
    if known:
        taken = device(copied(KNOWN[n], dict(zip("PQR", map(constant, known), strict=False))))
    return {**bound, "taken": taken, "choose": either if alike else CHOOSE[n]}


def copied(template: Callable[..., Any], words: dict[str, Any]) -> Any:
    """Return a copy of a template in which the free names are `words`."""
    copy = types.FunctionType(template.__code__, {**template.__globals__, **words}, template.__name__)
    copy.__annotations__ = template.__annotations__
    copy.__module__, copy.__qualname__ = template.__module__, template.__qualname__
    return copy


def kernel(template: Callable[..., Any], words: dict[str, Any], **options: Any) -> Any:
    """Return a kernel: a template whose free names are filled."""
    return triton.jit(copied(template, words), **options)
