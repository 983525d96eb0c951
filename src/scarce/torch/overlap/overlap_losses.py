# Written by tools/make_losses.py: do not edit.
"""A module for each overlap loss: `Softmax...Loss` over classes and `Sigmoid...Loss` over labels.

The short name, such as `DiceLoss`, is the softmax one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.torch.overlap.overlap_modules import OverlapModule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal, Never

    from scarce.losses.weighting import ClassWeight
    from scarce.torch.distributed import Ranks


class SoftmaxTverskyLoss(OverlapModule):
    """Tversky loss over classes.

    ``(a FP + b FN) / (TP + a FP + b FN)``, of the sums of true positives, false positives and false
    negatives that a class's probabilities make.

    Parameters
    ----------
    fp_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    fn_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, default -100
        Pixels whose class index has this value count for nothing. Where targets are shares, a pixel is
        ignored by a weight of 0.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    background : int, optional
        A class that the mean leaves out. It stays in the softmax, so that its logit is trained.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxTverskyLoss
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{SoftmaxTverskyLoss()(logits, target).item():.4f}")
    0.5018
    """

    name = "tversky"
    kind = "softmax"

    def __init__(
        self,
        fp_weight: float = 0.5,
        fn_weight: float = 0.5,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SigmoidTverskyLoss(OverlapModule):
    """Tversky loss over labels.

    ``(a FP + b FN) / (TP + a FP + b FN)``, of the sums of true positives, false positives and false
    negatives that a class's probabilities make.

    Parameters
    ----------
    fp_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    fn_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, optional
        Targets with this value count for nothing. None by default.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    n_labels : int, default 1
        How many labels there are, so that an axis of pixels is never taken for one of labels.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidTverskyLoss
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{SigmoidTverskyLoss()(logits, target).item():.4f}")
    0.5317
    """

    name = "tversky"
    kind = "sigmoid"

    def __init__(
        self,
        fp_weight: float = 0.5,
        fn_weight: float = 0.5,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SoftmaxDiceLoss(OverlapModule):
    """Dice loss over classes.

    ``(FP + FN) / (2 TP + FP + FN)``, of the sums of true positives, false positives and false
    negatives that a class's probabilities make.

    Parameters
    ----------
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, default -100
        Pixels whose class index has this value count for nothing. Where targets are shares, a pixel is
        ignored by a weight of 0.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    background : int, optional
        A class that the mean leaves out. It stays in the softmax, so that its logit is trained.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxDiceLoss
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{SoftmaxDiceLoss()(logits, target).item():.4f}")
    0.5018
    """

    name = "dice"
    kind = "softmax"

    def __init__(
        self,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SigmoidDiceLoss(OverlapModule):
    """Dice loss over labels.

    ``(FP + FN) / (2 TP + FP + FN)``, of the sums of true positives, false positives and false
    negatives that a class's probabilities make.

    Parameters
    ----------
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, optional
        Targets with this value count for nothing. None by default.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    n_labels : int, default 1
        How many labels there are, so that an axis of pixels is never taken for one of labels.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidDiceLoss
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{SigmoidDiceLoss()(logits, target).item():.4f}")
    0.5317
    """

    name = "dice"
    kind = "sigmoid"

    def __init__(
        self,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SoftmaxJaccardLoss(OverlapModule):
    """Jaccard loss over classes.

    ``(FP + FN) / (TP + FP + FN)``, of the sums of true positives, false positives and false negatives
    that a class's probabilities make.

    Parameters
    ----------
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, default -100
        Pixels whose class index has this value count for nothing. Where targets are shares, a pixel is
        ignored by a weight of 0.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    background : int, optional
        A class that the mean leaves out. It stays in the softmax, so that its logit is trained.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxJaccardLoss
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{SoftmaxJaccardLoss()(logits, target).item():.4f}")
    0.6677
    """

    name = "jaccard"
    kind = "softmax"

    def __init__(
        self,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SigmoidJaccardLoss(OverlapModule):
    """Jaccard loss over labels.

    ``(FP + FN) / (TP + FP + FN)``, of the sums of true positives, false positives and false negatives
    that a class's probabilities make.

    Parameters
    ----------
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, optional
        Targets with this value count for nothing. None by default.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    n_labels : int, default 1
        How many labels there are, so that an axis of pixels is never taken for one of labels.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidJaccardLoss
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{SigmoidJaccardLoss()(logits, target).item():.4f}")
    0.6943
    """

    name = "jaccard"
    kind = "sigmoid"

    def __init__(
        self,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SoftmaxFocalTverskyLoss(OverlapModule):
    """Focal Tversky loss over classes.

    ``(1 - T)^exponent``, where T is the Tversky index, 1 less the Tversky loss.

    Parameters
    ----------
    fp_weight : float, default 0.3
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    fn_weight : float, default 0.7
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    exponent : float, default 0.75
        Above 0. Below 1 the slope grows as a class gets better, so that small structures are finished;
        above 1 it favours classes that are far off.
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, default -100
        Pixels whose class index has this value count for nothing. Where targets are shares, a pixel is
        ignored by a weight of 0.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    background : int, optional
        A class that the mean leaves out. It stays in the softmax, so that its logit is trained.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxFocalTverskyLoss
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{SoftmaxFocalTverskyLoss()(logits, target).item():.4f}")
    0.5807
    """

    name = "focal_tversky"
    kind = "softmax"

    def __init__(
        self,
        fp_weight: float = 0.3,
        fn_weight: float = 0.7,
        exponent: float = 0.75,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SigmoidFocalTverskyLoss(OverlapModule):
    """Focal Tversky loss over labels.

    ``(1 - T)^exponent``, where T is the Tversky index, 1 less the Tversky loss.

    Parameters
    ----------
    fp_weight : float, default 0.3
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    fn_weight : float, default 0.7
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.
    exponent : float, default 0.75
        Above 0. Below 1 the slope grows as a class gets better, so that small structures are finished;
        above 1 it favours classes that are far off.
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, optional
        Targets with this value count for nothing. None by default.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    n_labels : int, default 1
        How many labels there are, so that an axis of pixels is never taken for one of labels.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidFocalTverskyLoss
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{SigmoidFocalTverskyLoss()(logits, target).item():.4f}")
    0.5252
    """

    name = "focal_tversky"
    kind = "sigmoid"

    def __init__(
        self,
        fp_weight: float = 0.3,
        fn_weight: float = 0.7,
        exponent: float = 0.75,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SoftmaxMCCLoss(OverlapModule):
    """MCC loss over classes.

    ``1 - (TP TN - FP FN) / sqrt((TP+FP) (TP+FN) (TN+FP) (TN+FN))``, of the sums of true positives,
    false positives and false negatives that a class's probabilities make.

    Parameters
    ----------
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, default -100
        Pixels whose class index has this value count for nothing. Where targets are shares, a pixel is
        ignored by a weight of 0.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    background : int, optional
        A class that the mean leaves out. It stays in the softmax, so that its logit is trained.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxMCCLoss
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{SoftmaxMCCLoss()(logits, target).item():.4f}")
    0.7622
    """

    name = "mcc"
    kind = "softmax"

    def __init__(
        self,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SigmoidMCCLoss(OverlapModule):
    """MCC loss over labels.

    ``1 - (TP TN - FP FN) / sqrt((TP+FP) (TP+FN) (TN+FP) (TN+FN))``, of the sums of true positives,
    false positives and false negatives that a class's probabilities make.

    Parameters
    ----------
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are
        added up first, so that large classes count for more. Then ``empty`` speaks of batches, or images,
        in which none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and ``TP =
        sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the
        weighted loss of every class, 0 for those that do not count.
    ignore_index : int, optional
        Targets with this value count for nothing. None by default.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    n_labels : int, default 1
        How many labels there are, so that an axis of pixels is never taken for one of labels.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidMCCLoss
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{SigmoidMCCLoss()(logits, target).item():.4f}")
    0.7622
    """

    name = "mcc"
    kind = "sigmoid"

    def __init__(
        self,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SoftmaxUnifiedFocalLoss(OverlapModule):
    """Unified focal loss over classes.

    ``focal_share * F + (1 - focal_share) * R``, where F is a focal loss of the pixels and R a focal
    Tversky loss of the classes.

    Parameters
    ----------
    delta : float, default 0.6
        The price of a foreground pixel that is missed; in [0, 1].
    gamma : float, default 0.5
        In [0, 1): how much the background is suppressed in F, and rare foreground enhanced in R.
    focal_share : float, default 0.5
        The paper's lambda; in [0, 1].
    variant : {"asymmetric", "symmetric"}, default "asymmetric"
        Whether foreground pixels keep their whole loss in F, and the background in R.
    class_weight : sequence of float or dict, optional
        One weight a class (or label) in the mean R.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    ignore_index : int, default -100
        Pixels whose class index has this value count for nothing.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    background : int, default 0
        The class that is not rare.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SoftmaxUnifiedFocalLoss
    >>> logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[0, 0, 0, 1]])
    >>> print(f"{SoftmaxUnifiedFocalLoss()(logits, target).item():.4f}")
    0.4602
    """

    name = "unified_focal"
    kind = "softmax"

    def __init__(
        self,
        delta: float = 0.6,
        gamma: float = 0.5,
        focal_share: float = 0.5,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


class SigmoidUnifiedFocalLoss(OverlapModule):
    """Unified focal loss over labels.

    ``focal_share * F + (1 - focal_share) * R``, where F is a focal loss of the pixels and R a focal
    Tversky loss of the classes.

    Parameters
    ----------
    delta : float, default 0.6
        The price of a foreground pixel that is missed; in [0, 1].
    gamma : float, default 0.5
        In [0, 1): how much the background is suppressed in F, and rare foreground enhanced in R.
    focal_share : float, default 0.5
        The paper's lambda; in [0, 1].
    variant : {"asymmetric", "symmetric"}, default "asymmetric"
        Whether foreground pixels keep their whole loss in F, and the background in R.
    class_weight : sequence of float or dict, optional
        One weight a class (or label) in the mean R.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so
        that the mean is over images and classes.
    ignore_index : int, optional
        Targets with this value count for nothing, whatever their logits.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    n_labels : int, default 1
        How many labels there are.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.

    Examples
    --------
    >>> import torch
    >>> from scarce.torch import SigmoidUnifiedFocalLoss
    >>> logits = torch.tensor([[[2.0, 0.0, 0.0, 2.0]]])
    >>> target = torch.tensor([[[0, 0, 0, 1]]])
    >>> print(f"{SigmoidUnifiedFocalLoss()(logits, target).item():.4f}")
    0.4602
    """

    name = "unified_focal"
    kind = "sigmoid"

    def __init__(
        self,
        delta: float = 0.6,
        gamma: float = 0.5,
        focal_share: float = 0.5,
        *,
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
    ) -> None:
        super().__init__(
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
            ranks=ranks,
            **unknown,
        )


TverskyLoss = SoftmaxTverskyLoss
DiceLoss = SoftmaxDiceLoss
JaccardLoss = SoftmaxJaccardLoss
FocalTverskyLoss = SoftmaxFocalTverskyLoss
MCCLoss = SoftmaxMCCLoss
UnifiedFocalLoss = SoftmaxUnifiedFocalLoss


__all__ = [
    "DiceLoss",
    "FocalTverskyLoss",
    "JaccardLoss",
    "MCCLoss",
    "SigmoidDiceLoss",
    "SigmoidFocalTverskyLoss",
    "SigmoidJaccardLoss",
    "SigmoidMCCLoss",
    "SigmoidTverskyLoss",
    "SigmoidUnifiedFocalLoss",
    "SoftmaxDiceLoss",
    "SoftmaxFocalTverskyLoss",
    "SoftmaxJaccardLoss",
    "SoftmaxMCCLoss",
    "SoftmaxTverskyLoss",
    "SoftmaxUnifiedFocalLoss",
    "TverskyLoss",
    "UnifiedFocalLoss",
]
