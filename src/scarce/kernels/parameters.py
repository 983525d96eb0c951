"""How a loop takes the parameters of a class, and chooses between those of two: tuples, of any length.

Numba compiles a tuple's length into the code, so that there is one word a length, made from the word of the
length below. Each has its length in its name, by which `scarce.kernels.cpu` keeps its machine code apart.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from scarce.kernels.vocabulary import where, word

if TYPE_CHECKING:
    from collections.abc import Callable


@functools.cache
def take(n: int) -> Callable[..., tuple]:
    """Return the word that takes the n parameters of a class from a table, which has a row for each."""

    def take_none(table, label):
        return ()

    if n == 0:
        return word(take_none)
    last, others = n - 1, take(n - 1)

    def take_many(table, label):
        return others(table, label) + (table[last, label],)  # noqa: RUF005 - numba adds tuples

    take_many.__qualname__ = f"take_{n}"
    return word(take_many)


@functools.cache
def choose(n: int) -> Callable[..., tuple]:
    """Return the word that chooses, one by one, between the n parameters of two classes."""

    def choose_none(condition, first, second):
        return ()

    if n == 0:
        return word(choose_none)
    others = choose(n - 1)

    def choose_many(condition, first, second):
        chosen = where(condition, first[0], second[0])
        return (chosen,) + others(condition, first[1:], second[1:])  # noqa: RUF005 - numba adds tuples

    choose_many.__qualname__ = f"choose_{n}"
    return word(choose_many)
