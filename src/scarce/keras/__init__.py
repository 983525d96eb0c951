"""Losses for Keras 3 on TensorFlow, JAX and PyTorch: y_true first, right at every logit, with `posterior`.

loss = scarce.keras.SparseCategoricalFocalCrossentropy(gamma=2.0)
model.compile("adam", loss)                       # the model's last layer gives logits
loss.posterior(model.predict(x))                  # what the model believes
"""

from scarce.errors import ScarceError

try:
    import keras as _keras  # noqa: F401
except ModuleNotFoundError as _missing:
    _backends = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
    _name = str(_missing.name).partition(".")[0]
    if _name in _backends:
        _needs, _extra = f"{_name}, the backend that Keras is set to,", _backends[_name]
    else:
        _needs, _extra = "Keras", "keras"
    raise ScarceError("E701", needs=_needs, extra=_extra) from _missing

from scarce.keras.base import KerasLoss
from scarce.keras.binary import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    BinaryLogitAdjustedCrossentropy,
    BinaryLoss,
)
from scarce.keras.categorical import (
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalLogitAdjustedCrossentropy,
    CategoricalLoss,
)
from scarce.keras.sparse import (
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
    SparseCategoricalLogitAdjustedCrossentropy,
    SparseCategoricalLoss,
)
from scarce.keras.weights import class_weight

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "BinaryLogitAdjustedCrossentropy",
    "BinaryLoss",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalLogitAdjustedCrossentropy",
    "CategoricalLoss",
    "KerasLoss",
    "SparseCategoricalCrossentropy",
    "SparseCategoricalFocalCrossentropy",
    "SparseCategoricalLogitAdjustedCrossentropy",
    "SparseCategoricalLoss",
    "class_weight",
]
