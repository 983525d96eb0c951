"""The README's Python runs, and says what it prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path


def blocks(root: Path) -> list[str]:
    """Return the Python blocks of the README."""
    return re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def test_there_are_four_blocks(root: Path) -> None:
    assert len(blocks(root)) == 4


@pytest.mark.parametrize("index", [0, 1, 2, 3], ids=["trial", "losses", "LightGBM", "PyTorch"])
def test_block_runs(root: Path, index: int) -> None:
    if "import torch" in blocks(root)[index]:
        pytest.importorskip("torch")
    exec(compile(blocks(root)[index], f"README block {index}", "exec"), {})


def test_the_numbers_in_the_comments_are_right(root: Path) -> None:
    names: dict[str, object] = {}
    exec(blocks(root)[1], names)
    lines = re.findall(r"^(loss\.\S+\(.*?\))\s+# \[(.*?)\]", blocks(root)[1], re.MULTILINE)
    assert len(lines) == 3
    for call, numbers in lines:
        stated = np.array([float(number) for number in numbers.split(",")])
        np.testing.assert_allclose(eval(call, names), stated, atol=6e-6)


def test_no_blank_is_left_to_fill_in(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"^[A-Z]+ OUTPUT$", text, re.MULTILINE)
