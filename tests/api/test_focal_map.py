"""``scarce.focal_map``: the map from Python, on data in any form, as numbers and as files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from tests.trial.tables import table

import scarce
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.api.focal_map import FocalMap

SMALL = {"learner": "linear", "folds": 2, "replicates": 50, "progress": False}
NUMBERS = ["x0", "x1", "amount"]
ROWS = table(500, intercept=-2.0).select([*NUMBERS, "fraud"])


@pytest.fixture(scope="module")
def found() -> FocalMap:
    return scarce.focal_map(ROWS.to_pandas(), "fraud", **SMALL)


def test_columns_and_features_apart_give_the_same_map(found: FocalMap) -> None:
    features, labels = ROWS.select(NUMBERS), np.array(ROWS["fraud"].to_pylist()) == "yes"
    apart = scarce.focal_map((features, labels), **SMALL).to_dict()
    assert apart == found.to_dict()


def test_the_table_holds_the_numbers_of_the_cells_in_the_datas_own_library(found: FocalMap) -> None:
    shown, cells = found.table(), found.result.cells
    assert isinstance(shown, pd.DataFrame)
    assert shown.shape[0] == len(cells)
    assert shown["average_precision_low"].tolist() == [cell.average_precision.low for cell in cells]
    assert shown["log_loss_raw"].tolist() == [cell.log_loss.raw for cell in cells]
    assert shown["easy_gradient_own"].tolist() == [cell.at_own.gradient for cell in cells]
    assert shown["outcome"].tolist()[1:] == [cell.outcome for cell in cells[1:]]
    assert np.isnan(shown["difference"][0])
    assert not shown["difference"][1:].isna().any()


def test_its_numbers_are_json(found: FocalMap) -> None:
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()


def test_it_is_written_shown_and_printed(found: FocalMap, tmp_path: Path) -> None:
    picture, page = found.write(tmp_path)
    assert picture.read_text(encoding="utf-8") == found.svg()
    assert page.read_text(encoding="utf-8") == found.html()
    best = f"{max(cell.average_precision.value for cell in found.result.cells):.3f}"
    assert all(best in said for said in (repr(found), found._repr_html_(), found.html(), found.svg()))


def test_a_folder_that_is_not_there_is_refused(found: FocalMap, tmp_path: Path) -> None:
    with pytest.raises(ScarceError) as caught:
        found.write(tmp_path / "missing")
    assert caught.value.code == "E207"


@pytest.mark.parametrize(("limit", "code"), [("0.1", "E301"), (2.0, "E301")])
def test_a_limit_that_is_no_share_is_refused(limit: object, code: str) -> None:
    with pytest.raises(ScarceError) as caught:
        scarce.focal_map(ROWS, "fraud", easy_below=limit, **SMALL)
    assert caught.value.code == code
