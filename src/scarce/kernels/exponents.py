"""Whether a loss raises to whole powers only, which its kernels then do by multiplication."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from scarce.kernels.vocabulary import VOCABULARY, WHOLE
from scarce.losses import primitives
from scarce.losses.formulas import point
from scarce.losses.primitives import bind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scarce.losses.modulation import Formulas

LARGEST = 7  # what `whole_power` can do


@functools.lru_cache(maxsize=256)
def words_for(formulas: Formulas, *of_classes: tuple[float, ...]) -> Mapping[str, Any]:
    """Return the words that compute value and slope fastest, given the parameters of every class.

    The formulas are asked: each is run once with a `power` that notes its exponents.

    Examples
    --------
    >>> from scarce.losses.modulation import Focal
    >>> words_for(Focal.formulas, (2.0,)) is WHOLE, words_for(Focal.formulas, (1.5,)) is WHOLE
    (True, False)
    """
    exponents: list[float] = []

    def power(x: Any, log_x: Any, g: Any) -> Any:
        exponents.append(float(g))
        return primitives.power(x, log_x, g)

    noting = {**primitives.VOCABULARY, "power": power}
    for parameters in of_classes:
        for formula in (formulas.phi, formulas.slope):
            bind(formula, noting)(*point(0.25), *parameters)
    whole = all(g.is_integer() and 0.0 <= g <= LARGEST for g in exponents)
    return WHOLE if whole else VOCABULARY
