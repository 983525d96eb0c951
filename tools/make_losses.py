"""Write the public names of the losses from the catalogue: real signatures, formulas and meanings.

python tools/make_losses.py
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from scarce.losses import CATALOG, get
from scarce.losses.catalog import Entry
from scarce.losses.stored import KINDS

ROOM = Path(__file__).parents[1] / "src" / "scarce"
MARK = "# Written by tools/make_losses.py: do not edit.\n"
WIDTH = 110
ACRONYMS = {"vs_loss": "VS", "cdt": "CDT", "ldam": "LDAM", "mse": "MSE"}
COUNTS = {"softmax": "[80, 15, 5]", "sigmoid": "[95, 5]"}


class Parameter(NamedTuple):
    """One parameter of a function: its annotation, its default as text, and what its docstring says."""

    name: str
    annotation: str
    default: str
    kind: str
    meaning: str

    @property
    def signed(self) -> str:
        """As it stands in a signature."""
        return f"{self.name}: {self.annotation}" + (f" = {self.default}" if self.default else "")

    @property
    def documented(self) -> str:
        """As it stands in a docstring."""
        return f"{self.name} : {self.kind}\n{_indented(self.meaning)}"


MEANINGS = {
    "class_weight": (
        "ClassWeight",
        "str, array or dict, optional",
        '"balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by label '
        "(which needs ``classes``). {weights}",
    ),
    "logit_shift": ("LogitShift", "float or array, optional", "Added to the logits, after the scale."),
    "logit_scale": ("LogitScale", "float or array, optional", "What the logits are multiplied by; above 0."),
    "label_smoothing": (
        "float",
        "float, default 0.0",
        "In [0, 1): how much of each target is spread evenly, as an expectation of losses.",
    ),
    "ignore_index": (
        "int | None",
        "int, {ignored}",
        "Targets of this value count for nothing, whatever their logits.",
    ),
    "class_counts": (
        "ArrayLike | None",
        "array, optional",
        "The number of rows of each class{counts}.",
    ),
    "classes": (
        "Sequence[str] | None",
        "sequence of str, optional",
        "The labels, in the order of the class indices.",
    ),
    "axis": ("int", "int, default -1", "Where the classes are."),
    "background": ("int", "int, default 0", 'The class that "mean_positive" does not count.'),
}
OF_KIND = {
    "softmax": {"weights": "One a class.", "ignored": "default -100", "counts": ""},
    "sigmoid": {
        "weights": "``[negative, positive]``, or one such pair a label.",
        "ignored": "optional",
        "counts": ", ``(negatives, positives)``",
    },
}
TORCH_REDUCTION = Parameter(
    "reduction",
    "Reduction",
    '"mean"',
    '{"mean", "sum", "none", "mean_positive"}, default "mean"',
    "A softmax's mean divides by the sum of sample weight times class weight, a sigmoid's by that of the sample "
    'weights; "mean_positive" by the positives\', or by what is not ``background``, at least 1.',
)
RANKS = Parameter(
    "ranks",
    "Ranks",
    "None",
    'process group or "world", optional',
    "Whose rows a mean is over in distributed training; this rank's own by default.",
)
KERAS_SETTINGS = (
    Parameter("from_logits", "bool", "True", "bool, default True", "Whether ``y_pred`` are logits."),
    Parameter(
        "reduction",
        "str | None",
        '"sum_over_batch_size"',
        'str, default "sum_over_batch_size"',
        "As everywhere in Keras.",
    ),
    Parameter("name", "str | None", "None", "str, optional", "The loss's name."),
    Parameter(
        "dtype", "Any", "None", "str or DTypePolicy, optional", "The type to compute in, as in `KerasLoss`."
    ),
)
IGNORE_CLASS = Parameter(
    "ignore_class", "int | None", "None", "int, optional", "Examples with this label count for nothing."
)
TYPES = """
from collections.abc import Sequence
from typing import Never

from numpy.typing import ArrayLike
{framework}
from scarce.losses.adjustment import LogitScale, LogitShift
{reduction}from scarce.losses.weighting import ClassWeight
{room}"""
"""What annotations need."""
TORCH_TYPES = {
    "reduction": "from scarce.losses.loss import Reduction\n",
    "room": "from scarce.torch.distributed import Ranks\n",
}
TORCH_IMPORTS = """
from typing import TYPE_CHECKING

from scarce.torch.base import LossModule
"""
FUNCTIONAL_IMPORTS = """
from typing import TYPE_CHECKING

from scarce.torch.functional_call import loss_of_name
from scarce.torch.overlap import functions as _overlap
from scarce.torch.overlap.functions import *  # noqa: F403 - the overlap losses, listed there
"""
JAX_IMPORTS = """
from typing import TYPE_CHECKING

from scarce.jax.any_loss import value_of_name
"""
KERAS_IMPORTS = """
from typing import TYPE_CHECKING, Any

import keras

from scarce.keras.binary import BinaryLoss
from scarce.keras.categorical import CategoricalLoss, SparseCategoricalLoss
"""
UNKNOWN = "**unknown: Never"  # others are refused with what was meant, and a type checker refuses them before


@dataclass(frozen=True)
class Named:
    """A loss of the catalogue over a link."""

    entry: Entry
    link: str

    @property
    def function(self) -> str:
        """Its name as a function."""
        return f"{self.link}_{self.entry.name}"

    @property
    def stem(self) -> str:
        """Its name as a class, without the link."""
        return ACRONYMS.get(self.entry.name, self.entry.name.title().replace("_", "")) + "Loss"

    @property
    def own(self) -> list[Parameter]:
        """The loss's own parameters."""
        meanings = self.entry.meanings
        return [
            Parameter(
                name,
                "float | None" if default is None else type(default).__name__,
                _literal(default),
                "float, optional"
                if default is None
                else f"{type(default).__name__}, default {_literal(default)}",
                meanings.get(name, "As in `scarce.losses.get`."),
            )
            for name, default in self.entry.parameters.items()
            if self.link == "sigmoid" or name != "alpha"
        ]

    def settings(self, *left_out: str) -> list[Parameter]:
        """The settings of every loss that this one does not make itself."""
        made = self.entry.build()
        by_default = made if self.entry.name == "weighted_cross_entropy" else {}
        defaults = {item.name: item.default for item in fields(KINDS[self.link])} | by_default
        return [
            Parameter(
                name,
                annotation,
                _literal(defaults[name]),
                kind.format(**OF_KIND[self.link]),
                _text(meaning, self),
            )
            for name, (annotation, kind, meaning) in MEANINGS.items()
            if name in defaults and name not in left_out and (name in by_default or name not in made)
        ]

    @property
    def head(self) -> str:
        """What the loss is, in the first line of a docstring."""
        summary = self.entry.summary
        return f"{summary[0].upper()}{summary[1:]}; over a {self.link}."

    @property
    def formula(self) -> str:
        """The formula, and what its letters mean."""
        weight = (
            "times the class weight, " if "w_y" not in self.entry.formula else "with the class weight w_y, "
        )
        weight = "" if "class_weight" in self.entry.build() and "w_y" not in self.entry.formula else weight
        side = (
            "p_y is the softmax of the target's class"
            if self.link == "softmax"
            else ("p_y is p = sigmoid(z) where the target is 1 and 1 - p where it is 0")
        )
        lead = f"``{self.entry.formula}``, {weight}where "
        return _filled(f"{lead}{side}; of a soft target the expectation.")

    @property
    def counts(self) -> str:
        """An argument that an example cannot do without."""
        return f"class_counts={COUNTS[self.link]}" if self.entry.needs_counts else ""


def named(links: tuple[str, ...] = ("softmax", "sigmoid")) -> list[Named]:
    """Return every loss of the catalogue over each of its links."""
    return [Named(entry, link) for entry in CATALOG.values() for link in links if link in entry.kinds]


def torch_losses() -> str:
    """Return the module of PyTorch's classes."""
    parts = [
        _head(
            "A module for each loss of the catalogue: `Softmax...Loss` over classes, `Sigmoid...Loss` over labels.\n\n"
            "The short name, such as `FocalLoss`, is the softmax one; asymmetric losses exist for a sigmoid only.",
            TORCH_IMPORTS,
            TYPES.format(framework="", **TORCH_TYPES),
        )
    ]
    names = []
    for loss in named():
        name = f"{loss.link.title()}{loss.stem}"
        keywords = [*loss.settings("axis"), TORCH_REDUCTION, RANKS]
        parameters = [*loss.own, *keywords]
        body = [
            loss.formula,
            "Called with ``(input, target, *, sample_weight=None)``; see `LossModule`.",
            _section("Parameters", "\n".join(p.documented for p in parameters)),
            _section("Examples", _torch_example(name, loss)),
        ]
        parts.append(
            f"class {name}(LossModule):\n{_docstring(loss.head, body, 1)}\n"
            f"    name = {_literal(loss.entry.name)}\n    kind = {_literal(loss.link)}\n\n"
            + _def("__init__", ["self"], loss.own, keywords, "None", 1)
            + _call("super().__init__", [], parameters, 2)
        )
        names.append(name)
    aliases = [
        (loss.stem, f"{loss.entry.kinds[-1].title()}{loss.stem}") for loss in named() if _is_short(loss)
    ]
    parts.append("\n".join(f"{short} = {long}" for short, long in aliases) + "\n")
    return "\n\n".join(parts) + _all([*names, *(short for short, _ in aliases)])


def torch_functional() -> str:
    """Return the module of PyTorch's functions."""
    parts = [
        _head(
            "The losses as functions: `softmax_focal(input, target, gamma=2.0, ...)`, one for each loss and link.\n\n"
            "The short name, such as `focal`, is the softmax one. Settings are those of the modules; a class weight, "
            "shift\nor scale may also be a tensor, which is then used as it is. Settings given as numbers are worked "
            "out once and\nremembered.",
            FUNCTIONAL_IMPORTS,
            TYPES.format(framework="from torch import Tensor\n", **TORCH_TYPES),
        )
    ]
    target = {
        "softmax": "Class indices in the input's shape without axis 1, or one-hot or soft targets in its shape.",
        "sigmoid": "0 and 1, or probabilities, in the input's shape.",
    }
    weight = Parameter(
        "sample_weight", "Tensor | None", "None", "Tensor, optional", "One an element, or one a row."
    )
    for loss in named():
        shared = [*loss.settings("axis"), TORCH_REDUCTION, RANKS]
        inputs = [
            Parameter("input", "Tensor", "", "Tensor", "Logits."),
            Parameter("target", "Tensor", "", "Tensor", target[loss.link]),
        ]
        listed = ", ".join(p.name for p in shared)
        body = [
            loss.formula,
            _section(
                "Parameters",
                "\n".join(p.documented for p in (*inputs, weight, *loss.own))
                + f"\n{listed}\n    As in `scarce.torch.{loss.link.title()}{loss.stem}`.",
            ),
            _section("Returns", "Tensor\n    In float32 at least, reduced as ``reduction`` says."),
            _section("Examples", _function_example("torch.functional", loss, "torch", ', reduction="none"')),
        ]
        given = [f'"{loss.entry.name}"', f'"{loss.link}"', "input", "target", "sample_weight"]
        parts.append(
            _def(loss.function, inputs, [], [weight, *loss.own, *shared], "Tensor", 0)
            + _docstring(f"Return the loss: {loss.head[0].lower()}{loss.head[1:]}", body, 1)
            + _call("return loss_of_name", [*given, "ranks"], [*loss.own, *shared[:-1]], 1)
        )
    aliases = [
        (loss.entry.name, f"{loss.entry.kinds[-1]}_{loss.entry.name}") for loss in named() if _is_short(loss)
    ]
    parts.append("\n".join(f"{short} = {long}" for short, long in aliases) + "\n")
    names = [*(loss.function for loss in named()), *(short for short, _ in aliases)]
    return "\n\n".join(parts) + _all(names) + "__all__ += _overlap.__all__\n"


def jax_functions() -> str:
    """Return the module of JAX's functions."""
    parts = [
        _head(
            "One function a loss of the catalogue and link, in the manner of optax: logits, labels, and keywords.",
            JAX_IMPORTS,
            TYPES.format(framework="", reduction="", room="").replace(
                "from numpy", "import jax\nfrom jax.typing import ArrayLike as JaxArrayLike\nfrom numpy"
            ),
        )
    ]
    shapes = {
        "sigmoid": ("any shape", "0 and 1, or probabilities, in the logits' shape."),
        "softmax": (
            "classes on ``axis``",
            "Class indices without the class axis, or one-hot or soft targets in the logits' shape.",
        ),
    }
    optional = "JaxArrayLike | None"
    rows = [
        Parameter(
            "sample_weight", optional, "None", "array, optional", "One weight a row, or one an element."
        ),
        Parameter(
            "where",
            optional,
            "None",
            "array of bool, optional",
            "What counts; the rest costs 0 whatever its logits.",
        ),
    ]
    for loss in named(("sigmoid", "softmax")):
        of_logits, of_labels = shapes[loss.link]
        inputs = [
            Parameter("logits", "JaxArrayLike", "", "array", f"Raw outputs, {of_logits}."),
            Parameter("labels", "JaxArrayLike", "", "array", of_labels),
        ]
        settings = loss.settings("background")
        parameters = [*inputs, *loss.own, *settings, *rows]
        body = [
            loss.formula,
            _section("Parameters", "\n".join(p.documented for p in parameters)),
            _section("Returns", "array\n    Unreduced, in single precision at least."),
            _section("Raises", "ScarceError\n    E5xx if a setting or a shape does not fit."),
            _section(
                "Notes",
                "What a model trained with it puts out is turned into probabilities by `scarce.jax.posterior`.",
            ),
            _section("Examples", _function_example("jax", loss, "jax.numpy as jnp", "")),
        ]
        element = "element" if loss.link == "sigmoid" else "row"
        given = [f'"{loss.entry.name}"', f'"{loss.link}"', "logits", "labels", "sample_weight", "where"]
        summary = f"Return the loss of every {element}: {loss.head[0].lower()}{loss.head[1:]}"
        parts.append(
            _def(loss.function, inputs, [], [*loss.own, *settings, *rows], "jax.Array", 0)
            + _docstring(summary, body, 1)
            + _call("return value_of_name", given, [*loss.own, *settings], 1)
        )
    return "\n\n".join(parts) + _all([loss.function for loss in named()])


KERAS_NAMES = {
    "focal": "FocalCrossentropy",
    "cross_entropy": "Crossentropy",
    "logit_adjusted": "LogitAdjustedCrossentropy",
}
KERAS_TARGETS = {
    "Binary": "of one logit an example or a label",
    "Categorical": "of one logit a class, for one-hot or soft targets",
    "SparseCategorical": "of one logit a class, for class indices",
}


def keras_crossentropies() -> str:
    """Return the module of the losses that are named as in Keras."""
    parts = [
        _head(
            "The losses that are named as in Keras.",
            KERAS_IMPORTS,
            TYPES.format(framework="", reduction="", room=""),
        )
    ]
    names = []
    for targets, of_what in KERAS_TARGETS.items():
        for entry_name, stem in KERAS_NAMES.items():
            loss = Named(CATALOG[entry_name], "sigmoid" if targets == "Binary" else "softmax")
            keywords = loss.settings("ignore_index", "axis", "background")
            first = {"logit_adjusted": "class_counts", "cross_entropy": "class_weight"}.get(entry_name)
            ahead = [p for p in keywords if p.name == first]
            if first == "class_counts":
                ahead = [p._replace(default="", annotation="ArrayLike", kind="array") for p in ahead]
            keywords = [*(p for p in keywords if p.name != first), *KERAS_SETTINGS]
            keywords += [IGNORE_CLASS] if targets == "SparseCategorical" else []
            positional = [*ahead, *loss.own]
            name = f"{targets}{stem}"
            body = [
                loss.formula,
                _section("Parameters", "\n".join(p.documented for p in (*positional, *keywords))),
                _section("Examples", _keras_example(name, loss, targets)),
            ]
            head = f"{loss.entry.summary[0].upper()}{loss.entry.summary[1:]}, {of_what}."
            parts.append(
                f'@keras.saving.register_keras_serializable(package="scarce")\nclass {name}({targets}Loss):\n'
                f"{_docstring(head, body, 1)}\n    catalogued = {_literal(entry_name)}\n\n"
                + _def("__init__", ["self"], positional, keywords, "None", 1)
                + _call("super().__init__", [f'"{entry_name}"'], [*positional, *keywords], 2)
            )
            names.append(name)
    return "\n\n".join(parts) + _all(names)


def files() -> dict[Path, str]:
    """Return the text of every file that is written."""
    return {
        ROOM / "torch" / "losses.py": torch_losses(),
        ROOM / "torch" / "functional.py": torch_functional(),
        ROOM / "jax" / "functions.py": jax_functions(),
        ROOM / "keras" / "crossentropies.py": keras_crossentropies(),
    }


def _torch_example(name: str, loss: Named) -> str:
    # with its own default of 30 the margins of ldam make a posterior that warns
    settings = ", ".join(filter(None, ["scale=4.0" if loss.entry.name == "ldam" else "", loss.counts]))
    if loss.link == "softmax":
        target = "torch.tensor([0, 2])"
        back = "[round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]"
        prior = "[0.8, 0.15, 0.05]"
    else:
        target = "torch.tensor([[0, 0, 1], [0, 1, 0]])"
        back, prior = "round(loss.posterior(loss.base_score(0.05)).item(), 3)", "0.05"
    call = f"loss(torch.zeros(2, 3), {target}).shape"
    lines = ["import torch", f"from scarce.torch import {name}", f"loss = {name}({settings})", call]
    return "\n".join([*(f">>> {line}" for line in lines), "torch.Size([])", f">>> {back}", prior])


def _function_example(room: str, loss: Named, library: str, reduction: str) -> str:
    softmax, counts = loss.link == "softmax", f", {loss.counts}" if loss.counts else ""
    target, shape = ("[0, 2]", "2,") if softmax else ("[[0, 0, 1], [0, 1, 0]]", "2, 3")
    if room == "jax":
        arguments, result = f"jnp.zeros((2, 3)), jnp.array({target})", f"({shape})"
    else:
        arguments, result = f"torch.zeros(2, 3), torch.tensor({target})", f"torch.Size([{shape.rstrip(',')}])"
    return (
        f">>> import {library}\n>>> from scarce.{room} import {loss.function}\n"
        f">>> {loss.function}({arguments}{reduction}{counts}).shape\n{result}"
    )


def _keras_example(name: str, loss: Named, targets: str) -> str:
    """Return a call, with the value that NumPy's loss has there."""
    counts = COUNTS[loss.link]
    settings = {"class_counts": counts} if loss.entry.needs_counts else {}
    if targets == "Binary":
        target, logits, true = "[[1], [0]]", "[[2.0], [0.0]]", ([2.0, 0.0], [1, 0])
    else:
        target = "[0, 2]" if targets == "SparseCategorical" else "[[1, 0, 0], [0, 0, 1]]"
        logits, true = "[[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]", ([[2.0, 0.0, 0.0], [0.0] * 3], [0, 2])
    parsed: dict[str, Any] = (
        {"class_counts": [95, 5] if loss.link == "sigmoid" else [80, 15, 5]} if settings else {}
    )
    value = get(loss.entry.name, kind=loss.link, **parsed).value(*true).mean()
    arguments = ", ".join(f"{key}={given}" for key, given in settings.items())
    return (
        f">>> import numpy as np\n>>> loss = {name}({arguments})\n"
        f'>>> print(f"{{float(loss(np.array({target}), np.array({logits}))):.4f}}")\n{value:.4f}'
    )


def _is_short(loss: Named) -> bool:
    """Return whether the short name means this one."""
    return loss.link == loss.entry.kinds[-1]


def _text(meaning: str, loss: Named) -> str:
    text = meaning.format(**OF_KIND[loss.link])
    return text


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _filled(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH - 8, break_long_words=False, break_on_hyphens=False))


def _indented(text: str) -> str:
    return textwrap.indent("\n".join(textwrap.wrap(text, WIDTH - 12, break_on_hyphens=False)), "    ")


def _section(name: str, text: str) -> str:
    return f"{name}\n{'-' * len(name)}\n{text}"


def _docstring(head: str, body: list[str], level: int) -> str:
    text = "\n\n".join([head, *body])
    return textwrap.indent(f'"""{text}\n"""\n', "    " * level)


def _def(
    name: str,
    first: list[Any],
    positional: list[Parameter],
    keywords: list[Parameter],
    returns: str,
    level: int,
) -> str:
    """Return a signature, one parameter a line."""
    given = [p if isinstance(p, str) else _quiet(p) for p in first]
    lines = [*given, *(p.signed for p in positional), "*", *(p.signed for p in keywords), UNKNOWN]
    inner = "".join(f"    {line}{'' if line.endswith('name') else ','}\n" for line in lines)
    return textwrap.indent(f"def {name}(\n{inner}) -> {returns}:\n", "    " * level)


def _quiet(parameter: Parameter) -> str:
    return parameter.signed + (",  # noqa: A002 - PyTorch's name" if parameter.name == "input" else "")


def _call(function: str, given: list[str], parameters: list[Parameter], level: int) -> str:
    """Return a call that hands everything on."""
    lines = [*given, *(f"{p.name}={p.name}" for p in parameters), "**unknown"]
    inner = "".join(f"    {line},\n" for line in lines)
    return textwrap.indent(f"{function}(\n{inner})\n", "    " * level)


def _head(text: str, imports: str, types: str) -> str:
    """Return the beginning of a module; ``types`` are the imports for annotations alone."""
    ending = "\n" if "\n" in text else ""
    typing = textwrap.indent(types.strip(), "    ")
    return (
        f'{MARK}"""{text}{ending}"""\n\nfrom __future__ import annotations\n\n{imports.strip()}\n\n'
        f"if TYPE_CHECKING:\n{typing}\n"
    )


def _all(names: list[str]) -> str:
    return "\n\n__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(names)) + "]\n"


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
