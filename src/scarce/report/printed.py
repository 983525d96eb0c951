"""What a trial comes to, as a terminal or a Python prompt prints it: worth, verdict, arms and columns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from scarce.errors import in_two_lines
from scarce.report import text_tables
from scarce.report.wording import kept
from scarce.report.worth import opening
from scarce.trial.scoring import RANKED
from scarce.visible_text import visible

if TYPE_CHECKING:
    from rich.console import Console

    from scarce.trial.result import TrialResult

WIDTH = 100  # of prose; a table may be wider
# sentences that repeat the table's rows, for those who do not see it
IN_THE_TABLE = (
    "Better: ",
    "Worse than ",
    "Equivalent to ",
    "Undecided: ",
)


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
    print_answer(result, out)
    for name, text in rule_lines(result):
        out.print(visible(f"{name:<8}{text}"))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def print_answer(result: TrialResult, out: Console) -> None:
    """Print the worth, the verdict, every arm and the columns that matter, each table under a sentence."""
    from rich.text import Text

    def say(text: str, style: str = "") -> None:
        out.print(Text(visible(text), style=style), width=min(WIDTH, out.width))

    def warn(warnings: tuple[str, ...]) -> None:
        for warning in warnings:
            for line, style in zip(in_two_lines(warning), ("yellow", "dim"), strict=False):
                say(line, style)

    first, second = opening(result)
    warn(result.verdict.leaks)
    say(first, "bold")
    say("")
    warn(result.verdict.other_warnings)
    say(second, "bold")
    for sentence in sentences(result):
        say(sentence)
    say("")
    table, left_out = text_tables.arms_table(result, out)
    say(f"Every {'arm' if result.trained else 'score'}, on rows that it was not fitted to:")
    say("")
    out.print(table)
    say("")
    say(legend(result, left_out), "dim")
    say("")
    if result.importance:
        say(f"What {kept(result)} loses where a column holds the values of other rows:")
        say("")
        out.print(text_tables.importance_table(result))
        say("")


def rule_lines(result: TrialResult) -> list[tuple[str, str]]:
    """Return the rule as a sentence and as a formula, each with its name."""
    return [("rule", result.rule_in_words), ("formula", result.rule_text)]


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


def legend(result: TrialResult, left_out: list[str]) -> str:
    """Return how to read the table."""
    positives, prevalence = f"{result.scored_positives:,}", f"{result.scored_prevalence:.3g}"
    against = "the control" if result.trained else result.control.name
    margin = next((result.primary.write(d.margin) for d in result.differences), "the margin")
    said = [
        f"{positives} positives behind every figure.",
        f"Equivalent: within {margin} of {against}, and either equal outputs or at least 10 positives",
        "decided otherwise.",
    ]
    if not any(metric.name == RANKED.name and metric.label in left_out for metric in result.metrics):
        said.append(f"AP: average precision; chance gives the prevalence, {prevalence}.")
    if result.by_episode:
        said.append("Entities caught: the share of those with a positive of which one was flagged.")
        said.append("Cost and alerts count until then.")
    elif not left_out:
        said.append(
            "Log-loss and calibration ratio (predicted over observed positives) are of the calibrated"
        )
        said.append("probabilities.")
    if left_out:
        said.append(f"In the report, for want of room here: {', '.join(left_out)}.")
    return " ".join(said)
