"""The options that choose a rule."""

from typing import Annotated

import typer

from scarce.cli.options import a_number

RULE = "The rule, one of"

Cut = Annotated[
    float | None,
    typer.Option(
        "--cut",
        metavar="P",
        parser=a_number,
        rich_help_panel=RULE,
        help="Flag where the probability is above this.",
    ),
]
Factor = Annotated[
    float | None,
    typer.Option(
        "--factor",
        metavar="F",
        parser=a_number,
        rich_help_panel=RULE,
        help="Flag where the expected loss of letting pass is this many times that of flagging: 1 is the "
        "cut that the costs give.",
    ),
]
Capacity = Annotated[
    str | None,
    typer.Option(
        "--capacity",
        metavar="N|SHARE",
        rich_help_panel=RULE,
        help="How many rows can be looked at: a day where --time holds dates, else of all rows; or 0.5%.",
    ),
]
CapacityOfRows = Annotated[
    str | None,
    typer.Option(
        "--capacity",
        metavar="N|SHARE",
        rich_help_panel=RULE,
        help="How many of these rows can be looked at, the likeliest; or 0.5%.",
    ),
]
Precision = Annotated[
    float | None,
    typer.Option(
        "--precision",
        metavar="P",
        parser=a_number,
        rich_help_panel=RULE,
        help="Catch as many as possible with at least this share of the flags right.",
    ),
]
Recall = Annotated[
    float | None,
    typer.Option(
        "--recall",
        metavar="P",
        parser=a_number,
        rich_help_panel=RULE,
        help="Flag as rightly as possible with at least this share of the positives caught.",
    ),
]
FalsePositiveRate = Annotated[
    float | None,
    typer.Option(
        "--false-positive-rate",
        metavar="P",
        parser=a_number,
        rich_help_panel=RULE,
        help="Flag at most this share of the negatives, with confidence .95 for one fixed scorer.",
    ),
]
FBeta = Annotated[
    float | None,
    typer.Option(
        "--fbeta",
        metavar="B",
        parser=a_number,
        rich_help_panel=RULE,
        help="The best F-beta: recall counts B times as much as precision.",
    ),
]
Review = Annotated[
    float | None,
    typer.Option(
        "--review",
        metavar="PRICE",
        parser=a_number,
        rich_help_panel=RULE,
        help="What it costs to have a row looked at before it is decided, beside --cost: a third action.",
    ),
]
