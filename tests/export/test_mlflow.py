"""An MLflow folder holds our own file, and predicts what the model predicts."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Trained
    from scarce.bundle.model import Model

pytest.importorskip("mlflow")

from scarce.bundle.serialization import to_bytes
from scarce.calibration.labelled_share import LabelledShare
from scarce.data.table import Table
from scarce.export import mlflow_folder, pyfunc


@pytest.fixture(autouse=True)
def mlflow_may_warn() -> None:
    """MLflow warns of itself when it is imported and used."""
    warnings.simplefilter("ignore")


def test_mlflow_loads_a_folder_and_predicts(blend: Model, trained: Trained, tmp_path: Path) -> None:
    import mlflow.pyfunc

    mlflow_folder.write(blend, tmp_path / "m", Table(trained.table, "payments.csv"))
    assert (tmp_path / "m" / "data" / "model.scarce").read_bytes() == to_bytes(blend)
    assert not [path for path in (tmp_path / "m").rglob("*") if path.suffix in (".pkl", ".pickle")]
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    frame = trained.table.to_pandas().sample(frac=1.0, random_state=0)
    found = loaded.predict(frame)
    own = blend.predictions(trained.table).to_pandas().loc[frame.index]
    assert list(found.columns) == ["log_odds", "posterior", "flag", "label"]
    assert found.equals(own)
    assert [column.name for column in loaded.metadata.signature.inputs] == trained.table.column_names


def test_a_model_of_labels_keeps_its_share_and_its_band(
    blend: Model, trained: Trained, tmp_path: Path
) -> None:
    import mlflow.pyfunc

    shared = replace(blend, labelled_share=LabelledShare.of(0.8))
    mlflow_folder.write(shared, tmp_path / "m", None)
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    found = loaded.predict(trained.table.to_pandas())
    assert [column.name for column in loaded.metadata.signature.outputs] == list(found.columns)
    assert (found["posterior_low"] <= found["posterior_high"]).all()
    of_label = blend.posterior(trained.table)
    np.testing.assert_allclose(found["posterior"], np.minimum(of_label / 0.8, 1.0), rtol=1e-9)


def test_a_folder_that_says_anything_else_is_refused(
    blend: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pyfunc.Predictor.predict

    def broken(self: pyfunc.Predictor, frame: object, params: object = None) -> object:
        predicted = whole(self, frame)
        predicted["posterior"] = np.nextafter(predicted["posterior"], 1.0)
        return predicted

    monkeypatch.setattr(pyfunc.Predictor, "predict", broken)
    with pytest.raises(ScarceError) as caught:
        mlflow_folder.write(blend, tmp_path / "m", None)
    assert caught.value.code == "E433"
