"""What every loss for Keras has: the loss behind it, its starting point and its configuration."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

import keras
from keras import ops

from scarce.arrays.input_checks import changed, check_unused, row_weights
from scarce.errors import ScarceError
from scarce.keras.keras_library import LIBRARY, outside_graphs
from scarce.losses import Loss, from_dict, get
from scarce.losses.formulas import unbounded
from scarce.losses.settings_text import plain
from scarce.losses.weighting import NAMED_WEIGHTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

SMALLEST = {"float32": 2.0**-126, "float64": 2.0**-1022}
BELOW_ONE = {"float32": 1.0 - 2.0**-24, "float64": 1.0 - 2.0**-53}

INSTEAD = {
    "axis": "classes come last in Keras: bring them there with keras.ops.moveaxis",
    "background": "only scarce's own mean over positives knows a background: use sample_weight",
}
"""By setting that does nothing in Keras, what to do in its place."""
NO_GRADIENT = "neither a gradient nor a later value reaches the settings of a loss: give a number"


class KerasLoss(keras.losses.Loss, ABC):
    """A loss of `scarce.losses` as Keras wants one: ``loss(y_true, y_pred, sample_weight=None)``.

    The leaves are `BinaryLoss`, `CategoricalLoss` and `SparseCategoricalLoss`, and what is named after them.

    Parameters
    ----------
    loss : str, Loss or dict
        A name of the catalogue, a loss of `scarce.losses`, or what its ``to_dict`` gave.
    from_logits : bool, default True
        Whether ``y_pred`` are logits. Probabilities are turned back into logits, held inside what their type
        can tell from 0 and 1; what the activation rounded away is lost.
    reduction : str, default "sum_over_batch_size"
        As everywhere in Keras.
    name : str, optional
        The loss's name.
    dtype : str or DTypePolicy, optional
        The type to compute in, ``floatx`` by default; half precision is computed in single.
    **settings : object
        The parameters of the catalogue's loss (``gamma``, ``tau`` ...) and the settings of
        `scarce.losses.SigmoidLoss` or `SoftmaxLoss` (``class_weight``, ``class_counts``, ``classes``,
        ``label_smoothing``, ``logit_shift``, ``logit_scale``).

    Raises
    ------
    ScarceError
        E5xx if a setting does not fit; E575 if the loss is for another kind of output; E576 for a setting
        that does nothing in Keras (``ignore_index``, ``axis``, ``background``), or for a variable as one.
    """

    kind: ClassVar[str]
    instead_of_ignore_index: ClassVar[str] = "give what is not to count a sample_weight of 0, or a mask"
    catalogued: ClassVar[str | None] = None

    def __init__(
        self,
        loss: str | Loss | Mapping[str, Any],
        *,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **settings: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if self.dtype not in SMALLEST:
            self._dtype_policy = keras.DTypePolicy("float32")
            self._dtype = "float32"
        self.from_logits = from_logits
        self._check_settings(settings)
        self.loss = _loss(loss, self.kind, settings)
        self._check_settings(changed(self.loss))
        if self.loss.kind != self.kind or self.loss.reduction != "none":
            raise ScarceError("E575", face=type(self).__name__, loss=self.loss.describe(), kind=self.kind)
        self._settings = settings
        self.numbers = self.loss.numbers  # refuses here, not in a batch, what still waits for class counts

    @outside_graphs
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the reduced loss; see `call`.

        A sample weight that is negative, NaN or infinite gives NaN. A loss is infinite only after it was
        weighted, so that an impossible class costs nothing where the weight is 0.
        """
        if sample_weight is not None:
            sample_weight = row_weights(LIBRARY, ops.convert_to_tensor(sample_weight, dtype=self.dtype))
        return unbounded(LIBRARY, super().__call__(y_true, y_pred, sample_weight))

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse a setting of the loss behind, which was worked in and would not change."""
        parts = (self.loss, self.loss.modulation) if "loss" in vars(self) else ()
        if name != "reduction" and any(name == item.name for part in parts for item in fields(part)):
            cls = type(self).__name__
            another = f"make another loss: {cls}(..., {name}={value!r})"
            raise ScarceError("E576", face=f"a finished {cls}", name=name, value=value, suggestion=another)
        super().__setattr__(name, value)

    def base_score(self, prior: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the constant logits whose posterior is the prior: what to start the last bias at.

        Parameters
        ----------
        prior : array_like
            The positive class's frequency, or one frequency a class.

        Returns
        -------
        ndarray
            In the prior's shape.
        """
        return self.loss.base_score(prior)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same loss of, JSON throughout."""
        config = super().get_config() | {"from_logits": self.from_logits, "dtype": self.dtype}
        if self.catalogued is None:
            return config | {"loss": self.loss.to_dict()}
        given = {key: value for key, value in self._settings.items() if value is not None}
        return config | {key: plain(getattr(self.loss, key, value)) for key, value in given.items()}

    def _check_settings(self, settings: Mapping[str, Any]) -> None:
        """Refuse what would do nothing: settings that Keras has in another way, and a gradient's target."""
        learned = {name: NO_GRADIENT for name, given in settings.items() if _is_learned(given)}
        instead = INSTEAD | {"ignore_index": self.instead_of_ignore_index} | learned
        check_unused(type(self).__name__, settings, instead)

    def logits(self, y_pred: Any) -> Any:
        """Return the logits of a prediction, which may be given in any type and as any array."""
        predicted = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        return predicted if self.from_logits else self.logits_of(predicted)

    @abstractmethod
    def logits_of(self, probability: Any) -> Any:
        """Return logits that the link turns into given probabilities."""


def _is_learned(setting: Any) -> bool:
    """Return whether a setting may change or expect a gradient: a variable or a parameter of a backend."""
    is_variable = getattr(setting, "trainable", None) is not None
    return is_variable or getattr(setting, "requires_grad", False) is True


def _loss(given: str | Loss | Mapping[str, Any], kind: str, settings: dict[str, Any]) -> Loss:
    """Return the loss that was named, given or stored."""
    if isinstance(given, str):
        weight = settings.get("class_weight")
        is_stored = isinstance(weight, Mapping) and weight.get("name") in NAMED_WEIGHTS
        if is_stored and settings.get("classes") is None:
            parameters = {key: value for key, value in weight.items() if key != "name"}
            settings["class_weight"] = NAMED_WEIGHTS[weight["name"]](**parameters)
        return get(given, kind=kind, **settings)
    if settings:
        name = next(iter(settings))
        raise ScarceError("E523", loss="a finished loss", name=name, suggestion="set it there")
    return given if isinstance(given, Loss) else from_dict(given)
