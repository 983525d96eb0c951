"""``scarce export``: a model in another format, asked for the same rows before it is written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scarce.cli import console, options, outputs, streams
from scarce.errors import ScarceError
from scarce.visible_text import visible

if TYPE_CHECKING:
    from scarce.bundle.model import Model
    from scarce.data.table import Table

ONNX, LIGHTGBM, XGBOOST, MLFLOW = FORMATS = ("onnx", "lightgbm", "xgboost", "mlflow")
RAW = {
    LIGHTGBM: "lightgbm.Booster(model_file={path!r}).predict(X, raw_score=True)",
    XGBOOST: "xgboost.Booster(model_file={path!r}).predict(xgboost.DMatrix(X), output_margin=True)",
}


def export(
    model: options.ModelFile,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="|".join(FORMATS),
            show_default=False,
            help="ONNX graph from columns to posterior; plain booster; MLflow folder.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option("--out", metavar="PATH", show_default=False, help="The file; for mlflow the folder."),
    ],
    check: Annotated[
        str | None,
        typer.Option(
            "--check",
            metavar="DATA",
            help="Rows to ask too, beside those that visit every split of the trees.",
        ),
    ] = None,
) -> None:
    """Write MODEL for other programs, if they give the same numbers; for boosters, say how they are read."""
    if to not in FORMATS:
        known = ", ".join(FORMATS)
        raise ScarceError(
            "E204", option="--to", value=to, reason=f"it is none of {known}", suggestion=f"write --to {ONNX}"
        )
    place = Path(out)
    inputs = (model,) if check is None else (model, check)
    if to == MLFLOW:
        _check_new_folder(place)
    outputs.check_file(place, inputs, "--out")
    from scarce.bundle.serialization import load
    from scarce.data.files.reading import read

    loaded = load(model)
    table = (
        None
        if check is None
        else read(check, text=loaded.encoder.text_columns, cells=loaded.encoder.cells_of_later_data)
    )
    if to == MLFLOW:
        _write_folder(loaded, place, table)
    else:
        content = _content(loaded, to, table)
        outputs.write_file(place, lambda path: path.write_bytes(content), "--out")
    console.note(f"{place}: equal to the model on the rows that were asked")
    if to in RAW:
        from scarce.export.formula import posterior_formula

        with streams.read_by_choice():
            for line in posterior_formula(loaded, RAW[to].format(path=out)).splitlines():
                print(visible(line))


def _content(model: Model, to: str, table: Table | None) -> bytes:
    """Return the bytes of an export that is one file."""
    if model.labelled_share is not None:
        from scarce.export.refused import not_possible

        raise not_possible(to, "its probabilities are those of a label over the share of labelled positives")
    if to == ONNX:
        from scarce.export.onnx.check import checked_bytes

        return checked_bytes(model, table)
    from scarce.export import boosters

    return boosters.lightgbm_file(model, table) if to == LIGHTGBM else boosters.xgboost_file(model, table)


def _check_new_folder(place: Path) -> None:
    if place.exists() or place.is_symlink():
        raise ScarceError("E207", path=place, reason="it is there already", option="--out")


def _write_folder(model: Model, place: Path, table: Table | None) -> None:
    """Write a folder whole or not at all."""
    from scarce.export import mlflow_folder

    with outputs.told(place, "--out"), tempfile.TemporaryDirectory(dir=place.absolute().parent) as beside:
        draft = Path(beside) / place.name
        mlflow_folder.write(model, draft, table)
        _check_new_folder(place)
        draft.rename(place)
