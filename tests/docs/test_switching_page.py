"""Every line on the page about switching runs, and gives the number that the page says."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.docs.switching import ALONE, PAGE, SAME, Pair, check, examples, formulas, pairs, sections
from tests.docs.test_blog_replacements import BACKENDS, is_installed

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = pairs()
IN_PROCESS = [pair for pair in PAIRS if pair.section != "Keras"]
NEEDS = {
    "Keras": ["keras"],
    "optax": ["jax", "optax"],
    "LightGBM": ["lightgbm"],
    "XGBoost": ["lightgbm", "xgboost"],
}


@functools.cache
def names_of(section: str) -> dict[str, Any]:
    """Return a section's examples, made once."""
    return examples(section, formulas(section))


@pytest.mark.parametrize("pair", IN_PROCESS, ids=lambda pair: f"{pair.section}: {pair.theirs}")
def test_a_replacement_gives_the_number_that_the_page_says(pair: Pair) -> None:
    for name in NEEDS.get(pair.section, ["torch"]):
        pytest.importorskip(name)
    check(pair, names_of(pair.section if pair.section in ALONE else ""))


def test_the_replacements_for_keras_give_the_numbers_that_the_page_says(root: Path) -> None:
    backend = next(filter(is_installed, BACKENDS), None)
    if not is_installed("keras") or backend is None:
        pytest.skip("Keras is not installed")
    call = [sys.executable, "-m", "tests.docs.switching", "Keras"]
    environment = os.environ | {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    run = subprocess.run(call, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout == f"{len(PAIRS) - len(IN_PROCESS)} replacements\n"


def test_a_third_argument_by_position_is_refused() -> None:
    torch = pytest.importorskip("torch")
    losses = pytest.importorskip("scarce.torch")
    z, y, w = torch.zeros(3, 3), torch.arange(3), torch.tensor([1.0, 2.0, 3.0])
    for loss, target in ((losses.CrossEntropyLoss(), y), (losses.SigmoidCrossEntropyLoss(), torch.eye(3))):
        with pytest.raises(TypeError):
            loss(z, target, w)


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        ("[1.0]", "[1.001]", SAME),
        ("[1.0]", "1.0", SAME),
        ("1.0", "2.0", "1.0; here 2.1"),
        ("1.0", "2.0", "nan; here 2.0"),
        ("1.0", "1.0", "1.0; here 1.0"),
    ],
)
def test_a_wrong_statement_is_found(theirs: str, ours: str, said: str) -> None:
    with pytest.raises(AssertionError):
        check(Pair("", theirs, ours, said), {})


def test_every_row_of_a_table_of_replacements_is_checked() -> None:
    for title, text in sections().items():
        rows = [line for line in text.splitlines() if line.startswith("| `")]
        assert len(rows) == sum(pair.section == title for pair in PAIRS)


def test_no_number_is_claimed_outside_the_tables() -> None:
    code_and_tables = re.compile(r"```.*?```|^\|.*?\|$|`[^`]*`", re.DOTALL | re.MULTILINE)
    text = code_and_tables.sub(" ", PAGE.read_text(encoding="utf-8"))
    assert re.findall(r"\S*\d?\.\d+\S*|\d[\d.,]* ?%|\d+e-?\d+", text) == []


def test_the_libraries_are_those_that_the_benchmarks_install(root: Path) -> None:
    named = dict(re.findall(r"`([a-z-]+) (\d[\d.]+)`", PAGE.read_text(encoding="utf-8")))
    peers = (root / "benchmarks" / "peers.txt").read_text(encoding="utf-8")
    measured = dict(re.findall(r"^([a-z-]+)==(.+)$", peers, re.MULTILINE))
    both = named.keys() & measured.keys()
    assert len(both) == 4
    assert {name: named[name] for name in both} == {name: measured[name] for name in both}
