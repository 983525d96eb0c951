"""One function a loss of the catalogue and link, in the manner of optax: logits, labels, and keywords."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import jax

from scarce.arrays.inputs import check_unused
from scarce.errors import ScarceError
from scarce.jax.faces import INSTEAD, value_with
from scarce.jax.traced import is_traced, traceable
from scarce.losses import CATALOG, get
from scarce.losses.modulation import CrossEntropy
from scarce.losses.stored import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.modulation import Kind

SHAPES = {
    "sigmoid": ("any shape", "0 and 1, or probabilities, in the logits' shape"),
    "softmax": ("classes on ``axis``", "class indices without the class axis, or one-hot or soft targets"),
}


def _function(name: str, kind: Kind) -> Callable[..., jax.Array]:
    """Return the function of a loss of the catalogue, with the signature and documentation to match."""
    entry = CATALOG[name]
    made = entry.build(**entry.parameters) if name != "weighted_cross_entropy" else {}
    own = {key: default for key, default in entry.parameters.items() if kind == "sigmoid" or key != "alpha"}
    settings = {
        field.name: field.default
        for field in fields(KINDS[kind])
        if field.name not in ("modulation", "reduction", "background", *made)
        or (field.name == "class_weight" and "alpha" in entry.parameters)
    }
    if name == "weighted_cross_entropy":
        settings["class_weight"] = "balanced"

    def function(logits: Any, labels: Any, **parameters: Any) -> jax.Array:
        sample_weight, where = parameters.pop("sample_weight", None), parameters.pop("where", None)
        check_unused(f"{kind}_{name}", parameters, INSTEAD)
        traced = {key: given for key, given in parameters.items() if is_traced(given)}
        loss = get(name, kind=kind, **parameters | _stand_ins(name, kind, traced))
        return value_with(traced, loss, logits, labels, sample_weight, where)

    keywords = own | settings | {"sample_weight": None, "where": None}
    function.__name__ = function.__qualname__ = f"{kind}_{name}"
    function.__doc__ = _documentation(name, kind, own, settings)
    function.__signature__ = inspect.Signature(  # pyright: ignore[reportFunctionMemberAccess]
        [
            *(
                inspect.Parameter(key, inspect.Parameter.POSITIONAL_OR_KEYWORD)
                for key in ("logits", "labels")
            ),
            *(
                inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default)
                for key, default in keywords.items()
            ),
        ],
        return_annotation=jax.Array,
    )
    return function


def _stand_ins(name: str, kind: Kind, traced: dict[str, Any]) -> dict[str, Any]:
    """Return numbers to make the loss with, in place of settings that JAX traces.

    Raises
    ------
    ScarceError
        E572 if the loss is resolved with one of them before anything is traced.
    """
    entry = CATALOG[name]
    modulation = entry.build().get("modulation", CrossEntropy())
    stand_ins: dict[str, Any] = {"class_weight": None} | traceable(modulation)
    if kind == "sigmoid" and "alpha" in entry.parameters:
        stand_ins["alpha"] = 0.5
    for key in traced:
        if key not in stand_ins:
            raise ScarceError("E572", name=key)
    return {key: stand_ins[key] for key in traced}


def _documentation(name: str, kind: str, own: dict[str, Any], settings: dict[str, Any]) -> str:
    entry, (logits, labels) = CATALOG[name], SHAPES[kind]
    listed = ", ".join(f"{key}={default!r}" for key, default in own.items())
    lines = [
        f"Return the {kind} {name.replace('_', ' ')} of every {'element' if kind == 'sigmoid' else 'row'}.",
        "",
        f"{entry.summary[0].upper()}{entry.summary[1:]}.",
        "",
        "Parameters",
        "----------",
        "logits : array",
        f"    Raw outputs, {logits}.",
        "labels : array",
        f"    {labels[0].upper()}{labels[1:]}.",
        *([f"{', '.join(own)} : float, optional", f"    By default {listed}."] if own else []),
        f"{', '.join(settings)} : optional",
        f"    As in `scarce.losses.{KINDS[kind].__name__}`; not traced.",
        "sample_weight : array, optional",
        "    One weight a row, or one an element.",
        "where : array of bool, optional",
        "    What counts; the rest costs 0 whatever its logits.",
        "",
        "Returns",
        "-------",
        "array",
        "    Unreduced, in single precision at least.",
        "",
        "Raises",
        "------",
        "ScarceError",
        "    E5xx if a setting or a shape does not fit.",
        "",
        "Notes",
        "-----",
        "The outputs of a model trained with it are turned into probabilities by `scarce.jax.posterior`.",
        "",
        "Examples",
        "--------",
        *_example(name, kind),
    ]
    return "\n".join(lines) + "\n"


def _example(name: str, kind: str) -> list[str]:
    """Return a call of the function: one loss a row or an element."""
    function, softmax = f"{kind}_{name}", kind == "softmax"
    labels = "jnp.array([0, 2])" if softmax else "jnp.array([[0, 0, 1], [0, 1, 0]])"
    counts = ""
    if CATALOG[name].needs_counts:
        counts = ", class_counts=(80, 15, 5)" if softmax else ", class_counts=(95, 5)"
    return [
        ">>> import jax.numpy as jnp",
        f">>> from scarce.jax import {function}",
        f">>> {function}(jnp.zeros((2, 3)), {labels}{counts}).shape",
        "(2,)" if softmax else "(2, 3)",
    ]


sigmoid_asymmetric = _function("asymmetric", "sigmoid")
sigmoid_asymmetric_detached = _function("asymmetric_detached", "sigmoid")
sigmoid_balanced_softmax = _function("balanced_softmax", "sigmoid")
sigmoid_brier = _function("brier", "sigmoid")
sigmoid_cdt = _function("cdt", "sigmoid")
sigmoid_class_balanced = _function("class_balanced", "sigmoid")
sigmoid_cross_entropy = _function("cross_entropy", "sigmoid")
sigmoid_detached_focal = _function("detached_focal", "sigmoid")
sigmoid_focal = _function("focal", "sigmoid")
sigmoid_generalized_cross_entropy = _function("generalized_cross_entropy", "sigmoid")
sigmoid_ldam = _function("ldam", "sigmoid")
sigmoid_logit_adjusted = _function("logit_adjusted", "sigmoid")
sigmoid_mse = _function("mse", "sigmoid")
sigmoid_poly = _function("poly", "sigmoid")
sigmoid_poly_focal = _function("poly_focal", "sigmoid")
sigmoid_vs_loss = _function("vs_loss", "sigmoid")
sigmoid_weighted_cross_entropy = _function("weighted_cross_entropy", "sigmoid")
softmax_balanced_softmax = _function("balanced_softmax", "softmax")
softmax_brier = _function("brier", "softmax")
softmax_cdt = _function("cdt", "softmax")
softmax_class_balanced = _function("class_balanced", "softmax")
softmax_cross_entropy = _function("cross_entropy", "softmax")
softmax_detached_focal = _function("detached_focal", "softmax")
softmax_focal = _function("focal", "softmax")
softmax_generalized_cross_entropy = _function("generalized_cross_entropy", "softmax")
softmax_ldam = _function("ldam", "softmax")
softmax_logit_adjusted = _function("logit_adjusted", "softmax")
softmax_mse = _function("mse", "softmax")
softmax_poly = _function("poly", "softmax")
softmax_poly_focal = _function("poly_focal", "softmax")
softmax_vs_loss = _function("vs_loss", "softmax")
softmax_weighted_cross_entropy = _function("weighted_cross_entropy", "softmax")
