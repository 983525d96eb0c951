"""Losses of one logit an example, or one a label."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from scarce.arrays import binary_losses
from scarce.arrays.input_checks import fits
from scarce.errors import ScarceError
from scarce.keras.keras_library import LIBRARY, outside_graphs
from scarce.keras.keras_loss import BELOW_ONE, SMALLEST, KerasLoss
from scarce.losses import binary_algebra


@keras.saving.register_keras_serializable(package="scarce")
class BinaryLoss(KerasLoss):
    """Any loss of the catalogue for one logit an example or a label.

    The loss of an example is the mean over its last axis, as in Keras. Parameters as in `KerasLoss`;
    ``class_weight`` is ``[negative, positive]``.

    Notes
    -----
    ``y_true`` outside [0, 1] gives NaN.

    Examples
    --------
    >>> loss = BinaryLoss("asymmetric", gamma_negative=4.0, clip=0.05)
    >>> import numpy as np
    >>> print(f"{float(loss(np.array([[1.0]]), np.array([[0.0]]))):.4f}")
    0.3466
    """

    kind: ClassVar[str] = "sigmoid"

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of every example: ``s w_y phi(p_y)``, the mean over the last axis.

        Parameters
        ----------
        y_true : tensor
            0 and 1, or probabilities, in the shape of ``y_pred``; an axis of one may be missing.
        y_pred : tensor, shape (..., n_labels)
            Logits, or probabilities where ``from_logits=False``.

        Raises
        ------
        ScarceError
            E505 if the shapes differ: one label for several logits is never spread over them.
        """
        y_true, y_pred = _aligned(y_true, y_pred)
        z = self.logits(y_pred)
        numbers = binary_losses.numbers_beside(LIBRARY, self.numbers, z)
        losses = binary_losses.losses(LIBRARY, self.loss, numbers, z, y_true)
        n_labels = ops.cast(ops.shape(losses)[-1], losses.dtype)
        return ops.sum(losses, axis=-1) / n_labels  # Keras computes the mean of doubles in single

    @outside_graphs
    def posterior(self, y_pred: Any) -> Any:
        """Return the probability of the positive class that outputs of the trained model stand for."""
        return binary_algebra.probability(LIBRARY, self.log_odds(y_pred))

    @outside_graphs
    def log_odds(self, y_pred: Any) -> Any:
        """Return the log-odds of the posterior, which do not saturate."""
        self.loss.check_posterior()
        z = self.logits(y_pred)
        return binary_algebra.log_odds(LIBRARY, self.loss, self.numbers.beside(LIBRARY, z), z)

    def logits_of(self, probability: Any) -> Any:
        """Return ``log(p / (1 - p))``."""
        inside = LIBRARY.minimum(LIBRARY.maximum(probability, SMALLEST[self.dtype]), BELOW_ONE[self.dtype])
        return ops.log(inside) - ops.log1p(-inside)


def _aligned(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return both with a last axis of labels, which one of them may lack where it would be one."""
    true, predicted = tuple(y_true.shape), tuple(y_pred.shape)
    if len(true) + 1 == len(predicted) and predicted[-1] == 1:
        y_true = ops.expand_dims(y_true, -1)
    elif len(predicted) + 1 == len(true) and true[-1] == 1:
        y_pred = ops.expand_dims(y_pred, -1)
    elif len(predicted) == len(true) == 1:
        y_true, y_pred = ops.expand_dims(y_true, -1), ops.expand_dims(y_pred, -1)
    elif not fits(true, predicted):
        suggestion = "give y_true one entry a logit, in the shape of y_pred"
        raise ScarceError("E505", logits=predicted, target=true, suggestion=suggestion)
    return y_true, y_pred
