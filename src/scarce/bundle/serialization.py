"""A model in one file and back: written from its parts, and read as if a stranger had written it."""

from __future__ import annotations

import math
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.bundle import container, strict_json
from scarce.bundle.card import check_card
from scarce.bundle.member import Member, blended
from scarce.bundle.model import Model
from scarce.bundle.row_sketch import RowSketch
from scarce.bundle.training_summary import TrainingSummary
from scarce.calibration import calibration_from_dict
from scarce.calibration.labelled_share import LabelledShare
from scarce.data.encoding import Encoder
from scarce.decision.rules import rule_from_dict
from scarce.errors import ScarceError, ScarceWarning
from scarce.errors.refusal import RefusalError, require
from scarce.learners.base import Fitted
from scarce.learners.stored.linear import LinearModel
from scarce.learners.stored.posterior_table import PosteriorTable
from scarce.learners.stored.trees import Trees
from scarce.losses import SigmoidLoss, from_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from scarce.learners.base import Stored

    Arrays = Mapping[str, NDArray[np.generic]]

LEARNERS: dict[str, type[Trees | LinearModel]] = {kind.kind: kind for kind in (Trees, LinearModel)}
"""What a model file may hold of a learner; nothing else is ever built from one."""

MAX_MEMBERS = 16

_PARTS = frozenset(("calibration", "card", "encoder", "labels", "members", "prior", "rule"))
_SUMMARY = "summary"  # what later rows are held against: older models have none
_SHARE = "labelled_share"  # only of a model that has one
_SKETCH = "sketch"  # of the training rows: older models have none
_FITTED = frozenset(("base_score", "learner", "loss", "offset"))
_OF_MEMBER = frozenset(("calibration", "weight"))

_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What a reader raises on content that it did not write and has no error of its own for."""


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
        E427 when the file cannot be written, E430 for a card that no file may have, E431 for a model that
        is too large.
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
        E430 for a card that no file may have, E431 for a model that is too large.
    """
    try:
        check_card(model.card)
    except RefusalError as refusal:
        raise ScarceError("E430", what=refusal) from None
    data = packed(model)
    most = container.MAX_BYTES
    if len(data) > most:
        raise ScarceError("E431", size=f"{len(data) / 1e6:,.1f}", most=f"{most / 1e6:g}")
    return data


def packed(model: Model) -> bytes:
    """Return what `to_bytes` returns, whatever its size."""
    members, arrays = [], {}
    for place, member in enumerate(model.members):
        facts, own = fitted_parts(member.fitted)
        arrays |= {f"{place}.{name}": array for name, array in own.items()}
        own_parts = {"calibration": member.calibration.to_dict(), "weight": float(member.weight)}
        members.append(facts | own_parts)
    parts = {
        "encoder": model.encoder.to_dict(),
        "members": members,
        "calibration": model.calibration.to_dict(),
        "rule": None if model.rule is None else model.rule.to_dict(),
        "labels": list(model.labels),
        "prior": float(model.prior),
        "card": dict(model.card),
    }
    if model.labelled_share is not None:
        parts[_SHARE] = model.labelled_share.to_dict()
    if model.sketch is not None:
        parts[_SKETCH], arrays[_SKETCH] = model.sketch.to_dict(), model.sketch.hashes
    if model.summary is not None:
        parts[_SUMMARY] = model.summary.to_dict()
    return container.pack(parts, arrays)


def fitted_parts(fitted: Fitted) -> tuple[dict[str, Any], Arrays]:
    """Return what a trained learner is made of: JSON-able facts, and arrays by name."""
    facts, arrays = fitted.stored.to_parts()
    return {
        "learner": {"kind": fitted.stored.kind, **facts},
        "loss": fitted.loss.to_dict(),
        "base_score": float(fitted.base_score),
        "offset": float(fitted.offset),
    }, arrays


def fitted_from_parts(parts: dict[str, Any], arrays: Arrays) -> Fitted:
    """Return the trained learner that `fitted_parts` took apart.

    Raises
    ------
    RefusalError
        Where no learner is made of these.
    """
    require(set(parts) == _FITTED, "a learner does not have its parts")
    return Fitted(
        stored=_learner(parts, arrays),
        loss=_part(parts, "loss", _binary_loss),
        base_score=_number(parts, "base_score"),
        offset=_number(parts, "offset"),
    )


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


def _build(parts: dict[str, Any], arrays: Arrays) -> Model:
    require(set(parts) - {_SHARE, _SKETCH, _SUMMARY} == _PARTS, "its card does not have the parts of a model")
    encoder = _part(parts, "encoder", Encoder.from_dict)
    of_members = {name: array for name, array in arrays.items() if name != _SKETCH or _SKETCH not in parts}
    members = _members(parts["members"], of_members)
    for member in members:
        fits = encoder.n_features == member.fitted.stored.n_features
        require(fits, "its columns are not those of its learner")
    model = Model(
        encoder=encoder,
        members=members,
        calibration=_part(parts, "calibration", calibration_from_dict),
        rule=None if parts["rule"] is None else _part(parts, "rule", rule_from_dict),
        labels=_labels(parts["labels"]),
        prior=_prior(parts),
        card=_mapping(parts, "card"),
        labelled_share=_part(parts, _SHARE, LabelledShare.from_dict) if _SHARE in parts else None,
        sketch=_sketch(parts, arrays),
        summary=_part(parts, _SUMMARY, TrainingSummary.from_dict) if _SUMMARY in parts else None,
    )
    watched = () if model.summary is None else model.summary.columns
    require(set(encoder.feature_names).issuperset(watched), "its summary is of other columns")
    check_card(model.card)
    _try(model)
    return model


def _members(stored: object, arrays: Arrays) -> tuple[Member, ...]:
    require(isinstance(stored, list) and 1 <= len(stored) <= MAX_MEMBERS, "it has no list of learners")
    of_member: list[dict[str, NDArray[np.generic]]] = [{} for _ in stored]
    for name, array in arrays.items():
        place, _, own = name.partition(".")
        require(place in map(str, range(len(stored))), "it has an array of no learner")
        of_member[int(place)][own] = array
    return tuple(_member(one, own) for one, own in zip(stored, of_member, strict=True))


def _sketch(parts: dict[str, Any], arrays: Arrays) -> RowSketch | None:
    if _SKETCH not in parts:
        return None
    return RowSketch.from_parts(_mapping(parts, _SKETCH), arrays.get(_SKETCH))


def _member(parts: object, arrays: Arrays) -> Member:
    require(
        isinstance(parts, dict) and set(parts) == _FITTED | _OF_MEMBER, "a learner does not have its parts"
    )
    weight = _number(parts, "weight")
    require(weight > 0.0, "the weight of a learner is not above 0")
    fitted = fitted_from_parts({name: parts[name] for name in _FITTED}, arrays)
    return Member(fitted, _part(parts, "calibration", calibration_from_dict), weight)


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


def _binary_loss(stored: Mapping[str, Any]) -> SigmoidLoss | PosteriorTable:
    if stored.get("kind") == PosteriorTable.kind:
        return PosteriorTable.from_dict(stored)
    loss = from_dict(stored)
    require(isinstance(loss, SigmoidLoss), "its loss is not one of two classes")
    return loss


def _learner(parts: dict[str, Any], arrays: Arrays) -> Stored:
    require(isinstance(parts["learner"], dict), "its learner is not described")
    facts = dict(parts["learner"])
    kind = facts.pop("kind", None)
    require(isinstance(kind, str) and kind in LEARNERS, "its learner is of an unknown kind")
    learner = LEARNERS[kind].from_parts(facts, arrays)
    same = strict_json.dumps(learner.to_parts()[0]) == strict_json.dumps(facts)
    require(same, "its learner is not written as scarce writes it")
    return learner


def _try(model: Model) -> None:
    """Refuse parts that are well-formed but cannot work together, before anyone relies on the model."""
    logits = [member.fitted.base_score + _outputs(member.fitted.stored) for member in model.members]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ScarceWarning)  # said at training, and again at prediction
            for some in (slice(None), slice(1, None)):  # a loss of several labels fits one length at most
                model.calibration.log_odds(blended(model.members, [one[some] for one in logits]))
    except ScarceError as error:
        raise RefusalError(error.message) from None
    except _UNREADABLE:
        raise RefusalError("its loss and calibration do not work") from None


def _outputs(stored: Stored) -> NDArray[np.float64]:
    """Return three outputs: of trees, those at the ends of what one of them can say."""
    if not isinstance(stored, Trees):
        return stored.logits(np.zeros((3, stored.n_features)))
    leaves = stored.leaf_value
    return stored.link(np.array([0.0, leaves.min(initial=0.0), leaves.max(initial=0.0)]))


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
