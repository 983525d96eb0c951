"""What the losses of segmentation share: columns with a weight each, their faces and what they refuse."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast, get_args

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.domains import refuse_setting
from scarce.losses.weighting import NamedWeight, normalised_weight

if TYPE_CHECKING:
    from typing import NoReturn

    from numpy.typing import ArrayLike

    from scarce.losses.inputs import Floats

Over: TypeAlias = Literal["batch", "image"]
Empty: TypeAlias = Literal["skip", "count"]

OVER = domains.choice(*get_args(Over))
EMPTY = domains.choice(*get_args(Empty))
WHOLE_OR_NONE = domains.optional(domains.whole)
LABELS_OR_NONE = domains.optional(domains.labels)


@dataclass(frozen=True)
class ColumnLoss(domains.Checked, ABC):
    """A loss of segmentation that compares columns, one a class or label, each of which may have a weight."""

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        given: Any = self
        object.__setattr__(self, "class_weight", _column_weight(given.class_weight, given.classes))
        self._check()

    @abstractmethod
    def _check(self) -> None:
        """Refuse settings that this loss has no meaning for."""

    @abstractmethod
    def _value(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Floats:
        """Return the loss."""

    @abstractmethod
    def _gradient(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Floats:
        """Return its gradient in the logits."""

    def value(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Floats:
        """Return the loss, reduced as ``reduction`` says.

        Parameters
        ----------
        logits : array_like
            Finite; images on axis 0, classes or labels on ``axis``, any axes of pixels.
        target : array_like
            For a softmax class indices in the logits' shape without the class axis, or the classes' shares in
            the logits' shape; for a sigmoid 0 and 1, or shares, in the logits' shape.
        sample_weight : array_like, optional
            One weight a pixel, or one an image, not negative.

        Returns
        -------
        ndarray
            Of shape (); for ``reduction="none"`` (n_columns,), or (n_images, n_columns) over images, without
            the columns where ``average="micro"``.

        Raises
        ------
        ScarceError
            E503 to E505, E515, E516, E521, E527 or E592 if an input lies outside its domain.
        """
        return self._value(logits, target, sample_weight)

    def gradient(
        self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Floats:
        """Return the gradient of the reduced loss in the logits; of the sum for ``reduction="none"``.

        Parameters
        ----------
        logits, target, sample_weight : array_like
            As in `value`.

        Returns
        -------
        ndarray
            In the logits' shape and type; 0 where a pixel is ignored.
        """
        return self._gradient(logits, target, sample_weight)

    def posterior(self, logits: ArrayLike) -> NoReturn:
        """Refuse: the outputs of a network trained with an overlap loss do not determine a probability.

        Raises
        ------
        ScarceError
            E513, always.
        """
        given: Any = self
        refuse_posterior(getattr(given, "index", given).name)


def _column_weight(given: object, classes: tuple[str, ...] | None) -> tuple[float, ...] | None:
    """Return one weight a class, or None."""
    weight = normalised_weight(given, classes)
    if classes is not None and weight is None:
        reason = "the labels say in what order a class_weight by label is meant"
        refuse_setting("classes", classes, reason, "leave it out")
    if isinstance(weight, NamedWeight):
        raise ScarceError("E593", name=weight.name)
    if weight is not None and isinstance(weight[0], tuple):
        raise ScarceError("E509", name="class_weight", shape=np.shape(cast("Any", weight)))
    if classes is not None and weight is not None and len(weight) != len(classes):
        raise ScarceError("E527", what="class_weight", given=len(weight), n_classes=len(classes))
    return cast("tuple[float, ...] | None", weight)


def refuse_lone_weight(class_weight: object, n_labels: int) -> None:
    """Refuse a weight of the only label, by which the mean divides."""
    if class_weight is not None and n_labels == 1:
        refuse_setting("class_weight", class_weight, "the mean over one label divides by it", "leave it out")


def refuse_posterior(loss: str) -> NoReturn:
    """Raise what every overlap loss says when it is asked for probabilities."""
    raise ScarceError(
        "E513",
        loss=loss,
        reason="an overlap loss is not proper, its minimiser is a set of pixels, all or nothing",
        suggestion="calibrate on pixels of images that the network was not fitted to",
    )
