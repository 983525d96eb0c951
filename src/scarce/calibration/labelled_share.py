"""Positives that were never labelled, at a share of labelled ones that is known from elsewhere.

What is labelled is taken to be drawn at random among the positives, whatever they look like (Elkan and Noto
2008): then ``P(labelled | x) = c P(positive | x)``, and a model of the labels is right up to that factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import as_scores, expit
from scarce.errors import ScarceError
from scarce.number_grammar import number, spelled

if TYPE_CHECKING:
    from scarce.decision.arrays import FloatArray, Numbers

_BAND = 0.1
_CERTAIN = 40.0  # log-odds whose probability is 1 in double precision


@dataclass(frozen=True)
class LabelledShare:
    """The share of the positives that carry their label, with a band in which it is believed to lie.

    Parameters
    ----------
    share, low, high : float
        Above 0 and below 1, the share within the band.

    Examples
    --------
    >>> LabelledShare.of(".8")
    LabelledShare(share=0.8, low=0.7, high=0.9)
    >>> LabelledShare.of("0.5..0.9").share
    0.7
    """

    share: float
    low: float
    high: float

    @classmethod
    def of(cls, value: object) -> LabelledShare:
        """Read a share as it is written.

        Parameters
        ----------
        value : str or number
            ``0.8``, whose band is .1 to either side and at most half way to 0 and to 1; or a band such as
            ``"0.7..0.9"``, whose middle is the share.

        Raises
        ------
        ScarceError
            E376 for anything else.
        """
        ends = _numbers(value)
        if len(ends) == 1:
            share = ends[0]
            low, high = max(share - _BAND, share / 2.0), min(share + _BAND, (1.0 + share) / 2.0)
        elif len(ends) == 2 and ends[0] < ends[1]:
            low, high = ends
            share = (low + high) / 2.0
        else:
            raise ScarceError("E376", value=value)
        if not 0.0 < low <= share <= high < 1.0:
            raise ScarceError("E376", value=value)
        return cls(*(float(f"{one:.12g}") for one in (share, low, high)))

    def log_odds(self, log_odds: Numbers, share: float | None = None) -> FloatArray:
        """Return the log-odds of a positive, labelled or not: those of ``p / share``, which is at most 1.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)
            Of a label.
        share : float, optional
            Another than the one that is believed, such as an end of the band.

        Returns
        -------
        ndarray of float64, shape (n_rows,)

        Examples
        --------
        >>> expit(LabelledShare.of(".8").log_odds([-1e3, -1.0, 0.0, 9.0])).round(4)
        array([0.    , 0.3362, 0.625 , 1.    ])
        """
        scores = as_scores(log_odds)
        missed = (self.share if share is None else share) - expit(scores)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = -np.logaddexp(0.0, -scores) - np.log(missed)
        return np.minimum(np.where(missed > 0.0, moved, _CERTAIN), _CERTAIN)

    def label_log_odds(self, p: float) -> float:
        """Return the log-odds of a label where the probability of a positive is `p`, below 1.

        Examples
        --------
        >>> share = LabelledShare.of(".8")
        >>> expit(share.log_odds([share.label_log_odds(0.3)])).round(6)
        array([0.3])
        """
        return math.log(self.share * p) - math.log1p(-self.share * p)

    def band(self, log_odds: Numbers) -> tuple[FloatArray, FloatArray]:
        """Return the probabilities of a positive at the ends of the band, the lower first."""
        return expit(self.log_odds(log_odds, self.high)), expit(self.log_odds(log_odds, self.low))

    def describe(self) -> str:
        """Return the share and its band.

        Examples
        --------
        >>> LabelledShare.of(0.8).describe()
        '80 % (70 to 90 %)'
        """
        share, low, high = (f"{100.0 * one:.4g}" for one in (self.share, self.low, self.high))
        return f"{share} % ({low} to {high} %)"

    def to_dict(self) -> dict[str, float]:
        """Return what `from_dict` reads."""
        return {"share": self.share, "low": self.low, "high": self.high}

    @classmethod
    def from_dict(cls, stored: dict[str, float]) -> LabelledShare:
        """Read what `to_dict` wrote.

        Raises
        ------
        ScarceError
            E376 for numbers that are no shares.
        """
        found = [stored[name] for name in ("share", "low", "high")]
        if any(type(one) is not float for one in found) or not 0.0 < found[1] <= found[0] <= found[2] < 1.0:
            raise ScarceError("E376", value=str(stored))
        return cls(*found)

    def __str__(self) -> str:
        """Return the share as it may be written on the command line."""
        plain = LabelledShare.of(self.share)
        return spelled(self.share) if self == plain else f"{spelled(self.low)}..{spelled(self.high)}"


def scale_note(share: float) -> str:
    """Say what the probability is that a cut on a label's stands for."""
    return f"where p is that of a label, {share:g} times that of a positive"


def _numbers(value: object) -> list[float]:
    """Return the numbers that stand in a value; none where one of them is none."""
    if isinstance(value, Real) and not isinstance(value, bool):
        return [float(value)] if math.isfinite(value) else []
    found = [number(part) for part in value.split("..")] if isinstance(value, str) else []
    return [] if None in found else [one for one in found if one is not None]
