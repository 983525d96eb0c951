"""``scarce explain``: the page of a code, all codes, and where a terminal says that there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.test_console import in_a_terminal

from scarce.errors import explained

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended


@pytest.mark.parametrize("typed", ["E134", "e134", "[E134]:"])
def test_a_code_is_explained_however_it_is_typed(scarce: Callable[..., Ended], typed: str) -> None:
    ended = scarce("explain", typed)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("E134: the target has more than two labels\n\n")
    assert "    error[E134]: the target 'status' of loans.csv has 3 labels" in ended.out
    shown = " ".join(ended.out.split())
    assert shown == " ".join(explained.page("E134").removeprefix("# ").split())


def test_without_a_code_every_one_is_listed_with_its_meaning(scarce: Callable[..., Ended]) -> None:
    lines = scarce("explain").out.splitlines()
    for code in explained.codes():
        assert lines.count(f"  {code}  {explained.meaning(code)}") == 1
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("E13", "did you mean E131 or E132 or E133?"),
        ("X134", "did you mean E134?"),
        ("why", "scarce explain lists every code with its meaning"),
    ],
)
def test_a_code_that_is_not_there_is_refused(scarce: Callable[..., Ended], typed: str, hint: str) -> None:
    ended = scarce("explain", typed)
    assert (ended.code, ended.out) == (2, "")
    assert ended.error == [f"error[E235]: there is no code {typed!r}", f"hint: {hint}"]


def test_a_terminal_says_what_to_type_for_more_where_the_line_has_room(scarce: Callable[..., Ended]) -> None:
    words = ("run", "d.csv")
    wide = in_a_terminal(*words, setting={"NO_COLOR": "1"}).splitlines()
    assert wide[1] == "hint: for example: scarce run data.csv --target fraud  (scarce explain E203)"
    narrow = in_a_terminal(*words, setting={"NO_COLOR": "1", "COLUMNS": "70"}).splitlines()
    assert narrow[1] == scarce(*words).error[1] == "hint: for example: scarce run data.csv --target fraud"
