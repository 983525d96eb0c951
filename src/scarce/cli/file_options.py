"""The options that say how a data file is written."""

from typing import Annotated, Any

import typer

from scarce.cli import lists
from scarce.cli.options import PLACE

Names = Annotated[
    list[str] | None,
    typer.Option(
        "--names",
        metavar="COLUMN,..",
        rich_help_panel=PLACE,
        help="The columns of a file without header, in their order.",
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        rich_help_panel=PLACE,
        help="How the text is written, such as gb18030, if it is not UTF-8; recognised unless named.",
    ),
]


def written(names: list[str] | None, encoding: str | None) -> dict[str, Any]:
    """Return how a file is written, as the reader takes it."""
    return {"names": lists.names(names) or None, "encoding": encoding}
