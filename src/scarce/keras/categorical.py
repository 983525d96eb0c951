"""Losses of one logit a class, for one-hot or soft targets."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from scarce.arrays import softmax
from scarce.arrays.inputs import fits
from scarce.errors import ScarceError
from scarce.keras.base import SMALLEST, KerasLoss
from scarce.keras.library import LIBRARY, outside_graphs
from scarce.keras.named import Focal, LogitAdjusted, Weighted


class ClassesLoss(KerasLoss):
    """What losses of one logit a class share: the posterior, and logits from probabilities."""

    kind: ClassVar[str] = "softmax"

    @outside_graphs
    def posterior(self, y_pred: Any) -> Any:
        """Return the class probabilities that outputs of the trained model stand for."""
        self.loss._check_posterior()
        z = self._logits(y_pred)
        share = softmax.posterior(LIBRARY, self.loss, self._rows(z))
        return ops.reshape(share, ops.shape(z))

    def _logits_of(self, probability: Any) -> Any:
        return ops.log(LIBRARY.names.maximum(probability, SMALLEST[self.dtype]))

    def _rows(self, values: Any) -> Any:
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
        rows = self._rows(self._logits(y_pred))
        mass = ops.reshape(y_true, (-1, predicted[-1]))
        losses = softmax.losses_of_mass(LIBRARY, self.loss, rows, mass)
        return ops.reshape(losses, ops.shape(y_pred)[:-1])


@keras.saving.register_keras_serializable(package="scarce")
class CategoricalFocalCrossentropy(Focal, CategoricalLoss):
    """Focal loss of a softmax, ``-w_y (1-p_y)^gamma log p_y``; soft targets give the expectation.

    Parameters
    ----------
    gamma : float, default 2.0
        At least 0; 0 is cross-entropy, and not a quarter of it as in Keras.
    **settings : object
        As in `KerasLoss`: ``class_weight``, ``label_smoothing``, ``from_logits`` ...

    Examples
    --------
    >>> import numpy as np
    >>> loss = CategoricalFocalCrossentropy(gamma=2.0)
    >>> print(f"{float(loss(np.eye(3), np.zeros((3, 3)))):.4f}")
    0.4883
    """


@keras.saving.register_keras_serializable(package="scarce")
class CategoricalCrossentropy(Weighted, CategoricalLoss):
    """Cross-entropy of a softmax with class weights, ``-w_y log p_y``.

    Parameters
    ----------
    class_weight : {None, "balanced", "effective", "inverse_sqrt"}, array or dict, optional
        One weight a class; a name needs ``class_counts``, a dict by label needs ``classes``.
    **settings : object
        As in `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = CategoricalCrossentropy(class_weight=[0.5, 1.0, 4.0])
    >>> print(f"{float(loss(np.eye(3), np.zeros((3, 3)))):.4f}")
    2.0141
    """


@keras.saving.register_keras_serializable(package="scarce")
class CategoricalLogitAdjustedCrossentropy(LogitAdjusted, CategoricalLoss):
    """Cross-entropy of logits shifted by ``tau`` times the log class frequencies; at 1 balanced softmax.

    Parameters
    ----------
    class_counts : array
        One count a class.
    tau : float, default 1.0
        At least 0. At 1 the plain argmax of the logits is the balanced decision.
    **settings : object
        As in `KerasLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = CategoricalLogitAdjustedCrossentropy([80, 15, 5])
    >>> print(f"{float(loss(np.eye(3), np.zeros((3, 3)))):.4f}")
    1.7053
    """
