"""The vocabulary of the formulas, and `bind`, which gives a formula another vocabulary.

A formula is a plain function whose free names are the words below, other formulas, `range`, and float
constants. Nothing in it says NumPy: here the words are NumPy's, and the kernels and the framework faces
bring their own. So a modulation is spelled once, and every machine runs that spelling.

How to write a formula: arrays or scalars in, the same out; float literals only (``2.0``, never ``2``), so
that `bind` can give them the kernel's type; `where` instead of ``if``; no keyword arguments.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import numpy as np

Values: TypeAlias = Any
"""An array, a tensor or, inside a kernel, a number: whatever the vocabulary works on."""

Formula: TypeAlias = Callable[..., Values]
"""A function written in the vocabulary."""


def exp(x: Values) -> Values:
    """Return e to the power x; underflow is gradual or zero, never an error."""
    return np.exp(x)


def expm1(x: Values) -> Values:
    """Return ``exp(x) - 1`` without cancellation near 0."""
    return np.expm1(x)


def log(x: Values) -> Values:
    """Return the natural logarithm of a positive x."""
    return np.log(x)


def log1p(x: Values) -> Values:
    """Return ``log(1 + x)`` without cancellation near 0."""
    return np.log1p(x)


def absolute(x: Values) -> Values:
    """Return ``|x|``."""
    return np.absolute(x)


def minimum(x: Values, y: Values) -> Values:
    """Return the smaller of x and y, element by element."""
    return np.minimum(x, y)


def maximum(x: Values, y: Values) -> Values:
    """Return the larger of x and y, element by element."""
    return np.maximum(x, y)


def where(condition: Values, x: Values, y: Values) -> Values:
    """Return x where the condition holds and y elsewhere; both are evaluated and must be finite."""
    return cast("Values", np.where(condition, x, y))


def power(x: Values, log_x: Values, g: Values) -> Values:
    """Return ``x ** g`` for x > 0, given x and its logarithm.

    The logarithm reaches below the smallest number, so that ``x ** 0.25`` is right where x itself has
    underflowed; x is there for a vocabulary that multiplies when g is a small whole number.
    """
    return np.exp(g * log_x)


VOCABULARY: Mapping[str, Callable[..., Values]] = types.MappingProxyType(
    {word.__name__: word for word in (exp, expm1, log, log1p, absolute, minimum, maximum, where, power)}
)
"""The closed list of words, each with its NumPy meaning."""


def _unchanged(function: Formula) -> Formula:
    return function


def bind(
    formula: Formula,
    vocabulary: Mapping[str, Callable[..., Values]],
    *,
    constant: Callable[[float], Any] = float,
    decorate: Callable[[Formula], Formula] = _unchanged,
) -> Formula:
    """Copy a formula, and every formula it calls, onto another vocabulary.

    Parameters
    ----------
    formula : function
        A formula over `VOCABULARY`.
    vocabulary : mapping of str to callable
        The same words with other meanings; a word that no formula uses may be absent.
    constant : callable, default float
        Applied to every float literal, such as ``numpy.float32`` for a kernel in single precision.
    decorate : callable, optional
        Applied to every copy, such as ``numba.njit(cache=True)``.

    Returns
    -------
    function
        The decorated copy. Its ``__qualname__`` ends in a hash of its own source, of the sources of all
        that it calls and of the modules that define the vocabulary.

    Raises
    ------
    TypeError
        If the formula uses a name that is neither a word, a formula, a float constant nor ``range``.

    Notes
    -----
    Numba's disk cache sees neither a function's globals nor other files: without the hash, a second
    vocabulary is handed the first one's machine code.

    Examples
    --------
    >>> import math
    >>> from scarce.losses.formulas import softplus
    >>> softplus_of_floats = bind(
    ...     softplus, {"exp": math.exp, "log1p": math.log1p, "absolute": abs, "maximum": max}
    ... )
    >>> round(softplus_of_floats(0.0), 6)
    0.693147
    """
    scope: dict[str, Any] = {}
    origins = [inspect.getsource(formula), repr(constant)]
    for name in formula.__code__.co_names:
        meaning, origin = _look_up(name, formula, vocabulary, constant, decorate)
        scope[name] = meaning
        origins.append(f"{name}={origin}")
    digest = hashlib.sha256("\n".join(origins).encode()).hexdigest()[:16]
    code = formula.__code__.replace(
        co_consts=tuple(constant(c) if isinstance(c, float) else c for c in formula.__code__.co_consts)
    )
    scope |= {"__builtins__": __builtins__, "__name__": formula.__module__}
    copy = types.FunctionType(code, scope, formula.__name__, formula.__defaults__)
    copy.__qualname__ = f"{formula.__name__}_{digest}"
    copy.__doc__ = formula.__doc__
    return decorate(copy)


def _look_up(
    name: str,
    formula: Formula,
    vocabulary: Mapping[str, Callable[..., Values]],
    constant: Callable[[float], Any],
    decorate: Callable[[Formula], Formula],
) -> tuple[Any, str]:
    """Return what a free name of a formula means in a vocabulary, and the text that decides it."""
    if name in VOCABULARY:
        return vocabulary[name], _origin(vocabulary[name])
    if name == "range":
        return range, "range"
    meaning = formula.__globals__.get(name)
    if isinstance(meaning, float):
        return constant(meaning), repr(meaning)
    if isinstance(meaning, types.FunctionType):
        bound = bind(meaning, vocabulary, constant=constant, decorate=decorate)
        return bound, getattr(bound, "py_func", bound).__qualname__
    raise TypeError(f"formula {formula.__name__!r} uses {name!r}, which is not in the vocabulary")


def _origin(word: Callable[..., Values]) -> str:
    """Return the source of the whole module that defines a word: a word may call its neighbours."""
    function = getattr(word, "py_func", word)
    name = getattr(function, "__qualname__", repr(function))
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    if not isinstance(function, types.FunctionType) or module is None:
        return f"{name} of {getattr(module, '__name__', '?')} {getattr(module, '__version__', '')}"
    return f"{name} of {inspect.getsource(module)}"
