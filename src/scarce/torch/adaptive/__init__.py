"""Losses that remember: what they weigh or focus on follows from the batches or epochs before.

    loss = AdaFocalLoss()
    ...                                                # after each epoch
    loss.update(validation_logits, validation_target)

Memory lies in buffers, so that it is in the ``state_dict`` and moves with ``.to(device)``. Batches are
remembered in training only (``loss.train()``, ``loss.eval()``), and over all ranks under ``ranks="world"``.
"""

from scarce.torch.adaptive.adaptive_loss import AdaptiveLoss
from scarce.torch.adaptive.class_frequency import DeferredReweighting, SeesawLoss
from scarce.torch.adaptive.gradient_balance import EqualizedFocalLoss, GHMCLoss
from scarce.torch.adaptive.sample_difficulty import (
    AdaFocalLoss,
    AutomatedFocalLoss,
    FLSD53Loss,
    FocusedLoss,
    RecordedFocalLoss,
)
from scarce.torch.adaptive.validated_focal import SigmoidValidatedFocalLoss, ValidatedFocalLoss

__all__ = [
    "AdaFocalLoss",
    "AdaptiveLoss",
    "AutomatedFocalLoss",
    "DeferredReweighting",
    "EqualizedFocalLoss",
    "FLSD53Loss",
    "FocusedLoss",
    "GHMCLoss",
    "RecordedFocalLoss",
    "SeesawLoss",
    "SigmoidValidatedFocalLoss",
    "ValidatedFocalLoss",
]
