"""The words of `scarce.kernels.cpu_words` for formulas that raise to whole powers only, up to the seventh."""

from scarce.kernels import cpu_arithmetic, polynomials
from scarce.kernels.cpu_compiler import word
from scarce.kernels.cpu_words import absolute, exp, expm1, log, log1p, maximum, minimum, where

__all__ = ["absolute", "exp", "expm1", "log", "log1p", "maximum", "minimum", "power", "where"]


@word
def power(x, log_x, exponent):
    """Return x**exponent by multiplication: faster than by a logarithm."""
    return polynomials.whole_power(cpu_arithmetic, x, log_x, exponent)
