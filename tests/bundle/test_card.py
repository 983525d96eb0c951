"""What a model's card says: known facts are of the kind that is relied on, and others are free."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scarce.bundle import container
from scarce.bundle.serialization import from_bytes, to_bytes
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from tests.bundle.conftest import Made

WRONG = {
    "data": [None, "data.csv", ["a"], 3],
    "rows": [None, 1.5, True, "12", [], {}],
    "positives": [None, 1.5, False, "12", [], {}],
    "arm": [None, 1, ["focal"], {}],
    "verdict": [None, 1, ["undecided"], {}],
    "config": [None, [], "x", 1],
    "versions": [None, [], "x", 1],
    "data.name": [None, 1, ["d.csv"], {}],
    "data.sha256": [None, 1, ["ab"], {}],
    "data.target": [None, 1, True, ["fraud"], {"fraud": 1}],
    "data.weight": [1, True, ["w"], {"w": 1}],
}
CASES = [(place, value) for place, values in WRONG.items() for value in values]


def card_with(place: str, value: Any) -> dict[str, Any]:
    outer, _, inner = place.partition(".")
    return {outer: {inner: value}} if inner else {outer: value}


@pytest.mark.parametrize(("place", "value"), CASES, ids=str)
def test_a_fact_of_another_kind_is_refused_in_reading_and_in_writing(
    made: Made, place: str, value: Any
) -> None:
    parts, arrays = container.unpack(to_bytes(made.model), "m")
    forged = container.pack(parts | {"card": card_with(place, value)}, arrays)
    with pytest.raises(ScarceError) as caught:
        from_bytes(forged, "m.scarce")
    assert caught.value.code == "E425"
    assert caught.value.message.startswith(f"m.scarce is not a valid model: in its card {place} is not ")
    with pytest.raises(ScarceError) as caught:
        to_bytes(replace(made.model, card=card_with(place, value)))
    assert caught.value.two_lines() == (
        f"error[E430]: this model cannot be saved: {caught.value.values['what']}\n"
        "hint: correct it, or keep the fact under another name: a card may say anything else"
    )


@pytest.mark.parametrize(
    "card",
    [{}, {"data": {}}, {"remark": [None, {"x": 1}], "data": {"weight": None, "licence": ["CC0"]}}],
    ids=["empty", "empty data", "facts of one's own"],
)
def test_whatever_else_a_card_says_is_kept(made: Made, card: dict[str, Any]) -> None:
    assert from_bytes(to_bytes(replace(made.model, card=card))).card == card
