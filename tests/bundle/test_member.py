"""Several learners in one model: their calibrated log-odds, weighed and added."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.bundle import container
from scarce.bundle.member import Member, blended
from scarce.bundle.serialization import MAX_MEMBERS, from_bytes, to_bytes
from scarce.calibration import PenalisedBeta, PenalisedLogistic
from scarce.errors import ScarceError
from scarce.losses import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Made
    from scarce.bundle.model import Model

LINE, CURVE = PenalisedLogistic(0.5, 1.5, 20), PenalisedBeta(-0.5, 0.75, 1.25, 30)


def blend(model: Model) -> Model:
    """Return a model of two learners that differ in everything a member has."""
    one = model.members[0].fitted
    focal = catalog.parse("focal:gamma=1").resolve(class_counts=(900, 100))
    other = replace(one, stored=one.stored.first(11), loss=focal, base_score=-1.0, offset=0.25)
    return replace(model, members=(Member(one, LINE, 0.75), Member(other, CURVE, 0.5)))


def test_a_blend_adds_weighed_calibrated_log_odds_and_calibrates_the_sum(made: Made) -> None:
    model, rows = blend(made.model), made.model.encoder.encode(made.table)
    one, other = (member.fitted for member in model.members)
    trees = one.stored.booster
    first = one.loss.log_odds(one.base_score + trees.predict(rows, raw_score=True)) + one.offset
    second = other.loss.log_odds(-1.0 + trees.predict(rows, raw_score=True, num_iteration=11)) + 0.25
    total = 0.75 * (0.5 + 1.5 * first) + 0.5 * CURVE.log_odds(second)
    np.testing.assert_allclose(model.log_odds(made.table), model.calibration.log_odds(total), rtol=1e-12)


def test_a_blend_predicts_the_same_bits_from_its_file(made: Made) -> None:
    model = blend(made.model)
    data = to_bytes(model)
    loaded = from_bytes(data)
    np.testing.assert_array_equal(loaded.log_odds(made.table), model.log_odds(made.table))
    assert [member.weight for member in loaded.members] == [0.75, 0.5]
    assert [member.calibration for member in loaded.members] == [LINE, CURVE]
    assert to_bytes(loaded) == data


@pytest.mark.parametrize("weight", [0.0, -0.5, float("nan"), float("inf")])
def test_a_weight_is_above_0(made: Made, weight: float) -> None:
    with pytest.raises(ScarceError) as caught:
        Member(made.model.members[0].fitted, weight=weight)
    assert caught.value.two_lines() == (
        f"error[E255]: weight must be above 0 and finite, got {weight!r}\n"
        "hint: choose weight above 0 and finite"
    )


def test_members_that_contradict_each_other_without_end_are_an_error(made: Made) -> None:
    """One says never and the other always: their sum would not be a number."""
    smoothed = catalog.parse("cross_entropy:label_smoothing=0.1").resolve(class_counts=(900, 100))
    fitted = replace(made.model.members[0].fitted, loss=smoothed)
    members = (Member(fitted), Member(fitted))
    with pytest.raises(ScarceError) as caught:
        blended(members, [np.array([40.0]), np.array([-40.0])])
    assert caught.value.code == "E429"


REFUSED: dict[str, tuple[Callable[[dict], object], str]] = {
    "no list": (lambda card: card.update(members={}), "it has no list of learners"),
    "no learner": (lambda card: card.update(members=[]), "it has no list of learners"),
    "too many": (
        lambda card: card.update(members=card["members"] * (MAX_MEMBERS // 2 + 1)),
        "it has no list of learners",
    ),
    "one fewer than its arrays": (lambda card: card["members"].pop(), "it has an array of no learner"),
    "one without arrays": (
        lambda card: card["members"].append(card["members"][0]),
        "the trees' arrays are not the ones expected",
    ),
    "a part missing": (lambda card: card["members"][1].pop("loss"), "a learner does not have its parts"),
    "a part too many": (lambda card: card["members"][1].update(x=1), "a learner does not have its parts"),
    "no weight": (
        lambda card: card["members"][1].update(weight=0.0),
        "the weight of a learner is not above 0",
    ),
    "a whole weight": (
        lambda card: card["members"][1].update(weight=1),
        "its weight is not a finite number",
    ),
    "another kind": (
        lambda card: card["members"][0]["learner"].update(kind="os.system"),
        "its learner is of an unknown kind",
    ),
    "another width": (
        lambda card: card["members"][0]["learner"].update(n_features=99),
        "its columns are not those of its learner",
    ),
    "an average as written by others": (
        lambda card: card["members"][0]["learner"].update(averaged=None),
        "its learner is not written as scarce writes it",
    ),
}


@pytest.mark.parametrize(("change", "what"), REFUSED.values(), ids=list(REFUSED))
def test_members_that_are_not_as_written_are_refused(
    made: Made, change: Callable[[dict], object], what: str
) -> None:
    card, arrays = container.unpack(to_bytes(blend(made.model)), "m")
    change(card)
    with pytest.raises(ScarceError) as caught:
        from_bytes(container.pack(card, arrays), "m.scarce")
    assert caught.value.message == f"m.scarce is not a valid model: {what}"
