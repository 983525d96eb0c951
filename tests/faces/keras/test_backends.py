"""Every backend of Keras runs `on_backend.py`, `derivatives.py` and `edges.py`, in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Keras's variables turn into arrays in the way NumPy 2 replaced; nothing of ours can change that.
OF_KERAS = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
EXTRAS = {"tensorflow": "keras,tensorflow", "jax": "keras,jax", "torch": "keras,torch"}


@pytest.mark.parametrize("backend", EXTRAS)
def test_keras_on(backend, root):
    for needed in ("keras", backend):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed: pip install 'scarce[{EXTRAS[backend]}]'")
    plugins = [part for name in ("xdist", "cacheprovider", "randomly") for part in ("-p", f"no:{name}")]
    call = ["-m", "pytest", "-q", *plugins, "-W", OF_KERAS]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    of_jax = {
        "JAX_ENABLE_X64": "1",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    }  # it compiles far longer than it runs
    environment = os.environ | quiet | of_jax | {"KERAS_BACKEND": backend}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    run = subprocess.run(
        [
            sys.executable,
            *call,
            *(str(HERE / f"{name}.py") for name in ("on_backend", "derivatives", "edges")),
        ],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert " passed" in run.stdout
    assert "skipped" not in run.stdout


PROGRAM = """
import sys
for name in {missing!r}:
    sys.modules[name] = None
from scarce.errors import ScarceError
try:
    import scarce.keras
except ScarceError as error:
    print(error.two_lines())
"""


@pytest.mark.parametrize(
    ("missing", "backend", "lines"),
    [
        (["keras"], "jax", "error[E701]: Keras is not installed\nhint: pip install 'scarce[keras]'\n"),
        (
            ["tensorflow"],
            "tensorflow",
            "error[E701]: tensorflow, the backend that Keras is set to, is not installed\n"
            "hint: pip install 'scarce[tensorflow]'\n",
        ),
    ],
    ids=["keras", "backend"],
)
def test_what_is_missing_is_named(missing, backend, lines):
    if "keras" not in missing and importlib.util.find_spec("keras") is None:
        pytest.skip("keras is not installed: pip install 'scarce[keras]'")
    program = PROGRAM.format(missing=missing)
    environment = os.environ | {"KERAS_BACKEND": backend}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == lines
