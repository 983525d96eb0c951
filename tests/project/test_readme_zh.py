"""The Chinese README keeps to the English one: headings, commands, code, links and figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FENCED = r"^```.*?^```$"


@pytest.fixture
def both(root: Path) -> tuple[str, str]:
    return tuple((root / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))


def fenced(text: str) -> list[str]:
    return re.findall(FENCED, text, re.DOTALL | re.MULTILINE)


def prose(text: str) -> list[str]:
    """Return the text between the headings, without code blocks."""
    return re.split(r"^#+ .*$", re.sub(FENCED, "", text, flags=re.DOTALL | re.MULTILINE), flags=re.MULTILINE)


def test_headings_stand_in_the_same_order(both: tuple[str, str]) -> None:
    english, chinese = (
        [len(hashes) for hashes in re.findall(r"^(#+) ", text, re.MULTILINE)] for text in both
    )
    assert english == chinese
    assert len(english) > 4


def test_code_commands_and_output_are_the_same(both: tuple[str, str]) -> None:
    english, chinese = map(fenced, both)
    assert english == chinese
    assert len(english) > 5


@pytest.mark.parametrize(
    "what",
    [r"`[^`\n]+`", r"\]\(((?!README)[^)]+)\)", r"(?<![\w.])\.?\d(?:[\d,]*\d)?(?:\.\d+)?"],
    ids=["inline code", "links", "figures"],
)
def test_each_section_names_the_same(both: tuple[str, str], what: str) -> None:
    english, chinese = map(prose, both)
    for one, other in zip(english, chinese, strict=True):
        assert sorted(re.findall(what, one)) == sorted(re.findall(what, other))


def test_each_links_the_other(both: tuple[str, str]) -> None:
    english, chinese = both
    assert "(README.zh.md)" in english.split("##")[0]
    assert "(README.md)" in chinese.split("##")[0]


def test_the_second_one_is_in_chinese(both: tuple[str, str]) -> None:
    """A paragraph left in English is longer than any run of names and terms."""
    text = " ".join(prose(both[1]))
    assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 1000
    runs = re.findall(r"[A-Za-z' ,;:.]{60,}", re.sub(r"`[^`]*`|\([^)]*\)", "", text))
    assert runs == []
