"""A trained model: from a table to log-odds, posteriors and decisions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from scarce.bundle.member import blended
from scarce.calibration import Calibration, shift_prior
from scarce.data.any_table import table_of
from scarce.data.roles import looked_up
from scarce.data.table import Table
from scarce.decision.arrays import expit
from scarce.decision.costs import Costs, CostSpec
from scarce.decision.rules import CostRule, Rule
from scarce.errors import ScarceError
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from scarce.bundle.member import Member
    from scarce.bundle.row_sketch import RowSketch
    from scarce.bundle.training_summary import TrainingSummary
    from scarce.calibration.labelled_share import LabelledShare
    from scarce.data.encoding import Encoder
    from scarce.evaluation.estimate import Estimate

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]


ACTIONS = ("pass", "flag", "review")


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """What was trained, with all that turns a table into decisions.

    ``log_odds = calibration(sum of weight * member(encoder(table)))``: one learner is one member, and several
    are a blend.

    Parameters
    ----------
    encoder : Encoder
        Finds the columns by name and makes the matrix.
    members : tuple of Member
        At least one; they read the same matrix.
    calibration : Calibration
        Fitted on rows that the members had not seen; of one learner, the only calibration.
    rule : Rule or None
        Which rows to flag.
    labels : tuple of str
        The names of the negative and the positive class.
    prior : float
        Share of positives in the population that the log-odds speak of, in (0, 1); with a labelled share,
        of those that carry their label.
    card : mapping
        Anything worth knowing about the training, as JSON can hold it; `scarce.bundle.card.check_card` says
        of what kind the facts are that scarce asks for.
    labelled_share : LabelledShare or None
        Share of the positives that carry their label; the members were trained to tell labels, and what the
        model says is of all positives.
    sketch : RowSketch or None
        Of the rows that it was trained on; None for a model that does not tell.
    summary : TrainingSummary or None
        What later rows are held against by `scarce.monitor`; no row is in it.

    Notes
    -----
    A prior given at prediction shifts log-odds and posterior, and a cost rule decides by the shifted ones. A
    cut that was tuned for precision, recall, F-beta or capacity stays where it is on the unshifted scale: its
    recall and false-positive rate do not depend on the prior.
    """

    encoder: Encoder
    members: tuple[Member, ...]
    calibration: Calibration
    rule: Rule | None
    labels: tuple[str, str]
    prior: float
    card: Mapping[str, Any] = field(default_factory=dict)
    labelled_share: LabelledShare | None = None
    sketch: RowSketch | None = None
    summary: TrainingSummary | None = None

    def __post_init__(self) -> None:
        shift_prior((), old=self.prior, new=0.5)  # refuses a prior that no shift could start from

    def __repr__(self) -> str:
        """Say what it decides, and nothing of the rows it learnt from."""
        arm = visible(str(self.card.get("arm", "a learner")))
        rule = "none" if self.rule is None else visible(self.rule.describe())
        return (
            f"<Model: {arm} on {len(self.encoder.columns)} columns; positive {visible(self.labels[1])!r}, "
            f"prior {self.prior:.3g}; rule: {rule}>"
        )

    def log_odds(self, table: Any, prior: float | None = None) -> FloatArray:
        """Return the calibrated log-odds of the positive class.

        Parameters
        ----------
        table : DataFrame, mapping of str to sequence, path-like, ndarray, or Table
            In any form that `scarce.run` takes. It has the columns of the training; others are ignored. An
            array has exactly the features, in the order of the training.
        prior : float, optional
            Share of positives where the rows come from; by default that of the training's population.

        Returns
        -------
        ndarray of float64, shape (n_rows,)

        Raises
        ------
        ScarceError
            E441, E442 for missing or retyped columns, E444 for codes that have lost their leading zeros, E255
            for a prior outside (0, 1), E429 for a model whose numbers overflow.

        Warns
        -----
        ScarceWarning
            E445 for a column most of whose values the training hardly met.
        """
        return self._of_positives(self.log_odds_of_labels(table, prior))

    def log_odds_of_labels(self, table: Any, prior: float | None = None) -> FloatArray:
        """Return the calibrated log-odds of the positive *label*; parameters and errors as `log_odds`.

        Another thing than `log_odds` only where a part of the positives carries no label.
        """
        return self._shifted(self._unshifted(self._taken(table)), prior)

    def log_odds_of_features(self, features: FloatArray) -> FloatArray:
        """Return the calibrated log-odds of encoded rows, which `encoder` makes.

        Parameters
        ----------
        features : ndarray of float64, shape (n_rows, n_features)

        Raises
        ------
        ScarceError
            E429 for a model whose numbers overflow.
        """
        logits = [member.fitted.logits(features) for member in self.members]
        with np.errstate(over="ignore", invalid="ignore"):
            return self.calibration.log_odds(blended(self.members, logits))

    def posterior(self, table: Any, prior: float | None = None) -> FloatArray:
        """Return P(positive | row), shape (n_rows,); parameters and errors as `log_odds`."""
        return expit(self.log_odds(table, prior))

    def predict_proba(self, table: Any, prior: float | None = None) -> FloatArray:
        """Return P(negative | row) and P(positive | row), shape (n_rows, 2), in the order of `labels`.

        Parameters and errors as `log_odds`.
        """
        log_odds = self.log_odds(table, prior)
        return np.column_stack([expit(-log_odds), expit(log_odds)])

    def flag(self, table: Any, cost: Any = None, prior: float | None = None) -> BoolArray:
        """Decide about each row.

        Parameters
        ----------
        table : DataFrame, mapping of str to sequence, path-like, or Table
            Has the cost columns too, where the rule needs them.
        cost : str, mapping, CostSpec or Costs, optional
            Such as ``"fn=Amount,fp=5"`` or ``{"fn": "Amount", "fp": 5}``, in place of the costs that the rule
            was made for; columns are looked up in `table`.
        prior : float, optional
            As in `log_odds`.

        Returns
        -------
        ndarray of bool, shape (n_rows,)

        Raises
        ------
        ScarceError
            As `log_odds`; E428 if the model has no rule, E101 or E131 for a cost column that is absent or
            holds no numbers, E250 for costs that cannot be read, E251 and E260 for values that are no costs,
            E234 for costs where the rule does not weigh any.
        """
        taken = self._taken(table)
        return self._decided(self._unshifted(taken), taken, cost, prior)[0]

    def with_rule(self, rule: Rule | None) -> Model:
        """Return the same model with another rule; nothing is trained.

        Parameters
        ----------
        rule : CostRule, CutRule, CapacityRule or None
            Of `scarce.decision`, such as ``CostRule(spec=CostSpec.parse("fn=Amount,fp=5"))``.

        Returns
        -------
        Model
        """
        return replace(self, rule=rule)

    def predict(self, table: Any, cost: Any = None, prior: float | None = None) -> NDArray[np.object_]:
        """Return the label that the rule gives each row, shape (n_rows,); parameters and errors as `flag`."""
        return np.array(self.labels, dtype=object)[self.flag(table, cost, prior).astype(np.intp)]

    def predictions(self, table: Any, cost: Any = None, prior: float | None = None) -> pa.Table:
        """Return log-odds, posterior, flag and label of each row, in the order of the table.

        Parameters and errors as `flag`.

        Returns
        -------
        pyarrow.Table
            Columns ``log_odds``, ``posterior`` (float64), ``flag`` (bool) and ``label`` (string); where the
            rule has reviews also ``action`` (string): ``flag``, ``review`` or ``pass``; with a labelled share
            also ``posterior_low`` and ``posterior_high``, at the ends of its band.
        """
        taken = self._taken(table)
        unshifted = self._unshifted(taken)
        flagged, reviewed = self._decided(unshifted, taken, cost, prior)
        of_labels = self._shifted(unshifted, prior)
        log_odds = self._of_positives(of_labels)
        labels = pa.array(self.labels, pa.string()).take(pa.array(flagged.astype(np.int8)))
        columns = {"log_odds": log_odds, "posterior": expit(log_odds), "flag": flagged, "label": labels}
        if reviewed is not None:
            columns["action"] = pa.array(ACTIONS, pa.string()).take(pa.array(flagged + 2 * reviewed))
        if self.labelled_share is not None:
            low, high = self.labelled_share.band(of_labels)
            columns |= {"posterior_low": low, "posterior_high": high}
        return pa.table(columns)

    def share_trained_on(self, table: Any) -> Estimate | None:
        """Return what share of the rows of a table the model was trained on.

        Parameters
        ----------
        table : DataFrame, mapping of str to sequence, path-like, ndarray, or Table
            As in `log_odds`.

        Returns
        -------
        Estimate or None
            With a 95 % interval, as `RowSketch.share` says; None for a model that keeps no sketch.

        Raises
        ------
        ScarceError
            As `log_odds`.
        """
        return None if self.sketch is None else self.sketch.share(self.encoder.encode(self._taken(table)))

    def _taken(self, table: Any) -> Table | pa.Table:
        if isinstance(table, Table | pa.Table):
            return table
        unnamed = isinstance(table, np.ndarray) and table.ndim == 2
        names = [column.name for column in self.encoder.columns] if unnamed else None
        return table_of(table, names, text=self.encoder.text_columns, cells=self.encoder.cells_of_later_data)

    def _unshifted(self, table: Table | pa.Table) -> FloatArray:
        matrix = self.encoder.encode(table)
        self.encoder.warn_of_unseen(table, matrix)
        return self.log_odds_of_features(matrix)

    def _shifted(self, log_odds: FloatArray, prior: float | None) -> FloatArray:
        if prior is None:
            return log_odds
        labelled = 1.0 if self.labelled_share is None else self.labelled_share.share
        return shift_prior(log_odds, old=self.prior, new=prior * labelled)

    def _of_positives(self, log_odds: FloatArray) -> FloatArray:
        return log_odds if self.labelled_share is None else self.labelled_share.log_odds(log_odds)

    def _decided(
        self, unshifted: FloatArray, table: Table | pa.Table, cost: Any, prior: float | None
    ) -> tuple[BoolArray, BoolArray | None]:
        """Return which rows are flagged, and which reviewed, None where the rule has no reviews."""
        rule = self.rule
        if rule is None:
            raise ScarceError("E428")
        if not isinstance(rule, CostRule):
            if cost is not None:
                raise ScarceError("E234", rule=rule.describe())
            return rule.flag(unshifted), None
        if cost is not None:  # a cut tuned for other costs says nothing of these
            rule = replace(rule, cut=0.0, tuned_on=0)
        log_odds, costs = self._shifted(unshifted, prior), self._costs_of(table, cost)
        reviewed = rule.reviewed(log_odds, costs) if rule.review > 0.0 else None
        return rule.flag(log_odds, costs), reviewed

    def _costs_of(self, table: Table | pa.Table, cost: Any) -> Costs | None:
        """Look up the columns that the costs name; None where the rule's own are numbers."""
        share = self.labelled_share
        if cost is None and (self.rule.spec is None or not (self.rule.spec.columns or share)):
            return None
        if not isinstance(cost, Costs):
            spec = self.rule.spec if cost is None else CostSpec.of(cost)
            cost = looked_up(
                spec, table if isinstance(table, Table) else Table(table, cells=self.encoder.cells)
            )
        return cost if share is None else replace(cost, labelled=share.share)
