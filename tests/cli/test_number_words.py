"""A word is a number in every place that takes one, or in none: in data, costs, gates, methods, options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from scarce.cli.gates import Gate
from scarce.data.cells.text import typed
from scarce.data.files.reading import read
from scarce.decision.costs import CostSpec
from scarce.errors import ScarceError
from scarce.losses import catalog
from scarce.trial.arms import parse_arms
from scarce.trial.margin import Margin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

WORDS = {
    "1_000": None,
    "٣": None,
    "１２": None,
    "0x10": None,
    "nan(1)": None,
    "1e5": 1e5,
    " 5 ": 5.0,
    "+5": 5.0,
    "5.": 5.0,
    ".5": 0.5,
}
every_word = pytest.mark.parametrize(("word", "number"), WORDS.items(), ids=map(repr, WORDS))
PLACES = {
    "gate": (lambda word: Gate.parse(f"average_precision<{word}").bound, "E209"),
    "ratio": (
        lambda word: parse_arms([f"undersample:ratio={word}"], 0.1)[0].treatment.sampling.ratio,
        "E302",
    ),
    "method": (lambda word: catalog.parse(f"focal:gamma={word}").modulation.gamma, "E501"),
    "margin": (lambda word: Margin.parse(word).amount, "E328"),
    "weights": (lambda word: catalog.parse(f"focal:class_weight=1;{word}").class_weight[1], "E511"),
}
OPTIONS = ("--prior", "--seed", "--folds", "--repeats")


@every_word
@pytest.mark.parametrize(("reads", "code"), PLACES.values(), ids=PLACES)
def test_a_word_on_the_command_line_is_the_number_it_is_in_data(
    reads: Callable[[str], float], code: str, word: str, number: float | None
) -> None:
    if number is not None:
        assert reads(word) == number
    else:
        with pytest.raises(ScarceError) as caught:
            reads(word)
        assert caught.value.code == code


@every_word
def test_a_cost_that_is_no_number_in_data_is_the_name_of_a_column(word: str, number: float | None) -> None:
    spec = CostSpec.parse(f"fn={word},fp=1e-3")
    assert spec.fn == (word if number is None else number)
    assert CostSpec.parse(f'fn="{word.strip()}",fp=1').fn == word.strip()
    assert CostSpec.parse(CostSpec(word.strip(), 1.0).describe()).fn == word.strip()


@every_word
@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_takes_the_numbers_that_data_has(
    scarce: Callable[..., Ended], option: str, word: str, number: float | None
) -> None:
    ended = scarce("run", "nowhere.csv", "--target", "y", option, word)
    kind = "number" if option == "--prior" else "integer"
    if number is None or (kind == "integer" and number == 0.5):
        assert ended.error[0] == f"error[E204]: {option} cannot be {word!r}: it must be a valid {kind}"
    else:
        assert "must be a valid" not in ended.err
    assert ended.code == 2


def test_a_seed_keeps_every_digit(scarce: Callable[..., Ended], small: Path) -> None:
    for seed in ("9007199254740993", "3.0"):
        ended = scarce("run", small, "--target", "nowhere", "--seed", seed, "--folds", "2e0")
        assert ended.error[0].startswith("error[E101]")


@every_word
def test_a_header_of_words_that_are_numbers_in_data_is_none(
    tmp_path: Path, word: str, number: float | None
) -> None:
    file = tmp_path / "d.csv"
    file.write_text(f"{word},{word},y\n1,2,3\n", encoding="utf-8")
    with pytest.raises(ScarceError) as caught:
        read(file)
    assert caught.value.code == ("E109" if number is None else "E111")


@every_word
def test_a_value_is_read_so(word: str, number: float | None) -> None:
    assert typed(pa.chunked_array([[word]])).values.to_pylist() == [word if number is None else number]
