"""The sizes people train with: our focal losses beside PyTorch's cross-entropy and the fastest focal peer.

All rivals of a line take turns in one process, on one thread and on two, as in a training. Those
whose value and gradient are not the formula's are left out, and those that refuse a shape or a type.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks.timing import interleaved_minima
from benchmarks.torch_losses import inputs, torch_rivals
from benchmarks.torch_losses.layout import Seen
from benchmarks.torch_losses.rivals import Table
from benchmarks.torch_losses.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.torch_losses.rivals import Rival

SECONDS = 1.0  # of turns a line
TURNS = 5, 2000  # at least and at most
LARGE = 10_240  # logits, from which the bound is the lower one
BOUNDS = {"small": 1.4, "large": 0.9}  # of cross-entropy's time
SOFTMAX = (
    (32, 10),
    (256, 10),
    (1_024, 10),
    (1_024, 1_000),
    (4_096, 100),
    (65_536, 10),
    (8, 4, 128, 128),
    (8, 21, 128, 128),
    (2, 21, 512, 512),
)
SIGMOID = ((256,), (4_096,), (4_096, 20), (65_536, 20), (16, 100_000))
OTHERWISE = (
    ("softmax", (1_024, 1_000), {"dtype": "bfloat16"}),
    ("softmax", (8, 21, 128, 128), {"dtype": "bfloat16"}),
    ("softmax", (8, 4, 128, 128), {"channels_last": True}),
    ("softmax", (8, 21, 128, 128), {"channels_last": True}),
    ("sigmoid", (65_536, 20), {"dtype": "bfloat16"}),
)
CROSS_ENTROPY = {"softmax": "cross_entropy", "sigmoid": "binary_cross_entropy_with_logits"}


def tables() -> list[Table]:
    """Return a table a line."""
    lines = [("softmax", shape, {"weights": weights}) for weights in (False, True) for shape in SOFTMAX]
    lines += [("sigmoid", shape, {}) for shape in SIGMOID]
    rivals = {
        kind: tuple(r for r in all_of_them if not r.copy and r.name != "kornia, no weights")
        for kind, all_of_them in (("softmax", torch_rivals.SOFTMAX), ("sigmoid", torch_rivals.SIGMOID))
    }
    return [
        Table("grid", "", kind, shape, rivals[kind], micro=True, **more)
        for kind, shape, more in (*lines, *OTHERWISE)
    ]


def run(share: float) -> None:
    """Print a line for every shape, for one thread and for two."""
    print(
        "\nsizes people train with: forward and backward, minima of turns in one process   [grid]", flush=True
    )
    for threads in (1, 2):
        torch.set_num_threads(threads)
        print(f"  {threads} thread{'s' * (threads > 1)}")
        for table in tables():
            print(f"  {_line(dataclasses.replace(table, seconds=SECONDS * share))}", flush=True)


def _line(table: Table) -> str:
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inputs.write(table, Path(name), 1.0)
        steps = {rival.name: step for rival in table.rivals if (step := _step(table, rival, Path(name)))}
    seconds = interleaved_minima(steps, _turns(steps, table.seconds))
    ours, reference = seconds.pop("scarce"), seconds.pop(CROSS_ENTROPY[table.kind])
    shape = " x ".join(f"{n:,}" for n in table.shape)
    kind = ["weights"] * table.weights + [table.dtype] * (table.dtype != "float32")
    kind += ["channels last"] * table.channels_last
    large = inputs.np.prod(table.shape) >= LARGE
    kept = ours <= reference * BOUNDS["large" if large else "small"]
    peer = min(seconds, key=lambda name: seconds[name], default="")
    beside = f"ours is faster by {seconds[peer] / ours:6.2f} x {peer}" if peer else "no peer is installed"
    verdict = "reached" if kept and (not peer or ours <= seconds[peer]) else "missed"
    return (
        f"{table.kind} {shape:<18} {', '.join(kind):<13} {ours * 1e6:9.1f} µs  {ours / reference:5.2f} of "
        f"cross-entropy's  {verdict:<7}  {beside}"
    )


def _step(table: Table, rival: Rival, folder: Path) -> Callable[[], object] | None:
    """Return a rival's forward and backward pass, or None where it is another loss or does not run."""
    try:
        exact = Worker(dataclasses.replace(table, dtype="float32"), rival, folder)
        if not rival.another and Seen(rival, exact.compare(*exact.work())).differs():
            return None
        step = Worker(table, rival, folder).work()[1]
        step()
    except Exception:  # not made for this shape or type, or not installed
        return None
    return step


def _turns(steps: dict[str, Callable[[], object]], seconds: float) -> int:
    start = time.perf_counter()
    for step in steps.values():
        step()
    return int(min(max(TURNS[0], seconds / (time.perf_counter() - start)), TURNS[1]))
