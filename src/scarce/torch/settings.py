"""What a user asks for, by name, and the loss of `scarce.losses` that it means."""

from __future__ import annotations

import difflib
import functools
import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.errors import ScarceError
from scarce.losses import CATALOG, get
from scarce.losses.catalog import KINDS, find
from scarce.torch.operators import key_of
from scarce.torch.precise_modules import as_numbers
from scarce.torch.tensors import bare, is_plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from scarce.losses import Loss

SHARED = (
    "class_weight",
    "logit_shift",
    "logit_scale",
    "label_smoothing",
    "reduction",
    "ignore_index",
    "class_counts",
    "classes",
)
OF_MODULATION = "modulation"
"""The name of the loss of any modulation, which is no entry of the catalogue."""

NUMBERS = ("class_weight", "logit_shift", "logit_scale")
DEFAULTS: dict[str, dict[str, Any]] = {
    "sigmoid": {"label_smoothing": 0.0, "reduction": "mean", "ignore_index": None},
    "softmax": {"label_smoothing": 0.0, "reduction": "mean", "ignore_index": -100, "background": 0},
}


class Resolved(NamedTuple):
    """A loss whose numbers are all known: without them, its key, and they as nested tuples or None."""

    loss: Loss
    key: str
    class_weight: Any
    logit_shift: Any
    logit_scale: Any


def signature(name: str, kind: str) -> inspect.Signature:
    """Return what a loss of the catalogue takes: its own parameters, then by keyword what all share."""
    own = {"modulation": inspect.Parameter.empty} if name == OF_MODULATION else CATALOG[name].parameters
    if kind == "softmax":
        own = {key: value for key, value in own.items() if key != "alpha"}
    shared = {key: DEFAULTS[kind].get(key) for key in (*SHARED, *DEFAULTS[kind])}
    positional, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [inspect.Parameter(key, positional, default=value) for key, value in own.items()]
        + [inspect.Parameter(key, keyword, default=value) for key, value in shared.items()]
    )


@torch.compiler.assume_constant_result
def resolve(name: str, kind: str, settings: dict[str, Any]) -> Resolved:
    """Return the loss that settings mean; what is None or missing is left to the catalogue.

    Raises
    ------
    ScarceError
        E522 if there is no such loss, E523 if it has no such setting, E562 for one that wants a gradient;
        others if one lies outside its domain.
    """
    return _resolve(
        name, kind, tuple(sorted((key, _hashable(as_numbers(key, x))) for key, x in settings.items()))
    )


def _check_names(name: str, kind: str, settings: Iterable[str]) -> None:
    """Refuse settings that there are not."""
    own = () if name == OF_MODULATION else find(name).parameters  # which says why not alpha for a softmax
    refuse_names(name, (key for key in settings if key not in own), signature(name, kind))


def refuse_names(loss: str, names: Iterable[str], expected: inspect.Signature) -> None:
    """Refuse names that are no parameters.

    Raises
    ------
    ScarceError
        E523, with what was meant or what there is.
    """
    for name in names:
        if name not in expected.parameters:
            near = difflib.get_close_matches(name, expected.parameters, n=1)
            suggestion = f"did you mean {near[0]!r}?" if near else "it has " + ", ".join(expected.parameters)
            meant = MEANT_BY_OVERLAP if "fp_weight" in expected.parameters else MEANT
            raise ScarceError("E523", loss=loss, name=name, suggestion=meant.get(name, suggestion))


@functools.cache
def of_some_loss() -> frozenset[str]:
    """Return every name that a setting has, or seems to have, in some loss."""
    shared = {name for kind in DEFAULTS for name in signature("cross_entropy", kind).parameters}
    return frozenset(shared.union(*(entry.parameters for entry in CATALOG.values()), MEANT) - {"weight"})


MEANT = {
    "axis": "the classes, or labels, lie on axis 1: pass logits.movedim(axis, 1)",
    "alpha": "class_weight=[negative, positive] weighs the classes",
    "weight": "class_weight=[...] weighs the classes, and sample_weight=... the rows of a call",
    "pos_weight": "class_weight=[1.0, pos_weight] weighs positives",
}
"""What somebody means who gives a name that is none."""

MEANT_BY_OVERLAP = {
    **MEANT,
    "alpha": "fp_weight weighs false positives and fn_weight false negatives",
    "beta": "fn_weight weighs false negatives and fp_weight false positives",
    "gamma": "exponent is the power of the loss",
}
"""The same, of an overlap loss with weights of its own."""


@functools.lru_cache(maxsize=256)
def _resolve(name: str, kind: str, settings: tuple[tuple[str, Any], ...]) -> Resolved:
    _check_names(name, kind, (key for key, _ in settings))
    given = {key: dict(value.items) if isinstance(value, _Items) else value for key, value in settings}
    parameters = {
        key: value
        for key, value in (DEFAULTS[kind] | given).items()
        if value is not None or (key == "ignore_index" and kind == "softmax")
    }
    loss = KINDS[kind](**parameters) if name == OF_MODULATION else get(name, kind=kind, **parameters)
    if kind == "softmax":
        loss = _with_axis(loss)
    if loss.class_counts is not None:
        loss = loss.resolve(loss.class_counts)
    loss.numbers  # noqa: B018 - refuses what still waits for the class counts
    loss.modulation.parameters()
    plain = bare(loss)
    return Resolved(plain, key_of(plain), *(_tuple(getattr(loss, name)) for name in NUMBERS))


def _with_axis(loss: Loss) -> Loss:
    return type(loss)(**{field.name: getattr(loss, field.name) for field in fields(loss)} | {"axis": 1})


def _tuple(setting: Any) -> Any:
    return setting if setting is None or isinstance(setting, float) else tuple(setting)


class _Items(NamedTuple):
    """A dict's items, so that it can be a key of a cache."""

    items: tuple[tuple[str, float], ...]


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return _Items(tuple(value.items()))
    return tuple(_hashable(x) for x in value) if isinstance(value, list | tuple) else value


def tensor_of(name: str, number: Any, like: Tensor) -> Tensor | None:
    """Return a setting's numbers as a tensor beside the logits, in double where they are double.

    Raises
    ------
    ScarceError
        E510 if a tensor of the CPU holds a number outside the setting's domain.
    """
    if isinstance(number, torch.Tensor):
        _check_numbers(name, number)
        return number
    if number is None:
        return None
    dtype = torch.float64 if like.dtype == torch.float64 else torch.float32
    return torch.tensor(number, dtype=dtype, device=like.device)


DOMAINS = {
    "class_weight": ("finite and at least 0", lambda x: (x >= 0.0) & (x < torch.inf)),
    "logit_shift": ("finite", torch.isfinite),
    "logit_scale": ("above 0", lambda x: (x > 0.0) & (x < torch.inf)),
}


def _check_numbers(name: str, numbers: Tensor) -> None:
    if torch.compiler.is_compiling() or numbers.device.type != "cpu" or not is_plain(numbers):
        return
    allowed, holds = DOMAINS[name]
    for place in (~holds(numbers)).nonzero()[:1].tolist():
        value, where = f"{numbers[tuple(place)].item():g}", ",".join(map(str, place))
        raise ScarceError("E510", name=name, place=where, value=value, allowed=allowed)
