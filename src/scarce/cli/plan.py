"""``scarce plan``: what a trial can show, from a pilot table or from numbers alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

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

if TYPE_CHECKING:
    from scarce.trial.plan_of_a_trial import Plan

NUMBERS = "Without a table"


def plan(
    data: Annotated[
        str | None, typer.Argument(show_default=False, help="A pilot table: a file that scarce run takes.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="COLUMN",
            rich_help_panel=options.PLACE,
            help="The column to predict.",
        ),
    ] = None,
    positive: options.Positive = None,
    unlabelled: role_options.Unlabelled = None,
    cost: options.Cost = None,
    time_column: options.Time = None,
    group: options.Group = None,
    entity: options.Entity = None,
    label_delay: options.LabelDelay = None,
    labelled_share: options.Share = None,
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
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows",
            metavar="N",
            parser=options.a_whole_number(1),
            rich_help_panel=NUMBERS,
            help="Rows it will have.",
        ),
    ] = None,
    positives: Annotated[
        int | None,
        typer.Option(
            "--positives",
            metavar="N",
            parser=options.a_whole_number(1),
            rich_help_panel=NUMBERS,
            help="How many of them will be positive.",
        ),
    ] = None,
    prevalence: Annotated[
        float | None,
        typer.Option(
            "--prevalence",
            metavar="P",
            parser=options.a_number,
            rich_help_panel=NUMBERS,
            help="Or their share.",
        ),
    ] = None,
    average_precision: Annotated[
        float | None,
        typer.Option(
            "--average-precision",
            metavar="P",
            parser=options.a_number,
            rich_help_panel=NUMBERS,
            help="What a plain model will reach; 0.5 unless given.",
        ),
    ] = None,
    difference: Annotated[
        str | None,
        typer.Option(
            "--difference",
            metavar="D",
            rich_help_panel=options.RESULT,
            help="One that would matter, in the primary metric: a number in its unit, or such as 5%.",
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Say which differences a trial could show, and how many positives a given one takes."""
    from scarce.trial.pilot import plan_of_numbers, plan_of_table, refuse_columns, refuse_numbers

    columns = {
        "target": target,
        "positive": positive,
        "unlabelled": unlabelled,
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
    }
    if data is None:
        written = file_options.written(names, encoding)
        refuse_columns(columns | {"labelled_share": labelled_share} | written)
        found = plan_of_numbers(
            rows,
            positives,
            prevalence,
            average_precision=average_precision,
            cost=cost,
            difference=difference,
        )
    else:
        numbers = {"rows": rows, "positives": positives, "prevalence": prevalence}
        refuse_numbers(numbers | {"average_precision": average_precision})
        if target is None:
            raise ScarceError("E392", data=data)
        with console.if_interrupted(lambda: "nothing was written"):
            dataset = prepare(data, columns | {"cost": cost}, file_options.written(names, encoding))
            found = plan_of_table(
                dataset, difference=difference, labelled_share=labelled_share, progress=console.progress()
            )
    show(found, as_json=as_json)


def show(found: Plan, *, as_json: bool) -> None:
    """Print a plan on stdout."""
    with streams.read_by_choice():
        if as_json:
            print(json.dumps(found.to_dict(), indent=2, allow_nan=False))
            return
        out = console.stdout()
        for line in str(found).splitlines():
            out.print(console.shown(line))
