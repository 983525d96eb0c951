"""The benchmark of the losses, without running it: its tables, and what it says of a promise."""

from __future__ import annotations

import pytest
from benchmarks.torch_losses.layout import Seen, print_seen
from benchmarks.torch_losses.promises import PROMISES, print_promises
from benchmarks.torch_losses.rivals import DIVISORS
from benchmarks.torch_losses.tables import TABLES

SIGMOID = {"scarce": [2e-3, 1e-3], "torchvision": [11e-3, 13e-3], "a copy": [5e-4]}


def seen(seconds: dict[str, list[float]], held: float = 1.0, off: float = 1e-7) -> dict[str, Seen]:
    """Return what the referee would have seen of the sigmoid table."""
    rivals = {rival.name: rival for rival in TABLES["sigmoid"].rivals}
    compared = {"value": 1.0, "wanted": 1.0, "off": off}
    return {
        name: Seen(rivals[name], compared, {"tensors": 0.5, "pages": held}, list(taken))
        for name, taken in seconds.items()
    }


@pytest.mark.parametrize(
    ("held", "words"),
    [(1.1, ["11.00 x   reached", "1.10 x   reached"]), (1.2, ["11.00 x   reached", "1.20 x   missed"])],
    ids=["within", "beyond"],
)
def test_a_promise_is_reached_or_missed_by_the_figures(
    capsys: pytest.CaptureFixture[str], held: float, words: list[str]
) -> None:
    print_promises({"sigmoid": seen(SIGMOID, held)}, {}, share=1.0)
    lines = capsys.readouterr().out.splitlines()
    assert [line.endswith(word) for line, word in zip(lines[2:4], words, strict=True)] == [True, True]
    assert sum("not measured in this run" in line for line in lines) == len(PROMISES) - 2


def test_a_rival_that_is_too_slow_by_a_hair_is_not_rounded_up(capsys: pytest.CaptureFixture[str]) -> None:
    print_promises({"sigmoid": seen(SIGMOID | {"torchvision": [10.99e-3]})}, {}, share=1.0)
    assert "missed" in capsys.readouterr().out.splitlines()[2]


def test_a_table_shows_minimum_median_ratios_and_memory(capsys: pytest.CaptureFixture[str]) -> None:
    print_seen(TABLES["sigmoid"], seen(SIGMOID))
    row = " ".join(capsys.readouterr().out.splitlines()[2].split())
    assert row == "torchvision 11.00 ms 12.00 ms 11.00 22.00 0.50 x 1.00 x 1e-07 2"


def test_another_loss_is_said_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    print_seen(TABLES["sigmoid"], seen(SIGMOID, off=0.01))
    assert "differs" in capsys.readouterr().out.splitlines()[2]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_has_ours_first_and_divisors_that_are_known(table) -> None:
    assert table.rivals[0].name.startswith("scarce")
    assert {rival.divisor for rival in table.rivals} <= set(DIVISORS)
    assert len({rival.name for rival in table.rivals}) == len(table.rivals)
    assert not table.baseline or table.baseline in {rival.name for rival in table.rivals}
