"""Arms are compared at the costs' own cut; a tuned one is saved only where it pays on other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.calibration.logistic import SPREAD
from scarce.decision import Costs, fit_cost_rule
from scarce.trial.deciding import Judged, decide
from scarce.trial.saved_rule import fit_saved_rule, gain_of_tuning

if TYPE_CHECKING:
    import numpy.typing as npt


def drawn(
    seed: int, n: int = 4_000, stake: float = 0.0, tail: float = 1.5, repeats: int = 1
) -> tuple[Judged, npt.NDArray[np.float64]]:
    """Draw rows with exact posteriors; positives cost exp(stake) times what such rows seem to."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-4.5, 1.5, n)
    target = (rng.random(n) < 1.0 / (1.0 + np.exp(-log_odds))).astype(np.uint8)
    amount = rng.lognormal(4.0, tail, n) * np.exp(stake * target)
    folds = np.stack([rng.permutation(n) % 5 for _ in range(repeats)])
    judged = Judged(target, None, Costs(fn=amount, fp=5.0), folds, ordered=False)
    return judged, np.tile(log_odds, (repeats, 1))


def test_arms_are_decided_at_the_costs_own_cut() -> None:
    judged, recovered = drawn(0)
    log_odds, flagged = decide(recovered, judged)
    assert (flagged[0] == (judged.costs.score(log_odds[0]) > 0.0)).all()
    whole = fit_cost_rule(log_odds[0], judged.target, judged.costs)
    assert (flagged[0] != whole.flag(log_odds[0], judged.costs)).any(), "a tuned cut would decide alike"


def test_a_tuned_factor_is_rarely_kept_where_probabilities_are_right() -> None:
    """Chance lifts a gain over its standard error once in six times; on the rows that chose it, mostly."""
    kept, flattered = 0, 0
    for seed in range(40):
        judged, recovered = drawn(seed, n=3_000)
        _, rule = fit_saved_rule(judged, recovered)
        kept += rule.cut != 0.0
        flattered += fit_cost_rule(recovered[0], judged.target, judged.costs).cut != 0.0
    assert flattered > 35
    assert kept <= 10


def test_no_factor_is_tuned_row_by_row_where_episodes_are_what_counts() -> None:
    judged, recovered = drawn(1, n=5_000, stake=-2.5, tail=0.5)
    _, rule = fit_saved_rule(judged, recovered, by_episode=True)
    assert (rule.cut, rule.tuned_on) == (0.0, 0)
    assert "episodes are what counts" in rule.describe()


@pytest.mark.parametrize(("stake", "n", "repeats"), [(-2.5, 5_000, 1), (-2.5, 5_000, 3), (2.5, 20_000, 1)])
def test_a_tuned_factor_is_kept_where_it_pays(stake: float, n: int, repeats: int) -> None:
    """Positives that cost far less, or far more, than others with their score want another cut."""
    judged, recovered = drawn(1, n=n, stake=stake, tail=0.5, repeats=repeats)
    _, rule = fit_saved_rule(judged, recovered)
    assert np.sign(rule.cut) == -np.sign(stake)
    assert rule.tuned_on == judged.target.sum()
    assert "rows that did not choose it" in rule.describe()
    low, high = (float(word) for word in rule.note.split("; ")[1].split(" times")[0].split(" to "))
    assert 0.99 * low <= np.exp(rule.cut) <= 1.01 * high


def test_the_gain_is_that_of_the_folds_rows_under_the_others_cut() -> None:
    judged, recovered = drawn(2)
    found, saved = gain_of_tuning(judged, recovered, SPREAD), np.zeros(judged.target.size)
    for fold in range(5):
        rows, others = judged.rows(0, fold), judged.others(0, fold)
        calibration, _ = judged.fit(recovered[0, others], others)
        known = calibration.log_odds(recovered[0, others])
        cut = fit_cost_rule(known, judged.target[others], judged.costs.take(others)).cut
        score = judged.costs.take(rows).score(calibration.log_odds(recovered[0, rows]))
        miss, positive = judged.costs.take(rows).fn, judged.target[rows] == 1
        of = [np.where(positive, np.where(score > at, 0.0, miss), 5.0 * (score > at)) for at in (0.0, cut)]
        saved[rows] = of[0] - of[1]
    assert found.value == pytest.approx(1e4 * saved.mean())
    assert found.error == pytest.approx(1e4 * saved.std(ddof=1) / np.sqrt(saved.size))


def test_rows_of_a_unit_are_no_more_evidence_than_one() -> None:
    judged, recovered = drawn(3, n=2_000)
    rows = np.repeat(np.arange(2_000), 4)
    costs = judged.costs.take(rows)
    copied = Judged(judged.target[rows], None, costs, judged.fold_of[:, rows], ordered=False)
    one = gain_of_tuning(judged, recovered, SPREAD)
    apart = gain_of_tuning(copied, recovered[:, rows], SPREAD)
    together = gain_of_tuning(copied, recovered[:, rows], SPREAD, units=rows)
    assert apart.error < 0.6 * together.error
    assert together.error == pytest.approx(one.error, rel=0.15)  # the calibrations differ a little


def test_a_gain_that_no_fold_could_show_is_not_said_to_be_nothing() -> None:
    judged, recovered = drawn(4, n=1_850)
    assert 50 <= judged.target.sum() < 62
    _, rule = fit_saved_rule(judged, recovered)
    assert (rule.cut, rule.tuned_on) == (0.0, 0)
    assert "under 50 positives outside each fold" in rule.describe()


def test_few_positives_keep_the_costs_own_cut_and_say_so() -> None:
    judged, recovered = drawn(4, n=600)
    assert judged.target.sum() < 50
    _, rule = fit_saved_rule(judged, recovered)
    assert (rule.cut, rule.tuned_on) == (0.0, 0)
    assert "under 50 positives" in rule.describe()
