# Written by tools/make_losses.py: do not edit.
"""The losses that are named as in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from scarce.keras.binary import BinaryLoss
from scarce.keras.categorical import CategoricalLoss, SparseCategoricalLoss

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Never

    from numpy.typing import ArrayLike

    from scarce.losses.adjustment import LogitScale, LogitShift
    from scarce.losses.weighting import ClassWeight


@keras.saving.register_keras_serializable(package="scarce")
class BinaryFocalCrossentropy(BinaryLoss):
    """Focal loss over a sigmoid, for one logit an example or a label.

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
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = BinaryFocalCrossentropy()
    >>> y_true, y_pred = np.array([[1], [0]]), np.array([[2.0], [0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    0.0875
    """

    catalogued = "focal"

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | None = None,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "focal",
            gamma=gamma,
            alpha=alpha,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            class_counts=class_counts,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            **unknown,
        )


@keras.saving.register_keras_serializable(package="scarce")
class BinaryCrossentropy(BinaryLoss):
    """Cross entropy loss over a sigmoid, for one logit an example or a label.

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
    class_counts : array, optional
        ``(negatives, positives)``, in rows.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = BinaryCrossentropy()
    >>> y_true, y_pred = np.array([[1], [0]]), np.array([[2.0], [0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    0.4100
    """

    catalogued = "cross_entropy"

    def __init__(
        self,
        class_weight: ClassWeight = None,
        *,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "cross_entropy",
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            class_counts=class_counts,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            **unknown,
        )


@keras.saving.register_keras_serializable(package="scarce")
class BinaryLogitAdjustedCrossentropy(BinaryLoss):
    """Logit adjusted loss over a sigmoid, for one logit an example or a label.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 -
    p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    class_counts : array
        ``(negatives, positives)``, in rows.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). ``[negative, positive]``, or one such pair a label.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = BinaryLogitAdjustedCrossentropy(class_counts=[95, 5])
    >>> y_true, y_pred = np.array([[1], [0]]), np.array([[2.0], [0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    0.6621
    """

    catalogued = "logit_adjusted"

    def __init__(
        self,
        class_counts: ArrayLike,
        tau: float = 1.0,
        *,
        class_weight: ClassWeight = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "logit_adjusted",
            class_counts=class_counts,
            tau=tau,
            class_weight=class_weight,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            **unknown,
        )


@keras.saving.register_keras_serializable(package="scarce")
class CategoricalFocalCrossentropy(CategoricalLoss):
    """Focal loss over a softmax, for one logit a class, with one-hot or soft targets.

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
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = CategoricalFocalCrossentropy()
    >>> y_true, y_pred = np.array([[1, 0, 0], [0, 0, 1]]), np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    0.2496
    """

    catalogued = "focal"

    def __init__(
        self,
        gamma: float = 2.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "focal",
            gamma=gamma,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            class_counts=class_counts,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            **unknown,
        )


@keras.saving.register_keras_serializable(package="scarce")
class CategoricalCrossentropy(CategoricalLoss):
    """Cross entropy loss over a softmax, for one logit a class, with one-hot or soft targets.

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
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = CategoricalCrossentropy()
    >>> y_true, y_pred = np.array([[1, 0, 0], [0, 0, 1]]), np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    0.6691
    """

    catalogued = "cross_entropy"

    def __init__(
        self,
        class_weight: ClassWeight = None,
        *,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "cross_entropy",
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            class_counts=class_counts,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            **unknown,
        )


@keras.saving.register_keras_serializable(package="scarce")
class CategoricalLogitAdjustedCrossentropy(CategoricalLoss):
    """Logit adjusted loss over a softmax, for one logit a class, with one-hot or soft targets.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p_y is the softmax of the target's class; of a soft target
    the expectation.

    Parameters
    ----------
    class_counts : array
        The number of rows of each class.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = CategoricalLogitAdjustedCrossentropy(class_counts=[80, 15, 5])
    >>> y_true, y_pred = np.array([[1, 0, 0], [0, 0, 1]]), np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    1.5145
    """

    catalogued = "logit_adjusted"

    def __init__(
        self,
        class_counts: ArrayLike,
        tau: float = 1.0,
        *,
        class_weight: ClassWeight = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "logit_adjusted",
            class_counts=class_counts,
            tau=tau,
            class_weight=class_weight,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            **unknown,
        )


@keras.saving.register_keras_serializable(package="scarce")
class SparseCategoricalFocalCrossentropy(SparseCategoricalLoss):
    """Focal loss over a softmax, for one logit a class, with class indices.

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
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.
    ignore_class : int, optional
        Examples with this label count for nothing.

    Examples
    --------
    >>> import numpy as np
    >>> loss = SparseCategoricalFocalCrossentropy()
    >>> y_true, y_pred = np.array([0, 2]), np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    0.2496
    """

    catalogued = "focal"

    def __init__(
        self,
        gamma: float = 2.0,
        *,
        class_weight: ClassWeight = None,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "focal",
            gamma=gamma,
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            class_counts=class_counts,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            **unknown,
        )


@keras.saving.register_keras_serializable(package="scarce")
class SparseCategoricalCrossentropy(SparseCategoricalLoss):
    """Cross entropy loss over a softmax, for one logit a class, with class indices.

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
    class_counts : array, optional
        The number of rows of each class.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.
    ignore_class : int, optional
        Examples with this label count for nothing.

    Examples
    --------
    >>> import numpy as np
    >>> loss = SparseCategoricalCrossentropy()
    >>> y_true, y_pred = np.array([0, 2]), np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    0.6691
    """

    catalogued = "cross_entropy"

    def __init__(
        self,
        class_weight: ClassWeight = None,
        *,
        logit_shift: LogitShift = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        class_counts: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "cross_entropy",
            class_weight=class_weight,
            logit_shift=logit_shift,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            class_counts=class_counts,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            **unknown,
        )


@keras.saving.register_keras_serializable(package="scarce")
class SparseCategoricalLogitAdjustedCrossentropy(SparseCategoricalLoss):
    """Logit adjusted loss over a softmax, for one logit a class, with class indices.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p_y is the softmax of the target's class; of a soft target
    the expectation.

    Parameters
    ----------
    class_counts : array
        The number of rows of each class.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    class_weight : str, array or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by
        label (which needs ``classes``). One a class.
    logit_scale : float or array, optional
        What the logits are multiplied by; above 0.
    label_smoothing : float, default 0.0
        In [0, 1): how much of each target is spread evenly, as an expectation of losses.
    classes : sequence of str, optional
        The labels, in order of class index.
    from_logits : bool, default True
        Whether ``y_pred`` are logits.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in; see `KerasLoss`.
    ignore_class : int, optional
        Examples with this label count for nothing.

    Examples
    --------
    >>> import numpy as np
    >>> loss = SparseCategoricalLogitAdjustedCrossentropy(class_counts=[80, 15, 5])
    >>> y_true, y_pred = np.array([0, 2]), np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> print(f"{float(loss(y_true, y_pred)):.4f}")
    1.5145
    """

    catalogued = "logit_adjusted"

    def __init__(
        self,
        class_counts: ArrayLike,
        tau: float = 1.0,
        *,
        class_weight: ClassWeight = None,
        logit_scale: LogitScale = None,
        label_smoothing: float = 0.0,
        classes: Sequence[str] | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        **unknown: Never,
    ) -> None:
        super().__init__(
            "logit_adjusted",
            class_counts=class_counts,
            tau=tau,
            class_weight=class_weight,
            logit_scale=logit_scale,
            label_smoothing=label_smoothing,
            classes=classes,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            **unknown,
        )


__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "BinaryLogitAdjustedCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalLogitAdjustedCrossentropy",
    "SparseCategoricalCrossentropy",
    "SparseCategoricalFocalCrossentropy",
    "SparseCategoricalLogitAdjustedCrossentropy",
]
