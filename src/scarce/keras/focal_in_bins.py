"""Focal loss whose numbers may change while a network trains, with all that it needs of Keras for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from scarce.keras.binary import BinaryLoss
from scarce.keras.categorical import CategoricalLoss, SparseCategoricalLoss
from scarce.keras.keras_library import outside_graphs
from scarce.losses import SigmoidLoss, SoftmaxLoss, domains
from scarce.losses.formulas import Formulas
from scarce.losses.modulation import GeneralizedCrossEntropy, Modulation
from scarce.losses.numbers import Numbers
from scarce.losses.signed_focal import SIGNED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

FACES = {
    "sparse": (SparseCategoricalLoss, SoftmaxLoss),
    "categorical": (CategoricalLoss, SoftmaxLoss),
    "binary": (BinaryLoss, SigmoidLoss),
}
"""By kind, the loss of Keras and what its losses are."""


class FocalState(keras.metrics.Metric):
    """The numbers of an `AdaptiveFocalLoss`, as variables.

    Only a metric's variables are seen by the compiled steps of every backend, and may change in them. It
    measures nothing, is never reset, and adds nothing to the logs.
    """

    def __init__(
        self, gammas: Sequence[float], edges: Sequence[float], class_weight: Sequence[float] | None
    ) -> None:
        super().__init__(dtype="float32")
        self.gammas, self.edges = self._kept("gammas", gammas), self._kept("edges", edges)
        self.class_weight = None if class_weight is None else self._kept("class_weight", class_weight)
        self.is_learning = self._kept("is_learning", False)

    def gamma_of(self, p: Any) -> Any:
        """Return the gamma of the bin that holds a probability; one at an edge is in the bin above."""
        gammas = ops.cast(self.gammas, p.dtype)
        if not self.edges.shape[0]:
            return gammas[0]
        is_above = ops.expand_dims(p, -1) >= ops.cast(self.edges, p.dtype)
        return ops.take(gammas, ops.sum(ops.cast(is_above, "int32"), axis=-1))

    def assign(self, **numbers: ArrayLike | None) -> None:
        """Change numbers, by name."""
        for name, given in numbers.items():
            if given is not None:
                getattr(self, name).assign(given)

    def update_state(self, *_: Any, **__: Any) -> None:
        """Do nothing: the loss and the callback change the numbers."""

    def reset_state(self) -> None:
        """Do nothing: what was learned in an epoch is for the next."""

    def result(self) -> dict[str, Any]:
        """Return nothing to log."""
        return {}

    def _kept(self, name: str, numbers: ArrayLike) -> Any:
        given = np.asarray(numbers, dtype=np.float32)
        return self.add_variable(given.shape, lambda *_, **__: ops.convert_to_tensor(given), name=name)


@dataclass(frozen=True)
class _InBins(Modulation):
    """Focal loss with a gamma for each bin of the target's probability.

    Its formulas hold the variables: it is none of the modulations that a file may name.
    """

    formulas: Formulas

    def parameters(self) -> tuple[Any, ...]:
        """Return none: the formulas hold them."""
        return ()


def _looked_up(formula: Callable[..., Any], state: FocalState) -> Callable[..., Any]:
    return lambda xp, lp, lq, p, q: formula(xp, lp, lq, p, q, state.gamma_of(p))


@keras.saving.register_keras_serializable(package="scarce")
class AdaptiveFocalLoss(keras.losses.Loss):
    """Focal loss with a gamma for each bin of the target's probability, moved by `AdaptiveFocal`.

    ``-(1 - p)^gamma log p`` where gamma >= 0, and ``-(1 + p)^-gamma log p`` below, times the class weight;
    gamma is held constant in the gradient.

    Parameters
    ----------
    kind : {"sparse", "categorical", "binary"}, default "sparse"
        Class indices, one-hot targets, or one logit with targets 0 and 1.
    gammas : sequence of float, default (1.0,)
        One a bin, from the least probable target to the most.
    edges : sequence of float, default ()
        Between the bins, rising; a probability at an edge belongs to the bin above.
    class_weight : sequence of float, optional
        One a class.
    momentum : float, optional
        In [0, 1). With it the one gamma is minus the logarithm of the running mean of the target's
        probability, and moves in each batch that `AdaptiveFocal` trains.
    ignore_class : int, optional
        As in `SparseCategoricalLoss`, of the kind "sparse" only.
    from_logits, reduction, name, dtype : as in `KerasLoss`

    Notes
    -----
    Its configuration holds the numbers as they are: a model that is loaded has the loss, and the posterior,
    that it was saved with. Without the callback they stay as they are.
    """

    def __init__(
        self,
        kind: str = "sparse",
        *,
        gammas: Sequence[float] = (1.0,),
        edges: Sequence[float] = (),
        class_weight: Sequence[float] | None = None,
        momentum: float | None = None,
        ignore_class: int | None = None,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.kind = domains.choice(*FACES)("kind", kind)
        self.momentum = None if momentum is None else domains.from_zero_below_one("momentum", momentum)
        self.state = FocalState(gammas, edges, class_weight)
        face, loss = FACES[self.kind]
        given = {"from_logits": from_logits, "dtype": dtype}
        if ignore_class is not None:
            given["ignore_class"] = ignore_class
        self.ignore_class = ignore_class
        formulas = Formulas(*(_looked_up(formula, self.state) for formula in SIGNED))
        self.focal = face(loss(_InBins(formulas)), reduction=reduction, name=self.name, **given)
        if class_weight is not None:
            self.focal.numbers = Numbers(class_weight=self.state.class_weight)
        # 1 - p, so that the mean of p over what counts is that of any loss
        self._miss = face(loss(GeneralizedCrossEntropy(1.0)), reduction="mean_with_sample_weight", **given)

    @outside_graphs
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the reduced loss; targets, masks and weights are as in the loss of that kind."""
        if self.momentum is not None:
            self._follow(1.0 - ops.stop_gradient(self._miss(y_true, y_pred, sample_weight)))
        return self.focal(y_true, y_pred, sample_weight)

    def posterior(self, y_pred: Any) -> Any:
        """Return the probabilities that outputs stand for, by the numbers as they are."""
        return self.focal.posterior(y_pred)

    @property
    def gammas(self) -> NDArray[np.float32]:
        """The gamma of each bin."""
        return ops.convert_to_numpy(self.state.gammas)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same loss of, with the numbers as they are."""
        state, weight = self.state, self.state.class_weight
        numbers = {
            "gammas": self.gammas.tolist(),
            "edges": ops.convert_to_numpy(state.edges).tolist(),
            "class_weight": None if weight is None else ops.convert_to_numpy(weight).tolist(),
        }
        given = {name: getattr(self, name) for name in ("kind", "momentum", "ignore_class")}
        of_focal = {"from_logits": self.focal.from_logits, "dtype": self.focal.dtype}
        return super().get_config() | given | of_focal | numbers

    def _follow(self, fresh: Any) -> None:
        """Move the running mean, which is ``exp(-gamma)``, by a batch's; the first sets it."""
        fresh, gamma = ops.cast(fresh, "float32"), ops.convert_to_tensor(self.state.gammas)
        momentum = ops.where(gamma == 0.0, 0.0, self.momentum)
        mean = momentum * ops.exp(-gamma) + (1.0 - momentum) * ops.maximum(fresh, _LEAST)
        # no row counts, or a step overflowed: it would be kept for ever
        counts = ops.isfinite(fresh) & (fresh < 1.0) & (self.state.is_learning > 0.0)
        self.state.gammas.assign(ops.where(counts, -ops.log(mean), gamma))


_LEAST = float(np.finfo(np.float32).tiny)
