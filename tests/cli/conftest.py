"""The command line called as a user calls it, in this process, and a small table to call it on."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv
from tests.cli.forked import Forks

from scarce.cli.main import show_warning, status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> list[str]:
        """The lines of stderr."""
        return self.err.splitlines()


def call(*arguments: object) -> Ended:
    """Run a command in this process as the entry point does, with its own way of showing warnings."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = show_warning
        code = status([str(argument) for argument in arguments])
    texts = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
    return Ended(code, *texts)


@pytest.fixture
def scarce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Return the command line, called in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return call


def payments(rows: int = 600, seed: int = 0) -> pa.Table:
    """Return a small table to learn from: a tenth is fraud, which is larger, later, more often by phone."""
    rng = np.random.default_rng(seed)
    fraud = np.arange(rows) % 10 == 0
    amount = np.round(np.exp(rng.normal(3.0 + fraud, 1.0)), 2)
    hour = np.where(fraud, rng.normal(20, 4, rows), rng.normal(14, 5, rows))
    channel = np.where(rng.random(rows) < 0.2 + 0.4 * fraud, "phone", "web")
    return pa.table(
        {
            "amount": amount,
            "hour": np.round(hour, 1),
            "channel": channel,
            "customer": np.arange(rows) // 3,
            "fraud": np.where(fraud, "yes", "no"),
        }
    )


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return the small table as a CSV file."""
    path = tmp_path / "small.csv"
    csv.write_csv(payments(), path)
    return path


QUICK = ("--folds", "2", "--learners", "lightgbm", "--methods", "focal:gamma=1", "--drop", "customer")


@dataclass(frozen=True)
class Finished:
    """A run that has been done once for many tests."""

    folder: Path
    data: Path
    ended: Ended


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Return a finished run on the small table, with costs."""
    folder = tmp_path_factory.mktemp("finished")
    data = folder / "small.csv"
    csv.write_csv(payments(), data)
    before = Path.cwd()
    os.chdir(folder)
    try:
        ended = call("run", "small.csv", "--target", "fraud", "--cost", "fn=amount,fp=5", *QUICK)
    finally:
        os.chdir(before)
    assert ended.code == 0, ended.err
    return Finished(folder / "scarce-run", data, ended)


@dataclass(frozen=True)
class Warm:
    """A process that has done every command once, where its forks find a finished run."""

    forks: Forks
    folder: Path
    data: Path
    model: Path


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Return a warm process, whose forks run commands without loading anything."""
    folder = tmp_path_factory.mktemp("warm")
    data, model = folder / "small.csv", folder / "done" / "model.scarce"
    csv.write_csv(payments(200), data)
    forks = Forks(folder)
    run = ["run", str(data), "--target", "fraud", *QUICK, "--out", "done"]
    scored = [[command, str(model), str(data)] for command in ("predict", "evaluate")]
    forks.warm(folder, run, *scored, ["check", str(data), "--target", "fraud"])
    yield Warm(forks, folder, data, model)
    forks.close()
