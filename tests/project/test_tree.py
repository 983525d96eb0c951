"""The tracked files themselves: nothing of one machine in them, and what the papers promise exists."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from scarce.errors import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

# Written in pieces, so that this file does not contain what it looks for.
PATHS = [rf"(?<![\w.~]){re.escape('/' + name)}/\w" for name in ("work", "home", "root", "Users", "mnt")]
HOSTS = [
    re.escape(".".join(parts))
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("debian", "org"),
        ("anaconda", "com"),
    )
]
MACHINE = re.compile("|".join(PATHS + HOSTS))


def tracked(root: Path) -> list[Path]:
    """Return the files git knows."""
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    return [root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


def texts(root: Path) -> list[tuple[Path, str]]:
    """Return the tracked files that are text, with their text."""
    found = []
    for path in tracked(root):
        content = path.read_bytes()
        if b"\0" not in content[:4096]:
            found.append((path, content.decode("utf-8", errors="replace")))
    return found


def test_no_tracked_file_names_a_machine_path_or_a_registry_host(root: Path) -> None:
    named = {
        str(path.relative_to(root)): found[0]
        for path, text in texts(root)
        if (found := MACHINE.search(text)) is not None
    }
    assert named == {}


@pytest.mark.parametrize("text", ["see /" + "home/me/data", "from files.python" + "hosted.org"])
def test_that_search_finds_them(text: str) -> None:
    assert MACHINE.search(text)


def test_no_tracked_file_has_a_clash_of_merges_in_it(root: Path) -> None:
    mark = "<" * 7 + " "
    assert [str(path) for path, text in texts(root) if re.search(rf"^{mark}", text, re.MULTILINE)] == []


def test_every_code_of_the_catalogue_is_named_by_a_test(root: Path) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (root / "tests").rglob("*.py"))
    assert [code for code in CATALOGUE if code not in tests] == []


def test_make_targets_of_the_papers_exist(root: Path) -> None:
    makefile = (root / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    papers = "\n".join((root / name).read_text() for name in ("README.md", "CONTRIBUTING.md"))
    asked = set(re.findall(r"^\s*(?:\$ )?make ([a-z-]+)", papers, re.MULTILINE))
    asked |= set(re.findall(r"`make ([a-z-]+)`", papers))
    assert {"demo", "test"} <= asked
    assert asked <= targets


def test_links_of_the_papers_lead_somewhere(root: Path) -> None:
    papers = [
        root / "README.md",
        root / "README.zh.md",
        root / "CONTRIBUTING.md",
        root / "CHANGELOG.md",
        *(root / "docs").glob("*.md"),
    ]
    links = [
        (paper, link)
        for paper in papers
        for link in re.findall(r"\]\(([^)#\s]+)", paper.read_text(encoding="utf-8"))
        if "://" not in link
    ]
    assert [f"{paper.name}: {link}" for paper, link in links if not (paper.parent / link).exists()] == []


def test_the_index_names_every_page(root: Path) -> None:
    index = (root / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {page.name for page in (root / "docs").glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_what_is_not_collected_without_a_framework_is_there(root: Path) -> None:
    text = (root / "conftest.py").read_text(encoding="utf-8")
    named = [name for name in re.findall(r'"((?:src|tests)/[^"{]+)"', text) if name]
    assert len(named) > 5
    assert [name for name in named if not list(root.glob(name))] == []
