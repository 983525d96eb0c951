"""``scarce export`` writes a model for other programs whole and equal, or not at all."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pytest

from scarce.bundle.serialization import load, save
from scarce.data.files.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished


def test_a_booster_and_the_formula_on_stdout_give_the_posterior(
    finished: Finished, scarce: Callable[..., Ended]
) -> None:
    path = finished.folder / "model.scarce"
    ended = scarce("export", path, "--to", "lightgbm", "--out", "m.txt", "--check", finished.data)
    assert (ended.code, ended.error) == (0, ["m.txt: equal to the model on the rows that were asked"])
    model = load(path)
    table = read(str(finished.data), text=model.encoder.text_columns)
    names = {"lightgbm": lightgbm, "X": model.encoder.encode(table)}
    exec(ended.out, names)
    np.testing.assert_allclose(names["posterior"], model.posterior(table), rtol=1e-12)


def test_onnx_from_the_command_line(finished: Finished, scarce: Callable[..., Ended], tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    path = finished.folder / "model.scarce"
    ended = scarce("export", path, "--to", "onnx", "--out", "m.onnx", "--check", finished.data)
    assert (ended.code, ended.out) == (0, "")
    session = onnxruntime.InferenceSession((tmp_path / "m.onnx").read_bytes())
    row = {
        "amount": np.array([[80.0]]),
        "hour": np.array([[21.0]]),
        "channel": np.array([["phone"]], dtype=object),
    }
    import pyarrow as pa

    own = load(path).log_odds(pa.table({"amount": [80.0], "hour": [21.0], "channel": ["phone"]}))
    np.testing.assert_allclose(session.run(["log_odds"], row)[0][:, 0], own, rtol=1e-12)


def test_mlflow_from_the_command_line(
    finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    pytest.importorskip("mlflow")
    path = finished.folder / "model.scarce"
    ended = scarce("export", path, "--to", "mlflow", "--out", "folder", "--check", finished.data)
    assert (ended.code, ended.out) == (0, "")
    assert ended.error == ["folder: equal to the model on the rows that were asked"]
    assert (tmp_path / "folder" / "data" / "model.scarce").read_bytes() == path.read_bytes()
    again = scarce("export", path, "--to", "mlflow", "--out", "folder")
    assert (again.code, again.error) == (
        2,
        ["error[E207]: cannot write folder: it is there already", "hint: choose another place with --out"],
    )
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


MISTAKES = {
    "no format": (
        "export {m} --out x",
        "error[E203]: scarce export needs --to",
        "hint: for example: scarce export scarce-run/model.scarce --to onnx --out model.onnx",
    ),
    "another format": (
        "export {m} --to pmml --out x",
        "error[E204]: --to cannot be 'pmml': it is none of onnx, lightgbm, xgboost, mlflow",
        "hint: write --to onnx",
    ),
    "no place": (
        "export {m} --to onnx --out nowhere/x",
        "error[E207]: cannot write nowhere/x: there is no folder nowhere",
        "hint: choose another place with --out",
    ),
    "the model itself": (
        "export {m} --to onnx --out {m}",
        "error[E207]: cannot write {m}: it is the input",
        "hint: choose another place with --out",
    ),
    "no model": (
        "export nothing --to onnx --out x",
        "error[E420]: cannot open the model file nothing: No such file or directory",
        "hint: give the file that scarce run wrote: model.scarce",
    ),
    "another engine": (
        "export {m} --to xgboost --out x",
        "error[E432]: this model cannot be exported to xgboost: another engine trained it",
        "hint: scarce export MODEL --to lightgbm --out PATH",
    ),
}


@pytest.mark.parametrize(("typed", "message", "hint"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_two_lines_and_writes_nothing(
    typed: str,
    message: str,
    hint: str,
    finished: Finished,
    scarce: Callable[..., Ended],
    tmp_path: Path,
) -> None:
    if "xgboost" in typed:
        pytest.importorskip("xgboost")
    model = finished.folder / "model.scarce"
    before = model.read_bytes()
    ended = scarce(*(word.format(m=model) for word in typed.split()))
    assert (ended.code, ended.out, ended.error) == (2, "", [message.format(m=model), hint])
    assert list(tmp_path.iterdir()) == []
    assert model.read_bytes() == before


@pytest.mark.parametrize("to", ["lightgbm", "onnx", "mlflow"])
def test_an_export_that_differs_is_not_written(
    to: str,
    finished: Finished,
    scarce: Callable[..., Ended],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is compared is the model's own answer: let that be off, and see that the file is not written."""
    pytest.importorskip({"onnx": "onnxruntime"}.get(to, to))
    from scarce.bundle.model import Model
    from scarce.learners.base import Fitted

    def off(function: Callable[..., object]) -> Callable[..., object]:
        calls = []

        def changed(*arguments: object, **options: object) -> object:
            calls.append(1)
            return function(*arguments, **options) + 1e-6 * len(calls)

        return changed

    model = finished.folder / "model.scarce"
    home, name = (Fitted, "logits") if to == "lightgbm" else (Model, "log_odds_of_features")
    monkeypatch.setattr(home, name, off(getattr(home, name)))
    ended = scarce("export", model, "--to", to, "--out", "x")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error[0].startswith(f"error[E433]: the export to {to} is not the model: ")
    assert list(tmp_path.iterdir()) == []


def test_rows_to_check_are_read_as_the_model_reads_them(
    finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    (tmp_path / "d.csv").write_text("amount,hour\n1,2\n")
    model = finished.folder / "model.scarce"
    ended = scarce("export", model, "--to", "lightgbm", "--out", "x", "--check", "d.csv")
    assert (ended.code, ended.error[0]) == (
        2,
        "error[E441]: d.csv lacks columns that the model needs: 'channel'",
    )
    assert [one.name for one in tmp_path.iterdir()] == ["d.csv"]


@pytest.mark.parametrize("to", ["xgboost", "mlflow"])
def test_a_missing_package_says_what_to_install(
    to: str,
    finished: Finished,
    scarce: Callable[..., Ended],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, to, None)
    ended = scarce("export", finished.folder / "model.scarce", "--to", to, "--out", "x")
    lines = [f"error[E701]: {to} is not installed", f"hint: pip install 'scarce[{to}]'"]
    assert (ended.code, ended.out, ended.error) == (2, "", lines)
    assert list(tmp_path.iterdir()) == []


def test_an_install_without_onnx_says_what_to_install(finished: Finished, tmp_path: Path) -> None:
    model = finished.folder / "model.scarce"
    program = (
        "import sys; sys.modules['onnx'] = None\n"
        f"from scarce.cli.main import main; main(['export', {str(model)!r}, '--to', 'onnx', '--out', 'x'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    lines = ["error[E701]: onnx is not installed", "hint: pip install 'scarce[onnx]'"]
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", lines)
    assert list(tmp_path.iterdir()) == []


def test_a_forest_goes_to_onnx_and_not_to_a_booster(
    finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    model = load(finished.folder / "model.scarce")
    one = model.members[0]
    trees = one.fitted.stored
    shares = replace(trees, leaf_value=1.0 / (1.0 + np.exp(-trees.leaf_value)), averaged=0.1)
    forest = replace(one, fitted=replace(one.fitted, stored=shares, base_score=0.0))
    save(replace(model, members=(forest,)), tmp_path / "f.scarce")
    assert scarce("export", "f.scarce", "--to", "onnx", "--out", "f.onnx").code == 0
    refused = scarce("export", "f.scarce", "--to", "lightgbm", "--out", "f.txt")
    assert refused.error[0].startswith(
        "error[E432]: this model cannot be exported to lightgbm: the votes of a"
    )
    assert refused.error[1] == "hint: scarce export MODEL --to onnx --out PATH"
