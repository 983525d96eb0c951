"""Samplers draw what they say, and the undo is exact."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.decision.arrays import expit
from scarce.errors import ScarceError
from scarce.resampling import OverSampler, UnderSampler

TARGET = np.arange(5000) % 100 == 0  # 50 positives
SAMPLERS = {
    "ratio 1": UnderSampler(ratio=1.0),
    "ratio 7": UnderSampler(ratio=7.0),
    "rate .1": UnderSampler(rate=0.1),
    "all": UnderSampler(rate=1.0),
    "more than there are": UnderSampler(ratio=1e6),
    "over to 1": OverSampler(1.0),
    "over to 10": OverSampler(10.0),
    "over already there": OverSampler(1e6),
}


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS.keys())
def test_the_log_odds_of_the_sample_come_back_as_those_of_the_rows(sampler):
    sample = sampler.sample(TARGET, np.random.default_rng(0))
    share = TARGET[sample.rows].mean()
    constant = np.log(share) - np.log1p(-share)
    expected = np.log(TARGET.mean()) - np.log1p(-TARGET.mean())
    assert sample.undo([constant])[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS.keys())
def test_every_positive_stays_and_the_seed_decides(sampler):
    sample = sampler.sample(TARGET, np.random.default_rng(3))
    again = sampler.sample(TARGET, np.random.default_rng(3))
    np.testing.assert_array_equal(sample.rows, again.rows)
    assert (np.diff(sample.rows) >= 0).all()
    assert np.isin(np.flatnonzero(TARGET), sample.rows).all()


def test_counts_are_as_asked():
    rng = np.random.default_rng(0)
    assert UnderSampler(ratio=7.0).sample(TARGET, rng).rows.size == 50 * 8
    assert UnderSampler(rate=0.1).sample(TARGET, rng).rows.size == 50 + 495
    assert OverSampler(10.0).sample(TARGET, rng).rows.size == 4950 + 495
    assert np.unique(UnderSampler(ratio=7.0).sample(TARGET, rng).rows).size == 400


def test_the_undo_is_dal_pozzolos_formula():
    sample = UnderSampler(rate=0.1).sample(TARGET, np.random.default_rng(0))
    b = np.exp(sample.log_rate)
    z = np.linspace(-5.0, 5.0, 11)
    p = expit(z)
    np.testing.assert_allclose(expit(sample.undo(z)), b * p / (b * p - p + 1.0), rtol=1e-12)


def test_the_undo_keeps_its_digits_where_probabilities_have_none_left():
    sample = UnderSampler(rate=0.1).sample(TARGET, np.random.default_rng(0))
    assert sample.undo([100.0])[0] - sample.undo([99.0])[0] == 1.0


def test_negatives_are_drawn_evenly():
    counts = np.zeros(TARGET.size)
    for seed in range(400):
        counts[UnderSampler(rate=0.2).sample(TARGET, np.random.default_rng(seed)).rows] += 1
    negatives = counts[~TARGET]
    assert negatives.mean() == pytest.approx(80.0)
    assert negatives.std() == pytest.approx(np.sqrt(400 * 0.2 * 0.8), rel=0.05)


BAD = {
    "neither": (lambda: UnderSampler(), "give either a ratio or a rate", "UnderSampler(ratio=10)"),
    "both": (lambda: UnderSampler(1.0, 0.1), "give either a ratio or a rate", "UnderSampler(ratio=10)"),
    "ratio": (lambda: UnderSampler(ratio=0.0), "ratio is 0.0", "choose a ratio above 0"),
    "rate": (lambda: UnderSampler(rate=1.5), "rate is 1.5", "choose a rate above 0 and at most 1"),
    "over": (lambda: OverSampler(-1.0), "ratio is -1.0", "choose a ratio above 0"),
    "one class": (
        lambda: OverSampler().sample([0, 0], np.random.default_rng(0)),
        "0 positives and 2 negatives",
        "give rows of both classes",
    ),
}


@pytest.mark.parametrize(("make", "reason", "hint"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_sampled_is_refused(make, reason, hint):
    with pytest.raises(ScarceError) as caught:
        make()
    assert caught.value.two_lines() == f"error[E354]: cannot resample: {reason}\nhint: {hint}"
