"""Without a framework the doctests of its face are not collected; its own tests say what is missing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

FACES = ("torch", "jax", "keras")  # each lies in a folder of its framework's name

collect_ignore = [f"src/scarce/{face}" for face in FACES if find_spec(face) is None]
if find_spec("jax") is None:
    collect_ignore += ["src/scarce/arrays/jax_derivatives.py"]
if find_spec("torch") is None:
    collect_ignore += ["src/scarce/arrays/torch_derivatives.py"]
if find_spec("imblearn") is None:
    collect_ignore += ["src/scarce/resampling/imbalanced_learn.py"]
if find_spec("onnx") is None or find_spec("onnxruntime") is None:
    collect_ignore += ["src/scarce/export/onnx"]
if find_spec("triton") is None:
    collect_ignore += [str(path) for path in Path(__file__).parent.glob("src/scarce/kernels/gpu_*.py")]
    collect_ignore += ["tests/kernels/gpu_machine_code.py"]
if find_spec("xgboost") is None:
    collect_ignore += ["src/scarce/boosting/xgboost.py", "src/scarce/learners/xgboost.py"]
if find_spec("catboost") is None:
    collect_ignore += ["src/scarce/learners/catboost.py"]
