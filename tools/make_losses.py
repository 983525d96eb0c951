"""Write the public names of the losses from the catalogue: real signatures, formulas and meanings.

python tools/make_losses.py
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from named_losses import COUNTS, MEAN_OF, Named, losses
from named_overlaps import Overlap, overlaps
from python_text import (
    Parameter,
    aliases,
    call,
    definition,
    docstring,
    documented,
    listed,
    literal,
    referred,
    sentence,
)

from scarce.losses import CATALOG, get
from scarce.losses.serialization import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOM = Path(__file__).parents[1] / "src" / "scarce"
TYPES = """
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Never

    from numpy.typing import ArrayLike
{framework}
    from scarce.losses.adjustment import LogitScale, LogitShift
{reduction}    from scarce.losses.weighting import ClassWeight
{room}"""
OF_TORCH = {
    "reduction": "    from scarce.losses.loss import Reduction\n",
    "room": "    from scarce.torch.distributed import Ranks\n",
}
OF_NONE = {"framework": "", "reduction": "", "room": ""}
HEAD = '# Written by tools/make_losses.py: do not edit.\n"""{text}"""\n\nfrom __future__ import annotations\n'
RANKS = Parameter(
    "ranks",
    "Ranks",
    'process group or "world", optional',
    "Whose rows a mean is over in distributed training; this rank's own by default.",
)


OF_OVERLAPS = """
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Never

    from scarce.losses.weighting import ClassWeight
    from scarce.torch.distributed import Ranks
"""
OVERLAP_RANKS = RANKS._replace(
    meaning="Over whose images soft counts are summed, or the mean is taken; this rank's own by default."
)


def torch_losses() -> str:
    """Return the module of PyTorch's classes."""
    head = """A module for each loss of the catalogue: `Softmax...Loss` and `Sigmoid...Loss`.

The short name, such as `FocalLoss`, is the softmax one; asymmetric losses exist for a sigmoid only.
"""
    imports = "\nfrom typing import TYPE_CHECKING\n\nfrom scarce.torch.loss_module import LossModule\n"
    parts = [HEAD.format(text=head) + imports + TYPES.format(framework="", **OF_TORCH)]
    names = {}
    for loss in losses("softmax", "sigmoid"):
        name = f"{loss.link.title()}{loss.short}"
        keywords = [*loss.settings("axis"), _reduction(loss), RANKS]
        body = (
            _class(
                name,
                "LossModule",
                sentence(loss.title),
                loss,
                [*loss.own, *keywords],
                _torch_example(name, loss),
            )
            + f"    name = {literal(loss.entry.name)}\n    kind = {literal(loss.link)}\n\n"
            + definition("__init__", ["self"], loss.own, keywords, "None", 1)
            + call("super().__init__", [], [*loss.own, *keywords], 2)
        )
        parts.append(body)
        names |= {name: name} | ({loss.short: name} if loss.has_short_name else {})
    return "\n\n".join([*parts, aliases(names)]) + listed(names)


def torch_functional() -> str:
    """Return the module of PyTorch's functions."""
    head = """The losses as functions, one for each loss and link: `softmax_focal(input, target, gamma=2.0)`.

The short name, such as `focal`, is the softmax one. Settings are those of the modules; a class weight, shift
or scale may also be a tensor, which is then used as it is. Settings given as numbers are worked out once and
remembered.
"""
    imports = """
from typing import TYPE_CHECKING

from scarce.torch.overlap.overlap_modules import overlap_of_name
from scarce.torch.settings import loss_of_name
"""
    types = _with_literals(TYPES.format(framework="    from torch import Tensor\n", **OF_TORCH))
    target = {
        "softmax": "Class indices in the shape without axis 1, or one-hot or soft targets.",
        "sigmoid": "0 and 1, or probabilities, in the input's shape.",
    }
    weight = Parameter("sample_weight", "Tensor | None", "Tensor, optional", "One an element, or one a row.")
    parts, names = [HEAD.format(text=head) + imports + types], {}
    for loss in losses("softmax", "sigmoid"):
        inputs = [
            Parameter("input", "Tensor", "Tensor", "Logits.", default=""),
            Parameter("target", "Tensor", "Tensor", target[loss.link], default=""),
        ]
        shared = [*loss.settings("axis"), _reduction(loss)]
        described = documented([*inputs, weight, *loss.own]) + referred(
            [*shared, RANKS], f"scarce.torch.{loss.link.title()}{loss.short}"
        )
        sections = {
            "Parameters": described,
            "Returns": "Tensor\n    In float32 at least, reduced as ``reduction`` says.",
            "Examples": _function_example("torch.functional", loss, "torch", ', reduction="none"'),
        }
        positional = [
            literal(loss.entry.name),
            literal(loss.link),
            "input",
            "target",
            "sample_weight",
            "ranks",
        ]
        parts.append(
            definition(loss.function, [], inputs, [weight, *loss.own, *shared, RANKS], "Tensor", 0)
            + docstring(f"Return the {loss.title}, reduced.", loss.about, sections)
            + call("return loss_of_name", positional, [*loss.own, *shared], 1)
        )
        names |= {loss.function: loss.function}
        names |= {loss.entry.name: loss.function} if loss.has_short_name else {}
    for overlap in overlaps():
        parts.append(_overlap_function(overlap))
        names[overlap.function] = overlap.function
        names |= {overlap.entry.name: overlap.function} if overlap.link == "softmax" else {}
    return "\n\n".join([*parts, aliases(names)]) + listed(names)


def torch_overlaps() -> str:
    """Return the module of PyTorch's overlap losses."""
    head = """A module for each overlap loss: `Softmax...Loss` over classes and `Sigmoid...Loss` over labels.

The short name, such as `DiceLoss`, is the softmax one.
"""
    imports = """
from typing import TYPE_CHECKING

from scarce.torch.overlap.overlap_modules import OverlapModule
"""
    parts = [HEAD.format(text=head) + imports + _with_literals(OF_OVERLAPS)]
    names = {}
    for overlap in overlaps():
        (own, shared), name = overlap.parameters, overlap.class_name
        sections = {
            "Parameters": documented([*own, *shared, OVERLAP_RANKS]),
            "Examples": _overlap_example("torch", name, f"{name}()", overlap),
        }
        parts.append(
            f"class {name}(OverlapModule):\n{docstring(sentence(overlap.title), overlap.about, sections)}\n"
            + f"    name = {literal(overlap.entry.name)}\n    kind = {literal(overlap.link)}\n\n"
            + definition("__init__", ["self"], own, [*shared, OVERLAP_RANKS], "None", 1)
            + call("super().__init__", [], [*own, *shared, OVERLAP_RANKS], 2)
        )
        names[name] = name
        names |= {f"{overlap.entry.title}Loss": name} if overlap.link == "softmax" else {}
    return "\n\n".join([*parts, aliases(names)]) + listed(names)


def jax_functions() -> str:
    """Return the module of JAX's functions."""
    head = (
        "One function a loss of the catalogue and link, in the manner of optax: logits, labels, and keywords."
    )
    imports = "\nfrom typing import TYPE_CHECKING\n\nfrom scarce.jax.any_loss import value_of_name\n"
    types = TYPES.format(**OF_NONE).replace(
        "    from numpy.typing import ArrayLike\n",
        "    import jax\n    from jax.typing import ArrayLike as JaxArrayLike\n"
        "    from numpy.typing import ArrayLike\n",
    )
    of_logits = {"sigmoid": "any shape", "softmax": "classes on ``axis``"}
    of_labels = {
        "sigmoid": "0 and 1, or probabilities, in the logits' shape.",
        "softmax": "Class indices without the class axis, or one-hot or soft targets in the logits' shape.",
    }
    optional = "JaxArrayLike | None"
    rows = [
        Parameter("sample_weight", optional, "array, optional", "One weight a row, or one an element."),
        Parameter(
            "where", optional, "array of bool, optional", "What counts; the rest costs 0 whatever its logits."
        ),
    ]
    parts, names = [HEAD.format(text=head) + imports + types], {}
    for loss in losses("sigmoid", "softmax"):
        inputs = [
            Parameter("logits", "JaxArrayLike", "array", f"Raw outputs, {of_logits[loss.link]}.", default=""),
            Parameter("labels", "JaxArrayLike", "array", of_labels[loss.link], default=""),
        ]
        settings = loss.settings("background")
        described = documented([*inputs, *loss.own, *rows]) + referred(
            settings, f"scarce.losses.{KINDS[loss.link].__name__}"
        )
        sections = {
            "Parameters": described,
            "Returns": "array\n    Unreduced, in single precision at least.",
            "Raises": "ScarceError\n    E5xx if a setting or a shape does not fit.",
            "Notes": "`scarce.jax.posterior` turns the outputs of a trained model into probabilities.",
            "Examples": _function_example("jax", loss, "jax.numpy as jnp", ""),
        }
        positional = [
            literal(loss.entry.name),
            literal(loss.link),
            "logits",
            "labels",
            "sample_weight",
            "where",
        ]
        element = "element" if loss.link == "sigmoid" else "row"
        parts.append(
            definition(loss.function, [], inputs, [*loss.own, *settings, *rows], "jax.Array", 0)
            + docstring(f"Return the {loss.title} of every {element}.", loss.about, sections)
            + call("return value_of_name", positional, [*loss.own, *settings], 1)
        )
        names[loss.function] = loss.function
    return "\n\n".join(parts) + listed(names)


KERAS_NAMES = {
    "focal": "FocalCrossentropy",
    "cross_entropy": "Crossentropy",
    "logit_adjusted": "LogitAdjustedCrossentropy",
}
KERAS_TARGETS = {
    "Binary": "one logit an example or a label",
    "Categorical": "one logit a class, with one-hot or soft targets",
    "SparseCategorical": "one logit a class, with class indices",
}
KERAS_SETTINGS = [
    Parameter("from_logits", "bool", "bool, default True", "Whether ``y_pred`` are logits.", "True"),
    Parameter(
        "reduction",
        "str | None",
        'str, default "sum_over_batch_size"',
        "As everywhere in Keras.",
        '"sum_over_batch_size"',
    ),
    Parameter("name", "str | None", "str, optional", "The loss's name."),
    Parameter("dtype", "Any", "str or DTypePolicy, optional", "The type to compute in; see `KerasLoss`."),
]
IGNORE_CLASS = Parameter(
    "ignore_class", "int | None", "int, optional", "Examples with this label count for nothing."
)
FIRST = {
    "focal": [],
    "cross_entropy": ["class_weight"],
    "logit_adjusted": ["class_counts"],
}
"""Settings that are given by place."""


def keras_crossentropies() -> str:
    """Return the module of the losses that are named as in Keras."""
    head = "The losses that are named as in Keras."
    imports = """
from typing import TYPE_CHECKING, Any

import keras

from scarce.keras.binary import BinaryLoss
from scarce.keras.categorical import CategoricalLoss, SparseCategoricalLoss
"""
    parts, names = [HEAD.format(text=head) + imports + TYPES.format(**OF_NONE)], {}
    for targets, of_what in KERAS_TARGETS.items():
        for entry_name, stem in KERAS_NAMES.items():
            loss = Named(CATALOG[entry_name], "sigmoid" if targets == "Binary" else "softmax")
            settings, first = loss.settings("ignore_index", "axis", "background"), FIRST[entry_name]
            ahead = [p for p in settings if p.name in first]
            if loss.entry.needs_counts:
                ahead = [p._replace(default="", annotation="ArrayLike", form="array") for p in ahead]
            keywords = [*(p for p in settings if p.name not in first), *KERAS_SETTINGS]
            keywords += [IGNORE_CLASS] if targets == "SparseCategorical" else []
            positional, name = [*ahead, *loss.own], f"{targets}{stem}"
            title = f"{sentence(loss.title)[:-1]}, for {of_what}."
            example = _keras_example(name, loss, targets)
            parts.append(
                '@keras.saving.register_keras_serializable(package="scarce")\n'
                + _class(name, f"{targets}Loss", title, loss, [*positional, *keywords], example)
                + f"    catalogued = {literal(entry_name)}\n\n"
                + definition("__init__", ["self"], positional, keywords, "None", 1)
                + call("super().__init__", [literal(entry_name)], [*positional, *keywords], 2)
            )
            names[name] = name
    return "\n\n".join(parts) + listed(names)


def files() -> dict[Path, str]:
    """Return the text of every file that is written."""
    return {
        ROOM / "torch" / "losses.py": torch_losses(),
        ROOM / "torch" / "functional.py": torch_functional(),
        ROOM / "torch" / "overlap" / "overlap_losses.py": torch_overlaps(),
        ROOM / "jax" / "functions.py": jax_functions(),
        ROOM / "keras" / "crossentropies.py": keras_crossentropies(),
    }


def _reduction(loss: Named) -> Parameter:
    by_all, by_positives = MEAN_OF[loss.link]
    return Parameter(
        "reduction",
        "Reduction",
        '{"mean", "sum", "none", "mean_positive"}, default "mean"',
        f'"mean" divides by {by_all}, "mean_positive" by {by_positives}, at least 1.',
        '"mean"',
    )


def _with_literals(types: str) -> str:
    return types.replace("    from typing import Never\n", "    from typing import Literal, Never\n")


def _overlap_function(overlap: Overlap) -> str:
    """Return an overlap loss as a function."""
    own, shared = overlap.parameters
    shape = "As in the module's `forward`."
    inputs = [
        Parameter("input", "Tensor", "Tensor", "Logits: classes or labels on axis 1.", default=""),
        Parameter("target", "Tensor", "Tensor", shape, default=""),
    ]
    weight = Parameter("sample_weight", "Tensor | None", "Tensor, optional", "One a pixel, or one an image.")
    where = f"scarce.torch.{overlap.class_name}"
    sections = {
        "Parameters": documented([*inputs, weight, *own]) + referred([*shared, OVERLAP_RANKS], where),
        "Returns": "Tensor\n    In float32 at least, reduced as the module does.",
        "Examples": _overlap_example("torch.functional", overlap.function, overlap.function, overlap),
    }
    positional = [
        literal(overlap.entry.name),
        literal(overlap.link),
        "input",
        "target",
        "sample_weight",
        "ranks",
    ]
    return (
        definition(overlap.function, [], inputs, [weight, *own, *shared, OVERLAP_RANKS], "Tensor", 0)
        + docstring(f"Return the {overlap.title}.", overlap.about, sections)
        + call("return overlap_of_name", positional, [*own, *shared], 1)
    )


def _overlap_example(room: str, imported: str, called: str, overlap: Overlap) -> str:
    """Return a call, with the value that NumPy's loss has there."""
    logits, target = [[[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]], [[0, 0, 0, 1]]
    if overlap.link == "sigmoid":
        logits, target = [[[2.0, 0.0, 0.0, 2.0]]], [[[0, 0, 0, 1]]]
    value = overlap.entry.loss(overlap.link).value(logits, target)
    return f""">>> import torch
>>> from scarce.{room} import {imported}
>>> logits = torch.tensor({logits})
>>> target = torch.tensor({target})
>>> print(f"{{{called}(logits, target).item():.4f}}")
{value:.4f}"""


def _torch_example(name: str, loss: Named) -> str:
    # with its own default of 30 the margins of ldam make a posterior that warns
    settings = ", ".join(filter(None, ["scale=4.0" if loss.entry.name == "ldam" else "", loss.counts]))
    if loss.link == "softmax":
        target, prior = "torch.tensor([0, 2])", "[0.8, 0.15, 0.05]"
        back = f"[round(p, 3) for p in loss.posterior(loss.base_score({prior})[None])[0].tolist()]"
    else:
        target, prior = "torch.tensor([[0, 0, 1], [0, 1, 0]])", "0.05"
        back = f"round(loss.posterior(loss.base_score({prior})).item(), 3)"
    return f""">>> import torch
>>> from scarce.torch import {name}
>>> loss = {name}({settings})
>>> loss(torch.zeros(2, 3), {target}).shape
torch.Size([])
>>> {back}
{prior}"""


def _function_example(room: str, loss: Named, library: str, reduction: str) -> str:
    counts = f", {loss.counts}" if loss.counts else ""
    target, shape = ("[0, 2]", "2,") if loss.link == "softmax" else ("[[0, 0, 1], [0, 1, 0]]", "2, 3")
    if room == "jax":
        logits, target, result = "jnp.zeros((2, 3))", f"jnp.array({target})", f"({shape})"
    else:
        logits, target = "torch.zeros(2, 3)", f"torch.tensor({target})"
        result = f"torch.Size([{shape.rstrip(',')}])"
    return f""">>> import {library}
>>> from scarce.{room} import {loss.function}
>>> logits, target = {logits}, {target}
>>> {loss.function}(logits, target{reduction}{counts}).shape
{result}"""


def _keras_example(name: str, loss: Named, targets: str) -> str:
    """Return a call, with the value that NumPy's loss has there."""
    if loss.link == "sigmoid":
        target, logits = [[1], [0]], [[2.0], [0.0]]
    else:
        target = [0, 2] if targets == "SparseCategorical" else [[1, 0, 0], [0, 0, 1]]
        logits = [[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    counts = {"class_counts": COUNTS[loss.link]} if loss.entry.needs_counts else {}
    value = get(loss.entry.name, kind=loss.link, **counts).value(logits, target).mean()
    return f""">>> import numpy as np
>>> loss = {name}({loss.counts})
>>> y_true, y_pred = np.array({target}), np.array({logits})
>>> print(f"{{float(loss(y_true, y_pred)):.4f}}")
{value:.4f}"""


def _class(
    name: str, base: str, title: str, loss: Named, parameters: Sequence[Parameter], example: str
) -> str:
    """Return the beginning of a class: its docstring."""
    sections = {"Parameters": documented(parameters), "Examples": example}
    return f"class {name}({base}):\n{docstring(title, loss.about, sections)}\n"


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
