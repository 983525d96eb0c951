"""``import scarce`` loads nothing but Python itself."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import scarce

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = """
import sys
before = set(sys.modules)
import scarce
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(loaded - set(sys.stdlib_module_names) - {"scarce"}))
"""


def foreign_modules(folder: Path) -> list[str]:
    """Return what ``import scarce`` loads beyond the standard library, with `folder` first on the path."""
    program = f"import sys; sys.path.insert(0, {str(folder)!r})\n{FOREIGN}"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_import_loads_no_framework_and_no_numpy(root: Path) -> None:
    assert foreign_modules(root / "src") == []


@pytest.mark.parametrize("package", ["numpy", "lightgbm"])
def test_that_test_can_fail(tmp_path: Path, package: str) -> None:
    (tmp_path / "scarce.py").write_text(f"import {package}\n")
    assert package in foreign_modules(tmp_path)


def test_the_command_line_starts_without_the_heavy_rooms() -> None:
    program = "import sys, scarce.cli.app; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {"numpy", "pyarrow", "duckdb", "lightgbm", "numba", "scipy", "sklearn", "rich", "jinja2"}
    assert heavy.isdisjoint(run.stdout.split())


def test_every_public_name_loads_and_is_the_one_of_its_room() -> None:
    for name in dir(scarce):
        assert getattr(scarce, name) is not None
    assert scarce.SigmoidLoss is importlib.import_module("scarce.losses").SigmoidLoss


def test_the_names_a_type_checker_sees_are_the_names_there_are(root: Path) -> None:
    tree = ast.parse((root / "src" / "scarce" / "__init__.py").read_text())
    seen = {
        alias.asname: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    assert sorted([*seen, "__version__"]) == dir(scarce)
    for name, home in seen.items():
        assert getattr(importlib.import_module(str(home)), name) is getattr(scarce, name)


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match="module 'scarce' has no attribute 'FocalLos'"):
        scarce.FocalLos  # noqa: B018 - the look-up is the test
