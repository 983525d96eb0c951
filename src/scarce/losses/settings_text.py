"""A loss's settings as JSON values, those in words, and a long sequence in short."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast

LONGEST = 10  # entries that are shown one and all
FIRST = 4  # of those of a longer sequence


def plain(value: object) -> Any:
    """Return a setting as JSON can hold it: a derived one as its name and parameters."""
    if is_dataclass(value):
        named = cast("Any", value)
        return {
            "name": named.name,
            **{field.name: plain(getattr(named, field.name)) for field in fields(named)},
        }
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    return value


def words(value: Any) -> str:
    """Return a plain setting in words, such as ``focal(gamma=2)``; of a long list the first few entries."""
    if isinstance(value, dict):
        name, *parameters = cast("dict[str, Any]", value).items()
        inner = ", ".join(f"{key}={words(item)}" for key, item in parameters)
        return f"{name[1]}({inner})" if inner else str(name[1])
    if isinstance(value, list):
        return f"[{_first(cast('list[Any]', value), words)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def brief(value: object) -> str:
    """Return what `repr` says of a value; of a long sequence the first few entries, and how many there are.

    Examples
    --------
    >>> brief((1.0, 9.0)), brief(range(100_000))
    ('(1.0, 9.0)', '[0, 1, 2, 3, ... 100,000 in all]')
    """
    given = cast("Any", value)
    if hasattr(given, "tolist"):  # an array or tensor of any library
        given = given.tolist()
    if is_dataclass(given) and not isinstance(given, type):
        inner = ", ".join(f"{field.name}={brief(getattr(given, field.name))}" for field in fields(given))
        return f"{type(given).__name__}({inner})"
    if isinstance(given, Mapping):
        items = list(cast("Mapping[Any, Any]", given).items())
        return "{" + _first(items, lambda item: f"{brief(item[0])}: {brief(item[1])}") + "}"
    if isinstance(given, tuple):
        entries = cast("tuple[Any, ...]", given)
        return f"({_first(entries, brief)}{',' * (len(entries) == 1)})"
    if isinstance(given, list | range):
        return f"[{_first(cast('Sequence[Any]', given), brief)}]"
    return repr(given)


def nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return the question whether the most similar known name was meant; if none is similar, other words."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else otherwise


def _first(entries: Sequence[Any], spell: Callable[[Any], str]) -> str:
    if len(entries) <= LONGEST:
        return ", ".join(spell(entry) for entry in entries)
    return ", ".join([*(spell(entry) for entry in entries[:FIRST]), f"... {len(entries):,} in all"])
