"""The posterior of a user's own loss as a table of numbers: a model file holds it in place of formulas.

Between two logits of the table the log-odds are a cubic with the values and the slopes at both, and beyond
the ends a line. They never decrease: a slope is at most three times the rise on either side of it, which is
enough for that (Fritsch and Carlson 1980).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from scarce.errors import ScarceError
from scarce.errors.refusal import require
from scarce.losses.definitions import is_ours
from scarce.losses.inputs import checked_logits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from scarce.losses.sigmoid import SigmoidLoss

    Floats = NDArray[np.float64]

MOST = 20_000
"""Logits in a table; a smooth loss needs some hundreds."""

LARGEST = 1e12
STEEPEST = 3.0  # in units of the rise beside it
CLOSE = 1e-10  # relative, and absolute below 1
ROUNDING = 16.0 * float(np.finfo(np.float64).eps)
FARTHEST = 1024.0  # adjusted logits: beyond, p or 1-p is 0 and the log-odds are a line
TOUCHING = 1e-13  # neighbours nearer than this, relative to their size, are not told apart
_ARRAYS = ("logits", "log_odds_there", "slopes")


@dataclass(frozen=True)
class PosteriorTable:
    """The log-odds that raw outputs of a trained model stand for, without the formulas they come from.

    Parameters
    ----------
    loss : str
        What the loss was, in words.
    logits, log_odds_there, slopes : tuple of float
        Increasing raw outputs, the posterior's log-odds at each, and how fast they rise there.

    Raises
    ------
    RefusalError
        If the numbers are not those of log-odds that never decrease.

    Examples
    --------
    >>> table = PosteriorTable("plain", (-1.0, 1.0), (-1.0, 1.0), (1.0, 1.0))
    >>> table.log_odds([-5.0, 0.25, 3.0])
    array([-5.  ,  0.25,  3.  ])
    """

    kind: ClassVar[str] = "table"

    loss: str
    logits: tuple[float, ...]
    log_odds_there: tuple[float, ...]
    slopes: tuple[float, ...]

    def __post_init__(self) -> None:
        rows = [getattr(self, name) for name in _ARRAYS]
        require(isinstance(self.loss, str) and len(self.loss) <= 1_000, "its table does not say of what loss")
        require(all(isinstance(row, tuple) for row in rows), "its table has no lists of numbers")
        require(all(type(x) is float for row in rows for x in row), "its table has what is no number")
        require(2 <= len(rows[0]) <= MOST, f"its table does not have 2 to {MOST:,} logits")
        require(len({len(row) for row in rows}) == 1, "its table has lists of several lengths")
        x, y, slopes = self._arrays
        require(np.isfinite(slopes).all(), "its table has a slope that is not finite")
        require(
            (np.abs([x, y]) <= LARGEST).all(), "its table has a number that is not finite or far too large"
        )
        require((np.diff(x) > 0.0).all(), "the logits of its table do not increase")
        require((np.diff(y) >= 0.0).all(), "the log-odds of its table decrease")
        bound = STEEPEST * (1.0 + 1e-9)
        require((slopes >= 0.0).all(), "the log-odds of its table decrease")
        require((slopes <= bound * _least_rise(x, y)).all(), "the log-odds of its table decrease in between")

    @functools.cached_property
    def _arrays(self) -> tuple[Floats, Floats, Floats]:
        x, y, slopes = (np.array(getattr(self, name), dtype=np.float64) for name in _ARRAYS)
        return x, y, slopes

    def log_odds(self, logits: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the log-odds of the posterior behind raw outputs of any shape, base score included.

        Raises
        ------
        ScarceError
            E503 for logits that are NaN.
        """
        return _read(self._arrays, np.asarray(checked_logits(logits, None, infinite=True), dtype=np.float64))

    def to_dict(self) -> dict[str, Any]:
        """Return the table as a dict that JSON can hold; `from_dict` reads it."""
        rows = {name: list(getattr(self, name)) for name in _ARRAYS}
        return {"kind": self.kind, "loss": self.loss, **rows}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> PosteriorTable:
        """Return the table that `to_dict` stored; it may come from a stranger's file.

        Raises
        ------
        RefusalError
            If it is none.
        """
        require(set(stored) == {"kind", "loss", *_ARRAYS}, "its table does not have its parts")
        rows = {name: stored[name] for name in _ARRAYS}
        require(all(isinstance(row, list) for row in rows.values()), "its table has no lists of numbers")
        return cls(stored["loss"], **{name: tuple(row) for name, row in rows.items()})

    def describe(self) -> str:
        """Return the loss in one line, and how it is kept."""
        return f"{self.loss}, its posterior a table of {len(self.logits):,} logits"


def storable(loss: SigmoidLoss | PosteriorTable) -> SigmoidLoss | PosteriorTable:
    """Return a loss as a model file can hold it: the table of one whose formulas are the user's.

    Parameters
    ----------
    loss : SigmoidLoss or PosteriorTable
        Resolved: all its parameters are numbers.

    Raises
    ------
    ScarceError
        E537 if it has no log-odds that a table can hold; E513 if it has no posterior.
    """
    if isinstance(loss, PosteriorTable) or is_ours(type(loss.modulation)):
        return loss
    return tabulated(loss)


@functools.lru_cache(maxsize=64)
def tabulated(loss: SigmoidLoss) -> PosteriorTable:
    """Return the table of a loss's posterior, within 1e-10 of it: finer where it bends more.

    Raises
    ------
    ScarceError
        E537 if its log-odds are no numbers, decrease, or bend too often.
    """
    with np.errstate(all="ignore"):  # differences of what is infinite tell nothing, and are not used
        return _refined(loss, _finite_part(loss))


def _refined(loss: SigmoidLoss, x: Floats) -> PosteriorTable:
    """Return the table at some logits, and between them until a cubic is near enough everywhere."""
    while True:
        y = _asked(loss, x)
        noise = _noise(loss, x, y)
        falls = np.flatnonzero(np.diff(y) < -noise[1:])
        if falls.size:
            k = falls[0]
            raise _refused(loss, f"its log-odds fall between the logits {x[k]:.6g} and {x[k + 1]:.6g}")
        table = x, np.maximum.accumulate(y), _slopes(loss, x, y)
        gaps = np.diff(x)
        off = np.zeros(gaps.size, dtype=bool)
        for share in (0.2, 0.5, 0.8):
            between = x[:-1] + share * gaps
            true = _asked(loss, between)
            allowed = CLOSE * np.maximum(1.0, np.abs(true)) + np.maximum(noise[1:], noise[:-1])
            off |= np.abs(_read(table, between) - true) > allowed
        off &= gaps > TOUCHING * np.maximum(1.0, np.abs(x[1:]))
        if not off.any():
            return PosteriorTable(loss.describe()[:1_000], *(tuple(row.tolist()) for row in table))
        if x.size + off.sum() > MOST:
            raise _refused(loss, f"its log-odds bend too often near the logit {x[:-1][off][0]:.6g}")
        x = np.sort(np.concatenate([x, (x[:-1] + 0.5 * gaps)[off]]))


def _read(table: tuple[Floats, Floats, Floats], z: Floats) -> Floats:
    """Return the log-odds of a table at raw outputs."""
    x, y, slopes = table
    z = np.clip(z, -1e300, 1e300)
    left = np.clip(np.searchsorted(x, z, side="right") - 1, 0, x.size - 2)
    gap = x[left + 1] - x[left]
    t = np.clip((z - x[left]) / gap, 0.0, 1.0)
    rise, low, high = (y[left + 1] - y[left]) / gap, slopes[left], slopes[left + 1]
    inside = t * (low + t * (3.0 * rise - 2.0 * low - high + t * (low + high - 2.0 * rise)))
    beyond = slopes[0] * np.minimum(z - x[0], 0.0) + slopes[-1] * np.maximum(z - x[-1], 0.0)
    return np.where(t < 1.0, y[left] + gap * inside, y[left + 1]) + beyond


def _least_rise(x: Floats, y: Floats) -> Floats:
    """Return the smaller of the rises on either side of each logit."""
    rises = np.diff(y) / np.diff(x)
    return np.minimum(np.concatenate([rises[:1], rises]), np.concatenate([rises, rises[-1:]]))


def _asked(loss: SigmoidLoss, x: Floats) -> Floats:
    return np.asarray(loss.log_odds(x), dtype=np.float64)


def _noise(loss: SigmoidLoss, x: Floats, y: Floats) -> Floats:
    """Return how much of each log-odds may be rounding: that of the logit, and of what is added up."""
    scale, shift = _line(loss)
    steep = np.abs(np.gradient(y, x))
    return ROUNDING * (np.maximum(1.0, np.abs(x)) * steep + np.abs(y) + np.abs(scale * x + shift))


def _line(loss: SigmoidLoss) -> tuple[float, float]:
    """Return the scale and the shift that make a logit an adjusted one."""
    scale, shift = (cast("float | None", one) for one in (loss.logit_scale, loss.logit_shift))
    return 1.0 if scale is None else scale, 0.0 if shift is None else shift


def _slopes(loss: SigmoidLoss, x: Floats, y: Floats) -> Floats:
    """Return the slopes by five points close around each logit, at the ends on one side."""
    gaps = np.diff(x)
    step = np.minimum(np.concatenate([gaps[:1], gaps]), np.concatenate([gaps, gaps[-1:]])) / 16.0
    one, two = (_asked(loss, x + k * step) - _asked(loss, x - k * step) for k in (1.0, 2.0))
    slopes = (8.0 * one - two) / (12.0 * step)
    for end, sign in ((0, 1.0), (-1, -1.0)):
        at = _asked(loss, x[end] + sign * step[end] * np.arange(5.0))
        slopes[end] = sign * (at @ [-25.0, 48.0, -36.0, 16.0, -3.0]) / (12.0 * step[end])
    return np.clip(np.nan_to_num(slopes), 0.0, STEEPEST * _least_rise(x, np.maximum.accumulate(y)))


def _finite_part(loss: SigmoidLoss) -> Floats:
    """Return logits, near 0 and far away, up to where the posterior is exactly 0 or 1."""
    scale, shift = _line(loss)
    sizes = FARTHEST * 0.5 ** np.arange(16.0)
    u = np.concatenate([-sizes, [0.0], sizes[::-1]])
    x = (u - shift) / scale
    y = _asked(loss, x)
    if np.isnan(y).any():
        raise _refused(loss, f"its log-odds are no number at the logit {x[np.isnan(y)][0]:.6g}")
    finite = np.flatnonzero(np.isfinite(y))
    if finite.size < 2 or np.ptp(finite) != finite.size - 1:
        raise _refused(loss, "its posterior is 0 or 1 at almost every logit")
    first, last = finite[0], finite[-1]
    ends = [_last_finite(loss, x[first], x[first - 1])] if first > 0 else []
    ends += [_last_finite(loss, x[last], x[last + 1])] if last < x.size - 1 else []
    return np.unique(np.concatenate([ends, x[finite]]))


def _last_finite(loss: SigmoidLoss, inside: float, outside: float) -> float:
    while True:
        middle = 0.5 * (inside + outside)
        if middle in (inside, outside):
            return inside
        if np.isfinite(_asked(loss, np.array([middle])))[0]:
            inside = middle
        else:
            outside = middle


def _refused(loss: SigmoidLoss, reason: str) -> ScarceError:
    return ScarceError("E537", loss=loss.describe(), reason=reason)
