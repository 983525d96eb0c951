"""What a user asks for, by name, and the loss of `scarce.losses` that it means."""

from __future__ import annotations

import functools
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.errors import ScarceError
from scarce.losses import CATALOG, get
from scarce.losses.catalog import KINDS, find
from scarce.losses.domains import refuse_gradient
from scarce.losses.numbers import Numbers
from scarce.losses.settings_text import nearest
from scarce.torch.autograd import evaluate, key_of
from scarce.torch.tensors import NUMBERS, Call, bare, compute_dtype, first_bad, is_plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from torch import Tensor

    from scarce.losses import Loss
    from scarce.torch.distributed import Ranks

OF_MODULATION = "modulation"
"""The name of the loss of any modulation, which is no entry of the catalogue."""

SHARED: dict[str, dict[str, Any]] = {
    kind: {item.name: item.default for item in fields(loss) if item.name not in ("modulation", "axis")}
    | {"reduction": "mean"}
    for kind, loss in KINDS.items()
}
"""The settings of every loss and their defaults; classes lie on axis 1."""


class Resolved(NamedTuple):
    """A loss whose numbers are all known: without them, its key, and they as nested tuples or None."""

    loss: Loss
    key: str
    numbers: Numbers


def own_parameters(name: str, kind: str) -> dict[str, Any]:
    """Return what one loss alone takes, with the defaults."""
    if name == OF_MODULATION:
        return {"modulation": None}
    parameters = find(name).parameters
    return {key: value for key, value in parameters.items() if kind == "sigmoid" or key != "alpha"}


def defaults(name: str, kind: str) -> dict[str, Any]:
    """Return all that a loss takes, with the defaults."""
    return own_parameters(name, kind) | SHARED[kind]


def loss_of_name(
    name: str,
    kind: str,
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    ranks: Ranks,
    **settings: Any,
) -> Tensor:
    """Return the loss of a call: what every function of `scarce.torch.functional` does."""
    known, numbers = resolve_beside(name, kind, settings, logits)
    loss = known.key if torch.compiler.is_compiling() else known.loss  # a graph holds strings only
    return evaluate(Call(loss, numbers, logits, target, sample_weight), ranks)


def resolve_beside(name: str, kind: str, settings: dict[str, Any], like: Tensor) -> tuple[Resolved, Numbers]:
    """Return a loss and its numbers beside the logits, in double where they are double; tensors as they are.

    Raises as `resolve`; E510 if a tensor of the CPU holds a number outside the setting's domain.
    """
    given = {key: settings.pop(key) for key in NUMBERS if isinstance(settings.get(key), torch.Tensor)}
    known, tensors = resolve(name, kind, settings), []
    for key, number in zip(NUMBERS, known.numbers, strict=True):
        tensor = given.get(key)
        if tensor is not None:
            _check_numbers(key, tensor)
        elif number is not None:
            tensor = torch.tensor(number, dtype=compute_dtype(like), device=like.device)
        tensors.append(tensor)
    return known, Numbers(*tensors)


@torch.compiler.assume_constant_result
def resolve(name: str, kind: str, settings: dict[str, Any]) -> Resolved:
    """Return the loss that settings mean; what is None or missing is left to the catalogue.

    Raises E522 if there is no such loss, E523 if it has no such setting, E562 for one that wants a gradient;
    others if one lies outside its domain.
    """
    plain = ((key, _hashable(as_numbers(key, value))) for key, value in settings.items())
    return _resolve(name, kind, tuple(sorted(plain)))


@functools.lru_cache(maxsize=256)
def _resolve(name: str, kind: str, settings: tuple[tuple[str, Any], ...]) -> Resolved:
    given = {key: dict(value.items) if isinstance(value, _Items) else value for key, value in settings}
    own = () if name == OF_MODULATION else find(name).parameters  # which says why not alpha for a softmax
    refuse_names(name, (key for key in given if key not in own), defaults(name, kind))
    parameters = {
        key: value
        for key, value in (SHARED[kind] | given).items()
        if value is not None or (key == "ignore_index" and kind == "softmax")
    }
    if kind == "softmax":
        parameters["axis"] = 1
    loss = KINDS[kind](**parameters) if name == OF_MODULATION else get(name, kind=kind, **parameters)
    loss = loss.resolved
    loss.numbers  # noqa: B018 - refuses what still waits for the class counts
    loss.modulation.parameters()
    plain = bare(loss)
    return Resolved(plain, key_of(plain), Numbers(*(getattr(loss, name) for name in NUMBERS)))


def as_numbers(name: str, value: Any) -> Any:
    """Return a setting as plain numbers that pickle and print.

    Raises E562 if it wants a gradient, which would be lost without a word.
    """
    refuse_gradient(name, value)
    return value.tolist() if hasattr(value, "tolist") else value


class _Items(NamedTuple):
    """A dict's items, so that it can be a key of a cache."""

    items: tuple[tuple[str, float], ...]


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return _Items(tuple(value.items()))
    return tuple(_hashable(x) for x in value) if isinstance(value, list | tuple) else value


def refuse_names(loss: str, names: Iterable[str], known: Collection[str]) -> None:
    """Refuse names that are no parameters.

    Raises E523, with what was meant or what there is.
    """
    meant = MEANT_BY_OVERLAP if "fp_weight" in known else MEANT
    for name in names:
        if name not in known:
            suggestion = meant.get(name) or nearest(name, known, "it has " + ", ".join(known))
            raise ScarceError("E523", loss=loss, name=name, suggestion=suggestion)


@functools.cache
def of_some_loss() -> frozenset[str]:
    """Return every name that a setting has, or seems to have, in some loss."""
    own = (entry.parameters for entry in CATALOG.values())
    return frozenset().union(*SHARED.values(), *own, MEANT) - {"weight"}


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


DOMAINS = {
    "class_weight": ("finite and at least 0", lambda x: (x >= 0.0) & (x < torch.inf)),
    "logit_shift": ("finite", torch.isfinite),
    "logit_scale": ("above 0", lambda x: (x > 0.0) & (x < torch.inf)),
}


def _check_numbers(name: str, numbers: Tensor) -> None:
    if torch.compiler.is_compiling() or numbers.device.type != "cpu" or not is_plain(numbers):
        return
    allowed, holds = DOMAINS[name]
    if bad := first_bad(holds(numbers), numbers):
        place, value = bad
        raise ScarceError("E510", name=name, place=place, value=f"{value:g}", allowed=allowed)
