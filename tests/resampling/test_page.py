"""The page about sampling says what the code does."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from tests.resampling.samplings import mixed

from scarce.errors import ScarceError
from scarce.resampling.catalog import NAMES, parse

PAGE = Path(__file__).parents[2] / "docs" / "sampling.md"


def test_the_snippets_of_the_page_run():
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 8
    assert result.failed == 0


def test_the_page_names_every_sampling_and_no_other():
    rows = re.findall(r"^\| (`.+?) \|.*(?:exactly|calibrated only) \|$", PAGE.read_text(), re.MULTILINE)
    named = re.findall(r"`(\w+)", " ".join(rows))
    assert sorted(named) == sorted(NAMES)


def test_the_refusal_on_the_page_is_true():
    pytest.importorskip("imblearn")
    features, target, categorical = mixed(60, 2)
    with pytest.raises(ScarceError) as caught:
        parse("kmeans_smote").draw(features, target, categorical, 0)
    assert caught.value.two_lines() in PAGE.read_text()
