"""The verdict and the arms side by side, as a terminal or a Python prompt prints them."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.errors import in_two_lines
from scarce.report.worth import worth
from scarce.trial.result import UNDECIDED
from scarce.visible_text import visible

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from scarce.trial.result import ArmResult, Difference, Metric, TrialResult

WIDTH = 100
FOREST_WIDTH = 13
STOPPED = f"{UNDECIDED}\n(stopped)"
MOST_COLUMNS = 5  # whose importance is printed
OUTCOMES = {"better": "bold green", "worse": "red", "equivalent": "cyan", "undecided": "yellow"}
# sentences that repeat the table's rows, for those who do not see it
IN_THE_TABLE = (
    "Better: ",
    "Worse than ",
    "Equivalent to ",
    "Undecided: ",
)
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


def as_text(result: TrialResult) -> str:
    """Return what a Python prompt shows of a trial: its worth, the verdict, the arms and the rule.

    Parameters
    ----------
    result : TrialResult

    Returns
    -------
    str
        Without colours, `WIDTH` wide at most where no name is longer.
    """
    from rich.console import Console

    page = io.StringIO()
    plain = {"highlight": False, "markup": False, "emoji": False, "color_system": None}
    out = Console(file=page, width=WIDTH, force_jupyter=False, force_terminal=False, **plain)
    out.print(visible(data_line(result)))
    out.print(visible(worth(result)), end="\n\n")
    for warning in result.verdict.warnings:
        for line in in_two_lines(warning):
            out.print(visible(line))
    for sentence in (result.verdict.headline, *sentences(result)):
        out.print(visible(sentence))
    out.print()
    out.print(arms_table(result))
    out.print()
    if result.importance:
        out.print(importance_table(result))
        out.print()
    out.print(visible(f"rule  {result.rule_text}"))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def sentences(result: TrialResult) -> list[str]:
    """Return the sentences of the verdict that the table does not say."""
    return [text for text in result.verdict.sentences if not text.startswith(IN_THE_TABLE)]


def data_line(result: TrialResult) -> str:
    """Return what the figures are about, in one line."""
    positives = int(result.target.sum())
    name = "demo sample of card fraud" if result.config.get("demo_sample") else result.name
    return (
        f"{name}: {len(result.target):,} rows, {positives:,} positive ({result.labels[1]!r}), "
        f"{'' if result.weight is None else 'weighted '}prevalence {100 * result.prevalence:.3g} %"
    )


def arms_table(result: TrialResult) -> Table:
    """Return the arms, the control first, each with its difference to it."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    primary, others = result.primary, secondary(result)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("arm" if result.trained else "score", overflow="fold")
    table.add_column(heading(primary), justify="right", no_wrap=True)
    first = "control" if result.trained else "the first"
    table.add_column(f"minus {first}\n(95 % interval)", justify="right", no_wrap=True)
    table.add_column(Text(sides(primary), style="not bold dim"), no_wrap=True, width=FOREST_WIDTH)
    table.add_column("outcome", no_wrap=True)
    for metric in others:
        table.add_column(heading(metric), justify="right", no_wrap=True)
    differences = {d.arm: d for d in result.differences if d.metric == primary.name}
    axis = Axis.over(list(differences.values()))
    for arm in result.arms:
        table.add_row(
            visible(arm.name),
            value(arm, primary),
            *compared(differences.get(arm.name), primary, axis),
            *(value(arm, metric) for metric in others),
            style="bold" if arm is result.winner else "",
        )
    for one in result.stopped:
        dashes = ["–"] * len(others)
        table.add_row(visible(one.name), "–", "–", axis.blank(), STOPPED, *dashes, style="dim")
    if (beside := result.without_suspects) is not None:
        blank = compared(None, primary, axis)
        figures = (value(beside, metric) for metric in others)
        table.add_row(visible(beside.name), value(beside, primary), *blank, *figures, style="dim")
    return table


def importance_table(result: TrialResult) -> Table:
    """Return the columns that matter most, and how much worse the arm that is kept is without them."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("matters most", overflow="fold")
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


def legend(result: TrialResult) -> str:
    """Return how to read the table."""
    others = (
        "Log-loss and calibration ratio\n"
        "(predicted over observed positives) are of the calibrated probabilities."
    )
    if result.by_episode:
        others = (
            "Entities\ncaught: the share of those with a positive of which one was flagged. Cost and alerts "
            "count until then."
        )
    margin = next((result.primary.write(d.margin) for d in result.differences), "the margin")
    return (
        f"{result.scored_positives:,} positives behind every figure. "
        f"Equivalent: within {margin} of the control.\n"
        f"AP: average precision; chance gives the prevalence, {result.prevalence:.3g}. {others}"
    )
