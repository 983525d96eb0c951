"""What counts as positive: a label among many, numbers beyond a limit, and rows without any label."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from scarce.data.checks.every_check import run_checks
from scarce.data.dataset import Dataset
from scarce.data.files.reading import from_dataframe
from scarce.data.labels import known_target
from scarce.data.positive import Limit, meaning
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from typing import Any

N = 300
X = np.random.default_rng(0).normal(size=N)
STATES = ["fine"] * 240 + ["worn"] * 40 + ["broken"] * 20
PRICES = np.round(np.exp(np.random.default_rng(1).normal(3.0, 1.0, N)), 2)


def prepared(target: Any, **options: Any) -> Dataset:
    return Dataset.prepare(pa.table({"x": X, "y": target}), "y", **options)


def refused(target: Any, code: str, **options: Any) -> ScarceError:
    with pytest.raises(ScarceError) as caught:
        prepared(target, **options)
    assert caught.value.code == code
    return caught.value


def test_one_label_of_three_counts_against_the_others_which_are_named_with_their_rows() -> None:
    dataset = prepared(STATES, positive="broken")
    assert dataset.labels == ("not broken", "broken")
    np.testing.assert_array_equal(dataset.target, np.array(STATES) == "broken")
    [said] = [found for found in run_checks(dataset) if found.code == "W160"]
    assert said.message == "'broken' counts as positive (20 rows), against 'fine' (240), 'worn' (40)"
    assert said.severity == "note"


def test_of_two_labels_the_other_keeps_its_name_and_nothing_is_said() -> None:
    dataset = prepared([state if state != "worn" else "fine" for state in STATES], positive="broken")
    assert dataset.labels == ("fine", "broken")
    assert dataset.said == ()


def test_later_data_with_one_of_the_others_alone_has_the_labels_of_the_model() -> None:
    later = prepared(["worn"] * 200 + ["broken"] * 100, positive="broken", negative="not broken")
    assert later.labels == ("not broken", "broken")
    assert later.n_positive == 100


def test_a_batch_may_hold_labels_that_the_training_never_met() -> None:
    table = from_dataframe(pa.table({"y": ["fine", "lost", "broken", None]}))
    positive, known = known_target(table, "y", ("not broken", "broken"))
    assert positive.tolist() == [False, False, True, False]
    assert known.tolist() == [True, True, True, False]
    with pytest.raises(ScarceError, match="lost"):
        known_target(table, "y", ("fine", "broken"))


@pytest.mark.parametrize(
    ("limit", "labels", "expected"),
    [
        (">=40", ("<40", ">=40"), PRICES >= 40),
        ("> 40", ("<=40", ">40"), PRICES > 40),
        ("<=5.5", (">5.5", "<=5.5"), PRICES <= 5.5),
        (" < 1e1", (">=1e1", "<1e1"), PRICES < 10),
    ],
)
def test_a_limit_makes_two_classes_of_numbers(limit: str, labels: Any, expected: np.ndarray) -> None:
    dataset = prepared(PRICES, positive=limit)
    assert dataset.labels == labels
    np.testing.assert_array_equal(dataset.target, expected)
    again = prepared(PRICES, positive=labels[1], negative=labels[0])
    np.testing.assert_array_equal(again.target, expected)
    positive, known = known_target(from_dataframe(pa.table({"y": PRICES})), "y", labels)
    np.testing.assert_array_equal(positive, expected)
    assert known.all()


def test_a_limit_says_where_the_other_numbers_lie() -> None:
    [said] = prepared(PRICES, positive=">=40").said
    low, high = PRICES.min(), PRICES[PRICES < 40].max()
    assert said.message.endswith(f"against the other numbers, from {low:g} to {high:g}")


def test_numbers_at_the_bound_fall_on_the_side_that_the_sign_says() -> None:
    assert [meaning("40.0", Limit.of(text).labels) for text in (">=40", ">40", "<=40", "<40")] == [1, 0, 1, 0]


def test_labels_that_look_like_a_limit_are_labels() -> None:
    dataset = prepared([">=40"] * 30 + ["<40"] * 270, positive=">=40")
    assert dataset.labels == ("<40", ">=40")
    assert dataset.n_positive == 30
    assert dataset.said == ()


def test_a_continuous_target_is_refused_with_a_limit_that_works() -> None:
    error = refused(PRICES, "E161")
    assert f"{len(np.unique(PRICES))} different numbers" in error.message
    limit = error.hint.split("'")[1]
    dataset = prepared(PRICES, positive=limit)
    assert f"{dataset.prevalence:.1%} of the rows" in error.hint
    assert 0.03 < dataset.prevalence < 0.07


def test_the_limit_of_the_hint_works_where_most_numbers_are_the_same() -> None:
    target = np.zeros(N)
    target[:25] = np.arange(25) + 0.123456789
    limit = refused(target, "E161").hint.split("'")[1]
    assert 0 < prepared(target, positive=limit).n_positive < 26


def test_a_limit_beyond_all_numbers_is_refused_with_their_ends() -> None:
    assert "run from 1 to 3" in refused([1, 2, 3] * 100, "E162", positive=">=4").hint


def test_a_limit_through_words_names_the_word_and_its_place() -> None:
    error = refused(["7", "8", "soon"] * 100, "E131", positive=">7")
    assert "'soon'" in error.message
    assert "row 3" in error.message


def test_rows_without_a_label_leave_where_it_is_asked_and_are_counted() -> None:
    target = np.array(["no"] * 200 + ["yes"] * 100, dtype=object)
    target[[0, 7, 250]] = None
    assert "--unlabelled drop" in refused(target, "E132").hint
    dataset = prepared(target, unlabelled="drop")
    kept = np.setdiff1d(np.arange(N), [0, 7, 250])
    np.testing.assert_array_equal(dataset.source_rows, kept)
    np.testing.assert_array_equal(dataset.features.column("x").to_numpy(), X[kept])
    assert [found.message for found in dataset.said] == ["3 rows are without a label in 'y' and left out"]
    assert dataset.said[0].code == "W158"


def test_nothing_is_said_where_every_row_has_a_label() -> None:
    target = ["no"] * 200 + ["yes"] * 100
    dataset = prepared(target, unlabelled="drop")
    assert dataset.said == ()
    assert dataset.n_rows == N


def test_words_for_missing_are_no_label_of_the_rest() -> None:
    dataset = prepared([*STATES[:-3], "N/A", "", "?"], positive="worn", unlabelled="drop")
    assert dataset.n_rows == N - 3
    assert "N/A" not in dataset.said[1].message


@pytest.mark.parametrize("labels", [("fine", "broken"), ("not broken", "broken")])
def test_a_word_for_missing_beside_one_label_is_none_to_a_model_that_knows_its_labels(labels: Any) -> None:
    target = ["broken"] * 200 + ["NA"] * 100
    positive, known = known_target(from_dataframe(pa.table({"y": target})), "y", labels)
    assert positive.tolist() == known.tolist() == [True] * 200 + [False] * 100
    refused(target, "E132", positive=labels[1], negative=labels[0])
    target[:50] = ["fine"] * 50
    dataset = prepared(target, positive=labels[1], negative=labels[0], unlabelled="drop")
    assert (dataset.n_rows, dataset.n_positive) == (200, 150)


def test_a_word_for_missing_that_is_a_label_of_the_model_stays_one() -> None:
    table = from_dataframe(pa.table({"y": ["none", "fraud", "na"]}))
    positive, known = known_target(table, "y", ("none", "fraud"))
    assert positive.tolist() == [False, True, False]
    assert known.tolist() == [True, True, False]


def test_young_rows_and_unlabelled_rows_are_told_apart() -> None:
    target = np.array([None, *["no", "yes"] * 149, None], dtype=object)
    table = pa.table({"x": X, "y": target, "t": np.arange(N, dtype=float)})
    dataset = Dataset.prepare(table, "y", "yes", time="t", label_delay="9.5", unlabelled="drop")
    np.testing.assert_array_equal(dataset.source_rows, np.arange(1, 290))
    np.testing.assert_array_equal(dataset.time, np.arange(1.0, 290.0))
    assert [found.message for found in dataset.said] == [
        "10 rows are younger than the label delay of 9.5 and left out, 5 of them positive",
        "1 row is without a label in 'y' and left out",
    ]


def test_a_table_without_any_label_is_refused() -> None:
    refused(pa.nulls(N, pa.string()), "E163", unlabelled="drop")


def test_another_word_for_unlabelled_rows_is_refused() -> None:
    refused(STATES, "E164", unlabelled="keep")


def test_nothing_but_text_is_refused_with_the_column_to_keep() -> None:
    table = pa.table({"label": ["a", "b"] * 20, "message": [f"hello {i}" for i in range(40)]})
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(table, "label", "a")
    assert caught.value.code == "E165"
    assert "--keep message" in caught.value.hint
    assert Dataset.prepare(table, "label", "a", keep=["message"]).features.num_columns == 1


def test_a_label_of_one_row_is_shown_with_its_place_and_not_proposed() -> None:
    """The totals below a table, or its header between the rows, are no class."""
    error = refused([*["0"] * 250, *["1"] * 49, "49"], "E134")
    assert error.message.endswith("'0' (250), '1' (49), '49' (1, row 300)")
    assert error.hint.endswith("--positive 1")


def test_labels_that_differ_in_capitals_alone_are_told_before_one_of_them_is_proposed() -> None:
    target = ["no"] * 200 + ["Yes"] * 75 + ["yes"] * 25
    assert "the labels 'Yes', 'yes' of" in refused(target, "E143").message
    assert prepared(target, positive="yes").n_positive == 25


@pytest.mark.parametrize(
    ("given", "limit"),
    [("2000", ">=2000"), (">=2000 EUR", ">=2000"), ("<1.200,50", "<1200.5"), ("> 2000,5", ">2000.5")],
)
def test_a_limit_that_is_no_plain_number_is_refused_with_one_that_works(given: str, limit: str) -> None:
    prices = [f"{price * 100:.2f}".replace(".", ",") + " EUR" for price in PRICES]
    error = refused(prices, "E136", positive=given)
    assert error.hint.endswith(f"--positive {shlex.quote(limit)}")
    assert 0 < prepared(prices, positive=limit).n_positive < N


def test_to_a_model_that_has_its_labels_no_limit_is_proposed() -> None:
    assert refused(PRICES, "E136", positive="1", negative="0").hint.startswith("its labels are")
