"""The public names of the losses are what the catalogue says today, in real signatures and in docstrings."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from scarce.losses import CATALOG
from scarce.losses.overlap_catalog import OVERLAP_LOSSES
from scarce.losses.unified_focal import UnifiedFocal

FILES = (
    "torch/losses.py",
    "torch/functional.py",
    "torch/overlap/overlap_losses.py",
    "jax/functions.py",
    "keras/crossentropies.py",
)


@pytest.mark.parametrize("name", FILES)
def test_written_losses_are_those_of_the_catalogue(name, root, monkeypatch):
    monkeypatch.syspath_prepend(root / "tools")
    import make_losses

    path = root / "src" / "scarce" / name
    assert path.read_text(encoding="utf-8") == make_losses.files()[path], "run: python tools/make_losses.py"


@pytest.mark.parametrize("name", FILES)
def test_every_docstring_has_the_formula_and_every_parameter(name, root):
    tree = ast.parse((root / "src" / "scarce" / name).read_text(encoding="utf-8"))
    indices = (entry.index or UnifiedFocal for entry in OVERLAP_LOSSES.values())
    formulas = [re.search("``(.*?)``", inspect.getdoc(index)).group(1) for index in indices]
    formulas += [entry.formula for entry in CATALOG.values()]
    for thing in (node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)):
        text = " ".join((ast.get_docstring(thing) or "").split())
        assert any(f"``{formula}``" in text for formula in formulas), thing.name
        made = thing if isinstance(thing, ast.FunctionDef) else thing.body[-1]
        for argument in (*made.args.args, *made.args.kwonlyargs):
            assert argument.arg == "self" or argument.arg in text, (thing.name, argument.arg)


def test_every_loss_of_the_catalogue_has_a_formula():
    assert all(entry.formula for entry in CATALOG.values())
