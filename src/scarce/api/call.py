"""A call written out, so that a report says how to repeat what it shows."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST = 200
_NO_RESULT = frozenset({"data", "jobs", "journal", "progress"})  # they do not shape what is found


def written(function: Callable[..., Any], given: Mapping[str, Any]) -> str:
    """Return a call with the arguments that differ from their defaults; data in memory is called ``data``.

    Parameters
    ----------
    function : callable
        Its first parameter is ``data``.
    given : mapping of str to object
        Every argument.

    Examples
    --------
    >>> def run(data, target=None, *, folds=5): ...
    >>> written(run, {"data": "payments.csv", "target": "fraud", "folds": 5})
    "scarce.run('payments.csv', target='fraud')"
    """
    words = [_source(given["data"])]
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in _NO_RESULT and (text := _value(given[name])) != _value(parameter.default):
            words.append(f"{name}={text}")
    return f"scarce.{function.__name__}({', '.join(words)})"


def _source(data: Any) -> str:
    if isinstance(data, tuple):
        return "(X, y)"
    if isinstance(data, list) and all(isinstance(path, str | os.PathLike) for path in data):
        return repr([os.fspath(path) for path in data])
    return repr(os.fspath(data)) if isinstance(data, str | os.PathLike) else "data"


def _value(value: Any) -> str:
    """Return a value in one line; what is too long for one is left out."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST else "..."
