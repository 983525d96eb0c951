"""The words of the formulas in float32, for numba: arithmetic that a vector unit does sixteen rows at a time.

The numba wheel has no vector `exp` or `log`, and a scalar call inside a loop stops it from vectorising. Here
they are those of `scarce.kernels.polynomials`. Four rules keep the loops vectorised, and each was paid for (a
broken one costs a factor of 10 to 20): every constant is float32, as a float64 one widens the whole loop; a
choice goes through `where`, as a division inside an ``if`` is a jump; rounding adds a magic number, as
`floor` is a call; and every word is inlined by force.
"""

from __future__ import annotations

import types

from numpy import float32, int32

from scarce.errors import ScarceError
from scarce.kernels import polynomials

try:
    import numba
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="numba", extra="trial") from missing

OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
"""How everything here is compiled: a multiplication and an addition may fuse, nothing else may move."""

word = numba.njit(forceinline=True, **OPTIONS)
"""Compile a word, a formula or a template that ends up inside a kernel's loop."""

LEAST = float32(polynomials.LEAST)


@word
def where(condition, first, second):
    """Choose between two values that are both computed: a select, never a jump."""
    return first if condition else second


@word
def minimum(first, second):
    """Return the smaller; the first if they cannot be compared."""
    return second if second < first else first


@word
def maximum(first, second):
    """Return the larger; the first if they cannot be compared."""
    return second if second > first else first


@word
def absolute(x):
    """Return x without its sign."""
    return abs(x)


@word
def bits(x):
    """Return the bits of a float32 as a whole number."""
    return float32(x).view(int32)


@word
def number(n):
    """Return the float32 of some bits."""
    return int32(n).view(float32)


@word
def single(n):
    """Return the value of a whole number."""
    return float32(n)


@word
def whole(x):
    """Return a whole number of 32 bits: without the cast, sums of them would have 64."""
    return int32(x)


_MACHINE = {
    "where": where,
    "minimum": minimum,
    "maximum": maximum,
    "bits": bits,
    "number": number,
    "single": single,
    "whole": whole,
}
_SPELLED = polynomials.spelled(_MACHINE, float32, int32, word)

exp, expm1, log, log1p = (_SPELLED[name] for name in ("exp", "expm1", "log", "log1p"))
power, whole_power = _SPELLED["power"], _SPELLED["whole_power"]

VOCABULARY = types.MappingProxyType(
    {
        "exp": exp,
        "expm1": expm1,
        "log": log,
        "log1p": log1p,
        "absolute": absolute,
        "minimum": minimum,
        "maximum": maximum,
        "where": where,
        "power": power,
    }
)
"""The words that `scarce.losses.primitives.bind` gives a formula."""

WHOLE = types.MappingProxyType({**VOCABULARY, "power": whole_power})
"""The same for formulas that raise to whole powers only, up to the seventh."""
