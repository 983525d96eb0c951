"""Losses for JAX: unreduced functions with closed-form derivatives, and the posterior of their logits.

One function a loss of the catalogue and link, such as `sigmoid_focal` and `softmax_focal`; `value` takes any
`SigmoidLoss` or `SoftmaxLoss`.
"""

from scarce.errors import ScarceError

try:
    import jax as _jax  # noqa: F401
except ModuleNotFoundError as _missing:
    raise ScarceError("E701", needs="JAX", extra="jax") from _missing

from scarce.jax import functions
from scarce.jax.any_loss import base_score, log_odds, posterior, value
from scarce.jax.functions import *  # noqa: F403 - the losses of the catalogue, listed there

__all__ = ["base_score", "log_odds", "posterior", "value"]
__all__ += functions.__all__
