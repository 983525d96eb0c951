"""Adjustments of the logits that follow from the class counts: ``u_k = scale_k z_k + shift_k``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from scarce.losses import domains
from scarce.losses.weighting import frozen_numbers, refuse_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class LogPrior(domains.Checked):
    """Shift each logit by ``tau log prior_k``: logit adjustment, and balanced softmax at tau = 1.

    Parameters
    ----------
    tau : float, default 1.0
        At least 0; 0 adjusts nothing.

    Notes
    -----
    After training with it, the posterior comes from the adjusted logits u; at tau = 1 the plain argmax of
    z is the balanced decision.

    References
    ----------
    Menon et al., "Long-tail learning via logit adjustment", ICLR 2021, equation 10.
    Ren et al., "Balanced meta-softmax for long-tailed visual recognition", NeurIPS 2020, equation 4.
    """

    tau: float = domains.parameter(
        1.0, domains.at_least_zero, "At least 0; the shift is tau times the log class frequency."
    )
    name: ClassVar[str] = "log_prior"

    def per_class(self, class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shift of each class, classes on the last axis as in the counts."""
        return self.tau * np.log(class_counts / class_counts.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class CountScale(domains.Checked):
    """Scale each logit by ``(n_k / n_max) ** gamma``: class-dependent temperatures, and part of VS.

    Parameters
    ----------
    gamma : float, default 0.15
        At least 0; 0 scales nothing.

    References
    ----------
    Ye et al., "Identifying and compensating for feature deviation in imbalanced deep learning", 2020,
    equation 4. Kini et al., "Label-imbalanced and group-sensitive classification under
    overparameterization", NeurIPS 2021, equation 2.
    """

    gamma: float = domains.parameter(
        0.15,
        domains.at_least_zero,
        "At least 0; logits are scaled by the class's share of the largest class to this power.",
    )
    name: ClassVar[str] = "count_scale"

    def per_class(self, class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scale of each class, classes on the last axis as in the counts."""
        return (class_counts / class_counts.max(axis=-1, keepdims=True)) ** self.gamma


def adjustment_or_none(
    kind: type[LogPrior | CountScale], domain: domains.Domain
) -> Callable[[str, Any], Any]:
    """Return the domain of a shift or a scale: what follows from the class counts, a number, or several."""

    def checked(name: str, given: Any) -> Any:
        if isinstance(given, kind):
            return given
        if np.ndim(given) == 0:
            return domain(name, given)
        frozen = frozen_numbers(name, given)
        numbers = np.asarray(frozen, dtype=np.float64)
        refuse_numbers(name, numbers, domain.holds(numbers), domain.allowed.removeprefix("a finite number "))
        return frozen

    return domains.optional(checked)


LogitShift: TypeAlias = "float | LogPrior | ArrayLike | None"
"""What a caller may pass as ``logit_shift``."""

LogitScale: TypeAlias = "float | CountScale | ArrayLike | None"
"""What a caller may pass as ``logit_scale``."""
