"""Losses for Keras 3 on TensorFlow, JAX and PyTorch: y_true first, right at every logit, with `posterior`.

loss = scarce.keras.SparseCategoricalFocalCrossentropy(gamma=2.0)
model.compile("adam", loss)                       # the model's last layer gives logits
loss.posterior(model.predict(x))                  # what the model believes
"""

from scarce.errors import ScarceError

try:
    import keras as _keras  # noqa: F401
except ModuleNotFoundError as _missing:
    _name = str(_missing.name).partition(".")[0]
    if _name in ("tensorflow", "jax", "torch"):
        _needs, _extra = f"{_name}, the backend that Keras is set to,", _name
    else:
        _needs, _extra = "Keras", "keras"
    raise ScarceError("E701", needs=_needs, extra=_extra) from _missing

from scarce.keras import crossentropies
from scarce.keras.adaptive_focal import AdaptiveFocal
from scarce.keras.binary import BinaryLoss
from scarce.keras.categorical import CategoricalLoss, SparseCategoricalLoss
from scarce.keras.crossentropies import *  # noqa: F403 - the losses that are named as in Keras, listed there
from scarce.keras.focal_in_bins import AdaptiveFocalLoss
from scarce.keras.keras_loss import KerasLoss
from scarce.keras.weights_for_fit import class_weight

__all__ = ["AdaptiveFocal", "AdaptiveFocalLoss"]
__all__ += ["BinaryLoss", "CategoricalLoss", "KerasLoss", "SparseCategoricalLoss", "class_weight"]
__all__ += crossentropies.__all__
