"""``scarce monitor``: watch a model at work, batch by batch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from scarce.cli import console, file_options, options, outputs, streams
from scarce.cli.gates import Gate, as_words, judge
from scarce.cli.rows import rows_of


def monitor(
    model: options.ModelFile,
    data: options.Data,
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="COLUMN",
            help="What the rows became; empty where it is not known yet. Without it only drift is watched.",
        ),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="FILE",
            help="Where evidence and number of looks are kept between batches; made where there is none.",
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            "--time",
            metavar="COLUMN",
            help="When a row arose: rows are taken in this order, and none is counted twice.",
        ),
    ] = None,
    label_delay: Annotated[
        str | None,
        typer.Option(
            "--label-delay",
            metavar="60d",
            help="How long it takes until a label is final; younger rows wait, positives too.",
        ),
    ] = None,
    level: Annotated[
        float,
        typer.Option(
            "--level",
            metavar="P",
            parser=options.a_number,
            help="How often each watch may alarm without reason.",
        ),
    ] = 0.05,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            metavar="P",
            parser=options.a_number,
            help="By what share of itself a probability may be wrong.",
        ),
    ] = 0.1,
    as_json: options.AsJson = False,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="FIGURE>N",
            help="Exit with 1 where it holds: 'alarms>0', 'calibration_evidence>=20'. May be repeated.",
        ),
    ] = None,
    names: file_options.Names = None,
    encoding: file_options.Encoding = None,
) -> None:
    """Watch MODEL on new rows: drift of columns, scores and prevalence; with labels whether it is right."""
    gates = Gate.parse_all(fail_if)
    from scarce.api.monitor import monitor as watch
    from scarce.bundle.serialization import load
    from scarce.monitoring.result import NAMES

    spellings = {as_words(name): name for name in NAMES}
    for gate in gates:
        gate.named(spellings)
    if state is not None:
        outputs.check_file(Path(state), (model, *data), "--state")
    loaded = load(model)
    found = watch(
        loaded,
        rows_of(loaded, data, names, encoding),
        labels,
        state=state,
        time=time,
        label_delay=label_delay,
        level=level,
        tolerance=tolerance,
    )
    with streams.read_by_choice():
        if as_json:
            written = json.dumps(found.to_dict(), indent=2, allow_nan=False)
            print(written.replace("\x7f", "\\u007f"))  # the one control character that JSON leaves as it is
        else:
            print(repr(found))
    if state is not None:
        console.note(f"the evidence is kept in {state}")
    raise typer.Exit(judge(gates, found.values, spellings))
