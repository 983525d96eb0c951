"""A model file has at most 50 MB: a forest gives up trees for it, boosted trees do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.bundle import container
from scarce.bundle.member import Member
from scarce.bundle.serialization import from_bytes, to_bytes
from scarce.bundle.size import fitting
from scarce.calibration import PenalisedLogistic
from scarce.errors import ScarceError
from scarce.learners.base import Fitted
from scarce.losses import get

if TYPE_CHECKING:
    from conftest import Made
    from scarce.bundle.model import Model


def with_forest(model: Model, beside: bool = False) -> Model:
    """Return a model of a forest of 30 trees with the shape of its booster's, alone or beside the booster."""
    trees = model.members[0].fitted.stored
    shares = 1.0 / (1.0 + np.exp(-trees.leaf_value))
    forest = replace(trees, leaf_value=shares, averaged=0.02)
    member = Member(Fitted(forest, get("cross_entropy"), 0.0, 0.0), PenalisedLogistic(0.2, 0.9), 0.5)
    return replace(model, members=(*model.members, member) if beside else (member,))


def test_what_fits_is_left_alone(made: Made) -> None:
    model, note = fitting(with_forest(made.model))
    assert (model.members[0].fitted.stored.n_trees, note) == (30, "")


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "in a blend"])
@pytest.mark.parametrize("room", [0.99, 0.8, 0.6])
def test_a_forest_keeps_the_trees_there_is_room_for(
    made: Made, beside: bool, room: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = with_forest(made.model, beside)
    most = int(room * len(to_bytes(model)))
    monkeypatch.setattr(container, "MAX_BYTES", most)
    thinned, note = fitting(model)
    data = to_bytes(thinned)
    forest = thinned.members[-1].fitted.stored
    assert 0.9 * most < len(data) <= most
    assert 1 < forest.n_trees < 30
    assert note.startswith(f"the model file holds {forest.n_trees} of 30 trees of its forest: ")
    assert len(thinned.members) == 1 + beside
    assert all(member.fitted.stored.n_trees == 30 for member in thinned.members[:-1])
    log_odds = from_bytes(data).log_odds(made.table)
    rows = thinned.encoder.encode(made.table)
    parts = [forest.booster.predict(rows, raw_score=True)]
    share = (parts[0] + 0.02) / (forest.n_trees + 1)
    expected = 0.5 * (0.2 + 0.9 * (np.log(share) - np.log1p(-share)))
    if beside:
        booster = thinned.members[0]
        expected = expected + booster.log_odds(booster.fitted.logits(rows))
    np.testing.assert_allclose(log_odds, thinned.calibration.log_odds(expected), rtol=1e-12)


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "in a blend"])
def test_boosted_trees_that_are_too_large_are_refused(
    made: Made, beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = with_forest(made.model, beside) if beside else made.model
    size, most = len(to_bytes(model)), len(to_bytes(made.model)) // 2
    monkeypatch.setattr(container, "MAX_BYTES", most)
    kept, note = fitting(model)
    assert note == ""
    with pytest.raises(ScarceError) as caught:
        to_bytes(kept)
    assert caught.value.two_lines() == (
        f"error[E431]: the model is too large to be kept: {size / 1e6:.1f} MB, and a model file has at most "
        f"{most / 1e6:g} MB\n"
        "hint: train fewer or smaller trees, or leave that learner out with --learners"
    )


def test_a_file_that_is_too_large_is_not_read(made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    data = to_bytes(made.model)
    (tmp_path / "m.scarce").write_bytes(data)
    assert container.read(tmp_path / "m.scarce") == data
    monkeypatch.setattr(container, "MAX_BYTES", len(data) - 1)
    with pytest.raises(ScarceError, match="it is larger than"):
        container.read(tmp_path / "m.scarce")


def test_at_most_50_mb() -> None:
    assert container.MAX_BYTES == 50_000_000
