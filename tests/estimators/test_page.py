"""The page about scikit-learn runs, and its tables name what there is."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from scarce import estimators
from scarce.estimators.threshold_rule import AIMS

PAGE = Path(__file__).parents[2] / "docs" / "scikit-learn.md"


def test_the_snippets_of_the_page_run() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 30
    assert result.failed == 0


def test_the_page_names_every_estimator_and_aim() -> None:
    cells = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(cells) == sorted([*estimators.__all__, "aim", *AIMS])
