"""A plan, and how it is printed: what can be seen with the positives at hand, and with more."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill, wrap
from typing import TYPE_CHECKING, Any

from scarce.decision.enough_positives import TO_CALL_BETTER
from scarce.trial.wording import in_digits

if TYPE_CHECKING:
    from scarce.trial.visible_differences import VisibleDifference

_WIDTH = 80


@dataclass(frozen=True)
class Plan:
    """What a trial of these rows, or of more like them, can show.

    Attributes
    ----------
    source : str
        What it rests on.
    rows, positives : int
    arms : int
        Treatments that are compared with the control.
    differences : tuple of VisibleDifference
        The primary metric first.
    unit : str
        What is drawn, where that is not a single row: ``"entities"`` or ``"groups"``. Then those with a
        positive row are what is counted on.
    notes : tuple of str
        What was left out of the table.

    Examples
    --------
    >>> import scarce
    >>> plan = scarce.plan(rows=100_000, positives=200)
    >>> plan.positives, plan.differences[0].metric.name
    (200, 'average_precision')
    """

    source: str
    rows: int
    positives: int
    arms: int
    differences: tuple[VisibleDifference, ...]
    unit: str = ""
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all figures by name; JSON-able."""
        return {
            "rows": self.rows,
            "positives": self.positives,
            "units": self._units,
            "arms": self.arms,
            "metrics": {one.metric.name: one.to_dict() for one in self.differences},
        }

    def __str__(self) -> str:
        first = self.differences[0]
        table = [
            f"{'':<30}{'':>13}   with so many {self.unit or 'positives'}",
            f"{'':<30}{'plain model':>13}" + "".join(f"{count:>11,}" for count in first.counts),
        ]
        for one in self.differences:
            *above, name = wrap(one.metric.label, 30)
            table += [*above, f"{name:<30}{self._plain(one):>13}"]
            for name, same in (("the control's learner", True), ("another learner", False)):
                seen = (self._seen(one, count, same_learner=same) for count in one.counts)
                table.append(f"  {'treatments of ' + name:<41}" + "".join(f"{text:>11}" for text in seen))
        said = [
            f"{self.source}: {self.rows:,} rows, {self.positives:,} positive{self._drawn}",
            f"Differences to the control that a trial of {self.arms} treatments shows four times in five:",
            f"A difference of {_written(first.wanted)} in {first.metric.label} takes about "
            f"{self._needed(same_learner=True)} for a treatment of the control's learner, "
            f"{self._needed(same_learner=False)} for one of another learner.",
            "Assumed: how differently two arms decide, as it was measured (docs/statistics.md). An arm that "
            "decides more like the control shows smaller differences.",
        ]
        if self._units < TO_CALL_BETTER:
            said.append(
                f"A dash: with fewer than {TO_CALL_BETTER} {self._counted} nothing is called better or "
                "worse. So few say little of how far apart figures lie: these are orders of "
                "magnitude, in one digit."
            )
        said += [f"note: {text}" for text in self.notes]
        source, heading, *rest = (fill(text, _WIDTH, break_on_hyphens=False) for text in said)
        return "\n\n".join(["\n".join([source, heading, "", *table]), *rest])

    __repr__ = __str__

    @property
    def _units(self) -> int:
        """How many of what is drawn hold a positive."""
        return self.differences[0].positives

    @property
    def _counted(self) -> str:
        return f"{self.unit} with a positive" if self.unit else "positives"

    @property
    def _drawn(self) -> str:
        return f", of {self._units:,} {self.unit}" if self.unit else ""

    @property
    def _digits(self) -> int:
        """How many digits the positives at hand bear."""
        return 1 if self._units < TO_CALL_BETTER else 2

    def _plain(self, one: VisibleDifference) -> str:
        return one.metric.write(one.value) if self._digits > 1 else in_digits(one.value, 1)

    def _seen(self, one: VisibleDifference, count: int, *, same_learner: bool) -> str:
        if count < TO_CALL_BETTER:
            return "–"
        least = one.visible(count, same_learner=same_learner)
        return _written(least) if self._digits > 1 else in_digits(least, 1)

    def _needed(self, *, same_learner: bool) -> str:
        needed = self.differences[0].needed(same_learner=same_learner)
        rows = needed * self.rows / self._units
        count, of = (in_digits(number, self._digits) for number in (needed, rows))
        return f"{count} {self._counted} ({of} rows like these)"


def _written(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.2g}"
