"""What a shell is offered behind an option that takes several names with commas between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def methods(incomplete: str) -> list[str]:
    """Return lists that end in a loss or a sampling."""
    from scarce.losses.catalog import CATALOG
    from scarce.resampling.catalog import NAMES

    return _ended(incomplete, (*CATALOG, *NAMES))


def learners(incomplete: str) -> list[str]:
    """Return lists that end in a learner."""
    from scarce.learners.portfolio import LEARNERS

    return _ended(incomplete, LEARNERS)


def _ended(incomplete: str, names: Iterable[str]) -> list[str]:
    """Return what was written, its last name completed in every way.

    Examples
    --------
    >>> _ended("brier,fo", ["focal", "forest", "poly"])
    ['brier,focal', 'brier,forest']
    """
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]
