"""A module for each loss of the catalogue: `Softmax...Loss` over classes, `Sigmoid...Loss` over labels.

The short name, such as `FocalLoss`, is the softmax one; asymmetric losses exist for a sigmoid only.
"""

from __future__ import annotations

import inspect

from scarce.losses import CATALOG
from scarce.torch.base import LossModule
from scarce.torch.documentation import example, own_parameters
from scarce.torch.settings import signature


def _module(class_name: str, name: str, kind: str) -> type[LossModule]:
    """Return the module of a loss, under the name it is pickled by."""
    about, heading, shared = (inspect.getdoc(LossModule) or "").partition("Parameters\n----------\n")
    parameters = heading + "".join(f"{line}\n" for line in own_parameters(name, kind).splitlines()) + shared
    head = f"{CATALOG[name].summary[0].upper()}{CATALOG[name].summary[1:]}; over a {kind}."
    own = signature(name, kind)
    ranks = inspect.Parameter("ranks", inspect.Parameter.KEYWORD_ONLY, default=None)
    return type(
        class_name,
        (LossModule,),
        {
            "name": name,
            "kind": kind,
            "__module__": __name__,
            "__doc__": f"{head}\n\n{about}{parameters}\n\n{example(class_name, name, kind)}",
            "__signature__": own.replace(parameters=[*own.parameters.values(), ranks]),
        },
    )


SoftmaxCrossEntropyLoss = CrossEntropyLoss = _module("SoftmaxCrossEntropyLoss", "cross_entropy", "softmax")
SigmoidCrossEntropyLoss = _module("SigmoidCrossEntropyLoss", "cross_entropy", "sigmoid")
SoftmaxWeightedCrossEntropyLoss = WeightedCrossEntropyLoss = _module(
    "SoftmaxWeightedCrossEntropyLoss", "weighted_cross_entropy", "softmax"
)
SigmoidWeightedCrossEntropyLoss = _module(
    "SigmoidWeightedCrossEntropyLoss", "weighted_cross_entropy", "sigmoid"
)
SoftmaxFocalLoss = FocalLoss = _module("SoftmaxFocalLoss", "focal", "softmax")
SigmoidFocalLoss = _module("SigmoidFocalLoss", "focal", "sigmoid")
SoftmaxDetachedFocalLoss = DetachedFocalLoss = _module(
    "SoftmaxDetachedFocalLoss", "detached_focal", "softmax"
)
SigmoidDetachedFocalLoss = _module("SigmoidDetachedFocalLoss", "detached_focal", "sigmoid")
SoftmaxClassBalancedLoss = ClassBalancedLoss = _module(
    "SoftmaxClassBalancedLoss", "class_balanced", "softmax"
)
SigmoidClassBalancedLoss = _module("SigmoidClassBalancedLoss", "class_balanced", "sigmoid")
SoftmaxBalancedSoftmaxLoss = BalancedSoftmaxLoss = _module(
    "SoftmaxBalancedSoftmaxLoss", "balanced_softmax", "softmax"
)
SigmoidBalancedSoftmaxLoss = _module("SigmoidBalancedSoftmaxLoss", "balanced_softmax", "sigmoid")
SoftmaxLogitAdjustedLoss = LogitAdjustedLoss = _module(
    "SoftmaxLogitAdjustedLoss", "logit_adjusted", "softmax"
)
SigmoidLogitAdjustedLoss = _module("SigmoidLogitAdjustedLoss", "logit_adjusted", "sigmoid")
SoftmaxVSLoss = VSLoss = _module("SoftmaxVSLoss", "vs_loss", "softmax")
SigmoidVSLoss = _module("SigmoidVSLoss", "vs_loss", "sigmoid")
SoftmaxCDTLoss = CDTLoss = _module("SoftmaxCDTLoss", "cdt", "softmax")
SigmoidCDTLoss = _module("SigmoidCDTLoss", "cdt", "sigmoid")
SoftmaxLDAMLoss = LDAMLoss = _module("SoftmaxLDAMLoss", "ldam", "softmax")
SigmoidLDAMLoss = _module("SigmoidLDAMLoss", "ldam", "sigmoid")
SigmoidAsymmetricLoss = AsymmetricLoss = _module("SigmoidAsymmetricLoss", "asymmetric", "sigmoid")
SigmoidAsymmetricDetachedLoss = AsymmetricDetachedLoss = _module(
    "SigmoidAsymmetricDetachedLoss", "asymmetric_detached", "sigmoid"
)
SoftmaxPolyLoss = PolyLoss = _module("SoftmaxPolyLoss", "poly", "softmax")
SigmoidPolyLoss = _module("SigmoidPolyLoss", "poly", "sigmoid")
SoftmaxPolyFocalLoss = PolyFocalLoss = _module("SoftmaxPolyFocalLoss", "poly_focal", "softmax")
SigmoidPolyFocalLoss = _module("SigmoidPolyFocalLoss", "poly_focal", "sigmoid")
SoftmaxGeneralizedCrossEntropyLoss = GeneralizedCrossEntropyLoss = _module(
    "SoftmaxGeneralizedCrossEntropyLoss", "generalized_cross_entropy", "softmax"
)
SigmoidGeneralizedCrossEntropyLoss = _module(
    "SigmoidGeneralizedCrossEntropyLoss", "generalized_cross_entropy", "sigmoid"
)
SoftmaxBrierLoss = BrierLoss = _module("SoftmaxBrierLoss", "brier", "softmax")
SigmoidBrierLoss = _module("SigmoidBrierLoss", "brier", "sigmoid")
SoftmaxMSELoss = MSELoss = _module("SoftmaxMSELoss", "mse", "softmax")
SigmoidMSELoss = _module("SigmoidMSELoss", "mse", "sigmoid")

__all__ = NAMES = [name for name in globals() if name.endswith("Loss")]
"""Every public name of this module."""
