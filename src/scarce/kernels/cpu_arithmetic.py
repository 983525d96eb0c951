"""What a CPU does with single numbers, for numba: selects and bits. The polynomials are written over these.

Four rules keep the loops vectorised, and each was paid for (a broken one costs a factor of 10 to 20): every
constant is float32, as a float64 one widens the whole loop; a choice goes through `where`, as a division
inside an ``if`` is a jump; rounding adds a magic number, as `floor` is a call; and every word is inlined by
force.
"""

from numpy import float32, int32

from scarce.kernels.cpu_compiler import word


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
