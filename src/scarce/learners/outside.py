"""Anyone's scikit-learn classifier or pipeline as a learner."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from scarce.errors import ScarceError
from scarce.learners.drawn_rows import drawn_rows, is_plain, only_weighs
from scarce.learners.one_step import ONE_STEP, show_one_step
from scarce.losses.sigmoid import SigmoidLoss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scarce.learners.base import FloatArray, TrainingRows, Treatment, Watch

LEAST_PROBABILITY = 1e-15
"""Probabilities are clipped to it: one of 0 has no log-odds."""


class Outside:
    """A scikit-learn classifier, or a pipeline that ends in one; it is cloned and never fitted itself.

    Its probabilities, or where it has none its decision function, are taken as log-odds and calibrated like
    those of any learner. No model file can hold it: there are scores, a report and a rule.

    Parameters
    ----------
    estimator : object
        With ``fit`` and ``predict_proba`` or ``decision_function``. Random states that are None are seeded.
    name : str, optional
        By default its class's; of a pipeline, its last step's.

    Raises
    ------
    ScarceError
        E320 for anything else.

    Notes
    -----
    Forests say 0 and 1 of many rows, which are clipped at 1e-15: ours, `scarce.learners.forest.Forest`, has
    one more vote for the share of positives instead.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> Outside(GaussianNB()).name
    'GaussianNB'
    """

    steps: ClassVar[tuple[float, ...]] = ONE_STEP
    storable: ClassVar[bool] = False
    capped: ClassVar[bool] = False

    def __init__(self, estimator: Any, name: str | None = None) -> None:
        if isinstance(estimator, type):
            raise ScarceError("E320", learner=estimator.__name__, fault="is a class, not an object of one")
        shown = type(estimator).__name__
        for method in ("fit", "get_params"):
            if not hasattr(estimator, method):
                raise ScarceError("E320", learner=shown, fault=f"has no {method}")
        if not (hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")):
            raise ScarceError("E320", learner=shown, fault="has no predict_proba or decision_function")
        self.estimator = estimator
        self.name = type(_last(estimator)[1]).__name__ if name is None else name
        self.weight_name = _weight_name(estimator)

    def __repr__(self) -> str:
        """Tell it apart from the same estimator with other parameters."""
        parameters = sorted(self.estimator.get_params(deep=True).items(), key=lambda item: item[0])
        return f"Outside({type(self.estimator).__qualname__}, {parameters!r})"

    @property
    def summary(self) -> str:
        """One line for the report."""
        gives = "probabilities" if self._has_probabilities else "scores"
        return f"{type(self.estimator).__name__} of scikit-learn's kind, by its {gives}"

    @property
    def _has_probabilities(self) -> bool:
        return hasattr(self.estimator, "predict_proba")

    def takes(self, treatment: Treatment) -> bool:
        """Whether it trains on such rows: class weights only where its fit takes sample weights."""
        weighs = treatment.loss.class_weight is not None
        return only_weighs(treatment.loss) and (self.weight_name is not None or not weighs)

    def undoes(self, treatment: Treatment) -> bool:
        """Whether there is nothing to undo, and its outputs are probabilities."""
        return is_plain(treatment) and self._has_probabilities

    def grown(self, step: float, factor: float) -> float:
        """Return the one step there is."""
        return step

    def prepare(self, rows: TrainingRows) -> OutsideFold:
        """Take in the rows of a fold."""
        if rows.training_weight is not None and self.weight_name is None:
            raise ScarceError("E321", learner=self.name)
        return OutsideFold(self, rows)


class OutsideFold:
    """One fold's rows.

    Parameters
    ----------
    learner : Outside
    rows : TrainingRows
    """

    def __init__(self, learner: Outside, rows: TrainingRows) -> None:
        self._learner, self._rows = learner, rows

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Fit a clone and show the held rows' outputs."""
        show_one_step(self, self._rows, treatment, watch)

    def fit(self, treatment: Treatment, step: float) -> OutsideFitted:
        """Fit a clone."""
        rows, learner = self._rows, self._learner
        drawn = drawn_rows(rows, treatment)
        features = drawn.taken(rows)
        weight = drawn.case_weight()
        weights = {} if weight is None else {learner.weight_name: weight}
        estimator = _seeded_clone(learner.estimator, rows.seed)
        advice = "try its fit on a few rows: it must take numbers, and 0 and 1"
        if weights:
            advice += f", and as {learner.weight_name} the rows' weights, which a step that draws rows cannot"
        with _their_errors(learner.name, features, "trained", advice):
            estimator.fit(_frame(features, rows.names), drawn.target, **weights)
        if list(estimator.classes_) != [0, 1]:
            raise ScarceError("E322", learner=learner.name, what=f"classes {list(estimator.classes_)}")
        return OutsideFitted(estimator, learner.name, rows.names, drawn.offset)


@dataclass(frozen=True)
class OutsideFitted:
    """A fitted estimator: what `scarce.learners.base.Fitted` is, but that nothing of it can be stored.

    Attributes
    ----------
    estimator : object
    name : str
    names : tuple of str
        Of the features.
    offset : float
        Undoes sampling and case-control sampling.
    """

    estimator: Any
    name: str
    names: tuple[str, ...]
    offset: float

    stored: ClassVar[None] = None
    loss: ClassVar[SigmoidLoss] = SigmoidLoss()
    base_score: ClassVar[float] = 0.0

    def logits(self, features: FloatArray) -> FloatArray:
        """Return log-odds of its probabilities, or its decision function, shape (n_rows,)."""
        rows = _frame(features, self.names)
        advice = "try it on rows that it was not trained on: it must take any number of them"
        with _their_errors(self.name, features, "asked for scores", advice):
            if not hasattr(self.estimator, "predict_proba"):
                return self._checked(self.estimator.decision_function(rows), (len(features),))
            probability = self._checked(self.estimator.predict_proba(rows), (len(features), 2))
        logs = np.log(np.maximum(probability, LEAST_PROBABILITY))
        return logs[:, 1] - logs[:, 0]

    def log_odds(self, logits: FloatArray) -> FloatArray:
        """Return the log-odds behind raw outputs."""
        return logits + self.offset

    def _checked(self, outputs: Any, shape: tuple[int, ...]) -> FloatArray:
        outputs = np.asarray(outputs, dtype=np.float64)
        if outputs.shape != shape:
            raise ScarceError("E322", learner=self.name, what=f"outputs of shape {outputs.shape}")
        if not np.isfinite(outputs).all():
            raise ScarceError("E322", learner=self.name, what="outputs that are not finite")
        return outputs


@contextmanager
def _their_errors(name: str, features: FloatArray, doing: str, advice: str) -> Iterator[None]:
    """Say in two lines whatever an estimator raises, and keep the cause."""
    try:
        yield
    except ScarceError:
        raise
    except Exception as error:
        if np.isnan(features).any() and "nan" in str(error).lower():
            raise ScarceError("E318", learner=name) from error
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ScarceError("E319", learner=name, doing=doing, reason=reason, advice=advice) from error


def _last(estimator: Any) -> tuple[str, Any]:
    """Return the last step of a pipeline, within pipelines too, with the prefix of its settings."""
    prefix = ""
    while hasattr(estimator, "steps"):
        name, estimator = estimator.steps[-1]
        prefix += f"{name}__"
    return prefix, estimator


def _weight_name(estimator: Any) -> str | None:
    """Return what sample weights are called in its fit; None where it takes none."""
    from sklearn.utils.validation import has_fit_parameter

    prefix, last = _last(estimator)
    return f"{prefix}sample_weight" if has_fit_parameter(last, "sample_weight") else None


def _seeded_clone(estimator: Any, seed: int) -> Any:
    from sklearn.base import clone

    fresh = clone(estimator)
    parameters = fresh.get_params(deep=True)
    unset = [key for key, value in parameters.items() if key.endswith("random_state") and value is None]
    return fresh.set_params(**dict.fromkeys(unset, seed))


def _frame(features: FloatArray, names: tuple[str, ...]) -> Any:
    """Return a dataframe, as pipelines may pick columns by name; without pandas, the array."""
    try:
        import pandas as pd
    except ModuleNotFoundError:
        return features
    return pd.DataFrame(features, columns=list(names))
