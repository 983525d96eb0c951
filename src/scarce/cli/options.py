"""The options that several commands share, and how their numbers are read."""

import math
from collections.abc import Callable
from typing import Annotated

import typer

from scarce.cli import completion
from scarce.number_grammar import number, whole_number

PLACE = "Where and what"
TRIAL = "The trial"
RESULT = "Results"


def a_number(text: object) -> float:
    """Read a number as data is read: typer would take ``1_0`` for one; it calls this on a default too."""
    value = number(str(text))
    if value is None:
        raise ValueError("it must be a valid number")
    return value


def a_whole_number(least: int, most: float = math.inf) -> Callable[[object], int]:
    """Return a function that reads a whole number within bounds; typer calls it on a default too."""

    def read(text: object) -> int:
        value = whole_number(str(text))
        if value is None:
            raise ValueError("it must be a valid integer")
        if value < least:
            raise ValueError(f"it must be greater than or equal to {least}")
        if value > most:
            raise ValueError(f"it must be less than or equal to {most}")
        return value

    return read


def a_time(text: object) -> float:
    """Read a time such as 30m; typer calls it on a default too."""
    from scarce.errors import ScarceError
    from scarce.trial.deadline import seconds_of

    try:
        return seconds_of(text)
    except ScarceError as error:
        raise ValueError(f"{error.values['reason']}; write 90s, 30m or 1.5h") from None


Data = Annotated[
    list[str],
    typer.Argument(
        show_default=False,
        help="A CSV, TSV, Parquet, JSON-lines, ARFF or Excel file, a glob in quotes, or - for stdin; several "
        "files must have the same columns.",
    ),
]
ModelFile = Annotated[str, typer.Argument(show_default=False, help="The model.scarce file of a run.")]
Target = Annotated[
    str,
    typer.Option(
        "--target",
        metavar="COLUMN",
        show_default=False,
        rich_help_panel=PLACE,
        help="The column to predict.",
    ),
]
Positive = Annotated[
    str | None,
    typer.Option(
        "--positive",
        metavar="LABEL",
        rich_help_panel=PLACE,
        help="The label to look for, against all others; or from where on a number counts, such as '>=100'. "
        "The rarer of two labels unless named.",
    ),
]
Cost = Annotated[
    str | None,
    typer.Option(
        "--cost",
        metavar="fn=..,fp=..",
        rich_help_panel=PLACE,
        help="What a missed positive and a false alarm cost: numbers or columns, such as fn=Amount,fp=5.",
    ),
]
Prior = Annotated[
    float | None,
    typer.Option(
        "--prior",
        metavar="P",
        parser=a_number,
        rich_help_panel=PLACE,
        help="Share of positives where the model will be used, if not that of the data.",
    ),
]
Share = Annotated[
    str | None,
    typer.Option(
        "--labelled-share",
        metavar="C",
        rich_help_panel=PLACE,
        help="Share of the positives that carry their label, if not all do: 0.8, or a band such as 0.7..0.9.",
    ),
]
Time = Annotated[
    str | None,
    typer.Option(
        "--time",
        metavar="COLUMN",
        rich_help_panel=PLACE,
        help="Train on earlier rows and test on later ones; the column is then no feature.",
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="COLUMN",
        rich_help_panel=PLACE,
        help="Keep the rows of a customer, machine or patient on one side; no feature.",
    ),
]
Entity = Annotated[
    str | None,
    typer.Option(
        "--entity",
        metavar="COLUMN",
        rich_help_panel=PLACE,
        help="Judge by episode: what a card, machine or patient costs until its first flagged positive row. "
        "Needs --time; no feature.",
    ),
]
LabelDelay = Annotated[
    str | None,
    typer.Option(
        "--label-delay",
        metavar="60d",
        rich_help_panel=PLACE,
        help="How long a label takes to arrive (h, d, w, or a number in the unit of --time): younger rows "
        "are left out, and test periods keep that gap.",
    ),
]
Weight = Annotated[
    str | None,
    typer.Option(
        "--weight",
        metavar="COLUMN",
        rich_help_panel=PLACE,
        help="How many rows of the population a row stands for; no feature.",
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option("--drop", metavar="COLUMN,..", rich_help_panel=PLACE, help="Columns that are no features."),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        metavar="COLUMN,..",
        rich_help_panel=PLACE,
        help="Columns to keep as features although they are a time, a group, or look like an id or text.",
    ),
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        "--methods",
        metavar="M1,M2,..",
        autocompletion=completion.methods,
        rich_help_panel=TRIAL,
        help="Treatments to try beside the control, parameters after a colon: "
        "focal:gamma=3 or poly_focal:gamma=2,epsilon=1 or undersample:ratio=10+focal. May be repeated.",
    ),
]
Learners = Annotated[
    list[str] | None,
    typer.Option(
        "--learners",
        metavar="L1,L2,..",
        autocompletion=completion.learners,
        rich_help_panel=TRIAL,
        help="Plain learners that the control is chosen among; one name takes that one. May be repeated.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        metavar="N",
        parser=a_whole_number(0, 1000),
        rich_help_panel=TRIAL,
        help="Fits side by side; 0 is one for each core. The result does not depend on it.",
    ),
]
Budget = Annotated[
    float | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        parser=a_time,
        show_default=False,
        rich_help_panel=TRIAL,
        help="What the run may take: 90s, 30m, 1.5h. Arms that there is no time for are stopped: undecided.",
    ),
]
Folds = Annotated[
    int,
    typer.Option(
        "--folds",
        metavar="N",
        parser=a_whole_number(2, 100),
        rich_help_panel=TRIAL,
        help="Folds of a repeat, 2 to 100.",
    ),
]
Margin = Annotated[
    str | None,
    typer.Option(
        "--margin",
        metavar="M",
        rich_help_panel=TRIAL,
        help="The difference that would matter: a share of the control's figure, or an amount in the "
        "metric's unit; 5% of a cost, or .01 of AP, unless given.",
    ),
]
TuneBy = Annotated[
    str,
    typer.Option(
        "--tune-by",
        metavar="SCORE",
        rich_help_panel=TRIAL,
        help="What numbers written auto, as in focal:gamma=auto, are chosen by: log_loss, average_precision "
        "or expected_cost.",
    ),
]
Repeats = Annotated[
    int,
    typer.Option(
        "--repeats",
        metavar="N",
        parser=a_whole_number(1, 100),
        rich_help_panel=TRIAL,
        help="Repeats with other folds, 1 to 100.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        parser=a_whole_number(0),
        rich_help_panel=TRIAL,
        help="Seed of every random choice.",
    ),
]
Out = Annotated[
    str,
    typer.Option(
        "--out", metavar="DIR", rich_help_panel=RESULT, help="Folder of model.scarce, report.html, run.json."
    ),
]
Tuned = Annotated[
    str,
    typer.Option(
        "--out", metavar="DIR", rich_help_panel=RESULT, help="Folder of tune.json and finished fits."
    ),
]
WithMap = Annotated[
    bool,
    typer.Option(
        "--map", rich_help_panel=RESULT, help="Also draw what gamma and alpha do: map.svg and map.html."
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        rich_help_panel=RESULT,
        help="Replace the results of another table, or of another target, in that folder.",
    ),
]
FailIf = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-if",
        metavar="SCORE<N",
        rich_help_panel=RESULT,
        help="Exit with 1 if a score misses a bound: 'AP<.8', 'log-loss>.1'. May be repeated.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", rich_help_panel=RESULT, help="Print JSON.")]
TargetOfModel = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="COLUMN", rich_help_panel=PLACE, help="The labels, if not where they were."
    ),
]
WeightOfModel = Annotated[
    str | None,
    typer.Option(
        "--weight",
        metavar="COLUMN",
        rich_help_panel=PLACE,
        help="How many rows of the population a row stands for.",
    ),
]
