"""The kernels for tensors on a GPU: which calls they compute, what they are given, and how many programs run.

They are used only where `fused_on_gpu` or the environment asks for them, as they have not yet run on a GPU.
Nothing here waits for the device. Triton is imported with the first tensor that lies on one; where it is
missing, or the device is older than it serves, the closed forms in PyTorch operations compute instead.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
from typing import TYPE_CHECKING, Any

import torch

from scarce.errors import ScarceError
from scarce.losses.modulation import parameter_table
from scarce.torch.closed_forms import guarded
from scarce.torch.tensors import class_axis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from scarce.losses import Loss
    from scarce.torch.tensors import Call

DEVICES = ("cuda",)
"""The types of devices whose tensors go to these kernels."""

TYPES = (torch.float32, torch.bfloat16, torch.float16)
OLDEST_TRITON = (3, 4)  # which reads what a constant holds; PyTorch 2.8 brings it
OLDEST = (8, 0)  # the compute capability from which bfloat16 is native
BEYOND_32_BITS = 2**31
COUNTED_BLOCK = 4096  # elements of a program that only counts or scales

VARIABLE = "SCARCE_FUSED_ON_GPU"


def _asked_for() -> bool:
    """Return whether the environment asks for the kernels."""
    given = os.environ.get(VARIABLE, "")
    if given not in ("", "0", "1"):
        raise ScarceError("E501", parameter=VARIABLE, value=repr(given), allowed="0 or 1")
    return given == "1"


_is_on = _asked_for()


def fused_on_gpu(on: bool) -> bool:
    """Choose whether fused Triton kernels compute the losses of CUDA tensors; by default they do not.

    While they do not, the closed forms in PyTorch's own operations compute the same losses, in more passes
    and more memory. ``SCARCE_FUSED_ON_GPU=1`` in the environment chooses the kernels from the start.

    Parameters
    ----------
    on : bool
        Whether to use the kernels, in this process and from the next call on.

    Returns
    -------
    bool
        Whether they were used before.

    Raises
    ------
    ScarceError
        E501 for anything but True and False; also at the import of `scarce.torch` if the variable is neither
        0, 1 nor empty.

    Notes
    -----
    The kernels are tested in Triton's interpreter, on a CPU, and have not yet run on a GPU. A graph that was
    compiled by `torch.compile` while they were off keeps its closed forms.

    Examples
    --------
    >>> before = fused_on_gpu(True)
    >>> fused_on_gpu(before)
    True
    """
    global _is_on
    if not isinstance(on, bool):
        raise ScarceError("E501", parameter="on", value=repr(on), allowed="True or False")
    before, _is_on = _is_on, on
    return before


@functools.cache
def kernels() -> tuple[Any, Any] | None:
    """Return the kernels, or None where what they need is not installed."""
    try:
        from scarce.kernels import gpu_compiler, gpu_sigmoid, gpu_softmax
    except ScarceError:
        return None
    version = tuple(int(number) for number in gpu_compiler.triton.__version__.split(".")[:2])
    return (gpu_sigmoid, gpu_softmax) if version >= OLDEST_TRITON else None


@functools.cache
def _is_recent(device: torch.device) -> bool:
    return device.type != "cuda" or torch.cuda.get_device_capability(device) >= OLDEST


def is_here(tensor: Tensor) -> bool:
    """Return whether a tensor lies where these kernels run, and they are asked for."""
    return _is_on and tensor.device.type in DEVICES and _is_recent(tensor.device) and kernels() is not None


def can_fuse(call: Call) -> bool:
    """Return whether a kernel computes this call."""
    if call.logits.dtype not in TYPES or not is_here(call.logits):
        return False
    if call.loss.kind == "sigmoid":
        return True
    labelled = call.target.dim() < call.logits.dim() and not call.target.is_floating_point()
    return labelled and call.loss.label_smoothing == 0.0 and not call.loss.modulation.over_all_classes


def room(logits: Tensor, kind: str, differentiated: bool) -> Tensor:
    """Return memory for the gradient: in bfloat16 for bfloat16, which has the range, and else in single."""
    dtype = torch.bfloat16 if logits.dtype == torch.bfloat16 else torch.float32
    if not differentiated:
        return logits.new_empty(0, dtype=dtype)
    if kind == "softmax" and logits.dim() > 2:
        moved = logits.movedim(1, -1)
        if moved.is_contiguous():  # channels last: the gradient lies as the logits do
            return torch.empty(moved.shape, dtype=dtype, device=logits.device).movedim(-1, 1)
    return torch.empty(logits.shape, dtype=dtype, device=logits.device)


def sigmoid_loss(call: Call, differentiated: bool) -> tuple[Tensor, Tensor]:
    """Return a sigmoid loss and its gradient."""
    elements, _ = kernels()
    loss, sample_weight = call.loss, call.sample_weight
    z, t = call.logits.detach().contiguous(), _integers(call.target.detach().contiguous())
    n, floating = z.numel(), t.is_floating_point()
    weight = None if sample_weight is None else sample_weight.detach().contiguous()
    per_weight = 1 if weight is None else max(1, n // max(1, weight.numel()))
    numbers, by_label = _numbers_of_labels(z, *call.numbers)
    sides = map(tuple, parameter_table(loss.modulation, 2).T.tolist())
    functions = _functions(loss, sides)
    ignores, ignore = _ignored(loss.ignore_index, t)
    kind = {"TYPE": _type_of(t), "IGNORES": ignores}
    blocks = -(-n // elements.BLOCK)
    value = torch.empty_like(z, dtype=torch.float32) if loss.reduction == "none" else None
    sums = torch.empty(blocks, dtype=torch.float32, device=z.device) if value is None else None
    gradient = room(z, loss.kind, differentiated)
    mass = loss.reduction == "mean_positive"
    count = None
    if weight is not None or ignores or mass:
        count = functools.partial(
            _counted, t, weight, ignore=ignore, per_weight=per_weight, MASS=mass, **kind
        )
    by, factor = _division(call.divisor, loss.reduction, n, count)
    soft = elements.MASSES if loss.label_smoothing else (elements.EITHER if floating else elements.LABELS)
    if n:
        with _on(z):
            elements.every_element[(blocks,)](
                z,
                t,
                weight,
                *numbers,
                by,
                _table(loss, 2, z.device) if functions.tabled else None,
                value,
                gradient if differentiated else None,
                sums,
                n,
                per_weight,
                math.prod(z.shape[2:]),
                z.shape[class_axis(z)] if z.dim() else 1,
                ignore,
                factor,
                loss.label_smoothing,
                LOSS=functions,
                **kind,
                BY_LABEL=by_label,
                SOFT=soft,
                BLOCK=elements.BLOCK,
                num_warps=elements.WARPS,
                enable_fp_fusion=True,
            )
    return _total(sums) if value is None else value, gradient


def softmax_loss(call: Call, differentiated: bool) -> tuple[Tensor, Tensor]:
    """Return a softmax loss of labels, and its gradient."""
    _, classes = kernels()
    loss, axis, sample_weight = call.loss, class_axis(call.logits), call.sample_weight
    z, y = call.logits.detach(), _integers(call.target.detach().contiguous())
    if not z.movedim(axis, -1).is_contiguous():
        z = z.contiguous()
    side_by_side = z.movedim(axis, -1).is_contiguous()
    n_classes = z.shape[axis]
    outer, sites = (1, y.numel()) if side_by_side else (z.shape[0], math.prod(z.shape[2:]))
    tile = classes.layout(outer, sites, n_classes, side_by_side=side_by_side)
    weight = None
    if sample_weight is not None:
        given = sample_weight.detach()
        given = given.reshape(given.shape + (1,) * (y.dim() - given.dim()))
        weight = given.expand(y.shape).contiguous()
    numbers = [_per_class(x, n_classes) for x in call.numbers]
    functions = _functions(loss, _columns(loss, n_classes))
    ignores, ignore = _ignored(loss.ignore_index, y)
    value = torch.empty(y.shape, dtype=torch.float32, device=z.device) if loss.reduction == "none" else None
    programs = tile.n_outer * tile.blocks
    sums = torch.empty(programs, dtype=torch.float32, device=z.device) if value is None else None
    gradient = room(z, loss.kind, differentiated)
    foreground = loss.reduction == "mean_positive"
    count = None
    if weight is not None or numbers[0] is not None or ignores or foreground:
        rest = {"n_classes": n_classes, "ignore": ignore, "background": loss.background}
        rest |= {"TYPE": _type_of(y), "IGNORES": ignores, "FOREGROUND": foreground}
        count = functools.partial(_counted, y, weight, None if foreground else numbers[0], **rest)
    by, factor = _division(call.divisor, loss.reduction, y.numel(), count)
    if programs:
        with _on(z):
            classes.every_site[(programs,)](
                z,
                y,
                weight,
                *numbers,
                by,
                _table(loss, n_classes, z.device) if functions.tabled else None,
                value,
                gradient if differentiated else None,
                sums,
                sites,
                n_classes // tile.unit,
                tile.blocks,
                ignore,
                factor,
                LOSS=functions,
                UNIT=tile.unit,
                SIDE_BY_SIDE=side_by_side,
                LONG=n_classes * sites >= BEYOND_32_BITS,
                IGNORES=ignores,
                KEPT=tile.kept,
                SITES=tile.sites,
                CLASSES=tile.classes,
                num_warps=tile.warps,
                enable_fp_fusion=True,
            )
    return _total(sums) if value is None else value, gradient


def _functions(loss: Loss, of_classes: Iterable[tuple[float, ...]]) -> Any:
    """Return what a kernel is given of a loss."""
    from scarce.kernels.gpu_words import functions_of

    return functions_of(loss.modulation.formulas, *of_classes)


def scaled(gradient: Tensor, upstream: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a gradient times a number on the device, in a type: in its own memory where that is its type.

    The number is almost always 1, and a pass over the gradient costs as much as the loss. The processor
    cannot know without waiting, but the device can.
    """
    elements, _ = kernels()
    in_place = gradient.dtype == dtype
    result = gradient.detach() if in_place else torch.empty_like(gradient, dtype=dtype)
    n = gradient.numel()
    if n:
        with _on(gradient):
            elements.scaled_elements[(-(-n // COUNTED_BLOCK),)](
                gradient, upstream, result, n, IN_PLACE=in_place, BLOCK=COUNTED_BLOCK
            )
    return result


def can_scale(gradient: Tensor, upstream: Tensor) -> bool:
    """Return whether `scaled` serves: a number, and a gradient that fills its memory."""
    if upstream.dim() or gradient.dtype not in (torch.float32, torch.bfloat16) or not is_here(gradient):
        return False
    moved = gradient.movedim(1, -1) if gradient.dim() > 2 else gradient
    return gradient.is_contiguous() or moved.is_contiguous()


def _on(tensor: Tensor) -> Any:
    """Return a context in which kernels start on a tensor's device."""
    return torch.cuda.device(tensor.device) if tensor.is_cuda else contextlib.nullcontext()


def _division(
    divisor: Tensor | None, reduction: str, n: int, count: Callable[[], Tensor] | None
) -> tuple[Tensor | None, float]:
    """Return a number on the device to divide by, and one to multiply with; without a count all count 1."""
    if divisor is not None:
        return divisor.to(torch.float32), 1.0
    if not reduction.startswith("mean"):
        return None, 1.0
    return (None, 1.0 / max(1, n)) if count is None else (guarded(reduction, count()), 1.0)


def _counted(
    target: Tensor, weight: Tensor | None, class_weight: Tensor | None = None, **rest: Any
) -> Tensor:
    """Return the weights of the targets that count."""
    elements, _ = kernels()
    blocks = -(-target.numel() // COUNTED_BLOCK)
    sums = torch.empty(blocks, dtype=torch.float32, device=target.device)
    others = {"per_weight": 1, "n_classes": 1, "background": 0, "FOREGROUND": False, "MASS": False, **rest}
    if blocks:
        with _on(sums):
            elements.counted_targets[(blocks,)](
                target, weight, class_weight, sums, target.numel(), BLOCK=COUNTED_BLOCK, **others
            )
    return _total(sums)


def _total(sums: Tensor) -> Tensor:
    """Return the sum of the blocks' sums, the same in every run: no program adds to another's."""
    return sums.sum(dtype=torch.float64).to(torch.float32)


def _integers(target: Tensor) -> Tensor:
    """Return what a kernel can read: truth values as the bytes that they are."""
    return target.view(torch.uint8) if target.dtype == torch.bool else target


def _type_of(target: Tensor) -> Any:
    """Return the type to compare targets in."""
    from scarce.kernels.gpu_compiler import tl

    if target.is_floating_point():
        return tl.float32
    return tl.int32 if torch.iinfo(target.dtype).max < BEYOND_32_BITS else tl.int64


def _ignored(ignore_index: int | None, target: Tensor) -> tuple[bool, float | int]:
    """Return whether a target is ignored, and the number that says so."""
    number = ignore_index or 0
    return ignore_index is not None, float(number) if target.is_floating_point() else number


def _per_class(numbers: Tensor | None, n_classes: int) -> Tensor | None:
    return None if numbers is None else numbers.detach().to(torch.float32).expand(n_classes).contiguous()


def _numbers_of_labels(
    z: Tensor, class_weight: Tensor | None, shift: Tensor | None, scale: Tensor | None
) -> tuple[list[Tensor | None], bool]:
    """Return weights, shift and scale, one for all or one a label, and which."""
    given = [None if x is None else x.detach().to(torch.float32) for x in (class_weight, shift, scale)]
    weight, *others = given
    by_label = (weight is not None and weight.dim() == 2) or any(
        x is not None and x.numel() > 1 for x in others
    )
    if not by_label:
        return [None if x is None else x.contiguous() for x in given], False
    n_labels = z.shape[class_axis(z)]
    spread = [None if x is None else x.reshape(-1).expand(n_labels).contiguous() for x in others]
    return [None if weight is None else weight.expand(n_labels, 2).contiguous(), *spread], True


def _columns(loss: Loss, n_classes: int) -> list[tuple[float, ...]]:
    """Return the distinct parameters of the classes."""
    return sorted({tuple(column) for column in parameter_table(loss.modulation, n_classes).T.tolist()})


def _table(loss: Loss, n_classes: int, device: torch.device) -> Tensor:
    """Return the parameters of the classes, kept on the device."""
    place = (n_classes, device)
    if place not in loss.memory:
        table = parameter_table(loss.modulation, n_classes)
        loss.memory[place] = torch.tensor(table, dtype=torch.float32, device=device)
    return loss.memory[place]
