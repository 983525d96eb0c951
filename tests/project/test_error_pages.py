"""Every code has a page of the one form, whose example is what the code says today; docs/errors.md agrees."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from scarce.data.checks.column_checks import COLUMN_CHECKS
from scarce.data.checks.every_check import DATASET_CHECKS
from scarce.data.checks.suspect_checks import SUSPECT_CHECKS
from scarce.errors import CATALOGUE, explained

if TYPE_CHECKING:
    from pathlib import Path

FINDINGS = [check.code for check in (*DATASET_CHECKS, *COLUMN_CHECKS, *SUSPECT_CHECKS)]
PAGE = re.compile(
    r"# (?P<code>[DEW]\d{3}): (?P<meaning>[^\n]{8,90}[^.\n])\n\n"
    r"(?P<more>[^#\s][^#]{20,}?)\n\n"
    r"Causes: (?P<causes>.{8,}?)\n\n"
    r"Go on: (?P<go_on>.{8,}?)\n\n"
    r"    (?P<kind>error|warning|note)\[(?P=code)\]: (?P<message>[^\n]+)\n"
    r"    hint: (?P<hint>[^\n]+)\n",
    re.DOTALL,
)


def pattern_of(template: str) -> str:
    """Return what every message of a template matches."""
    return "".join(
        re.escape(literal) + ("" if field is None else ".*")
        for literal, field, _, _ in Formatter().parse(template)
    )


def faults(code: str, text: str) -> list[str]:
    """Return what is wrong with a page."""
    found = PAGE.fullmatch(text)
    if found is None:
        return ["it has not the form that scarce/errors/explained.py says"]
    wrong = [f"it is that of {found['code']}"] if found["code"] != code else []
    if code in CATALOGUE:
        entry = CATALOGUE[code]
        if found["kind"] != ("warning" if code.startswith("W") else "error"):
            wrong.append("its example is of another kind")
        for part, template in (("message", entry.message), ("hint", entry.hint)):
            if not re.fullmatch(pattern_of(template), found[part]):
                wrong.append(f"the {part} of its example is not what the code says now: {template}")
    wrong += [f"line too long: {line}" for line in text.splitlines() if len(line) > 110 and line[0] != " "]
    return wrong


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(explained.codes()) == sorted({*CATALOGUE, *FINDINGS})


@pytest.mark.parametrize("code", explained.codes())
def test_the_page_of_a_code_has_its_parts_and_an_example_that_is_true(code: str) -> None:
    assert faults(code, explained.page(code)) == []


def test_that_test_finds_what_is_missing() -> None:
    page = explained.page("E134")
    assert faults("E134", page.replace("Causes:", "Cause:"))
    assert faults("E134", page.replace("Go on: ", ""))
    assert faults("E134", page.replace("labels, not two", "labels"))
    assert faults("E135", page)
    assert faults("E134", page.partition("    error")[0])


def test_a_page_says_more_than_the_message() -> None:
    texts = {code: PAGE.fullmatch(explained.page(code)) for code in explained.codes()}
    assert [code for code, found in texts.items() if found["more"] == found["message"]] == []
    assert len({found["meaning"] for found in texts.values()}) == len(texts)


def test_every_code_is_under_one_heading() -> None:
    listed = [code for codes in explained.by_range().values() for code in codes]
    assert sorted(listed) == explained.codes()


def test_the_page_of_the_documentation_is_made_of_these_pages(root: Path) -> None:
    spec = spec_from_file_location("make_errors", root / "docs" / "make_errors.py")
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    shown = (root / "docs" / "errors.md").read_text(encoding="utf-8")
    assert shown == made.text(), "run: python docs/make_errors.py"
