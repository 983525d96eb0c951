"""What every learner is given and gives back: the trial knows no engine, only this.

A learner prepares the rows of a fold once, and trains any number of treatments on them. Training is a path of
steps: rounds of a booster, penalties of a linear model, one step for a forest. Along the path it shows its
outputs on held-out rows to a `Watch`; the trial then chooses a step by rows that the fold's scores are not
judged on. `Prepared.fit` trains to a given step, and what comes of it can be stored without its engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from scarce.learners.stored.posterior_table import storable
from scarce.losses.sigmoid import SigmoidLoss

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from scarce.learners.stored.posterior_table import PosteriorTable

    FloatArray = npt.NDArray[np.float64]
    IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrainingRows:
    """The rows of one fold, shared by every treatment of a learner.

    Attributes
    ----------
    features : ndarray of float64, shape (n_rows, n_features)
        Encoded rows; NaN where missing.
    names : tuple of str
        A name for each feature.
    categorical : tuple of int
        Which features hold category codes: whole numbers from 0, or NaN.
    target : ndarray of uint8, shape (n_rows,)
        1 where positive.
    training_weight : ndarray or None
        Row weights that enter the fit.
    offset : float
        Added to log-odds learnt from these rows, so that they speak of the population.
    fit, held : ndarray of int64
        Rows to fit on, and rows whose outputs are shown along the path (empty to train to a given step).
    seed : int
        Decides every random choice.
    threads : int
        How many the engine may use; the result does not depend on it.
    """

    features: FloatArray
    names: tuple[str, ...]
    categorical: tuple[int, ...]
    target: npt.NDArray[np.uint8]
    training_weight: FloatArray | None
    offset: float
    fit: IndexArray
    held: IndexArray
    seed: int
    threads: int = 1


@dataclass(frozen=True)
class Sampled:
    """Rows to train on after sampling.

    Attributes
    ----------
    rows : ndarray of int64 or None
        Positions among the rows given, ascending, a row drawn twice there twice; None where rows are made up.
    features : ndarray or None
        The rows themselves where they are made up, else None.
    target : ndarray of uint8
        Their labels.
    offset : float
        Added to log-odds learnt from them to undo what the sampling did to the prior; 0 where no number does.
    """

    rows: IndexArray | None
    features: FloatArray | None
    target: npt.NDArray[np.uint8]
    offset: float


class Sampling(Protocol):
    """A way to draw training rows; inside a fold only."""

    exact: bool
    """Whether the offset undoes it exactly (else the log-odds are only calibrated)."""

    def draw(
        self, features: FloatArray, target: npt.NDArray[np.uint8], categorical: tuple[int, ...], seed: int
    ) -> Sampled:
        """Draw from the rows of a fold."""
        ...


@dataclass(frozen=True)
class Treatment:
    """How an arm meets the imbalance.

    Attributes
    ----------
    loss : SigmoidLoss
        What it trains with; not yet resolved to class counts. Plain is cross-entropy without weights.
    sampling : Sampling or None
        How it draws its training rows; None takes them as they are.
    """

    loss: SigmoidLoss
    sampling: Sampling | None = None


PLAIN = Treatment(SigmoidLoss())
"""Cross-entropy without weights, on all rows: the control's."""


class Watch(Protocol):
    """Whoever looks on while a learner goes along its path."""

    def __call__(self, step: float, logits: FloatArray, log_odds: FloatArray) -> bool:
        """Take the outputs of the held rows at a step, and say whether to go on.

        Parameters
        ----------
        step : float
            One of `Learner.steps`, in their order.
        logits, log_odds : ndarray of float64, shape (rows.held.size,)
            Raw outputs, and the population's log-odds behind them. They are copied if they are kept.
        """
        ...


class Stored(Protocol):
    """What predicts from encoded rows without the engine that trained it, and goes into a model file."""

    kind: str
    n_features: int

    def logits(self, features: FloatArray) -> FloatArray:
        """Return raw outputs without a base score, shape (n_rows,)."""
        ...

    def to_parts(self) -> tuple[dict[str, Any], Mapping[str, npt.NDArray[np.generic]]]:
        """Return JSON-able facts, and arrays by name."""
        ...


@dataclass(frozen=True)
class Fitted:
    """A trained arm: ``log_odds = loss.log_odds(base_score + stored.logits(features)) + offset``.

    Attributes
    ----------
    stored : Stored
    loss : SigmoidLoss or PosteriorTable
        Resolved to the training rows' class counts; of a user's own modulation the table of its posterior, so
        that no model needs the user's code.
    base_score : float
        The constant logit that training started from.
    offset : float
        Undoes sampling and case-control sampling.
    """

    stored: Stored
    loss: SigmoidLoss | PosteriorTable
    base_score: float
    offset: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "loss", storable(self.loss))

    def logits(self, features: FloatArray) -> FloatArray:
        """Return raw outputs with the base score, shape (n_rows,)."""
        return self.base_score + self.stored.logits(features)

    def log_odds(self, logits: FloatArray) -> FloatArray:
        """Return the population's log-odds of the positive class behind raw outputs."""
        return self.loss.log_odds(logits) + self.offset


class Prepared(Protocol):
    """One fold, ready to be trained on by any number of treatments, from any number of threads."""

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Train along the path, and show the held rows' outputs until `watch` has seen enough."""
        ...

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        """Train to a step."""
        ...


class Learner(Protocol):
    """A model family with its settings.

    Attributes
    ----------
    name : str
        As in ``--learners``: ``"lightgbm"``, ``"forest"``.
    summary : str
        One line for the report.
    steps : tuple of float
        The path, simplest first; one number where there is nothing to choose.
    storable : bool
        Whether `Fitted.stored` goes into a model file.
    capped : bool
        Whether the path ends at a cap on rounds, beyond which it might get better.
    """

    name: str
    summary: str
    steps: tuple[float, ...]
    storable: bool
    capped: bool

    def takes(self, treatment: Treatment) -> bool:
        """Whether it can train with the treatment's loss and sampling; every learner takes plain rows."""
        ...

    def undoes(self, treatment: Treatment) -> bool:
        """Whether the log-odds recovered in closed form are exact; if not, they are only calibrated."""
        ...

    def grown(self, step: float, factor: float) -> float:
        """Return the step for `factor` times as many rows."""
        ...

    def prepare(self, rows: TrainingRows) -> Prepared:
        """Take in the rows of a fold."""
        ...
