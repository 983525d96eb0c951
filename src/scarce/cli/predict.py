"""``scarce predict``: log-odds, posterior, flag and label of every row of a file, beside its own columns."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scarce.cli import console, file_options, lists, options, outputs, rule_options
from scarce.cli.carried import beside
from scarce.cli.evaluate import card_of_data
from scarce.cli.rows import rows_of
from scarce.errors import ScarceError
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from scarce.bundle.model import Model
    from scarce.data.table import Table
    from scarce.decision.rules import Rule

SUFFIXES = (".csv", ".parquet", ".jsonl")


def predict(
    model: options.ModelFile,
    data: options.Data,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A .csv, .parquet or .jsonl file; CSV on stdout unless given.",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns",
            "--id",
            metavar="COLUMN,..",
            help="Columns of DATA to write to the left of the predictions; all of them unless given.",
        ),
    ] = None,
    no_columns: Annotated[bool, typer.Option("--no-columns", help="Write the predictions alone.")] = False,
    cost: options.Cost = None,
    cut: rule_options.Cut = None,
    capacity: rule_options.CapacityOfRows = None,
    prior: Annotated[
        float | None,
        typer.Option(
            "--prior",
            metavar="P",
            parser=options.a_number,
            help="Share of positives where these rows come from, if it has changed.",
        ),
    ] = None,
    names: file_options.Names = None,
    encoding: file_options.Encoding = None,
) -> None:
    """Give every row of DATA its probability and its decision, by the rule of MODEL."""
    if prior is not None and not 0.0 < prior < 1.0:
        raise ScarceError("E301", option="prior", value=prior, allowed="a number between 0 and 1")
    if columns is not None and no_columns:
        raise ScarceError("E238")
    target = None if output is None else Path(output)
    if target is not None:
        check_output(target, (model, *data))
    from scarce.bundle.serialization import load
    from scarce.cli import spreadsheet, table_files
    from scarce.data.suggestion import counted

    loaded = load(model)
    table = rows_of(loaded, data, names, encoding)
    ruled = loaded.with_rule(other_rule(loaded, table, cost, cut, capacity, prior))
    predicted = ruled.predictions(table, prior=prior)
    seen_names, source, numeric = table.names, table.source, table_files.numeric_columns(table)
    del table  # before the file is read again, for the columns as they came
    ours = predicted if target is not None else seen(predicted, ["label"])
    if target is None or target.suffix.lower() == ".csv":
        ours = defused(ours)
    wanted = lists.names(columns) if columns is not None else None
    whole = ours if no_columns else beside(ours, data, source, wanted, file_options.written(names, encoding))
    if target is None:
        watched = sys.stdout.isatty()
        spreadsheet.write_csv(seen(whole, whole.column_names) if watched else whole, sys.stdout.buffer)
    else:
        outputs.write_file(target, lambda path: table_files.write(whole, path, numeric), "--output")
        flagged = int(predicted.column("flag").to_numpy().sum())
        rows = counted(predicted.num_rows, "row", "rows")
        console.note(f"{target}: {rows}, {flagged:,} flagged ({loaded.labels[1]!r})")
    tell_ignored(ruled, seen_names)
    tell_of_labels(loaded)


def other_rule(
    model: Model,
    table: Table,
    cost: str | None,
    cut: float | None,
    capacity: str | None,
    prior: float | None,
) -> Rule | None:
    """Return the rule of this prediction: the model's own unless another is asked for.

    Raises
    ------
    ScarceError
        E360 for two rules, and what reading them raises.
    """
    from scarce.calibration import shift_prior
    from scarce.cli.threshold import cut_for, given
    from scarce.decision.rule_choice import RuleChoice
    from scarce.decision.rules import CutRule

    choice = RuleChoice.of(capacity=capacity)
    if cost is None and cut is None and choice is None:
        return model.rule
    rule = given(model, cost, cut, None, choice)
    if cut is not None:
        rule = cut_for(model, rule, cut)
    if choice is not None and rule is None:
        return choice.for_rows(table.n_rows).fit(model.log_odds_of_labels(table), [0] * table.n_rows)
    if isinstance(rule, CutRule) and prior is not None:  # the cut is on the posterior that is written
        share = 1.0 if model.labelled_share is None else model.labelled_share.share
        return replace(rule, cut=float(shift_prior([rule.cut], old=prior * share, new=model.prior)[0]))
    return rule


def tell_of_labels(model: Model) -> None:
    """Say what positives without a label do to the probabilities, and to what is measured of the flags."""
    share = model.labelled_share
    if share is None:
        return
    console.note(
        f"probabilities are those of a label over the share of the positives that carry one, "
        f"{share.describe()}; posterior_low and posterior_high are at the ends of that band. Of the flags "
        f"without a label some are positive: measured precision is about {share.share:g} of the true one"
    )


def tell_ignored(model: Model, names: list[str]) -> None:
    """Name the columns that the prediction did not look at, less those that the training named itself."""
    from scarce.data.suggestion import listed
    from scarce.decision.rules import CostRule

    spec = model.rule.spec if isinstance(model.rule, CostRule) else None
    data = card_of_data(model)
    roles = {data.get("target"), data.get("weight"), *(spec.columns if spec else ())}
    ignored = [name for name in model.encoder.ignored(names) if name not in roles]
    if ignored:
        console.note(f"ignored, as the model has no such feature: {listed(ignored)}")


def check_output(target: Path, inputs: tuple[str, ...]) -> None:
    """Refuse an output that cannot be written, before anything is read.

    Raises
    ------
    ScarceError
        E207, with the reason.
    """
    if target.suffix.lower() not in SUFFIXES:
        reason = f"its name ends in none of {', '.join(SUFFIXES)}"
        raise ScarceError("E207", path=target, reason=reason, option="--output")
    outputs.check_file(target, inputs, "--output")


def defused(predicted: pa.Table) -> pa.Table:
    """Return predictions in which no label is a formula, and say so where one would have been."""
    from scarce.cli import spreadsheet
    from scarce.data.suggestion import listed

    table, formulas = spreadsheet.defused(predicted)
    if formulas:
        console.note(
            f"written with an apostrophe before it, as a spreadsheet would compute it: {listed(formulas)}"
        )
    return table


def seen(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """Return a table for a terminal, which would obey an escape sequence in a text of these columns."""
    import pyarrow as pa

    for name in names:
        column = table.column(name)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            shown = {text: None if text is None else visible(text) for text in column.unique().to_pylist()}
            written = pa.array([shown[text] for text in column.to_pylist()], pa.string())
            table = table.set_column(table.column_names.index(name), name, written)
    return table.rename_columns([visible(name) for name in table.column_names])
