"""What an engine is given to train, and who looks on while it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from scarce.errors import ScarceError
from scarce.losses.domains import refuse_setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray


class Watch(Protocol):
    """Whoever looks on while the trees grow."""

    def __call__(self, rounds: int, raw: NDArray[np.floating[Any]]) -> bool:
        """Take the raw scores of the validation rows, base score included, and say whether to go on.

        Parameters
        ----------
        rounds : int
            How many there have been.
        raw : ndarray, shape (n_rows,)
            The watch's own: it may keep them.
        """
        ...


class Look(NamedTuple):
    """How a training is looked at: all that `train` of an engine's module passes on."""

    valid_sets: Sequence[Any]
    valid_names: Sequence[str] | None
    early_stopping_rounds: int | None
    callbacks: Sequence[Any]
    watch: Watch | None

    def check(self) -> None:
        """Refuse what would do nothing.

        Raises
        ------
        ScarceError
            E609 for stopping without rows to look at, E529 for names without datasets, E611 for a watch that
            has not exactly one dataset, or a metric beside it.
        """
        if self.early_stopping_rounds and not self.valid_sets:
            raise ScarceError("E609")
        if self.valid_names is not None and len(self.valid_names) != len(self.valid_sets):
            reason = f"there are {len(self.valid_sets)} valid_sets"
            refuse_setting("valid_names", self.valid_names, reason, "give one name for each of valid_sets")
        if self.watch is not None and (len(self.valid_sets) != 1 or self.early_stopping_rounds):
            raise ScarceError("E611", count=len(self.valid_sets), stopping=self.early_stopping_rounds)


class Training(NamedTuple):
    """A training, ready for an engine: raw scores have no base score in them, the functions add it."""

    settings: dict[str, Any]
    train_set: Any
    rounds: int
    gradient_hessian: Callable[[NDArray[np.floating[Any]], Any], tuple[NDArray[np.float32], ...]]
    log_loss: Callable[[NDArray[np.floating[Any]], Any], float]
    look: Look
