"""One table, however it is at hand: files, dataframes, columns by name, arrays, X and y."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from scarce.data.any_table import labelled, table_of
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = {"amount": [1.5, 2.5, 4.0], "visits": [3, 1, 2], "shop": ["web", "desk", "web"]}
FRAME = pd.DataFrame(COLUMNS, index=[7, 8, 9])
X = FRAME[["amount", "visits"]]
NUMBERS = X.to_numpy()
ARROW = pa.Table.from_pandas(X, preserve_index=False)
FIELDS = np.array([(1.5, 3), (2.5, 1), (4.0, 2)], dtype=[("amount", float), ("visits", int)])


def csv(folder: Path) -> Path:
    FRAME.to_csv(folder / "a.csv", index=False)
    return folder / "a.csv"


def refused(take: Any, *given: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(ScarceError) as caught:
        take(*given, **options)
    lines = caught.value.two_lines()
    assert lines.count("\n") == 1
    return caught.value.code, lines


def test_every_form_of_a_table_holds_the_same(tmp_path: Path) -> None:
    objects = np.array(list(zip(*COLUMNS.values(), strict=True)), dtype=object)
    words = objects.astype(str)
    names = list(COLUMNS)
    wanted = table_of(csv(tmp_path)).fingerprint
    forms = [str(csv(tmp_path)), str(tmp_path / "*.csv"), FRAME, pa.table(COLUMNS), COLUMNS]
    forms += [{name: pd.Series(values, index=[2, 0, 1]) for name, values in COLUMNS.items()}]
    assert [table_of(form).fingerprint for form in forms] == [wanted] * len(forms)
    assert [table_of(array, names).fingerprint for array in (objects, words)] == [wanted] * 2
    taken = table_of(FRAME)
    assert table_of(taken) is taken


def test_named_fields_need_no_names() -> None:
    assert table_of(FIELDS).fingerprint == table_of(X).fingerprint == table_of(NUMBERS, X.columns).fingerprint


def test_what_is_masked_or_not_a_number_is_missing() -> None:
    masked = np.ma.array([[1.0, 2.0], [3.0, np.nan]], mask=[[False, True], [False, False]])
    table = table_of(masked, ["a", "b"])
    assert table.numbers("a").tolist() == [1.0, 3.0]
    assert np.isnan(table.numbers("b")).all()


def test_names_that_are_no_text_are_written_as_text() -> None:
    assert table_of(pd.DataFrame({0: [1, 2], 1: [3, 4]})).names == ["0", "1"]
    assert table_of({0: [1, 2]}).names == ["0"]


@pytest.mark.parametrize(
    "y",
    [
        [0, 1, 0],
        (0, 1, 0),
        np.array([0, 1, 0], dtype=np.int8),
        pa.array([0, 1, 0]),
        pa.chunked_array([[0, 1], [0]]),
        pd.Series([0, 1, 0], index=[7, 8, 9]),
        pd.Series([0, 1, 0], index=["u", "v", "w"]),
        pd.Index([0, 1, 0]),
    ],
    ids=lambda y: type(y).__name__,
)
@pytest.mark.parametrize(
    "features", [X, NUMBERS, FIELDS, X.to_dict("list"), ARROW], ids=lambda x: type(x).__name__
)
def test_labels_stand_beside_their_rows_whatever_holds_them(features: Any, y: Any) -> None:
    table, target = labelled(features, y, names=None)
    assert target == "target"
    assert list(table.data.to_pydict().values()) == [[1.5, 2.5, 4.0], [3, 1, 2], [0, 1, 0]]
    unnamed = features is NUMBERS
    assert table.names == [*(["x0", "x1"] if unnamed else ["amount", "visits"]), "target"]


@pytest.mark.parametrize("y", [[True, False, True], ["yes", "no", "yes"], [1.0, 0.0, 1.0]], ids=str)
def test_labels_may_be_truth_values_words_or_numbers(y: list[object]) -> None:
    assert labelled(X, np.array(y))[0].data.column("target").to_pylist() == y


def test_labels_are_named_as_asked_else_as_they_are_named() -> None:
    series = pd.Series([0, 1, 0], name="fraud")
    assert labelled(X, series)[1] == "fraud"
    assert labelled(X, series, target="y")[0].names == ["amount", "visits", "y"]


def test_an_index_of_the_same_rows_in_another_order_is_not_guessed_at() -> None:
    turned = pd.Series([0, 1, 0], index=[9, 8, 7])
    assert refused(labelled, X, turned) == (
        "E228",
        "error[E228]: the indexes of X and y hold the same rows in another order, and rows are paired as "
        "they stand\n"
        "hint: bring them into one order: y.loc[X.index], or drop both with reset_index(drop=True)",
    )
    assert labelled(X, turned.loc[X.index])[0].data.column("target").to_pylist() == [0, 1, 0]


def test_more_rows_than_labels() -> None:
    assert refused(labelled, X, [0, 1]) == (
        "E227",
        "error[E227]: X has 3 rows and y has 2 labels\n"
        "hint: pass one label for each row of X, in the same order",
    )


def test_labels_named_as_a_column_is() -> None:
    code, lines = refused(labelled, X, pd.Series([0, 1, 0], name="amount"))
    assert (code, "'amount'" in lines) == ("E232", True)


@pytest.mark.parametrize(
    "y", ["fraud", np.zeros((3, 1)), FRAME[["shop"]], 5, None, {"a": 1}, [1, "a", 2.5], [{}, 1, 2]]
)
def test_labels_that_are_not_one_a_row(y: Any) -> None:
    assert refused(labelled, X, y)[0] == "E229"


def test_an_array_without_names() -> None:
    assert refused(table_of, NUMBERS) == (
        "E225",
        "error[E225]: an array of shape (3, 2) does not name its columns\n"
        "hint: pass names=[...], one a column, or the columns by name: {'amount': X[:, 0], ...}",
    )


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (NUMBERS, ["a"]),
        (NUMBERS, "ab"),
        (NUMBERS, 2),
        (np.zeros(3), ["a"]),
        (X, ["a", "b"]),
        (pa.table({"a": [1]}), ["a"]),
    ],
    ids=lambda given: type(given).__name__,
)
def test_names_that_do_not_fit(data: Any, names: Any) -> None:
    assert refused(table_of, data, names)[0] == "E226"


@pytest.mark.parametrize(
    "data",
    [
        5,
        None,
        [{"a": 1}],
        {"a": [1, 2], "b": [1]},
        {"a": 5},
        {"a": "words"},
        pd.Series([1, 2]),
        {"a": [1, "b"]},
    ],
    ids=repr,
)
def test_what_is_no_table(data: Any) -> None:
    assert refused(table_of, data)[0] == "E121"


def test_a_file_has_its_labels_among_its_columns(tmp_path: Path) -> None:
    assert refused(labelled, csv(tmp_path), [0, 1, 0])[0] == "E121"


def test_columns_of_one_name() -> None:
    assert refused(table_of, NUMBERS, ["a", "a"])[0] == "E109"
