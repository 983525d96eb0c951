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
from scarce.torch.checks import check_masses, check_weight, refuse_labels, refuse_targets, weighing_nan
from scarce.torch.differentiable import ClosedForm, pull_back, set_up
from scarce.torch.memory import HALVES, bits_of, line_of, room_for
from scarce.torch.narrow import Narrow
from scarce.torch.plan import Call, class_axis, plan_of
from scarce.torch.words import sides

if TYPE_CHECKING:
    from torch import Tensor

ARGUMENTS = (
    "(Tensor logits, Tensor target, Tensor? sample_weight, Tensor? class_weight, Tensor? logit_shift,"
    " Tensor? logit_scale, Tensor? divisor, str key, bool differentiated) -> (Tensor, Tensor)"
)


WHOLE_IN_SINGLE = 2**24  # up to here whole targets can be told apart in single precision


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
    if plan.kind == "sigmoid":
        return abs(plan.ignore_index or 0) <= WHOLE_IN_SINGLE
    return not isinstance(plan.modulation, Brier)


def sigmoid_kernel(call: Call, gradient: Tensor | None, times: float | None = None) -> tuple[Tensor, float]:
    """Return the loss, and by what the gradient is multiplied, which is written into memory of any type.

    Parameters
    ----------
    call : Call
        The inputs.
    gradient : Tensor, optional
        Where to write.
    times : float, optional
        By what to multiply the gradient. None leaves that to its type: 1, or for float16 what keeps it in its
        narrow range.
    """
    elements, _ = kernels()
    plan, z = plan_of(call.key), call.logits
    t = line_of(call.target, beside=z)
    weight = None
    if call.sample_weight is not None:
        check_weight(call.sample_weight)
        weight = line_of(_broadcast(call.sample_weight, z.shape), torch.float32)
    by = 1.0
    if call.divisor is not None:
        by = float(call.divisor)
    elif plan.reduction.startswith("mean"):
        positives = plan.reduction == "mean_positive"
        by = elements.counted(t, weight, plan.ignore_index, positives=positives)
        by = max(1.0, by) if positives else by or 1.0
    loss = _elements(call)
    if times is None:
        weights = loss.class_weight if loss.labels is None else (loss.labels[2:].max(), 0.0)
        scale = abs(loss.scale) if loss.labels is None else np.abs(loss.labels[0]).max()
        times = _within_range(gradient, plan, max(weights) * scale / by, weight)
    value = torch.from_numpy(np.empty(z.shape, np.float32)) if plan.reduction == "none" else None
    total, fault = elements.fused(
        loss,
        line_of(z, beside=z),
        t,
        weight,
        by,
        None if value is None else value.view(-1).numpy(),
        None if gradient is None else bits_of(gradient).reshape(-1),
        torch.get_num_threads(),
        times,
    )
    if fault >= 0:
        refuse_targets(call.target, plan.ignore_index)
    return _number(total) if value is None else value, times


def _number(value: float) -> Tensor:
    """Return a number beside the inputs, whatever PyTorch's default device."""
    return torch.tensor(value, dtype=torch.float32, device="cpu")


def _elements(call: Call) -> Any:
    """Return a sigmoid call's settings in numbers."""
    plain = _plain_elements(call.key)
    moved = (call.logit_scale, call.logit_shift)
    if call.class_weight is None and moved == (None, None):
        return plain
    one_for_all = all(x is None or x.numel() == 1 for x in moved)
    if one_for_all and (call.class_weight is None or call.class_weight.dim() == 1):
        weights = plain.class_weight if call.class_weight is None else tuple(call.class_weight.tolist())
        scale, shift = (
            otherwise if x is None else float(x) for x, otherwise in zip(moved, (1.0, 0.0), strict=True)
        )
        return plain._replace(class_weight=weights, scale=scale, shift=shift)
    axis = class_axis(call.logits)
    n_labels, columns = call.logits.shape[axis], math.prod(call.logits.shape[axis + 1 :])
    labels = np.ones((4, n_labels), np.float32)
    labels[1] = 0.0
    for row, x in enumerate(moved):
        if x is not None:
            labels[row] = x.numpy()
    if call.class_weight is not None:
        labels[2:] = call.class_weight.reshape(-1, 2).T.numpy()
    return plain._replace(labels=labels, columns=columns)


@functools.lru_cache(maxsize=256)
def _plain_elements(key: str) -> Any:
    """Return the settings of a sigmoid loss in numbers, but for those that travel as tensors."""
    elements, _ = kernels()
    plan = plan_of(key)
    negative, positive = sides(plan.modulation)
    return elements.Elements(
        plan.modulation.formulas,
        negative,
        positive,
        label_smoothing=plan.label_smoothing,
        ignore_index=plan.ignore_index,
    )


def softmax_kernel(call: Call, gradient: Tensor | None, times: float | None = None) -> tuple[Tensor, float]:
    """Do the same for a softmax loss; targets are labels or masses."""
    _, classes = kernels()
    plan, z, axis = plan_of(call.key), call.logits, class_axis(call.logits)
    shape = (1, *z.shape) if axis == 0 else tuple(z.shape)
    n_rows, n_classes, n_columns = shape[0], shape[1], math.prod(shape[2:])
    if call.target.dim() == z.dim():
        check_masses(call.target, axis)
        target = line_of(call.target, beside=z).reshape(n_rows, n_classes, n_columns)
    else:
        target = line_of(call.target, torch.int64).reshape(n_rows, n_columns)
    weight = None
    if call.sample_weight is not None:
        check_weight(call.sample_weight)
        rows = z.shape[:axis] + z.shape[axis + 1 :]
        weight = line_of(_broadcast(call.sample_weight, rows), torch.float32).reshape(n_rows, n_columns)
    table, whole = _table(call.key, n_classes)
    per_class = [_per_class(x, n_classes) for x in (call.class_weight, call.logit_shift, call.logit_scale)]
    loss = classes.Classes(
        plan.modulation.formulas, table, *per_class, plan.ignore_index, whole, plan.label_smoothing
    )
    by = 1.0
    if call.divisor is not None:
        by = float(call.divisor)
    elif plan.reduction.startswith("mean"):
        by = _softmax_divisor(plan, loss, target, weight)
    if times is None:
        bound = math.prod(1.0 if x is None else np.abs(x).max() for x in (per_class[0], per_class[2]))
        times = _within_range(gradient, plan, bound / by, weight)
    value = np.empty((n_rows, n_columns), np.float32)
    fault = classes.fused(
        loss,
        line_of(z, beside=z).reshape(n_rows, n_classes, n_columns),
        target,
        weight,
        by,
        value,
        None if gradient is None else bits_of(gradient).reshape(n_rows, n_classes, n_columns),
        torch.get_num_threads(),
        times,
    )
    if fault >= 0:
        refuse_labels(call.target, plan.ignore_index, n_classes)
    if plan.reduction == "none":
        return torch.from_numpy(value).view(z.shape[:axis] + z.shape[axis + 1 :]), times
    return _number(classes.summed(value.reshape(-1))), times


def _softmax_divisor(plan: Any, loss: Any, target: Any, weight: Any) -> float:
    """Return what a softmax's mean divides by."""
    _, classes = kernels()
    if target.ndim == 3:
        counted = functools.partial(classes.counted_mass, target, weight)
        if plan.reduction == "mean_positive":
            return max(1.0, _rows_counted(target, weight) - counted(None, plan.background))
        stated = counted(loss.class_weight)
    else:
        counted = functools.partial(classes.counted, target.reshape(-1), _line(weight))
        if plan.reduction == "mean_positive":
            return max(1.0, counted(None, plan.ignore_index, plan.background))
        stated = counted(loss.class_weight, plan.ignore_index)
    if plan.label_smoothing == 0.0:
        return stated or 1.0
    rows = _rows_counted(target, weight) if target.ndim == 3 else counted(None, plan.ignore_index)
    even = 1.0 if loss.class_weight is None else float(loss.class_weight.mean(dtype=np.float64))
    return (1.0 - plan.label_smoothing) * stated + plan.label_smoothing * even * rows or 1.0


def _rows_counted(mass: Any, weight: Any) -> float:
    return float(mass.shape[0] * mass.shape[2] if weight is None else weight.sum(dtype=np.float64))


def _within_range(gradient: Tensor | None, plan: Any, bound: float, weight: Any) -> float:
    """Return a power of two that takes a float16 gradient, unscaled so far, to the top of its range.

    The mean over a million rows would otherwise underflow before a `GradScaler`'s factor reaches it.
    """
    if gradient is None or gradient.dtype != torch.float16:
        return 1.0
    steepest = 1.0 + sum(max(map(abs, row)) for row in plan.modulation.parameters())
    heaviest = 1.0 if weight is None or not weight.size else float(np.abs(weight).max())
    most = bound * steepest * heaviest
    usable = math.isfinite(most) and most > 0.0
    return math.ldexp(1.0, TOP - math.frexp(most)[1]) if usable else 1.0


TOP = 14  # entries up to 2**14: float16 ends just below 2**16


def softmax_in_place(call: Call, *, differentiated: bool) -> tuple[Tensor, Tensor | None]:
    """Return the loss of logits in single precision, and the gradient: on a CPU it is written over them."""
    if call.logits.device.type in gpu.DEVICES:
        return gpu.softmax_loss(*call, differentiated)
    gradient = call.logits if differentiated else None
    return softmax_kernel(call, gradient)[0], gradient


def _line(values: Any) -> Any:
    return None if values is None else values.reshape(-1)


def _broadcast(weight: Tensor, shape: torch.Size) -> Tensor:
    return weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)


def _per_class(numbers: Tensor | None, n_classes: int) -> Any:
    if numbers is None:
        return None
    given = numbers.detach().numpy().astype(np.float32)  # by way of NumPy: a small batch feels it
    return given if given.ndim else np.full(n_classes, given)


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
    shape = ()
    if plan_of(key).reduction == "none":
        axis = class_axis(logits)
        per_row = logits.shape[:axis] + logits.shape[axis + 1 :]
        shape = per_row if plan_of(key).kind == "softmax" else logits.shape
    value = logits.new_empty(shape, dtype=torch.float32)
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


def _on_cpu(kernel: Any) -> Any:
    """Return a kernel as an operator computes: value and gradient, in single precision."""

    def compute(*arguments: Any) -> tuple[Tensor, Tensor]:
        call, differentiated = Call(*arguments[:-1]), arguments[-1]
        gradient = room_for(call.logits.shape if differentiated else (0,))
        return kernel(call, gradient if differentiated else None)[0], gradient

    return compute


def for_gpu(kernel: Any) -> Any:
    """Return the same for a GPU: by the closed form where a graph outlives the wish for the kernels."""

    def compute(*arguments: Any) -> tuple[Tensor, Tensor]:
        call, differentiated = Call(*arguments[:-1]), arguments[-1]
        if gpu.can_fuse(call):
            return kernel(*arguments)
        value, gradient = ClosedForm.forward(*weighing_nan(call), not call.target.is_floating_point())
        room = gpu.room(call.logits, call.key, differentiated)
        return value.to(torch.float32), room.copy_(gradient) if differentiated else room

    return compute


def _registered(name: str, on_cpu: Any, on_gpu: Any) -> Any:
    op = torch.library.custom_op(f"scarce::{name}", on_cpu, mutates_args=(), schema=ARGUMENTS)
    op.register_kernel("cuda", on_gpu)
    op.register_fake(_fake)
    op.register_autograd(_backward, setup_context=set_up)
    op.register_vmap(functools.partial(one_by_one, op))
    return op


_sigmoid_on_cpu, _softmax_on_cpu = _on_cpu(sigmoid_kernel), _on_cpu(softmax_kernel)
sigmoid_loss = _registered("sigmoid_loss", _sigmoid_on_cpu, for_gpu(gpu.sigmoid_loss))
softmax_loss = _registered("softmax_loss", _softmax_on_cpu, for_gpu(gpu.softmax_loss))


class _Fused(torch.autograd.Function):
    """The kernels without the operators' detour, which costs a small batch as much as the kernel itself."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, compute: Any, call: Call) -> tuple[Tensor, Tensor]:
        """Return the value and the gradient."""
        value, gradient = compute(*call, True)
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
    differentiated = call.logits.requires_grad and torch.is_grad_enabled()
    is_sigmoid = plan_of(call.key).kind == "sigmoid"
    if call.logits.device.type in gpu.DEVICES:
        compute = gpu.sigmoid_loss if is_sigmoid else gpu.softmax_loss
    else:
        kernel = sigmoid_kernel if is_sigmoid else softmax_kernel
        if not differentiated:
            return kernel(call, None)[0]
        if call.logits.dtype in HALVES:
            return Narrow.apply(call.logits, kernel, call)
        compute = _sigmoid_on_cpu if is_sigmoid else _softmax_on_cpu
    return _Fused.apply(call.logits, compute, call)[0] if differentiated else compute(*call, False)[0]


def fused_in_graph(call: Call) -> Tensor:
    """Return the same through a registered operator, which a compiled graph can hold."""
    op = sigmoid_loss if plan_of(call.key).kind == "sigmoid" else softmax_loss
    return op(*call, call.logits.requires_grad and torch.is_grad_enabled())[0]
