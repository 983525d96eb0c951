"""The page about the trial from Python says what the code does."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path

import scarce

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_snippets_of_the_page_run() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 15
    assert result.failed == 0


def test_the_page_names_every_argument() -> None:
    text = PAGE.read_text(encoding="utf-8")
    calls = (scarce.run, scarce.compare, scarce.plan)
    arguments = {name for call in calls for name in inspect.signature(call).parameters}
    assert {name for name in arguments if f"`{name}`" not in text and f"`{name}=" not in text} == set()
