"""Options of what is asked of a saved model, where the training has named the columns already."""

from typing import Annotated

import typer

from scarce.cli.options import PLACE

TimeOfModel = Annotated[
    str | None,
    typer.Option(
        "--time",
        metavar="COLUMN",
        rich_help_panel=PLACE,
        help="When each row was, for --entity or --label-delay, if not in the column of the training.",
    ),
]
EntityOfModel = Annotated[
    str | None,
    typer.Option(
        "--entity",
        metavar="COLUMN",
        rich_help_panel=PLACE,
        help="Score by episode: what a card, machine or patient costs until its first flagged positive row; "
        "by itself where the model was trained so and the table has the columns.",
    ),
]
