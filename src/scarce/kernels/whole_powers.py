"""Whether a loss raises to whole powers only, which its kernels then do by multiplication."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from scarce.losses.formulas import point
from scarce.losses.namespace import NUMPY

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas

LARGEST = 7  # what `polynomials.whole_power` can do


class _Noting:
    """NumPy's words, with a power that notes its exponents."""

    def __init__(self) -> None:
        self.exponents: list[float] = []

    def __getattr__(self, word: str) -> Any:
        return getattr(NUMPY, word)

    def power(self, x: Any, log_x: Any, g: Any) -> Any:
        self.exponents.append(float(g))
        return NUMPY.power(x, log_x, g)


@functools.lru_cache(maxsize=256)
def in_whole_powers(formulas: Formulas, *of_classes: tuple[float, ...]) -> bool:
    """Return whether value and slope raise to whole powers up to the seventh, given every class's parameters.

    The formulas are asked: each is run once with a `power` that notes its exponents.

    Examples
    --------
    >>> from scarce.losses.modulation import Focal
    >>> in_whole_powers(Focal.formulas, (2.0,)), in_whole_powers(Focal.formulas, (1.5,))
    (True, False)
    """
    xp = _Noting()
    for parameters in of_classes:
        for formula in (formulas.phi, formulas.slope):
            formula(xp, *point(NUMPY, 0.25), *parameters)
    return all(g.is_integer() and 0.0 <= g <= LARGEST for g in xp.exponents)
