"""A loss from JSON: names of a closed list and numbers, never code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

from scarce.errors import ScarceError
from scarce.losses.adjustment import CountScale, LogPrior
from scarce.losses.modulation import MODULATIONS
from scarce.losses.sigmoid import SigmoidLoss
from scarce.losses.softmax import SoftmaxLoss
from scarce.losses.weighting import NAMED_WEIGHTS

if TYPE_CHECKING:
    from scarce.losses.loss import Loss

KINDS: dict[str, type[Loss]] = {kind.kind: kind for kind in (SigmoidLoss, SoftmaxLoss)}

NAMED: dict[str, type[Any]] = {**NAMED_WEIGHTS, LogPrior.name: LogPrior, CountScale.name: CountScale}


def from_dict(stored: Mapping[str, Any]) -> Loss:
    """Return the loss that `Loss.to_dict` stored.

    Parameters
    ----------
    stored : mapping
        As from JSON; it may come from a stranger's file.

    Raises
    ------
    ScarceError
        E518 if the mapping is not a stored loss; other E5 codes if a number lies outside its domain.

    Examples
    --------
    >>> loss = SigmoidLoss(class_weight="balanced", class_counts=[90, 10])
    >>> from_dict(loss.to_dict()) == loss
    True
    """
    try:
        return _from_dict(stored)
    except ScarceError:
        raise
    except (TypeError, ValueError) as error:
        raise ScarceError("E518", reason=str(error)) from error


def _from_dict(stored: object) -> Loss:
    settings = dict(_mapping("the loss", stored))
    kind = KINDS.get(str(settings.pop("kind", None)))
    if kind is None:
        raise ScarceError("E518", reason=f"its kind is not one of {', '.join(KINDS)}")
    modulation = _made(MODULATIONS, _mapping("the modulation", settings.pop("modulation", None)))
    _check_names("the loss", settings, kind)
    for name in ("class_weight", "logit_shift", "logit_scale"):
        if isinstance(settings.get(name), Mapping):
            settings[name] = _made(NAMED, _mapping(name, settings[name]))
    for name in ("ignore_index", "axis", "background"):
        if name in settings and type(settings[name]) not in (int, type(None)):
            raise ScarceError("E518", reason=f"{name} is {settings[name]!r}, not a whole number")
    return kind(modulation=modulation, **settings)


def _mapping(what: str, stored: object) -> Mapping[str, Any]:
    if not isinstance(stored, Mapping):
        raise ScarceError("E518", reason=f"{what} is {type(stored).__name__}, not a mapping")
    return cast("Mapping[str, Any]", stored)


def _made(kinds: Mapping[str, type[Any]], stored: Mapping[str, Any]) -> Any:
    """Return the thing that a name and its parameters stand for."""
    parameters = dict(stored)
    name = str(parameters.pop("name", None))
    if name not in kinds:
        raise ScarceError("E518", reason=f"there is no {name!r}")
    _check_names(name, parameters, kinds[name])
    return kinds[name](**parameters)


def _check_names(what: str, given: Mapping[str, Any], kind: type[Any]) -> None:
    unknown = sorted(set(given) - {field.name for field in fields(kind)})
    if unknown:
        raise ScarceError("E518", reason=f"{what} has no setting {unknown[0]!r}")
