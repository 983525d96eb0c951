"""The page about a loss of one's own runs, section by section, with its file beside it."""

from __future__ import annotations

import csv
import importlib.util
import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import call

from scarce.errors import CATALOGUE

PAGE = Path(__file__).parents[2] / "docs" / "your-own-loss.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILE = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1]
SECTIONS = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:] if ">>>" in part}
NEEDS = {"PyTorch": ["torch"], "JAX": ["jax"], "Keras": ["keras", "jax"], "LightGBM": ["lightgbm"]}
RUN = "import doctest, sys; sys.exit(doctest.testfile('section.md', module_relative=False).failed)"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mylosses.py").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_of_the_page_runs(folder, name):
    for needed in NEEDS.get(name, []):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    (folder / "section.md").write_text(SECTIONS[name], encoding="utf-8")
    environment = os.environ | {"KERAS_BACKEND": "jax", "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]


def test_the_sections_are_those_that_the_page_is_about():
    assert list(SECTIONS) == ["Is it right?", "NumPy", "PyTorch", "JAX", "Keras", "LightGBM"]


def payments(folder):
    """Write the table of the page's trial."""
    random.seed(0)
    with (folder / "payments.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["amount", "night", "fraud"])
        for _ in range(2_000):
            amount, night = random.gauss(0, 1), random.random() < 0.3
            odds = math.exp(1.5 * amount + night - 4)
            rows.writerow(
                [f"{amount:.2f}", int(night), "yes" if random.random() < odds / (1 + odds) else "no"]
            )


def test_the_trial_of_the_page_prints_what_the_page_says(folder):
    payments(folder)
    command, *lines = re.search(r"```text\n\$ scarce (.*?)```", TEXT, re.DOTALL)[1].splitlines()
    sys.modules.pop("mylosses", None)
    ended = call(*command.split())
    sys.modules.pop("mylosses", None)
    assert ended.code == 0
    assert len(lines) == 3
    assert all(line in ended.out for line in lines), ended.out


def test_the_page_tells_of_every_code_of_an_own_loss():
    told = set(re.findall(r"\bE53\d\b", TEXT))
    assert told == {code for code in CATALOGUE if "E530" <= code <= "E539"}
