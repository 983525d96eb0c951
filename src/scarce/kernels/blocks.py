"""Blocks of rows, read from memory of any type into single precision, and written back.

Half precision comes as its bits: uint16 for bfloat16, int16 for IEEE's, as NumPy has no type for the one and
numba no arithmetic on the other.
"""

from __future__ import annotations

from typing import Any

from numpy import float32, int16, int32, uint16

from scarce.kernels.cpu_arithmetic import where
from scarce.kernels.cpu_compiler import OPTIONS, numba, word

NOTHING = -(2**63)  # an ignore_index that no target has
TWO_TO_112 = 2.0**112  # what half precision's exponents lack
LEAST_NORMAL = int32(0x38800000)  # the bits of 2**-14, half precision's smallest normal number
MAGIC = 0.5  # adding it leaves a subnormal half in the low bits

types = numba.types


@word
def wide_bfloat(bits):
    """Return the number that bfloat16's bits stand for."""
    return int32(int32(bits) << int32(16)).view(float32)


@word
def wide_half(bits):
    """Return the number that IEEE half precision's bits stand for, infinities and NaN included."""
    b = int32(bits)
    magnitude = int32((b & int32(0x7FFF)) << int32(13))
    finite = float32(int32(magnitude).view(float32) * TWO_TO_112).view(int32)
    special = int32(magnitude | int32(0x7F800000))
    chosen = where(magnitude >= int32(0x0F800000), special, finite)
    return int32(chosen | int32((b & int32(0x8000)) << int32(16))).view(float32)


@word
def narrow_bfloat(x):
    """Return the bits of the nearest bfloat16, ties to even."""
    b = float32(x).view(int32)
    rounded = int32(b + int32(0x7FFF) + ((b >> int32(16)) & int32(1)))
    return uint16(where(x == x, rounded, int32(0x7FC00000)) >> int32(16))


@word
def narrow_half(x):
    """Return the bits of the nearest IEEE half, ties to even: infinity from 65,520 on."""
    b = float32(x).view(int32)
    magnitude = int32(b & int32(0x7FFFFFFF))
    odd = int32((magnitude >> int32(13)) & int32(1))
    normal = int32((magnitude - int32(0x38000000) + int32(0xFFF) + odd) >> int32(13))
    small = int32(float32(int32(magnitude).view(float32) + MAGIC).view(int32) - int32(0x3F000000))
    bits = where(magnitude < LEAST_NORMAL, small, normal)
    bits = where(magnitude >= int32(0x477FF000), int32(0x7C00), bits)
    bits = where(x == x, bits, int32(0x7E00))
    return int16(bits | int32((b >> int32(16)) & int32(0x8000)))


def part(array: Any, first: Any, last: Any) -> Any:
    """Return rows first to last of an array that may be absent."""


@numba.extending.overload(part, inline="always")
def _part(array, first, last):  # pragma: no cover - compiled
    if isinstance(array, types.NoneType):
        return lambda array, first, last: None
    return lambda array, first, last: array[first:last]


def as_single(number: Any) -> Any:
    """Return a number of an array in single precision: decided by its type when it is compiled."""


@numba.extending.overload(as_single, jit_options={**OPTIONS, "forceinline": True})
def _as_single(number):  # pragma: no cover - compiled
    if number == types.uint16:
        return lambda number: wide_bfloat(number)
    if number == types.int16:
        return lambda number: wide_half(number)
    return lambda number: float32(number)


IDENTITY = (float32(1.0), float32(0.0))  # a scale and a shift


def adjusted(values: Any, affine: Any, block: Any, weights: Any) -> Any:
    """Return scale times values plus shift: their own memory where nothing is to be done to them."""


@numba.extending.overload(adjusted, jit_options=OPTIONS)
def _adjusted(values, affine, block, weights):  # pragma: no cover - compiled
    if values.dtype == types.float32 and isinstance(weights, types.NoneType):
        return _adjusted_if_needed
    return _adjusted_copy


def _adjusted_if_needed(values, affine, block, weights):
    if affine[0] == 1.0 and affine[1] == 0.0:
        return values
    for k in range(block.size):
        block[k] = values[k] * affine[0] + affine[1]
    return block


def _adjusted_copy(values, affine, block, weights):
    for k in range(block.size):
        block[k] = as_single(values[k]) * affine[0] + affine[1]
    return block


@word
def entry(numbers, k, otherwise):
    """Return a number, or what stands for those of an absent array."""
    if numbers is None:
        return otherwise
    return numbers[k]


def room(out: Any, block: Any) -> Any:
    """Return where to write single precision meant for `out`: itself if its numbers lie side by side."""


@numba.extending.overload(room, inline="always")
def _room(out, block):  # pragma: no cover - compiled
    if isinstance(out, types.NoneType):
        return lambda out, block: None
    if out.dtype == types.float32 and out.layout == "C":
        return lambda out, block: out
    return lambda out, block: block[: out.size]


def stored(number: Any, array: Any) -> Any:
    """Return a number as an array keeps it: the inverse of `as_single`."""


@numba.extending.overload(stored, jit_options={**OPTIONS, "forceinline": True})
def _stored(number, array):  # pragma: no cover - compiled
    if array.dtype == types.float32:
        return lambda number, array: number
    if array.dtype == types.uint16:
        return lambda number, array: narrow_bfloat(number)
    return lambda number, array: narrow_half(number)


def put(written: Any, out: Any) -> Any:
    """Bring what was written to where it belongs, rounded to the nearest number there."""


@numba.extending.overload(put, jit_options=OPTIONS)
def _put(written, out):  # pragma: no cover - compiled
    if isinstance(out, types.NoneType) or (out.dtype == types.float32 and out.layout == "C"):
        return lambda written, out: None
    return _put_copy


def _put_copy(written, out):
    for k in range(out.size):
        out[k] = stored(written[k], out)
