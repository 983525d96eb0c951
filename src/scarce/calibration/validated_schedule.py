"""Gamma, and the power of the class weights, moved during training by what validation rows say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from scarce.calibration.recovered_scores import calibrated, losses_of_scores, recovered
from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.catalog import KINDS
from scarce.losses.modulation import Focal
from scarce.losses.weighting import checked_counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from scarce.decision.arrays import FloatArray, IntArray
    from scarce.losses import Loss

TRIES = (-0.5, -0.5, 1.0, 1.0, -0.5, -0.5)
"""The epochs of a round: a step down or up, and what its improvement counts.

Two at a time, for a loss that has just changed is misread until the outputs have followed: what the first
epoch loses by that the second wins back. Down comes on both sides, so that a training that improves less and
less favours neither, or down.
"""

CLEARLY = 2.5  # standard errors: at 2, one in twenty simulated trainings without any effect ended above 0
POWER_STEP, HIGHEST_POWER = 0.25, 1.0


class Epoch(NamedTuple):
    """What an epoch was trained with, and the mean recovered and calibrated loss after it."""

    gamma: float
    power: float
    validation_loss: float
    centre: float
    power_centre: float


class ValidatedSchedule:
    """Moves gamma up where a larger one clearly improved the validation loss more, and else back down.

    The first epoch is trained at the centre. Then come rounds of six: two epochs a step below the centre, two
    a step above, and two below. After each epoch the validation rows are read by the posterior of the loss
    that it was trained with, and each half of them is calibrated by the other; so losses of different gamma
    are on one scale. What the epochs above improved a row's loss by, less half of what those below did, is
    averaged: if that exceeds 2.5 standard errors the centre moves up a step, and if it is negative, down.

    With class counts every other round moves the power of the class weights instead, by .25 between 0 and 1:
    ``weight_k = (n / n_k) ** power``, divided by the mean weight of the rows.

    Parameters
    ----------
    kind : {"softmax", "sigmoid"}
        One logit a class, or one logit that decides between two.
    class_counts : array_like, shape (n_classes,), optional
        The number of training rows of each class; without, there are no class weights.
    gamma : float, default 0.0
        The centre at the start, at least 0.
    step : float, default 0.5
        Above 0.
    highest : float, default 5.0
        The largest gamma; the least is 0.

    Attributes
    ----------
    gamma, power : float
        Those of the next epoch to train.
    history : list of dict
        For each epoch ``epoch``, ``gamma``, ``power`` (None without class counts), ``validation_loss``, and
        the ``centre`` and ``power_centre`` that it was tried around.

    Raises
    ------
    ScarceError
        E501 if a parameter lies outside its domain; E506 for counts that are none.

    Notes
    -----
    The standard error is that of the rows. It knows nothing of the chance in a training, how the batches fell
    that is, nor of the shape of its curve: one that gets steeper before it flattens out looks better in the
    middle of a round. Such a step up is taken back in a later round. Where a training improves less and less
    the rule leans to small gamma. We know of no data on which a larger gamma clearly helps the recovered
    loss: expect it to stay near 0. Train for 1, 7, 13 ... epochs, so that the last were not a step above.

    Examples
    --------
    >>> schedule = ValidatedSchedule("sigmoid")
    >>> logits, target = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 1, 0, 1])
    >>> for epoch in range(5):
    ...     schedule.observe(logits, target)
    >>> [one["gamma"] for one in schedule.history], schedule.gamma
    ([0.0, 0.0, 0.0, 0.5, 0.5], 0.0)
    """

    def __init__(
        self,
        kind: Literal["softmax", "sigmoid"] = "softmax",
        *,
        class_counts: ArrayLike | None = None,
        gamma: float = 0.0,
        step: float = 0.5,
        highest: float = 5.0,
    ) -> None:
        self.kind = domains.choice(*KINDS)("kind", kind)
        self.frequency = None if class_counts is None else _frequency(self.kind, class_counts)
        step = domains.above_zero("step", step)
        highest = domains.at_least_zero("highest", highest)
        if not 0.0 <= domains.at_least_zero("gamma", gamma) <= highest:
            raise ScarceError(
                "E501", parameter="gamma", value=f"{gamma:g}", allowed=f"from 0 to highest={highest:g}"
            )
        self._steps = np.array([step, POWER_STEP])
        self._ends = np.array([highest, HIGHEST_POWER])
        self._centre = np.array([float(gamma), 0.0])
        self._epochs: list[Epoch] = []
        self._target: IntArray = np.empty(0, dtype=np.int64)
        self._losses: FloatArray = np.empty(0)
        self._gain: FloatArray = np.empty(0)
        _ = self.loss.numbers  # refuses counts that are not of two classes over a sigmoid

    @property
    def gamma(self) -> float:
        """The gamma of the next epoch to train."""
        return float(self._tried()[0])

    @property
    def power(self) -> float:
        """The power of the class weights of the next epoch to train; 0 leaves them out."""
        return float(self._tried()[1])

    @property
    def class_weight(self) -> FloatArray | None:
        """The weight of each class in the next epoch to train; their mean over the rows is 1."""
        return None if self.frequency is None else _weights(self.frequency, self.power)

    @property
    def loss(self) -> Loss:
        """The loss of the next epoch to train, whose posterior reads what it leaves behind."""
        weight = self.class_weight
        given = {} if weight is None else {"class_weight": tuple(weight.tolist())}
        return KINDS[self.kind](Focal(self.gamma), **given)

    @property
    def history(self) -> list[dict[str, Any]]:
        """What each epoch was trained with, and the loss after it."""
        weighted = self.frequency is not None
        return [
            {"epoch": number, **one._asdict(), "power": one.power if weighted else None}
            for number, one in enumerate(self._epochs)
        ]

    def observe(self, logits: ArrayLike, target: ArrayLike) -> None:
        """Look at the validation rows after an epoch that was trained with `gamma` and `class_weight`.

        Parameters
        ----------
        logits : array_like of float, shape (n_rows, n_classes), or (n_rows,) over a sigmoid
        target : array_like of int, shape (n_rows,)
            Class indices; the same rows in the same order each time.

        Raises
        ------
        ScarceError
            E915 if the rows are others than before, or of two classes one has less than two rows.
        """
        labels = np.asarray(target, dtype=np.int64)
        self._check(labels)
        scores = recovered(self.loss, np.asarray(logits, dtype=np.float64))
        losses = losses_of_scores(labels, _cross_calibrated(scores, labels))
        seen = len(self._epochs)
        self._epochs.append(Epoch(self.gamma, self.power, float(losses.mean()), *self._centre.tolist()))
        if seen == 0:
            self._target, self._gain = labels, np.zeros(labels.size)
        else:
            self._gain += TRIES[(seen - 1) % len(TRIES)] * (self._losses - losses)
        self._losses = losses
        if seen > 0 and seen % len(TRIES) == 0:
            self._move(self._coordinate(seen - 1))

    def packed(self) -> FloatArray:
        """Return all that was learned as one row of numbers, for a checkpoint; `unpack` takes it back."""
        lengths = [len(self._epochs), self._losses.size, *self._centre]
        return np.concatenate([lengths, np.ravel(self._epochs), self._target, self._losses, self._gain])

    def unpack(self, state: ArrayLike) -> None:
        """Go on where another schedule of the same settings was `packed`."""
        numbers = np.asarray(state, dtype=np.float64)
        epochs, rows = (int(number) for number in numbers[:2])
        self._centre, table = numbers[2:4].copy(), numbers[4 : 4 + epochs * len(Epoch._fields)]
        self._epochs = [Epoch(*one) for one in table.reshape(epochs, len(Epoch._fields)).tolist()]
        of_rows = numbers[4 + table.size :].reshape(3, rows)
        self._target, self._losses, self._gain = (
            of_rows[0].astype(np.int64),
            of_rows[1].copy(),
            of_rows[2].copy(),
        )

    def _coordinate(self, place: int) -> int:
        """Return what is tried so many epochs after the first: gamma, or in every other round the power."""
        return 0 if self.frequency is None else place // len(TRIES) % 2

    def _tried(self) -> FloatArray:
        tried, place = self._centre.copy(), len(self._epochs) - 1
        if place >= 0:
            tried[self._coordinate(place)] += (
                np.sign(TRIES[place % len(TRIES)]) * self._steps[self._coordinate(place)]
            )
        return np.clip(tried, 0.0, self._ends)

    def _move(self, coordinate: int) -> None:
        mean, error = self._gain.mean(), self._gain.std() / math.sqrt(self._gain.size)
        if mean > CLEARLY * error:
            self._centre[coordinate] += self._steps[coordinate]
        elif mean < 0.0:
            self._centre[coordinate] -= self._steps[coordinate]
        self._centre = np.clip(self._centre, 0.0, self._ends)
        self._gain = np.zeros_like(self._gain)

    def _check(self, target: IntArray) -> None:
        if self._epochs and not np.array_equal(target, self._target):
            what = f"{target.size:,} rows that are not the {self._target.size:,} of the epoch before"
            suggestion = "validate on the same rows in the same order each time, without a shuffle"
            raise ScarceError("E915", what=what, suggestion=suggestion)
        counts = np.bincount(target, minlength=2)
        if counts.size == 2 and counts.min() < 2:
            what = f"{counts[0]:,} rows of class 0 and {counts[1]:,} of class 1"
            suggestion = "validate on two rows of each class at least, better 50"
            raise ScarceError("E915", what=what, suggestion=suggestion)


def _frequency(kind: str, class_counts: ArrayLike) -> FloatArray:
    counts = checked_counts(class_counts)
    if counts.ndim != 1 or (kind == "sigmoid" and counts.size != 2):
        raise ScarceError("E509", name="class_counts", shape=counts.shape)
    return counts / counts.sum()


def _weights(frequency: FloatArray, power: float) -> FloatArray:
    weight = frequency**-power
    return weight / (frequency @ weight)


def _cross_calibrated(scores: FloatArray, target: IntArray) -> FloatArray:
    """Return the scores with each half of the rows, every other one of a class, calibrated by the other."""
    order = np.argsort(target, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(target))])
    half = np.empty(target.size, dtype=bool)
    half[order] = (np.arange(target.size) - first[target[order]]) % 2 == 0
    said = np.empty_like(scores)
    for own in (half, ~half):
        others = ~own
        said[own] = calibrated(scores[others], target[others], np.ones(others.sum()), scores[own])
    return said
