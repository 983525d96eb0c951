"""Losses, each with five faces: value, gradient, curvature, posterior and base score."""

from scarce.losses.catalog import CATALOG, get, parse
from scarce.losses.loss import Loss
from scarce.losses.sigmoid import SigmoidLoss
from scarce.losses.softmax import SoftmaxLoss
from scarce.losses.stored import from_dict

__all__ = ["CATALOG", "Loss", "SigmoidLoss", "SoftmaxLoss", "from_dict", "get", "parse"]
