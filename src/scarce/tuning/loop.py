"""`scarce.tune`: the numbers of a loss, chosen for a training loop that is the user's."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from scarce.decision.enough_positives import TO_CALL_BETTER
from scarce.errors import ScarceError
from scarce.evaluation.comparison import LEVEL, Interval, simultaneous
from scarce.evaluation.one_more_miss import with_one_more_either_way
from scarce.losses import catalog
from scarce.losses.weighting import checked_counts
from scarce.tuning.grid import AUTO, WEIGHTS, Grid, axis_of
from scarce.tuning.measure import Measure, OfRows, measure_of
from scarce.tuning.search import LEVEL as SEARCH_LEVEL
from scarce.tuning.search import Judgement, search
from scarce.tuning.trained import PARTS, Rows, definition_of, read, returned_wrongly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike

    from scarce.decision.arrays import FloatArray
    from scarce.tuning.grid import Place
    from scarce.tuning.search import Folds

    Choices: TypeAlias = Mapping[int, Place]
    """The place by which the rows of each part are judged."""

ALL = tuple(range(PARTS))


@dataclass(frozen=True)
class Tried:
    """A place of the grid.

    Attributes
    ----------
    settings : dict
        The numbers there.
    figure : float
        Of all validation rows, calibrated on others; the mean where the training was repeated.
    calls : int
        How often ``train`` was called for it.
    """

    settings: dict[str, object]
    figure: float
    calls: int


@dataclass(frozen=True, repr=False)
class Tuned:
    """What `tune` found.

    Attributes
    ----------
    loss : object
        A new loss with the numbers that were chosen.
    settings : dict
        These numbers, by name.
    is_plain : bool
        Whether nothing that was tried is surely better than the plain loss, which is then what ``loss`` is.
    gain : Interval
        What choosing gained over the plain loss, above 0 if it is better: ``value``, and ``low`` and ``high``
        at 95 %. Each part of the validation rows is measured by the place that the other parts choose.
    table : tuple of Tried
        Every place that was tried, in the order of trying; the plain one first.
    measure : str
        What the figures are, such as ``"log-loss"``.
    """

    loss: object
    settings: dict[str, object]
    is_plain: bool
    gain: Interval
    table: tuple[Tried, ...]
    measure: str

    def __repr__(self) -> str:
        """Return the choice, its figure and its gain in two lines."""
        numbers = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        [chosen] = [one for one in self.table if one.settings == self.settings]
        plain = "nothing tried is surely better" if self.is_plain else f"plain {self.table[0].figure:.4g}"
        calls = sum(one.calls for one in self.table)
        gain = f"{self.gain.value:.3g} (95 % interval {self.gain.low:.3g} to {self.gain.high:.3g})"
        return (
            f"{numbers}: {self.measure} {chosen.figure:.4g}, {plain} ({calls} trainings)\n"
            f"gain on rows that did not choose: {gain}"
        )


def tune(
    train: Callable[[Any], Any],
    loss: str | Callable[..., Any],
    *,
    by: str | OfRows | None = None,
    cost: str | Mapping[str, float] | None = None,
    class_counts: ArrayLike | None = None,
    repeats: int = 2,
    **settings: Any,
) -> Tuned:
    """Choose the numbers of a loss for a training loop of your own.

    ``train`` is called with one loss after another: first the plain one (gamma 0, equal weights ...), then
    a coarse grid, then, if anything is better, the place between the best and its better neighbour. What it
    returns is turned into probabilities by each loss's own posterior, calibrated on other rows, and compared
    row by row. The plain loss stays unless another one's gain is more than chance would have it.

    Parameters
    ----------
    train : callable
        Takes a loss, trains a new model with it, and returns ``(logits, target)`` of validation rows, the
        same rows each time, or ``(logits, target, sample_weight)``: arrays or tensors of any library. Logits
        have shape (n_rows,) or (n_rows, n_classes); targets are class indices or one-hot.
    loss : callable or str
        What makes the loss: a class such as ``scarce.torch.SigmoidFocalLoss`` or
        ``scarce.keras.BinaryFocalCrossentropy``, a function of yours, or a name of the catalogue, which makes
        the losses that NumPy and ``scarce.jax.value`` take.
    by : {"log_loss", "average_precision"} or callable, optional
        By what the numbers are chosen, the log-loss unless costs are given; average precision is for two
        classes. Or a function of targets and probabilities, those of the positive class or one a class, of
        all validation rows, that returns the loss of each row.
    cost : str or mapping, optional
        Such as ``"fn=100,fp=5"``: by the expected cost of decisions by the rule that the costs give.
    class_counts : sequence of float, optional
        Rows of each class in training. Open weights need them; the loss is given them where it uses them.
    repeats : int, default 2
        How often each place is trained. With one training the interval holds the noise of the rows alone, and
        a lucky training is easily taken for a better number.
    **settings : object
        Numbers of the loss to be chosen, written ``"auto"`` (gamma, tau, epsilon, alpha, class_weight), and
        any other settings as they are.

    Returns
    -------
    Tuned
        The loss with its numbers, what it gained, and all that was tried.

    Raises
    ------
    ScarceError
        E911 if nothing is ``"auto"``, E538 for a number that cannot be, E507 for weights without class
        counts, E910 for what ``train`` or ``by`` should not return, E912 for what is no loss of scarce,
        E501 for ``by`` or ``repeats``, E250 to E260 for costs; others as the loss has them.

    Notes
    -----
    One open number takes at most 5 places, gamma with weights 13, each trained ``repeats`` times. A ``train``
    that sets the same seed in each call hides the noise of training from the interval: let it go on drawing.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features = rng.normal(size=4_000)
    >>> target = (rng.random(4_000) < 1.0 / (1.0 + np.exp(4.0 - 2.0 * features))).astype(int)
    >>> def train(loss):  # a line, on the first half of the rows
    ...     x, y, intercept, slope = features[:2_000], target[:2_000], 0.0, 0.0
    ...     for _ in range(300):
    ...         gradient = loss.gradient(intercept + slope * x, y)
    ...         intercept, slope = intercept - gradient.mean() * 4.0, slope - (gradient @ x) / 500.0
    ...     return intercept + slope * features[2_000:], target[2_000:]
    >>> found = tune(train, "focal", gamma="auto")
    >>> found.settings, found.is_plain, found.loss.describe()
    ({'gamma': 0.0}, True, 'sigmoid focal(gamma=0)')
    >>> len(found.table), round(found.table[0].figure, 3)
    (4, 0.156)
    """
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise ScarceError(
            "E501", parameter="repeats", value=repr(repeats), allowed="a whole number from 1 on"
        )
    fixed = {key: value for key, value in settings.items() if not _is_open(value)}
    grid = _grid(loss, name, [key for key in settings if key not in fixed])
    needs = next((axis.name for axis in grid.axes if axis.name in WEIGHTS), None)
    if needs and class_counts is None:
        raise ScarceError("E507", what=f"{needs}='auto'")
    counts = () if class_counts is None else checked_counts(class_counts).tolist()
    make = partial(catalog.get, loss) if isinstance(loss, str) else loss
    maker = _Maker(name, make, grid, fixed, counts)
    trainings = _Trainings(train, maker, measure_of(by, cost), repeats)
    chosen = search(grid, [ALL], trainings)
    return trainings.tuned(chosen)


def _is_open(value: object) -> bool:
    return isinstance(value, str) and value == AUTO


def _grid(loss: str | Callable[..., Any], name: str, names: Sequence[str]) -> Grid:
    if not names:
        raise ScarceError("E911", loss=name)
    usual = _defaults(loss)
    axes = [axis_of(one, usual.get(one)) for one in names]
    for one, axis in zip(names, axes, strict=True):
        if axis is None:
            raise ScarceError("E538", name=one, method=name)
    return Grid(tuple(axis for axis in axes if axis is not None))


def _defaults(loss: str | Callable[..., Any]) -> dict[str, float]:
    """Return what the loss's own numbers are unless they are said."""
    if isinstance(loss, str):
        known = catalog.find(loss).parameters
    else:
        known = {key: one.default for key, one in inspect.signature(loss).parameters.items()}
    return {key: value for key, value in known.items() if isinstance(value, Real)}


@dataclass(frozen=True)
class _Maker:
    """Makes the loss of a place.

    Attributes
    ----------
    name : str
    make : callable
    grid : Grid
    fixed : dict
    counts : sequence of float
        Empty where they are not known.
    """

    name: str
    make: Callable[..., Any]
    grid: Grid
    fixed: dict[str, Any]
    counts: Sequence[float]

    def settings(self, place: Place) -> dict[str, object]:
        return self.grid.settings(place, self.counts)

    def __call__(self, place: Place) -> object:
        given = self.fixed | self.settings(place)
        try:
            made = self.make(**given, **self._counts())
        except ScarceError as error:
            if error.code != "E529" or error.values["name"] != "class_counts":
                raise
            made = self.make(**given)  # nothing in this loss follows from them
        definition_of(made, self.name).check_posterior()
        return made

    def _counts(self) -> dict[str, Any]:
        taken = inspect.signature(self.make).parameters
        takes = "class_counts" in taken or any(one.kind is one.VAR_KEYWORD for one in taken.values())
        return {"class_counts": self.counts} if self.counts and takes else {}


@dataclass
class _Trainings:
    """All that was trained, and the judge of it: a fold is a part of the validation rows."""

    train: Callable[[Any], Any]
    make: _Maker
    measure: Measure
    repeats: int
    rows: Rows | None = None
    recovered: dict[Place, list[FloatArray]] = field(default_factory=dict)
    _calibrated: dict[tuple[Place, Folds], list[FloatArray]] = field(default_factory=dict)

    def __call__(self, places: Sequence[Place], folds: Sequence[Folds]) -> Judgement:
        """Return what some parts say, after the trainings that are still missing."""
        [parts] = folds
        plain = self.make.grid.plain
        for place in (plain, *places):
            self._have_trained(place)
        found = self._gains([_same(place, parts) for place in places], parts, SEARCH_LEVEL)
        enough = self._rows.few(parts) >= TO_CALL_BETTER
        better = [place for place, gain in zip(places, found, strict=True) if enough and gain.low > 0.0]
        figures = {place: -self.measure.gain * self._figure(place, parts) for place in (plain, *places)}
        return Judgement(figures, frozenset(better))

    def tuned(self, chosen: Place) -> Tuned:
        """Return the choice, and what it gains where each part is judged by what the others choose."""
        others = {part: tuple(one for one in ALL if one != part) for part in ALL}
        tried = [place for place in self.recovered if place != self.make.grid.plain]
        places = {part: self(tried, [rest]).choice for part, rest in others.items()}
        [gain] = self._gains([places], ALL, LEVEL)
        table = [
            Tried(self.make.settings(place), self._figure(place, ALL), self.repeats)
            for place in self.recovered
        ]
        return Tuned(
            loss=self.make(chosen),
            settings=self.make.settings(chosen),
            is_plain=chosen == self.make.grid.plain,
            gain=gain,
            table=tuple(table),
            measure=self.measure.name,
        )

    @property
    def _rows(self) -> Rows:
        assert self.rows is not None
        return self.rows

    def _have_trained(self, place: Place) -> None:
        if place in self.recovered:
            return
        found = []
        for _ in range(self.repeats):
            loss = self.make(place)
            rows, scores = read(self.train(loss), loss, self.make.name)
            self._check_rows(rows, scores)
            found.append(scores)
        self.recovered[place] = found

    def _check_rows(self, rows: Rows, scores: FloatArray) -> None:
        if self.rows is None and scores.ndim == 2 and self.measure.for_two_classes:
            allowed = f"'log_loss' or a function, as there are {scores.shape[1]} classes"
            raise ScarceError("E501", parameter="by", value=self.measure.name, allowed=allowed)
        if self.rows is None:
            self.rows = rows
        same = (
            np.array_equal(getattr(rows, name), getattr(self.rows, name)) for name in ("target", "weight")
        )
        if not all(same):
            suggestion = "validate on the same rows in the same order each time"
            raise returned_wrongly("other targets or weights than the first time", suggestion)

    def _gains(self, arms: Sequence[Choices], parts: Folds, level: float) -> list[Interval]:
        """Return what choices gain over the plain loss on some parts, the intervals at one level together."""
        plain, *found = (self._figures(arm, parts) for arm in (_same(self.make.grid.plain, parts), *arms))
        influences = np.array([one[1] - plain[1] for one in found])
        if self.measure.miss:
            held, share = self._rows.positives(parts)
            influences = with_one_more_either_way(influences, held, self.measure.miss * share)
        few = self._rows.few(parts)
        if self.repeats > 1:
            noise = self._noise_of_training(arms, parts)
            influences = np.hstack([influences, noise])
            few = min(few, 1 + len(self.recovered) * (self.repeats - 1))
        return simultaneous(
            self.measure.gain * np.array([[one[0] - plain[0]] for one in found]),
            self.measure.gain * influences,
            few=few,
            n_train=np.inf,
            n_test=1.0,
            scale=abs(plain[0]),
            level=level,
        )

    def _noise_of_training(self, arms: Sequence[Choices], parts: Folds) -> FloatArray:
        """Return what the noise of each place's trainings does to the gain of each choice.

        With few repeats the spread at one place is hardly known: it is at least that of all places together.
        """
        plain, places = self.make.grid.plain, list(self.recovered)
        spread = np.array([np.std(self._values(_same(place, parts), parts), ddof=1) for place in places])
        spread = np.maximum(spread, np.sqrt(np.mean(spread**2))) / np.sqrt(self.repeats)
        share = [[float(np.mean([arm[part] == one for part in parts])) for one in places] for arm in arms]
        return (np.array(share) - [one == plain for one in places]) * spread

    def _figure(self, place: Place, parts: Folds) -> float:
        return self._figures(_same(place, parts), parts)[0]

    def _values(self, choices: Choices, parts: Folds) -> list[float]:
        return [value for value, _ in self._of_repeats(choices, parts)]

    def _figures(self, choices: Choices, parts: Folds) -> tuple[float, FloatArray]:
        """Return the mean figure of the repeats, and each row's influence on it."""
        values, influences = zip(*self._of_repeats(choices, parts), strict=True)
        return float(np.mean(values)), np.mean(influences, axis=0)

    def _of_repeats(self, choices: Choices, parts: Folds) -> list[tuple[float, FloatArray]]:
        by_part = {part: self._calibrated_at(place, parts) for part, place in choices.items()}
        found = []
        for repeat in range(self.repeats):
            scores = by_part[parts[0]][repeat].copy()
            for part in parts[1:]:
                own = self._rows.part == part
                scores[own] = by_part[part][repeat][own]
            found.append(self.measure.figure(self._rows, scores, parts))
        return found

    def _calibrated_at(self, place: Place, parts: Folds) -> list[FloatArray]:
        key = place, parts
        if key not in self._calibrated:
            self._calibrated[key] = [self._rows.calibrated(one, parts) for one in self.recovered[place]]
        return self._calibrated[key]


def _same(place: Place, parts: Folds) -> Choices:
    return dict.fromkeys(parts, place)
