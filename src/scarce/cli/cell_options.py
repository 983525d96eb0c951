"""The options that say how the cells of a table are written."""

from typing import Annotated

import typer

from scarce.cli.options import PLACE

Decimal = Annotated[
    str | None,
    typer.Option(
        "--decimal",
        metavar=", or .",
        rich_help_panel=PLACE,
        help="The mark of decimals, where the values of a column leave open whether 1,234 is a thousand.",
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        "--missing",
        metavar="WORD,..",
        rich_help_panel=PLACE,
        help="More words, or numbers, that mean missing, in every column: unknown,-999.",
    ),
]
DateFormat = Annotated[
    str | None,
    typer.Option(
        "--date-format",
        metavar="DD/MM/YYYY",
        rich_help_panel=PLACE,
        help="The order of day and month, where no value of a column tells it.",
    ),
]
