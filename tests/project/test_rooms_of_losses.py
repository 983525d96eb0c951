"""The rooms of the losses copy no code, write none, and keep to one another's public names."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ROOMS = ("losses", "arrays", "kernels", "torch", "keras", "jax")
OF_EVERY_TUPLE = {"_replace", "_asdict", "_fields", "_make"}  # a named tuple's public ones, so spelt


def code_on_the_move(tree: ast.AST) -> Iterator[str]:
    """Yield each way to make a function of another's code, or of text, that a module uses."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id="FunctionType" as name)
                | ast.Attribute(attr=("FunctionType" | "__code__") as name)
            ):
                yield name
            case ast.ImportFrom(module="types", names=names) if "FunctionType" in {one.name for one in names}:
                yield "FunctionType"
            case ast.Call(func=ast.Name(id=("exec" | "eval") as name)):
                yield name


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in OF_EVERY_TUPLE


def own(tree: ast.AST) -> set[str]:
    """Return the private names that a module makes."""
    made = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                made.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                made.add(name)
            case ast.alias(asname=str(name)):
                made.add(name)
    return {name for name in made if is_private(name)}


def used(tree: ast.AST) -> set[str]:
    """Return the private names that a module imports, or takes of anything but ``self`` and its class."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names):
                found |= {one.name for one in names}
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name):
                found.add(name)
    return {name for name in found if is_private(name)}


def trees(source: Path, rooms: Iterable[str] = ROOMS) -> dict[str, ast.AST]:
    """Return the modules of the rooms, by their path in the package."""
    return {
        path.relative_to(source).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for room in rooms
        for path in sorted((source / room).rglob("*.py"))
    }


def strangers(modules: dict[str, ast.AST]) -> set[str]:
    """Return the private names that modules use of one another; what a library calls private is its own."""
    makers = defaultdict(set)
    for path, tree in modules.items():
        for name in own(tree):
            makers[name].add(path)
    return {
        f"{path}: {name}"
        for path, tree in modules.items()
        for name in used(tree)
        if makers[name] and path not in makers[name]
    }


def test_no_room_of_the_losses_copies_code_or_runs_text(root: Path) -> None:
    modules = trees(root / "src" / "scarce")
    found = {f"{path}: {name}" for path, tree in modules.items() for name in code_on_the_move(tree)}
    assert not found


def test_no_room_of_the_losses_uses_private_names_of_another_module(root: Path) -> None:
    assert not strangers(trees(root / "src" / "scarce"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import types\ncopy = types.FunctionType(code, {})", ["FunctionType"]),
        ("from types import FunctionType", ["FunctionType"]),
        ("names = formula.__code__.co_names", ["__code__"]),
        ("exec(text, names)", ["exec"]),
        ("value = eval(text)", ["eval"]),
        ("model.eval()", []),
    ],
)
def test_that_search_finds_code_on_the_move(text: str, found: list[str]) -> None:
    assert list(code_on_the_move(ast.parse(text))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from house.one import _door", {"two.py: _door"}),
        ("from house import one\none._door()", {"two.py: _door"}),
        ("def open(one):\n    return one._key", {"two.py: _key"}),
        ("class Two(One):\n    def open(self):\n        return self._key", set()),
        ("import torch\ntorch._dynamo.reset()", set()),
        ("def _door(): ...\nhouse._door()", set()),
        ("row._replace(x=1)", set()),
    ],
)
def test_that_search_finds_private_names(text: str, found: set[str]) -> None:
    one = "def _door(): ...\nclass One:\n    def __init__(self):\n        self._key = 1"
    assert strangers({"one.py": ast.parse(one), "two.py": ast.parse(text)}) == found


def test_no_two_modules_of_these_rooms_have_one_name(root: Path) -> None:
    places = defaultdict(list)
    for room in ROOMS:
        for path in sorted((root / "src" / "scarce" / room).rglob("*.py")):
            if path.name != "__init__.py":
                places[path.name].append(path)
    assert not {name: paths for name, paths in places.items() if len(paths) > 1}


def test_only_the_compiler_of_the_kernels_keeps_machine_code(root: Path) -> None:
    """A cache of numba's own sees neither the formulas nor the words that a kernel is made of."""
    found = {
        path
        for path, tree in trees(root / "src" / "scarce").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "cache" and path != "kernels/cpu_compiler.py"
    }
    assert not found
