"""Losses, each with five faces: value, gradient, curvature, posterior and base score."""

from scarce.losses import domains
from scarce.losses.catalog import CATALOG, get, parse
from scarce.losses.domains import parameter
from scarce.losses.loss import Loss
from scarce.losses.modulation import Formulas, Modulation
from scarce.losses.serialization import from_dict
from scarce.losses.sigmoid import SigmoidLoss
from scarce.losses.softmax import SoftmaxLoss

__all__ = [
    "CATALOG",
    "Formulas",
    "Loss",
    "Modulation",
    "SigmoidLoss",
    "SoftmaxLoss",
    "domains",
    "from_dict",
    "get",
    "parameter",
    "parse",
]
