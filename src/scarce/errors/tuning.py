"""Choosing the numbers of a loss for a training loop, and during it (E91)."""

from __future__ import annotations

from scarce.errors.entry import Entry

TUNING: dict[str, Entry] = {
    "E910": Entry("{function} returned {what}", "{suggestion}"),
    "E911": Entry(
        "no number of {loss} is 'auto': there is nothing to choose",
        "write those to be chosen as 'auto', such as gamma='auto'",
    ),
    "E912": Entry(
        "{loss} made a {kind}, which has no posterior that scarce knows",
        "let it make a loss of scarce.torch, scarce.keras or scarce.losses",
    ),
    "E913": Entry(
        "{name}='auto' is still to be chosen, and a loss needs its numbers",
        "scarce.tune(train, ...) chooses it; for a table FocalClassifier('focal:gamma=auto') or scarce tune",
    ),
    "E915": Entry("a schedule of gamma was shown {what}", "{suggestion}"),
    "E916": Entry("{what}", "{suggestion}"),
}
