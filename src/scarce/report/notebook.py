"""What a notebook shows of a trial: its worth, the verdict, the arms, and the differences drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from scarce.report import page, printed, tables, text_tables
from scarce.report.figures.forest import forest
from scarce.report.figures.frame import WIDE
from scarce.report.tables import Cell, Row, Table
from scarce.report.worth import worth

if TYPE_CHECKING:
    from scarce.trial.metric import Metric
    from scarce.trial.result import Difference, TrialResult


def render(result: TrialResult) -> str:
    """Return a piece of HTML that needs no script and no network.

    Parameters
    ----------
    result : TrialResult

    Returns
    -------
    str
        One element; the style sheet of the report holds inside it alone.
    """
    differences = {d.arm: d for d in result.differences if d.metric == result.primary.name}
    uid = f"scarce-{result.fingerprint[:8]}"
    return page.template("notebook.html").render(
        result=result,
        style=Markup(page.within(page.asset("report.css"))),
        about=printed.data_line(result),
        worth=worth(result),
        leaks=[tables.split_code(text) for text in result.verdict.leaks],
        warnings=[tables.split_code(text) for text in result.verdict.other_warnings],
        sentences=printed.sentences(result),
        forest=forest(list(differences.values()), result.primary, WIDE, uid) if differences else None,
        arms=_arms(result, differences),
        uid=uid,
    )


def _arms(result: TrialResult, differences: dict[str, Difference]) -> Table:
    primary, others = result.primary, text_tables.secondary(result)
    first = "control" if result.trained else "the first"
    heads = (primary.label, f"minus {first}", "outcome", *(metric.label for metric in others))
    rows = tuple(
        Row(
            arm.name,
            (
                Cell(text_tables.value(arm, primary)),
                *_compared(differences.get(arm.name), primary),
                *(Cell(text_tables.value(arm, metric)) for metric in others),
            ),
            arm.name == result.verdict.winner,
        )
        for arm in result.arms
    )
    return Table(tuple(Cell(head) for head in heads), rows)


def _compared(difference: Difference | None, metric: Metric) -> tuple[Cell, Cell]:
    if difference is None:
        return Cell(""), Cell("")
    value, low, high = (
        metric.signed(number) for number in (difference.value, difference.low, difference.high)
    )
    return Cell(value, f"{low} to {high}"), Cell(difference.outcome)
