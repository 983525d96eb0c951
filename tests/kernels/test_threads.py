"""Rows are shared among threads without gaps, overlaps or lost errors."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading

import pytest

from scarce.kernels import threads
from scarce.kernels.threads import available_threads, share_rows


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    monkeypatch.setattr(threads, "ROWS_WORTH_A_THREAD", 1)


@pytest.mark.parametrize("n_rows", [0, 1, 9, 10, 11, 95])
@pytest.mark.parametrize("n_threads", [0, 1, 2, 5])
def test_spans_cover_every_row_once_and_start_at_whole_blocks(n_rows, n_threads):
    spans = []
    share_rows(lambda start, stop: spans.append((start, stop)), n_rows, 10, n_threads)
    spans.sort()
    assert [row for start, stop in spans for row in range(start, stop)] == list(range(n_rows))
    assert all(start % 10 == 0 for start, stop in spans if stop > start)


def test_few_rows_stay_in_the_calling_thread(monkeypatch):
    monkeypatch.setattr(threads, "ROWS_WORTH_A_THREAD", 1000)
    seen = []
    share_rows(lambda *_: seen.append(threading.current_thread()), 999, 10, 4)
    assert seen == [threading.current_thread()]


def test_an_error_in_another_thread_arrives():
    def work(start, stop):
        if start:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        share_rows(work, 100, 10, 2)


@pytest.mark.skipif(
    "available_threads() < 2 or not hasattr(os, 'sched_setaffinity')", reason="needs two cores"
)
def test_helping_threads_keep_off_the_core_of_the_caller(monkeypatch):
    core = min(os.sched_getaffinity(0))
    monkeypatch.setattr(threads, "current_core", lambda: core)
    allowed, together = {}, threading.Barrier(2, timeout=60)

    def work(start, stop):
        if threading.get_ident() not in allowed:
            allowed[threading.get_ident()] = os.sched_getaffinity(0)
            together.wait()

    for _ in range(2):  # the first time, the helper is only started
        allowed.clear()
        share_rows(work, 1000, 10, 2)
    assert allowed[threading.get_ident()] == os.sched_getaffinity(0)
    others = [cores for thread, cores in allowed.items() if thread != threading.get_ident()]
    assert others == [os.sched_getaffinity(0) - {core}]


def test_there_is_at_least_one_thread():
    assert available_threads() >= 1


# In an interpreter of its own: a forked copy of a test process that has loaded JAX or TensorFlow would
# inherit locks which their threads hold, and JAX warns of it.
FORK = """
import multiprocessing, warnings
warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
from scarce.kernels import threads
threads.ROWS_WORTH_A_THREAD = 1

def total():
    spans = []
    threads.share_rows(lambda start, stop: spans.append(stop - start), 100, 10, 2)
    return sum(spans)

print(total())
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.apply_async(total).get(timeout=60))
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
def test_a_forked_child_gets_threads_of_its_own():
    ended = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "100\n100\n", "")
