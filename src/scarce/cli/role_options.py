"""The options that say which rows count, and what columns are whatever they look like."""

from typing import Annotated

import typer

from scarce.cli.options import PLACE

Unlabelled = Annotated[
    str | None,
    typer.Option(
        "--unlabelled",
        metavar="drop",
        rich_help_panel=PLACE,
        help="Leave out rows without a label; otherwise they are an error.",
    ),
]
Categorical = Annotated[
    list[str] | None,
    typer.Option(
        "--categorical",
        metavar="COLUMN,..",
        rich_help_panel=PLACE,
        help="Features that are categories although they are written as numbers.",
    ),
]
Numeric = Annotated[
    list[str] | None,
    typer.Option(
        "--numeric",
        metavar="COLUMN,..",
        rich_help_panel=PLACE,
        help="Features that are numbers although leading zeros make them look like codes.",
    ),
]
