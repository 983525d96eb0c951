"""Overlap losses for segmentation: Dice, Jaccard, Tversky, focal Tversky and unified focal.

    loss = DiceLoss(background=0)                      # images on axis 0, classes on axis 1
    loss(logits, target).backward()

They see a class as a whole, however small it is. `CombinedLoss` puts a pointwise loss beside them.
"""

from scarce.torch.overlap.combined import CombinedLoss
from scarce.torch.overlap.overlap_modules import *  # noqa: F403 - the losses, made there from their list
from scarce.torch.overlap.overlap_modules import NAMES as _MODULES
from scarce.torch.overlap.overlap_modules import OverlapModule

__all__ = NAMES = ["CombinedLoss", "OverlapModule", *_MODULES]
