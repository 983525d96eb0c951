"""From pixels to soft counts, and from the slopes of a loss in the counts back to the pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scarce.errors import ScarceError
from scarce.losses.overlap_index import Counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.losses.inputs import Floats


class Pixels(NamedTuple):
    """Probabilities and targets, shape (n_pixels, n_columns), pixels of an image in succession.

    A column is a class or a label. ``q`` is ``1 - p`` without cancellation. ``weight`` has shape
    (n_pixels, n_columns) or (n_pixels, 1), and is 0 where a pixel is ignored. ``shape`` is the logits' own,
    with the columns' axis last.
    """

    p: Floats
    q: Floats
    target: Floats
    weight: Floats
    n_images: int
    shape: tuple[int, ...]


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


def counts_of(pixels: Pixels, over: str, *, squared: bool) -> Counts:
    """Return the soft counts of a batch, or of each image."""
    n_groups = 1 if over == "batch" else pixels.n_images
    per_group = len(pixels.p) // max(n_groups, 1)
    shape = (n_groups, per_group, pixels.p.shape[1])
    parts = _parts(pixels, squared=squared)
    return Counts(*((pixels.weight * x).reshape(shape).sum(axis=1, dtype=np.float64) for x in parts))


def _parts(pixels: Pixels, *, squared: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Return what every pixel adds to the counts: hits, false alarms, misses and what is rightly left out."""
    gap = gap_of(pixels)
    wrong, missed = np.maximum(-gap, 0.0), np.maximum(gap, 0.0)
    rest = 1.0 - pixels.target
    if squared:
        return pixels.p * pixels.target, wrong * wrong, missed * missed, pixels.q * rest
    return np.minimum(pixels.p, pixels.target), wrong, missed, np.minimum(pixels.q, rest)


def gap_of(pixels: Pixels) -> Floats:
    """Return target minus prediction; for a target of 1 it is ``1 - p``, however small."""
    t = pixels.target
    return np.where(t > 0.5, pixels.q - (1.0 - t), t - pixels.p)


def slopes_of_pixels(pixels: Pixels, slopes: Counts, *, squared: bool) -> Floats:
    """Return the derivative of a loss in every probability, given its slopes in the counts by group."""
    gap = gap_of(pixels)
    if squared:
        sides = (pixels.target, 2.0 * np.maximum(-gap, 0.0), 2.0 * np.maximum(gap, 0.0), 1.0 - pixels.target)
        of_sides = (slopes.tp, slopes.fp, -slopes.fn, -slopes.tn)
    else:
        sides = (gap > 0.0, gap < 0.0)
        of_sides = (slopes.tp - slopes.fn, slopes.fp - slopes.tn)
    per_group = len(gap) // max(len(slopes.tp), 1)
    total = np.zeros_like(gap)
    for side, slope in zip(sides, of_sides, strict=True):
        given = in_type(slope, gap)
        total += side * (np.repeat(given, per_group, axis=0) if len(given) > 1 else given)
    return pixels.weight * total


def in_type(slope: NDArray[np.float64], like: Floats) -> Floats:
    """Return a slope in the pixels' type; one beyond its range as the largest number, never infinite."""
    largest = float(np.finfo(like.dtype).max)
    return np.clip(slope, -largest, largest).astype(like.dtype)
