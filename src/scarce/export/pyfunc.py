"""What MLflow calls: our own model file is read, checked as any other, and asked for a dataframe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.bundle.serialization import load
from scarce.data.files.reading import from_dataframe

if TYPE_CHECKING:
    import pandas as pd

    from scarce.bundle.model import Model


class Predictor:
    """Log-odds, posterior, flag and label of every row of a dataframe."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return what `Model.predict` says, a row a row."""
        return self.model.predictions(from_dataframe(frame)).to_pandas().set_index(frame.index)


def _load_pyfunc(path: str) -> Predictor:
    """Read the model file of an MLflow folder; the name is MLflow's."""
    return Predictor(load(path))
