"""Losses of one logit a class, for class indices."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from scarce.arrays import softmax
from scarce.arrays.inputs import fits
from scarce.errors import ScarceError
from scarce.keras.categorical import ClassesLoss
from scarce.keras.library import LIBRARY, mask_of, outside_graphs
from scarce.keras.named import Focal, LogitAdjusted, Weighted
from scarce.losses import domains


@keras.saving.register_keras_serializable(package="scarce")
class SparseCategoricalLoss(ClassesLoss):
    """Any loss of the catalogue for class indices.

    Parameters
    ----------
    loss, **settings : object
        As in `KerasLoss`.
    ignore_class : int, optional
        Examples with this label count for nothing, neither in the sum nor in what a mean divides by.

    Notes
    -----
    A label that is not a class gives NaN, and so does one between two classes, such as 1.7.
    """

    instead_of_ignore_index: ClassVar[str] = "use ignore_class"

    def __init__(self, loss: Any, *, ignore_class: int | None = None, **settings: Any) -> None:
        super().__init__(loss, **settings)
        self.ignore_class = None if ignore_class is None else domains.whole("ignore_class", ignore_class)

    @outside_graphs
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the reduced loss; see `call`."""
        if self.ignore_class is None:
            return super().__call__(y_true, y_pred, sample_weight)
        labels = _labels(ops.convert_to_tensor(y_true, dtype=self.dtype), ops.convert_to_tensor(y_pred))
        weight = valid = ops.cast(self._counts(labels), self.dtype)
        if self.reduction in ("sum_over_batch_size", "mean"):
            mask = mask_of(y_pred)
            kept = ops.ones_like(valid) if mask is None else ops.cast(mask, self.dtype)
            # Keras divides by what the mask keeps, and what counts is less
            weight = valid * (ops.sum(kept) / ops.maximum(ops.sum(kept * valid), 1.0))
        if sample_weight is not None:
            given = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            given = ops.reshape(given, ops.shape(given) + (1,) * (len(valid.shape) - len(given.shape)))
            weight = ops.where(valid > 0.0, weight * given, ops.zeros_like(given))
        return super().__call__(y_true, y_pred, weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of every example: ``w_y phi(p_y)``.

        Parameters
        ----------
        y_true : tensor, shape (...,) or (..., 1)
            Class indices.
        y_pred : tensor, shape (..., n_classes)
            Logits, or probabilities where ``from_logits=False``.

        Raises
        ------
        ScarceError
            E574 for one-hot or soft targets; E516 for a single logit.
        """
        labels = ops.reshape(_labels(ops.cast(y_true, self.dtype), y_pred), (-1,))
        rows = self._rows(self._logits(y_pred))
        if self.ignore_class is not None:
            valid = self._counts(labels)
            rows = ops.where(ops.expand_dims(valid, -1), rows, 0.0)
            labels = ops.where(valid, labels, ops.zeros_like(labels))
        losses = softmax.losses_of_labels(LIBRARY, self.loss, rows, labels)
        return ops.reshape(losses, ops.shape(y_pred)[:-1])

    def _counts(self, labels: Any) -> Any:
        return ops.not_equal(labels, float(self.ignore_class))

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same loss of."""
        return super().get_config() | {"ignore_class": self.ignore_class}


@keras.saving.register_keras_serializable(package="scarce")
class SparseCategoricalFocalCrossentropy(Focal, SparseCategoricalLoss):
    """Focal loss of a softmax for class indices, ``-w_y (1-p_y)^gamma log p_y``.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; 0 is cross-entropy.
    **settings : object
        As in `SparseCategoricalLoss`: ``class_weight``, ``ignore_class``, ``from_logits`` ...

    Examples
    --------
    >>> import numpy as np
    >>> loss = SparseCategoricalFocalCrossentropy(gamma=2.0, ignore_class=-1)
    >>> print(f"{float(loss(np.array([0, 2, -1]), np.zeros((3, 3)))):.4f}")
    0.4883
    """


@keras.saving.register_keras_serializable(package="scarce")
class SparseCategoricalCrossentropy(Weighted, SparseCategoricalLoss):
    """Cross-entropy of a softmax for class indices, with class weights, ``-w_y log p_y``.

    Parameters
    ----------
    class_weight : {None, "balanced", "effective", "inverse_sqrt"}, array or dict, optional
        One weight a class; a name needs ``class_counts``, a dict by label needs ``classes``.
    **settings : object
        As in `SparseCategoricalLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = SparseCategoricalCrossentropy(class_weight=[0.5, 1.0, 4.0])
    >>> print(f"{float(loss(np.array([0, 1, 2]), np.zeros((3, 3)))):.4f}")
    2.0141
    """


@keras.saving.register_keras_serializable(package="scarce")
class SparseCategoricalLogitAdjustedCrossentropy(LogitAdjusted, SparseCategoricalLoss):
    """Cross-entropy for class indices of logits shifted by ``tau`` times the log class frequencies.

    Parameters
    ----------
    class_counts : array
        One count a class.
    tau : float, default 1.0
        At least 0. At 1 the plain argmax of the logits is the balanced decision.
    **settings : object
        As in `SparseCategoricalLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = SparseCategoricalLogitAdjustedCrossentropy([80, 15, 5])
    >>> print(f"{float(loss(np.array([0, 1, 2]), np.zeros((3, 3)))):.4f}")
    1.7053
    """


def _labels(y_true: Any, y_pred: Any) -> Any:
    """Return class indices in the shape of the predictions without their classes.

    They come as Keras turns every target: into the floating type of the loss, which holds each index and in
    which none wraps around.
    """
    true, predicted = tuple(y_true.shape), tuple(y_pred.shape)
    if len(true) == len(predicted) and fits(true[-1:], (1,)):
        y_true = ops.reshape(y_true, ops.shape(y_pred)[:-1])  # its last size may come to be known too late
    elif len(true) + 1 != len(predicted):
        raise ScarceError("E574", true=true, predicted=predicted)
    return y_true
