"""The losses of CPU tensors by compiled kernels, on the tensors' own memory; value and gradient in one pass.

In half precision the gradient is kept in the logits' type, and rounded to it once. bfloat16 reaches as far
down as single precision. float16 does not: the mean over a million rows underflows before the factor of a
`GradScaler` reaches it. So a float16 gradient is kept a power of two larger, as large as its range allows.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from scarce.errors import ScarceError
from scarce.losses.modulation import parameter_table
from scarce.torch.cpu_memory import line_of
from scarce.torch.tensors import (
    Call,
    check_masses,
    check_weight,
    class_axis,
    refuse_labels,
    refuse_targets,
    row_shape,
    spread,
)

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss

WHOLE_IN_SINGLE = 2**24  # up to here whole targets can be told apart in single precision


@functools.cache
def kernels() -> tuple[Any, Any] | None:
    """Return the kernels, or None where their compiler is not installed."""
    try:
        from scarce.kernels import sigmoid_elements, softmax_pass
    except ScarceError:
        return None
    return sigmoid_elements, softmax_pass


def can_fuse(call: Call) -> bool:
    """Return whether a kernel computes this call."""
    if call.logits.dtype == torch.float64 or kernels() is None:
        return False
    if call.loss.kind == "sigmoid":
        return abs(call.loss.ignore_index or 0) <= WHOLE_IN_SINGLE
    return not call.loss.modulation.over_all_classes


def sigmoid_loss(call: Call, gradient: Tensor | None, times: float | None = None) -> tuple[Tensor, float]:
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
    loss, z = call.loss, call.logits
    t = line_of(call.target, beside=z)
    weight = None
    if call.sample_weight is not None:
        check_weight(call.sample_weight)
        weight = line_of(spread(call.sample_weight, z.shape), torch.float32)
    by = 1.0
    if call.divisor is not None:
        by = float(call.divisor)
    elif loss.reduction.startswith("mean"):
        positives = loss.reduction == "mean_positive"
        by = elements.counted(t, weight, loss.ignore_index, positives=positives)
        by = max(1.0, by) if positives else by or 1.0
    settings = _elements(call)
    if times is None:
        times, labels = 1.0, settings.labels
        if z.dtype == torch.float16:
            numbers = (settings.class_weight, settings.scale) if labels is None else (labels[2:], labels[0])
            times = _within_range(gradient, loss, by, *numbers, weight)
    value = torch.from_numpy(np.empty(z.shape, np.float32)) if loss.reduction == "none" else None
    total, fault = elements.fused(
        settings,
        line_of(z, beside=z),
        t,
        weight,
        by,
        None if value is None else value.view(-1).numpy(),
        None if gradient is None else line_of(gradient, beside=z),
        torch.get_num_threads(),
        times,
    )
    if fault >= 0:
        refuse_targets(call.target, loss.ignore_index)
    return torch.tensor(total, dtype=torch.float32, device="cpu") if value is None else value, times


def _elements(call: Call) -> Any:
    """Return a sigmoid call's settings in numbers."""
    plain = call.loss.memory.get("elements") or _plain_elements(call.loss)
    class_weight, shift, scale = call.numbers
    if class_weight is None and shift is None and scale is None:
        return plain
    one_for_all = (shift is None or shift.numel() == 1) and (scale is None or scale.numel() == 1)
    if one_for_all and (class_weight is None or class_weight.dim() == 1):
        return plain._replace(
            class_weight=plain.class_weight if class_weight is None else tuple(class_weight.tolist()),
            scale=1.0 if scale is None else float(scale),
            shift=0.0 if shift is None else float(shift),
        )
    axis = class_axis(call.logits)
    n_labels, columns = call.logits.shape[axis], math.prod(call.logits.shape[axis + 1 :])
    labels = np.ones((4, n_labels), np.float32)
    labels[0] = 1.0 if scale is None else scale.numpy()
    labels[1] = 0.0 if shift is None else shift.numpy()
    if class_weight is not None:
        labels[2:] = class_weight.reshape(-1, 2).T.numpy()
    return plain._replace(labels=labels, columns=columns)


def _plain_elements(loss: Loss) -> Any:
    """Return the settings of a sigmoid loss in numbers, but for those that travel as tensors."""
    elements, _ = kernels()
    negative, positive = map(tuple, parameter_table(loss.modulation, 2).T.tolist())
    settings = elements.Elements(
        loss.modulation.formulas,
        negative,
        positive,
        label_smoothing=loss.label_smoothing,
        ignore_index=loss.ignore_index,
    )
    return loss.memory.setdefault("elements", settings)


def softmax_loss(call: Call, gradient: Tensor | None, times: float | None = None) -> tuple[Tensor, float]:
    """Return the same of a softmax loss, whose targets are labels or masses."""
    _, classes = kernels()
    loss, z = call.loss, call.logits
    axis = 1 if z.dim() > 1 else 0
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
        weight = spread(call.sample_weight, row_shape(call))
        weight = line_of(weight, torch.float32).reshape(n_rows, n_columns)
    settings = loss.memory.get(n_classes) or _plain_classes(loss, n_classes)
    numbers = _per_class(call, n_classes)
    settings = settings._replace(**numbers) if numbers else settings
    by = 1.0
    if call.divisor is not None:
        by = float(call.divisor)
    elif loss.reduction.startswith("mean"):
        by = _softmax_divisor(loss, settings, target, weight)
    if times is None:
        times = 1.0
        if z.dtype == torch.float16:
            times = _within_range(gradient, loss, by, settings.class_weight, settings.scale, weight)
    value = np.empty((n_rows, n_columns), np.float32)
    fault = classes.fused(
        settings,
        line_of(z, beside=z).reshape(n_rows, n_classes, n_columns),
        target,
        weight,
        by,
        value,
        None if gradient is None else line_of(gradient, beside=z).reshape(n_rows, n_classes, n_columns),
        torch.get_num_threads(),
        times,
    )
    if fault >= 0:
        refuse_labels(call.target, loss.ignore_index, n_classes)
    if loss.reduction == "none":
        return torch.from_numpy(value).view(row_shape(call)), times
    total = classes.summed(value.reshape(-1))
    return torch.tensor(total, dtype=torch.float32, device="cpu"), times


def _softmax_divisor(loss: Any, settings: Any, target: Any, weight: Any) -> float:
    """Return what a softmax's mean divides by."""
    _, classes = kernels()
    ignore = classes.NOTHING if loss.ignore_index is None else loss.ignore_index
    if target.ndim == 3:
        counted = functools.partial(classes.counted_mass, target, weight)
        if loss.reduction == "mean_positive":
            return max(1.0, _rows_counted(target, weight) - counted(None, loss.background))
        stated = counted(settings.class_weight)
    else:
        counted = functools.partial(
            classes.counted, target.reshape(-1), None if weight is None else weight.reshape(-1)
        )
        if loss.reduction == "mean_positive":
            return max(1.0, counted(None, ignore, loss.background))
        stated = counted(settings.class_weight, ignore, classes.NOTHING)
    if loss.label_smoothing == 0.0:
        return stated or 1.0
    rows = _rows_counted(target, weight) if target.ndim == 3 else counted(None, ignore, classes.NOTHING)
    even = 1.0 if settings.class_weight is None else float(settings.class_weight.mean(dtype=np.float64))
    return (1.0 - loss.label_smoothing) * stated + loss.label_smoothing * even * rows or 1.0


def _rows_counted(mass: Any, weight: Any) -> float:
    return float(mass.shape[0] * mass.shape[2] if weight is None else weight.sum(dtype=np.float64))


def _within_range(gradient: Tensor | None, loss: Any, by: float, *factors: Any) -> float:
    """Return a power of two that takes a float16 gradient, unscaled so far, to the top of its range."""
    if gradient is None or gradient.dtype != torch.float16:
        return 1.0  # a pass that is written over single precision
    most = loss.modulation.slope_bound / by
    for factor in factors:
        most *= 1.0 if factor is None or not np.size(factor) else float(np.abs(factor).max())
    usable = math.isfinite(most) and most > 0.0
    return math.ldexp(1.0, TOP - math.frexp(most)[1]) if usable else 1.0


TOP = 14  # entries up to 2**14: float16 ends just below 2**16


def _per_class(call: Call, n_classes: int) -> dict[str, Any]:
    """Return a softmax's numbers in single precision, one a class."""
    found = {}
    for name, numbers in zip(("class_weight", "shift", "scale"), call.numbers, strict=True):
        if numbers is not None:  # by way of NumPy: a small batch feels it
            given = numbers.detach().numpy().astype(np.float32)
            found[name] = given if given.ndim else np.full(n_classes, given)
    return found


def _plain_classes(loss: Loss, n_classes: int) -> Any:
    """Return the settings of a softmax loss in numbers, but for those that travel as tensors."""
    from scarce.kernels.whole_powers import in_whole_powers

    _, classes = kernels()
    table = parameter_table(loss.modulation, n_classes)
    distinct = {tuple(column) for column in table.T.tolist()}
    whole = in_whole_powers(loss.modulation.formulas, *sorted(distinct))
    settings = classes.Classes(
        loss.modulation.formulas,
        table.astype(np.float32),
        ignore_index=loss.ignore_index,
        whole=whole,
        label_smoothing=loss.label_smoothing,
    )
    return loss.memory.setdefault(n_classes, settings)


KERNELS = {"sigmoid": sigmoid_loss, "softmax": softmax_loss}
"""The kernel of a loss, by its kind."""
