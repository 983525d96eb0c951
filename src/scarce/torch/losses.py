# Written by tools/make_losses.py: do not edit.
"""A module for each loss of the catalogue: `Softmax...Loss` and `Sigmoid...Loss`.

The short name, such as `FocalLoss`, is the softmax one; asymmetric losses exist for a sigmoid only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.torch.loss_module import LossModule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Never

    from numpy.typing import ArrayLike

    from scarce.losses.adjustment import LogitScale, LogitShift
    from scarce.losses.loss import Reduction
    from scarce.losses.weighting import ClassWeight
    from scarce.torch.distributed import Ranks


class SoftmaxCrossEntropyLoss(LossModule):
    """Cross entropy loss over a softmax.

    Log-loss: the plain one. ``-log p_y`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxCrossEntropyLoss
    >>> loss = SoftmaxCrossEntropyLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "cross_entropy"
    kind = "softmax"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidCrossEntropyLoss(LossModule):
    """Cross entropy loss over a sigmoid.

    Log-loss: the plain one. ``-log p_y`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidCrossEntropyLoss
    >>> loss = SigmoidCrossEntropyLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "cross_entropy"
    kind = "sigmoid"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxWeightedCrossEntropyLoss(LossModule):
    """Weighted cross entropy loss over a softmax.

    Log-loss with class weights, balanced. ``-w_y log p_y``, where p_y is the softmax of the target's
    class; of a soft target the expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxWeightedCrossEntropyLoss
    >>> loss = SoftmaxWeightedCrossEntropyLoss(class_counts=[80, 15, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "weighted_cross_entropy"
    kind = "softmax"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = "balanced",
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidWeightedCrossEntropyLoss(LossModule):
    """Weighted cross entropy loss over a sigmoid.

    Log-loss with class weights, balanced. ``-w_y log p_y``, where p = sigmoid(z) and p_y is p where
    the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidWeightedCrossEntropyLoss
    >>> loss = SigmoidWeightedCrossEntropyLoss(class_counts=[95, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "weighted_cross_entropy"
    kind = "sigmoid"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = "balanced",
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxFocalLoss(LossModule):
    """Focal loss over a softmax.

    Easy examples count less (Lin et al. 2017). ``-(1 - p_y)^gamma log p_y`` times the class weight,
    where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxFocalLoss
    >>> loss = SoftmaxFocalLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "focal"
    kind = "softmax"

    def __init__(
        self,
        gamma: float = 2.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma=gamma,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidFocalLoss(LossModule):
    """Focal loss over a sigmoid.

    Easy examples count less (Lin et al. 2017). ``-(1 - p_y)^gamma log p_y`` times the class weight,
    where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft target
    the expectation.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidFocalLoss
    >>> loss = SigmoidFocalLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "focal"
    kind = "sigmoid"

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | None = None,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma=gamma,
            alpha=alpha,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxDetachedFocalLoss(LossModule):
    """Detached focal loss over a softmax.

    Focal with its weight held constant; convex. ``Integral over u from p_y to 1 of (1 - u)^gamma /
    u`` times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxDetachedFocalLoss
    >>> loss = SoftmaxDetachedFocalLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "detached_focal"
    kind = "softmax"

    def __init__(
        self,
        gamma: float = 2.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma=gamma,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidDetachedFocalLoss(LossModule):
    """Detached focal loss over a sigmoid.

    Focal with its weight held constant; convex. ``Integral over u from p_y to 1 of (1 - u)^gamma /
    u`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p
    where it is 0; of a soft target the expectation.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidDetachedFocalLoss
    >>> loss = SigmoidDetachedFocalLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "detached_focal"
    kind = "sigmoid"

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | None = None,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma=gamma,
            alpha=alpha,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxClassBalancedLoss(LossModule):
    """Class balanced loss over a softmax.

    Weights by effective number (Cui et al. 2019). ``-(1 - beta) / (1 - beta^n_y) (1 - p_y)^gamma log
    p_y``, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    beta : float, default 0.9999
        In [0, 1): 0 gives equal weights, towards 1 they become those of balanced classes.
    gamma : float, default 0.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    normalize : str, default "rows"
        Named weights keep the number of rows ("rows"), or sum to that of classes ("classes").
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxClassBalancedLoss
    >>> loss = SoftmaxClassBalancedLoss(class_counts=[80, 15, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "class_balanced"
    kind = "softmax"

    def __init__(
        self,
        beta: float = 0.9999,
        gamma: float = 0.0,
        normalize: str = "rows",
        *,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            beta=beta,
            gamma=gamma,
            normalize=normalize,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidClassBalancedLoss(LossModule):
    """Class balanced loss over a sigmoid.

    Weights by effective number (Cui et al. 2019). ``-(1 - beta) / (1 - beta^n_y) (1 - p_y)^gamma log
    p_y``, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft
    target the expectation.

    Parameters
    ----------
    beta : float, default 0.9999
        In [0, 1): 0 gives equal weights, towards 1 they become those of balanced classes.
    gamma : float, default 0.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    normalize : str, default "rows"
        Named weights keep the number of rows ("rows"), or sum to that of classes ("classes").
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidClassBalancedLoss
    >>> loss = SigmoidClassBalancedLoss(class_counts=[95, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "class_balanced"
    kind = "sigmoid"

    def __init__(
        self,
        beta: float = 0.9999,
        gamma: float = 0.0,
        normalize: str = "rows",
        *,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            beta=beta,
            gamma=gamma,
            normalize=normalize,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxBalancedSoftmaxLoss(LossModule):
    """Balanced softmax loss over a softmax.

    Logits shifted by the log prior (Ren et al. 2020). ``-log p_y of the logits z_k + log prior_k``
    times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxBalancedSoftmaxLoss
    >>> loss = SoftmaxBalancedSoftmaxLoss(class_counts=[80, 15, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "balanced_softmax"
    kind = "softmax"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidBalancedSoftmaxLoss(LossModule):
    """Balanced softmax loss over a sigmoid.

    Logits shifted by the log prior (Ren et al. 2020). ``-log p_y of the logits z_k + log prior_k``
    times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it
    is 0; of a soft target the expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidBalancedSoftmaxLoss
    >>> loss = SigmoidBalancedSoftmaxLoss(class_counts=[95, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "balanced_softmax"
    kind = "sigmoid"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxLogitAdjustedLoss(LossModule):
    """Logit adjusted loss over a softmax.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p_y is the softmax of the target's class; of a soft target
    the expectation.

    Parameters
    ----------
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxLogitAdjustedLoss
    >>> loss = SoftmaxLogitAdjustedLoss(class_counts=[80, 15, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "logit_adjusted"
    kind = "softmax"

    def __init__(
        self,
        tau: float = 1.0,
        *,
        class_weight: ClassWeight = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            tau=tau,
            class_weight=class_weight,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidLogitAdjustedLoss(LossModule):
    """Logit adjusted loss over a sigmoid.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 -
    p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidLogitAdjustedLoss
    >>> loss = SigmoidLogitAdjustedLoss(class_counts=[95, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "logit_adjusted"
    kind = "sigmoid"

    def __init__(
        self,
        tau: float = 1.0,
        *,
        class_weight: ClassWeight = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            tau=tau,
            class_weight=class_weight,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxVSLoss(LossModule):
    """VS loss over a softmax.

    Logits shifted and scaled by counts (Kini et al. 2021). ``-log p_y of the logits (n_k /
    n_max)^gamma z_k + tau log prior_k`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxVSLoss
    >>> loss = SoftmaxVSLoss(class_counts=[80, 15, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "vs_loss"
    kind = "softmax"

    def __init__(
        self,
        tau: float = 1.0,
        gamma: float = 0.15,
        *,
        class_weight: ClassWeight = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            tau=tau,
            gamma=gamma,
            class_weight=class_weight,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidVSLoss(LossModule):
    """VS loss over a sigmoid.

    Logits shifted and scaled by counts (Kini et al. 2021). ``-log p_y of the logits (n_k /
    n_max)^gamma z_k + tau log prior_k`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidVSLoss
    >>> loss = SigmoidVSLoss(class_counts=[95, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "vs_loss"
    kind = "sigmoid"

    def __init__(
        self,
        tau: float = 1.0,
        gamma: float = 0.15,
        *,
        class_weight: ClassWeight = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            tau=tau,
            gamma=gamma,
            class_weight=class_weight,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxCDTLoss(LossModule):
    """CDT loss over a softmax.

    Logits scaled by counts (Ye et al. 2020). ``-log p_y of the logits (n_k / n_max)^gamma z_k`` times
    the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxCDTLoss
    >>> loss = SoftmaxCDTLoss(class_counts=[80, 15, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "cdt"
    kind = "softmax"

    def __init__(
        self,
        gamma: float = 0.15,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma=gamma,
            class_weight=class_weight,
            logit_shift=logit_shift,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidCDTLoss(LossModule):
    """CDT loss over a sigmoid.

    Logits scaled by counts (Ye et al. 2020). ``-log p_y of the logits (n_k / n_max)^gamma z_k`` times
    the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0;
    of a soft target the expectation.

    Parameters
    ----------
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidCDTLoss
    >>> loss = SigmoidCDTLoss(class_counts=[95, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "cdt"
    kind = "sigmoid"

    def __init__(
        self,
        gamma: float = 0.15,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma=gamma,
            class_weight=class_weight,
            logit_shift=logit_shift,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxLDAMLoss(LossModule):
    """LDAM loss over a softmax.

    A margin per class, larger for rarer ones (Cao et al. 2019). ``-log p_y of scale (z_y - max_margin
    (n_min / n_y)^(1/4)) and scale z_k`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    max_margin : float, default 0.5
        Above 0; the margin of the rarest class.
    scale : float, default 30.0
        Above 0; what the logits are multiplied by.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxLDAMLoss
    >>> loss = SoftmaxLDAMLoss(scale=4.0, class_counts=[80, 15, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "ldam"
    kind = "softmax"

    def __init__(
        self,
        max_margin: float = 0.5,
        scale: float = 30.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            max_margin=max_margin,
            scale=scale,
            class_weight=class_weight,
            logit_shift=logit_shift,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidLDAMLoss(LossModule):
    """LDAM loss over a sigmoid.

    A margin per class, larger for rarer ones (Cao et al. 2019). ``-log p_y of scale (z_y - max_margin
    (n_min / n_y)^(1/4)) and scale z_k`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    max_margin : float, default 0.5
        Above 0; the margin of the rarest class.
    scale : float, default 30.0
        Above 0; what the logits are multiplied by.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidLDAMLoss
    >>> loss = SigmoidLDAMLoss(scale=4.0, class_counts=[95, 5])
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "ldam"
    kind = "sigmoid"

    def __init__(
        self,
        max_margin: float = 0.5,
        scale: float = 30.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            max_margin=max_margin,
            scale=scale,
            class_weight=class_weight,
            logit_shift=logit_shift,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidAsymmetricLoss(LossModule):
    """Asymmetric loss over a sigmoid.

    Focal by side, easy negatives cut (Ridnik et al. 2021). ``-(1 - p)^gamma_positive log p or, at r =
    max(p - clip, 0), -r^gamma_negative log(1 - r)`` times the class weight, where p = sigmoid(z) and
    p_y is p where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    gamma_negative : float, default 4.0
        At least 0; how much easy negatives are discounted.
    gamma_positive : float, default 1.0
        At least 0; how much easy positives are discounted.
    clip : float, default 0.05
        In [0, 1); negatives whose probability is below it count for nothing.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidAsymmetricLoss
    >>> loss = SigmoidAsymmetricLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "asymmetric"
    kind = "sigmoid"

    def __init__(
        self,
        gamma_negative: float = 4.0,
        gamma_positive: float = 1.0,
        clip: float = 0.05,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma_negative=gamma_negative,
            gamma_positive=gamma_positive,
            clip=clip,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidAsymmetricDetachedLoss(LossModule):
    """Asymmetric detached loss over a sigmoid.

    Asymmetric with its weights held constant. ``Potential of the slope of asymmetric when either
    power is held constant`` times the class weight, where p = sigmoid(z) and p_y is p where the
    target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    gamma_negative : float, default 4.0
        At least 0; how much easy negatives are discounted.
    gamma_positive : float, default 1.0
        At least 0; how much easy positives are discounted.
    clip : float, default 0.05
        In [0, 1); negatives whose probability is below it count for nothing.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidAsymmetricDetachedLoss
    >>> loss = SigmoidAsymmetricDetachedLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "asymmetric_detached"
    kind = "sigmoid"

    def __init__(
        self,
        gamma_negative: float = 4.0,
        gamma_positive: float = 1.0,
        clip: float = 0.05,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma_negative=gamma_negative,
            gamma_positive=gamma_positive,
            clip=clip,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxPolyLoss(LossModule):
    """Poly loss over a softmax.

    Log-loss plus epsilon (1-p) (Leng et al. 2022). ``-log p_y + epsilon (1 - p_y)`` times the class
    weight, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxPolyLoss
    >>> loss = SoftmaxPolyLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "poly"
    kind = "softmax"

    def __init__(
        self,
        epsilon: float = 1.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            epsilon=epsilon,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidPolyLoss(LossModule):
    """Poly loss over a sigmoid.

    Log-loss plus epsilon (1-p) (Leng et al. 2022). ``-log p_y + epsilon (1 - p_y)`` times the class
    weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft
    target the expectation.

    Parameters
    ----------
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidPolyLoss
    >>> loss = SigmoidPolyLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "poly"
    kind = "sigmoid"

    def __init__(
        self,
        epsilon: float = 1.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            epsilon=epsilon,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxPolyFocalLoss(LossModule):
    """Poly focal loss over a softmax.

    Focal plus epsilon (1-p)^(gamma+1) (Leng et al. 2022). ``-(1 - p_y)^gamma log p_y + epsilon (1 -
    p_y)^(gamma + 1)`` times the class weight, where p_y is the softmax of the target's class; of a
    soft target the expectation.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxPolyFocalLoss
    >>> loss = SoftmaxPolyFocalLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "poly_focal"
    kind = "softmax"

    def __init__(
        self,
        gamma: float = 2.0,
        epsilon: float = 1.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma=gamma,
            epsilon=epsilon,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidPolyFocalLoss(LossModule):
    """Poly focal loss over a sigmoid.

    Focal plus epsilon (1-p)^(gamma+1) (Leng et al. 2022). ``-(1 - p_y)^gamma log p_y + epsilon (1 -
    p_y)^(gamma + 1)`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1
    and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidPolyFocalLoss
    >>> loss = SigmoidPolyFocalLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "poly_focal"
    kind = "sigmoid"

    def __init__(
        self,
        gamma: float = 2.0,
        epsilon: float = 1.0,
        alpha: float | None = None,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            gamma=gamma,
            epsilon=epsilon,
            alpha=alpha,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxGeneralizedCrossEntropyLoss(LossModule):
    """Generalized cross entropy loss over a softmax.

    Between log-loss and 1-p, for noisy labels (Zhang and Sabuncu 2018). ``(1 - p_y^q) / q`` times the
    class weight, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    q : float, default 0.7
        In (0, 1]; towards 0 it is log-loss, and at 1 it is 1 - p and has no posterior.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxGeneralizedCrossEntropyLoss
    >>> loss = SoftmaxGeneralizedCrossEntropyLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "generalized_cross_entropy"
    kind = "softmax"

    def __init__(
        self,
        q: float = 0.7,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            q=q,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidGeneralizedCrossEntropyLoss(LossModule):
    """Generalized cross entropy loss over a sigmoid.

    Between log-loss and 1-p, for noisy labels (Zhang and Sabuncu 2018). ``(1 - p_y^q) / q`` times the
    class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of
    a soft target the expectation.

    Parameters
    ----------
    q : float, default 0.7
        In (0, 1]; towards 0 it is log-loss, and at 1 it is 1 - p and has no posterior.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidGeneralizedCrossEntropyLoss
    >>> loss = SigmoidGeneralizedCrossEntropyLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "generalized_cross_entropy"
    kind = "sigmoid"

    def __init__(
        self,
        q: float = 0.7,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            q=q,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxBrierLoss(LossModule):
    """Brier loss over a softmax.

    Squared error of the probability (Brier 1950). ``(1 - p_y)^2 or, over a softmax, the sum over k of
    (p_k - [k = y])^2`` times the class weight, where p_y is the softmax of the target's class; of a
    soft target the expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxBrierLoss
    >>> loss = SoftmaxBrierLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "brier"
    kind = "softmax"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidBrierLoss(LossModule):
    """Brier loss over a sigmoid.

    Squared error of the probability (Brier 1950). ``(1 - p_y)^2 or, over a softmax, the sum over k of
    (p_k - [k = y])^2`` times the class weight, where p = sigmoid(z) and p_y is p where the target is
    1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidBrierLoss
    >>> loss = SigmoidBrierLoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "brier"
    kind = "sigmoid"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SoftmaxMSELoss(LossModule):
    """MSE loss over a softmax.

    Another name of brier. ``(1 - p_y)^2 or, over a softmax, the sum over k of (p_k - [k = y])^2``
    times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, default -100
        Targets of this value count for nothing.
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    background : int, default 0
        The class that "mean_positive" does not count.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weight times class weight, "mean_positive" by that over what
        is not ``background``, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxMSELoss
    >>> loss = SoftmaxMSELoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape
    torch.Size([])
    >>> [round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]
    [0.8, 0.15, 0.05]
    """

    name = "mse"
    kind = "softmax"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = -100,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        background: int = 0,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            background=background,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


class SigmoidMSELoss(LossModule):
    """MSE loss over a sigmoid.

    Another name of brier. ``(1 - p_y)^2 or, over a softmax, the sum over k of (p_k - [k = y])^2``
    times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it
    is 0; of a soft target the expectation.

    Parameters
    ----------
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_shift : float or array, optional
        Added to the logits, after the scale.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    ignore_index : int, optional
        Targets of this value count for nothing.
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        "mean" divides by the sum of sample weights, "mean_positive" by that of the positives, at least 1.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidMSELoss
    >>> loss = SigmoidMSELoss()
    >>> loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape
    torch.Size([])
    >>> round(loss.posterior(loss.base_score(0.05)).item(), 3)
    0.05
    """

    name = "mse"
    kind = "sigmoid"

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        reduction: Reduction = "mean",
        ranks: Ranks = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            class_counts=class_counts,
            classes=classes,
            reduction=reduction,
            ranks=ranks,
            **unknown,
        )


CrossEntropyLoss = SoftmaxCrossEntropyLoss
WeightedCrossEntropyLoss = SoftmaxWeightedCrossEntropyLoss
FocalLoss = SoftmaxFocalLoss
DetachedFocalLoss = SoftmaxDetachedFocalLoss
ClassBalancedLoss = SoftmaxClassBalancedLoss
BalancedSoftmaxLoss = SoftmaxBalancedSoftmaxLoss
LogitAdjustedLoss = SoftmaxLogitAdjustedLoss
VSLoss = SoftmaxVSLoss
CDTLoss = SoftmaxCDTLoss
LDAMLoss = SoftmaxLDAMLoss
AsymmetricLoss = SigmoidAsymmetricLoss
AsymmetricDetachedLoss = SigmoidAsymmetricDetachedLoss
PolyLoss = SoftmaxPolyLoss
PolyFocalLoss = SoftmaxPolyFocalLoss
GeneralizedCrossEntropyLoss = SoftmaxGeneralizedCrossEntropyLoss
BrierLoss = SoftmaxBrierLoss
MSELoss = SoftmaxMSELoss


__all__ = [
    "AsymmetricDetachedLoss",
    "AsymmetricLoss",
    "BalancedSoftmaxLoss",
    "BrierLoss",
    "CDTLoss",
    "ClassBalancedLoss",
    "CrossEntropyLoss",
    "DetachedFocalLoss",
    "FocalLoss",
    "GeneralizedCrossEntropyLoss",
    "LDAMLoss",
    "LogitAdjustedLoss",
    "MSELoss",
    "PolyFocalLoss",
    "PolyLoss",
    "SigmoidAsymmetricDetachedLoss",
    "SigmoidAsymmetricLoss",
    "SigmoidBalancedSoftmaxLoss",
    "SigmoidBrierLoss",
    "SigmoidCDTLoss",
    "SigmoidClassBalancedLoss",
    "SigmoidCrossEntropyLoss",
    "SigmoidDetachedFocalLoss",
    "SigmoidFocalLoss",
    "SigmoidGeneralizedCrossEntropyLoss",
    "SigmoidLDAMLoss",
    "SigmoidLogitAdjustedLoss",
    "SigmoidMSELoss",
    "SigmoidPolyFocalLoss",
    "SigmoidPolyLoss",
    "SigmoidVSLoss",
    "SigmoidWeightedCrossEntropyLoss",
    "SoftmaxBalancedSoftmaxLoss",
    "SoftmaxBrierLoss",
    "SoftmaxCDTLoss",
    "SoftmaxClassBalancedLoss",
    "SoftmaxCrossEntropyLoss",
    "SoftmaxDetachedFocalLoss",
    "SoftmaxFocalLoss",
    "SoftmaxGeneralizedCrossEntropyLoss",
    "SoftmaxLDAMLoss",
    "SoftmaxLogitAdjustedLoss",
    "SoftmaxMSELoss",
    "SoftmaxPolyFocalLoss",
    "SoftmaxPolyLoss",
    "SoftmaxVSLoss",
    "SoftmaxWeightedCrossEntropyLoss",
    "VSLoss",
    "WeightedCrossEntropyLoss",
]
