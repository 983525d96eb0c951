"""Looks: however many there are, no more series alarm without reason than the level says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import binom

import scarce
from scarce.monitoring.drift import Part, drift
from scarce.monitoring.looks import over_looks
from scarce.monitoring.state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scarce.bundle.model import Model

    Make = Callable[..., dict[str, np.ndarray]]

SERIES, LOOKS, LEVEL = 60, 40, 0.05


def test_all_looks_together_spend_the_level_and_no_more() -> None:
    spent = [LEVEL * 1e-6 / over_looks(1e-6, look) for look in range(1, 900)]
    assert 0.99 * LEVEL < sum(spent) < LEVEL


def test_a_look_that_nobody_follows_and_what_is_unknown_stay_as_they_are() -> None:
    assert over_looks(0.2, 0) == 0.2
    assert over_looks(0.9, 1) == 1.0
    assert math.isnan(over_looks(math.nan, 5))


def test_over_many_looks_at_one_training_few_series_alarm_without_reason() -> None:
    """Each look alone alarms at its level: so most series do; the training's own rows are in all of them."""
    rng, shares = np.random.default_rng(0), np.full(8, 0.125)
    each, together = 0, 0
    for _ in range(SERIES):
        before = Part(1.0, rng.multinomial(800, shares) / 800, 800.0)
        batches = rng.multinomial(500, shares, LOOKS)
        found = [drift(batch, [before], small=0.0).p_value for batch in batches]
        each += min(found) <= LEVEL
        together += any(over_looks(p, look) <= LEVEL for look, p in enumerate(found, 1))
    assert together <= binom.ppf(0.999, SERIES, LEVEL)
    assert each > 0.5 * SERIES


def test_the_state_makes_later_looks_stricter_and_real_drift_is_still_seen(
    model: Model, payments: Make, tmp_path: Path
) -> None:
    state = tmp_path / "s.json"
    rows = {name: values for name, values in payments(1_500, seed=31).items() if name != "fraud"}
    moved = rows | {"hour": rows["hour"] + 1.2}
    alone = scarce.monitor(model, moved).values["inputs_p"]
    found = [scarce.monitor(model, moved, state=state).values["inputs_p"] for _ in range(3)]
    assert found == pytest.approx([2.0 * alone, 6.0 * alone, 12.0 * alone])
    assert "inputs" in scarce.monitor(model, moved, state=state).alarms
    assert (State.read(state).looks, State.read(state).rows) == (4, 0)


def test_a_change_of_the_prevalence_is_held_against_the_looks_too(
    model: Model, payments: Make, tmp_path: Path
) -> None:
    state = tmp_path / "s.json"
    rows = payments(3_000, seed=32, rate=0.15)
    del rows["fraud"]
    alone = scarce.monitor(model, rows)
    assert alone.prevalence is not None
    for look in (1, 2):
        found = scarce.monitor(model, rows, state=state).prevalence
        assert found is not None
        assert found.p_value == pytest.approx(min(look * (look + 1) * alone.prevalence.p_value, 1.0))
        assert found.estimate == alone.prevalence.estimate


def test_rows_that_are_refused_are_no_look(model: Model, payments: Make, tmp_path: Path) -> None:
    state = tmp_path / "s.json"
    scarce.monitor(model, payments(500, seed=33), "fraud", state=state)
    with pytest.raises(scarce.ScarceError, match="counted before"):
        scarce.monitor(model, payments(500, seed=33), "fraud", state=state)
    assert State.read(state).looks == 1
