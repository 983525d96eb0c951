"""How many positives are few is told in one place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACE = "decision/enough_positives.py"


def thresholds(text: str) -> Iterator[int]:
    """Yield the lines in which a number of positives is compared with a figure, or a figure is named so."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            words, values = ast.unparse(node), [node.left, *node.comparators]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            words, values = ast.unparse(node).partition("=")[0], [node.value]
        elif isinstance(node, ast.arguments):
            named = [*zip(node.kwonlyargs, node.kw_defaults, strict=True)]
            named += zip(reversed(node.args), reversed(node.defaults), strict=False)
            words = " ".join(argument.arg for argument, _ in named)
            values = [default for argument, default in named if "positives" in argument.arg]
        else:
            continue
        if "positives" in words.lower() or "n_positive" in words:
            yield from (value.lineno for value in values if is_figure(value))


def is_figure(value: ast.expr | None) -> bool:
    """Whether a value is a number that must have been chosen: 0 and 1 are not."""
    return isinstance(value, ast.Constant) and isinstance(value.value, int) and value.value > 1


def test_no_other_module_says_how_many_positives_are_few(root: Path) -> None:
    source = root / "src" / "scarce"
    found = [
        f"{path.relative_to(source)}:{line}"
        for path in sorted(source.rglob("*.py"))
        for line in thresholds(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert (source / PLACE).exists()


@pytest.mark.parametrize(
    "text",
    [
        "if dataset.n_positive < 20: pass",
        "FEW_POSITIVES = 50",
        "def fit(target, *, few_positives: int = 50): pass",
        "def fit(target, few_positives=50): pass",
    ],
)
def test_that_test_can_fail(text: str) -> None:
    assert list(thresholds(text)) == [1]
