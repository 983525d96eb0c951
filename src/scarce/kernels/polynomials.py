"""The float32 functions behind the words of the kernels, spelled once for every machine that runs them.

Polynomials after a range reduction, good to about one unit in the last place. Underflow is gradual, and what
would overflow stays finite: no finite argument gives infinity or NaN, and NaN stays NaN. A multiplication and
an addition may fuse, here or there; nothing else may move.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOG2_E = 1.44269504
LN2_HIGH = 0.693145751953125  # few enough bits that n * LN2_HIGH is exact
LN2_LOW = 1.42860682e-06
ROUNDER = 12582912.0  # 1.5 * 2**23: adding it rounds to an integer and leaves that in the low bits
ROUNDER_BITS = 0x4B400000
EXP_LEAST = -104.0  # exp is 0 from here down
EXPM1_LEAST = -50.0  # expm1 is -1 from here down
EXP_MOST = 88.376  # above, 2**n would overflow: exp stops at 2.4e38
LEAST = 2.0**-126  # the smallest normal float32
ONE_BITS = 0x3F800000  # the bits of 1.0
SQRT_HALF = 0x3F3504F3  # the bits of sqrt(1/2)
MANTISSA = 23
NONE, FIRST, SECOND, THIRD = 0, 1, 2, 4  # of the bits of a whole number

# The free names, which each machine brings: a select, the smaller and the larger of two, a number's bits as a
# whole number and back, a whole number's value, and a cast to a whole number, towards 0.
where = minimum = maximum = bits = number = single = whole = None


def reduced(x):
    """Write x as n ln 2 + r with abs(r) <= ln(2) / 2; return expm1(r) and n."""
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    square = r * r
    low = 1.6666665459e-1 * r + 5.0000001201e-1
    middle = 8.3334519073e-3 * r + 4.1665795894e-2
    high = 1.9875691500e-4 * r + 1.3981999507e-3
    y = low + square * (middle + square * high)
    return y * square + r, whole(bits(shifted) - ROUNDER_BITS)


def power_of_two(n):
    """Return 2**n for a whole n from -126 to 127."""
    return number(whole((n << MANTISSA) + ONE_BITS))


def exp(x):
    """Return e**x."""
    minus_one, n = reduced(minimum(maximum(x, EXP_LEAST), EXP_MOST))
    half = whole(n >> FIRST)  # in two steps, or what is subnormal could not be reached
    return (minus_one + 1.0) * power_of_two(half) * power_of_two(whole(n - half))


def expm1(x):
    """Return e**x - 1, right near 0 too."""
    minus_one, n = reduced(minimum(maximum(x, EXPM1_LEAST), EXP_MOST))
    scale = power_of_two(n)
    return minus_one * scale + (scale - 1.0)


def log_of_normal(x):
    """Return log x for a normal number."""
    pattern = bits(x)
    exponent = whole(whole(pattern - SQRT_HALF) >> MANTISSA)
    f = number(whole(pattern - whole(exponent << MANTISSA))) - 1.0
    e = single(exponent)
    square = f * f
    fourth = square * square
    low = -2.4999993993e-1 * f + 3.3333331174e-1
    second = -1.6668057665e-1 * f + 2.0000714765e-1
    third = -1.2420140846e-1 * f + 1.4249322787e-1
    high = -1.1514610310e-1 * f + 1.1676998740e-1
    y = (low + square * second) + fourth * ((third + square * high) + fourth * 7.0376836292e-2)
    tail = (y * f) * square + e * LN2_LOW - 0.5 * square
    return (f + tail) + e * LN2_HIGH


def log(x):
    """Return log x; below the normal numbers the log of the smallest of them, -87.3."""
    return where(x == x, log_of_normal(maximum(x, LEAST)), x)


def log1p(x):
    """Return log(1 + x) for x > -1, right near 0 too."""
    u = 1.0 + x
    lost = x - (u - 1.0)
    # lost / u, but for a division: a straight line does for 1 / u, as it is right where log u is small
    return log_of_normal(u) + lost * maximum(1.75 - 0.75 * u, 0.0)


def power(x, log_x, exponent):
    """Return x**exponent, given log x."""
    return exp(exponent * log_x)


def whole_power(x, log_x, exponent):
    """Return x**exponent for a whole exponent from 0 to 7, by multiplication: faster than `power`."""
    n = whole(exponent)
    square = x * x
    first = where((n & FIRST) != NONE, x, 1.0)
    second = where((n & SECOND) != NONE, square, 1.0)
    return first * second * where((n & THIRD) != NONE, square * square, 1.0)


FUNCTIONS = (reduced, power_of_two, exp, expm1, log_of_normal, log, log1p, power, whole_power)


def spelled(
    machine: Mapping[str, Any],
    single: Callable[[float], Any],
    integer: Callable[[int], Any],
    decorate: Callable[[Any], Any],
) -> dict[str, Any]:
    """Return the functions over one machine's free names.

    Parameters
    ----------
    machine : mapping of str to callable
        What the free names mean there; whatever else is in it is seen by the functions too.
    single, integer : callable
        Applied to every constant with a point, and to every one without.
    decorate : callable
        Applied to every copy, such as a compiler.

    Returns
    -------
    dict of str to callable
        The functions by name; each one's ``__qualname__`` ends in a hash of this file.
    """
    digest = hashlib.sha256(inspect.getsource(sys.modules[__name__]).encode()).hexdigest()[:16]
    scope: dict[str, Any] = {"__builtins__": __builtins__, "__name__": __name__}
    for name, value in list(globals().items()):
        if isinstance(value, float):
            scope[name] = single(value)
        elif isinstance(value, int) and name.isupper():
            scope[name] = integer(value)
    scope |= machine
    words = {}
    for function in FUNCTIONS:
        consts = tuple(single(c) if isinstance(c, float) else c for c in function.__code__.co_consts)
        copy = types.FunctionType(function.__code__.replace(co_consts=consts), scope, function.__name__)
        copy.__qualname__ = f"{function.__name__}_{digest}"
        copy.__doc__ = function.__doc__
        words[function.__name__] = scope[function.__name__] = decorate(copy)
    return words
