# Written by tools/make_losses.py: do not edit.
"""The losses as functions, one for each loss and link: `softmax_focal(input, target, gamma=2.0)`.

The short name, such as `focal`, is the softmax one. Settings are those of the modules; a class weight, shift
or scale may also be a tensor, which is then used as it is. Settings given as numbers are worked out once and
remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.torch.overlap.overlap_modules import overlap_of_name
from scarce.torch.settings import loss_of_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal, Never

    from numpy.typing import ArrayLike
    from torch import Tensor

    from scarce.losses.adjustment import LogitScale, LogitShift
    from scarce.losses.loss import Reduction
    from scarce.losses.weighting import ClassWeight
    from scarce.torch.distributed import Ranks


def softmax_cross_entropy(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the cross entropy loss over a softmax, reduced.

    Log-loss: the plain one. ``-log p_y`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxCrossEntropyLoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxCrossEntropyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_cross_entropy
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_cross_entropy(logits, target, reduction="none").shape
    torch.Size([2])
    """
    return loss_of_name(
        "cross_entropy",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        background=background,
        reduction=reduction,
        **unknown,
    )


def sigmoid_cross_entropy(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the cross entropy loss over a sigmoid, reduced.

    Log-loss: the plain one. ``-log p_y`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidCrossEntropyLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidCrossEntropyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_cross_entropy
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_cross_entropy(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "cross_entropy",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_weighted_cross_entropy(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the weighted cross entropy loss over a softmax, reduced.

    Log-loss with class weights, balanced. ``-w_y log p_y``, where p_y is the softmax of the target's
    class; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxWeightedCrossEntropyLoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxWeightedCrossEntropyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_weighted_cross_entropy
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_weighted_cross_entropy(logits, target, reduction="none", class_counts=[80, 15, 5]).shape
    torch.Size([2])
    """
    return loss_of_name(
        "weighted_cross_entropy",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        background=background,
        reduction=reduction,
        **unknown,
    )


def sigmoid_weighted_cross_entropy(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the weighted cross entropy loss over a sigmoid, reduced.

    Log-loss with class weights, balanced. ``-w_y log p_y``, where p = sigmoid(z) and p_y is p where
    the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidWeightedCrossEntropyLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidWeightedCrossEntropyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_weighted_cross_entropy
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_weighted_cross_entropy(logits, target, reduction="none", class_counts=[95, 5]).shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "weighted_cross_entropy",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_focal(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma: float = 2.0,
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
) -> Tensor:
    """Return the focal loss over a softmax, reduced.

    Easy examples count less (Lin et al. 2017). ``-(1 - p_y)^gamma log p_y`` times the class weight,
    where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxFocalLoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxFocalLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_focal
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_focal(logits, target, reduction="none").shape
    torch.Size([2])
    """
    return loss_of_name(
        "focal",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def sigmoid_focal(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma: float = 2.0,
    alpha: float | None = None,
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
) -> Tensor:
    """Return the focal loss over a sigmoid, reduced.

    Easy examples count less (Lin et al. 2017). ``-(1 - p_y)^gamma log p_y`` times the class weight,
    where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft target
    the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidFocalLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidFocalLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_focal
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_focal(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "focal",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def softmax_detached_focal(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma: float = 2.0,
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
) -> Tensor:
    """Return the detached focal loss over a softmax, reduced.

    Focal with its weight held constant; convex. ``Integral over u from p_y to 1 of (1 - u)^gamma /
    u`` times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxDetachedFocalLoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxDetachedFocalLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_detached_focal
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_detached_focal(logits, target, reduction="none").shape
    torch.Size([2])
    """
    return loss_of_name(
        "detached_focal",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def sigmoid_detached_focal(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma: float = 2.0,
    alpha: float | None = None,
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
) -> Tensor:
    """Return the detached focal loss over a sigmoid, reduced.

    Focal with its weight held constant; convex. ``Integral over u from p_y to 1 of (1 - u)^gamma /
    u`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p
    where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidDetachedFocalLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidDetachedFocalLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_detached_focal
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_detached_focal(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "detached_focal",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def softmax_class_balanced(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    beta: float = 0.9999,
    gamma: float = 0.0,
    normalize: str = "rows",
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
) -> Tensor:
    """Return the class balanced loss over a softmax, reduced.

    Weights by effective number (Cui et al. 2019). ``-(1 - beta) / (1 - beta^n_y) (1 - p_y)^gamma log
    p_y``, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    beta : float, default 0.9999
        In [0, 1): 0 gives equal weights, towards 1 they become those of balanced classes.
    gamma : float, default 0.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    normalize : str, default "rows"
        Named weights keep the number of rows ("rows"), or sum to that of classes ("classes").
    logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, background, reduction
        As in `scarce.torch.SoftmaxClassBalancedLoss`.
    ranks
        As in `scarce.torch.SoftmaxClassBalancedLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_class_balanced
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_class_balanced(logits, target, reduction="none", class_counts=[80, 15, 5]).shape
    torch.Size([2])
    """
    return loss_of_name(
        "class_balanced",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def sigmoid_class_balanced(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    beta: float = 0.9999,
    gamma: float = 0.0,
    normalize: str = "rows",
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    reduction: Reduction = "mean",
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the class balanced loss over a sigmoid, reduced.

    Weights by effective number (Cui et al. 2019). ``-(1 - beta) / (1 - beta^n_y) (1 - p_y)^gamma log
    p_y``, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft
    target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    beta : float, default 0.9999
        In [0, 1): 0 gives equal weights, towards 1 they become those of balanced classes.
    gamma : float, default 0.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    normalize : str, default "rows"
        Named weights keep the number of rows ("rows"), or sum to that of classes ("classes").
    logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, reduction, ranks
        As in `scarce.torch.SigmoidClassBalancedLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_class_balanced
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_class_balanced(logits, target, reduction="none", class_counts=[95, 5]).shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "class_balanced",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def softmax_balanced_softmax(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the balanced softmax loss over a softmax, reduced.

    Logits shifted by the log prior (Ren et al. 2020). ``-log p_y of the logits z_k + log prior_k``
    times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_scale, label_smoothing, ignore_index, class_counts, classes, background
        As in `scarce.torch.SoftmaxBalancedSoftmaxLoss`.
    reduction, ranks
        As in `scarce.torch.SoftmaxBalancedSoftmaxLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_balanced_softmax
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_balanced_softmax(logits, target, reduction="none", class_counts=[80, 15, 5]).shape
    torch.Size([2])
    """
    return loss_of_name(
        "balanced_softmax",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        background=background,
        reduction=reduction,
        **unknown,
    )


def sigmoid_balanced_softmax(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    class_weight: ClassWeight = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    reduction: Reduction = "mean",
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the balanced softmax loss over a sigmoid, reduced.

    Logits shifted by the log prior (Ren et al. 2020). ``-log p_y of the logits z_k + log prior_k``
    times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it
    is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_scale, label_smoothing, ignore_index, class_counts, classes, reduction, ranks
        As in `scarce.torch.SigmoidBalancedSoftmaxLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_balanced_softmax
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_balanced_softmax(logits, target, reduction="none", class_counts=[95, 5]).shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "balanced_softmax",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_logit_adjusted(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    tau: float = 1.0,
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
) -> Tensor:
    """Return the logit adjusted loss over a softmax, reduced.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p_y is the softmax of the target's class; of a soft target
    the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    class_weight, logit_scale, label_smoothing, ignore_index, class_counts, classes, background
        As in `scarce.torch.SoftmaxLogitAdjustedLoss`.
    reduction, ranks
        As in `scarce.torch.SoftmaxLogitAdjustedLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_logit_adjusted
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_logit_adjusted(logits, target, reduction="none", class_counts=[80, 15, 5]).shape
    torch.Size([2])
    """
    return loss_of_name(
        "logit_adjusted",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        tau=tau,
        class_weight=class_weight,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        background=background,
        reduction=reduction,
        **unknown,
    )


def sigmoid_logit_adjusted(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    tau: float = 1.0,
    class_weight: ClassWeight = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    reduction: Reduction = "mean",
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the logit adjusted loss over a sigmoid, reduced.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 -
    p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    class_weight, logit_scale, label_smoothing, ignore_index, class_counts, classes, reduction, ranks
        As in `scarce.torch.SigmoidLogitAdjustedLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_logit_adjusted
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_logit_adjusted(logits, target, reduction="none", class_counts=[95, 5]).shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "logit_adjusted",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        tau=tau,
        class_weight=class_weight,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_vs_loss(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    tau: float = 1.0,
    gamma: float = 0.15,
    class_weight: ClassWeight = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    background: int = 0,
    reduction: Reduction = "mean",
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the VS loss over a softmax, reduced.

    Logits shifted and scaled by counts (Kini et al. 2021). ``-log p_y of the logits (n_k /
    n_max)^gamma z_k + tau log prior_k`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    class_weight, label_smoothing, ignore_index, class_counts, classes, background, reduction, ranks
        As in `scarce.torch.SoftmaxVSLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_vs_loss
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_vs_loss(logits, target, reduction="none", class_counts=[80, 15, 5]).shape
    torch.Size([2])
    """
    return loss_of_name(
        "vs_loss",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        tau=tau,
        gamma=gamma,
        class_weight=class_weight,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        background=background,
        reduction=reduction,
        **unknown,
    )


def sigmoid_vs_loss(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    tau: float = 1.0,
    gamma: float = 0.15,
    class_weight: ClassWeight = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    reduction: Reduction = "mean",
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the VS loss over a sigmoid, reduced.

    Logits shifted and scaled by counts (Kini et al. 2021). ``-log p_y of the logits (n_k /
    n_max)^gamma z_k + tau log prior_k`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    class_weight, label_smoothing, ignore_index, class_counts, classes, reduction, ranks
        As in `scarce.torch.SigmoidVSLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_vs_loss
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_vs_loss(logits, target, reduction="none", class_counts=[95, 5]).shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "vs_loss",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        tau=tau,
        gamma=gamma,
        class_weight=class_weight,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_cdt(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma: float = 0.15,
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
) -> Tensor:
    """Return the CDT loss over a softmax, reduced.

    Logits scaled by counts (Ye et al. 2020). ``-log p_y of the logits (n_k / n_max)^gamma z_k`` times
    the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    class_weight, logit_shift, label_smoothing, ignore_index, class_counts, classes, background
        As in `scarce.torch.SoftmaxCDTLoss`.
    reduction, ranks
        As in `scarce.torch.SoftmaxCDTLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_cdt
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_cdt(logits, target, reduction="none", class_counts=[80, 15, 5]).shape
    torch.Size([2])
    """
    return loss_of_name(
        "cdt",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        gamma=gamma,
        class_weight=class_weight,
        logit_shift=logit_shift,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        background=background,
        reduction=reduction,
        **unknown,
    )


def sigmoid_cdt(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma: float = 0.15,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    reduction: Reduction = "mean",
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the CDT loss over a sigmoid, reduced.

    Logits scaled by counts (Ye et al. 2020). ``-log p_y of the logits (n_k / n_max)^gamma z_k`` times
    the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0;
    of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    class_weight, logit_shift, label_smoothing, ignore_index, class_counts, classes, reduction, ranks
        As in `scarce.torch.SigmoidCDTLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_cdt
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_cdt(logits, target, reduction="none", class_counts=[95, 5]).shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "cdt",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        gamma=gamma,
        class_weight=class_weight,
        logit_shift=logit_shift,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_ldam(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    max_margin: float = 0.5,
    scale: float = 30.0,
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
) -> Tensor:
    """Return the LDAM loss over a softmax, reduced.

    A margin per class, larger for rarer ones (Cao et al. 2019). ``-log p_y of scale (z_y - max_margin
    (n_min / n_y)^(1/4)) and scale z_k`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    max_margin : float, default 0.5
        Above 0; the margin of the rarest class.
    scale : float, default 30.0
        Above 0; what the logits are multiplied by.
    class_weight, logit_shift, label_smoothing, ignore_index, class_counts, classes, background
        As in `scarce.torch.SoftmaxLDAMLoss`.
    reduction, ranks
        As in `scarce.torch.SoftmaxLDAMLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_ldam
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_ldam(logits, target, reduction="none", class_counts=[80, 15, 5]).shape
    torch.Size([2])
    """
    return loss_of_name(
        "ldam",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def sigmoid_ldam(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    max_margin: float = 0.5,
    scale: float = 30.0,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    reduction: Reduction = "mean",
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the LDAM loss over a sigmoid, reduced.

    A margin per class, larger for rarer ones (Cao et al. 2019). ``-log p_y of scale (z_y - max_margin
    (n_min / n_y)^(1/4)) and scale z_k`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    max_margin : float, default 0.5
        Above 0; the margin of the rarest class.
    scale : float, default 30.0
        Above 0; what the logits are multiplied by.
    class_weight, logit_shift, label_smoothing, ignore_index, class_counts, classes, reduction, ranks
        As in `scarce.torch.SigmoidLDAMLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_ldam
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_ldam(logits, target, reduction="none", class_counts=[95, 5]).shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "ldam",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        max_margin=max_margin,
        scale=scale,
        class_weight=class_weight,
        logit_shift=logit_shift,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def sigmoid_asymmetric(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma_negative: float = 4.0,
    gamma_positive: float = 1.0,
    clip: float = 0.05,
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
) -> Tensor:
    """Return the asymmetric loss over a sigmoid, reduced.

    Focal by side, easy negatives cut (Ridnik et al. 2021). ``-(1 - p)^gamma_positive log p or, at r =
    max(p - clip, 0), -r^gamma_negative log(1 - r)`` times the class weight, where p = sigmoid(z) and
    p_y is p where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma_negative : float, default 4.0
        At least 0; how much easy negatives are discounted.
    gamma_positive : float, default 1.0
        At least 0; how much easy positives are discounted.
    clip : float, default 0.05
        In [0, 1); negatives whose probability is below it count for nothing.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidAsymmetricLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidAsymmetricLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_asymmetric
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_asymmetric(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "asymmetric",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def sigmoid_asymmetric_detached(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma_negative: float = 4.0,
    gamma_positive: float = 1.0,
    clip: float = 0.05,
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
) -> Tensor:
    """Return the asymmetric detached loss over a sigmoid, reduced.

    Asymmetric with its weights held constant. ``Potential of the slope of asymmetric when either
    power is held constant`` times the class weight, where p = sigmoid(z) and p_y is p where the
    target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma_negative : float, default 4.0
        At least 0; how much easy negatives are discounted.
    gamma_positive : float, default 1.0
        At least 0; how much easy positives are discounted.
    clip : float, default 0.05
        In [0, 1); negatives whose probability is below it count for nothing.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidAsymmetricDetachedLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidAsymmetricDetachedLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_asymmetric_detached
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_asymmetric_detached(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "asymmetric_detached",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def softmax_poly(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    epsilon: float = 1.0,
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
) -> Tensor:
    """Return the poly loss over a softmax, reduced.

    Log-loss plus epsilon (1-p) (Leng et al. 2022). ``-log p_y + epsilon (1 - p_y)`` times the class
    weight, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxPolyLoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxPolyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_poly
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_poly(logits, target, reduction="none").shape
    torch.Size([2])
    """
    return loss_of_name(
        "poly",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def sigmoid_poly(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    epsilon: float = 1.0,
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
) -> Tensor:
    """Return the poly loss over a sigmoid, reduced.

    Log-loss plus epsilon (1-p) (Leng et al. 2022). ``-log p_y + epsilon (1 - p_y)`` times the class
    weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft
    target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidPolyLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidPolyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_poly
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_poly(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "poly",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        epsilon=epsilon,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_poly_focal(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma: float = 2.0,
    epsilon: float = 1.0,
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
) -> Tensor:
    """Return the poly focal loss over a softmax, reduced.

    Focal plus epsilon (1-p)^(gamma+1) (Leng et al. 2022). ``-(1 - p_y)^gamma log p_y + epsilon (1 -
    p_y)^(gamma + 1)`` times the class weight, where p_y is the softmax of the target's class; of a
    soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxPolyFocalLoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxPolyFocalLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_poly_focal
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_poly_focal(logits, target, reduction="none").shape
    torch.Size([2])
    """
    return loss_of_name(
        "poly_focal",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def sigmoid_poly_focal(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    gamma: float = 2.0,
    epsilon: float = 1.0,
    alpha: float | None = None,
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
) -> Tensor:
    """Return the poly focal loss over a sigmoid, reduced.

    Focal plus epsilon (1-p)^(gamma+1) (Leng et al. 2022). ``-(1 - p_y)^gamma log p_y + epsilon (1 -
    p_y)^(gamma + 1)`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1
    and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidPolyFocalLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidPolyFocalLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_poly_focal
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_poly_focal(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "poly_focal",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def softmax_generalized_cross_entropy(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    q: float = 0.7,
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
) -> Tensor:
    """Return the generalized cross entropy loss over a softmax, reduced.

    Between log-loss and 1-p, for noisy labels (Zhang and Sabuncu 2018). ``(1 - p_y^q) / q`` times the
    class weight, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    q : float, default 0.7
        In (0, 1]; towards 0 it is log-loss, and at 1 it is 1 - p and has no posterior.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxGeneralizedCrossEntropyLoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxGeneralizedCrossEntropyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_generalized_cross_entropy
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_generalized_cross_entropy(logits, target, reduction="none").shape
    torch.Size([2])
    """
    return loss_of_name(
        "generalized_cross_entropy",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
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
        **unknown,
    )


def sigmoid_generalized_cross_entropy(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    q: float = 0.7,
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
) -> Tensor:
    """Return the generalized cross entropy loss over a sigmoid, reduced.

    Between log-loss and 1-p, for noisy labels (Zhang and Sabuncu 2018). ``(1 - p_y^q) / q`` times the
    class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of
    a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    q : float, default 0.7
        In (0, 1]; towards 0 it is log-loss, and at 1 it is 1 - p and has no posterior.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidGeneralizedCrossEntropyLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidGeneralizedCrossEntropyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_generalized_cross_entropy
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_generalized_cross_entropy(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "generalized_cross_entropy",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        q=q,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_brier(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the brier loss over a softmax, reduced.

    Squared error of the probability (Brier 1950). ``(1 - p_y)^2 or, over a softmax, the sum over k of
    (p_k - [k = y])^2`` times the class weight, where p_y is the softmax of the target's class; of a
    soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxBrierLoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxBrierLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_brier
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_brier(logits, target, reduction="none").shape
    torch.Size([2])
    """
    return loss_of_name(
        "brier",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        background=background,
        reduction=reduction,
        **unknown,
    )


def sigmoid_brier(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the brier loss over a sigmoid, reduced.

    Squared error of the probability (Brier 1950). ``(1 - p_y)^2 or, over a softmax, the sum over k of
    (p_k - [k = y])^2`` times the class weight, where p = sigmoid(z) and p_y is p where the target is
    1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidBrierLoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidBrierLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_brier
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_brier(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "brier",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_mse(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the MSE loss over a softmax, reduced.

    Another name of brier. ``(1 - p_y)^2 or, over a softmax, the sum over k of (p_k - [k = y])^2``
    times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Class indices in the shape without axis 1, or one-hot or soft targets.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SoftmaxMSELoss`.
    background, reduction, ranks
        As in `scarce.torch.SoftmaxMSELoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_mse
    >>> logits, target = torch.zeros(2, 3), torch.tensor([0, 2])
    >>> softmax_mse(logits, target, reduction="none").shape
    torch.Size([2])
    """
    return loss_of_name(
        "mse",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        background=background,
        reduction=reduction,
        **unknown,
    )


def sigmoid_mse(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
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
) -> Tensor:
    """Return the MSE loss over a sigmoid, reduced.

    Another name of brier. ``(1 - p_y)^2 or, over a softmax, the sum over k of (p_k - [k = y])^2``
    times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it
    is 0; of a soft target the expectation.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        0 and 1, or probabilities, in the input's shape.
    sample_weight : Tensor, optional
        One an element, or one a row.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.torch.SigmoidMSELoss`.
    reduction, ranks
        As in `scarce.torch.SigmoidMSELoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_mse
    >>> logits, target = torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_mse(logits, target, reduction="none").shape
    torch.Size([2, 3])
    """
    return loss_of_name(
        "mse",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        reduction=reduction,
        **unknown,
    )


def softmax_tversky(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    fp_weight: float = 0.5,
    fn_weight: float = 0.5,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = -100,
    classes: Sequence[str] | None = None,
    background: int | None = None,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the Tversky loss over classes.

    ``(a FP + b FN) / (TP + a FP + b FN)``, of the sums of true positives, false positives and false
    negatives that a class's probabilities make.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    fp_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    fn_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, background
        As in `scarce.torch.SoftmaxTverskyLoss`.
    ranks
        As in `scarce.torch.SoftmaxTverskyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_tversky
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{softmax_tversky(logits, target).item():.4f}")
    0.5018
    """
    return overlap_of_name(
        "tversky",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        fp_weight=fp_weight,
        fn_weight=fn_weight,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        background=background,
        **unknown,
    )


def sigmoid_tversky(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    fp_weight: float = 0.5,
    fn_weight: float = 0.5,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = None,
    classes: Sequence[str] | None = None,
    n_labels: int = 1,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the Tversky loss over labels.

    ``(a FP + b FN) / (TP + a FP + b FN)``, of the sums of true positives, false positives and false
    negatives that a class's probabilities make.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    fp_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    fn_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, n_labels, ranks
        As in `scarce.torch.SigmoidTverskyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_tversky
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{sigmoid_tversky(logits, target).item():.4f}")
    0.5317
    """
    return overlap_of_name(
        "tversky",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        fp_weight=fp_weight,
        fn_weight=fn_weight,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        n_labels=n_labels,
        **unknown,
    )


def softmax_dice(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = -100,
    classes: Sequence[str] | None = None,
    background: int | None = None,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the Dice loss over classes.

    ``(FP + FN) / (2 TP + FP + FN)``, of the sums of true positives, false positives and false
    negatives that a class's probabilities make.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, background
        As in `scarce.torch.SoftmaxDiceLoss`.
    ranks
        As in `scarce.torch.SoftmaxDiceLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_dice
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{softmax_dice(logits, target).item():.4f}")
    0.5018
    """
    return overlap_of_name(
        "dice",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        background=background,
        **unknown,
    )


def sigmoid_dice(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = None,
    classes: Sequence[str] | None = None,
    n_labels: int = 1,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the Dice loss over labels.

    ``(FP + FN) / (2 TP + FP + FN)``, of the sums of true positives, false positives and false
    negatives that a class's probabilities make.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, n_labels, ranks
        As in `scarce.torch.SigmoidDiceLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_dice
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{sigmoid_dice(logits, target).item():.4f}")
    0.5317
    """
    return overlap_of_name(
        "dice",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        n_labels=n_labels,
        **unknown,
    )


def softmax_jaccard(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = -100,
    classes: Sequence[str] | None = None,
    background: int | None = None,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the Jaccard loss over classes.

    ``(FP + FN) / (TP + FP + FN)``, of the sums of true positives, false positives and false negatives
    that a class's probabilities make.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, background
        As in `scarce.torch.SoftmaxJaccardLoss`.
    ranks
        As in `scarce.torch.SoftmaxJaccardLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_jaccard
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{softmax_jaccard(logits, target).item():.4f}")
    0.6677
    """
    return overlap_of_name(
        "jaccard",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        background=background,
        **unknown,
    )


def sigmoid_jaccard(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = None,
    classes: Sequence[str] | None = None,
    n_labels: int = 1,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the Jaccard loss over labels.

    ``(FP + FN) / (TP + FP + FN)``, of the sums of true positives, false positives and false negatives
    that a class's probabilities make.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, n_labels, ranks
        As in `scarce.torch.SigmoidJaccardLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_jaccard
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{sigmoid_jaccard(logits, target).item():.4f}")
    0.6943
    """
    return overlap_of_name(
        "jaccard",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        n_labels=n_labels,
        **unknown,
    )


def softmax_focal_tversky(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    fp_weight: float = 0.3,
    fn_weight: float = 0.7,
    exponent: float = 0.75,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = -100,
    classes: Sequence[str] | None = None,
    background: int | None = None,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the focal Tversky loss over classes.

    ``(1 - T)^exponent``, where T is the Tversky index, 1 less the Tversky loss.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    fp_weight : float, default 0.3
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    fn_weight : float, default 0.7
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    exponent : float, default 0.75
        Above 0. Below 1 the slope grows as a class gets better, so that small structures are finished;
        above 1 it favours classes that are far off.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, background
        As in `scarce.torch.SoftmaxFocalTverskyLoss`.
    ranks
        As in `scarce.torch.SoftmaxFocalTverskyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_focal_tversky
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{softmax_focal_tversky(logits, target).item():.4f}")
    0.5807
    """
    return overlap_of_name(
        "focal_tversky",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        fp_weight=fp_weight,
        fn_weight=fn_weight,
        exponent=exponent,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        background=background,
        **unknown,
    )


def sigmoid_focal_tversky(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    fp_weight: float = 0.3,
    fn_weight: float = 0.7,
    exponent: float = 0.75,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = None,
    classes: Sequence[str] | None = None,
    n_labels: int = 1,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the focal Tversky loss over labels.

    ``(1 - T)^exponent``, where T is the Tversky index, 1 less the Tversky loss.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    fp_weight : float, default 0.3
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    fn_weight : float, default 0.7
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    exponent : float, default 0.75
        Above 0. Below 1 the slope grows as a class gets better, so that small structures are finished;
        above 1 it favours classes that are far off.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, n_labels, ranks
        As in `scarce.torch.SigmoidFocalTverskyLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_focal_tversky
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{sigmoid_focal_tversky(logits, target).item():.4f}")
    0.5252
    """
    return overlap_of_name(
        "focal_tversky",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        fp_weight=fp_weight,
        fn_weight=fn_weight,
        exponent=exponent,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        n_labels=n_labels,
        **unknown,
    )


def softmax_mcc(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = -100,
    classes: Sequence[str] | None = None,
    background: int | None = None,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the MCC loss over classes.

    ``1 - (TP TN - FP FN) / sqrt((TP+FP) (TP+FN) (TN+FP) (TN+FN))``, of the sums of true positives,
    false positives and false negatives that a class's probabilities make.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, background
        As in `scarce.torch.SoftmaxMCCLoss`.
    ranks
        As in `scarce.torch.SoftmaxMCCLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_mcc
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{softmax_mcc(logits, target).item():.4f}")
    0.7622
    """
    return overlap_of_name(
        "mcc",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        background=background,
        **unknown,
    )


def sigmoid_mcc(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    average: Literal["macro", "micro"] = "macro",
    squared: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = None,
    classes: Sequence[str] | None = None,
    n_labels: int = 1,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the MCC loss over labels.

    ``1 - (TP TN - FP FN) / sqrt((TP+FP) (TP+FN) (TN+FP) (TN+FN))``, of the sums of true positives,
    false positives and false negatives that a class's probabilities make.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    class_weight, smooth, empty, over, average, squared, reduction, ignore_index, classes, n_labels, ranks
        As in `scarce.torch.SigmoidMCCLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_mcc
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{sigmoid_mcc(logits, target).item():.4f}")
    0.7622
    """
    return overlap_of_name(
        "mcc",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        average=average,
        squared=squared,
        reduction=reduction,
        ignore_index=ignore_index,
        classes=classes,
        n_labels=n_labels,
        **unknown,
    )


def softmax_unified_focal(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    delta: float = 0.6,
    gamma: float = 0.5,
    focal_share: float = 0.5,
    variant: Literal["asymmetric", "symmetric"] = "asymmetric",
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    ignore_index: int | None = -100,
    classes: Sequence[str] | None = None,
    background: int = 0,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the unified focal loss over classes.

    ``focal_share * F + (1 - focal_share) * R``, where F is a focal loss of the pixels and R a focal
    Tversky loss of the classes.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    delta : float, default 0.6
        The price of a foreground pixel that is missed; in [0, 1].
    gamma : float, default 0.5
        In [0, 1): how much the background is suppressed in F, and rare foreground enhanced in R.
    focal_share : float, default 0.5
        The paper's lambda; in [0, 1].
    variant, class_weight, smooth, empty, over, ignore_index, classes, background, ranks
        As in `scarce.torch.SoftmaxUnifiedFocalLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import softmax_unified_focal
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{softmax_unified_focal(logits, target).item():.4f}")
    0.4602
    """
    return overlap_of_name(
        "unified_focal",
        "softmax",
        input,
        target,
        sample_weight,
        ranks,
        delta=delta,
        gamma=gamma,
        focal_share=focal_share,
        variant=variant,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        ignore_index=ignore_index,
        classes=classes,
        background=background,
        **unknown,
    )


def sigmoid_unified_focal(
    input: Tensor,  # noqa: A002 - PyTorch's name
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    delta: float = 0.6,
    gamma: float = 0.5,
    focal_share: float = 0.5,
    variant: Literal["asymmetric", "symmetric"] = "asymmetric",
    class_weight: ClassWeight = None,
    smooth: float = 0.0,
    empty: Literal["skip", "count"] = "skip",
    over: Literal["batch", "image"] = "batch",
    ignore_index: int | None = None,
    classes: Sequence[str] | None = None,
    n_labels: int = 1,
    ranks: Ranks = None,
    **unknown: Never,
) -> Tensor:
    """Return the unified focal loss over labels.

    ``focal_share * F + (1 - focal_share) * R``, where F is a focal loss of the pixels and R a focal
    Tversky loss of the classes.

    Parameters
    ----------
    input : Tensor
        Logits: classes or labels on axis 1.
    target : Tensor
        As in the module's `forward`.
    sample_weight : Tensor, optional
        One a pixel, or one an image.
    delta : float, default 0.6
        The price of a foreground pixel that is missed; in [0, 1].
    gamma : float, default 0.5
        In [0, 1): how much the background is suppressed in F, and rare foreground enhanced in R.
    focal_share : float, default 0.5
        The paper's lambda; in [0, 1].
    variant, class_weight, smooth, empty, over, ignore_index, classes, n_labels, ranks
        As in `scarce.torch.SigmoidUnifiedFocalLoss`.

    Returns
    -------
    Tensor
        In float32 at least, reduced as the module does.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch.functional import sigmoid_unified_focal
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{sigmoid_unified_focal(logits, target).item():.4f}")
    0.4602
    """
    return overlap_of_name(
        "unified_focal",
        "sigmoid",
        input,
        target,
        sample_weight,
        ranks,
        delta=delta,
        gamma=gamma,
        focal_share=focal_share,
        variant=variant,
        class_weight=class_weight,
        smooth=smooth,
        empty=empty,
        over=over,
        ignore_index=ignore_index,
        classes=classes,
        n_labels=n_labels,
        **unknown,
    )


cross_entropy = softmax_cross_entropy
weighted_cross_entropy = softmax_weighted_cross_entropy
focal = softmax_focal
detached_focal = softmax_detached_focal
class_balanced = softmax_class_balanced
balanced_softmax = softmax_balanced_softmax
logit_adjusted = softmax_logit_adjusted
vs_loss = softmax_vs_loss
cdt = softmax_cdt
ldam = softmax_ldam
asymmetric = sigmoid_asymmetric
asymmetric_detached = sigmoid_asymmetric_detached
poly = softmax_poly
poly_focal = softmax_poly_focal
generalized_cross_entropy = softmax_generalized_cross_entropy
brier = softmax_brier
mse = softmax_mse
tversky = softmax_tversky
dice = softmax_dice
jaccard = softmax_jaccard
focal_tversky = softmax_focal_tversky
mcc = softmax_mcc
unified_focal = softmax_unified_focal


__all__ = [
    "asymmetric",
    "asymmetric_detached",
    "balanced_softmax",
    "brier",
    "cdt",
    "class_balanced",
    "cross_entropy",
    "detached_focal",
    "dice",
    "focal",
    "focal_tversky",
    "generalized_cross_entropy",
    "jaccard",
    "ldam",
    "logit_adjusted",
    "mcc",
    "mse",
    "poly",
    "poly_focal",
    "sigmoid_asymmetric",
    "sigmoid_asymmetric_detached",
    "sigmoid_balanced_softmax",
    "sigmoid_brier",
    "sigmoid_cdt",
    "sigmoid_class_balanced",
    "sigmoid_cross_entropy",
    "sigmoid_detached_focal",
    "sigmoid_dice",
    "sigmoid_focal",
    "sigmoid_focal_tversky",
    "sigmoid_generalized_cross_entropy",
    "sigmoid_jaccard",
    "sigmoid_ldam",
    "sigmoid_logit_adjusted",
    "sigmoid_mcc",
    "sigmoid_mse",
    "sigmoid_poly",
    "sigmoid_poly_focal",
    "sigmoid_tversky",
    "sigmoid_unified_focal",
    "sigmoid_vs_loss",
    "sigmoid_weighted_cross_entropy",
    "softmax_balanced_softmax",
    "softmax_brier",
    "softmax_cdt",
    "softmax_class_balanced",
    "softmax_cross_entropy",
    "softmax_detached_focal",
    "softmax_dice",
    "softmax_focal",
    "softmax_focal_tversky",
    "softmax_generalized_cross_entropy",
    "softmax_jaccard",
    "softmax_ldam",
    "softmax_logit_adjusted",
    "softmax_mcc",
    "softmax_mse",
    "softmax_poly",
    "softmax_poly_focal",
    "softmax_tversky",
    "softmax_unified_focal",
    "softmax_vs_loss",
    "softmax_weighted_cross_entropy",
    "tversky",
    "unified_focal",
    "vs_loss",
    "weighted_cross_entropy",
]
