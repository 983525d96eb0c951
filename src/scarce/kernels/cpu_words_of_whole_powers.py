"""The words of `scarce.kernels.cpu_words` for formulas that raise to whole powers only, up to the seventh."""

from scarce.kernels import polynomials
from scarce.kernels.cpu_words import (
    absolute,
    exp,
    expm1,
    log,
    log1p,
    maximum,
    minimum,
    over_arithmetic,
    where,
)

__all__ = ["absolute", "exp", "expm1", "log", "log1p", "maximum", "minimum", "power", "where"]

power = over_arithmetic(polynomials.whole_power)
