"""The figures that were promised, beside those of this run: reached or missed is computed, never written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.torch_losses.layout import Seen

    Tables = dict[str, dict[str, Seen]]
    Measured = Callable[[Tables, dict[str, float]], float]


@dataclass(frozen=True)
class Promise:
    """A bound on a figure that is computed from the tables of one run."""

    what: str
    bound: float
    at_least: bool
    unit: str
    measured: Measured

    def kept(self, figure: float) -> bool:
        return figure >= self.bound if self.at_least else figure <= self.bound


def _faster(table: str, rival: str) -> Measured:
    return lambda seen, _: seen[table][rival].minimum / seen[table]["scarce"].minimum


def _share(table: str, rival: str) -> Measured:
    return lambda seen, _: seen[table]["scarce"].minimum / seen[table][rival].minimum


def _memory(table: str) -> Measured:
    return lambda seen, _: max(seen[table]["scarce"].memory.values())


def _behind(table: str) -> Measured:
    return lambda seen, _: 1e6 * (seen[table]["scarce"].minimum - seen[table]["cross_entropy"].minimum)


def _bandwidth(case: str) -> Measured:
    return lambda _, on_gpu: 100 * on_gpu[case]


PROMISES = (
    Promise("sigmoid focal: times as fast as torchvision", 11, True, "x", _faster("sigmoid", "torchvision")),
    Promise("sigmoid focal: extra memory, in logits", 1.1, False, "x", _memory("sigmoid")),
    Promise("softmax focal: of cross_entropy's time", 0.7, False, "x", _share("softmax", "cross_entropy")),
    Promise("softmax focal: extra memory, in logits", 1.1, False, "x", _memory("softmax")),
    Promise("small batches, softmax: behind cross_entropy", 30, False, "µs", _behind("small-softmax")),
    Promise("small batches, sigmoid: behind cross_entropy", 30, False, "µs", _behind("small-sigmoid")),
    Promise("GPU, sigmoid focal: of a copy's bandwidth", 80, True, "%", _bandwidth("sigmoid")),
    Promise("GPU, softmax focal: of a copy's bandwidth", 80, True, "%", _bandwidth("softmax")),
)


def print_promises(seen: Tables, on_gpu: dict[str, float], share: float) -> None:
    """Print each figure to reach, the one measured, and what that makes of it."""
    print("\nfigures to reach, by minima" + ("" if share == 1 else f" (not at this size: --share {share:g})"))
    width = max(len(promise.what) for promise in PROMISES)
    for promise in PROMISES:
        bound = f"at {'least' if promise.at_least else 'most'} {promise.bound:g} {promise.unit}"
        try:
            figure = promise.measured(seen, on_gpu)
        except KeyError:
            print(f"  {promise.what:<{width}}  {bound:>15}  not measured in this run")
            continue
        verdict = "reached" if promise.kept(figure) else "missed"
        print(f"  {promise.what:<{width}}  {bound:>15}  {figure:>8.2f} {promise.unit:<2}  {verdict}")
