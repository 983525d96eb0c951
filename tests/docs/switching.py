"""Run the lines of docs/switching.md: theirs, ours, and what the page says of the two numbers.

python -m tests.docs.switching Keras      # the lines of one section
python -m tests.docs.switching            # the formulas in place of other libraries against those installed
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from docs.make_blog_plots import blocks

PAGE = Path(__file__).parents[2] / "docs" / "switching.md"
SAME = "the same"
ALONE = {
    "Keras": ["Keras"],
    "optax": ["optax"],
    "LightGBM": ["LightGBM"],
    "XGBoost": ["LightGBM", "XGBoost"],
}
"""The sections with examples of their own, and whose examples they need; the others share the first ones."""


class Pair(NamedTuple):
    """One line of a table: their code, ours, and what is said of the numbers."""

    section: str
    theirs: str
    ours: str
    said: str


def sections() -> dict[str, str]:
    """Return the text of each section by its title; what stands before them has none."""
    parts = re.split(r"^## (.*)\n", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def pairs() -> list[Pair]:
    """Return every line of the tables that replaces another."""
    row = re.compile(r"^\| `([^|]+)` \| `([^|]+)` \| ([^|]+) \|$", re.MULTILINE)
    return [Pair(title, *found) for title, text in sections().items() for found in row.findall(text)]


def formulas(section: str) -> dict[str, Any]:
    """Return what stands in for the libraries that a section's lines call."""
    return {} if section in ALONE else importlib.import_module("tests.docs.peer_formulas").PEERS


def examples(section: str, peers: dict[str, Any]) -> dict[str, Any]:
    """Return what the page's examples define for a section."""
    names = dict(peers)
    for title in ALONE.get(section, [""]):
        for block in blocks(sections()[title]):
            exec(compile(block, f"{PAGE.name}: {title or 'examples'}", "exec"), names)
    return names


def number(code: str, names: dict[str, Any]) -> np.ndarray:
    """Return what a line comes to."""
    result = eval(code, names)
    result = result.detach() if hasattr(result, "detach") else result
    return np.asarray(result, dtype=np.float64)


def check(pair: Pair, names: dict[str, Any]) -> None:
    """Hold both lines to what the page says of them: the same, or two numbers to the digits they have."""
    theirs, ours = number(pair.theirs, names), number(pair.ours, names)
    if pair.said == SAME:
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-7)
        return
    said = [Decimal(word) for word in pair.said.split("; here ")]
    assert len(said) == 2
    assert said[0] != said[1]
    for comes_out, stated in zip((theirs, ours), said, strict=True):
        if stated.is_nan():
            assert np.isnan(comes_out).all()
            continue
        last_digit = 10.0 ** int(stated.as_tuple().exponent)
        np.testing.assert_allclose(comes_out.squeeze(), float(stated), rtol=0.0, atol=0.501 * last_digit)


def run(section: str) -> int:
    """Check a section's lines; return how many there are."""
    names = examples(section, formulas(section))
    own = [pair for pair in pairs() if pair.section == section]
    for pair in own:
        check(pair, names)
    return len(own)


INSTALLED = {"smp": "segmentation_models_pytorch.losses", "monai": "monai.losses", "timm": "timm.loss"}


def hold_to_libraries() -> None:
    """Hold the formulas to the libraries that are installed, and print what they come to."""
    for section in dict.fromkeys(pair.section for pair in pairs()):
        for name, formula in formulas(section).items():
            own = [pair for pair in pairs() if pair.section == section and f"{name}." in pair.theirs]
            module = INSTALLED.get(name, name)
            try:
                importlib.import_module(module)
            except ImportError as missing:
                for pair in own:
                    print(f"{section}: {pair.theirs} is not held to anything: {missing}")
                continue
            library = sys.modules[module.split(".")[0]]
            stated, real = (examples(section, {name: peer}) for peer in (formula, library))
            for pair in own:
                right = number(pair.theirs, real)
                np.testing.assert_allclose(number(pair.theirs, stated), right, rtol=2e-5, atol=1e-12)
                check(pair, real)
                print(f"{section}: {pair.theirs} is {right.mean():.6g}")


def main() -> None:
    """Run one section, or hold the formulas to the libraries."""
    if len(sys.argv) > 1:
        print(f"{run(sys.argv[1])} replacements")
    else:
        hold_to_libraries()


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
