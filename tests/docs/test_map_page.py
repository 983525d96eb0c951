"""The page about the map says what its picture shows, and its examples run."""

from __future__ import annotations

import doctest
import re
import xml.etree.ElementTree as ET
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "map.md"


def shown() -> list[str]:
    root = ET.parse(DOCS / "pictures" / "map.svg").getroot()
    return ["".join(one.itertext()).replace("\u202f", "") for one in root.iter() if one.tag.endswith("text")]


def test_the_table_of_the_page_has_the_numbers_of_its_picture() -> None:
    page, texts = PAGE.read_text(encoding="utf-8"), shown()
    rows = re.findall(r"^ *([\d.]+):1 +([\d.]+) +([\d.]+) +(\w+) +([\d.]+) +(.*)$", page, re.MULTILINE)
    assert len(rows) == 15
    for weight, _, precision, _, recall, rest in rows:
        assert f"{weight} : 1" in texts
        assert {precision, recall, *rest.split()} <= set(texts)


def test_the_numbers_that_the_page_speaks_of_are_in_its_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    printed, told = page.split("```text")[1].split("```", 1)
    told = told.split("## The formulas alone")[0]
    numbers = re.findall(r"(?<![\w.])(\d+\.\d+|\.\d{2,})(?= %| times| to)", told)
    assert len(numbers) >= 8
    for number in numbers:
        assert number.lstrip("0") in printed, number


def test_the_examples_run() -> None:
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0
