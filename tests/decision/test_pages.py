"""The pages about decisions, calibration and evaluation say what the code does."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["decisions", "calibration", "evaluation"])
def test_the_snippets_of_a_page_run(page):
    result = doctest.testfile(str(PAGES / f"{page}.md"), module_relative=False)
    assert result.attempted >= 5
    assert result.failed == 0
