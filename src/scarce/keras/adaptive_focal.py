"""The callback that moves the gamma of a focal loss while a network trains."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from scarce.errors import ScarceError
from scarce.keras.adaptive_rules import RULES
from scarce.keras.focal_in_bins import AdaptiveFocalLoss
from scarce.losses import domains
from scarce.losses.inputs import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LEAST = np.finfo(np.float64).tiny


class AdaptiveFocal(keras.callbacks.Callback):
    """Focal loss whose gamma follows the training: a loss to compile with, and a callback that moves it.

    Parameters
    ----------
    rule : {"adafocal", "flsd53", "automated", "validated"}
        How gamma moves: as in `scarce.torch.adaptive`, whose classes describe the rules.
    validation_data : (x, y), optional
        Rows that the network is not fitted to, in arrays. "adafocal" and "validated" learn from them after
        each epoch; the others only write down the loss on them.
    kind : {"sparse", "categorical", "binary"}, default "sparse"
        Class indices, one-hot targets, or one logit with targets 0 and 1.
    ignore_class, from_logits, reduction, dtype : optional
        Of the loss; see `AdaptiveFocalLoss`.
    batch_size : int, optional
        For predicting the validation rows.
    **settings : object
        Of the rule: ``gamma``, ``rate``, ``bins``, ``switch``, ``lowest`` and ``highest`` of "adafocal";
        ``low_gamma``, ``high_gamma`` and ``threshold`` of "flsd53"; ``momentum`` of "automated";
        ``class_counts``, ``start``, ``step`` and ``highest`` of "validated".

    Attributes
    ----------
    loss : AdaptiveFocalLoss
        To compile with; its ``posterior`` reads what the last epoch trained.
    history : list of dict
        For each epoch ``epoch``, ``gamma`` (a list where there are several bins), ``power`` of the class
        weights (None without) and ``validation_loss``: the log-loss of the posterior (None without rows),
        which "validated" calibrates first. The mean gamma is in the logs too, as ``gamma``.

    Raises
    ------
    ScarceError
        E501 or E523 for a rule or a setting that is none; E916 where the rows that a rule needs are missing,
        and when training begins with a model that was compiled with another loss.

    Notes
    -----
    What the validation rows say after an epoch moves the numbers when the next one begins. The running mean
    of "automated" moves in each batch of `fit`, as in PyTorch, and neither in a validation nor in `evaluate`
    (after a `fit` that was interrupted, call ``on_train_end()`` first). A saved model, a checkpoint too, has
    the numbers that it was trained with; a callback that is made anew starts anew.

    Examples
    --------
    >>> x, y = np.eye(3)[[0, 1, 2, 0]], np.array([0, 1, 2, 0])
    >>> adaptive = AdaptiveFocal("adafocal", validation_data=(x, y))
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    >>> model.compile("adam", adaptive.loss)
    >>> _ = model.fit(x, y, epochs=2, callbacks=[adaptive], verbose=0)
    >>> [row["epoch"] for row in adaptive.history]
    [0, 1]
    """

    def __init__(
        self,
        rule: str,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        *,
        kind: str = "sparse",
        ignore_class: int | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
        batch_size: int | None = None,
        **settings: Any,
    ) -> None:
        super().__init__()
        made = RULES[domains.choice(*RULES)("rule", rule)]
        known = inspect.signature(made).parameters
        for name in settings:
            if name not in known:
                suggestion = f"it has {', '.join(known)}"
                raise ScarceError("E523", loss=f"the rule {rule!r}", name=name, suggestion=suggestion)
        if validation_data is None and made.needs_rows:
            what = f"the rule {rule!r} learns from validation rows, and there are none"
            raise ScarceError("E916", what=what, suggestion="give validation_data=(x_val, y_val)")
        self.rule = made(**settings)
        of_loss = {"ignore_class": ignore_class, "from_logits": from_logits, "reduction": reduction}
        self.loss = AdaptiveFocalLoss(kind, **self.rule.start(), **of_loss, dtype=dtype)
        self.history: list[dict[str, Any]] = []
        self._validation_data, self._batch_size = validation_data, batch_size
        self._next: dict[str, Any] = {}
        self._is_training = False

    def set_model(self, model: Any) -> None:
        """Let the model's compiled steps know the loss's numbers; E916 if it was compiled with another."""
        super().set_model(model)
        if not any(one is self.loss for one in keras.tree.flatten(model.loss)):
            what = "the model was compiled with a loss that this callback does not move"
            raise ScarceError("E916", what=what, suggestion="model.compile(optimizer, adaptive.loss)")
        if not any(one is self.loss.state for one in model.metrics):
            setattr(model, self.loss.state.name, self.loss.state)

    def on_train_begin(self, logs: Any = None) -> None:
        """Let batches move what they move."""
        self._is_training = True
        self._learn(True)

    def on_train_end(self, logs: Any = None) -> None:
        """Hold the numbers."""
        self._is_training = False
        self._learn(False)

    def on_test_begin(self, logs: Any = None) -> None:
        """Hold the numbers while rows are only looked at."""
        self._learn(False)

    def on_test_end(self, logs: Any = None) -> None:
        """Go on, if this was a validation."""
        self._learn(self._is_training)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Move the numbers to what the last epoch's validation rows said."""
        self.loss.state.assign(**self._next)
        self._next = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write down the epoch, and ask the rule for the next one's numbers."""
        gammas = self.loss.gammas.astype(np.float64)
        row = {"epoch": len(self.history), "gamma": gammas.tolist() if gammas.size > 1 else float(gammas[0])}
        row |= {"power": None, "validation_loss": None}
        if self._validation_data is not None:
            logits, labels, loss = self._looked_at(*self._validation_data)
            self._next = self.rule.moved(gammas, logits, labels)
            row |= {"validation_loss": loss} | self.rule.written()
        self.history.append(row)
        if logs is not None:
            logs["gamma"] = float(gammas.mean())

    def _learn(self, learns: bool) -> None:
        self.loss.state.is_learning.assign(float(learns))

    def _looked_at(self, x: Any, y: Any) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
        """Return logits in rows by classes, labels and the posterior's log-loss; E916 if no row counts."""
        predicted, kind = self.model.predict(x, batch_size=self._batch_size, verbose=0), self.loss.kind
        known = self.loss.focal.logits(predicted), self.loss.posterior(predicted)
        logits, share = (ops.convert_to_numpy(one).astype(np.float64) for one in known)
        labels = ops.convert_to_numpy(y) if kind == "sparse" else _hard(ops.convert_to_numpy(y))
        if kind == "binary":
            logits, share = np.stack([0.0 * logits, logits], axis=-1), np.stack([1.0 - share, share], axis=-1)
        elif kind == "categorical":
            labels = labels.argmax(axis=-1)
        labels = labels.ravel()
        kept = labels != self.loss.ignore_class
        if not kept.any():
            suggestion = "give rows whose label is not ignore_class"
            raise ScarceError("E916", what="no row of validation_data counts", suggestion=suggestion)
        logits, share = (one.reshape(labels.size, -1)[kept] for one in (logits, share))
        labels = labels[kept].astype(np.int64)
        outside = labels[(labels < 0) | (labels >= share.shape[1])]
        if outside.size:
            what = f"the label {outside[0]} of validation_data is none of {share.shape[1]} classes"
            raise ScarceError("E916", what=what, suggestion="count the classes from 0, or give ignore_class")
        own = share[np.arange(labels.size), labels]
        return logits, labels, float(-np.log(np.maximum(own, LEAST)).mean())


def _hard(target: NDArray[Any]) -> NDArray[np.float64]:
    """Return targets that are 0 and 1, but for rounding; E585 for any other."""
    ends = np.clip(np.round(target), 0.0, 1.0)
    if np.abs(target - ends).max(initial=0.0) > ROUNDING:
        raise ScarceError("E585", shape=target.shape)
    return ends
