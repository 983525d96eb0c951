"""The whole trial as one classifier."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from sklearn.utils.validation import column_or_1d, validate_data

from scarce.data.dataset import Dataset
from scarce.data.files.reading import from_dataframe
from scarce.errors import ScarceError
from scarce.estimators.costs_of_rows import margin
from scarce.estimators.two_classes import PosteriorClassifier
from scarce.learners.portfolio import LEARNERS
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from scarce.data.table import Table
    from scarce.decision.costs import CostSpec
    from scarce.trial.result import Verdict

    FloatArray = NDArray[np.float64]


class RareClassifier(PosteriorClassifier):
    """The trial as a classifier: `fit` tries every treatment against the control and keeps the best.

    Probabilities are recovered and calibrated out of fold, labels follow the decision rule that the trial
    fitted: by cost if there are costs, else the best F1.

    Parameters
    ----------
    cost : str or CostSpec, optional
        What a missed row of the scarce class costs, and a false alarm: numbers, or columns of X, as in
        ``"fn=amount,fp=5"``.
    methods : sequence of str, default ()
        Treatments to try, such as ``"focal:gamma=2"``; empty for the default ones.
    learners : sequence of str, default ()
        Plain learners that the control is chosen among, such as ``"lightgbm"``; empty for the portfolio. No
        estimators: a model file could not hold what they learn.
    folds : int, default 5
        Folds of each repeat, reduced when there are fewer rows of a class.
    repeats : int, default 1
        Repeats of the whole cross-validation with other splits.
    prior : float, optional
        Share of the scarce class where the model will be used; that of the (weighted) rows unless given.
    margin : str or float, optional
        The difference that would matter, as in `scarce.run`.
    tune_by : {"log_loss", "average_precision", "expected_cost"}, default "log_loss"
        What numbers that a method leaves open, as ``"focal:gamma=auto"`` does, are chosen by.
    max_rounds : int, default 400
        The most rounds of boosting; LightGBM's are half as many on tables of 10,000 rows or more.
    replicates : int, default 500
        Bootstrap replicates behind each interval.
    positive : label, optional
        The scarce class; the rarer one unless named.
    seed : int, default 0
        Of splits, learners and bootstrap.

    Attributes
    ----------
    verdict_ : Verdict
        What helped, in words: `headline`, `sentences`, `warnings`, and the arm that was kept as `winner`.
    result_ : TrialResult
        Everything the trial found: arms, scores, differences, findings about the data.
    model_ : scarce.Model
        What predicts; `scarce.save` writes it into a file without pickle.
    classes_, positive_, n_features_in_, feature_names_in_

    Raises
    ------
    ScarceError
        E801 to E804 for y; E807 for a learner that is no name; E301, E302, E305, E306, E311 to E317, E323 to
        E326, E328, E5.. and E701 from the trial; E101, E131, E250 to E252 and E260 for the costs.

    Notes
    -----
    Every column of X is a feature, as in scikit-learn: leave out what is not known before the target is. The
    checks of the data still run, and what they find stands in ``result_.findings``. Dataframes may hold
    categories, text and dates beside numbers.

    The decision function is the distance from the rule's cut: with costs that differ from row to row it ranks
    rows by what is at stake, where `predict_proba` ranks them by probability.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(2000, weights=[.95], random_state=0)
    >>> quick = {"learners": ["lightgbm"], "folds": 3, "max_rounds": 50}
    >>> model = RareClassifier(cost="fn=100,fp=5", methods=["focal:gamma=2"], **quick)
    >>> model.fit(X, y).verdict_.winner
    'control'
    >>> model.predict_proba(X[:2]).shape
    (2, 2)
    """

    def __init__(
        self,
        cost: str | CostSpec | None = None,
        *,
        methods: Sequence[str] = (),
        learners: Sequence[str] = (),
        folds: int = 5,
        repeats: int = 1,
        prior: float | None = None,
        margin: str | float | None = None,
        tune_by: str = "log_loss",
        max_rounds: int = 400,
        replicates: int = 500,
        positive: Any = None,
        seed: int = 0,
    ) -> None:
        self.cost = cost
        self.methods = methods
        self.learners = learners
        self.folds = folds
        self.repeats = repeats
        self.prior = prior
        self.margin = margin
        self.tune_by = tune_by
        self.max_rounds = max_rounds
        self.replicates = replicates
        self.positive = positive
        self.seed = seed

    def fit(
        self, X: Any, y: Any, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> RareClassifier:
        """Run the trial, and refit the arm that is kept.

        Parameters
        ----------
        X : array-like or dataframe of shape (n_rows, n_features)
            NaN or null where missing.
        y : array-like of shape (n_rows,)
            Two labels.
        sample_weight : array-like of shape (n_rows,), optional
            Rows of the population that a row stands for.
        groups : array-like of shape (n_rows,), optional
            Rows of a group stay on one side of every split.

        Returns
        -------
        self
        """
        for learner in self.learners:
            if not isinstance(learner, str):
                raise ScarceError("E807", name="learners", value=learner, choices=", ".join(LEARNERS))
        table = self._table(X, reset=True)
        target, weight = self._take_target(X, y, sample_weight)
        roles = {"target": pa.array(target)}
        if weight is not None and (weight != weight[0]).any():  # equal ones say nothing
            roles["weight"] = pa.array(weight)
        if groups is not None:
            roles["group"] = pa.array(column_or_1d(groups))
        config = TrialConfig(
            methods=tuple(self.methods),
            learners=tuple(self.learners),
            folds=self.folds,
            repeats=self.repeats,
            seed=self.seed,
            prior=self.prior,
            margin=self.margin,
            tune_by=self.tune_by,
            max_rounds=self.max_rounds,
            replicates=self.replicates,
        )
        dataset = self._dataset(table, roles)
        self.result_, self.model_ = run_trial(dataset, config)
        return self

    @property
    def verdict_(self) -> Verdict:
        """What helped, in words."""
        return self.result_.verdict

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _dataset(self, table: Table, roles: Mapping[str, pa.Array]) -> Dataset:
        """Put target, weight and group beside the features, under names that no feature has."""
        named = {role: _unused(role, table.names) for role in roles}
        data = table.data
        for role, values in roles.items():
            data = data.append_column(named[role], values)
        dataset = Dataset.prepare(
            replace(table, data=data),
            positive="1",
            cost=self.cost,
            keep=table.names,
            **named,
        )
        negative = self.classes_[1 - self._column]
        return replace(dataset, labels=(str(negative), str(self.positive_)))

    def _table(self, X: Any, *, reset: bool) -> Table:
        """Return the features as a table; columns without names are called x0, x1, ..."""
        frame = nw.from_native(X, eager_only=True, pass_through=True)
        if isinstance(frame, nw.DataFrame) and all(isinstance(name, str) for name in frame.columns):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if reset:
                return from_dataframe(X, "X")
            encoder = self.model_.encoder
            return from_dataframe(X, "X", encoder.text_columns, encoder.cells_of_later_data)
        features = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
        columns = {f"x{i}": np.ascontiguousarray(column) for i, column in enumerate(features.T)}
        return from_dataframe(pa.table(columns), "X")

    def _log_odds(self, X: Any) -> FloatArray:
        return self.model_.log_odds(self._table(X, reset=False))

    def _margin(self, X: Any) -> FloatArray:
        table = self._table(X, reset=False)
        return margin(self.model_.rule, self.model_.log_odds(table), table.data)


def _unused(name: str, names: Sequence[str]) -> str:
    while name in names:
        name += "_"
    return name
