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
from scarce.torch.tensors import class_axis, spread

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss
    from scarce.losses.numbers import Numbers
    from scarce.torch.tensors import Call

DEVICES = ("cuda",)
"""The types of devices whose tensors go to these kernels."""

TYPES = (torch.float32, torch.bfloat16, torch.float16)
OLDEST_TRITON = (3, 4)  # which reads what a constant holds; PyTorch 2.8 brings it
OLDEST = (8, 0)  # the compute capability from which bfloat16 is native
BEYOND_32_BITS = 2**31
COUNTED_BLOCK = 4096  # elements of a program that only counts or scales

VARIABLE = "SCARCE_FUSED_ON_GPU"
_asked = os.environ.get(VARIABLE, "")
if _asked not in ("", "0", "1"):
    raise ScarceError("E501", parameter=VARIABLE, value=repr(_asked), allowed="0 or 1")
_is_on = _asked == "1"


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
    loss = call.loss
    if loss.kind == "sigmoid":
        return True
    return not (call.by_class or loss.label_smoothing or loss.modulation.over_all_classes)


def room(logits: Tensor, kind: str, differentiated: bool) -> Tensor:
    """Return memory for the gradient: in bfloat16 for bfloat16, which has the range, and else in single."""
    dtype = torch.bfloat16 if logits.dtype == torch.bfloat16 else torch.float32
    if not differentiated:
        return logits.new_empty(0, dtype=dtype)
    moved = logits.movedim(1, -1) if kind == "softmax" and logits.dim() > 2 else logits
    if moved is not logits and moved.is_contiguous():  # channels last: the gradient lies as the logits do
        return moved.new_empty(moved.shape, dtype=dtype).movedim(-1, 1)
    return logits.new_empty(logits.shape, dtype=dtype)


def sigmoid_loss(call: Call, differentiated: bool) -> tuple[Tensor, Tensor]:
    """Return a sigmoid loss and its gradient."""
    elements, _ = kernels()
    loss, z, t = call.loss, call.logits.detach().contiguous(), _integers(call.target)
    n = z.numel()
    weight = None if call.sample_weight is None else call.sample_weight.detach().contiguous()
    per_weight = 1 if weight is None else max(1, n // max(1, weight.numel()))
    numbers, by_label = _numbers_of_labels(z, call.numbers)
    functions, table = _functions(loss, 2, z.device)
    kind = _kind_of(loss, t)
    masses = {"per_weight": per_weight, "MASS": loss.reduction == "mean_positive"}
    by, factor = _division(call, t, weight, None, **masses, **kind)
    soft = elements.EITHER if t.is_floating_point() else elements.LABELS
    return _computed(
        elements.every_element,
        -(-n // elements.BLOCK),
        loss,
        (z, t, weight, *numbers, by, table),
        differentiated,
        (n, per_weight, math.prod(z.shape[2:]), z.shape[class_axis(z)] if z.dim() else 1),
        factor=factor,
        smoothing=loss.label_smoothing,
        LOSS=functions,
        **kind,
        BY_LABEL=by_label,
        SOFT=elements.MASSES if loss.label_smoothing else soft,
        BLOCK=elements.BLOCK,
        num_warps=elements.WARPS,
    )


def softmax_loss(call: Call, differentiated: bool) -> tuple[Tensor, Tensor]:
    """Return a softmax loss of labels, and its gradient."""
    _, classes = kernels()
    loss, axis, z, y = call.loss, class_axis(call.logits), call.logits.detach(), _integers(call.target)
    if not z.movedim(axis, -1).is_contiguous():
        z = z.contiguous()
    side_by_side = z.movedim(axis, -1).is_contiguous()
    n_classes = z.shape[axis]
    outer, sites = (1, y.numel()) if side_by_side else (z.shape[0], math.prod(z.shape[2:]))
    tile = classes.layout(outer, sites, n_classes, side_by_side=side_by_side)
    weight = call.sample_weight
    weight = None if weight is None else spread(weight.detach(), y.shape).contiguous()
    numbers = [_single(x, n_classes) for x in call.numbers]
    functions, table = _functions(loss, n_classes, z.device)
    kind = _kind_of(loss, y)
    foreground = loss.reduction == "mean_positive"
    others = {"n_classes": n_classes, "background": loss.background, "FOREGROUND": foreground}
    by, factor = _division(call, y, weight, None if foreground else numbers[0], **others, **kind)
    return _computed(
        classes.every_site,
        tile.n_outer * tile.blocks,
        loss,
        (z, y, weight, *numbers, by, table),
        differentiated,
        (sites, n_classes // tile.unit, tile.blocks),
        factor=factor,
        LOSS=functions,
        ignore=kind["ignore"],
        IGNORES=kind["IGNORES"],
        UNIT=tile.unit,
        SIDE_BY_SIDE=side_by_side,
        LONG=n_classes * sites >= BEYOND_32_BITS,
        KEPT=tile.kept,
        SITES=tile.sites,
        CLASSES=tile.classes,
        num_warps=tile.warps,
    )


KERNELS = {"sigmoid": sigmoid_loss, "softmax": softmax_loss}
"""The kernel of a loss, by its kind."""


def scaled(gradient: Tensor, upstream: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a gradient times a number on the device, in a type: in its own memory where that is its type.

    The number is almost always 1, and a pass over the gradient costs as much as the loss. The processor
    cannot know without waiting, but the device can.
    """
    elements, _ = kernels()
    in_place = gradient.dtype == dtype
    result = gradient.detach() if in_place else torch.empty_like(gradient, dtype=dtype)
    n, settings = gradient.numel(), {"IN_PLACE": in_place, "BLOCK": COUNTED_BLOCK}
    _run(elements.scaled_elements, -(-n // COUNTED_BLOCK), gradient, upstream, result, n, **settings)
    return result


def can_scale(gradient: Tensor, upstream: Tensor) -> bool:
    """Return whether `scaled` serves: a number, and a gradient that fills its memory."""
    if upstream.dim() or gradient.dtype not in (torch.float32, torch.bfloat16) or not is_here(gradient):
        return False
    moved = gradient.movedim(1, -1) if gradient.dim() > 2 else gradient
    return gradient.is_contiguous() or moved.is_contiguous()


def _run(kernel: Any, programs: int, tensor: Tensor, *arguments: Any, **settings: Any) -> None:
    """Run so many programs of a kernel, where its first argument lies."""
    with torch.cuda.device(tensor.device) if tensor.is_cuda else contextlib.nullcontext():
        if programs:
            kernel[(programs,)](tensor, *arguments, **settings)


def _computed(
    kernel: Any,
    programs: int,
    loss: Loss,
    inputs: tuple[Any, ...],
    differentiated: bool,
    sizes: tuple[int, ...],
    **settings: Any,
) -> tuple[Tensor, Tensor]:
    """Run a kernel and return every value or their sum, and the gradient."""
    logits, target, *_ = inputs
    gradient, by_row = room(logits, loss.kind, differentiated), loss.reduction == "none"
    value = torch.empty(target.shape if by_row else programs, dtype=torch.float32, device=target.device)
    outputs = (value if by_row else None, gradient if differentiated else None, None if by_row else value)
    _run(kernel, programs, *inputs, *outputs, *sizes, enable_fp_fusion=True, **settings)
    return value if by_row else _total(value), gradient


def _division(
    call: Call, target: Tensor, weight: Tensor | None, class_weight: Tensor | None, **rest: Any
) -> tuple[Tensor | None, float]:
    """Return a number on the device to divide by, and one to multiply with."""
    n, reduction = target.numel(), call.loss.reduction
    if call.divisor is not None:
        return call.divisor.to(torch.float32), 1.0
    if not reduction.startswith("mean"):
        return None, 1.0
    if reduction == "mean" and weight is None and class_weight is None and not rest["IGNORES"]:
        return None, 1.0 / max(1, n)  # all count 1
    elements, _ = kernels()
    sums = torch.empty(-(-n // COUNTED_BLOCK), dtype=torch.float32, device=target.device)
    others = {"per_weight": 1, "n_classes": 1, "background": 0, "FOREGROUND": False, "MASS": False}
    others |= {"BLOCK": COUNTED_BLOCK, **rest}
    _run(elements.counted_targets, len(sums), target, weight, class_weight, sums, n, **others)
    return guarded(reduction, _total(sums)), 1.0


def _total(sums: Tensor) -> Tensor:
    """Return the sum of the blocks' sums, the same in every run: no program adds to another's."""
    return sums.sum(dtype=torch.float64).to(torch.float32)


def _integers(target: Tensor) -> Tensor:
    """Return what a kernel can read: truth values as the bytes that they are."""
    target = target.detach().contiguous()
    return target.view(torch.uint8) if target.dtype == torch.bool else target


def _kind_of(loss: Loss, target: Tensor) -> dict[str, Any]:
    """Return the type to compare targets in, whether one is ignored, and the number that says so."""
    from scarce.kernels.gpu_compiler import tl

    number, whole = loss.ignore_index or 0, not target.is_floating_point()
    kind = tl.float32
    if whole:
        kind = tl.int32 if torch.iinfo(target.dtype).max < BEYOND_32_BITS else tl.int64
    ignore = number if whole else float(number)
    return {"TYPE": kind, "IGNORES": loss.ignore_index is not None, "ignore": ignore}


def _single(numbers: Tensor | None, *shape: int) -> Tensor | None:
    """Return numbers in single precision, each in its place of a shape if there is one."""
    numbers = None if numbers is None else numbers.detach().to(torch.float32)
    return numbers if numbers is None else numbers.expand(shape or numbers.shape).contiguous()


def _numbers_of_labels(z: Tensor, numbers: Numbers) -> tuple[list[Tensor | None], bool]:
    """Return weights, shift and scale, one for all or one a label, and which."""
    weight, *others = numbers
    sizes = [1 if x is None else x.numel() for x in others]
    if max(sizes) <= 1 and (weight is None or weight.dim() == 1):
        return [_single(x) for x in numbers], False
    n = z.shape[class_axis(z)]
    return [_single(weight, n, 2), *(_single(x, n) for x in others)], True


def _functions(loss: Loss, n_classes: int, device: torch.device) -> tuple[Any, Tensor | None]:
    """Return what a kernel is given of a loss, and the classes' parameters, where it reads them."""
    from scarce.kernels.gpu_words import functions_of

    table = parameter_table(loss.modulation, n_classes)
    columns = [tuple(column) for column in table.T.tolist()]
    if loss.kind == "softmax":
        columns = sorted(set(columns))
    functions = functions_of(loss.modulation.formulas, *columns)
    place = (n_classes, device)
    if functions.tabled and place not in loss.memory:
        loss.memory[place] = torch.tensor(table, dtype=torch.float32, device=device)
    return functions, loss.memory[place] if functions.tabled else None
