"""Losses of one logit an example, or one a label."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from scarce.arrays import sigmoid
from scarce.arrays.inputs import fits
from scarce.errors import ScarceError
from scarce.keras.base import BELOW_ONE, SMALLEST, KerasLoss
from scarce.keras.library import LIBRARY, outside_graphs
from scarce.keras.named import LogitAdjusted, Weighted


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
        losses = sigmoid.losses(LIBRARY, self.loss, self._logits(y_pred), y_true)
        n_labels = ops.cast(ops.shape(losses)[-1], losses.dtype)
        return ops.sum(losses, axis=-1) / n_labels  # Keras computes the mean of doubles in single

    @outside_graphs
    def posterior(self, y_pred: Any) -> Any:
        """Return the probability of the positive class that outputs of the trained model stand for."""
        self.loss._check_posterior()
        return sigmoid.posterior(LIBRARY, self.loss, self._logits(y_pred))

    @outside_graphs
    def log_odds(self, y_pred: Any) -> Any:
        """Return the log-odds of the posterior, which do not saturate."""
        self.loss._check_posterior()
        return sigmoid.log_odds(LIBRARY, self.loss, self._logits(y_pred))

    def _logits_of(self, probability: Any) -> Any:
        names = LIBRARY.names
        inside = names.minimum(names.maximum(probability, SMALLEST[self.dtype]), BELOW_ONE[self.dtype])
        return ops.log(inside) - ops.log1p(-inside)


@keras.saving.register_keras_serializable(package="scarce")
class BinaryFocalCrossentropy(BinaryLoss):
    """Binary focal loss, ``-w_y (1-p_y)^gamma log p_y``.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; 0 is cross-entropy.
    alpha : float, optional
        Lin's: the weight of positives, 1 - alpha that of negatives. None by default, unlike in Keras.
    **settings : object
        As in `KerasLoss`: ``class_weight``, ``label_smoothing``, ``from_logits`` ...

    Examples
    --------
    >>> import numpy as np
    >>> loss = BinaryFocalCrossentropy(gamma=2.0)
    >>> print(f"{float(loss(np.array([[1], [0]]), np.array([[-20.0], [0.0]]))):.4f}")
    10.0866

    References
    ----------
    Lin et al., "Focal loss for dense object detection", ICCV 2017, equations 4 and 5.
    """

    catalogued: ClassVar[str | None] = "focal"

    def __init__(self, gamma: float = 2.0, alpha: float | None = None, **settings: Any) -> None:
        super().__init__("focal", gamma=gamma, alpha=alpha, **settings)


@keras.saving.register_keras_serializable(package="scarce")
class BinaryCrossentropy(Weighted, BinaryLoss):
    """Binary cross-entropy with class weights, ``-w_y log p_y``.

    Parameters
    ----------
    class_weight : {None, "balanced", "effective", "inverse_sqrt"}, array or dict, optional
        ``[negative, positive]``; a name needs ``class_counts``, a dict by label needs ``classes``.
    **settings : object
        As in `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = BinaryCrossentropy(class_weight={"buy": 0.75, "don't buy": 0.25}, classes=("don't buy", "buy"))
    >>> print(f"{float(loss(np.array([[1], [0]]), np.array([[0.0], [0.0]]))):.4f}")
    0.3466
    """


@keras.saving.register_keras_serializable(package="scarce")
class BinaryLogitAdjustedCrossentropy(LogitAdjusted, BinaryLoss):
    """Binary cross-entropy of logits shifted by ``tau`` times the log-odds of the class frequencies.

    Parameters
    ----------
    class_counts : array
        ``[negatives, positives]``, or one such row a label.
    tau : float, default 1.0
        At least 0. At 1 the plain sign of the logits is the balanced decision.
    **settings : object
        As in `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = BinaryLogitAdjustedCrossentropy([90, 10])
    >>> print(f"{float(loss(np.array([[1], [0]]), np.array([[0.0], [0.0]]))):.4f}")
    1.2040

    References
    ----------
    Menon et al., "Long-tail learning via logit adjustment", ICLR 2021, equation 10.
    """


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
