"""The float32 words against NumPy in float64."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from scarce.kernels import cpu_words, cpu_words_of_whole_powers
from scarce.losses.namespace import Words

WIDE = np.random.default_rng(20).uniform(-1.0, 1.0, 40_000)
NEAR_ZERO = WIDE * 10.0 ** np.random.default_rng(21).uniform(-9.0, 0.0, WIDE.size)


def over_rows(word):
    @numba.njit
    def run(x):
        out = np.empty_like(x)
        for k in range(x.size):
            out[k] = word(x[k])
        return out

    return run


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("exp", np.concatenate([WIDE * 87.3, NEAR_ZERO])),
        ("expm1", np.concatenate([WIDE * 87.3, NEAR_ZERO])),
        ("log", np.concatenate([np.exp(WIDE * 87.3), 1.0 + NEAR_ZERO / 2])),
        ("log1p", np.concatenate([np.exp(WIDE * 60.0), NEAR_ZERO * 0.999])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_word_is_right_to_two_units_in_the_last_place(name, arguments):
    x = arguments.astype(np.float32)
    got = over_rows(getattr(cpu_words, name))(x).astype(np.float64)
    truth = getattr(np, name)(x.astype(np.float64))
    normal = np.abs(truth) > np.finfo(np.float32).tiny
    assert normal.mean() > 0.8
    error = np.abs(got[normal] / truth[normal] - 1.0)
    assert error.max() < 2 * np.finfo(np.float32).eps


def test_power_is_right_for_whole_and_broken_exponents():
    x = np.exp(-np.linspace(0.001, 20.0, 1000)).astype(np.float32)
    for exponent in (0.0, 0.25, 1.0, 2.0, 4.0):
        g = np.float32(exponent)
        got = [cpu_words.power(value, np.float32(np.log(value)), g) for value in x]
        assert np.asarray(got, np.float64) == pytest.approx(x.astype(np.float64) ** exponent, rel=1e-5)


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p"])
def test_no_finite_argument_gives_infinity_and_nan_stays(name):
    word = over_rows(getattr(cpu_words, name))
    largest = np.finfo(np.float32).max
    extremes = np.array([0.0, 1e-45, 1e-38, 88.4, 1e4, largest], np.float32)
    signed = extremes if name.startswith("log") else np.concatenate([extremes, -extremes])
    assert np.isfinite(word(signed)).all()
    assert np.isnan(word(np.array([np.nan], np.float32))).all()


def test_underflow_is_gradual_and_ends_at_zero():
    assert cpu_words.exp(np.float32(-95.0)) == np.float32(np.exp(-95.0)) > 0.0
    assert cpu_words.exp(np.float32(-1e4)) == 0.0


@pytest.mark.parametrize("xp", [cpu_words, cpu_words_of_whole_powers], ids=["any powers", "whole powers"])
def test_every_word_of_the_formulas_has_its_float32_meaning(xp):
    names = {name for name in vars(Words) if not name.startswith("_")}
    assert set(xp.__all__) == names
    assert {type(getattr(xp, name)) for name in names} == {type(cpu_words.exp)}
