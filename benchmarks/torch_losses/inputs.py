"""The inputs of a table, and the plain formula's answer in double precision: files, the same for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

CLASSES_OF_AN_IMAGE = (0.7, 0.2, 0.08, 0.02)
GAMMA, ALPHA = 2.0, 0.25
FP, FN = 0.3, 0.7  # Tversky's


def shape_of(table: Any, share: float) -> tuple[int, ...]:
    """Return the logits' shape with a share of the rows; what is small stays as it is."""
    if table.micro:
        return table.shape
    return max(1, round(table.shape[0] * share)), *table.shape[1:]


def _shares(classes: int) -> tuple[float, ...]:
    """Return how often each class occurs among an image's pixels: the background first, most of all."""
    if classes == len(CLASSES_OF_AN_IMAGE):
        return CLASSES_OF_AN_IMAGE
    background = CLASSES_OF_AN_IMAGE[0]
    return (background, *((1.0 - background) / (classes - 1) for _ in range(classes - 1)))


def write(table: Any, folder: Path, share: float) -> None:
    """Write logits, targets and class weights, and the reference."""
    shape = shape_of(table, share)
    draw = np.random.default_rng(0)
    logits = draw.standard_normal(shape, dtype=np.float32)
    classes = shape[1] if len(shape) > 1 else 2
    rows = shape[:1] + shape[2:]
    arrays = {
        "logits": logits,
        "target": (draw.random(shape, dtype=np.float32) < 0.1).astype(np.float32)
        if table.kind == "sigmoid"
        else None,
        "labels": draw.choice(classes, rows, p=_shares(classes))
        if len(shape) == 4
        else draw.integers(0, classes, rows),
        "weight": draw.random(classes, dtype=np.float32) + np.float32(0.5) if table.weights else None,
    }
    if table.kind == "sigmoid":
        arrays |= _sigmoid(logits, arrays["target"])
    elif table.kind == "softmax":
        arrays |= _softmax(logits, arrays["labels"])
    else:
        arrays |= _overlap(logits, arrays["labels"], *((0.5, 0.5) if table.kind == "dice" else (FP, FN)))
    for name, array in arrays.items():
        if array is not None:
            np.save(folder / f"{name}.npy", array)


def read(folder: Path, name: str) -> np.ndarray | None:
    path = folder / f"{name}.npy"
    return np.load(path) if path.exists() else None


def expected(folder: Path, divisor: str, weighted: bool) -> tuple[float, np.ndarray]:
    """Return the value and the gradient that a rival ought to have."""
    losses, gradient = read(folder, "losses"), read(folder, "gradient")
    assert losses is not None
    assert gradient is not None
    if losses.ndim == 0:  # an overlap loss: reduced already
        return float(losses), gradient
    labels, weight, target = (read(folder, name) for name in ("labels", "weight", "target"))
    of_row = None if weight is None or not weighted else weight[labels]
    divided = {
        "elements": gradient.size,
        "rows": losses.size,
        "weights": losses.size if of_row is None else of_row.sum(dtype=np.float64),
        "positives": 1 if target is None else target.sum(dtype=np.float64),
        "three quarters": 0.75 * gradient.size,
    }[divisor]
    if of_row is not None:
        losses = losses * of_row
        gradient *= of_row[:, None]
    gradient /= np.float32(divided)
    return float(losses.sum() / divided), gradient


def _by_autograd(logits: np.ndarray, losses_of: Any, *others: np.ndarray) -> dict[str, np.ndarray]:
    """Return every row's loss, and the gradient of their sum, a block of rows at a time."""
    import torch

    gradient = np.empty_like(logits)
    losses = []
    step = max(1, 4_000_000 * len(logits) // logits.size)
    for start in range(0, len(logits), step):
        block = slice(start, start + step)
        z = torch.from_numpy(logits[block]).double().requires_grad_()
        values = losses_of(z, *(torch.from_numpy(other[block]) for other in others))
        values.sum().backward()
        losses.append(values.detach().numpy())
        assert z.grad is not None
        gradient[block] = z.grad.numpy()
    return {"losses": np.concatenate(losses), "gradient": gradient}


def _sigmoid(logits: np.ndarray, target: np.ndarray) -> dict[str, np.ndarray]:
    import torch

    def losses(z: Any, t: Any) -> Any:
        right = torch.where(t == 1, z, -z).sigmoid()
        return torch.where(t == 1, ALPHA, 1 - ALPHA) * (1 - right) ** GAMMA * -right.log()

    return _by_autograd(logits, losses, target)


def _softmax(logits: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    def losses(z: Any, t: Any) -> Any:
        right = z.softmax(1).gather(1, t[:, None])[:, 0]
        return (1 - right) ** GAMMA * -right.log()

    return _by_autograd(logits, losses, labels)


def _overlap(logits: np.ndarray, labels: np.ndarray, fp: float, fn: float) -> dict[str, np.ndarray]:
    """Take one minus the mean over classes, each class's sums over the whole batch."""
    import torch

    z = torch.from_numpy(logits).double().requires_grad_()
    p = z.softmax(1)
    t = torch.nn.functional.one_hot(torch.from_numpy(labels)).movedim(-1, 1)
    hit = (p * t).sum((0, 2, 3))
    score = hit / (hit + fp * (p * (1 - t)).sum((0, 2, 3)) + fn * ((1 - p) * t).sum((0, 2, 3)))
    value = 1 - score.mean()
    value.backward()
    assert z.grad is not None
    return {"losses": value.detach().numpy(), "gradient": z.grad.float().numpy()}
