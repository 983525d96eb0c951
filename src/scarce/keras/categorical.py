"""Losses of one logit a class: for one-hot or soft targets, and for class indices."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from scarce.arrays.class_losses import losses_of_labels, losses_of_mass
from scarce.arrays.input_checks import fits
from scarce.errors import ScarceError
from scarce.keras.keras_library import LIBRARY, mask_of, outside_graphs
from scarce.keras.keras_loss import SMALLEST, KerasLoss
from scarce.losses import class_algebra, domains


class ClassesLoss(KerasLoss):
    """What losses of one logit a class share: the posterior, and logits from probabilities."""

    kind: ClassVar[str] = "softmax"

    @outside_graphs
    def posterior(self, y_pred: Any) -> Any:
        """Return the class probabilities that outputs of the trained model stand for."""
        self.loss.check_posterior()
        z = self.logits(y_pred)
        rows = self.rows(z)
        share = class_algebra.posterior(LIBRARY, self.loss, self.numbers.beside(LIBRARY, rows), rows)
        return ops.reshape(share, ops.shape(z))

    def logits_of(self, probability: Any) -> Any:
        """Return ``log p``."""
        return ops.log(LIBRARY.maximum(probability, SMALLEST[self.dtype]))

    def rows(self, values: Any) -> Any:
        """Return values of any shape as rows of classes."""
        if values.shape[-1] is None or values.shape[-1] < 2:
            raise ScarceError("E516", shape=tuple(values.shape))
        return ops.reshape(values, (-1, values.shape[-1]))


@keras.saving.register_keras_serializable(package="scarce")
class CategoricalLoss(ClassesLoss):
    """Any loss of the catalogue for one-hot or soft targets. Parameters as in `KerasLoss`."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of every example: ``sum over k of t_k w_k phi(p_k)``.

        Parameters
        ----------
        y_true : tensor, shape (..., n_classes)
            One-hot or soft.
        y_pred : tensor, shape (..., n_classes)
            Logits, or probabilities where ``from_logits=False``.

        Raises
        ------
        ScarceError
            E573 for class indices, which Keras would spread over the classes; E516 for a single logit.
        """
        true, predicted = tuple(y_true.shape), tuple(y_pred.shape)
        if len(true) != len(predicted) or not fits(true[-1:], predicted[-1:]):
            raise ScarceError("E573", true=true, predicted=predicted, sparse=f"Sparse{type(self).__name__}")
        rows = self.rows(self.logits(y_pred))
        mass = ops.reshape(y_true, (-1, predicted[-1]))
        losses = losses_of_mass(LIBRARY, self.loss, self.numbers.beside(LIBRARY, rows), rows, mass)
        return ops.reshape(losses, ops.shape(y_pred)[:-1])


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
        rows = self.rows(self.logits(y_pred))
        if self.ignore_class is not None:
            valid = self._counts(labels)
            rows = ops.where(ops.expand_dims(valid, -1), rows, 0.0)
            labels = ops.where(valid, labels, ops.zeros_like(labels))
        losses = losses_of_labels(LIBRARY, self.loss, self.numbers.beside(LIBRARY, rows), rows, labels)
        return ops.reshape(losses, ops.shape(y_pred)[:-1])

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same loss of."""
        return super().get_config() | {"ignore_class": self.ignore_class}

    def _counts(self, labels: Any) -> Any:
        return ops.not_equal(labels, float(self.ignore_class))


def _labels(y_true: Any, y_pred: Any) -> Any:
    """Return class indices, floats as Keras makes every target, in the predictions' shape without classes."""
    true, predicted = tuple(y_true.shape), tuple(y_pred.shape)
    if len(true) == len(predicted) and fits(true[-1:], (1,)):
        y_true = ops.reshape(y_true, ops.shape(y_pred)[:-1])  # its last size may come to be known too late
    elif len(true) + 1 != len(predicted):
        raise ScarceError("E574", true=true, predicted=predicted)
    return y_true
