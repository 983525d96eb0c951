"""Losses for JAX: unreduced functions with closed-form derivatives, and the posterior of their logits.

One function a loss of the catalogue and link, such as `sigmoid_focal` and `softmax_focal`; `value` takes any
`SigmoidLoss` or `SoftmaxLoss`.
"""

from scarce.errors import ScarceError

try:
    import jax as _jax  # noqa: F401
except ModuleNotFoundError as _missing:
    raise ScarceError("E701", needs="JAX", extra="jax") from _missing

from scarce.jax.faces import base_score, log_odds, posterior, value
from scarce.jax.functions import (
    sigmoid_asymmetric,
    sigmoid_asymmetric_detached,
    sigmoid_balanced_softmax,
    sigmoid_brier,
    sigmoid_cdt,
    sigmoid_class_balanced,
    sigmoid_cross_entropy,
    sigmoid_detached_focal,
    sigmoid_focal,
    sigmoid_generalized_cross_entropy,
    sigmoid_ldam,
    sigmoid_logit_adjusted,
    sigmoid_mse,
    sigmoid_poly,
    sigmoid_poly_focal,
    sigmoid_vs_loss,
    sigmoid_weighted_cross_entropy,
    softmax_balanced_softmax,
    softmax_brier,
    softmax_cdt,
    softmax_class_balanced,
    softmax_cross_entropy,
    softmax_detached_focal,
    softmax_focal,
    softmax_generalized_cross_entropy,
    softmax_ldam,
    softmax_logit_adjusted,
    softmax_mse,
    softmax_poly,
    softmax_poly_focal,
    softmax_vs_loss,
    softmax_weighted_cross_entropy,
)

__all__ = [
    "base_score",
    "log_odds",
    "posterior",
    "sigmoid_asymmetric",
    "sigmoid_asymmetric_detached",
    "sigmoid_balanced_softmax",
    "sigmoid_brier",
    "sigmoid_cdt",
    "sigmoid_class_balanced",
    "sigmoid_cross_entropy",
    "sigmoid_detached_focal",
    "sigmoid_focal",
    "sigmoid_generalized_cross_entropy",
    "sigmoid_ldam",
    "sigmoid_logit_adjusted",
    "sigmoid_mse",
    "sigmoid_poly",
    "sigmoid_poly_focal",
    "sigmoid_vs_loss",
    "sigmoid_weighted_cross_entropy",
    "softmax_balanced_softmax",
    "softmax_brier",
    "softmax_cdt",
    "softmax_class_balanced",
    "softmax_cross_entropy",
    "softmax_detached_focal",
    "softmax_focal",
    "softmax_generalized_cross_entropy",
    "softmax_ldam",
    "softmax_logit_adjusted",
    "softmax_mse",
    "softmax_poly",
    "softmax_poly_focal",
    "softmax_vs_loss",
    "softmax_weighted_cross_entropy",
    "value",
]
