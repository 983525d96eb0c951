"""How a loop takes the parameters of a class, and chooses between those of two: tuples, of any length.

Numba compiles a tuple's length into the code, so that there is one function a length, made from the one of
the length below.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from scarce.kernels.cpu_arithmetic import where

if TYPE_CHECKING:
    from collections.abc import Callable


@functools.cache
def take(n: int) -> Callable[..., tuple]:
    """Return what takes the n parameters of a class from a table, which has a row for each."""

    def take_none(table, label):
        return ()

    if n == 0:
        return take_none
    last, others = n - 1, take(n - 1)

    def take_many(table, label):
        return others(table, label) + (table[last, label],)  # noqa: RUF005 - numba adds tuples

    return take_many


@functools.cache
def choose(n: int) -> Callable[..., tuple]:
    """Return what chooses, one by one, between the n parameters of two classes."""

    def choose_none(condition, first, second):
        return ()

    if n == 0:
        return choose_none
    others = choose(n - 1)

    def choose_many(condition, first, second):
        chosen = where(condition, first[0], second[0])
        return (chosen,) + others(condition, first[1:], second[1:])  # noqa: RUF005 - numba adds tuples

    return choose_many


def choose_either(condition, first, second):
    """Choose between tuples that are alike: what is the same for every row then leaves the loop."""
    return first
