"""The words in which a verdict speaks of its arms: treatments of a learner, or scores made elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scarce.tuning.grid import JOINED

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUS = "\u2212"
_LEAST_WRITTEN, _MOST_WRITTEN = 1e-15, 1e21  # beyond them, zeros would have to be counted


@dataclass(frozen=True)
class Wording:
    """What a verdict calls the arms, and what it says became of the one that is chosen.

    Attributes
    ----------
    noun : str
        What is held against the control, such as ``"treatment"``; ``s`` makes it many.
    control, beaten : str
        The control as the other side of a comparison, and as what is to be beaten.
    alone, opening, against : str
        How a sentence begins that has nothing but the control, how the setting does, and the control in it.
    stays, kept : str
        What follows where nothing is better, and what is left in the end.
    control_kept, other_kept : str
        The last sentence; ``{}`` is the arm that is chosen.
    """

    noun: str = "treatment"
    control: str = "the control"
    beaten: str = "the plain control"
    alone: str = "The control alone"
    opening: str = "The control"
    against: str = "the control"
    stays: str = "the plain model stays"
    kept: str = "this model"
    control_kept: str = "The control is refitted on all rows and saved."
    other_kept: str = "{} is refitted on all rows and saved."

    @classmethod
    def of_scores(cls, control: str) -> Wording:
        """Return the words for scores that were made elsewhere.

        Parameters
        ----------
        control : str
            The name of the first score, which the others are held against.
        """
        said = "Nothing was trained, so there is no model to save."
        return cls(
            "other score",
            control,
            control,
            f"{control} alone",
            control,
            control,
            f"{control} stays",
            "the best score",
            said,
            said,
        )


TRAINED = Wording()
"""The words of a trial, which trains its arms."""


def numbers_of(method: str) -> str:
    """Return the numbers of a method's loss, without its name.

    Examples
    --------
    >>> numbers_of("undersample:ratio=10+focal:gamma=1.5,class_weight=1;9")
    'gamma=1.5,class_weight=1;9'
    """
    return JOINED.split(method)[-1].partition(":")[2]


def chosen_numbers(details: Mapping[str, Any]) -> str:
    """Return what an arm's details say of numbers that were open; nothing where none was.

    Examples
    --------
    >>> folds = ["focal:gamma=2", "focal:gamma=0", "focal:gamma=2"]
    >>> chosen_numbers({"chosen": "focal:gamma=1.5", "chosen_for_folds": folds})
    'gamma=1.5; for single folds, by the others, gamma=2 in 2 of 3, gamma=0 in 1'
    >>> chosen_numbers({"chosen": "focal:gamma=0", "chosen_for_folds": ["focal:gamma=0"] * 5})
    'gamma=0, and by the others for each of the 5 folds'
    """
    if "chosen" not in details:
        return ""
    chosen, folds = details["chosen"], details["chosen_for_folds"]
    if set(folds) == {chosen}:
        return f"{numbers_of(chosen)}, and by the others for each of the {len(folds)} folds"
    (first, most), *rest = Counter(folds).most_common()
    said = [f"{numbers_of(first)} in {most} of {len(folds)}"]
    said += [f"{numbers_of(name)} in {times}" for name, times in rest]
    return f"{numbers_of(chosen)}; for single folds, by the others, {', '.join(said)}"


def in_digits(value: float, digits: int = 3) -> str:
    """Write a number with few digits and no exponent: it is no better known.

    Examples
    --------
    >>> in_digits(2861.3), in_digits(0.0713, 2)
    ('2,860', '0.071')
    """
    return f"{float(f'{value:.{digits}g}'):,.12g}"


def plain(value: float, digits: int = 3) -> str:
    """Return a number as people write it: significant digits, thousands marked, an exponent only from 1e21.

    Examples
    --------
    >>> plain(0.0012345), plain(1234567.0), plain(-0.5), plain(99.95), plain(0.0), plain(1.5e100)
    ('0.00123', '1,234,567', '\u22120.5', '100', '0', '1.5e+100')
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{abs(value):,.{decimals}f}"
    if not _LEAST_WRITTEN <= abs(value) < _MOST_WRITTEN:
        text = f"{abs(value):.{digits}g}"
    elif "." in text:
        text = text.rstrip("0").rstrip(".")
    return (MINUS if value < 0 else "") + text
