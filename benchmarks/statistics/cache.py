"""Results of cells, kept in a folder by chunks of tables: a simulation may be stopped and gone on with."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.statistics.cells import Cell, Record, simulate

if TYPE_CHECKING:
    from pathlib import Path


def chunk_of(cell: Cell) -> int:
    """Return how many tables are done and kept at a time."""
    return 50 if cell.learner == "linear" else 10


def simulate_chunk(cell: Cell, chunk: int, folder: Path) -> None:
    """Simulate the tables of a chunk, unless they are there."""
    path = folder / cell.name / f"{chunk}.npz"
    if path.exists():
        return
    record = Record()
    size = chunk_of(cell)
    for number in range(chunk * size, (chunk + 1) * size):
        simulate(cell, record, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, **{one.name: np.array(getattr(record, one.name)) for one in fields(Record)})
    unfinished.rename(path)


def kept(cell: Cell, folder: Path, tables: int) -> dict[str, np.ndarray]:
    """Return what is there of a cell's first tables, by the record's fields; nothing where there is none."""
    chunks = [folder / cell.name / f"{chunk}.npz" for chunk in range(-(-tables // chunk_of(cell)))]
    loaded = [np.load(path) for path in chunks if path.exists()]
    if not loaded:
        return {}
    return {one.name: np.concatenate([each[one.name] for each in loaded]) for one in fields(Record)}
