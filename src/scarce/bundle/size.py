"""A model made small enough for its file: a forest votes with fewer trees, and says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scarce.bundle import container
from scarce.bundle.serialization import packed
from scarce.learners.stored.trees import Trees

if TYPE_CHECKING:
    from scarce.bundle.member import Member
    from scarce.bundle.model import Model

_STEP = 0.99


def fitting(model: Model) -> tuple[Model, str]:
    """Return a model whose forests have as many trees as its file has room for, and what was done.

    Every vote of a forest counts the same, so that fewer of them are as right and only less smooth. A boosted
    tree corrects those before it: none is left out, and `to_bytes` refuses a model that they make too large.

    Parameters
    ----------
    model : Model

    Returns
    -------
    model : Model
        The same where everything fits, or where no forest is large enough to make room.
    note : str
        What was left out, for people; empty where nothing was.
    """
    most = container.MAX_BYTES
    whole = len(packed(model))
    if whole <= most:
        return model, ""
    least = len(packed(_thinned(model, 0.0)))
    share = (most - least) / max(whole - least, 1)
    while share > 0.0:
        thinned = _thinned(model, share)
        size = len(packed(thinned))
        if size <= most:
            return thinned, _said(thinned, model, size, whole)
        share *= _STEP  # the first trees are larger than the others
    return model, ""


def _forest(member: Member) -> Trees | None:
    stored = member.fitted.stored
    return stored if isinstance(stored, Trees) and stored.averaged is not None else None


def _thinned(model: Model, share: float) -> Model:
    """Return a model with this share of the trees of each forest, at least one."""
    members = []
    for member in model.members:
        forest = _forest(member)
        if forest is not None:
            stored = forest.first(max(1, int(share * forest.n_trees)))
            members.append(replace(member, fitted=replace(member.fitted, stored=stored)))
        else:
            members.append(member)
    return replace(model, members=tuple(members))


def _said(thinned: Model, model: Model, size: int, whole: int) -> str:
    pairs = zip(map(_forest, thinned.members), map(_forest, model.members), strict=True)
    kept = " and ".join(f"{few.n_trees} of {all_.n_trees}" for few, all_ in pairs if few and all_)
    sizes = f"{size / 1e6:.1f} MB, where all of them take {whole / 1e6:.1f} MB"
    return f"the model file holds {kept} trees of its forest: {sizes}"
