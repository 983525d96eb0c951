"""No module of the package imports itself through others, not even from inside a function."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def modules(source: Path) -> dict[str, Path]:
    """Return the modules under a folder, by dotted name."""
    found = {}
    for path in source.rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path) -> Iterator[str]:
    """Yield every name that a file imports anywhere in it, less what is there for type checkers alone."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting.extend(ast.iter_child_nodes(node))


def cycle(source: Path) -> list[str]:
    """Return the modules of one cycle, or nothing where there is none.

    A package that re-exports names of its own modules is no cycle: ``from room import module`` is an import
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
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_one_another(root: Path) -> None:
    assert cycle(root / "src") == []


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("import house.one\n", True),
        ("from house import one\n", True),
        ("from house.one import door\n", True),
        ("def late():\n    from house.one import door\n", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.one import door\n", False),
        ("import os\n", False),
    ],
    ids=["import", "from package", "from module", "inside a function", "for types only", "none"],
)
def test_that_search_finds_them(tmp_path: Path, second: str, found: bool) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "__init__.py").write_text("")
    (house / "one.py").write_text("from house import two\ndoor = two\n")
    (house / "two.py").write_text(second)
    assert bool(cycle(tmp_path)) == found
