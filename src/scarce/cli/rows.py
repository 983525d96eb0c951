"""The rows that a command gives to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.cli import console, file_options

if TYPE_CHECKING:
    from scarce.bundle.model import Model
    from scarce.data.table import Table


def rows_of(model: Model, data: list[str], names: list[str] | None, encoding: str | None) -> Table:
    """Read files as the model's table was read, and say what reading them had to decide."""
    from scarce.data.files.reading import read

    encoder, written = model.encoder, file_options.written(names, encoding)
    table = read(data, text=encoder.text_columns, cells=encoder.cells_of_later_data, **written)
    for note in table.notes:
        console.note(note)
    return table
