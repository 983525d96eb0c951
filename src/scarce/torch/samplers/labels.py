"""The labels that a sampler is given, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from torch import Tensor


def class_indices(given: Any) -> Tensor:
    """Return one class index a row, every class with rows."""
    labels = _tensor(given)
    if labels.dim() != 1 or labels.numel() == 0 or labels.is_floating_point():
        what = f"have shape {tuple(labels.shape)} and type {labels.dtype}"
        raise ScarceError("E581", what=what, suggestion="give one class index a row, as whole numbers")
    labels = labels.to(torch.int64)
    if int(labels.min()) < 0:
        suggestion = "leave such rows out of the dataset"
        raise ScarceError("E581", what=f"hold {int(labels.min())}", suggestion=suggestion)
    counts = torch.bincount(labels)
    for k in (counts == 0).nonzero()[:1].tolist():
        raise ScarceError("E582", k=k[0], n_classes=int((counts > 0).sum()))
    return labels


def memberships(given: Any) -> tuple[bool, Tensor]:
    """Return whether a row may have several classes, and which row has which."""
    labels = _tensor(given)
    if labels.dim() != 2:
        return False, torch.nn.functional.one_hot(class_indices(labels)).to(torch.bool)
    if labels.numel() == 0 or bool(((labels != 0) & (labels != 1)).any()):
        what = f"have shape {tuple(labels.shape)} and other entries than 0 and 1"
        raise ScarceError(
            "E581", what=what, suggestion="give a row of 0 and 1 an example, 1 where it has a class"
        )
    has = labels.to(torch.bool)
    for k in (~has.any(dim=0)).nonzero()[:1].tolist():
        raise ScarceError("E582", k=k[0], n_classes=int(has.any(dim=0).sum()))
    return True, has


def _tensor(given: Any) -> Tensor:
    """Return labels from anything with numbers: a tensor, an array, a column of a table, a list."""
    if isinstance(given, torch.Tensor):
        return given.cpu()
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        what = f"have shape {array.shape} and type {array.dtype}"
        raise ScarceError("E581", what=what, suggestion="give one class index a row, as whole numbers")
    return torch.tensor(array, device="cpu")
