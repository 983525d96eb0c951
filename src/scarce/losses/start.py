"""Where a softmax loss should start: the constant row whose posterior is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError
from scarce.losses.formulas import point
from scarce.losses.namespace import NUMPY
from scarce.losses.root import bisect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.losses.class_forms import ClassForm

CERTAIN = 2.0**14  # a margin at which p is 0 or 1 to the last bit
CLOSE = 1e-6


def log_p_of_evidence(form: ClassForm, log_goal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log p with ``sum p = 1`` and an evidence that differs from the goal by one constant.

    Evidence, ``p / a(p)``, grows with p up to 1/2 and for most losses beyond; with a margin it falls again.
    As one class at most has more than 1/2, that one is varied, and the others follow below 1/2.

    Parameters
    ----------
    form : ClassForm
        What the evidence of a margin is.
    log_goal : ndarray, shape (n_classes,)
        What the logarithm of the evidence should be, but for a constant.

    Raises
    ------
    ScarceError
        E517 if there is no such p.
    """
    for top in np.argsort(-log_goal):
        margins = _with_top(form, log_goal, int(top))
        off = form.evidence_of_margin(margins) - log_goal
        if np.ptp(off) <= CLOSE:
            return np.asarray(point(NUMPY, margins)[0])
    raise ScarceError("E517", goal=np.array2string(log_goal, precision=3))


def _with_top(form: ClassForm, log_goal: NDArray[np.float64], top: int) -> NDArray[np.float64]:
    """Return the margins that sum to 1 in p if the top class is the only one that may exceed 1/2."""
    is_top = np.arange(len(log_goal)) == top
    lowest, half = np.full(log_goal.shape, -CERTAIN), np.zeros(log_goal.shape)

    def margins(margin_of_top: NDArray[np.float64]) -> NDArray[np.float64]:
        at_top = np.where(is_top, margin_of_top, half)
        constant = (form.evidence_of_margin(at_top) - log_goal)[top]
        below = bisect(form.evidence_of_margin, log_goal + constant, lowest, half)
        return np.where(is_top, margin_of_top, below)

    def whole(margin_of_top: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sum(point(NUMPY, margins(margin_of_top))[2]))

    bound = np.asarray(CERTAIN)
    return margins(bisect(whole, np.asarray(1.0), -bound, bound))
