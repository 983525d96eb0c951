"""The losses for PyTorch: right gradients, little memory, and `posterior`.

    loss = scarce.torch.FocalLoss(gamma=2.0)           # classes on axis 1; integer, one-hot or soft targets
    loss(logits, target).backward()
    loss.posterior(logits)                             # what the network believes

`SigmoidFocalLoss` is for one logit an example or a label. Every loss of the catalogue has a module of each
kind, and a function in `scarce.torch.functional`.
"""

from scarce.errors import ScarceError

try:
    import torch as _torch  # noqa: F401 - the one question is whether it is there
except ModuleNotFoundError as _missing:
    raise ScarceError("E701", needs="torch", extra="torch") from _missing

from scarce.torch import adaptive, functional, losses, overlap, samplers
from scarce.torch.cuda import fused_on_gpu
from scarce.torch.distributed import class_counts
from scarce.torch.linear import LinearLoss, linear_loss
from scarce.torch.loss_module import LossModule, SigmoidLoss, SoftmaxLoss
from scarce.torch.losses import *  # noqa: F403 - the losses, listed there one by one
from scarce.torch.overlap import *  # noqa: F403 - likewise

__all__ = [
    "LinearLoss",
    "LossModule",
    "SigmoidLoss",
    "SoftmaxLoss",
    "adaptive",
    "class_counts",
    "functional",
    "fused_on_gpu",
    "linear_loss",
    "overlap",
    "samplers",
]
__all__ += losses.__all__ + overlap.__all__
