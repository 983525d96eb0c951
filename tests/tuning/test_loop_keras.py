"""`scarce.tune` with Keras's ``model.fit``, on the first backend that is there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOP = Path(__file__).with_name("keras_loop.py")
BACKENDS = ("jax", "tensorflow", "torch")


def test_model_fit_is_tuned_on_logits_and_on_probabilities():
    backend = next((one for one in BACKENDS if importlib.util.find_spec(one) is not None), None)
    if (
        backend is None or importlib.util.find_spec("keras") is None
    ):  # imported there only: it takes PyTorch along
        pytest.skip("Keras or a backend is not installed: pip install 'scarce[keras,jax]'")
    quiet = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    run = subprocess.run(
        [sys.executable, str(LOOP)], env=os.environ | quiet, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.split()[-1] == "tuned"
