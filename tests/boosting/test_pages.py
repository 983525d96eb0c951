"""The documentation page of boosting runs."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "boosting.md"


def test_the_examples_of_the_page_run():
    pytest.importorskip("xgboost", reason="XGBoost is not installed: pip install 'scarce[xgboost]'")
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 20
    assert result.failed == 0
