"""The costs of right and wrong decisions, as numbers or one value a row.

A row is worth flagging when ``p (fn - tp) > (1 - p) (fp - tn)``. On the log-odds scale that is a plain
cut at 0 of the *cost score* ``log_odds + log(fn - tp) - log(fp - tn)``, which cannot saturate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, cast

import numpy as np

from scarce.decision.arrays import BoolArray, FloatArray, as_scores
from scarce.decision.cost_checks import KEYS, PAIRS, Cost, check_order, checked_cost, counted
from scarce.decision.cost_text import PART, number_or_name, suggestion, written
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


@dataclass(frozen=True)
class CostSpec:
    """Costs as the user wrote them: each a number or the name of a column.

    Parameters
    ----------
    fn, fp : float or str
        A missed positive and a false alarm.
    tn, tp : float or str
        What the right decisions cost, 0 unless given.

    Examples
    --------
    >>> CostSpec.parse("fn=Amount, fp=5")
    CostSpec(fn='Amount', fp=5.0, tn=0.0, tp=0.0)
    >>> CostSpec.parse("fn=Amount,fp=5").resolve({"Amount": [20.0, 0.0]}).fn
    array([20.,  0.])
    """

    fn: float | str
    fp: float | str
    tn: float | str = 0.0
    tp: float | str = 0.0

    @classmethod
    def parse(cls, text: str) -> CostSpec:
        """Read ``fn=100,fp=Amount``; a column name with a comma goes in quotes.

        Parameters
        ----------
        text : str

        Returns
        -------
        CostSpec

        Raises
        ------
        ScarceError
            E250 for text that cannot be read, an unknown or repeated key, or fn or fp missing; E251, E252,
            E260 for numbers that are no costs.
        """
        found: dict[str, float | str] = {}
        position = 0
        while position < len(text):
            match = PART.match(text, position)
            if match is None:
                raise ScarceError("E250", text=text, reason=f"not a list of key=value at {text[position:]!r}")
            key = match[1].lower()
            if key not in KEYS:
                raise ScarceError("E250", text=text, reason=f"{match[1]!r} is none of fn, fp, tn, tp")
            if key in found:
                raise ScarceError("E250", text=text, reason=f"{key} is given twice")
            quoted = match[2] if match[2] is not None else match[3]
            found[key] = number_or_name(match[4]) if quoted is None else quoted
            position = match.end()
        return cls._checked(found, text)

    @classmethod
    def of(cls, costs: object) -> CostSpec:
        """Take costs in any form in which they may be written.

        Parameters
        ----------
        costs : str, mapping or CostSpec
            Text as `parse` reads it, or a number or the name of a column for ``fn`` and ``fp``, and for
            ``tn`` and ``tp`` where they are not 0.

        Returns
        -------
        CostSpec

        Raises
        ------
        ScarceError
            E250 to E252 and E260, as `parse`.

        Examples
        --------
        >>> CostSpec.of({"fn": "Amount", "fp": 5}) == CostSpec.of("fn=Amount,fp=5")
        True
        """
        if isinstance(costs, CostSpec):
            return costs
        if isinstance(costs, str):
            return cls.parse(costs)
        if not isinstance(costs, Mapping):
            kind = type(costs).__name__
            raise ScarceError("E250", text=kind, reason="costs are written as text or as a dict")
        given = cast("Mapping[object, object]", costs)
        found: dict[str, float | str] = {}
        for key, value in given.items():
            if not isinstance(key, str) or key not in KEYS:
                raise ScarceError("E250", text=str(given), reason=f"{key!r} is none of fn, fp, tn, tp")
            if isinstance(value, bool) or not isinstance(value, Real | str):
                reason = f"{key} is neither a number nor the name of a column"
                raise ScarceError("E250", text=str(given), reason=reason)
            found[key] = value if isinstance(value, str) else float(value)
        return cls._checked(found, str(given))

    @classmethod
    def _checked(cls, found: dict[str, float | str], text: str) -> CostSpec:
        for key in ("fn", "fp"):
            if key not in found:
                raise ScarceError("E250", text=text, reason=f"{key} is missing")
        spec = cls(**found)
        _check_numbers(spec)
        return spec

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that hold costs, each once."""
        values = (self.fn, self.fp, self.tn, self.tp)
        return tuple(dict.fromkeys(value for value in values if isinstance(value, str)))

    def resolve(
        self,
        columns: Mapping[str, npt.ArrayLike],
        source: str = "the data",
        where: Callable[[int], str] | None = None,
    ) -> Costs:
        """Look the columns up.

        Parameters
        ----------
        columns : mapping of str to array-like of float, shape (n_rows,)
        source : str
            What the error calls the data.
        where : callable, optional
            Names the place of a row, such as ``"line 17"``; unless given, rows are counted from 0.

        Returns
        -------
        Costs

        Raises
        ------
        ScarceError
            E101 for a column that is not there; E251, E252 and E260 as `Costs`.
        """

        def place(row: int) -> str:
            return counted(row) if where is None else f"{where(row)} of {source}"

        values: dict[str, Cost] = {}
        for key in KEYS:
            value: float | str = getattr(self, key)
            if isinstance(value, float | int):
                values[key] = float(value)
                continue
            if value not in columns:
                raise ScarceError(
                    "E101", column=value, source=source, suggestion=suggestion(value, list(columns))
                )
            values[key] = checked_cost(f"column {value!r}", columns[value], place)
        for wrong, right in PAIRS:
            check_order(wrong, values[wrong], right, values[right], place)
        return Costs(*(values[key] for key in KEYS), spec=self)

    def describe(self) -> str:
        """Return the costs as they are written on the command line."""
        parts = [f"{key}={written(getattr(self, key))}" for key in KEYS if getattr(self, key) != 0.0]
        return ",".join(parts)

    def to_dict(self) -> dict[str, float | str]:
        """Return what `from_dict` reads."""
        return {key: getattr(self, key) for key in KEYS}

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> CostSpec:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        stored : mapping

        Returns
        -------
        CostSpec

        Raises
        ------
        ScarceError
            E256 for a missing key or a value that is neither a number nor a name.
        """
        values: dict[str, float | str] = {}
        for key in KEYS:
            value = stored.get(key)
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise ScarceError("E256", what="cost", reason=f"{key} is {value!r}")
            values[key] = value if isinstance(value, str) else float(value)
        spec = cls(**values)
        _check_numbers(spec)
        return spec


@dataclass(frozen=True, eq=False)
class Costs:
    """Costs of the four outcomes, each a number or an array with one value a row.

    ``score = log_odds + log(fn - tp) - log(fp - tn)``; flag when it is above 0 (Elkan 2001).

    Parameters
    ----------
    fn, fp : float or ndarray of shape (n_rows,)
        Cost of a missed positive and of a false alarm, in any unit of money.
    tn, tp : float or ndarray of shape (n_rows,)
        Cost of the right decisions; a review that costs 5 even when it finds fraud is ``tp=5``.
    spec : CostSpec, optional
        How the costs were written; numbers make their own.
    labelled : float
        Share of the positives that carry their label, in (0, 1], for targets that are labels. Each labelled
        positive then stands for ``1 / labelled`` positives, of which all but one are counted among the
        negatives; log-odds are those of a label.

    Raises
    ------
    ScarceError
        E251 for a negative, infinite or missing cost, E252 where a mistake costs no more than the right
        decision, E258 for arrays of different lengths, E260 for a cost above 1e120 or a number below 1e-120.

    Notes
    -----
    With ``labelled`` the costs of rows are unbiased for all positives if labels are drawn at random among
    them, and the score is cut where the probability of a positive, that of a label over the share, is worth a
    flag.

    Only ratios of costs decide, so any unit of money does. In an array a mistake may cost exactly as much as
    the right decision (an Amount of 0): such a row is never flagged when missing it costs nothing, and always
    flagged when only the false alarm is free.

    Examples
    --------
    >>> costs = Costs(fn=np.array([100.0, 0.0]), fp=5.0)
    >>> costs.score(np.array([-2.0, 3.0])).round(3)
    array([0.996,  -inf])
    """

    fn: Cost
    fp: Cost
    tn: Cost = 0.0
    tp: Cost = 0.0
    spec: CostSpec | None = None
    labelled: float = 1.0

    def __post_init__(self) -> None:
        lengths: dict[str, int] = {}
        for key in KEYS:
            value = checked_cost(key, getattr(self, key))
            object.__setattr__(self, key, value)
            if isinstance(value, np.ndarray):
                lengths[key] = value.size
        if len(set(lengths.values())) > 1:
            first, *others = lengths.items()
            name, size = next(item for item in others if item[1] != first[1])
            raise ScarceError("E258", name=f"cost {name}", got=f"{size} values", expected=f"{first[1]}")
        for wrong, right in PAIRS:
            check_order(wrong, getattr(self, wrong), right, getattr(self, right))
        if self.spec is None and not lengths:
            object.__setattr__(self, "spec", CostSpec(*(float(getattr(self, key)) for key in KEYS)))

    @property
    def per_row(self) -> bool:
        """Whether any cost differs from row to row."""
        return self.n_rows is not None

    @property
    def n_rows(self) -> int | None:
        """Number of rows the arrays are for; None when all four are numbers."""
        arrays = (self.fn, self.fp, self.tn, self.tp)
        return next((value.size for value in arrays if isinstance(value, np.ndarray)), None)

    def take(self, rows: npt.NDArray[np.integer] | BoolArray) -> Costs:
        """Return the costs of some rows.

        Parameters
        ----------
        rows : ndarray of int or bool
            An index or a mask.

        Returns
        -------
        Costs
        """
        if not self.per_row:
            return self
        fn, fp, tn, tp = (
            value[rows] if isinstance(value, np.ndarray) else value
            for value in (self.fn, self.fp, self.tn, self.tp)
        )
        return replace(self, fn=fn, fp=fp, tn=tn, tp=tp)

    def score(self, log_odds: FloatArray) -> FloatArray:
        """Return the cost score, whose Bayes cut is 0 for every row.

        Parameters
        ----------
        log_odds : ndarray of float64, shape (n_rows,)
            Log posterior odds.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
            -inf where a miss costs nothing, otherwise +inf where a false alarm costs nothing.

        Raises
        ------
        ScarceError
            E258 if the costs are for another number of rows.
        """
        scores = as_scores(log_odds)
        self.check_rows(scores.size)
        alarm = np.asarray(self.fp, dtype=np.float64) - self.tn
        miss = np.asarray(self.fn, dtype=np.float64) - self.tp
        with np.errstate(divide="ignore", invalid="ignore"):
            score = scores + (np.log(self._of_labelled(miss, -alarm)) - np.log(alarm))
        return np.where(miss <= 0.0, -np.inf, np.where(alarm <= 0.0, np.inf, score))

    @property
    def dearest_review(self) -> float:
        """What a review may cost, at most, to pay for some row: ``1 / (1 / (fn - tp) + 1 / (fp - tn))``."""
        miss = np.asarray(self.fn, dtype=np.float64) - self.tp
        alarm = np.asarray(self.fp, dtype=np.float64) - self.tn
        both = miss + alarm
        return float(np.max(np.divide(miss, both, out=np.zeros_like(both), where=both > 0.0) * alarm))

    def cuts_of_review(self, price: float) -> tuple[FloatArray, FloatArray]:
        """Return the log-odds between which having a row looked at costs less than deciding.

        Parameters
        ----------
        price : float
            Of one review, above 0.

        Returns
        -------
        low, high : ndarray of float64, with one value a row where costs differ
            ``log(price / (fn - tp - price))`` and ``log((fp - tn - price) / price)``, of a positive; the
            first is not below the second where a review never pays.
        """
        share = self.labelled
        miss = np.asarray(self.fn, dtype=np.float64) - self.tp
        alarm = np.asarray(self.fp, dtype=np.float64) - self.tn
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.log(share * price) - np.log(miss - share * price)
            high = np.log(share * (alarm - price)) - np.log(alarm - share * (alarm - price))
        return np.where(miss > price, low, np.inf), np.where(alarm > price, high, -np.inf)

    def with_reviews(self, reviewed: BoolArray, price: float) -> Costs:
        """Return what the rows cost where some are looked at: the truth is then found, at that price.

        Parameters
        ----------
        reviewed : ndarray of bool, shape (n_rows,)
            These are not flagged.
        price : float
            Of one review.

        Returns
        -------
        Costs

        Examples
        --------
        >>> looked = Costs(fn=100.0, fp=50.0).with_reviews(np.array([True, False]), 3.0)
        >>> looked.of_rows(np.array([True, True]), np.array([False, False])).tolist()
        [3.0, 100.0]
        """
        fn = np.where(reviewed, np.add(self.tp, price), self.fn)
        tn = np.where(reviewed, np.add(self.tn, price), self.tn)
        return replace(self, fn=fn, tn=tn)

    def of_rows(self, target: BoolArray, flagged: BoolArray) -> FloatArray:
        """Return what each row costs under a decision.

        Parameters
        ----------
        target, flagged : ndarray of bool, shape (n_rows,)

        Returns
        -------
        ndarray of float64, shape (n_rows,)
        """
        self.check_rows(target.size)
        negative = np.where(flagged, self.fp, self.tn)
        positive = self._of_labelled(np.where(flagged, self.tp, self.fn), negative)
        return np.where(target, positive, negative).astype(np.float64)

    def _of_labelled(self, positive: FloatArray, negative: FloatArray) -> FloatArray:
        """Return what is counted for a labelled positive, from what a positive and a negative cost."""
        if self.labelled == 1.0:
            return positive
        return positive / self.labelled - (1.0 / self.labelled - 1.0) * negative

    def check_rows(self, n_rows: int) -> None:
        """Raise E258 if the costs are for another number of rows."""
        own = self.n_rows
        if own is not None and own != n_rows:
            raise ScarceError("E258", name="costs", got=f"{own} rows", expected=f"{n_rows}")


def _check_numbers(spec: CostSpec) -> None:
    """Check the numbers of a spec now; its columns are checked when they are known."""
    numbers = {key: value for key in KEYS if isinstance(value := getattr(spec, key), float)}
    for key, value in numbers.items():
        checked_cost(key, value)
    for wrong, right in PAIRS:
        if wrong in numbers and right in numbers:
            check_order(wrong, numbers[wrong], right, numbers[right])
