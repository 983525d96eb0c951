"""What a user asks for, by name, and the loss of `scarce.losses` that it means."""

from __future__ import annotations

import functools
import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from scarce.losses import CATALOG, get
from scarce.torch.plan import key_of

if TYPE_CHECKING:
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
NUMBERS = ("class_weight", "logit_shift", "logit_scale")
DEFAULTS: dict[str, dict[str, Any]] = {
    "sigmoid": {"label_smoothing": 0.0, "reduction": "mean", "ignore_index": None},
    "softmax": {"label_smoothing": 0.0, "reduction": "mean", "ignore_index": -100, "background": 0},
}


class Resolved(NamedTuple):
    """A loss whose numbers are all known: the loss, its key, and its numbers as nested tuples or None."""

    loss: Loss
    key: str
    class_weight: Any
    logit_shift: Any
    logit_scale: Any


def signature(name: str, kind: str) -> inspect.Signature:
    """Return what a loss of the catalogue takes: its own parameters, then by keyword what all share."""
    own = CATALOG[name].parameters
    if kind == "softmax":
        own = {key: value for key, value in own.items() if key != "alpha"}
    shared = {key: DEFAULTS[kind].get(key) for key in (*SHARED, *DEFAULTS[kind])}
    positional, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [inspect.Parameter(key, positional, default=value) for key, value in own.items()]
        + [inspect.Parameter(key, keyword, default=value) for key, value in shared.items()]
    )


def resolve(name: str, kind: str, settings: dict[str, Any]) -> Resolved:
    """Return the loss that settings mean; what is None or missing is left to the catalogue."""
    return _resolve(name, kind, tuple(sorted((key, _hashable(value)) for key, value in settings.items())))


@functools.lru_cache(maxsize=256)
def _resolve(name: str, kind: str, settings: tuple[tuple[str, Any], ...]) -> Resolved:
    given = {key: dict(value.items) if isinstance(value, _Items) else value for key, value in settings}
    parameters = {
        key: value
        for key, value in (DEFAULTS[kind] | given).items()
        if value is not None or (key == "ignore_index" and kind == "softmax")
    }
    loss = get(name, kind=kind, **parameters)
    if kind == "softmax":
        loss = _with_axis(loss)
    if loss.class_counts is not None:
        loss = loss.resolve(loss.class_counts)
    loss.numbers  # noqa: B018 - refuses what still waits for the class counts
    loss.modulation.parameters()
    return Resolved(loss, key_of(loss), *(_tuple(getattr(loss, name)) for name in NUMBERS))


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
    if isinstance(value, torch.Tensor | np.ndarray):
        value = value.tolist()
    return tuple(_hashable(x) for x in value) if isinstance(value, list | tuple) else value


def tensor_of(number: Any, like: Tensor) -> Tensor | None:
    """Return a setting's numbers as a tensor beside the logits, in double where they are double."""
    if number is None or isinstance(number, torch.Tensor):
        return number
    dtype = torch.float64 if like.dtype == torch.float64 else torch.float32
    return torch.tensor(number, dtype=dtype, device=like.device)
