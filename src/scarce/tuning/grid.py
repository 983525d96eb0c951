"""The values that are tried for a loss's open numbers, those written ``auto``: the plain one is always first.

Every second value of an axis is tried at first; those between are for the refinement. All values are fixed,
so that fits can be kept and found again.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import catalog
from scarce.number_grammar import spelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Place: TypeAlias = tuple[int, ...]
"""One value on each axis, by its place there; all 0 is the plain loss."""

MULTIPLES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Of a number's usual value; at 0 the loss is the plain one."""

POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the classes' inverse counts: weights are equal at 0 and balanced at 1."""

USUAL = {"gamma": 2.0, "tau": 1.0, "epsilon": 1.0}
"""The numbers that can be open, and what they usually are where a loss does not say otherwise."""

WEIGHTS = ("class_weight", "alpha")
JOINED = re.compile(r"(?<![=;,])\+(?=\s*[A-Za-z_])")
"""What joins a sampling and a loss: not the plus of a number, as in 1e+3 or =+inf."""

_OPEN = re.compile(r"(\w+)\s*=\s*auto\s*(?=,|\Z)")


@dataclass(frozen=True)
class Axis:
    """The values of one number.

    Attributes
    ----------
    name : str
        ``"gamma"``, ``"class_weight"`` ...
    values : tuple of float
        Ascending, 0 first: the number itself, or for weights a power of the inverse counts.
    """

    name: str
    values: tuple[float, ...]

    def setting(self, place: int, class_counts: Sequence[float]) -> object:
        """Return what the loss is given at a place: a number, or weights that keep the number of rows.

        Examples
        --------
        >>> Axis("class_weight", POWERS).setting(2, (900.0, 100.0))
        [0.8333, 2.5]
        >>> Axis("alpha", POWERS).setting(4, (900.0, 100.0))
        0.9
        """
        value = self.values[place]
        if self.name not in WEIGHTS:
            return value
        counts = np.asarray(class_counts, dtype=np.float64)
        weights = (counts / counts.sum()) ** -value
        if self.name == "alpha":
            return _rounded(weights[1] / weights.sum())
        return [_rounded(one) for one in weights * counts.sum() / (weights @ counts)]


@dataclass(frozen=True)
class Grid:
    """All combinations of the values of some axes."""

    axes: tuple[Axis, ...]

    @property
    def plain(self) -> Place:
        """Where every number is that of the plain loss."""
        return (0,) * len(self.axes)

    @property
    def coarse(self) -> list[Place]:
        """What is tried at first, without the plain loss."""
        places = itertools.product(*(range(0, len(axis.values), 2) for axis in self.axes))
        return [place for place in places if place != self.plain]

    def settings(self, place: Place, class_counts: Sequence[float]) -> dict[str, object]:
        """Return the numbers at a place, by name."""
        return {axis.name: axis.setting(at, class_counts) for axis, at in zip(self.axes, place, strict=True)}

    def refined(self, figures: Mapping[Place, float]) -> Place:
        """Return the place next to the best one that was tried, on each axis towards its better neighbour.

        Parameters
        ----------
        figures : mapping of tuple to float
            Of places of `coarse` and the plain one; lower is better.

        Examples
        --------
        >>> Grid((Axis("gamma", MULTIPLES),)).refined({(0,): 1.0, (2,): 0.8, (4,): 0.9, (6,): 1.2})
        (3,)
        """
        best = min(figures, key=lambda place: (figures[place], place))
        moved = list(best)
        for number, axis in enumerate(self.axes):
            beside = {}
            for way in (-1, 1):
                neighbour = (*best[:number], best[number] + 2 * way, *best[number + 1 :])
                beside[way] = figures.get(neighbour, math.inf)
                if best[number] + way == len(axis.values) - 1:  # beyond it nothing was tried
                    beside[way] = -math.inf
            way = min(beside, key=beside.__getitem__)
            moved[number] += way if beside[way] < math.inf else 0
        return tuple(moved)


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def axis_of(name: str, usual: float | None = None) -> Axis | None:
    """Return the axis of a number; None of one that cannot be open.

    Parameters
    ----------
    name : str
    usual : float, optional
        What it is unless it is said, if the loss has a number of its own.

    Examples
    --------
    >>> axis_of("gamma", 2.0).values
    (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
    """
    if name in WEIGHTS:
        return Axis(name, POWERS)
    if name not in USUAL:
        return None
    return Axis(name, tuple(multiple * (usual or USUAL[name]) for multiple in MULTIPLES))


@dataclass(frozen=True)
class OpenMethod:
    """A method in words of which some numbers are open, such as ``undersample+focal:gamma=auto``.

    Attributes
    ----------
    text : str
    grid : Grid
    """

    text: str
    grid: Grid

    @classmethod
    def of(cls, text: str) -> OpenMethod | None:
        """Return the open method that a text is; None where no number of a loss is open.

        Raises
        ------
        ScarceError
            E538 for a number that cannot be open, E524 for one that is written twice.
        """
        axes = [axis for part in JOINED.split(text) if _is_loss(part) for axis in _axes(part, text)]
        return cls(text, Grid(tuple(axes))) if axes else None

    def at(self, place: Place, class_counts: Sequence[float]) -> str:
        """Return the method in words with the numbers of a place.

        Examples
        --------
        >>> OpenMethod.of("focal:gamma=auto,class_weight=auto").at((1, 4), (900.0, 100.0))
        'focal:gamma=0.5,class_weight=0.5556;5'
        """
        values = self.grid.settings(place, class_counts)

        def written(found: re.Match[str]) -> str:
            value = values[found[1]]
            return (
                f"{found[1]}={';'.join(map(spelled, value)) if isinstance(value, list) else spelled(value)}"
            )

        parts = JOINED.split(self.text)
        return "+".join(_OPEN.sub(written, part) if _is_loss(part) else part for part in parts)


def _is_loss(part: str) -> bool:
    """Whether a part of a method is a loss; what is open in a sampling is the sampler's own affair."""
    name = catalog.name_and_settings(part)[0]
    return ":" in name or name in catalog.CATALOG


def _axes(part: str, text: str) -> list[Axis]:
    """Return an axis for each open number of a loss in words."""
    loss, axes = catalog.name_and_settings(part)[0], {}
    parameters = {} if ":" in loss else catalog.find(loss).parameters
    for name in _OPEN.findall(part):
        axis = axis_of(name, parameters.get(name))
        if axis is None or ":" in loss or (name not in parameters and name != "class_weight"):
            raise ScarceError("E538", name=name, method=text)
        if name in axes:
            raise ScarceError("E524", text=text, reason=f"{name!r} is given twice")
        axes[name] = axis
    return list(axes.values())
