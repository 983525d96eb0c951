"""Evidence against probabilities, row by row: bets whose gain nobody expects while the probabilities hold.

A bet says of a row that ``q``, the probability with its odds multiplied by ``c``, is nearer the truth than
``p``; it multiplies the stake by ``q / p`` where the row is positive and by ``(1 - q) / (1 - p)`` where not.
While `p` is right the stake is a martingale: that it ever exceeds 1 / level has a chance of at most the
level, however often somebody looks (Ville's inequality).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.decision.arrays import expit
from scarce.decision.stored import stored_number, stored_numbers
from scarce.errors.refusal import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

FACTORS = 2.0 ** (np.arange(1, 9) / 4.0)
"""By what the odds may be too low; their inverses, by what they may be too high."""

_WHAT = "evidence"
_CHUNK = 65_536


@dataclass(frozen=True)
class Evidence:
    """What the bets have come to.

    Parameters
    ----------
    upward, downward : tuple of float
        Logarithm of the stake of each bet: that the probabilities are too low, and that they are too high, by
        the factors 1.19 to 4 and their inverses.
    highest : float
        Logarithm of the most that their mean ever was.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> right = Evidence().after(np.full(1_000, -3.0), rng.random(1_000) < 0.047)
    >>> wrong = Evidence().after(np.full(1_000, -4.0), rng.random(1_000) < 0.047)
    >>> right.mean < 20.0 < wrong.mean
    True
    """

    upward: tuple[float, ...] = (0.0,) * FACTORS.size
    downward: tuple[float, ...] = (0.0,) * FACTORS.size
    highest: float = 0.0

    @property
    def mean(self) -> float:
        """What a stake of 1, spread over all bets, is now: K."""
        return math.exp(min(_log_mean(np.array([*self.upward, *self.downward])), 700.0))

    @property
    def most(self) -> float:
        """The most that K ever was; it alarms where that reaches 1 / level."""
        return math.exp(min(self.highest, 700.0))

    @property
    def too_low(self) -> bool:
        """Whether more speaks for probabilities that are too low than for ones that are too high."""
        return bool(_log_mean(np.array(self.upward)) > _log_mean(np.array(self.downward)))

    def after(
        self,
        log_odds: FloatArray,
        positive: BoolArray,
        share: FloatArray | None = None,
        tolerance: float = 0.1,
        looks: BoolArray | None = None,
    ) -> Evidence:
        """Return the evidence after more rows, in their order.

        Parameters
        ----------
        log_odds : ndarray of float64, shape (n_rows,)
            What was said of the rows.
        positive : ndarray of bool, shape (n_rows,)
            What they were.
        share : ndarray of float64, shape (n_rows,), optional
            How much of the stake is bet on each row, in [0, 1]; known before the label is. By default all.
        tolerance : float
            By what share of itself a probability may be wrong: upward bets are held against
            ``(1 + tolerance) p``, downward ones against ``(1 - tolerance) p``.
        looks : ndarray of bool, shape (n_rows,), optional
            After which rows K may be its highest; by default all. Rows whose order may come from their
            labels, as in a sorted file, are one look: in between K may be anything.
        """
        found = self
        for start in range(0, log_odds.size, _CHUNK):
            rows = slice(start, start + _CHUNK)
            part = None if share is None else share[rows]
            seen = None if looks is None else looks[rows]
            found = found._after_few(expit(log_odds[rows]), positive[rows], part, tolerance, seen)
        return found

    def _after_few(
        self,
        p: FloatArray,
        positive: BoolArray,
        share: FloatArray | None,
        tolerance: float,
        looks: BoolArray | None,
    ) -> Evidence:
        gains = np.stack(
            [
                _gains(np.minimum((1.0 + tolerance) * p, 1.0), positive, FACTORS, share),
                _gains((1.0 - tolerance) * p, positive, 1.0 / FACTORS, share),
            ]
        )  # (2, factors, rows)
        stakes = np.array([self.upward, self.downward])[:, :, None] + np.cumsum(gains, axis=2)
        seen = stakes.reshape(-1, p.size)
        means = _log_mean(seen if looks is None else seen[:, looks])
        upward, downward = stakes[:, :, -1].tolist()
        highest = float(np.max(means, initial=self.highest))
        return replace(self, upward=tuple(upward), downward=tuple(downward), highest=highest)

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads."""
        return {"upward": list(self.upward), "downward": list(self.downward), "highest": self.highest}

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Evidence:
        """Read what `to_dict` wrote.

        Raises
        ------
        ScarceError
            E256 for a value that is missing or of another type.
        RefusalError
            For another number of bets, and for a highest value below the present one.
        """
        bets = [tuple(stored_numbers(stored, name, _WHAT)) for name in ("upward", "downward")]
        require(all(len(bet) == FACTORS.size for bet in bets), f"it has not {FACTORS.size} bets a side")
        highest = stored_number(stored, "highest", _WHAT)
        least = max(0.0, float(_log_mean(np.array([*bets[0], *bets[1]]))))
        require(highest >= least - 1e-9, "its highest evidence is below what it is now")
        return cls(*bets, highest)


def _gains(
    against: FloatArray, positive: BoolArray, factors: FloatArray, share: FloatArray | None
) -> FloatArray:
    """Return the logarithm of what each row multiplies each stake by, shape (n_factors, n_rows)."""
    wins = np.log(factors)[:, None] * positive
    gains = wins - np.log1p((factors[:, None] - 1.0) * against)
    return gains if share is None else np.log1p(share * np.expm1(gains))


def _log_mean(logs: FloatArray) -> Any:
    """Return the logarithm of the mean of exponentials, along the first axis."""
    top = logs.max(axis=0)
    return top + np.log(np.exp(logs - top).mean(axis=0))
