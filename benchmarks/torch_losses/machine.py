"""What the figures of the losses were taken with."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata

PACKAGES = (
    "scarce",
    "numpy",
    "numba",
    "torch",
    "torchvision",
    "kornia",
    "segmentation-models-pytorch",
    "monai",
    "imbalanced-losses",
    "pytorch-focalloss",
    "balanced-loss",
    "jax",
    "optax",
    "keras",
    "tensorflow-cpu",
)
PROGRAM = """
import json, torch, numba
print(json.dumps([torch.get_num_threads(), numba.get_num_threads(), torch.cuda.is_available()]))
"""


def print_versions() -> None:
    """Print threads and the version of every package; what is missing is said to be."""
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    torch, numba, gpu = json.loads(run.stdout)
    print(f"threads: PyTorch {torch}, numba {numba}; {'a GPU' if gpu else 'no GPU'}")
    found = {_plain(d.metadata["Name"]): d.version for d in metadata.distributions()}
    named = [f"{name} {found.get(name, 'not installed')}" for name in PACKAGES]
    for start in range(0, len(named), 5):
        print(", ".join(named[start : start + 5]))


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
