"""Machine code on disk belongs to the text it was made from, and to no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
import numpy as np
from scarce.kernels.binary_pass import BinaryPass, row_kernel
from scarce.losses import SigmoidLoss

sys.path.insert(0, sys.argv[1])
modulation = __import__(sys.argv[2]).Mine()
gradient, value = np.empty(4, np.float32), np.empty(4, np.float32)
BinaryPass(SigmoidLoss(modulation)).run(np.zeros(4), np.ones(4, np.float32), value=value, gradient=gradient)
kernel = row_kernel(modulation.formulas, 0, "exact", False)
print(json.dumps([float(value[0]), sum(kernel.stats.cache_hits.values())]))
"""

MODULATION = """
from dataclasses import dataclass

import helpers
from helpers import offset
from scarce.losses.modulation import Formulas, Modulation

FACTOR = {factor}


def twice(xp, x):
    return FACTOR * x


def phi(xp, lp, lq, p, q):
    return twice(xp, p) + offset(xp, q) + helpers.nothing(xp, q)


@dataclass(frozen=True)
class Mine(Modulation):
    formulas = Formulas(phi, phi, phi, phi)
"""

HELPERS = """
def offset(xp, x):
    return xp.where(x > 0.0, {offset}, 1.0)


def nothing(xp, x):
    return {nothing} * x
"""


@pytest.fixture
def run(tmp_path):
    """Return what runs a modulation of a user's files in a process: its loss at p = 1/2, and hits on disk."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run_file(name, factor=1.0, offset=0.25, nothing=0.0):
        (tmp_path / f"{name}.py").write_text(MODULATION.format(factor=factor))
        (tmp_path / "helpers.py").write_text(HELPERS.format(offset=offset, nothing=nothing))
        command = [sys.executable, "-c", SCRIPT, str(tmp_path), name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return tuple(json.loads(done.stdout))

    return run_file


def test_a_second_process_loads_machine_code_and_an_edited_file_is_compiled_anew(run):
    assert run("mine") == (0.75, 0)
    assert run("mine") == (0.75, 1)
    assert run("mine", factor=3.0) == (1.75, 0)  # a constant
    assert run("mine", offset=0.5) == (1.0, 0)  # a function of another file
    assert run("mine", nothing=2.0) == (1.75, 0)  # one that is reached through its module
    assert run("other") == (0.75, 0)  # the same text elsewhere is another's
    assert run("mine") == (0.75, 1)


def test_where_nothing_can_be_kept_the_kernels_still_compile(monkeypatch):
    from numba.core import caching

    from scarce.kernels.cpu_compiler import kernel

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    monkeypatch.setattr(caching.config, "CACHE_LOCATOR_CLASSES", "", raising=False)  # older ones have none
    assert kernel(lambda x: x)(1.0) == 1.0
