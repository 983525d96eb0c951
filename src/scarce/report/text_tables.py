"""The arms side by side, and the columns that matter, as tables of text that fit the width they are given."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from scarce.trial.result import UNDECIDED
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from scarce.trial.arm_result import ArmResult
    from scarce.trial.metric import Metric
    from scarce.trial.result import Difference, TrialResult

FOREST_WIDTH = 13
_SHORTEST_NAME = 9
STOPPED = f"{UNDECIDED}\n(stopped)"
MOST_COLUMNS = 5  # whose importance is printed
OUTCOMES = {"better": "bold green", "worse": "red", "equivalent": "cyan", "undecided": "yellow"}
HEADINGS = {
    "expected_cost": "cost per\n10,000",
    "average_precision": "AP",
    "log_loss": "log-\nloss",
    "calibration_ratio": "cal.\nratio",
}
BY_EPISODE = {
    "average_precision": "AP",
    "entities_caught": "entities\ncaught",
    "alerts_per_entity": "alerts\nper ent.",
}


@dataclass(frozen=True)
class Column:
    """A column of the table of arms: its heading, a cell for each arm, and how it stands."""

    heading: str | Text
    cells: Sequence[str | Text]
    justify: Literal["left", "right"] = "left"


def arms_table(result: TrialResult, out: Console) -> tuple[Table, list[str]]:
    """Return the arms, the control first, each with its difference to it.

    Parameters
    ----------
    result : TrialResult
    out : Console
        Where it will be printed.

    Returns
    -------
    table : Table
        The arm, the primary score, its difference and the outcome always; where the width does not do, the
        other scores go first, from the last to the second, then the drawing, then the first of them; names
        that still leave no room for figures lose their middle.
    left_out : list of str
        Labels of the scores that had no room.
    """
    columns, left_out = _columns(result), []
    others = {metric.name: metric.label for metric in secondary(result)}
    for name in (*list(others)[:0:-1], "drawing", *list(others)[:1]):
        if _width(_table(result, columns), out) <= out.width:
            break
        del columns[name]
        left_out += [others[name]] if name in others else []
    too_wide = _width(_table(result, columns), out) - out.width
    if too_wide > 0:
        names = [str(name) for name in columns["arm"].cells]
        room = max(map(len, names)) - too_wide
        columns["arm"] = replace(columns["arm"], cells=[shortened(name, room) for name in names])
    return _table(result, columns), left_out[::-1]


def shortened(name: str, room: int) -> str:
    """Return a name that fits, its middle left out where it would not: its ends tell it from others.

    Examples
    --------
    >>> shortened("undersample:ratio=10+focal:gamma=2", 20), shortened("focal", 20)
    ('undersampl…l:gamma=2', 'focal')
    """
    room = max(room, _SHORTEST_NAME)
    if len(name) <= room:
        return name
    end = (room - 1) // 2
    return f"{name[: room - 1 - end]}…{name[-end:]}"


def _columns(result: TrialResult) -> dict[str, Column]:
    from rich.text import Text

    primary, others = result.primary, secondary(result)
    differences = {d.arm: d for d in result.differences if d.metric == primary.name}
    axis = Axis.over(list(differences.values()))
    beside = () if result.without_suspects is None else (result.without_suspects,)
    arms, dashes = (*result.arms, *beside), ["–"] * len(result.stopped)
    compare = [compared(differences.get(arm.name), primary, axis) for arm in arms]
    compare += [(Text("–"), Text(axis.blank()), Text(STOPPED))] * len(result.stopped)
    difference, drawing, outcome = zip(*compare, strict=True)
    first = "control" if result.trained else "the first"
    names = [visible(arm.name) for arm in arms] + [visible(one.name) for one in result.stopped]
    return {
        "arm": Column("arm" if result.trained else "score", names),
        primary.name: _scores(primary, arms, dashes),
        "difference": Column(f"minus {first}\n(95 % interval)", difference, "right"),
        "drawing": Column(Text(sides(primary), style="not bold dim"), drawing),
        "outcome": Column("outcome", outcome),
    } | {metric.name: _scores(metric, arms, dashes) for metric in others}


def _scores(metric: Metric, arms: Sequence[ArmResult], dashes: list[str]) -> Column:
    return Column(heading(metric), [*(value(arm, metric) for arm in arms), *dashes], "right")


def _table(result: TrialResult, columns: dict[str, Column]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0, header_style="bold")
    for column in columns.values():
        table.add_column(column.heading, justify=column.justify, no_wrap=True)
    styles = ["bold" if arm is result.winner else "" for arm in result.arms]
    for index, cells in enumerate(zip(*(column.cells for column in columns.values()), strict=True)):
        table.add_row(*cells, style=styles[index] if index < len(styles) else "dim")
    return table


def _width(table: Table, out: Console) -> int:
    """Return how wide a table would be if nothing were in its way."""
    from rich.measure import Measurement

    return Measurement.get(out, out.options.update_width(10_000), table).maximum


def importance_table(result: TrialResult) -> Table:
    """Return the columns that matter most, and how much worse the arm that is kept is without them."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("matters most", no_wrap=True)
    unit = heading(result.primary).replace("\n", " ")
    table.add_column(f"worse without, in {unit}\n(95 % interval)", justify="right", no_wrap=True)
    for one in result.importance[:MOST_COLUMNS]:
        shown, low, high = (result.primary.signed(end) for end in (one.value, one.low, one.high))
        table.add_row(visible(one.name), f"{shown} ({low} to {high})")
    return table


def secondary(result: TrialResult) -> list[Metric]:
    """Return the metrics that stand beside the primary one, in a fixed order."""
    found = {metric.name: metric for metric in result.metrics[1:]}
    names = BY_EPISODE if result.by_episode else HEADINGS
    return [found[name] for name in names if name in found]


def heading(metric: Metric) -> str:
    """Return a short heading for a metric."""
    return (HEADINGS | BY_EPISODE).get(metric.name, metric.label)


def value(arm: ArmResult, metric: Metric) -> str:
    """Return one score as the metric prints it; a dash where the arm has none."""
    estimate = arm.estimates.get(metric.name)
    return "–" if estimate is None else metric.write(estimate.value)


def compared(difference: Difference | None, metric: Metric, axis: Axis) -> tuple[Text, Text, Text]:
    """Return the three cells that compare an arm with the control; the control's own are empty."""
    from rich.text import Text

    if difference is None:
        return Text(""), Text(axis.blank(), style="dim"), Text("")
    low, high = (metric.signed(x) for x in (difference.low, difference.high))
    style = OUTCOMES.get(difference.outcome, "")
    return (
        Text.assemble(metric.signed(difference.value), (f" ({low} to {high})", "dim")),
        Text(axis.draw(difference), style=style),
        Text(difference.outcome, style=style),
    )


def sides(metric: Metric) -> str:
    """Return what left and right of the control mean in the drawing."""
    left, right = ("worse", "better") if metric.higher_is_better else ("better", "worse")
    half = FOREST_WIDTH // 2
    return f"{left:>{half}}│{right:<{half}}"


@dataclass(frozen=True)
class Axis:
    """Columns of text that differences are drawn on, the control in the middle."""

    reach: float

    @classmethod
    def over(cls, differences: list[Difference]) -> Axis:
        """Return the axis on which every finite interval has room."""
        ends = [abs(x) for d in differences for x in (d.low, d.high, d.value) if math.isfinite(x)]
        return cls(max(ends, default=0.0) or 1.0)

    def column(self, number: float) -> int:
        """Return where a difference falls."""
        half = FOREST_WIDTH // 2
        return half + round(half * max(-1.0, min(1.0, number / self.reach)))

    def blank(self) -> str:
        """Return the line with the control alone."""
        half = FOREST_WIDTH // 2
        return " " * half + "│" + " " * half

    def draw(self, difference: Difference) -> str:
        """Return the interval as a line with the estimate on it."""
        if math.isnan(difference.value):
            return self.blank()
        signs = list(self.blank())
        ends = (difference.low, difference.high)
        low, high = (difference.value if math.isnan(end) else end for end in ends)
        first, last = self.column(low), self.column(high)
        for column in range(first, last + 1):
            signs[column] = "┼" if column == FOREST_WIDTH // 2 else "─"
        signs[self.column(difference.value)] = "●"
        return "".join(signs)
