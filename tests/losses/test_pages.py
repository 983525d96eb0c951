"""The documentation page of the losses runs, and its table is the catalogue."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from scarce.losses import CATALOG

PAGE = Path(__file__).parents[2] / "docs" / "losses.md"


def test_the_page_of_the_losses_runs():
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0


def test_the_page_names_every_loss_and_parameter():
    cells = re.findall(r"^\| (`[^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {}
    for cell in cells:
        parameters = cell.split("`")[-1].replace(",", " ").split()
        told |= {name: set(parameters) for name in re.findall(r"`([^`]*)`", cell)}
    assert told == {name: set(entry.parameters) for name, entry in CATALOG.items()}
