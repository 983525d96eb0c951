"""Share the rows of a pass among threads; the numbers never depend on how many there are.

Kernels release the interpreter lock, so plain threads do. numba's own are avoided: its fallback layer
aborts the process when two Python threads enter it, and OpenMP's would spin against LightGBM's.
"""

from __future__ import annotations

import collections
import contextlib
import ctypes
import functools
import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    Spans = collections.deque[tuple[int, int]]

ROWS_WORTH_A_THREAD = 65_536  # about 30 microseconds of work: what handing it over costs
PIECES = 4  # a thread's share comes in so many: who starts late, on a busy core, takes fewer


def share_rows(
    work: Callable[[int, int], object],
    n_rows: int,
    block: int,
    threads: int = 0,
    rows_worth_a_thread: int = 0,
) -> None:
    """Call ``work(start, stop)`` over spans that cover the rows, in several threads.

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
    pieces = max(threads, min(PIECES * threads, n_rows // worth))
    edges = [min(n_rows, block * (n_blocks * k // pieces)) for k in range(pieces + 1)]
    spans = collections.deque(itertools.pairwise(edges))
    others = _helpers(os.getpid(), threads - 1).start(functools.partial(_take, work, spans))
    try:
        _take(work, spans)
    finally:
        for other in others:
            if not other.cancel():  # that has not started is not waited for: nothing is left to do
                other.result()


def _take(work: Callable[[int, int], object], spans: Spans) -> None:
    """Work on spans until none is left."""
    while spans:
        try:
            span = spans.popleft()
        except IndexError:  # another thread was faster
            return
        work(*span)


def available_threads() -> int:
    """Return the number of cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Helpers:
    """Threads that wait for work, and keep off the core of whom they work for.

    Linux may start a woken thread on the core of the thread that woke it, behind that, and leaves it there
    until it next balances its queues: after milliseconds, when the work has been done.
    """

    def __init__(self, process: int, threads: int) -> None:
        self.threads, self.numbers, self.avoided = threads, [], -1
        name = f"scarce-{process}"
        self.pool = ThreadPoolExecutor(threads, name, lambda: self.numbers.append(threading.get_native_id()))

    def start(self, work: Callable[[], object]) -> list[Future[object]]:
        """Let every thread do the work."""
        here = current_core()
        if here != self.avoided and len(self.numbers) == self.threads:
            self._keep_off(here)
        return [self.pool.submit(work) for _ in range(self.threads)]

    def _keep_off(self, core: int) -> None:
        others = os.sched_getaffinity(0) - {core}
        with contextlib.suppress(OSError):  # where that is not allowed, or there is no other core
            for number in self.numbers:
                os.sched_setaffinity(number, others)
        self.avoided = core


@functools.lru_cache(maxsize=4)
def _helpers(process: int, threads: int) -> _Helpers:
    """Return this process's threads: a fork inherits the parent's pool, but not its threads."""
    return _Helpers(process, threads)


def current_core() -> int:
    """Return the core that runs this thread, or -1 where threads cannot be kept off it."""
    return -1 if _GET_CPU is None else _GET_CPU()


_GET_CPU = getattr(ctypes.CDLL(None), "sched_getcpu", None) if hasattr(os, "sched_setaffinity") else None
