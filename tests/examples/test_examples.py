"""Every example trains, and its probabilities have the mean they should."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NEEDS = {
    "plain_pytorch": ["torch"],
    "with_lightning": ["torch", "lightning"],
    "with_hugging_face": ["torch", "transformers", "accelerate"],
    "with_skorch": ["torch", "skorch"],
    "with_keras": ["keras"],
}
BACKENDS = ("jax", "tensorflow", "torch")
# PyTorch deprecated a class that Lightning makes at each loader; nothing of ours can change that.
OF_LIGHTNING = ["-W", "ignore:`isinstance(treespec, LeafSpec)` is deprecated:FutureWarning"]
# Keras's variables turn into arrays in the way NumPy 2 replaced.
OF_KERAS = ["-W", "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"]
SPARED = {"with_lightning": OF_LIGHTNING, "with_keras": OF_KERAS}


def is_installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def shares(line: str, printed: str) -> list[float]:
    """Return the numbers of a line of output."""
    found = re.search(rf"^{line} +([\d. ]+)$", printed, re.MULTILINE)
    assert found, printed
    return [float(number) for number in found[1].split()]


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(NEEDS)


@pytest.mark.parametrize("name", NEEDS)
def test_example_recovers_the_prevalence(name: str, tmp_path: Path) -> None:
    missing = [needed for needed in NEEDS[name] if not is_installed(needed)]
    backend = next(filter(is_installed, BACKENDS), None)
    if missing or backend is None:
        pytest.skip(f"{', '.join(missing) or 'a backend of Keras'} is not installed")
    environment = os.environ | {
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    call = [sys.executable, "-W", "error", *SPARED.get(name, []), str(EXAMPLES / f"{name}.py")]
    run = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    prevalence, recovered = shares("prevalence", run.stdout), shares("mean probability", run.stdout)
    assert recovered == pytest.approx(prevalence, rel=0.35)
    for raw in re.findall(r"^mean s\w+ of logits +([\d.]+)$", run.stdout, re.MULTILINE):
        assert float(raw) > 3 * prevalence[-1]
