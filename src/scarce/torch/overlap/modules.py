"""A module for each overlap loss: `Softmax...Loss` over classes, `Sigmoid...Loss` over labels.

The short name, such as `DiceLoss`, is the softmax one.
"""

from __future__ import annotations

import inspect

from scarce.torch.overlap.base import INDICES, OverlapModule, RegionLoss, signature
from scarce.torch.overlap.unified import UnifiedFocalModule, unified_signature


def _made(class_name: str, base: type[RegionLoss], name: str, kind: str, first: str) -> type[RegionLoss]:
    expected = signature(name, kind) if name in INDICES else unified_signature(kind)
    ranks = inspect.Parameter("ranks", inspect.Parameter.KEYWORD_ONLY, default=None)
    return type(
        class_name,
        (base,),
        {
            "name": name,
            "kind": kind,
            "expected": expected,
            "__module__": __name__,
            "__doc__": f"{first}; over a {kind}.\n\n{inspect.getdoc(base)}",
            "__signature__": expected.replace(parameters=[*expected.parameters.values(), ranks]),
        },
    )


def _module(class_name: str, name: str, kind: str) -> type[RegionLoss]:
    """Return the module of an overlap loss, under the name it is pickled by."""
    first = (inspect.getdoc(INDICES[name]) or "").split("\n")[0].rstrip(".")
    return _made(class_name, OverlapModule, name, kind, first)


def _unified(class_name: str, kind: str) -> type[RegionLoss]:
    first = "Unified focal loss: a focal loss of the pixels beside a focal Tversky loss of the classes"
    return _made(class_name, UnifiedFocalModule, "unified_focal", kind, first)


SoftmaxDiceLoss = DiceLoss = _module("SoftmaxDiceLoss", "dice", "softmax")
SigmoidDiceLoss = _module("SigmoidDiceLoss", "dice", "sigmoid")
SoftmaxJaccardLoss = JaccardLoss = _module("SoftmaxJaccardLoss", "jaccard", "softmax")
SigmoidJaccardLoss = _module("SigmoidJaccardLoss", "jaccard", "sigmoid")
SoftmaxTverskyLoss = TverskyLoss = _module("SoftmaxTverskyLoss", "tversky", "softmax")
SigmoidTverskyLoss = _module("SigmoidTverskyLoss", "tversky", "sigmoid")
SoftmaxFocalTverskyLoss = FocalTverskyLoss = _module("SoftmaxFocalTverskyLoss", "focal_tversky", "softmax")
SigmoidFocalTverskyLoss = _module("SigmoidFocalTverskyLoss", "focal_tversky", "sigmoid")
SoftmaxMCCLoss = MCCLoss = _module("SoftmaxMCCLoss", "mcc", "softmax")
SigmoidMCCLoss = _module("SigmoidMCCLoss", "mcc", "sigmoid")
SoftmaxUnifiedFocalLoss = UnifiedFocalLoss = _unified("SoftmaxUnifiedFocalLoss", "softmax")
SigmoidUnifiedFocalLoss = _unified("SigmoidUnifiedFocalLoss", "sigmoid")

__all__ = NAMES = [name for name in globals() if name.endswith("Loss") and name != "RegionLoss"]
"""Every public name of this module."""
