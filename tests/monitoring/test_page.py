"""The page about watching says what the code does."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path

import scarce
from scarce.errors.monitoring import MONITORING
from scarce.monitoring.result import NAMES

PAGE = Path(__file__).parents[2] / "docs" / "monitoring.md"


def test_the_snippets_of_the_page_run() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 9
    assert result.failed == 0


def test_the_page_names_every_figure_code_and_option() -> None:
    text = PAGE.read_text(encoding="utf-8")
    options = {f"--{name.replace('_', '-')}" for name in inspect.signature(scarce.monitor).parameters}
    asked = {*NAMES, *MONITORING, *options} - {"--model", "--data"}
    assert {name for name in asked if name not in text} == set()
