"""How Triton compiles the GPU's kernels over the formulas as they stand.

Triton compiles text, and only functions and constants that were made for it. `compiled` makes them of plain
Python functions, in whatever file. A kernel is given a loss's functions as one constant, `Functions`.

Under Triton's interpreter (``TRITON_INTERPRET=1``) the same text runs on the CPU, for tests.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import os
import types
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError

try:
    import triton
    import triton.language as tl
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="triton", extra="torch") from missing

if TYPE_CHECKING:
    from collections.abc import Callable

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"


def device(function: Callable[..., Any]) -> Any:
    """Compile what a kernel calls; the interpreter runs it as it stands, much faster than in its own way."""
    return function if INTERPRETED else triton.jit(function)


def constant(value: Any) -> Any:
    """Return what a kernel may read by name."""
    return value if INTERPRETED else tl.constexpr(value)


@functools.cache
def compiled(function: Callable[..., Any]) -> Any:
    """Compile a plain function, and what it reaches by name: functions, numbers, and both by their module."""
    return function if INTERPRETED else _Plain(function)


class _Plain(triton.runtime.JITFunction):
    """A function that was not written for Triton: its annotations say nothing to it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        reached = inspect.getclosurevars(function)
        names = reached.unbound | reached.globals.keys()
        self.__globals__ = {}
        for name, value in {**reached.globals, **reached.nonlocals}.items():
            self.__globals__[name] = _compiled_value(value)
            if inspect.ismodule(value):
                module = types.ModuleType(value.__name__)
                vars(module).update({n: _compiled_value(getattr(value, n, None)) for n in names})
                self.__globals__[name] = module

    def get_capture_scope(self) -> dict[str, Any]:
        return self.__globals__

    def parse(self) -> ast.Module:
        tree = super().parse()
        for node in ast.walk(tree):
            if isinstance(node, ast.arg):
                node.annotation = None
        return tree


def _compiled_value(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return tl.constexpr(value)
    return compiled(value) if inspect.isfunction(value) else None


class Functions:
    """What a kernel is given as one constant: functions and numbers by name.

    Triton keeps machine code under the text of a kernel's constants: here it ends in a digest of all that the
    functions are made of.
    """

    def __init__(self, **named: Any) -> None:
        vars(self).update(named)

    @functools.cached_property
    def digest(self) -> str:
        """A hash of the functions' text, and of what they reach."""
        parts = (f"{n}={getattr(v, 'cache_key', v)}" for n, v in sorted(vars(self).items()))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"functions_{self.digest}"

    def __deepcopy__(self, memo: Any) -> Functions:
        return self  # Triton keeps copies of constants
