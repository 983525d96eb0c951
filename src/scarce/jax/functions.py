# Written by tools/make_losses.py: do not edit.
"""One function a loss of the catalogue and link, in the manner of optax: logits, labels, and keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.jax.any_loss import value_of_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Never

    import jax
    from jax.typing import ArrayLike as JaxArrayLike
    from numpy.typing import ArrayLike

    from scarce.losses.adjustment import LogitScale, LogitShift
    from scarce.losses.weighting import ClassWeight


def sigmoid_cross_entropy(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the cross entropy loss over a sigmoid of every element.

    Log-loss: the plain one. ``-log p_y`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_cross_entropy
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_cross_entropy(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "cross_entropy",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_cross_entropy(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the cross entropy loss over a softmax of every row.

    Log-loss: the plain one. ``-log p_y`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_cross_entropy
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_cross_entropy(logits, target).shape
    (2,)
    """
    return value_of_name(
        "cross_entropy",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_weighted_cross_entropy(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = "balanced",
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the weighted cross entropy loss over a sigmoid of every element.

    Log-loss with class weights, balanced. ``-w_y log p_y``, where p = sigmoid(z) and p_y is p where
    the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_weighted_cross_entropy
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_weighted_cross_entropy(logits, target, class_counts=[95, 5]).shape
    (2, 3)
    """
    return value_of_name(
        "weighted_cross_entropy",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_weighted_cross_entropy(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = "balanced",
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the weighted cross entropy loss over a softmax of every row.

    Log-loss with class weights, balanced. ``-w_y log p_y``, where p_y is the softmax of the target's
    class; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_weighted_cross_entropy
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_weighted_cross_entropy(logits, target, class_counts=[80, 15, 5]).shape
    (2,)
    """
    return value_of_name(
        "weighted_cross_entropy",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_focal(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the focal loss over a sigmoid of every element.

    Easy examples count less (Lin et al. 2017). ``-(1 - p_y)^gamma log p_y`` times the class weight,
    where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft target
    the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_focal
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_focal(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "focal",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        gamma=gamma,
        alpha=alpha,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_focal(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    gamma: float = 2.0,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the focal loss over a softmax of every row.

    Easy examples count less (Lin et al. 2017). ``-(1 - p_y)^gamma log p_y`` times the class weight,
    where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_focal
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_focal(logits, target).shape
    (2,)
    """
    return value_of_name(
        "focal",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        gamma=gamma,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_detached_focal(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the detached focal loss over a sigmoid of every element.

    Focal with its weight held constant; convex. ``Integral over u from p_y to 1 of (1 - u)^gamma /
    u`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p
    where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_detached_focal
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_detached_focal(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "detached_focal",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        gamma=gamma,
        alpha=alpha,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_detached_focal(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    gamma: float = 2.0,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the detached focal loss over a softmax of every row.

    Focal with its weight held constant; convex. ``Integral over u from p_y to 1 of (1 - u)^gamma /
    u`` times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_detached_focal
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_detached_focal(logits, target).shape
    (2,)
    """
    return value_of_name(
        "detached_focal",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        gamma=gamma,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_class_balanced(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    beta: float = 0.9999,
    gamma: float = 0.0,
    normalize: str = "rows",
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the class balanced loss over a sigmoid of every element.

    Weights by effective number (Cui et al. 2019). ``-(1 - beta) / (1 - beta^n_y) (1 - p_y)^gamma log
    p_y``, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft
    target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    beta : float, default 0.9999
        In [0, 1): 0 gives equal weights, towards 1 they become those of balanced classes.
    gamma : float, default 0.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    normalize : str, default "rows"
        Named weights keep the number of rows ("rows"), or sum to that of classes ("classes").
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_class_balanced
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_class_balanced(logits, target, class_counts=[95, 5]).shape
    (2, 3)
    """
    return value_of_name(
        "class_balanced",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        beta=beta,
        gamma=gamma,
        normalize=normalize,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_class_balanced(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    beta: float = 0.9999,
    gamma: float = 0.0,
    normalize: str = "rows",
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the class balanced loss over a softmax of every row.

    Weights by effective number (Cui et al. 2019). ``-(1 - beta) / (1 - beta^n_y) (1 - p_y)^gamma log
    p_y``, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    beta : float, default 0.9999
        In [0, 1): 0 gives equal weights, towards 1 they become those of balanced classes.
    gamma : float, default 0.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    normalize : str, default "rows"
        Named weights keep the number of rows ("rows"), or sum to that of classes ("classes").
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_class_balanced
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_class_balanced(logits, target, class_counts=[80, 15, 5]).shape
    (2,)
    """
    return value_of_name(
        "class_balanced",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        beta=beta,
        gamma=gamma,
        normalize=normalize,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_balanced_softmax(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the balanced softmax loss over a sigmoid of every element.

    Logits shifted by the log prior (Ren et al. 2020). ``-log p_y of the logits z_k + log prior_k``
    times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it
    is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_balanced_softmax
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_balanced_softmax(logits, target, class_counts=[95, 5]).shape
    (2, 3)
    """
    return value_of_name(
        "balanced_softmax",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_balanced_softmax(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the balanced softmax loss over a softmax of every row.

    Logits shifted by the log prior (Ren et al. 2020). ``-log p_y of the logits z_k + log prior_k``
    times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_balanced_softmax
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_balanced_softmax(logits, target, class_counts=[80, 15, 5]).shape
    (2,)
    """
    return value_of_name(
        "balanced_softmax",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_logit_adjusted(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    tau: float = 1.0,
    class_weight: ClassWeight = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the logit adjusted loss over a sigmoid of every element.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 -
    p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_logit_adjusted
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_logit_adjusted(logits, target, class_counts=[95, 5]).shape
    (2, 3)
    """
    return value_of_name(
        "logit_adjusted",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        tau=tau,
        class_weight=class_weight,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_logit_adjusted(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    tau: float = 1.0,
    class_weight: ClassWeight = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the logit adjusted loss over a softmax of every row.

    Logits shifted by tau log prior (Menon et al. 2021). ``-log p_y of the logits z_k + tau log
    prior_k`` times the class weight, where p_y is the softmax of the target's class; of a soft target
    the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_logit_adjusted
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_logit_adjusted(logits, target, class_counts=[80, 15, 5]).shape
    (2,)
    """
    return value_of_name(
        "logit_adjusted",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        tau=tau,
        class_weight=class_weight,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_vs_loss(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    tau: float = 1.0,
    gamma: float = 0.15,
    class_weight: ClassWeight = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the VS loss over a sigmoid of every element.

    Logits shifted and scaled by counts (Kini et al. 2021). ``-log p_y of the logits (n_k /
    n_max)^gamma z_k + tau log prior_k`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_vs_loss
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_vs_loss(logits, target, class_counts=[95, 5]).shape
    (2, 3)
    """
    return value_of_name(
        "vs_loss",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        tau=tau,
        gamma=gamma,
        class_weight=class_weight,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_vs_loss(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    tau: float = 1.0,
    gamma: float = 0.15,
    class_weight: ClassWeight = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the VS loss over a softmax of every row.

    Logits shifted and scaled by counts (Kini et al. 2021). ``-log p_y of the logits (n_k /
    n_max)^gamma z_k + tau log prior_k`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    tau : float, default 1.0
        At least 0; the shift is tau times the log class frequency.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_vs_loss
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_vs_loss(logits, target, class_counts=[80, 15, 5]).shape
    (2,)
    """
    return value_of_name(
        "vs_loss",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        tau=tau,
        gamma=gamma,
        class_weight=class_weight,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_cdt(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    gamma: float = 0.15,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the CDT loss over a sigmoid of every element.

    Logits scaled by counts (Ye et al. 2020). ``-log p_y of the logits (n_k / n_max)^gamma z_k`` times
    the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0;
    of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_cdt
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_cdt(logits, target, class_counts=[95, 5]).shape
    (2, 3)
    """
    return value_of_name(
        "cdt",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        gamma=gamma,
        class_weight=class_weight,
        logit_shift=logit_shift,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_cdt(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    gamma: float = 0.15,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the CDT loss over a softmax of every row.

    Logits scaled by counts (Ye et al. 2020). ``-log p_y of the logits (n_k / n_max)^gamma z_k`` times
    the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    gamma : float, default 0.15
        At least 0; logits are scaled by the class's share of the largest class to this power.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_cdt
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_cdt(logits, target, class_counts=[80, 15, 5]).shape
    (2,)
    """
    return value_of_name(
        "cdt",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        gamma=gamma,
        class_weight=class_weight,
        logit_shift=logit_shift,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_ldam(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    max_margin: float = 0.5,
    scale: float = 30.0,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the LDAM loss over a sigmoid of every element.

    A margin per class, larger for rarer ones (Cao et al. 2019). ``-log p_y of scale (z_y - max_margin
    (n_min / n_y)^(1/4)) and scale z_k`` times the class weight, where p = sigmoid(z) and p_y is p
    where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    max_margin : float, default 0.5
        Above 0; the margin of the rarest class.
    scale : float, default 30.0
        Above 0; what the logits are multiplied by.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_ldam
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_ldam(logits, target, class_counts=[95, 5]).shape
    (2, 3)
    """
    return value_of_name(
        "ldam",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        max_margin=max_margin,
        scale=scale,
        class_weight=class_weight,
        logit_shift=logit_shift,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_ldam(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    max_margin: float = 0.5,
    scale: float = 30.0,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the LDAM loss over a softmax of every row.

    A margin per class, larger for rarer ones (Cao et al. 2019). ``-log p_y of scale (z_y - max_margin
    (n_min / n_y)^(1/4)) and scale z_k`` times the class weight, where p_y is the softmax of the
    target's class; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    max_margin : float, default 0.5
        Above 0; the margin of the rarest class.
    scale : float, default 30.0
        Above 0; what the logits are multiplied by.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_ldam
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_ldam(logits, target, class_counts=[80, 15, 5]).shape
    (2,)
    """
    return value_of_name(
        "ldam",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        max_margin=max_margin,
        scale=scale,
        class_weight=class_weight,
        logit_shift=logit_shift,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_asymmetric(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
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
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the asymmetric loss over a sigmoid of every element.

    Focal by side, easy negatives cut (Ridnik et al. 2021). ``-(1 - p)^gamma_positive log p or, at r =
    max(p - clip, 0), -r^gamma_negative log(1 - r)`` times the class weight, where p = sigmoid(z) and
    p_y is p where the target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    gamma_negative : float, default 4.0
        At least 0; how much easy negatives are discounted.
    gamma_positive : float, default 1.0
        At least 0; how much easy positives are discounted.
    clip : float, default 0.05
        In [0, 1); negatives whose probability is below it count for nothing.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_asymmetric
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_asymmetric(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "asymmetric",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
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
        **unknown,
    )


def sigmoid_asymmetric_detached(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
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
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the asymmetric detached loss over a sigmoid of every element.

    Asymmetric with its weights held constant. ``Potential of the slope of asymmetric when either
    power is held constant`` times the class weight, where p = sigmoid(z) and p_y is p where the
    target is 1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    gamma_negative : float, default 4.0
        At least 0; how much easy negatives are discounted.
    gamma_positive : float, default 1.0
        At least 0; how much easy positives are discounted.
    clip : float, default 0.05
        In [0, 1); negatives whose probability is below it count for nothing.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_asymmetric_detached
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_asymmetric_detached(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "asymmetric_detached",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
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
        **unknown,
    )


def sigmoid_poly(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    epsilon: float = 1.0,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the poly loss over a sigmoid of every element.

    Log-loss plus epsilon (1-p) (Leng et al. 2022). ``-log p_y + epsilon (1 - p_y)`` times the class
    weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of a soft
    target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_poly
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_poly(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "poly",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        epsilon=epsilon,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_poly(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    epsilon: float = 1.0,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the poly loss over a softmax of every row.

    Log-loss plus epsilon (1-p) (Leng et al. 2022). ``-log p_y + epsilon (1 - p_y)`` times the class
    weight, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_poly
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_poly(logits, target).shape
    (2,)
    """
    return value_of_name(
        "poly",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        epsilon=epsilon,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_poly_focal(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
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
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the poly focal loss over a sigmoid of every element.

    Focal plus epsilon (1-p)^(gamma+1) (Leng et al. 2022). ``-(1 - p_y)^gamma log p_y + epsilon (1 -
    p_y)^(gamma + 1)`` times the class weight, where p = sigmoid(z) and p_y is p where the target is 1
    and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    alpha : float, optional
        Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_poly_focal
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_poly_focal(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "poly_focal",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
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
        **unknown,
    )


def softmax_poly_focal(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    gamma: float = 2.0,
    epsilon: float = 1.0,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the poly focal loss over a softmax of every row.

    Focal plus epsilon (1-p)^(gamma+1) (Leng et al. 2022). ``-(1 - p_y)^gamma log p_y + epsilon (1 -
    p_y)^(gamma + 1)`` times the class weight, where p_y is the softmax of the target's class; of a
    soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    gamma : float, default 2.0
        At least 0; the larger, the less easy examples count, and 0 is without it.
    epsilon : float, default 1.0
        Above -1; how much of 1 - p is added.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_poly_focal
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_poly_focal(logits, target).shape
    (2,)
    """
    return value_of_name(
        "poly_focal",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        gamma=gamma,
        epsilon=epsilon,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_generalized_cross_entropy(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    q: float = 0.7,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the generalized cross entropy loss over a sigmoid of every element.

    Between log-loss and 1-p, for noisy labels (Zhang and Sabuncu 2018). ``(1 - p_y^q) / q`` times the
    class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0; of
    a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    q : float, default 0.7
        In (0, 1]; towards 0 it is log-loss, and at 1 it is 1 - p and has no posterior.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_generalized_cross_entropy
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_generalized_cross_entropy(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "generalized_cross_entropy",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        q=q,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_generalized_cross_entropy(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    q: float = 0.7,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the generalized cross entropy loss over a softmax of every row.

    Between log-loss and 1-p, for noisy labels (Zhang and Sabuncu 2018). ``(1 - p_y^q) / q`` times the
    class weight, where p_y is the softmax of the target's class; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    q : float, default 0.7
        In (0, 1]; towards 0 it is log-loss, and at 1 it is 1 - p and has no posterior.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_generalized_cross_entropy
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_generalized_cross_entropy(logits, target).shape
    (2,)
    """
    return value_of_name(
        "generalized_cross_entropy",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        q=q,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_brier(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the brier loss over a sigmoid of every element.

    Squared error of the probability (Brier 1950). ``(1 - p_y)^2 or, over a softmax, the sum over k of
    (p_k - [k = y])^2`` times the class weight, where p = sigmoid(z) and p_y is p where the target is
    1 and 1 - p where it is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_brier
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_brier(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "brier",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_brier(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the brier loss over a softmax of every row.

    Squared error of the probability (Brier 1950). ``(1 - p_y)^2 or, over a softmax, the sum over k of
    (p_k - [k = y])^2`` times the class weight, where p_y is the softmax of the target's class; of a
    soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_brier
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_brier(logits, target).shape
    (2,)
    """
    return value_of_name(
        "brier",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


def sigmoid_mse(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the MSE loss over a sigmoid of every element.

    Another name of brier. ``(1 - p_y)^2 or, over a softmax, the sum over k of (p_k - [k = y])^2``
    times the class weight, where p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it
    is 0; of a soft target the expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, any shape.
    labels : array
        0 and 1, or probabilities, in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes
        As in `scarce.losses.SigmoidLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import sigmoid_mse
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([[0, 0, 1], [0, 1, 0]])
    >>> sigmoid_mse(logits, target).shape
    (2, 3)
    """
    return value_of_name(
        "mse",
        "sigmoid",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        **unknown,
    )


def softmax_mse(
    logits: JaxArrayLike,
    labels: JaxArrayLike,
    *,
    class_weight: ClassWeight = None,
    logit_shift: LogitShift = None,
    logit_scale: LogitScale = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    class_counts: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    axis: int = -1,
    sample_weight: JaxArrayLike | None = None,
    where: JaxArrayLike | None = None,
    **unknown: Never,
) -> jax.Array:
    """Return the MSE loss over a softmax of every row.

    Another name of brier. ``(1 - p_y)^2 or, over a softmax, the sum over k of (p_k - [k = y])^2``
    times the class weight, where p_y is the softmax of the target's class; of a soft target the
    expectation.

    Parameters
    ----------
    logits : array
        Raw outputs, classes on ``axis``.
    labels : array
        Class indices without the class axis, or one-hot or soft targets in the logits' shape.
    sample_weight : array, optional
        One weight a row, or one an element.
    where : array of bool, optional
        What counts; the rest costs 0 whatever its logits.
    class_weight, logit_shift, logit_scale, label_smoothing, ignore_index, class_counts, classes, axis
        As in `scarce.losses.SoftmaxLoss`.

    Returns
    -------
    array
        Unreduced, in single precision at least.

    Raises
    ------
    ScarceError
        E5xx if a setting or a shape does not fit.

    Notes
    -----
    `scarce.jax.posterior` turns the outputs of a trained model into probabilities.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from scarce.jax import softmax_mse
    >>> logits, target = jnp.zeros((2, 3)), jnp.array([0, 2])
    >>> softmax_mse(logits, target).shape
    (2,)
    """
    return value_of_name(
        "mse",
        "softmax",
        logits,
        labels,
        sample_weight,
        where,
        class_weight=class_weight,
        logit_shift=logit_shift,
        logit_scale=logit_scale,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        class_counts=class_counts,
        classes=classes,
        axis=axis,
        **unknown,
    )


__all__ = [
    "sigmoid_asymmetric",
    "sigmoid_asymmetric_detached",
    "sigmoid_balanced_softmax",
    "sigmoid_brier",
    "sigmoid_cdt",
    "sigmoid_class_balanced",
    "sigmoid_cross_entropy",
    "sigmoid_detached_focal",
    "sigmoid_focal",
    "sigmoid_generalized_cross_entropy",
    "sigmoid_ldam",
    "sigmoid_logit_adjusted",
    "sigmoid_mse",
    "sigmoid_poly",
    "sigmoid_poly_focal",
    "sigmoid_vs_loss",
    "sigmoid_weighted_cross_entropy",
    "softmax_balanced_softmax",
    "softmax_brier",
    "softmax_cdt",
    "softmax_class_balanced",
    "softmax_cross_entropy",
    "softmax_detached_focal",
    "softmax_focal",
    "softmax_generalized_cross_entropy",
    "softmax_ldam",
    "softmax_logit_adjusted",
    "softmax_mse",
    "softmax_poly",
    "softmax_poly_focal",
    "softmax_vs_loss",
    "softmax_weighted_cross_entropy",
]
