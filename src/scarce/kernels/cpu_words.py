"""The words of the formulas (`scarce.losses.namespace`) in float32, for numba: the `xp` of the CPU's kernels.

The numba wheel has no vector `exp` or `log`, and a scalar call inside a loop stops it from vectorising. Here
they are those of `scarce.kernels.polynomials`, which a vector unit does sixteen rows at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.kernels import cpu_arithmetic, polynomials
from scarce.kernels.cpu_arithmetic import maximum, minimum, where
from scarce.kernels.cpu_compiler import word

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["absolute", "exp", "expm1", "log", "log1p", "maximum", "minimum", "power", "where"]


@word
def absolute(x):
    """Return x without its sign."""
    return abs(x)


def over_arithmetic(function: Callable[..., Any]) -> Any:
    """Return a polynomial as a word: over what a CPU does with single numbers."""

    def of(*arguments):
        return function(cpu_arithmetic, *arguments)

    return word(of)


exp, expm1, log = map(over_arithmetic, (polynomials.exp, polynomials.expm1, polynomials.log))
log1p, power = map(over_arithmetic, (polynomials.log1p, polynomials.power))
