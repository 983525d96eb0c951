"""What so few positives cannot tell, in sentences made from the trial's own numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scarce.report.scales import percent
from scarce.report.wording import Wording

if TYPE_CHECKING:
    from scarce.report.pictures import Pictures
    from scarce.trial.result import TrialResult

_Z = 1.959963984540054


def limits(result: TrialResult, pictures: Pictures) -> list[str]:
    """Return the sentences, the most general first."""
    positives = int(np.unique(pictures.winner.row[pictures.winner.target]).size)
    words = Wording.of(result)
    return [
        *_sample(result),
        *_elsewhere(result),
        *_recall(positives, pictures),
        "Undecided is not equivalent: it means that these rows cannot tell the two apart.",
        *_others(result, words),
        "Intervals come from drawing rows anew. They cover the luck of which rows are in the data; they do "
        "not cover a population that changes, labels that are wrong, or rows that were never recorded.",
        _other_rows(result),
    ]


def _other_rows(result: TrialResult) -> str:
    said = "The figures speak for rows like these. Where positives become rarer or more frequent, "
    if result.by_episode:  # the explorer has no slider for that
        return f"{said}they change, and how cannot be seen in this data."
    return (
        f"{said}the explorer shows what follows if nothing else changes; whether that is so cannot be seen "
        "in this data."
    )


def _sample(result: TrialResult) -> list[str]:
    if not result.config.get("demo_sample"):
        return []
    return [
        "This is the demo sample: all positives and a share of the negatives. Weights make the figures stand "
        "for the full table, but a model trained on the sample is not the full table's model."
    ]


def _elsewhere(result: TrialResult) -> list[str]:
    if result.trained:
        return []
    return [
        "The scores were made elsewhere. Whether these rows are new to the models behind them cannot be seen "
        "here, and a model looks better than it is on rows that it learnt from."
    ]


def _recall(positives: int, pictures: Pictures) -> list[str]:
    recall = pictures.operating_point[0]
    low, high = wilson(recall, positives)
    return [
        f"There are {positives:,} positives. One more or one fewer caught moves recall by "
        f"{percent(1 / positives)}; a recall of {percent(recall)} could as well be anything from "
        f"{percent(low)} to {percent(high)}."
    ]


def wilson(share: float, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share seen in ``count`` rows.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(0.5, 100)]
    [0.404, 0.596]
    """
    spread = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    centre = share + _Z**2 / (2 * count)
    scale = 1 + _Z**2 / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def _others(result: TrialResult, words: Wording) -> list[str]:
    arms = len(result.arms) - 1
    if arms < 2:
        return []
    return [
        f"Of {arms} {words.other}s one is bound to look best by luck. The intervals of "
        f"{result.primary.label} allow for that, being wide enough to hold all at once; the other metrics "
        "are there to be read, not to choose by."
    ]
