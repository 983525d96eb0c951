"""Columns are named on the command line whatever their names hold."""

from __future__ import annotations

import csv
import shlex
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scarce.cli.lists import names
from scarce.data.suggestion import drop_option, list_item

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

NAME = st.text(st.sampled_from("ab ,\"\n\r\t'é"), min_size=1, max_size=6).filter(str.strip)


@given(st.lists(NAME, max_size=4))
@example(['a"b', '"', '""', '"a', 'a\nb,"c"', " a"])
def test_a_list_of_names_is_read_as_it_was_written(wanted: list[str]) -> None:
    assert names([",".join(map(list_item, wanted))]) == tuple(wanted)
    assert names([list_item(name) for name in wanted]) == tuple(wanted)


@given(NAME)
def test_what_a_hint_says_to_type_names_the_column(name: str) -> None:
    option, value = shlex.split(drop_option(name))
    assert (option, names([value])) == ("--drop", (name,))


@given(st.text(max_size=30))
def test_any_text_is_a_list_of_names(text: str) -> None:
    assert all(names([text]))


@pytest.mark.parametrize("odd", ["two\nlines", "a, b", 'say "x"', '"x"', " blank "], ids=repr)
def test_a_column_of_any_name_is_dropped_kept_and_learned(
    odd: str, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    rows = [[i % 7, "yes" if i % 4 == 0 else "no", "new" if i % 3 == 0 else "old"] for i in range(80)]
    with (tmp_path / "d.csv").open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["x", odd, "y"], *rows])
    for target, option, other in ((odd, "--drop", "y"), ("y", "--drop", odd), ("y", "--keep", odd)):
        ended = scarce("check", "d.csv", "--target", target, option, list_item(other))
        assert ended.code == 0, ended.err
