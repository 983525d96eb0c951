"""The words of the formulas in float32, for numba: arithmetic that a vector unit does sixteen rows at a time.

The numba wheel has no vector `exp` or `log`, and a scalar call inside a loop stops it from vectorising. Here
they are polynomials after a range reduction, good to about one unit in the last place. Four rules keep
the loops vectorised, and each was paid for (a broken one costs a factor of 10 to 20): every constant is
float32, as a float64 one widens the whole loop; a choice goes through `where`, as a division inside an
``if`` is a jump; rounding adds a magic number, as `floor` is a call; and every word is inlined by force.

Underflow is gradual, and what would overflow stays finite: no finite argument gives infinity or NaN, and NaN
stays NaN.
"""

from __future__ import annotations

import types

from numpy import float32, int32

from scarce.errors import ScarceError

try:
    import numba
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="numba", extra="trial") from missing

OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
"""How everything here is compiled: a multiplication and an addition may fuse, nothing else may move."""

word = numba.njit(forceinline=True, **OPTIONS)
"""Compile a word, a formula or a template that ends up inside a kernel's loop."""

LOG2_E = float32(1.44269504)
LN2_HIGH = float32(0.693145751953125)  # few enough bits that n * LN2_HIGH is exact
LN2_LOW = float32(1.42860682e-06)
ROUNDER = float32(12582912.0)  # 1.5 * 2**23: adding it rounds to an integer and leaves that in the low bits
ROUNDER_BITS = int32(0x4B400000)
EXP_LEAST = float32(-104.0)  # exp is 0 from here down
EXPM1_LEAST = float32(-50.0)  # expm1 is -1 from here down
EXP_MOST = float32(88.376)  # above, 2**n would overflow: exp stops at 2.4e38
LEAST = float32(1.17549435e-38)  # the smallest normal float32
ONE = int32(0x3F800000)  # the bits of 1.0
SQRT_HALF = int32(0x3F3504F3)  # the bits of sqrt(1/2)
MANTISSA = int32(23)


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
def reduced(x):
    """Write x as n ln 2 + r with abs(r) <= ln(2) / 2; return expm1(r) and n."""
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    square = r * r
    low = float32(1.6666665459e-1) * r + float32(5.0000001201e-1)
    middle = float32(8.3334519073e-3) * r + float32(4.1665795894e-2)
    high = float32(1.9875691500e-4) * r + float32(1.3981999507e-3)
    y = low + square * (middle + square * high)
    return y * square + r, int32(float32(shifted).view(int32) - ROUNDER_BITS)


@word
def power_of_two(n):
    """Return 2**n for a whole n from -126 to 127."""
    return int32((n << MANTISSA) + ONE).view(float32)


@word
def exp(x):
    """Return e**x."""
    minus_one, n = reduced(minimum(maximum(x, EXP_LEAST), EXP_MOST))
    half = int32(n >> int32(1))  # in two steps, or what is subnormal could not be reached
    return (minus_one + float32(1.0)) * power_of_two(half) * power_of_two(int32(n - half))


@word
def expm1(x):
    """Return e**x - 1, right near 0 too."""
    minus_one, n = reduced(minimum(maximum(x, EXPM1_LEAST), EXP_MOST))
    scale = power_of_two(n)
    return minus_one * scale + (scale - float32(1.0))


@word
def log_of_normal(x):
    """Return log x for a normal number."""
    bits = float32(x).view(int32)
    exponent = int32(int32(bits - SQRT_HALF) >> MANTISSA)
    f = int32(bits - int32(exponent << MANTISSA)).view(float32) - float32(1.0)
    e = float32(exponent)
    square = f * f
    fourth = square * square
    low = float32(-2.4999993993e-1) * f + float32(3.3333331174e-1)
    second = float32(-1.6668057665e-1) * f + float32(2.0000714765e-1)
    third = float32(-1.2420140846e-1) * f + float32(1.4249322787e-1)
    high = float32(-1.1514610310e-1) * f + float32(1.1676998740e-1)
    y = (low + square * second) + fourth * ((third + square * high) + fourth * float32(7.0376836292e-2))
    tail = (y * f) * square + e * LN2_LOW - float32(0.5) * square
    return (f + tail) + e * LN2_HIGH


@word
def log(x):
    """Return log x; below the normal numbers the log of the smallest of them, -87.3."""
    return where(x == x, log_of_normal(maximum(x, LEAST)), x)


@word
def log1p(x):
    """Return log(1 + x) for x > -1, right near 0 too."""
    u = float32(1.0) + x
    lost = x - (u - float32(1.0))
    # lost / u, but for a division: a straight line does for 1 / u, as it is right where log u is small
    return log_of_normal(u) + lost * maximum(float32(1.75) - float32(0.75) * u, float32(0.0))


@word
def absolute(x):
    """Return x without its sign."""
    return abs(x)


@word
def power(x, log_x, exponent):
    """Return x**exponent, given log x."""
    return exp(exponent * log_x)


@word
def whole_power(x, log_x, exponent):
    """Return x**exponent for a whole exponent from 0 to 7, by multiplication: faster than `power`."""
    n = int32(exponent)
    square = x * x
    first = where((n & int32(1)) != int32(0), x, float32(1.0))
    second = where((n & int32(2)) != int32(0), square, float32(1.0))
    return first * second * where((n & int32(4)) != int32(0), square * square, float32(1.0))


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
