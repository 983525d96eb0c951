"""Softmax losses of whole tensors on a GPU: a tile of rows, or of pixels, by classes in each program.

The margin of the label is computed against the *other* classes, so that nothing cancels. Their exponentials
are the device's own: between 0 and 1 they are right to about 1e-6. Up to `FEW` classes stay in registers
between the sum and the gradient; more are gone through twice, the second time out of the second-level cache.
A label that is not a class, a weight that is none and a row of infinite logits without a limit make their
loss and gradient NaN: to raise an error the processor would have to wait for the device.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

from scarce.kernels.gpu_compiler import constant, device, tl, triton
from scarce.kernels.gpu_sigmoid import INFINITY, weight_of
from scarce.kernels.gpu_words import maximum, taken

FEW = 8192
"""Up to how many classes side by side are kept in registers: sixteen a thread."""

FEW_APART = 128
"""The same where the classes lie apart, as PyTorch lays out images, so that a tile is wide as well."""

TILE = 2048
WIDE = 32  # pixels of a tile that lie side by side: a line of the cache in single precision
ABSENT = constant(-math.inf)  # the logit of no class, and of one that is masked: its exponential is 0
LEAST = tl.constexpr(2.0**-126)


class Layout(NamedTuple):
    """How logits of shape (n_outer, n_classes, n_sites) or, side by side, (n_sites, n_classes) are tiled.

    ``unit`` divides ``n_classes``: with it the compiler knows how rows are aligned.
    """

    n_outer: int
    n_sites: int
    n_classes: int
    side_by_side: bool
    unit: int
    sites: int
    classes: int
    kept: bool
    warps: int

    @property
    def blocks(self) -> int:
        """How many programs the sites of one outer entry take."""
        return -(-self.n_sites // self.sites)


def layout(n_outer: int, n_sites: int, n_classes: int, *, side_by_side: bool) -> Layout:
    """Choose the tile of a shape.

    Examples
    --------
    >>> layout(1, 65536, 1000, side_by_side=True)[4:]
    (8, 2, 1024, True, 4)
    >>> layout(1, 16384, 32000, side_by_side=True)[4:]
    (16, 1, 8192, False, 16)
    >>> layout(8, 512 * 512, 19, side_by_side=False)[4:]
    (1, 64, 32, True, 4)
    """
    unit = math.gcd(n_classes, 16) if side_by_side else 1
    power = max(2, 1 << (n_classes - 1).bit_length())
    kept = power <= (FEW if side_by_side else FEW_APART)
    classes = power if kept else (FEW if side_by_side else TILE // WIDE)
    sites = max(1 if side_by_side else WIDE, TILE // classes)
    return Layout(
        n_outer, n_sites, n_classes, side_by_side, unit, sites, classes, kept, sites * classes // 512
    )


@functools.partial(triton.jit, do_not_specialize=["ignore"])
def every_site(
    logits,
    labels,
    weight,
    class_weight,
    shift,
    scale,
    divisor,
    table,
    value,
    gradient,
    sums,
    n_sites,
    units,
    blocks,
    ignore,
    factor,
    LOSS: tl.constexpr,
    UNIT: tl.constexpr,
    SIDE_BY_SIDE: tl.constexpr,
    LONG: tl.constexpr,
    IGNORES: tl.constexpr,
    KEPT: tl.constexpr,
    SITES: tl.constexpr,
    CLASSES: tl.constexpr,
):
    """Go through one tile: read, the formulas at the labels' margins, and what was asked for."""
    n_classes = units * UNIT
    program = tl.program_id(0)
    outer = (program // blocks).to(tl.int64)
    first = (program % blocks) * SITES
    s = tl.arange(0, SITES)
    inside = s < n_sites - first
    site = outer * n_sites + first + s
    given = tl.load(labels + site, mask=inside, other=0).to(tl.int64)
    counts = inside
    if IGNORES:
        counts = inside & (given != ignore)
    good = counts & (given >= 0) & (given < n_classes)
    y = tl.where(good, given, 0).to(tl.int32)

    tile = outer * n_sites * n_classes
    if SIDE_BY_SIDE:
        tile += first.to(tl.int64) * n_classes
        rows = s * n_classes
    else:
        tile += first
        rows = s
    own_place = y.to(tl.int64)
    if not SIDE_BY_SIDE:
        own_place = own_place * n_sites
    own = tl.load(logits + tile + rows + own_place, mask=good, other=0.0).to(tl.float32)

    k = tl.arange(0, CLASSES)
    highest = tl.full([SITES], ABSENT, tl.float32)  # what goes off first, so that large logits stay exact
    top = tl.full([SITES], ABSENT, tl.float32)
    if KEPT:
        places = rows[:, None] + columns(k, n_sites, SIDE_BY_SIDE, LONG)[None, :]
        z = read(logits + tile + places, k, n_classes, good, inside, SIDE_BY_SIDE)
        if shift is not None and scale is None:
            highest = tl.max(z, axis=1)
        u = adjusted(z, k, n_classes, highest, shift, scale)
        is_label = k[None, :] == y[:, None]
        u = tl.where(is_label, ABSENT, u)
        top = tl.max(u, axis=1)
        e = tl.exp(u - known(top)[:, None])
        rest = tl.sum(e, axis=1)
    else:
        rest = tl.full([SITES], 0.0, tl.float32)
        for start in range(0, n_classes, CLASSES):
            j = start + k
            places = rows[:, None] + columns(j, n_sites, SIDE_BY_SIDE, LONG)[None, :]
            z = read(logits + tile + places, j, n_classes, good, inside, SIDE_BY_SIDE)
            if shift is not None and scale is None:
                higher = maximum(highest, tl.max(z, axis=1))
                top = top + (known(highest) - known(higher))
                highest = higher
            u = adjusted(z, j, n_classes, highest, shift, scale)
            is_label = j[None, :] == y[:, None]
            u = tl.where(is_label, ABSENT, u)
            higher_top = maximum(top, tl.max(u, axis=1))
            e = tl.exp(u - known(higher_top)[:, None])
            rest = rest * tl.exp(top - known(higher_top)) + tl.sum(e, axis=1)
            top = higher_top

    own = own - known(highest)
    if scale is not None:
        own = own * tl.load(scale + y).to(tl.float32)
    if shift is not None:
        own = own + tl.load(shift + y).to(tl.float32)
    by = factor + 0.0 * rest  # a number of the device's, as the argument may be Python's
    if divisor is not None:
        by = by / tl.load(divisor)
    if weight is not None:
        by = by * weight_of(tl.load(weight + site, mask=counts, other=0.0).to(tl.float32))
    if class_weight is not None:
        by = by * tl.load(class_weight + y).to(tl.float32)
    share = tl.where(good, by, tl.where(counts, float("nan"), 0.0))
    margin = own - known(top) - tl.where(rest == 0.0, ABSENT, LOSS.xp.log(rest))
    margin = tl.where(own < INFINITY, margin, float("nan"))
    rest = maximum(rest, LEAST)
    lp, lq, p, q = LOSS.point(LOSS.xp, tl.where(good, margin, 0.0))
    own_parameters = taken(LOSS, table, y, n_classes)
    v = share * LOSS.phi(LOSS.xp, lp, lq, p, q, *own_parameters)
    v = tl.where(counts, LOSS.unbounded(LOSS.xp, v), 0.0)
    if value is not None:
        tl.store(value + site, v, mask=inside)
    if sums is not None:
        tl.store(sums + program, tl.sum(v, axis=0))
    if gradient is not None:
        steep = share * LOSS.slope(LOSS.xp, lp, lq, p, q, *own_parameters)
        steep = tl.where(counts, steep, 0.0)
        spread = steep / rest
        if KEPT:
            g = tl.where(is_label, -steep[:, None], e * spread[:, None])
            if scale is not None:
                g = g * number_of(scale, k, n_classes)
            tl.store(gradient + tile + places, g, mask=inside[:, None] & (k < n_classes)[None, :])
        else:
            for start in range(0, n_classes, CLASSES):
                j = start + k
                places = rows[:, None] + columns(j, n_sites, SIDE_BY_SIDE, LONG)[None, :]
                z = read(logits + tile + places, j, n_classes, good, inside, SIDE_BY_SIDE)
                u = adjusted(z, j, n_classes, highest, shift, scale)
                is_label = j[None, :] == y[:, None]
                e = tl.exp(tl.where(is_label, ABSENT, u) - known(top)[:, None])
                g = tl.where(is_label, -steep[:, None], e * spread[:, None])
                if scale is not None:
                    g = g * number_of(scale, j, n_classes)
                tl.store(gradient + tile + places, g, mask=inside[:, None] & (j < n_classes)[None, :])


@device
def known(highest):
    """Return the highest of some logits, or 0 where all are minus infinity: what can be taken off them."""
    return tl.where(highest == ABSENT, 0.0, highest)


@triton.jit
def columns(k, n_sites, SIDE_BY_SIDE: tl.constexpr, LONG: tl.constexpr):
    """Return where classes lie in a row's memory, which may be too long for 32 bits."""
    places = k
    if not SIDE_BY_SIDE:
        if LONG:
            places = k.to(tl.int64)
        places = places * n_sites
    return places


@triton.jit
def read(places, k, n_classes, good, inside, SIDE_BY_SIDE: tl.constexpr):
    """Return logits, `ABSENT` where there is no class, and 0 where a row does not count."""
    there = (k < n_classes)[None, :]
    if SIDE_BY_SIDE:  # a whole row that does not count is not read
        z = tl.load(places, mask=good[:, None] & there, other=0.0)
    else:
        z = tl.load(places, mask=inside[:, None] & there, other=0.0)
    return tl.where(there, tl.where(good[:, None], z.to(tl.float32), 0.0), ABSENT)


@triton.jit
def adjusted(z, k, n_classes, highest, shift, scale):
    """Return ``scale z + shift`` less what goes off first; the logits themselves where neither is given."""
    u = z
    if scale is not None:
        u = z * number_of(scale, k, n_classes)
    if shift is not None:
        if scale is None:
            u = z - known(highest)[:, None]
        u = u + number_of(shift, k, n_classes)
    if (scale is not None) or (shift is not None):
        u = tl.where((k < n_classes)[None, :], u, ABSENT)
    return u


@triton.jit
def number_of(numbers, k, n_classes):
    """Return one number a class, as a row."""
    return tl.load(numbers + k, mask=k < n_classes, other=1.0).to(tl.float32)[None, :]
