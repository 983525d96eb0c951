"""One rival in its own process: measures memory, compares and times, a line a request."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.torch_losses import inputs, memory
from benchmarks.torch_losses.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.torch_losses.rivals import Rival, Table


SLOW = 0.4  # seconds; beyond, a turn has no untimed step


@dataclasses.dataclass
class Arrays:
    """The inputs in a framework's own type."""

    logits: Any
    target: Any
    labels: Any
    weight: Any
    one_hot: Any


class Worker:
    """Answers requests about one rival."""

    def __init__(self, table: Table, rival: Rival, folder: Path) -> None:
        self.table, self.rival, self.folder = table, rival, folder
        self.library = rival.framework.rpartition("-")[2]
        self.prepare = rival.make()
        self.slow = False
        self.ready: tuple[Arrays, Callable[[], Any]] | None = None

    def work(self) -> tuple[Arrays, Callable[[], Any]]:
        """Return the inputs and the step; what is compiled is kept, plain tensors are read anew."""
        if self.ready is not None:
            return self.ready
        names = ("logits", "target", "labels", "weight")
        arrays = {name: inputs.read(self.folder, name) for name in names}
        if self.rival.one_hot:
            arrays["one_hot"] = _one_hot(arrays["labels"], arrays["logits"].shape)
        convert = CONVERT[self.library]
        x = Arrays(
            *(
                None if arrays.get(field.name) is None else convert(arrays[field.name], self.table.device)
                for field in dataclasses.fields(Arrays)
            )
        )
        step = self.prepare(x) if self.library != "torch" else self._torch_step(x)
        if self.library != "torch":
            self.ready = x, step
        return x, step

    def _torch_step(self, x: Arrays) -> Callable[[], Any]:
        import torch

        if self.table.channels_last:
            x.logits = x.logits.to(memory_format=torch.channels_last)
        x.logits = x.logits.to(getattr(torch, self.table.dtype)).requires_grad_()
        forward = self.prepare(x)
        if self.rival.copy:
            return forward
        z = x.logits

        def step() -> Any:
            z.grad = None
            value = forward()
            value.backward()
            return value

        return step

    def check(self) -> dict[str, Any]:
        """Return memory, and how far this is from what the formula says."""
        x, step = self.work()
        forgetful = self.library != "tensorflow"  # it never hands memory back: only its first step shows it
        if forgetful:
            start = time.perf_counter()
            step()
            self.slow = time.perf_counter() - start > SLOW
        held = {} if self.table.micro or self.rival.copy else self._memory(x, step, 3 if forgetful else 1)
        same = {} if self.rival.another or self.rival.copy else self.compare(x, step)
        return {"memory": held, "compared": same}

    def compare(self, x: Arrays, step: Callable[[], Any]) -> dict[str, float]:
        """Return the value, the one expected, and how far the gradient is off, relative to its length."""
        result = step()
        value, gradient = (result, x.logits.grad) if self.library == "torch" else result
        value, gradient = float(value), np.asarray(gradient)
        wanted, slope = inputs.expected(self.folder, self.rival.divisor, self.rival.weighted)
        length = float(np.linalg.norm(slope.ravel()))
        slope -= gradient.reshape(slope.shape)
        return {
            "value": value,
            "wanted": wanted,
            "off": float(np.linalg.norm(slope.ravel())) / length,
        }

    def _memory(self, x: Arrays, step: Callable[[], Any], tries: int) -> dict[str, float]:
        """Return the most that a step holds beyond its inputs, its gradient included, in logits."""

        def forget() -> None:
            if self.library == "torch":
                x.logits.grad = None

        most = {"pages": memory.pages(step, forget, tries)}
        if self.library == "torch":
            forget()
            most["tensors"] = memory.tensors(step)
        return {kind: held / (4 * int(np.prod(x.logits.shape))) for kind, held in most.items()}

    def time(self) -> dict[str, list[float]]:
        """Return the seconds of each repeat of this round."""
        _, step = self.work()  # the inputs live as long as their name
        seconds: list[float] = []
        gc.collect()
        gc.disable()
        try:
            if not self.slow:
                step()
            stop = time.perf_counter() + self.table.seconds
            while len(seconds) < self.table.repeats and (time.perf_counter() < stop or not seconds):
                start = time.perf_counter()
                step()
                seconds.append(time.perf_counter() - start)
        finally:
            gc.enable()
        return {"seconds": seconds}


def _one_hot(labels: Any, shape: tuple[int, ...]) -> np.ndarray:
    hot = np.zeros(shape, dtype=np.float32)
    np.put_along_axis(hot, labels[:, None], 1.0, axis=1)
    return hot


def _to_torch(array: np.ndarray, device: str) -> Any:
    import torch

    return torch.from_numpy(array).clone().to(device)


def _to_jax(array: np.ndarray, _: str) -> Any:
    import jax

    return jax.numpy.array(array)


def _to_tensorflow(array: np.ndarray, _: str) -> Any:
    import tensorflow as tf

    return tf.constant(array)


CONVERT = {"torch": _to_torch, "jax": _to_jax, "tensorflow": _to_tensorflow}


def main(table: str, rival: str, folder: str) -> None:
    """Answer requests until there are no more; peers may print what they like, it goes to the errors."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    known = TABLES[table]
    try:
        worker = Worker(known, next(r for r in known.rivals if r.name == rival), Path(folder))
        print(json.dumps({}), file=answers, flush=True)
        for request in sys.stdin:
            print(json.dumps(getattr(worker, request.strip())()), file=answers, flush=True)
    except Exception as error:
        traceback.print_exc()
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
