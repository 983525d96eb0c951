"""What the page says in tables and lists: plain records of text, made from a trial's numbers."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.report.scales import THIN, percent
from scarce.trial.result import UNDECIDED
from scarce.trial.wording import MINUS, in_digits, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scarce.evaluation.estimate import Estimate
    from scarce.trial.arm_result import ArmResult, Stopped
    from scarce.trial.metric import Metric
    from scarce.trial.result import Difference, TrialResult

_SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Cell:
    """A value with a smaller line under it."""

    value: str
    below: str = ""


@dataclass(frozen=True)
class Row:
    """One row of a table: its heading, its cells, and whether it is the winner's."""

    name: str
    cells: tuple[Cell, ...]
    winner: bool = False


@dataclass(frozen=True)
class Table:
    """Headings (each with a remark under it) and rows."""

    heads: tuple[Cell, ...]
    rows: tuple[Row, ...]


def amount(value: float, metric: Metric) -> str:
    """Return a value in the metric's own style, a dash where there is none."""
    return metric.write(value).replace("-", MINUS)


def interval(estimate: Estimate, metric: Metric) -> str:
    """Return the bounds of a 95 % interval."""
    return f"{amount(estimate.low, metric)} to {amount(estimate.high, metric)}"


def arms_table(result: TrialResult) -> Table:
    """Return every arm in every metric."""
    beside = () if result.without_suspects is None else (result.without_suspects,)
    return Table(
        heads=tuple(
            Cell(metric.label.replace(" %", f"{THIN}%"), _direction(metric, result))
            for metric in result.metrics
        ),
        rows=tuple(_arm_row(arm, result.metrics, result) for arm in (*result.arms, *beside)),
    )


def counted(words: Iterable[str], none: str, many: str = "") -> str:
    """Return how often each word occurs, in the order of their first places.

    Examples
    --------
    >>> counted(["worse", "undecided", "undecided"], "nothing"), counted([], "nothing")
    ('1 worse, 2 undecided', 'nothing')
    """
    counts = Counter(words)
    return ", ".join(f"{n} {word}{many if n > 1 else ''}" for word, n in counts.items()) or none


def _direction(metric: Metric, result: TrialResult) -> str:
    better = "higher is better" if metric.higher_is_better else "lower is better"
    if metric.name == "average_precision":
        return f"{better}; at random {percent(result.scored_prevalence, 3)}"
    if metric.name in ("calibration_ratio", "calibration_slope"):
        return "" if "1 is right" in metric.label else "1 is right"
    return better


def _arm_row(arm: ArmResult, metrics: Sequence[Metric], result: TrialResult) -> Row:
    cells = []
    for metric in metrics:
        estimate = arm.estimates.get(metric.name)
        cells.append(
            Cell("–")
            if estimate is None
            else Cell(amount(estimate.value, metric), interval(estimate, metric))
        )
    return Row(arm.name, tuple(cells), arm.name == result.verdict.winner)


def candidates_table(result: TrialResult) -> Table:
    """Return the plain models that the control was chosen among."""
    heads = ("log-loss", "above the least", "what it is")
    rows = []
    for one in result.candidates:
        figures = [one.log_loss, one.difference, one.standard_error]
        loss, above, error = (plain(x, 4) for x in figures)
        cells = (
            Cell(loss),
            Cell(above, "" if math.isnan(one.log_loss) else f"± {error}"),
            Cell(one.summary),
        )
        rows.append(Row(one.name, cells, one.chosen))
    return Table(tuple(Cell(head) for head in heads), tuple(rows))


def differences_table(
    differences: Sequence[Difference], metric: Metric, stopped: Sequence[Stopped] = ()
) -> Table:
    """Return what is known of each arm against the control, and those that were stopped early."""
    heads = ("difference", "margin", "positives needed", "best in resamples", "outcome")
    rows = tuple(
        Row(
            d.arm,
            (
                Cell(metric.signed(d.value), f"{metric.signed(d.low)} to {metric.signed(d.high)}"),
                Cell(amount(d.margin, metric)),
                Cell("–" if math.isnan(d.positives_needed) else in_digits(d.positives_needed, 2)),
                Cell(f"{d.times_best:,}"),
                Cell(d.outcome),
            ),
        )
        for d in differences
    )
    dashes = (Cell("–"),) * (len(heads) - 1)
    ended = tuple(Row(one.name, (*dashes, Cell(UNDECIDED, "stopped"))) for one in stopped)
    return Table(tuple(Cell(head) for head in heads), rows + ended)


def classes_table(result: TrialResult) -> Table:
    """Return how many rows each class has and what share of the population they stand for."""
    weight = np.ones(result.target.size) if result.weight is None else result.weight
    rows = []
    share, prevalence = float(np.mean(result.target)), float(np.average(result.target, weights=weight))
    rarer, lighter = min(share, 1.0 - share), min(prevalence, 1.0 - prevalence)
    for value, role in ((1, "positive"), (0, "negative")):
        chosen = result.target == value
        count, mass = int(chosen.sum()), float(weight[chosen].sum())
        rows.append(
            Row(
                result.labels[value],
                (
                    Cell(role),
                    Cell(f"{count:,}"),
                    Cell(_share(count / result.target.size, rarer)),
                    Cell(plain(mass, 6)),
                    Cell(_share(mass / weight.sum(), lighter)),
                ),
            )
        )
    heads = ("role", "rows", "share of the rows", "rows they stand for", "share of those")
    return Table(tuple(Cell(head) for head in heads), tuple(rows))


def _share(share: float, least: float) -> str:
    """Return a share with the decimals that two digits of the least one have: the shares add up to 100."""
    decimals = max(0, 1 - math.floor(math.log10(100 * least)))
    return f"{100 * share:.{decimals}f}{THIN}%"


def findings_in_order(result: TrialResult) -> list[Any]:
    """Return the findings of the data checks, the gravest first."""
    rank = {severity: index for index, severity in enumerate(_SEVERITIES)}
    return sorted(result.findings, key=lambda finding: (rank.get(finding.severity, 3), finding.code))


def split_code(warning: str) -> tuple[str, str]:
    """Return a coded remark's code and its text.

    Examples
    --------
    >>> split_code("W301: only 12 positives"), split_code("no code here")
    (('W301', 'only 12 positives'), ('', 'no code here'))
    """
    code, mark, text = warning.partition(": ")
    return (code, text) if mark and code.isalnum() else ("", warning)


def settings(result: TrialResult) -> list[tuple[str, str]]:
    """Return what shaped the result as name and value, nested options flattened."""
    options = {name: value for name, value in result.config.items() if name != "demo_sample" or value}
    return [("data", result.name), ("fingerprint", result.fingerprint), *_flat("", options)]


def _flat(prefix: str, options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in sorted(options):
        value, full = options[name], f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flat(f"{full}.", value)
        elif isinstance(value, list | tuple):
            yield full.replace("_", " "), ", ".join(str(item) for item in value) or "default"
        else:
            yield full.replace("_", " "), _option(value)


def _option(value: object) -> str:
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
