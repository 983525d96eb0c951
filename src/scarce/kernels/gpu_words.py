"""The words of the formulas in single precision, for Triton: the `xp` of the GPU's kernels."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from scarce.kernels import polynomials
from scarce.kernels.gpu_compiler import Functions, bound, compiled, constant, device, tl
from scarce.kernels.whole_powers import in_whole_powers
from scarce.losses import formulas as of_losses

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas


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


CHOICES = {"where": where, "minimum": minimum, "maximum": maximum}
ARITHMETIC = Functions(**CHOICES, bits=bits, number=number, single=single, whole=whole)
"""What the polynomials are written over."""

exp, expm1, log = (bound(f, ARITHMETIC) for f in (polynomials.exp, polynomials.expm1, polynomials.log))
log1p, power, whole_power = (
    bound(f, ARITHMETIC) for f in (polynomials.log1p, polynomials.power, polynomials.whole_power)
)


@device
def absolute(x):
    """Return x without its sign."""
    return tl.abs(x)


WORDS, WORDS_OF_WHOLE_POWERS = (
    Functions(**CHOICES, absolute=absolute, exp=exp, expm1=expm1, log=log, log1p=log1p, power=raised)
    for raised in (power, whole_power)
)
"""The words of a formula, and the same for those that raise to whole powers only, up to the seventh."""


@device
def taken(LOSS: tl.constexpr, table, label, n_labels):
    """Return the parameters of a class: as the compiler knows them, or from a table with a row for each."""
    parameters = ()
    for i in tl.static_range(LOSS.n_parameters):
        if LOSS.tabled:
            parameters = parameters + (tl.load(table + i * n_labels + label),)  # noqa: RUF005 - Triton adds tuples
        else:
            parameters = parameters + (LOSS.known[i],)  # noqa: RUF005
    return parameters


@device
def chosen(condition, first, second):
    """Choose, one by one, between the parameters of two classes."""
    parameters = ()
    for i in tl.static_range(len(first)):
        parameters = parameters + (tl.where(condition, first[i], second[i]),)  # noqa: RUF005
    return parameters


def functions_of(formulas: Formulas, *of_classes: tuple[float, ...]) -> Functions:
    """Return what a kernel is given of a loss: its formulas and words, and which parameters are known.

    Whole exponents that are the same for all are made known to the compiler: a power is then a few
    multiplications. Others come from a table, so that another gamma is no other kernel.

    Parameters
    ----------
    formulas : Formulas
        The modulation's.
    *of_classes : tuple of float
        Its parameters for every class, or the distinct ones among them.
    """
    whole = in_whole_powers(formulas, *of_classes)
    alike = len(set(of_classes)) == 1
    known = of_classes[0] if whole and alike else None
    return _functions(formulas, len(of_classes[0]), whole, alike, known)


@functools.lru_cache(maxsize=64)
def _functions(
    formulas: Formulas, n_parameters: int, whole: bool, alike: bool, known: tuple[float, ...] | None
) -> Functions:
    return Functions(
        xp=WORDS_OF_WHOLE_POWERS if whole else WORDS,
        point=compiled(of_losses.point),
        unbounded=compiled(of_losses.unbounded),
        phi=compiled(formulas.phi),
        slope=compiled(formulas.slope),
        n_parameters=constant(n_parameters),
        alike=alike,
        tabled=known is None,
        known=known and tuple(map(constant, known)),
    )
