"""The page about episodes, late labels and missed positives says what the code does."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from scarce.errors import CATALOGUE

PAGE = Path(__file__).parents[2] / "docs" / "episodes.md"


def test_the_snippets_of_the_page_run() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 20
    assert result.failed == 0


def test_the_page_tells_of_every_code_of_its_options() -> None:
    told = set(re.findall(r"\b[EW]\d{3}\b", PAGE.read_text(encoding="utf-8")))
    own = {code for code in CATALOGUE if "E370" <= code < "E380"} | {"W313", "W314"}
    assert own - told == set()
    assert told <= set(CATALOGUE)
