"""Class weights by label, in the form that ``fit`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.errors import ScarceError
from scarce.losses.weighting import NamedWeight, checked_counts, normalised_weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike


def class_weight(
    weights: Mapping[str, float] | str, classes: Sequence[str], class_counts: ArrayLike | None = None
) -> dict[int, float]:
    """Return weights by class index, from weights by label or from the name of a weighting.

    Parameters
    ----------
    weights : mapping of str to float, or {"balanced", "effective", "inverse_sqrt"}
        One weight a label, none missing and none unknown.
    classes : sequence of str
        The labels, in the order of the class indices.
    class_counts : array_like, optional
        One count a class, for a named weighting.

    Returns
    -------
    dict of int to float
        For ``model.fit(..., class_weight=...)``.

    Raises
    ------
    ScarceError
        E514 if the labels are not the classes; E507, E509 or E527 if the counts are missing or of other
        classes; E511 for no name; E510 for no weight; E576 for counts beside weights that need none.

    Notes
    -----
    ``fit`` multiplies the losses by these weights, and no loss can see that it did: its posterior is then
    that of the weighted data. Give the weights to the loss instead, and its posterior divides them out.

    Examples
    --------
    >>> class_weight({"buy": 0.75, "don't buy": 0.25}, ["don't buy", "buy"])
    {0: 0.25, 1: 0.75}
    """
    resolved = normalised_weight(weights, classes)
    if isinstance(resolved, NamedWeight):
        if class_counts is None:
            raise ScarceError("E507", what=f"class_weight={weights!r}")
        counts = checked_counts(class_counts)
        if counts.ndim != 1:
            raise ScarceError("E509", name="class_counts", shape=counts.shape)
        if len(counts) != len(classes):
            raise ScarceError("E527", what="class_counts", given=len(counts), n_classes=len(classes))
        resolved = resolved.weights(counts)
    elif class_counts is not None:
        suggestion = "leave them out: only a named weighting such as 'balanced' follows from counts"
        raise ScarceError(
            "E576", face="class_weight", name="class_counts", value=class_counts, suggestion=suggestion
        )
    return {index: float(weight) for index, weight in enumerate(resolved)}
