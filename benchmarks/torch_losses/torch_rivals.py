"""Ours and other people's losses in PyTorch, each called the way its documentation says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.torch_losses import peers
from benchmarks.torch_losses.inputs import ALPHA, FN, FP, GAMMA
from benchmarks.torch_losses.rivals import Rival

if TYPE_CHECKING:
    from collections.abc import Callable

Prepare = "Callable[[Any], Callable[[], Any]]"


def _copy() -> Prepare:
    def prepare(x: Any) -> Callable[[], Any]:
        import torch

        source = x.logits.detach()
        target = torch.empty_like(source)
        return lambda: target.copy_(source)

    return prepare


def _clone() -> Prepare:
    return lambda x: x.logits.detach().clone


# --- a sigmoid: x.logits and x.target in one shape


def _sigmoid_scarce() -> Prepare:
    from scarce.torch import SigmoidFocalLoss

    loss = SigmoidFocalLoss(gamma=GAMMA, alpha=ALPHA)
    return lambda x: partial(loss, x.logits, x.target)


def _sigmoid_torchvision() -> Prepare:
    loss = partial(peers.torchvision().sigmoid_focal_loss, alpha=ALPHA, gamma=GAMMA, reduction="mean")
    return lambda x: partial(loss, x.logits, x.target)


def _sigmoid_kornia() -> Prepare:
    loss = partial(peers.kornia().binary_focal_loss_with_logits, alpha=ALPHA, gamma=GAMMA, reduction="mean")
    return lambda x: lambda: loss(x.logits[None], x.target[None])


def _sigmoid_segmentation_models() -> Prepare:
    loss = peers.segmentation_models().FocalLoss("binary", alpha=ALPHA, gamma=GAMMA)
    return lambda x: partial(loss, x.logits, x.target)


def _sigmoid_monai() -> Prepare:
    loss = peers.monai().FocalLoss(gamma=GAMMA, alpha=ALPHA)
    return lambda x: lambda: loss(x.logits[None], x.target[None])


def _sigmoid_imbalanced_losses() -> Prepare:
    loss = peers.imbalanced_losses().SigmoidFocalLoss(alpha=ALPHA, gamma=GAMMA, reduction="mean")
    return lambda x: partial(loss, x.logits, x.target)


def _sigmoid_pytorch_focalloss() -> Prepare:
    import torch

    loss = peers.pytorch_focalloss().BinaryFocalLoss(gamma=GAMMA, alpha=torch.tensor(ALPHA / (1 - ALPHA)))
    return lambda x: partial(loss, x.logits, x.target)


def _sigmoid_balanced_loss() -> Prepare:
    focal = peers.balanced_loss().focal_loss

    def prepare(x: Any) -> Callable[[], Any]:
        weight = ALPHA * x.target + (1 - ALPHA) * (1 - x.target)
        return partial(focal, x.logits, x.target, alpha=weight, gamma=GAMMA)

    return prepare


def _binary_cross_entropy() -> Prepare:
    from torch.nn import functional as F  # noqa: N812 - its usual name

    return lambda x: partial(F.binary_cross_entropy_with_logits, x.logits, x.target)


SIGMOID = (
    Rival("scarce", _sigmoid_scarce),
    Rival("torchvision", _sigmoid_torchvision),
    Rival("kornia", _sigmoid_kornia),
    Rival("segmentation-models", _sigmoid_segmentation_models),
    Rival("MONAI", _sigmoid_monai),
    Rival("imbalanced-losses", _sigmoid_imbalanced_losses),
    Rival(
        "pytorch-focalloss",
        _sigmoid_pytorch_focalloss,
        divisor="three quarters",
        note="its alpha weighs positives only: alpha / (1 - alpha), and its mean is 4/3 of the others'",
    ),
    Rival(
        "balanced-loss",
        _sigmoid_balanced_loss,
        divisor="positives",
        note="its weights of the elements are built before the clock starts; it divides by the positives",
    ),
    Rival("binary_cross_entropy_with_logits", _binary_cross_entropy, another=True),
    Rival("a copy into new memory", _clone, copy=True),
    Rival("a copy", _copy, copy=True),
)


# --- a softmax: x.logits, x.labels (or x.one_hot), x.weight or None


def _softmax_scarce() -> Prepare:
    from scarce.torch import FocalLoss

    def prepare(x: Any) -> Callable[[], Any]:
        loss = FocalLoss(gamma=GAMMA, class_weight=x.weight)
        return partial(loss, x.logits, x.labels)

    return prepare


def _softmax_kornia(*, weighted: bool) -> Prepare:
    focal = partial(peers.kornia().focal_loss, alpha=None, gamma=GAMMA, reduction="mean")
    return lambda x: partial(focal, x.logits, x.labels, weight=x.weight if weighted else None)


def _softmax_segmentation_models() -> Prepare:
    focal = peers.segmentation_models("._functional").softmax_focal_loss_with_logits
    return lambda x: partial(focal, x.logits, x.labels, gamma=GAMMA)


def _softmax_monai() -> Prepare:
    focal = partial(peers.monai().FocalLoss, gamma=GAMMA, use_softmax=True)
    return lambda x: partial(focal(weight=x.weight), x.logits, x.one_hot)


def _softmax_imbalanced_losses() -> Prepare:
    focal = partial(peers.imbalanced_losses().SoftmaxFocalLoss, gamma=GAMMA, reduction="mean")
    return lambda x: partial(focal(alpha=x.weight), x.logits, x.labels)


def _softmax_pytorch_focalloss() -> Prepare:
    focal = partial(peers.pytorch_focalloss().MultiClassFocalLoss, gamma=GAMMA)
    return lambda x: partial(focal(alpha=x.weight), x.logits, x.labels)


def _softmax_balanced_loss() -> Prepare:
    loss = peers.balanced_loss().Loss(loss_type="focal_loss", fl_gamma=GAMMA)
    return lambda x: partial(loss, x.logits, x.labels)


def _cross_entropy() -> Prepare:
    from torch.nn import functional as F  # noqa: N812 - its usual name

    return lambda x: partial(F.cross_entropy, x.logits, x.labels, x.weight)


_SIGMOID_A_CLASS = "one sigmoid a class, and no class weights but by effective number"
SOFTMAX = (
    Rival("scarce", _softmax_scarce, divisor="weights"),
    Rival("kornia", partial(_softmax_kornia, weighted=True)),
    Rival("kornia, no weights", partial(_softmax_kornia, weighted=False), weighted=False),
    Rival(
        "segmentation-models",
        _softmax_segmentation_models,
        divisor="rows",
        weighted=False,
        note="its softmax function; its module has one sigmoid a class",
    ),
    Rival("MONAI", _softmax_monai, one_hot=True),
    Rival("imbalanced-losses", _softmax_imbalanced_losses, divisor="rows"),
    Rival("pytorch-focalloss", _softmax_pytorch_focalloss, divisor="weights"),
    Rival("balanced-loss", _softmax_balanced_loss, divisor="rows", weighted=False, note=_SIGMOID_A_CLASS),
    Rival("cross_entropy", _cross_entropy, another=True),
    Rival("a copy into new memory", _clone, copy=True),
    Rival("a copy", _copy, copy=True),
)
UNWEIGHTED = tuple(r for r in SOFTMAX if not r.copy and r.name != "kornia, no weights")
SMALL_SIGMOID = (*(r for r in SIGMOID if not r.copy), Rival("cross_entropy", _cross_entropy, another=True))


# --- overlap: images; x.logits (n, classes, height, width), x.labels (n, height, width)


def _overlap_scarce(name: str, **settings: float) -> Prepare:
    import scarce.torch

    loss = getattr(scarce.torch, name)(**settings)  # classes by softmax, sums over the batch
    return lambda x: partial(loss, x.logits, x.labels)


def _overlap_monai(name: str, **settings: float) -> Prepare:
    loss = getattr(peers.monai(), name)(softmax=True, batch=True, smooth_nr=0.0, smooth_dr=1e-7, **settings)
    return lambda x: partial(loss, x.logits, x.one_hot)


def _overlap_segmentation_models(name: str, **settings: float) -> Prepare:
    loss = getattr(peers.segmentation_models(), name)("multiclass", **settings)
    return lambda x: partial(loss, x.logits, x.labels)


def _overlap_kornia(name: str, **settings: Any) -> Prepare:
    loss = partial(getattr(peers.kornia(), name), **settings)
    return lambda x: partial(loss, x.logits, x.labels)


_AN_IMAGE = "sums over an image, then the mean of the images; the others' over the batch"
DICE = (
    Rival("scarce", partial(_overlap_scarce, "DiceLoss")),
    Rival("MONAI", partial(_overlap_monai, "DiceLoss"), one_hot=True),
    Rival("segmentation-models", partial(_overlap_segmentation_models, "DiceLoss")),
    Rival("kornia", partial(_overlap_kornia, "dice_loss", average="macro"), note=_AN_IMAGE),
    Rival("cross_entropy", _cross_entropy, another=True),
    Rival("a copy", _copy, copy=True),
)
TVERSKY = (
    Rival("scarce", partial(_overlap_scarce, "TverskyLoss", fp_weight=FP, fn_weight=FN)),
    Rival("MONAI", partial(_overlap_monai, "TverskyLoss", alpha=FP, beta=FN), one_hot=True),
    Rival("segmentation-models", partial(_overlap_segmentation_models, "TverskyLoss", alpha=FP, beta=FN)),
    Rival("kornia", partial(_overlap_kornia, "tversky_loss", alpha=FP, beta=FN), note=_AN_IMAGE),
    Rival("cross_entropy", _cross_entropy, another=True),
    Rival("a copy", _copy, copy=True),
)
