"""Other people's losses, from their own files.

A package whose own import needs what is not here (torchvision's wheel is built for CUDA;
segmentation-models-pytorch wants a library of encoders) is entered through the folder of the losses: its
``__init__`` is left out, and every line that is measured is theirs.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


def torchvision() -> ModuleType:
    _enter("torchvision", "torchvision.ops")
    return importlib.import_module("torchvision.ops.focal_loss")


def segmentation_models(module: str = "") -> ModuleType:
    _enter("segmentation_models_pytorch")
    return importlib.import_module(f"segmentation_models_pytorch.losses{module}")


def kornia() -> ModuleType:
    return importlib.import_module("kornia.losses")


def monai() -> ModuleType:
    return importlib.import_module("monai.losses")


def imbalanced_losses() -> ModuleType:
    return importlib.import_module("imbalanced_losses")


def pytorch_focalloss() -> ModuleType:
    return importlib.import_module("torch_focalloss")


def balanced_loss() -> ModuleType:
    return importlib.import_module("balanced_loss.losses")


def _enter(*packages: str) -> None:
    """Register packages by their folders: their modules import, and no ``__init__`` of theirs runs."""
    if packages[0] in sys.modules:
        return
    top = importlib.util.find_spec(packages[0])
    if top is None or top.origin is None:
        raise ModuleNotFoundError(f"No module named {packages[0]!r}")
    root = Path(top.origin).parent.parent
    for package in packages:
        module = ModuleType(package)
        module.__path__ = [str(root.joinpath(*package.split(".")))]
        module.__spec__ = ModuleSpec(package, None, is_package=True)
        sys.modules[package] = module
