"""The options of scores that were made elsewhere, and those of a run that say something else of them."""

from typing import Annotated

import typer

from scarce.cli.options import PLACE, RESULT, a_number

Scores = Annotated[
    list[str],
    typer.Option(
        "--scores",
        metavar="S1,S2,..",
        show_default=False,
        rich_help_panel=PLACE,
        help="The columns of scores; the others are held against the first.",
    ),
]
ScoresAre = Annotated[
    list[str] | None,
    typer.Option(
        "--scores-are",
        metavar="KIND",
        rich_help_panel=PLACE,
        help="What they are: probability, log-odds or score (larger means more likely positive); one word "
        "for all, or one for each. Values in [0, 1] are probabilities unless it is said.",
    ),
]
Prior = Annotated[
    float | None,
    typer.Option(
        "--prior",
        metavar="P",
        parser=a_number,
        rich_help_panel=PLACE,
        help="Share of positives where the scores will be used, if not that of the data.",
    ),
]
Time = Annotated[
    str | None,
    typer.Option(
        "--time",
        metavar="COLUMN",
        rich_help_panel=PLACE,
        help="Calibrate and choose the cut on earlier rows than those that are scored.",
    ),
]
Out = Annotated[
    str,
    typer.Option("--out", metavar="DIR", rich_help_panel=RESULT, help="Folder of report.html and run.json."),
]
