"""The table of arms at the widths of terminals: names stay whole, and columns go in the stated order."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from scarce.report.printed import print_answer

if TYPE_CHECKING:
    from scarce.trial.result import TrialResult

LONG = "undersample:ratio=10+focal:gamma=2"


def printed(result: TrialResult, width: int) -> list[str]:
    page = io.StringIO()
    print_answer(result, Console(file=page, width=width, color_system=None))
    return [line.rstrip() for line in page.getvalue().splitlines()]


def renamed(result: TrialResult) -> TrialResult:
    arms = tuple(replace(a, name=LONG if a.name.startswith("undersample") else a.name) for a in result.arms)
    differences = tuple(
        replace(d, arm=LONG if d.arm.startswith("undersample") else d.arm) for d in result.differences
    )
    return replace(result, arms=arms, differences=differences)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_names_stand_whole_in_one_line_and_no_line_is_too_long(result: TrialResult, width: int) -> None:
    shown = renamed(result)
    lines = printed(shown, width)
    assert max(map(len, lines)) <= width
    for arm in shown.arms:
        (row,) = [line for line in lines if line.split(" ")[0] == arm.name and "treatments" not in line]
        assert row.startswith(f"{arm.name} ")


def test_columns_go_in_the_stated_order_as_the_width_shrinks(result: TrialResult) -> None:
    whole = ["arm", "10,000", "(95", "better│worse", "outcome", "AP", "loss", "ratio"]
    expected = [["ratio"], ["loss"], ["better│worse"], ["AP"]]
    gone: list[list[str]] = []
    kept = whole
    for width in range(140, 66, -1):
        (heads,) = [line.split() for line in printed(renamed(result), width) if line.startswith("arm  ")]
        left = [name for name in whole if name in heads]
        if left != kept:
            gone.append([name for name in kept if name not in left])
            kept = left
    assert gone == expected


def test_what_had_no_room_is_named(result: TrialResult) -> None:
    assert "for want of room here: recovered log-loss, calibration ratio." in " ".join(printed(result, 80))
    assert "for want of room" not in " ".join(printed(result, 140))


def test_each_table_stands_under_a_sentence(result: TrialResult) -> None:
    lines = printed(result, 100)
    head = next(i for i, line in enumerate(lines) if line.startswith("arm  "))
    above = [line for line in lines[:head] if line]
    assert above[-2].endswith(":") or above[-1].endswith(":")


def test_names_too_long_for_the_terminal_lose_their_middle_and_no_figure_is_cut(result: TrialResult) -> None:
    long = f"undersample:ratio=10+generalized_cross_entropy:q={'7' * 30}"
    shown = replace(
        renamed(result),
        arms=tuple(replace(a, name=long if a.name == LONG else a.name) for a in renamed(result).arms),
        differences=tuple(
            replace(d, arm=long if d.arm == LONG else d.arm) for d in renamed(result).differences
        ),
    )
    lines = printed(shown, 80)
    assert max(map(len, lines)) <= 80
    (row,) = [line for line in lines if line.startswith("undersample:r")]
    (whole,) = [line for line in printed(shown, 140) if line.startswith(long)]
    assert row.split()[0].count("…") == 1
    assert row.split()[0].endswith("777")
    assert "…" not in row.partition(" ")[2]
    assert row.split()[-1] in whole


def test_ap_is_explained_where_it_is_a_column_and_only_there(result: TrialResult) -> None:
    for width in (70, 140):
        lines = printed(renamed(result), width)
        (heads,) = [line.split() for line in lines if line.startswith("arm  ")]
        assert ("AP" in heads) == (width == 140)
        assert ("AP: average precision" in " ".join(lines)) == ("AP" in heads)
