"""Trees as checked arrays: what a model file holds in place of an engine's own bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError
from scarce.errors.refusal import RefusalError, require
from scarce.learners.stored.lightgbm_text import parse, write
from scarce.learners.stored.tree_checks import check_trees
from scarce.learners.stored.tree_layout import DTYPES, PER_LEAF, PER_SPLIT, PER_TREE, TreeArrays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import lightgbm
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Trees(TreeArrays):
    """Trees with one output, in the arrays of `TreeArrays`, checked when built.

    Raises
    ------
    RefusalError
        When the arrays do not describe trees.

    Notes
    -----
    The base score is no part of the trees: LightGBM does not store the init score of a custom objective.
    """

    kind = "trees"

    def __post_init__(self) -> None:
        check_trees(self)

    @classmethod
    def from_booster(cls, booster: lightgbm.Booster, num_iteration: int | None = None) -> Trees:
        """Read the trees of a trained booster.

        Parameters
        ----------
        booster : lightgbm.Booster
            One output, no linear leaves, no random-forest mode.
        num_iteration : int, optional
            The first so many trees; by default LightGBM's own choice (the best iteration if there was one).

        Raises
        ------
        ScarceError
            E426 for a booster with several outputs, linear leaves or averaged trees.
        """
        try:
            return cls(**parse(booster.model_to_string(num_iteration=num_iteration)))
        except RefusalError as refusal:
            raise ScarceError("E426", what=refusal) from None

    @classmethod
    def from_parts(cls, facts: Mapping[str, object], arrays: Mapping[str, NDArray[np.generic]]) -> Trees:
        """Rebuild the trees from what `to_parts` gave, trusting neither part."""
        require({"n_features"} <= set(facts) <= {"n_features", "averaged"}, "the learner has unknown entries")
        require(set(arrays) == set(DTYPES), "the trees' arrays are not the ones expected")
        return cls(**facts, **arrays)  # type: ignore[arg-type]

    @classmethod
    def mean(cls, members: Sequence[Trees]) -> Trees:
        """Return the trees of several models as one whose logits are the mean of theirs."""
        arrays = {name: np.concatenate([getattr(member, name) for member in members]) for name in DTYPES}
        arrays["leaf_value"] /= len(members)
        return cls(n_features=members[0].n_features, **arrays)

    def to_parts(self) -> tuple[dict[str, object], dict[str, NDArray[np.generic]]]:
        """Return what is written into a model file: facts for the card, and arrays."""
        facts: dict[str, object] = {"n_features": self.n_features}
        if self.averaged is not None:
            facts["averaged"] = self.averaged
        return facts, {name: getattr(self, name) for name in DTYPES}

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.num_leaves)

    def first(self, n_trees: int) -> Trees:
        """Return the first so many trees; the average of a forest is then over these."""
        leaves, categories = int(self.num_leaves[:n_trees].sum()), int(self.num_cat[:n_trees].sum())
        words = int(self.cat_words[:categories].sum())
        lengths = dict.fromkeys(PER_TREE, n_trees) | dict.fromkeys(PER_LEAF, leaves)
        lengths |= dict.fromkeys(PER_SPLIT, leaves - n_trees) | {"cat_words": categories, "cat_bits": words}
        return replace(self, **{name: getattr(self, name)[:length] for name, length in lengths.items()})

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """A LightGBM booster over text written anew from the arrays; raw scores, without the base score."""
        import lightgbm

        return lightgbm.Booster(model_str=write(self))

    def logits(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the trees, bit for bit what a booster gave; of a forest, the logit of its vote.

        Parameters
        ----------
        features : ndarray of float64, shape (n_rows, n_features)
            Encoded rows; NaN where missing.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
            Raw outputs, without a base score.
        """
        if self.n_trees == 0 or len(features) == 0:
            return np.zeros(len(features))
        return self.link(self.booster.predict(features, raw_score=True))  # type: ignore[arg-type]

    def link(self, total: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logits behind sums of leaves: of a forest, of ``(total + averaged) / (n_trees + 1)``."""
        if self.averaged is None:
            return total
        total = np.clip(total, 0.0, self.n_trees)  # which rounding may have left
        return np.log(total + self.averaged) - np.log(self.n_trees - total + (1.0 - self.averaged))
