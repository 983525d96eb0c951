"""The kernels as registered operators, `torch.ops.scarce.sigmoid_loss` and `softmax_loss`, on CPU tensors.

Each returns the loss and its gradient in single precision. They have a fake, an autograd and a vmap rule, so
that they go through `torch.compile`, `torch.export` and `torch.func`. Call them through `scarce.torch`: their
gradient is scaled in place when the graph is let go.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from scarce.errors import ScarceError
from scarce.losses.modulation import Brier, parameter_table
from scarce.torch import gpu
from scarce.torch.differentiable import pull_back, set_up
from scarce.torch.plan import class_axis, plan_of
from scarce.torch.words import sides

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.plan import Call

AS_THEY_ARE = (torch.float32, torch.int64)
"""Types of targets that the kernels read; every further one would be compiled anew."""

ARGUMENTS = (
    "(Tensor logits, Tensor target, Tensor? sample_weight, Tensor? class_weight, Tensor? logit_shift,"
    " Tensor? logit_scale, Tensor? divisor, str key, bool differentiated) -> (Tensor, Tensor)"
)


@functools.cache
def kernels() -> tuple[Any, Any] | None:
    """Return the kernels, or None where their compiler is not installed."""
    try:
        from scarce.kernels import classes, elements
    except ScarceError:
        return None
    return elements, classes


def can_fuse(call: Call) -> bool:
    """Return whether a kernel computes this call."""
    if call.logits.device.type in gpu.DEVICES:
        return gpu.can_fuse(call)
    if call.logits.device.type != "cpu" or call.logits.dtype == torch.float64 or kernels() is None:
        return False
    plan = plan_of(call.key)
    if plan.kind == "softmax":
        labelled = call.target.dim() < call.logits.dim()
        return labelled and plan.label_smoothing == 0.0 and not isinstance(plan.modulation, Brier)
    numbers = (call.logit_shift, call.logit_scale)
    one_for_all = all(number is None or number.numel() == 1 for number in numbers)
    return one_for_all and (call.class_weight is None or call.class_weight.dim() == 1)


def _sigmoid_loss(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    logit_shift: Tensor | None,
    logit_scale: Tensor | None,
    divisor: Tensor | None,
    key: str,
    differentiated: bool,
) -> tuple[Tensor, Tensor]:
    elements, _ = kernels()
    plan = plan_of(key)
    z, t = _flat(logits, torch.float32), _flat(target)
    weight = None if sample_weight is None else _flat(_broadcast(sample_weight, logits.shape), torch.float32)
    by = 1.0
    if divisor is not None:
        by = float(divisor)
    elif plan.reduction.startswith("mean"):
        positives = plan.reduction == "mean_positive"
        by = elements.counted(t, weight, plan.ignore_index, positives=positives)
        by = max(1.0, by) if positives else by or 1.0
    negative, positive = sides(plan.modulation)
    loss = elements.Elements(
        plan.modulation.formulas,
        negative,
        positive,
        (1.0, 1.0) if class_weight is None else tuple(class_weight.tolist()),
        1.0 if logit_scale is None else float(logit_scale),
        0.0 if logit_shift is None else float(logit_shift),
        plan.label_smoothing,
        plan.ignore_index,
    )
    gradient = _room(logits.shape if differentiated else (0,))
    value = torch.empty(logits.shape, dtype=torch.float32) if plan.reduction == "none" else None
    total, fault = elements.fused(
        loss,
        z,
        t,
        weight,
        by,
        None if value is None else value.view(-1).numpy(),
        gradient.view(-1).numpy() if differentiated else None,
        torch.get_num_threads(),
    )
    if fault >= 0:
        refuse_targets(target, plan.ignore_index)
    return torch.tensor(total, dtype=torch.float32) if value is None else value, gradient


def _softmax_loss(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    logit_shift: Tensor | None,
    logit_scale: Tensor | None,
    divisor: Tensor | None,
    key: str,
    differentiated: bool,
    room: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    _, classes = kernels()
    plan, axis = plan_of(key), class_axis(logits)
    shape = (1, *logits.shape) if axis == 0 else tuple(logits.shape)
    n_rows, n_classes, n_columns = shape[0], shape[1], math.prod(shape[2:])
    labels = _flat(target, torch.int64).reshape(n_rows, n_columns)
    weight = None
    if sample_weight is not None:
        weight = _flat(_broadcast(sample_weight, target.shape), torch.float32).reshape(n_rows, n_columns)
    per_class = [_per_class(x, n_classes) for x in (class_weight, logit_shift, logit_scale)]
    by = 1.0
    if divisor is not None:
        by = float(divisor)
    elif plan.reduction == "mean":
        by = classes.counted(_line(labels), _line(weight), per_class[0], plan.ignore_index) or 1.0
    elif plan.reduction == "mean_positive":
        by = classes.counted(_line(labels), _line(weight), None, plan.ignore_index, plan.background)
        by = max(1.0, by)
    table, whole = _table(key, n_classes)
    loss = classes.Classes(plan.modulation.formulas, table, *per_class, plan.ignore_index, whole)
    value = np.empty((n_rows, n_columns), np.float32)
    gradient = _room(logits.shape if differentiated else (0,)) if room is None else room
    fault = classes.fused(
        loss,
        _flat(logits, torch.float32).reshape(n_rows, n_classes, n_columns),
        labels,
        weight,
        by,
        value,
        gradient.numpy().reshape(n_rows, n_classes, n_columns) if differentiated else None,
        torch.get_num_threads(),
    )
    if fault >= 0:
        refuse_labels(target, plan.ignore_index, n_classes)
    if plan.reduction == "none":
        return torch.from_numpy(value).view(target.shape), gradient
    return torch.tensor(classes.total(value.reshape(-1)), dtype=torch.float32), gradient


def softmax_in_place(call: Call, *, differentiated: bool) -> tuple[Tensor, Tensor | None]:
    """Return the loss of logits in single precision, and the gradient, which is written over them."""
    if not differentiated:
        return _softmax_loss(*call, False)[0], None
    return _softmax_loss(*call, True, room=call.logits)


def refuse_targets(target: Tensor, ignore_index: int | None) -> None:
    """Raise the error of the first target that is not 0, 1 or a probability, if there is one."""
    bad = ~((target >= 0) & (target <= 1))
    if ignore_index is not None:
        bad &= target != ignore_index
    for place in bad.nonzero()[:1].tolist():
        value, where = target[tuple(place)].item(), ",".join(map(str, place))
        if target.is_floating_point():
            raise ScarceError("E521", place=where, what=f"{value:g}")
        raise ScarceError("E504", place=where, value=value, classes="0 and 1")


def refuse_labels(target: Tensor, ignore_index: int | None, n_classes: int) -> None:
    """Raise the error of the first label that is not a class, if there is one."""
    bad = (target < 0) | (target >= n_classes)
    if ignore_index is not None:
        bad &= target != ignore_index
    for place in bad.nonzero()[:1].tolist():
        value, where = target[tuple(place)].item(), ",".join(map(str, place))
        raise ScarceError("E504", place=where, value=value, classes=f"0 to {n_classes - 1}")


def _flat(tensor: Tensor, dtype: torch.dtype | None = None) -> Any:
    """Return a tensor's own memory as a line, or a copy of it where its layout or type is another."""
    given = tensor.detach()
    if dtype is None and given.dtype not in AS_THEY_ARE:
        dtype = torch.float32
    if dtype is not None and given.dtype != dtype:
        given = given.to(dtype)
    return (given if given.is_contiguous() else given.contiguous()).numpy().reshape(-1)


def _room(shape: Any) -> Tensor:
    """Return memory for a gradient, from NumPy: it asks for large pages, and small ones cost a third more."""
    return torch.from_numpy(np.empty(shape, np.float32))


def _line(values: Any) -> Any:
    return None if values is None else values.reshape(-1)


def _broadcast(weight: Tensor, shape: torch.Size) -> Tensor:
    return weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)


def _per_class(numbers: Tensor | None, n_classes: int) -> Any:
    if numbers is None:
        return None
    return numbers.detach().to(torch.float32).expand(n_classes).contiguous().numpy()


@functools.lru_cache(maxsize=256)
def _table(key: str, n_classes: int) -> tuple[Any, bool]:
    """Return the parameters of every class, and whether they ask for whole powers only."""
    from scarce.kernels.exponents import WHOLE, words_for

    modulation = plan_of(key).modulation
    table = parameter_table(modulation, n_classes)
    distinct = {tuple(column) for column in table.T.tolist()}
    return table.astype(np.float32), words_for(modulation.formulas, *sorted(distinct)) is WHOLE


def _fake(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    logit_shift: Tensor | None,
    logit_scale: Tensor | None,
    divisor: Tensor | None,
    key: str,
    differentiated: bool,
) -> tuple[Tensor, Tensor]:
    """Return tensors of the right shapes and types, without numbers."""
    value = logits.new_empty(target.shape if plan_of(key).reduction == "none" else (), dtype=torch.float32)
    if logits.device.type in gpu.DEVICES:
        return value, gpu.room(logits, key, differentiated)
    return value, logits.new_empty(logits.shape if differentiated else 0, dtype=torch.float32)


def _backward(ctx: Any, of_value: Tensor | None, of_gradient: Tensor | None) -> tuple[Any, ...]:
    return (pull_back(ctx, of_value, of_gradient), *(None,) * 8)


def one_by_one(op: Any, info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Any, Any]:
    """Go through a mapped axis: each entry is a call of its own, with its own mean."""
    parts = []
    for i in range(info.batch_size):
        chosen = (a if d is None else a.select(d, i) for a, d in zip(arguments, in_dims, strict=True))
        parts.append(op(*chosen))
    results = tuple(torch.stack(part) for part in zip(*parts, strict=True))
    return results, (0,) * len(results)


def _registered(name: str, kernel: Any, on_gpu: Any) -> Any:
    op = torch.library.custom_op(f"scarce::{name}", kernel, mutates_args=(), schema=ARGUMENTS)
    op.register_kernel("cuda", on_gpu)
    op.register_fake(_fake)
    op.register_autograd(_backward, setup_context=set_up)
    op.register_vmap(functools.partial(one_by_one, op))
    return op


sigmoid_loss = _registered("sigmoid_loss", _sigmoid_loss, gpu.sigmoid_loss)
softmax_loss = _registered("softmax_loss", _softmax_loss, gpu.softmax_loss)

KERNELS = {"cpu": (_sigmoid_loss, _softmax_loss), "gpu": (gpu.sigmoid_loss, gpu.softmax_loss)}


class _Fused(torch.autograd.Function):
    """The kernels without the operators' detour, which costs a small batch as much as the kernel itself."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, kernel: Any, call: Call) -> tuple[Tensor, Tensor]:
        """Return the value and the gradient."""
        value, gradient = kernel(*call, True)
        ctx.set_materialize_grads(False)
        ctx.key = call.key
        ctx.save_for_backward(logits, *call[1:7], gradient)
        return value, gradient

    @staticmethod
    def backward(ctx: Any, of_value: Tensor | None, of_gradient: Tensor | None) -> tuple[Any, ...]:
        """Return the derivative in the logits."""
        return pull_back(ctx, of_value, of_gradient), None, None


def fused(call: Call) -> Tensor:
    """Return the loss of plain tensors by a kernel; its gradient is computed only if it is wanted."""
    on_gpu = call.logits.device.type in gpu.DEVICES
    sigmoid_kernel, softmax_kernel = KERNELS["gpu" if on_gpu else "cpu"]
    kernel = sigmoid_kernel if plan_of(call.key).kind == "sigmoid" else softmax_kernel
    if call.logits.requires_grad and torch.is_grad_enabled():
        return _Fused.apply(call.logits, kernel, call)[0]
    return kernel(*call, False)[0]


def fused_in_graph(call: Call) -> Tensor:
    """Return the same through a registered operator, which a compiled graph can hold."""
    op = sigmoid_loss if plan_of(call.key).kind == "sigmoid" else softmax_loss
    return op(*call, call.logits.requires_grad and torch.is_grad_enabled())[0]
