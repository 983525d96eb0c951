"""From pixels to soft counts, and from a loss's slopes in the counts back to the pixels, for any library.

Arrays have images, columns and pixels on their axes; a column is a class or a label. A loss is an
`OverlapLoss`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.losses.overlap_index import Counts


class Pixels(NamedTuple):
    """Probabilities, and on which side of the target they lie; ``q`` is ``1 - p`` without cancellation.

    ``below`` and ``above`` are 1 and 0: sides are chosen by multiplication, which in PyTorch on a CPU is
    twenty times faster than `where`, and exact. Where targets are hard ``share`` and ``gap`` are None: pixels
    are below at their own class, where alone a softmax's q has to be right, and above elsewhere. ``weight``
    can be broadcast, and is 0 where a pixel is ignored.
    """

    p: Any
    q: Any
    below: Any
    above: Any
    share: Any
    gap: Any
    weight: Any


def of_hard_targets(p: Any, q: Any, own: Any, weight: Any) -> Pixels:
    """Return pixels whose targets are 0 or 1."""
    return Pixels(p, q, own, 1.0 - own, None, None, weight)


def of_shares(xp: Any, p: Any, q: Any, share: Any, weight: Any) -> Pixels:
    """Return pixels whose targets are shares; below a target of 1 the gap is q, however small."""
    share = xp.clip(share, 0.0, 1.0)  # rounding may have led it past an end
    mostly = _ones(xp, share > 0.5, p)
    gap = (q - (1.0 - share)) * mostly + (share - p) * (1.0 - mostly)
    return Pixels(p, q, _ones(xp, gap > 0.0, p), _ones(xp, gap < 0.0, p), share, gap, weight)


def tally(xp: Any, at: Pixels, loss: Any, dtype: Any = None) -> Any:
    """Return the soft counts of every image, shape (n_counts, n_images, n_columns).

    They are true and false positives, false and perhaps true negatives, added up in ``dtype``, or in the
    pixels' own.
    """
    share, wrong, missed = _errors(xp, at)
    common = xp.multiply if loss.squared or at.gap is None else xp.minimum
    parts = [common(at.p, share), wrong, missed]
    if loss.squared:
        parts[1:] = wrong * wrong, missed * missed
    if loss.has_negatives:
        parts.append(common(at.q, 1.0 - share))
    weighted = (part if at.weight is None else part * at.weight for part in parts)
    return xp.stack([part.sum(axis=-1, dtype=dtype) for part in weighted])


def sides(xp: Any, at: Pixels, loss: Any) -> tuple[Any, ...]:
    """Return the derivatives of the counts in a probability; the first two, if the others are opposite."""
    if not loss.squared:
        return at.below, at.above
    share, wrong, missed = _errors(xp, at)
    return share, 2.0 * wrong, -2.0 * missed, share - 1.0


def slopes_of_sides(xp: Any, slopes: Counts, loss: Any, dtype: Any) -> list[Any]:
    """Return what every one of `sides` is multiplied by, shape (n_groups, n_columns, 1).

    They are not of ``dtype`` yet. A slope beyond its range becomes its largest number: times a probability
    that has underflowed to almost nothing it still gives a number.
    """
    tp, fp, fn, tn = slopes
    largest = float(xp.finfo(dtype).max)
    given = (tp, fp, fn, tn) if loss.squared else (tp - fn, fp - tn)
    return [xp.clip(x, -largest, largest)[..., None] for x in given]


def gradient_of(xp: Any, at: Pixels, loss: Any, slopes: list[Any]) -> Any:
    """Return the derivative in the logits, given the slopes of the sides."""
    pairs = zip(sides(xp, at, loss), slopes, strict=True)
    slope: Any = sum(side * own for side, own in pairs)
    if at.weight is not None:
        slope = slope * at.weight
    if loss.kind == "sigmoid":
        return at.p * at.q * slope
    # less the slope of the class that is nearly certain, so that what is left is of the order of 1 - p
    slope = slope - (slope * certain(xp, at.p)).sum(axis=1, keepdims=True)
    return at.p * (slope - (at.p * slope).sum(axis=1, keepdims=True))


def certain(xp: Any, p: Any) -> Any:
    """Return 1 at a class that is likelier than all others together, of which there is one at most."""
    return _ones(xp, p > 0.5, p)


def _ones(xp: Any, where: Any, like: Any) -> Any:
    return xp.asarray(where, dtype=like.dtype, device=like.device)


def _errors(xp: Any, at: Pixels) -> tuple[Any, Any, Any]:
    """Return the targets' shares, and how far predictions are above and below them."""
    if at.gap is None:
        return at.below, at.p * at.above, at.q * at.below
    return at.share, xp.clip(-at.gap, 0.0, None), xp.clip(at.gap, 0.0, None)


def check_labels(shape: tuple[int, ...], axis: int, n_labels: int) -> None:
    """Refuse logits whose axis of labels is not as long as there are labels, or that have no images."""
    n_axes = len(shape)
    inside = -n_axes <= axis < n_axes and axis % n_axes > 0
    if inside and shape[axis] == n_labels:
        return
    suggestion = "give the logits an axis of images and one of labels"
    if inside:
        suggestion = (
            f"for {shape[axis]} labels say n_labels={shape[axis]}; a single mask needs an axis of length 1"
        )
    raise ScarceError("E592", shape=shape, axis=axis, n_labels=n_labels, suggestion=suggestion)
