"""A loss's numbers once nothing waits for the class counts: weights, shift and scale of its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from scarce.losses.namespace import Namespace


class Numbers(NamedTuple):
    """What a loss weighs and moves its classes by, as arrays; None where there is nothing to apply.

    For a sigmoid the class weights have shape (2,) or (n_labels, 2), the others () or (n_labels,); for a
    softmax they have one entry a class, or shape ().
    """

    class_weight: Any = None
    shift: Any = None
    scale: Any = None

    def beside(self, xp: Namespace, like: Any) -> Numbers:
        """Return the numbers as arrays of a library, in another's type and place."""
        return Numbers(*(None if x is None else xp.constant(x, like) for x in self))
