"""A trained model: from a table to log-odds, posteriors and decisions, and to one file and back."""

from __future__ import annotations

import math
import os
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from scarce.bundle import container, strict_json
from scarce.bundle.card import check_card
from scarce.bundle.refusal import RefusalError, require
from scarce.bundle.trees import Trees
from scarce.calibration import Calibration, calibration_from_dict, shift_prior
from scarce.data.any_table import table_of
from scarce.data.encoding import Encoder
from scarce.data.roles import looked_up
from scarce.data.table import Table
from scarce.decision.arrays import expit
from scarce.decision.costs import Costs, CostSpec
from scarce.decision.rules import CostRule, Rule, rule_from_dict
from scarce.errors import ScarceError, ScarceWarning
from scarce.losses import SigmoidLoss, from_dict
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import lightgbm
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

LEARNERS = {Trees.kind: Trees}
"""The learners a model file may name; nothing else is ever built from one."""

_PARTS = frozenset(
    ("base_score", "calibration", "card", "encoder", "labels", "learner", "loss", "offset", "prior", "rule")
)

_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What a reader raises on content that it did not write and has no error of its own for."""


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """What was trained, with all that turns a table into decisions.

    ``log_odds = calibration(loss.log_odds(base_score + learner(encoder(table))) + offset)``

    Parameters
    ----------
    encoder : Encoder
        Finds the columns by name and makes the matrix.
    learner : Trees
        The raw score without the base score.
    loss : SigmoidLoss
        Resolved to the training rows' class counts; turns raw scores into log-odds.
    base_score : float
        The raw score that training started from.
    offset : float
        Added to the loss's log-odds: undoes undersampling, the sampling of a demo sample, or a named prior.
    calibration : Calibration
        Fitted on rows the learner had not seen.
    rule : Rule or None
        Which rows to flag.
    labels : tuple of str
        The names of the negative and the positive class.
    prior : float
        Share of positives in the population that the log-odds speak of, in (0, 1).
    card : mapping
        Anything worth knowing about the training, as JSON can hold it; `scarce.bundle.card.check_card` says
        of what kind the facts are that scarce asks for.

    Notes
    -----
    A prior given at prediction shifts log-odds and posterior, and a cost rule decides by the shifted ones. A
    cut that was tuned for precision, recall, F-beta or capacity stays where it is on the unshifted scale: its
    recall and false-positive rate do not depend on the prior.
    """

    encoder: Encoder
    learner: Trees
    loss: SigmoidLoss
    base_score: float
    offset: float
    calibration: Calibration
    rule: Rule | None
    labels: tuple[str, str]
    prior: float
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shift_prior((), old=self.prior, new=0.5)  # refuses a prior that no shift could start from

    @classmethod
    def of_booster(cls, booster: lightgbm.Booster, num_iteration: int | None = None, **parts: Any) -> Model:
        """Pack a trained booster; `parts` are the other parameters of `Model`.

        Raises
        ------
        ScarceError
            E426 for a booster with several outputs, linear leaves or averaged trees.
        """
        return cls(learner=Trees.from_booster(booster, num_iteration), **parts)

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
        table : DataFrame, mapping of str to sequence, path-like, or Table
            In any form that `scarce.run` takes. It has the columns of the training; others are ignored.
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
        return self._shifted(self._unshifted(self._taken(table)), prior)

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
        return self._flag(self._unshifted(taken), taken, cost, prior)

    def predict(self, table: Any, cost: Any = None, prior: float | None = None) -> NDArray[np.object_]:
        """Return the label that the rule gives each row, shape (n_rows,); parameters and errors as `flag`."""
        return np.array(self.labels, dtype=object)[self.flag(table, cost, prior).astype(np.intp)]

    def predictions(self, table: Any, cost: Any = None, prior: float | None = None) -> pa.Table:
        """Return log-odds, posterior, flag and label of each row, in the order of the table.

        Parameters and errors as `flag`.

        Returns
        -------
        pyarrow.Table
            Columns ``log_odds``, ``posterior`` (float64), ``flag`` (bool) and ``label`` (string).
        """
        taken = self._taken(table)
        unshifted = self._unshifted(taken)
        flagged = self._flag(unshifted, taken, cost, prior)
        log_odds = self._shifted(unshifted, prior)
        labels = pa.array(self.labels, pa.string()).take(pa.array(flagged.astype(np.int8)))
        columns = {"log_odds": log_odds, "posterior": expit(log_odds), "flag": flagged, "label": labels}
        return pa.table(columns)

    def _taken(self, table: Any) -> Table | pa.Table:
        if isinstance(table, Table | pa.Table):
            return table
        return table_of(table, text=self.encoder.text_columns)

    def _unshifted(self, table: Table | pa.Table) -> FloatArray:
        matrix = self.encoder.encode(table)
        self.encoder.warn_of_unseen(table, matrix)
        return self._recover(self.learner.raw(matrix))

    def _recover(self, trees: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            raw = self.base_score + trees
            if not np.isfinite(raw).all():
                raise ScarceError("E429")
            recovered = self.loss.log_odds(raw) + self.offset
            if np.isnan(recovered).any():
                raise ScarceError("E429")
            return self.calibration.log_odds(recovered)

    def _shifted(self, log_odds: FloatArray, prior: float | None) -> FloatArray:
        return log_odds if prior is None else shift_prior(log_odds, old=self.prior, new=prior)

    def _flag(
        self, unshifted: FloatArray, table: Table | pa.Table, cost: Any, prior: float | None
    ) -> BoolArray:
        if self.rule is None:
            raise ScarceError("E428")
        if not isinstance(self.rule, CostRule):
            if cost is not None:
                raise ScarceError("E234", rule=self.rule.describe())
            return self.rule.flag(unshifted)
        return self.rule.flag(self._shifted(unshifted, prior), self._costs_of(table, cost))

    def _costs_of(self, table: Table | pa.Table, cost: Any) -> Costs | None:
        """Look up the columns that the costs name; None where the rule's own are numbers."""
        if cost is None and (self.rule.spec is None or not self.rule.spec.columns):
            return None
        if isinstance(cost, Costs):
            return cost
        spec = self.rule.spec if cost is None else CostSpec.of(cost)
        return looked_up(spec, table if isinstance(table, Table) else Table(table))


def save(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model into one file, whole or not at all; equal models give equal bytes.

    Parameters
    ----------
    model : Model
    path : path-like
        Replaced if it is there.

    Raises
    ------
    ScarceError
        E427 when the file cannot be written, E430 for a card that no file may have.
    """
    container.write(to_bytes(model), path)


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model, trusting nothing in the file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Model

    Raises
    ------
    ScarceError
        E420 to E425: no such file, not a model file, cut short, damaged, too new, or not valid.
    """
    return from_bytes(container.read(path), os.fspath(path))


def to_bytes(model: Model) -> bytes:
    """Return the bytes of a model file.

    Raises
    ------
    ScarceError
        E430 for a card that no file may have.
    """
    try:
        check_card(model.card)
    except RefusalError as refusal:
        raise ScarceError("E430", what=refusal) from None
    facts, arrays = model.learner.to_parts()
    parts = {
        "encoder": model.encoder.to_dict(),
        "learner": {"kind": model.learner.kind, **facts},
        "loss": model.loss.to_dict(),
        "base_score": float(model.base_score),
        "offset": float(model.offset),
        "calibration": model.calibration.to_dict(),
        "rule": None if model.rule is None else model.rule.to_dict(),
        "labels": list(model.labels),
        "prior": float(model.prior),
        "card": dict(model.card),
    }
    return container.pack(parts, arrays)


def from_bytes(data: bytes, source: str = "the model file") -> Model:
    """Read a model from the bytes of its file.

    Parameters
    ----------
    data : bytes
    source : str
        What the errors call them.

    Raises
    ------
    ScarceError
        As `load`.
    """
    parts, arrays = container.unpack(data, source)
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return _build(parts, arrays)
    except RefusalError as refusal:
        raise ScarceError("E425", source=source, what=refusal) from None


def _build(parts: dict[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> Model:
    require(set(parts) == _PARTS, "its card does not have the parts of a model")
    encoder = _part(parts, "encoder", Encoder.from_dict)
    learner = _learner(parts["learner"], arrays)
    require(encoder.n_features == learner.n_features, "its columns are not those of its learner")
    model = Model(
        encoder=encoder,
        learner=learner,
        loss=_part(parts, "loss", _binary_loss),
        base_score=_number(parts, "base_score"),
        offset=_number(parts, "offset"),
        calibration=_part(parts, "calibration", calibration_from_dict),
        rule=None if parts["rule"] is None else _part(parts, "rule", rule_from_dict),
        labels=_labels(parts["labels"]),
        prior=_prior(parts),
        card=_mapping(parts, "card"),
    )
    check_card(model.card)
    _try(model)
    return model


def _part(parts: dict[str, Any], name: str, read: Callable[[Mapping[str, Any]], Any]) -> Any:
    """Build one part by its own reader, and make sure that it says again exactly what was stored."""
    stored = _mapping(parts, name)
    try:
        built = read(stored)
        same = strict_json.dumps(built.to_dict()) == strict_json.dumps(stored)
    except RefusalError:
        raise
    except ScarceError as error:
        raise RefusalError(f"its {name}: {error.message}") from None
    except _UNREADABLE:
        raise RefusalError(f"its {name} cannot be read") from None
    require(same, f"its {name} is not written as scarce writes it")
    return built


def _binary_loss(stored: Mapping[str, Any]) -> SigmoidLoss:
    loss = from_dict(stored)
    require(isinstance(loss, SigmoidLoss), "its loss is not one of two classes")
    return loss


def _learner(stored: object, arrays: Mapping[str, NDArray[np.generic]]) -> Trees:
    require(isinstance(stored, dict), "its learner is not described")
    facts = dict(stored)
    kind = facts.pop("kind", None)
    require(isinstance(kind, str) and kind in LEARNERS, "its learner is of an unknown kind")
    return LEARNERS[kind].from_parts(facts, arrays)


def _try(model: Model) -> None:
    """Refuse parts that are well-formed but cannot work together, before anyone relies on the model."""
    leaves = model.learner.leaf_value
    scores = np.array([0.0, leaves.min(initial=0.0), leaves.max(initial=0.0)])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ScarceWarning)  # said at training, and again at prediction
            for some in (
                scores,
                scores[1:],
            ):  # a loss of several labels fits one length at most
                model._recover(some)
    except ScarceError as error:
        raise RefusalError(error.message) from None
    except _UNREADABLE:
        raise RefusalError("its loss and calibration do not work") from None


def _mapping(parts: dict[str, Any], name: str) -> dict[str, Any]:
    require(isinstance(parts[name], dict), f"its {name} is not a JSON object")
    return parts[name]


def _number(parts: dict[str, Any], name: str) -> float:
    value = parts[name]
    require(type(value) is float and math.isfinite(value), f"its {name} is not a finite number")
    return value


def _prior(parts: dict[str, Any]) -> float:
    prior = _number(parts, "prior")
    require(0.0 < prior < 1.0, "its prior lies outside (0, 1)")
    return prior


def _labels(stored: object) -> tuple[str, str]:
    require(isinstance(stored, list) and len(stored) == 2, "it does not have two labels")
    require(all(isinstance(label, str) for label in stored), "its labels are not texts")
    require(stored[0] != stored[1], "its labels are the same")
    return stored[0], stored[1]
