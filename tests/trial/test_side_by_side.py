"""Fits side by side: as many at a time as asked, in their order, and none begins after one fails."""

from __future__ import annotations

import threading
import time

import pytest

from scarce.trial.side_by_side import side_by_side, workers


def test_results_come_with_their_places() -> None:
    tasks = [lambda _, n=n: n * n for n in range(20)]
    assert sorted(side_by_side(tasks, 3)) == [(n, n * n) for n in range(20)]


def test_no_more_run_at_a_time_than_asked() -> None:
    now, most, lock = 0, 0, threading.Lock()

    def task(_: object) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1

    list(side_by_side([task] * 12, 3))
    assert most == 3


def test_a_failure_is_raised_and_nothing_begins_after_it() -> None:
    begun = []

    def task(_: object, n: int) -> None:
        begun.append(n)
        if n == 1:
            raise ValueError("the second")
        time.sleep(0.02)

    with pytest.raises(ValueError, match="the second"):
        list(side_by_side([lambda halted, n=n: task(halted, n) for n in range(50)], 2))
    time.sleep(0.1)
    assert len(begun) < 10


def test_work_that_is_given_up_is_told() -> None:
    begun, told = threading.Event(), threading.Event()

    def task(halted: object) -> None:
        begun.set()
        while not halted():
            time.sleep(0.005)
        told.set()

    results = side_by_side([lambda _: begun.wait(), task], 2)  # work that never began is told nothing
    next(results)
    results.close()
    assert told.wait(5.0)


def test_memory_bounds_the_number() -> None:
    assert workers(8, 1 << 45) == 1
    assert workers(2, 1) == 2
