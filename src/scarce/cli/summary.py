"""What ``scarce run`` and ``scarce compare`` print at their end: verdict, arms, rule, what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.cli import console, outputs
from scarce.progress_bars import duration
from scarce.report import printed
from scarce.trial.wording import plain
from scarce.visible_text import visible

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.trial.result import TrialResult


def show(result: TrialResult, folder: Path, seconds: float) -> None:
    """Print the summary of a trial or a comparison on stdout."""
    from rich.text import Text

    out = console.stdout()
    with out.capture() as drawn:
        out.print()
        out.print(console.shown(printed.data_line(result), "dim"))
        for finding in result.findings:
            if finding.is_said:
                style = "dim" if finding.severity == "note" else "yellow"
                out.print(console.shown(str(finding), style))
                out.print(console.shown(f"hint: {finding.hint}", "dim"))
        for remark in result.notes:
            out.print(console.shown(f"note: {remark}", "dim"))
        out.print()
        printed.print_answer(result, out)
        for name, text in closing(result, folder, seconds):
            out.print(Text.assemble((f"{name:<8}", "bold"), visible(text)))
    # rich fills lines with blanks, which a file would keep
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def closing(result: TrialResult, folder: Path, seconds: float) -> list[tuple[str, str]]:
    """Return the last lines: the rule, the files, the time, and the next command."""
    lines = printed.rule_lines(result)
    cost = result.winner.estimates.get("expected_cost")
    if result.costs is not None and cost is not None:
        figures = (cost.value, cost.low, cost.high, result.idle_cost)
        spent, low, high, idle = (result.primary.write(figure) for figure in figures)
        own = "" if result.config.get("rule") is None else " at the costs' own cut"
        paid = f"{spent} per 10,000 rows{own} ({low} to {high})"
        lines.append(("cost", f"{paid}; flagging nothing costs {idle}"))
    if result.reviews is not None:
        spent, without = (
            result.primary.write(cost) for cost in (result.reviews.cost, result.reviews.without)
        )
        looked = f"{plain(result.reviews.reviewed)} reviews per 10,000 rows"
        lines.append(("reviews", f"{spent} per 10,000 rows with {looked}; {without} without any"))
    report, time = ("report", str(folder / outputs.REPORT)), ("time", duration(seconds))
    if not result.trained:
        return [*lines, report, time]
    fits, size = outputs.journal_size(folder)
    wanted, reused = result.fits
    lines += [
        ("model", str(folder / outputs.MODEL)),
        report,
        (
            "kept",
            f"{fits} fits in {folder / outputs.JOURNAL} ({size:.1f} MB), so that a second run need not train",
        ),
        *([("reused", f"{reused} of {wanted} fits")] if reused else []),
        time,
        ("next", f"scarce predict {folder / outputs.MODEL} NEW_DATA -o scored.csv"),
    ]
    return lines
