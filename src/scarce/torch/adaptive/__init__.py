"""Losses that remember: what they weigh or focus on follows from the batches or epochs before.

    loss = AdaFocalLoss()
    ...                                                # after each epoch
    loss.update(validation_logits, validation_target)

Memory lies in buffers, so that it is in the ``state_dict`` and moves with ``.to(device)``. Batches are
remembered in training only (``loss.train()``, ``loss.eval()``), and over all ranks under ``ranks="world"``.
"""

from scarce.torch.adaptive.adafocal import AdaFocalLoss
from scarce.torch.adaptive.deferred import DeferredReweighting
from scarce.torch.adaptive.equalized import EqualizedFocalLoss
from scarce.torch.adaptive.focal import AutomatedFocalLoss, FLSD53Loss
from scarce.torch.adaptive.focused import FocusedLoss
from scarce.torch.adaptive.harmonized import GHMCLoss
from scarce.torch.adaptive.seesaw import SeesawLoss

__all__ = [
    "AdaFocalLoss",
    "AutomatedFocalLoss",
    "DeferredReweighting",
    "EqualizedFocalLoss",
    "FLSD53Loss",
    "FocusedLoss",
    "GHMCLoss",
    "SeesawLoss",
]
