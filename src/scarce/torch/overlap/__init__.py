"""Overlap losses for segmentation: Dice, Jaccard, Tversky, focal Tversky and unified focal.

    loss = DiceLoss(background=0)                      # images on axis 0, classes on axis 1
    loss(logits, target).backward()

They see a class as a whole, however small it is. `CombinedLoss` puts a pointwise loss beside them.
"""

from scarce.torch.overlap.base import OverlapModule
from scarce.torch.overlap.combined import CombinedLoss
from scarce.torch.overlap.modules import *  # noqa: F403 - the losses, listed there one by one
from scarce.torch.overlap.modules import NAMES as _MODULES

__all__ = NAMES = ["CombinedLoss", "OverlapModule", *_MODULES]
