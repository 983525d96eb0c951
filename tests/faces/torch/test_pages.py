"""The pages about PyTorch say what the code does."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("page", ["torch.md", "overlap.md"])
def test_the_snippets_of_the_page_run(page):
    result = doctest.testfile(str(DOCS / page), module_relative=False)
    assert result.attempted >= 15
    assert result.failed == 0
