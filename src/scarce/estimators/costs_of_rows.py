"""The costs of the rows of X, and how far each row is from a rule's cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from scarce.data.files.reading import from_dataframe
from scarce.data.roles import looked_up
from scarce.data.suggestion import listed, require
from scarce.decision.rules import CostRule
from scarce.errors import ScarceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scarce.decision.costs import Costs, CostSpec
    from scarce.decision.rules import Rule

    FloatArray = NDArray[np.float64]


def costs_of_rows(spec: CostSpec, X: Any) -> Costs:
    """Return what mistakes cost on the rows of X.

    Parameters
    ----------
    spec : CostSpec
    X : array-like or dataframe of shape (n_rows, n_features)

    Returns
    -------
    Costs

    Raises
    ------
    ScarceError
        E809 where costs name columns and X has no names; E101, E131, E251, E252, E260 for the columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from scarce.decision import CostSpec
    >>> costs_of_rows(CostSpec("amount", 5.0), pd.DataFrame({"amount": [20, 0]})).fn
    array([20.,  0.])
    """
    if not spec.columns:
        return spec.resolve({})
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        raise ScarceError("E809", columns=listed(spec.columns))
    for column in spec.columns:
        require(column, frame.columns, "X")
    return looked_up(spec, from_dataframe(frame.select(spec.columns).to_native(), "X"))


def margin(rule: Rule, log_odds: FloatArray, X: Any) -> FloatArray:
    """Return how far each row's score is above the rule's cut; the rule flags what is above 0.

    Parameters
    ----------
    rule : Rule
        A cost rule has a spec.
    log_odds : ndarray of float64, shape (n_rows,)
    X : array-like or dataframe of shape (n_rows, n_features)
        Has the columns that costs name.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        Infinite where a mistake costs nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from scarce.decision import CutRule
    >>> margin(CutRule(-2.0), np.array([-1.0, -3.0]), None)
    array([ 1., -1.])
    """
    if isinstance(rule, CostRule):
        log_odds = costs_of_rows(rule.spec, X).score(log_odds)
    return log_odds - rule.cut
