"""Fits side by side: one thread of an engine each, as many at a time as there are cores and memory for."""

from __future__ import annotations

import os
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from threadpoolctl import threadpool_limits

from scarce.kernels.threads import available_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Result = TypeVar("Result")

_SHARE = 0.5  # of the machine's memory
_UNKNOWN = 4 << 30  # bytes, where the machine does not say
_LISTENING = (
    1.0  # seconds: Ctrl-C may wake another thread than the one that waits, and only that one acts on it
)


def workers(jobs: int, fit_bytes: int) -> int:
    """Return how many fits to run at a time.

    Parameters
    ----------
    jobs : int
        At most so many; 0 means as many as there are cores.
    fit_bytes : int
        What one of them holds.

    Examples
    --------
    >>> workers(3, 1 << 20), workers(3, 1 << 50)
    (3, 1)
    """
    return max(1, min(jobs or available_threads(), int(_memory() * _SHARE) // max(1, fit_bytes)))


def side_by_side(
    tasks: Sequence[Callable[[Callable[[], bool]], Result]], n_workers: int
) -> Iterator[tuple[int, Result]]:
    """Yield each task's place and result as it is done; tasks begin in their order.

    Parameters
    ----------
    tasks : sequence of callable
        Called with a function that says whether the work was given up.
    n_workers : int
        At a time.

    Raises
    ------
    BaseException
        The first that a task raises, or that is raised where the results are taken (Ctrl-C): no task begins
        after it.
    """
    # Libraries' own threads would wait for one another by spinning, and their sums depend on their number.
    with threadpool_limits(1, "blas"):
        yield from _yielded(tasks, n_workers)


def _yielded(
    tasks: Sequence[Callable[[Callable[[], bool]], Result]], n_workers: int
) -> Iterator[tuple[int, Result]]:
    halt = threading.Event()
    pool = ThreadPoolExecutor(
        n_workers,
        thread_name_prefix="scarce-fit",
        initializer=partial(threadpool_limits, 1, "openmp"),  # which is set for each thread apart
    )
    try:
        running = {pool.submit(task, halt.is_set): place for place, task in enumerate(tasks)}
        while running:
            done, _ = wait(running, _LISTENING, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=running.__getitem__):
                yield running.pop(future), future.result()
    finally:
        halt.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _memory() -> int:
    """Return the bytes of memory that the machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows
        return _UNKNOWN
