"""A test ends where it fails or at its last line, and what it is given is named, not counted off."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NESTED = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


def functions_of(text: str) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def within(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """Yield all that stands under some nodes, functions inside of them left out."""
    waiting = [*nodes]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, NESTED):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def silent_ends(text: str) -> list[str]:
    """Return the tests that return: such a test may pass without having tested."""
    return [
        test.name
        for test in functions_of(text)
        if any(isinstance(node, ast.Return) for node in within(test.body))
    ]


def counted_off(text: str) -> list[str]:
    """Return the tests that are given a part of a list by its places, which says of none why it is there."""
    return [
        test.name
        for test in functions_of(text)
        for decorator in test.decorator_list
        if isinstance(decorator, ast.Call) and any(map(is_part, parts_of(decorator.args)))
    ]


def parts_of(arguments: list[ast.expr]) -> Iterator[ast.expr]:
    """Yield the lists that a decorator is given, and those that are spread in them."""
    for argument in arguments:
        yield argument
        for node in within([argument]):
            if isinstance(node, ast.List | ast.Set):
                yield from (one.value for one in node.elts if isinstance(one, ast.Starred))


def is_part(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)


def found_in(root: Path, search) -> dict[str, list[str]]:
    files = sorted((root / "tests").rglob("*.py"))
    found = {str(path.relative_to(root)): search(path.read_text(encoding="utf-8")) for path in files}
    return {path: names for path, names in found.items() if names}


def test_no_test_ends_before_its_end(root: Path) -> None:
    assert found_in(root, silent_ends) == {}


def test_no_test_takes_every_other_entry_of_a_list(root: Path) -> None:
    assert found_in(root, counted_off) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def test_it(x):\n    if x:\n        return\n    assert x", ["test_it"]),
        ("def test_it(x):\n    for y in x:\n        with y:\n            return None", ["test_it"]),
        ("class TestIt:\n    def test_it(self):\n        return", ["test_it"]),
        ("def test_it():\n    def half(x):\n        return x / 2\n    assert half(2) == 1", []),
        ("def made(x):\n    if x:\n        return", []),
    ],
)
def test_that_search_finds_silent_ends(text: str, found: list[str]) -> None:
    assert silent_ends(text) == found


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ('"case", CASES[::2]', ["test_it"]),
        ('"case", [*NAMED, *CASES[:5]]', ["test_it"]),
        ('"case", [case for case in CASES if case.good][1::2]', ["test_it"]),
        ('"case", sorted({"plain", *[*CASES][::3]})', ["test_it"]),
        ('"case", [(ROWS[:2], 0.5), (ROWS, 1.0)]', []),
        ('"case", CASES, ids=lambda case: case.name[:20]', []),
        ('"case", NAMED.values(), ids=NAMED', []),
    ],
)
def test_that_search_finds_slices(arguments: str, found: list[str]) -> None:
    assert counted_off(f"@pytest.mark.parametrize({arguments})\ndef test_it(case): ...") == found
