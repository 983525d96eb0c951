"""The words of the formulas (`scarce.losses.namespace`) in float32, for numba: the `xp` of the CPU's kernels.

The numba wheel has no vector `exp` or `log`, and a scalar call inside a loop stops it from vectorising. Here
they are those of `scarce.kernels.polynomials`, which a vector unit does sixteen rows at a time.
"""

from scarce.kernels import cpu_arithmetic, polynomials
from scarce.kernels.cpu_arithmetic import maximum, minimum, where
from scarce.kernels.cpu_compiler import word

__all__ = ["absolute", "exp", "expm1", "log", "log1p", "maximum", "minimum", "power", "where"]


@word
def absolute(x):
    """Return x without its sign."""
    return abs(x)


@word
def exp(x):
    """Return e**x."""
    return polynomials.exp(cpu_arithmetic, x)


@word
def expm1(x):
    """Return e**x - 1, right near 0 too."""
    return polynomials.expm1(cpu_arithmetic, x)


@word
def log(x):
    """Return log x; below the normal numbers the log of the smallest of them."""
    return polynomials.log(cpu_arithmetic, x)


@word
def log1p(x):
    """Return log(1 + x) for x > -1, right near 0 too."""
    return polynomials.log1p(cpu_arithmetic, x)


@word
def power(x, log_x, exponent):
    """Return x**exponent, given log x."""
    return polynomials.power(cpu_arithmetic, x, log_x, exponent)
