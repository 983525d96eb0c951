"""What sampling does to a truth that is known: log-odds linear in the features."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from tests.resampling.samplings import features_of

from scarce.decision.arrays import expit
from scarce.resampling import OverSampler, UnderSampler
from scarce.resampling.catalog import parse

INTERCEPT, SLOPES = -5.5, np.repeat([0.8, 0.0], [4, 16])
EXACT = {
    "undersampled to 1": UnderSampler(ratio=1.0),
    "undersampled to 10": UnderSampler(ratio=10.0),
    "a tenth of the negatives": UnderSampler(rate=0.1),
    "oversampled to 1": OverSampler(1.0),
    "oversampled to 5": OverSampler(5.0),
}


def draw_truth(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, SLOPES.size))
    return features, (rng.random(rows) < expit(INTERCEPT + features @ SLOPES)).astype(np.uint8)


FEATURES, TARGET = draw_truth(60_000, 0)  # 789 positives
NEW, OTHERS = draw_truth(60_000, 1)
SHARE = expit(INTERCEPT + NEW @ SLOPES).mean()
ERROR = 1.0 / np.sqrt(TARGET.sum())


def fitted(sampling) -> tuple[np.ndarray, float, float]:
    """Return slopes, recovered intercept, and the undo of a logistic regression on what was drawn."""
    drawn = sampling.draw(FEATURES, TARGET, (), 0)
    model = LogisticRegression(C=np.inf).fit(features_of(drawn, FEATURES), drawn.target)
    return model.coef_[0], float(model.intercept_[0]) + drawn.offset, drawn.offset


@pytest.mark.parametrize("sampling", EXACT.values(), ids=EXACT.keys())
def test_the_truth_comes_back_from_rows_drawn_by_their_label(sampling):
    slopes, intercept, offset = fitted(sampling)
    assert intercept == pytest.approx(INTERCEPT, abs=6.0 * ERROR)
    np.testing.assert_allclose(slopes, SLOPES, atol=6.0 * ERROR)
    assert slopes[:4].mean() == pytest.approx(0.8, abs=2.0 * ERROR)
    assert expit(intercept + NEW @ slopes).mean() == pytest.approx(SHARE, rel=2.0 * ERROR)
    assert abs(offset) > 40.0 * ERROR  # without it the truth would be missed


@pytest.mark.parametrize("name", ["smote", "adasyn"])
def test_no_number_undoes_what_looks_at_the_features_but_a_line_calibrates_it(name):
    pytest.importorskip("imblearn")
    slopes, intercept, _ = fitted(parse(name))
    assert slopes[:4].mean() > 0.8 + 3.0 * ERROR
    log_odds = intercept + NEW @ slopes
    assert expit(log_odds).mean() / SHARE > 1.0 + 2.0 * ERROR
    line = LogisticRegression(C=np.inf).fit(log_odds[:, None], OTHERS)
    assert line.coef_[0, 0] < 0.92
    again, _ = draw_truth(60_000, 2)
    calibrated = line.decision_function((intercept + again @ slopes)[:, None])
    assert expit(calibrated).mean() == pytest.approx(SHARE, rel=4.0 * ERROR)
