"""Losses, each with five faces: value, gradient, curvature, posterior and base score."""

from scarce.losses.catalog import CATALOG, get, parse
from scarce.losses.sigmoid import SigmoidLoss
from scarce.losses.softmax import SoftmaxLoss

__all__ = ["CATALOG", "SigmoidLoss", "SoftmaxLoss", "get", "parse"]
