"""Machine code on disk belongs to the text it was made from, and to no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest

SCRIPT = """
import importlib.util, json, sys
import numpy as np
from scarce.kernels import cpu
from scarce.losses import get

spec = importlib.util.spec_from_file_location("words", sys.argv[1])
words = importlib.util.module_from_spec(spec)
sys.modules["words"] = words
spec.loader.exec_module(words)
cpu.VOCABULARY = {**cpu.VOCABULARY, "log1p": words.log1p}
loss = get("cross_entropy")
gradient, value = np.empty(4, np.float32), np.empty(4, np.float32)
passes = cpu.BinaryPass(loss)
passes.run(np.zeros(4), np.ones(4, np.float32), value=value, gradient=gradient)
loop = cpu._hard_loop(loss.modulation.formulas, 0, "exact")
print(json.dumps([float(value[0]), sum(loop.stats.cache_hits.values())]))
"""

WORDS = """
from numpy import float32
from scarce.kernels.vocabulary import word

@word
def log1p(x):
    return float32({number}) * x
"""


@pytest.fixture
def run(tmp_path):
    """Return what runs one vocabulary in a process of its own and tells the loss and the hits on disk."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def run_words(name, number):
        words = tmp_path / f"{name}.py"
        words.write_text(WORDS.format(number=number))
        command = [sys.executable, str(script), str(words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        value, hits = json.loads(done.stdout)
        return round(value, 6), hits

    return run_words


def test_two_vocabularies_and_an_edited_one_never_share_machine_code(run):
    assert run("first", 0.5) == (0.5, 0)
    assert run("second", 0.25) == (0.25, 0)
    assert run("first", 0.5) == (0.5, 1)
    assert run("first", 0.75) == (0.75, 0)


def test_where_nothing_can_be_kept_the_kernels_still_compile(monkeypatch):
    from numba.core import caching

    from scarce.kernels import cpu, rows

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    monkeypatch.setattr(caching.config, "CACHE_LOCATOR_CLASSES", "", raising=False)  # older ones have none
    assert cpu._with(rows.every_row, {"rows": rows.total}, cache=True) is not None
