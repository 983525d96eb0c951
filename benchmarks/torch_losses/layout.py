"""What was seen of a table's rivals, and how it is printed."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.torch_losses.rivals import Rival, Table

AGREES = 1e-3  # of value and gradient; beyond, it is another loss


@dataclass
class Seen:
    """What is known of a rival."""

    rival: Rival
    compared: dict[str, Any] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def minimum(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def differs(self) -> str:
        """Return in what this is another loss than the reference, or nothing."""
        if "off" not in self.compared:
            return ""
        value, wanted, off = (self.compared[key] for key in ("value", "wanted", "off"))
        if abs(value - wanted) <= AGREES * abs(wanted) and off <= AGREES:
            return ""
        return (
            f"value {value:.4g} where the formula has {wanted:.4g}, gradient off by {off:.1g} of its length"
        )


def print_seen(table: Table, seen: dict[str, Seen]) -> None:
    """Print a line a rival, and the notes below."""
    notes: dict[str, list[str]] = {name: said for name, one in seen.items() if (said := _notes(table, one))}
    marks = {name: f" [{number}]" for number, name in enumerate(notes, 1)}
    labels = {name: name + marks.get(name, "") for name in seen}
    rows = [(labels[name], *_cells(table, seen, one)) for name, one in seen.items()]
    last = (f"to {table.baseline}",) if table.micro else ("x copy", "tensors", "pages")
    rows.insert(0, ("", "minimum", "median", "x ours", *last, "off by", "repeats"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for label, *cells in rows:
        line = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        print(f"  {label:<{widths[0]}}  {line}")
    for name, said in notes.items():
        print(f"  {marks[name].strip()} {name}: {'; '.join(said)}")


def _cells(table: Table, seen: dict[str, Seen], one: Seen) -> tuple[str, ...]:
    ours, copy = next((seen[r.name] for r in table.rivals[:1] if r.name in seen), None), seen.get("a copy")
    scale, unit = (1e6, "µs") if table.micro else (1e3, "ms")
    times = tuple(f"{seconds * scale:.2f} {unit}" for seconds in (one.minimum, one.median))
    ratio = f"{one.minimum / ours.minimum:.2f}" if ours else ""
    if table.micro:
        base = seen.get(table.baseline)
        last = (f"{(one.minimum - base.minimum) * scale:+.1f} {unit}" if base else "",)
    else:
        held = (one.memory.get(kind) for kind in ("tensors", "pages"))
        memory = ("" if units is None else f"{units:.2f} x" for units in held)
        last = (f"{one.minimum / copy.minimum:.2f}" if copy else "", *memory)
    off = f"{one.compared['off']:.0e}" if "off" in one.compared else ""
    return (*times, ratio, *last, "differs" if one.differs() else off, str(len(one.seconds)))


def _notes(table: Table, one: Seen) -> list[str]:
    said = [one.rival.note] if one.rival.note else []
    if one.rival.one_hot:
        said.append("takes one-hot targets: built before the clock starts, and not in its memory")
    if table.weights and not one.rival.weighted and not one.differs():
        said.append("no class weights: compared with the formula without them")
    if one.differs():
        said.append(f"differs: {one.differs()}")
    return said
