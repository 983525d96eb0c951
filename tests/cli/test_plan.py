"""``scarce plan``: what it prints, in words and as JSON, and what it refuses; it never writes a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

NUMBERS = ("plan", "--rows", "100000", "--positives", "200")


def test_numbers_alone_are_enough(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    ended = scarce(*NUMBERS, "--difference", "0.02")
    assert (ended.code, ended.err) == (0, "")
    assert "no table yet" in ended.out
    assert "A difference of 0.02 in average precision takes about" in ended.out
    assert list(tmp_path.iterdir()) == []


def test_a_difference_that_no_table_shows_is_no_crash(scarce: Callable[..., Ended]) -> None:
    ended = scarce(*NUMBERS, "--difference", "1e-300")
    assert (ended.code, ended.err) == (0, "")


def test_positives_or_their_share_are_the_same_plan(scarce: Callable[..., Ended]) -> None:
    assert scarce(*NUMBERS).out == scarce("plan", "--rows", "100000", "--prevalence", "0.002").out


def test_a_pilot_table_is_planned_with_its_costs(scarce: Callable[..., Ended], small: Path) -> None:
    ended = scarce("plan", small.name, "--target", "fraud", "--cost", "fn=amount,fp=1", "--json")
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    assert (found["rows"], found["positives"]) == (600, 60)
    assert list(found["metrics"]) == ["expected_cost", "average_precision", "log_loss"]
    visible = list(found["metrics"]["expected_cost"]["same_learner"]["visible"].values())
    assert visible == sorted(visible, reverse=True)
    assert [path.name for path in small.parent.iterdir()] == [small.name]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ((), "E386"),
        ((*NUMBERS[1:], "--time", "day"), "E386"),
        ((*NUMBERS[1:], "--drop", "a"), "E386"),
        ((*NUMBERS[1:], "--difference", "1_0%"), "E328"),
        (("--positives", "20"), "E386"),
        (("small.csv", "--target", "fraud", "--rows", "5"), "E387"),
        (("small.csv", "--target", "fraud", "--average-precision", "0.5"), "E387"),
        (("--rows", "1000"), "E388"),
        (("--rows", "1000", "--positives", "20", "--prevalence", "0.02"), "E388"),
        (("--rows", "1000", "--positives", "501"), "E389"),
        (("--rows", "1000", "--positives", "1"), "E389"),
        (("--rows", "3", "--positives", "2"), "E389"),
        (("--rows", "1000", "--prevalence", "1.5"), "E389"),
        (("--rows", "1000", "--prevalence", "nan"), "E204"),
        (("--rows", "1000", "--positives", "20", "--average-precision", "0.01"), "E389"),
        (("--rows", "1000", "--positives", "20", "--cost", "fn=amount,fp=1"), "E390"),
        (("--rows", "1000", "--positives", "20", "--difference", "big"), "E328"),
        (("small.csv",), "E392"),
    ],
)
def test_what_makes_no_plan_is_refused_in_two_lines(
    scarce: Callable[..., Ended], small: Path, typed: tuple[str, ...], code: str
) -> None:
    ended = scarce("plan", *typed)
    assert ended.code == 2
    assert len(ended.error) == 2
    assert ended.error[0].startswith(f"error[{code}]: ")
    assert ended.out == ""
    assert [path.name for path in small.parent.iterdir()] == [small.name]


def test_two_positives_bear_one_digit_and_no_difference_of_their_own(scarce: Callable[..., Ended]) -> None:
    few = ("plan", "--rows", "1000", "--positives", "2")
    out = scarce(*few).out
    shown = [line.split()[-3:] for line in out.splitlines() if line.startswith("  treatments of")]
    assert len(shown) == 4
    for two, eight, most in shown:
        assert (two, eight) == ("–", "–")
        assert len(most.replace(".", "").strip("0")) == 1
    assert "A dash: with fewer than 20 positives nothing is called better or worse." in " ".join(out.split())
    visible = json.loads(scarce(*few, "--json").out)["metrics"]["log_loss"]["same_learner"]["visible"]
    assert [visible[n] is None for n in ("2", "8", "32")] == [True, True, False]
