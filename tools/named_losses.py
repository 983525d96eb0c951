"""The losses of the catalogue under each of their links: names in Python, formulas and parameters."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from python_text import Parameter, filled, literal

from scarce.losses import CATALOG
from scarce.losses.serialization import KINDS

if TYPE_CHECKING:
    from scarce.losses.catalog import Entry

ACRONYMS = {"vs_loss": "VS", "cdt": "CDT", "ldam": "LDAM", "mse": "MSE"}
COUNTS = {"softmax": [80, 15, 5], "sigmoid": [95, 5]}
SIDE = {
    "softmax": "p_y is the softmax of the target's class",
    "sigmoid": "p = sigmoid(z) and p_y is p where the target is 1 and 1 - p where it is 0",
}


NAMED_WEIGHTS = (
    '"balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by label '
    "(which needs ``classes``)."
)
SETTINGS = {
    "softmax": {
        "class_weight": ("ClassWeight", "str, array or dict, optional", f"{NAMED_WEIGHTS} One a class."),
        "class_counts": ("ArrayLike | None", "array, optional", "The number of rows of each class."),
        "ignore_index": ("int | None", "int, default -100", "Targets of this value count for nothing."),
        "axis": ("int", "int, default -1", "Where the classes are."),
        "background": ("int", "int, default 0", 'The class that "mean_positive" does not count.'),
    },
    "sigmoid": {
        "class_weight": (
            "ClassWeight",
            "str, array or dict, optional",
            f"{NAMED_WEIGHTS} ``[negative, positive]``, or one such pair a label.",
        ),
        "class_counts": ("ArrayLike | None", "array, optional", "``(negatives, positives)``, in rows."),
        "ignore_index": ("int | None", "int, optional", "Targets of this value count for nothing."),
    },
}
SHARED = {
    "logit_shift": ("LogitShift", "float or array, optional", "Added to the logits, after the scale."),
    "logit_scale": ("LogitScale", "float or array, optional", "What the logits are multiplied by; above 0."),
    "label_smoothing": (
        "float",
        "float, default 0.0",
        "In [0, 1): how much of each target is spread evenly, as an expectation of losses.",
    ),
    "classes": ("Sequence[str] | None", "sequence of str, optional", "The labels, in order of class index."),
}
MEAN_OF = {
    "softmax": ("the sum of sample weight times class weight", "that over what is not ``background``"),
    "sigmoid": ("the sum of sample weights", "that of the positives"),
}
"""What the two means divide by."""


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
    def short(self) -> str:
        """Its name as a class, without the link."""
        return ACRONYMS.get(self.entry.name, self.entry.name.title().replace("_", "")) + "Loss"

    @property
    def title(self) -> str:
        """Its name in words."""
        words = ACRONYMS.get(self.entry.name, self.entry.name.replace("_", " "))
        return f"{words} loss over a {self.link}"

    @property
    def has_short_name(self) -> bool:
        """Whether its name without the link means this one."""
        return self.link == self.entry.kinds[-1]

    @property
    def about(self) -> str:
        """What it is for, its formula, and what the letters mean."""
        formula, summary = self.entry.formula, self.entry.summary
        weighs_itself = "class_weight" in self.entry.build()
        weight = "" if weighs_itself else " times the class weight"
        text = f"{summary[0].upper()}{summary[1:]}. ``{formula}``{weight}, where {SIDE[self.link]}"
        return filled(f"{text}; of a soft target the expectation.")

    @property
    def own(self) -> list[Parameter]:
        """The loss's own parameters."""
        return [
            Parameter(
                name,
                "float | None" if default is None else type(default).__name__,
                "float, optional"
                if default is None
                else f"{type(default).__name__}, default {literal(default)}",
                self.entry.meanings.get(name, ""),
                literal(default),
            )
            for name, default in self.entry.parameters.items()
            if self.link == "sigmoid" or name != "alpha"
        ]

    def settings(self, *left_out: str) -> list[Parameter]:
        """Return the settings of every loss that this one does not make itself."""
        made = self.entry.build()
        by_default = made if self.entry.name == "weighted_cross_entropy" else {}
        known = {item.name: item.default for item in fields(KINDS[self.link])} | by_default
        described = SETTINGS[self.link] | SHARED
        return [
            Parameter(name, *described[name], literal(known[name]))
            for name in known
            if name in described and name not in left_out and (name in by_default or name not in made)
        ]

    @property
    def counts(self) -> str:
        """An argument that an example cannot do without."""
        return f"class_counts={COUNTS[self.link]}" if self.entry.needs_counts else ""


def losses(*links: str) -> list[Named]:
    """Return every loss of the catalogue over each of its links."""
    return [Named(entry, link) for entry in CATALOG.values() for link in links if link in entry.kinds]
