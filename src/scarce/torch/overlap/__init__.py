"""Overlap losses for segmentation: Dice, Jaccard, Tversky, focal Tversky and unified focal.

    loss = DiceLoss(background=0)                      # images on axis 0, classes on axis 1
    loss(logits, target).backward()

They see a class as a whole, however small it is. `CombinedLoss` puts a pointwise loss beside them.
"""

from scarce.torch.overlap import overlap_losses
from scarce.torch.overlap.overlap_losses import *  # noqa: F403 - the losses, listed there one by one
from scarce.torch.overlap.overlap_modules import CombinedLoss, OverlapModule

__all__ = ["CombinedLoss", "OverlapModule"]
__all__ += overlap_losses.__all__
