"""The float32 functions behind the words of the kernels, written once for every machine that runs them.

Each takes first what a machine does with single numbers (`scarce.kernels.cpu_arithmetic`, `gpu_arithmetic`):
``where``, ``minimum``, ``maximum``, a number's ``bits`` as a whole number and the ``number`` of some bits, a
whole number's value (``single``) and a cast to a ``whole`` number, towards 0.

Polynomials after a range reduction, good to about one unit in the last place. Underflow is gradual, and what
would overflow stays finite: no finite argument gives infinity or NaN, and NaN stays NaN. A multiplication and
an addition may fuse, here or there; nothing else may move.
"""

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


def reduced(xp, x):
    """Write x as n ln 2 + r with abs(r) <= ln(2) / 2; return expm1(r) and n."""
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    square = r * r
    low = 1.6666665459e-1 * r + 5.0000001201e-1
    middle = 8.3334519073e-3 * r + 4.1665795894e-2
    high = 1.9875691500e-4 * r + 1.3981999507e-3
    y = low + square * (middle + square * high)
    return y * square + r, xp.whole(xp.bits(shifted) - ROUNDER_BITS)


def power_of_two(xp, n):
    """Return 2**n for a whole n from -126 to 127."""
    return xp.number(xp.whole((n << MANTISSA) + ONE_BITS))


def exp(xp, x):
    """Return e**x."""
    minus_one, n = reduced(xp, xp.minimum(xp.maximum(x, EXP_LEAST), EXP_MOST))
    half = xp.whole(n >> 1)  # in two steps, or what is subnormal could not be reached
    return (minus_one + 1.0) * power_of_two(xp, half) * power_of_two(xp, xp.whole(n - half))


def expm1(xp, x):
    """Return e**x - 1, right near 0 too."""
    minus_one, n = reduced(xp, xp.minimum(xp.maximum(x, EXPM1_LEAST), EXP_MOST))
    scale = power_of_two(xp, n)
    return minus_one * scale + (scale - 1.0)


def log_of_normal(xp, x):
    """Return log x for a normal number."""
    pattern = xp.bits(x)
    exponent = xp.whole(xp.whole(pattern - SQRT_HALF) >> MANTISSA)
    f = xp.number(xp.whole(pattern - xp.whole(exponent << MANTISSA))) - 1.0
    e = xp.single(exponent)
    square = f * f
    fourth = square * square
    low = -2.4999993993e-1 * f + 3.3333331174e-1
    second = -1.6668057665e-1 * f + 2.0000714765e-1
    third = -1.2420140846e-1 * f + 1.4249322787e-1
    high = -1.1514610310e-1 * f + 1.1676998740e-1
    y = (low + square * second) + fourth * ((third + square * high) + fourth * 7.0376836292e-2)
    tail = (y * f) * square + e * LN2_LOW - 0.5 * square
    return (f + tail) + e * LN2_HIGH


def log(xp, x):
    """Return log x; below the normal numbers the log of the smallest of them, -87.3."""
    return xp.where(x == x, log_of_normal(xp, xp.maximum(x, LEAST)), x)


def log1p(xp, x):
    """Return log(1 + x) for x > -1, right near 0 too."""
    u = 1.0 + x
    lost = x - (u - 1.0)
    # lost / u, but for a division: a straight line does for 1 / u, as it is right where log u is small
    return log_of_normal(xp, u) + lost * xp.maximum(1.75 - 0.75 * u, 0.0)


def power(xp, x, log_x, exponent):
    """Return x**exponent, given log x."""
    return exp(xp, exponent * log_x)


def whole_power(xp, x, log_x, exponent):
    """Return x**exponent for a whole exponent from 0 to 7, by multiplication: faster than `power`."""
    n = xp.whole(exponent)
    square = x * x
    first = xp.where((n & 1) != 0, x, 1.0)
    second = xp.where((n & 2) != 0, square, 1.0)
    return first * second * xp.where((n & 4) != 0, square * square, 1.0)
