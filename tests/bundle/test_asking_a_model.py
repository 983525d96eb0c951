"""A model answers the same whatever library holds the rows, and shows none of those it learnt from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scarce.data.table import Table
from scarce.decision.rules import CutRule
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bundle.conftest import Made


def as_parquet(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "rows.parquet")
    return folder / "rows.parquet"


FORMS = {
    "pandas": lambda table, _: table.to_pandas(),
    "pandas with an index of its own": lambda table, _: table.to_pandas().set_index(
        pd.Index(np.arange(table.num_rows)[::-1])
    ),
    "dict of lists": lambda table, _: table.to_pydict(),
    "scarce's own": lambda table, _: Table(table),
    "columns in another order": lambda table, _: table.select(table.column_names[::-1]).to_pandas(),
    "Parquet file": as_parquet,
}


@pytest.mark.parametrize("form", FORMS)
def test_any_dataframe_gets_the_same_answers(form: str, made: Made, tmp_path: Path) -> None:
    rows = FORMS[form](made.table, tmp_path)
    model = made.model
    np.testing.assert_array_equal(model.log_odds(rows), model.log_odds(made.table))
    np.testing.assert_array_equal(model.flag(rows), model.flag(made.table))
    assert model.predictions(rows).equals(model.predictions(made.table))


def test_probabilities_stand_in_the_order_of_the_labels(made: Made) -> None:
    both = made.model.predict_proba(made.table)
    assert both.shape == (made.table.num_rows, 2)
    np.testing.assert_array_equal(both[:, 1], made.model.posterior(made.table))
    np.testing.assert_allclose(both.sum(axis=1), 1.0, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(
        made.model.predict_proba(made.table, prior=0.5)[:, 1], made.model.posterior(made.table, prior=0.5)
    )


def test_labels_are_those_of_the_flags(made: Made) -> None:
    labels = made.model.predict(made.table)
    assert labels.tolist() == made.model.predictions(made.table).column("label").to_pylist()
    assert set(labels) == set(made.model.labels)


@pytest.mark.parametrize("cost", ["fn=amount,fp=50", {"fn": "amount", "fp": 50}], ids=["text", "dict"])
def test_costs_may_be_given_when_asked(made: Made, cost: Any) -> None:
    amount = made.table["amount"].to_numpy()
    expected = made.log_odds + np.log(amount) - np.log(50.0) > 0
    np.testing.assert_array_equal(made.model.flag(made.table.to_pandas(), cost=cost), expected)
    assert expected.any()
    assert not np.array_equal(expected, made.model.flag(made.table))


def test_costs_that_the_rule_would_not_weigh_are_refused(made: Made) -> None:
    model = replace(made.model, rule=CutRule(0.0, "best F1"))
    with pytest.raises(ScarceError) as caught:
        model.flag(made.table, cost="fn=100,fp=5")
    assert caught.value.code == "E234"
    assert caught.value.two_lines().count("\n") == 1


def test_a_model_shows_none_of_the_rows_it_learnt_from(made: Made) -> None:
    text = repr(made.model)
    assert text.startswith("<Model: ")
    assert len(text) < 300
    for column in made.model.encoder.columns:
        assert not any(word in text for word in column.categories)
    assert repr(made.model.labels[1]) in text


def test_a_label_cannot_write_to_the_terminal(made: Made) -> None:
    assert "\x1b" not in repr(replace(made.model, labels=("a", "\x1b[31m")))


def test_an_array_holds_the_features_in_the_order_of_the_training() -> None:
    import scarce

    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = X[:, 0] + rng.normal(size=300) > 1.5
    model = scarce.run((X, y), learners=["lightgbm"], methods=["control"], folds=2, max_rounds=5).model
    by_name = model.predict_proba({"x0": X[:, 0], "x1": X[:, 1]})
    np.testing.assert_array_equal(model.predict_proba(X), by_name)
    with pytest.raises(ScarceError, match="does not fit an array"):
        model.predict_proba(X[:, :1])
