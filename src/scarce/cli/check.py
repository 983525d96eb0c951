"""``scarce check``: what is odd about the data, before anything is trained."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from scarce.cli import (
    cell_options,
    console,
    file_options,
    lists,
    options,
    role_options,
    streams,
)
from scarce.cli.run import prepare
from scarce.errors import ScarceError
from scarce.visible_text import visible

if TYPE_CHECKING:
    from scarce.data.checks.every_check import Finding
    from scarce.data.dataset import Dataset

STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
INDENT = 15


def check(
    data: options.Data,
    target: options.Target,
    positive: options.Positive = None,
    unlabelled: role_options.Unlabelled = None,
    cost: options.Cost = None,
    time_column: options.Time = None,
    group: options.Group = None,
    entity: options.Entity = None,
    label_delay: options.LabelDelay = None,
    weight: options.Weight = None,
    drop: options.Drop = None,
    keep: options.Keep = None,
    categorical: role_options.Categorical = None,
    numeric: role_options.Numeric = None,
    decimal: cell_options.Decimal = None,
    missing: cell_options.Missing = None,
    date_format: cell_options.DateFormat = None,
    names: file_options.Names = None,
    encoding: file_options.Encoding = None,
) -> None:
    """Look for leaks, duplicates, gaps, identifiers and too few positives; train nothing."""
    from scarce.data.checks.every_check import run_checks

    dataset = prepare(
        data,
        {
            "target": target,
            "positive": positive,
            "unlabelled": unlabelled,
            "cost": cost,
            "time": time_column,
            "group": group,
            "entity": entity,
            "label_delay": label_delay,
            "weight": weight,
            "drop": lists.names(drop),
            "keep": lists.names(keep),
            "categorical": lists.names(categorical),
            "numeric": lists.names(numeric),
            "decimal": decimal,
            "missing": lists.names(missing),
            "date_format": date_format,
        },
        file_options.written(names, encoding),
    )
    findings = run_checks(dataset)
    with streams.read_by_choice():
        show(dataset, findings)
    errors = sum(finding.severity == "error" for finding in findings)
    if errors:
        raise ScarceError("E210", count=counted(errors, "finding"), source=dataset.name)


def show(dataset: Dataset, findings: list[Finding]) -> None:
    """Print one paragraph a finding, the gravest first."""
    from rich.text import Text

    out = console.stdout()
    positives = int(dataset.target.sum())
    out.print(
        console.shown(
            f"{dataset.name}: {len(dataset.target):,} rows, "
            f"{counted(dataset.features.num_columns, 'feature')}, "
            f"{positives:,} positive ({dataset.target_name} = {dataset.labels[1]!r})"
        )
    )
    for text in (*dataset.notes, *units(dataset)):
        out.print(console.shown(f"note: {text}", "dim"))
    for finding in sorted(findings, key=lambda finding: list(STYLES).index(finding.severity)):
        out.print()
        opening = (f"{finding.severity:<8} {finding.code:<6}", STYLES[finding.severity])
        out.print(Text.assemble(opening, hung(finding.message, out.width)))
        out.print(Text(" " * INDENT + hung(finding.hint, out.width), style="dim"))
    out.print()
    out.print(verdict(findings))


def units(dataset: Dataset) -> list[str]:
    """Say how many groups and entities there are, and how many of them have a positive row."""
    kinds = (("groups", dataset.group), ("entities", dataset.entity))
    held = [
        (noun, set(of_row), set(of_row[dataset.target == 1])) for noun, of_row in kinds if of_row is not None
    ]
    return [f"{len(whole):,} {noun}, {len(positive):,} with a positive row" for noun, whole, positive in held]


def hung(text: str, width: int) -> str:
    """Return a paragraph whose further lines stand under its first."""
    filled = textwrap.fill(visible(text), width - INDENT, break_long_words=False)
    return filled.replace("\n", "\n" + " " * INDENT)


def verdict(findings: list[Finding]) -> str:
    """Return how many findings of each kind there are."""
    if not findings:
        return "nothing odd found"
    counts = ((kind, sum(finding.severity == kind for finding in findings)) for kind in STYLES)
    return ", ".join(counted(count, kind) for kind, count in counts if count)


def counted(count: int, noun: str) -> str:
    """Return ``1 finding``, ``2 findings``."""
    return f"{count} {noun}" + ("" if count == 1 else "s")
