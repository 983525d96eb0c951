"""The page's one-line replacements run in every framework that is installed, and give NumPy's numbers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NEEDS: dict[str, list[str]] = {
    "NumPy": [],
    "LightGBM": ["lightgbm"],
    "PyTorch": ["torch"],
    "JAX": ["jax"],
    "Keras": ["keras"],
}
BACKENDS = ("jax", "torch", "tensorflow")


def is_installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


@pytest.mark.parametrize("framework", NEEDS)
def test_replacements_give_the_numbers_of_numpy(framework: str, root: Path) -> None:
    missing = [name for name in NEEDS[framework] if not is_installed(name)]
    backend = next(filter(is_installed, BACKENDS), None)
    if missing or (framework == "Keras" and backend is None):
        pytest.skip(f"{framework} is not installed")
    call = [sys.executable, "-m", "tests.docs.replacements", framework]
    environment = os.environ | {"KERAS_BACKEND": str(backend), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(call, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.endswith("11 replacements\n")
