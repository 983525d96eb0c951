"""What the losses of other libraries are, by the formulas that their documentation states.

The test environment has none of these libraries. Each formula was held once to the library itself, in the
version that docs/switching.md names; `python -m tests.docs.switching` does so again where one is installed.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Loss = Callable[[Tensor, Tensor], Tensor]


def reduced(losses: Tensor, reduction: str) -> Tensor:
    return losses if reduction == "none" else getattr(losses, reduction)()


def along_classes(weights: Tensor, like: Tensor) -> Tensor:
    return weights.reshape(-1, *[1] * (like.dim() - 2))


def one_hot(target: Tensor, n_classes: int) -> Tensor:
    return functional.one_hot(target, n_classes).movedim(-1, 1).float()


def sigmoid_focal(z: Tensor, t: Tensor, alpha: float | None, gamma: float) -> Tensor:
    """Return Lin's loss of every element."""
    p = torch.sigmoid(z)
    missed = 1 - torch.where(t == 1, p, 1 - p)
    losses = functional.binary_cross_entropy_with_logits(z, t, reduction="none") * missed**gamma
    return losses if alpha is None else losses * torch.where(t == 1, alpha, 1 - alpha)


def softmax_focal(z: Tensor, t: Tensor, gamma: float, weight: Tensor | None) -> Tensor:
    """Return one loss a class, which is 0 for all classes but the target's."""
    log_p = z.log_softmax(1)
    losses = -t * (1 - log_p.exp()) ** gamma * log_p
    return losses if weight is None else losses * along_classes(weight, losses)


def overlap(p: Tensor, t: Tensor, axes: tuple[int, ...], fp: float, fn: float, smooth: float) -> Tensor:
    """Return ``1 - (TP + smooth) / (TP + fp FP + fn FN + smooth)`` of every group."""
    hit, wrong, missed = ((a * b).sum(axes) for a, b in ((p, t), (p, 1 - t), (1 - p, t)))
    return 1 - (hit + smooth) / (hit + fp * wrong + fn * missed + smooth)


def torchvision_focal(
    z: Tensor, t: Tensor, alpha: float = 0.25, gamma: float = 2.0, reduction: str = "none"
) -> Tensor:
    return reduced(sigmoid_focal(z, t, None if alpha == -1 else alpha, gamma), reduction)


def kornia_focal(
    alpha: float | None, gamma: float = 2.0, reduction: str = "none", weight: Tensor | None = None
) -> Loss:
    def loss(z: Tensor, target: Tensor) -> Tensor:
        losses = softmax_focal(z, one_hot(target, z.shape[1]), gamma, weight)
        if alpha is not None:
            of_class = torch.full((z.shape[1],), alpha)
            of_class[0] = 1 - alpha
            losses = losses * along_classes(of_class, losses)
        return reduced(losses, reduction)

    return loss


def kornia_binary_focal(alpha: float | None, gamma: float = 2.0, reduction: str = "none") -> Loss:
    return lambda z, t: reduced(sigmoid_focal(z, t, alpha, gamma), reduction)


def kornia_tversky(alpha: float, beta: float, eps: float = 1e-8) -> Loss:
    """Return the mean over images of the mean over the classes that an image has."""

    def loss(z: Tensor, target: Tensor) -> Tensor:
        t = one_hot(target, z.shape[1])
        losses = overlap(z.softmax(1), t, (2, 3), alpha, beta, eps)
        occurs = t.sum((2, 3)) > 0
        return ((losses * occurs).sum(1) / occurs.sum(1)).mean()

    return loss


def kornia_dice(average: str = "micro", eps: float = 1e-8) -> Loss:
    if average == "macro":
        return kornia_tversky(0.5, 0.5, eps)
    return lambda z, target: overlap(
        z.softmax(1), one_hot(target, z.shape[1]), (1, 2, 3), 0.5, 0.5, eps
    ).mean()


def monai_focal(
    gamma: float = 2.0,
    alpha: float | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    use_softmax: bool = False,
) -> Loss:
    if use_softmax:
        return lambda z, t: reduced(softmax_focal(z, t, gamma, weight), reduction)
    return lambda z, t: reduced(sigmoid_focal(z, t, alpha, gamma), reduction)


def monai_probability(z: Tensor, sigmoid: bool, softmax: bool) -> Tensor:
    return z.softmax(1) if softmax else z.sigmoid() if sigmoid else z


def monai_dice(
    include_background: bool = True,
    sigmoid: bool = False,
    softmax: bool = False,
    squared_pred: bool = False,
    jaccard: bool = False,
    batch: bool = False,
    weight: Tensor | None = None,
    smooth: float = 1e-5,
) -> Loss:
    """Return the loss of every class of every image, absent ones too, weighted, and their plain mean."""

    def loss(z: Tensor, t: Tensor) -> Tensor:
        p = monai_probability(z, sigmoid, softmax)
        if not include_background:
            p, t = p[:, 1:], t[:, 1:]
        axes = (0, 2, 3) if batch else (2, 3)
        power = 2 if squared_pred else 1
        hit, mass = (p * t).sum(axes), (p**power + t**power).sum(axes)
        below = 2 * (mass - hit) if jaccard else mass
        losses = 1 - (2 * hit + smooth) / (below + smooth)
        return (losses if weight is None else losses * weight).mean()

    return loss


def monai_tversky(
    softmax: bool = False, sigmoid: bool = False, alpha: float = 0.5, beta: float = 0.5
) -> Loss:
    return lambda z, t: overlap(
        monai_probability(z, sigmoid, softmax), t, (2, 3), alpha, beta, smooth=1e-5
    ).mean()


def monai_dice_ce(lambda_dice: float = 1.0, lambda_ce: float = 1.0, **dice: Any) -> Loss:
    return lambda z, t: lambda_dice * monai_dice(**dice)(z, t) + lambda_ce * functional.cross_entropy(z, t)


def monai_dice_focal(**dice: Any) -> Loss:
    """Return Dice of a softmax, or of sigmoids, beside the focal loss of sigmoids."""
    return lambda z, t: monai_dice(**dice)(z, t) + monai_focal()(z, t)


def smp_inputs(mode: str, z: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    if mode == "multiclass":
        return z.softmax(1), one_hot(target, z.shape[1])
    return z.sigmoid(), target


def smp_tversky(
    mode: str,
    classes: list[int] | None = None,
    smooth: float = 0.0,
    alpha: float = 0.5,
    beta: float = 0.5,
    gamma: float = 1.0,
) -> Loss:
    """Return the mean over all classes, of which those without foreground cost 0, to a power."""

    def loss(z: Tensor, target: Tensor) -> Tensor:
        p, t = smp_inputs(mode, z, target)
        losses = overlap(p, t, (0, 2, 3), alpha, beta, smooth) * (t.sum((0, 2, 3)) > 0)
        return (losses if classes is None else losses[classes]).mean() ** gamma

    return loss


def smp_focal(mode: str, alpha: float | None = None, gamma: float = 2.0) -> Loss:
    """Return the mean of one sigmoid's focal loss a class."""
    return lambda z, target: sigmoid_focal(z, smp_inputs(mode, z, target)[1], alpha, gamma).mean()


def smp_mcc(eps: float = 1e-5) -> Loss:
    """Return ``1 - MCC`` of probabilities, every count larger by eps."""

    def loss(p: Tensor, t: Tensor) -> Tensor:
        tp, fp, fn, tn = ((a * b).sum() + eps for a, b in ((p, t), (p, 1 - t), (1 - p, t), (1 - p, 1 - t)))
        return 1 - (tp * tn - fp * fn) / ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)).sqrt()

    return loss


def smp_soft_bce(smooth_factor: float = 0.0, ignore_index: int = -100) -> Loss:
    """Return the binary cross-entropy, 0 for what is ignored, over the number of all elements."""

    def loss(z: Tensor, t: Tensor) -> Tensor:
        kept = t != ignore_index
        smoothed = t * (1 - smooth_factor) + (1 - t) * smooth_factor
        losses = functional.binary_cross_entropy_with_logits(z, smoothed.where(kept, 0), reduction="none")
        return (losses * kept).mean()

    return loss


def smp_soft_ce(smooth_factor: float) -> Loss:
    return lambda z, target: functional.cross_entropy(z, target, label_smoothing=smooth_factor)


def timm_smoothed(smoothing: float = 0.1) -> Loss:
    return lambda z, target: functional.cross_entropy(z, target, label_smoothing=smoothing)


def timm_soft() -> Loss:
    return functional.cross_entropy


def timm_binary(smoothing: float = 0.1, pos_weight: float = 1.0) -> Loss:
    """Return the binary cross-entropy, of class indices one-hot and smoothed over the classes."""

    def loss(z: Tensor, target: Tensor) -> Tensor:
        n = z.shape[1]
        t = target if target.dim() == 2 else one_hot(target, n) * (1 - smoothing) + smoothing / n
        return functional.binary_cross_entropy_with_logits(z, t, pos_weight=torch.tensor(pos_weight))

    return loss


def timm_asymmetric(
    gamma_neg: float = 4.0,
    gamma_pos: float = 1.0,
    clip: float = 0.05,
    eps: float = 1e-8,
    disable_torch_grad_focal_loss: bool = False,
) -> Loss:
    """Return the sum over labels, the mean over rows; logarithms are of eps at least."""

    def loss(z: Tensor, t: Tensor) -> Tensor:
        p = z.sigmoid()
        right = torch.where(t == 1, p, (1 - p + clip).clamp(max=1))
        factor = (1 - right) ** torch.where(t == 1, gamma_pos, gamma_neg)
        factor = factor.detach() if disable_torch_grad_focal_loss else factor
        return -(factor * right.clamp(min=eps).log()).sum() / len(z)

    return loss


def timm_asymmetric_single(gamma_pos: float = 1.0, eps: float = 0.1) -> Loss:
    assert eps == 0.0, "only what the page replaces is written down"
    return lambda z, target: softmax_focal(z, one_hot(target, z.shape[1]), gamma_pos, None).sum(1).mean()


PEERS = {
    "torchvision": SimpleNamespace(ops=SimpleNamespace(sigmoid_focal_loss=torchvision_focal)),
    "kornia": SimpleNamespace(
        losses=SimpleNamespace(
            FocalLoss=kornia_focal,
            BinaryFocalLossWithLogits=kornia_binary_focal,
            DiceLoss=kornia_dice,
            TverskyLoss=kornia_tversky,
        )
    ),
    "monai": SimpleNamespace(
        losses=SimpleNamespace(
            FocalLoss=monai_focal,
            DiceLoss=monai_dice,
            TverskyLoss=monai_tversky,
            DiceCELoss=monai_dice_ce,
            DiceFocalLoss=monai_dice_focal,
        )
    ),
    "smp": SimpleNamespace(
        losses=SimpleNamespace(
            DiceLoss=smp_tversky,
            JaccardLoss=lambda *given, **settings: smp_tversky(*given, alpha=1.0, beta=1.0, **settings),
            TverskyLoss=smp_tversky,
            FocalLoss=smp_focal,
            MCCLoss=smp_mcc,
            SoftBCEWithLogitsLoss=smp_soft_bce,
            SoftCrossEntropyLoss=smp_soft_ce,
        )
    ),
    "timm": SimpleNamespace(
        loss=SimpleNamespace(
            LabelSmoothingCrossEntropy=timm_smoothed,
            SoftTargetCrossEntropy=timm_soft,
            BinaryCrossEntropy=timm_binary,
            AsymmetricLossMultiLabel=timm_asymmetric,
            AsymmetricLossSingleLabel=timm_asymmetric_single,
        )
    ),
}
"""What the page's lines call, by the name they call it by."""
