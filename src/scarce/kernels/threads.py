"""Share the rows of a pass among threads; the numbers never depend on how many there are.

Kernels release the interpreter lock, so plain threads do. numba's own are avoided: its fallback layer
aborts the process when two Python threads enter it, and OpenMP's would spin against LightGBM's.
"""

from __future__ import annotations

import functools
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS_WORTH_A_THREAD = 16_384  # about 15 microseconds of work: what handing it over costs


def share_rows(
    work: Callable[[int, int], object],
    n_rows: int,
    block: int,
    threads: int = 0,
    rows_worth_a_thread: int = 0,
) -> None:
    """Call ``work(start, stop)`` over spans that cover the rows, each in its own thread.

    Parameters
    ----------
    work : callable
        Releases the interpreter lock, and writes only to what belongs to its rows.
    n_rows : int
        The number of rows.
    block : int
        Spans start at multiples of `block`, so that sums kept by block do not depend on `threads`.
    threads : int, default 0
        At most this many; 0 means as many as this process may run on.
    rows_worth_a_thread : int, default 0
        How many rows there must be for every further thread: fewer where a row is more than one number.
        0 means `ROWS_WORTH_A_THREAD`.
    """
    worth = rows_worth_a_thread or ROWS_WORTH_A_THREAD
    threads = min(threads or available_threads(), max(1, n_rows // worth))
    if threads == 1:
        work(0, n_rows)
        return
    n_blocks = -(-n_rows // block)
    edges = [min(n_rows, block * (n_blocks * k // threads)) for k in range(threads + 1)]
    spans = list(itertools.pairwise(edges))
    others = [_pool(os.getpid(), threads - 1).submit(work, *span) for span in spans[1:]]
    work(*spans[0])
    for other in others:
        other.result()


def available_threads() -> int:
    """Return the number of cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.lru_cache(maxsize=4)
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    """Return this process's pool: a fork inherits the parent's, but not its threads."""
    return ThreadPoolExecutor(threads, thread_name_prefix=f"scarce-{process}")
