"""The tables of the simulation: those of docs/statistics.md, and everything that was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.statistics.influences import METRICS
from benchmarks.statistics.methods import FOLD_TEST, FOLD_TEST_3, METHODS, ROWS, ROWS_3, SHOWN, rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.statistics.cells import Cell
    from benchmarks.statistics.tables import FloatArray

    Found = Mapping[str, FloatArray]


def page(results: list[tuple[Cell, Found]]) -> None:
    """Print a line for each cell in Markdown: calls in log-loss, cost and AP, in percent of the tables."""
    for heading, better in (("False calls, all arms at one level", False), ("Right calls, one arm", True)):
        print(f"\n{heading}: {', '.join(METRICS)} in %\n")
        print("| trial | tables | " + " | ".join(method.name for method in SHOWN) + " |")
        print("|---|---" * 1 + "|---" * len(SHOWN) + "|")
        for cell, found in results:
            if (cell.kind == "better") != better:
                continue
            key = "alone" if better else "together"
            shown = []
            for method in SHOWN:
                each = [rates(cell, found, metric, method)[key] for metric in range(len(METRICS))]
                shown.append(" / ".join(f"{100 * one:.1f}" for one in each))
            print(f"| {cell.name} | {len(found['positives']):,} | " + " | ".join(shown) + " |")


def everything(results: list[tuple[Cell, Found]]) -> None:
    """Print every method on every cell: calls of one arm, of all arms together, spread over error, width."""
    for cell, found in results:
        print(f"\n{cell.name}: {len(found['positives'])} tables")
        print(f"{'':44}" + "".join(f"{metric:>36}" for metric in METRICS))
        print(f"{'':44}" + f"{'alone':>9}{'together':>9}{'sd/se':>9}{'width':>9}" * len(METRICS))
        for method in METHODS:
            if method.repeats not in cell.repeats:
                continue
            line = f"{method.name:44}"
            for metric in range(len(METRICS)):
                of = rates(cell, found, metric, method)
                line += f"{100 * of['alone']:>8.1f}%{100 * of['together']:>8.1f}%"
                line += f"{of['spread']:>9.2f}{of['half-width']:>9.2g}"
            print(line)


def likeness(results: list[tuple[Cell, Found]]) -> None:
    """Print the variance of a difference over that of the control's own figure, by metric."""
    print("\nVariance of a difference over that of the control's figure\n")
    print("| trial | " + " | ".join(METRICS) + " |")
    print("|---" * (1 + len(METRICS)) + "|")
    for cell, found in results:
        own = found["controls"][:, len(METRICS) :]
        ratio = found["figures"][:, :, 0, :, 1].mean(axis=2).mean(axis=0) / own.mean(axis=0)
        print(f"| {cell.name} | " + " | ".join(f"{one:.2g}" for one in ratio) + " |")


def gains(results: list[tuple[Cell, Found]]) -> None:
    """Print what rows see of a difference that folds see in 18 % of tables, with three repeats in 45 %.

    Between the simulated sizes of the difference the calls are interpolated; a dash where these do not reach.
    """
    print("\nOf a difference that folds see in 18 % (1 x 5) and 45 % (3 x 5)\n")
    print("| trial | " + " | ".join(f"{metric}, {n} x 5" for n in (1, 3) for metric in METRICS) + " |")
    print("|---" * (1 + 2 * len(METRICS)) + "|")
    of_sizes: dict[str, list[tuple[Cell, Found]]] = {}
    for cell, found in results:
        if cell.kind == "better":
            of_sizes.setdefault(cell.name.rpartition("-")[0], []).append((cell, found))
    for name, sizes in of_sizes.items():
        shown = []
        for folds, rows, seen in ((FOLD_TEST, ROWS, 0.18), (FOLD_TEST_3, ROWS_3, 0.45)):
            for metric in range(len(METRICS)):
                pairs = [[rates(*one, metric, method)["alone"] for one in sizes] for method in (folds, rows)]
                reached = float(np.interp(seen, *pairs, left=np.nan, right=np.nan))
                shown.append("–" if np.isnan(reached) else f"{100 * reached:.0f}")
        print(f"| {name} | " + " | ".join(shown) + " |")
