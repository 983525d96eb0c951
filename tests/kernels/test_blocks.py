"""Half precision, read and written as its bits."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.kernels import blocks
from scarce.kernels.cpu_compiler import OPTIONS, numba

BITS = np.arange(2**16, dtype=np.uint16)


@numba.njit(**OPTIONS)
def read(bits, out):
    for k in range(bits.size):
        out[k] = blocks.as_single(bits[k])


@numba.njit(**OPTIONS)
def write(numbers, out):
    blocks.put(numbers, out)


def widened(bits):
    out = np.empty(bits.size, np.float32)
    read(bits, out)
    return out


def test_every_half_is_read_as_numpy_reads_it():
    truth = BITS.view(np.float16).astype(np.float32)
    assert np.array_equal(widened(BITS.view(np.int16)), truth, equal_nan=True)


def test_every_bfloat_is_the_upper_half_of_a_single():
    truth = (BITS.astype(np.uint32) << 16).view(np.float32)
    assert np.array_equal(widened(BITS), truth, equal_nan=True)


def singles():
    """Return numbers of all sizes, and those where a rounding turns."""
    random = np.random.default_rng(4).integers(0, 2**32, 200_000, dtype=np.uint32).view(np.float32)
    turns = [
        65504.0,
        65519.99,
        65520.0,
        2.0**-24,
        2.0**-25,
        2.0**-25 * 1.0001,
        0.0,
        -0.0,
        np.inf,
        -np.inf,
        np.nan,
    ]
    middles = (1.0 + np.arange(64) / 2**11).astype(np.float32)
    return np.concatenate([random, np.array(turns, np.float32), middles])


def test_a_single_is_written_as_the_nearest_half():
    x = singles()
    out = np.empty(x.size, np.int16)
    write(x, out)
    with np.errstate(over="ignore", invalid="ignore"):
        truth = x.astype(np.float16)
    assert np.array_equal(out.view(np.float16), truth, equal_nan=True)


def test_a_single_is_written_as_the_nearest_bfloat():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x = singles()
    out = np.empty(x.size, np.uint16)
    write(x, out)
    truth = torch.from_numpy(x).to(torch.bfloat16).float().numpy()
    assert np.array_equal(widened(out), truth, equal_nan=True)
