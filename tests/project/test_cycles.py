"""No module of the package or of the benchmarks imports itself through others, not even for a type."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def modules(source: Path) -> dict[str, Path]:
    """Return the modules under a folder, by dotted name."""
    found = {}
    top = source if source.name == "src" else source.parent
    for path in source.rglob("*.py"):
        parts = path.relative_to(top).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path) -> Iterator[str]:
    """Yield every name that a file imports anywhere in it, what is there for type checkers included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def circles(source: Path) -> set[tuple[str, ...]]:
    """Return the largest sets of modules that all import one another, through others or not.

    A package that re-exports names of its own modules is no circle: ``from room import module`` is an import
    of the module.
    """
    known = modules(source)
    graph = {}
    for name, path in known.items():
        asked = set(imported(path))
        deepest = {
            other
            for other in asked
            if not any(deeper.startswith(f"{other}.") for deeper in asked & known.keys())
        }
        graph[name] = (deepest & known.keys()) - {name}
    within_reach = {name: reached(graph, name) for name in graph}
    return {
        tuple(sorted(other for other in within_reach[name] if name in within_reach[other]))
        for name in graph
        if name in within_reach[name]
    }


def reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """Return what a module imports, and what that imports, and so on."""
    found: set[str] = set()
    waiting = [*graph[start]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(graph[name])
    return found


def test_no_modules_of_the_package_import_one_another(root: Path) -> None:
    found = {tuple(name.removeprefix("scarce.") for name in circle) for circle in circles(root / "src")}
    assert not found


def test_no_modules_of_the_benchmarks_import_one_another(root: Path) -> None:
    assert not circles(root / "benchmarks")


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("import house.one\n", True),
        ("from house import one\n", True),
        ("from house.one import door\n", True),
        ("def late():\n    from house.one import door\n", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.one import door\n", True),
        ("from house import three\n", True),
        ("import os\n", False),
    ],
    ids=[
        "import",
        "from package",
        "from module",
        "inside a function",
        "for types only",
        "through another",
        "none",
    ],
)
def test_that_search_finds_them(tmp_path: Path, second: str, found: bool) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "__init__.py").write_text("")
    (house / "one.py").write_text("from house import two\ndoor = two\n")
    (house / "two.py").write_text(second)
    (house / "three.py").write_text("from house import one\n")
    assert bool(circles(house)) == found
