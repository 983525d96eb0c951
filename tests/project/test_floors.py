"""The oldest versions that pyproject.toml promises: each stands once, and `make floors` pins them all."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE_OF = {
    "sklearn": "scikit-learn",
    "imblearn": "imbalanced-learn",
    "mlflow": "mlflow-skinny",
    "python_calamine": "python-calamine",
}
BROUGHT_BY_ANOTHER = {"triton", "mpmath"}  # by PyTorch; the one where its wheel is built for a GPU
WITHOUT_CONSTRAINT = {"tensorflow", "xgboost"}  # of machines other than those the constraints are for


def declared(root: Path, *, tools: bool) -> list[Requirement]:
    """Return every requirement in pyproject.toml; with `tools` those of developers too."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    groups = [project["dependencies"], *(extras[name] for name in extras if tools or name != "dev")]
    return [Requirement(text) for group in groups for text in group]


def floor(requirement: Requirement) -> str:
    (bound,) = requirement.specifier
    assert bound.operator == ">="
    return bound.version


def printed(root: Path) -> dict[str, tuple[str, str]]:
    """Return what the program for ``make floors`` prints: an operator and a version a package."""
    program = subprocess.run(
        [sys.executable, root / ".ci" / "floors.py"], capture_output=True, text=True, check=True
    )
    found = [re.fullmatch(r"([\w.-]+)(==|<=)(\S+)", line) for line in program.stdout.splitlines()]
    return {match[1]: (match[2], match[3]) for match in found if match}


def constraints(root: Path) -> dict[str, str]:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.replace("_", "-").split("==") for line in lines if not line.startswith("#"))


def imported(folder: Path) -> set[str]:
    """Return the packages that the modules in a folder import, wherever in a module it stands."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"scarce"}


def test_a_package_has_one_floor(root: Path) -> None:
    floors: dict[str, str] = {}
    for requirement in declared(root, tools=True):
        assert floors.setdefault(requirement.name, floor(requirement)) == floor(requirement)


def test_no_floor_is_newer_than_what_the_environment_is_made_of(root: Path) -> None:
    kept = constraints(root)
    for requirement in declared(root, tools=True):
        if requirement.name not in WITHOUT_CONSTRAINT:
            assert Version(floor(requirement)) <= Version(kept[requirement.name]), requirement.name


def test_every_package_that_the_sources_import_is_declared(root: Path) -> None:
    names = {requirement.name for requirement in declared(root, tools=False)}
    needed = {PACKAGE_OF.get(name, name) for name in imported(root / "src") - BROUGHT_BY_ANOTHER}
    assert needed - names == set()


@pytest.mark.parametrize("line", ["import yaml", "def f():\n    from yaml.nodes import Node"])
def test_that_search_finds_an_import(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.py").write_text(f"from __future__ import annotations\nimport os\n{line}\n")
    assert imported(tmp_path) == {"yaml"}


def test_make_floors_pins_every_floor_and_lets_nothing_else_be_newer_than_the_constraints(root: Path) -> None:
    pins, kept = printed(root), constraints(root)
    floors = {requirement.name: floor(requirement) for requirement in declared(root, tools=False)}
    assert {name: version for name, (operator, version) in pins.items() if operator == "=="} == floors
    assert {name: version for name, (operator, version) in pins.items() if operator == "<="} == {
        name: version for name, version in kept.items() if name not in floors
    }
