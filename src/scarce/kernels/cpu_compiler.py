"""How numba compiles the CPU's kernels: formulas as they stand, in single precision, once for all processes.

A kernel is a closure: a factory takes a loss's formulas and returns the loop over them, so that an editor
can follow every call and any file may bring the formulas. Generated files would do the same for our own
formulas only.

numba tells cached closures apart by pickling what they close over, in which no compiled function is the same
in a second process; `kernel` puts a digest of what a kernel is made of into its name instead.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib.resources
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors import ScarceError

try:
    import numba
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="numba", extra="trial") from missing

from numba.core import ir
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.untyped_passes import IRProcessing

try:
    from numba.core.caching import FunctionCache
except ImportError:  # another version of numba, whose cache is another: compile in each process
    FunctionCache = None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
"""How everything here is compiled: a multiplication and an addition may fuse, nothing else may move."""


@register_pass(mutates_CFG=False, analysis_only=False)
class SingleConstants(FunctionPass):
    """Turn constants into single precision, and functions that are reached by name into words.

    One constant in double precision would halve the width of a whole loop.
    """

    _name = "single_constants"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Change the assignments of one function; return whether any was."""
        modules, changed = {}, False
        for block in state.func_ir.blocks.values():
            for assignment in block.find_insts(ir.Assign):
                source = assignment.value
                if isinstance(source, (ir.Const, ir.Global, ir.FreeVar)):
                    value = source.value
                    if inspect.ismodule(value):
                        modules[assignment.target.name] = value
                elif isinstance(source, ir.Expr) and source.op == "getattr" and source.value.name in modules:
                    value = getattr(modules[source.value.name], source.attr, None)
                else:
                    continue
                if type(value) is float:
                    assignment.value = ir.Const(np.float32(value), source.loc)
                elif inspect.isfunction(value) and not _is_known(value, state.typingctx):
                    assignment.value = ir.Global(value.__name__, word(value), source.loc)
                changed |= assignment.value is not source
        return changed


def _is_known(function: Callable[..., Any], context: Any) -> bool:
    """Return whether numba has a meaning of its own for a function: an overload."""
    try:
        context.resolve_value_type(function)
    except ValueError:
        return False
    return True


class SinglePrecision(CompilerBase):
    """numba's own compiler with `SingleConstants` in front."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(SingleConstants, IRProcessing)
        passes.finalize()
        return [passes]


_SINGLE = {**OPTIONS, "pipeline_class": SinglePrecision}

loop = numba.njit(**_SINGLE)
"""Compile a loop that other kernels call."""

summing_loop = numba.njit(**{**_SINGLE, "fastmath": {"contract", "reassoc"}})
"""The same for a loop that adds up, which would otherwise keep its order and not vectorise."""


@functools.cache
def word(function: Callable[..., Any]) -> Any:
    """Compile a word, a formula or whatever ends up inside a kernel's loop: it is inlined by force."""
    return numba.njit(forceinline=True, **_SINGLE)(function)


def kernel(function: Callable[..., Any], compiler: Callable[..., Any] = loop) -> Any:
    """Compile a kernel and keep its machine code on disk, under a digest of all that it is made of."""
    text = "\n".join([_package(), *_described(function, set())])
    function.__qualname__ = f"{function.__name__}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    compiled = compiler(function)
    if FunctionCache is not None:
        try:
            compiled._cache = _NamedCache(function)
        except RuntimeError:  # neither the package's folder nor the user's can be written
            return compiled
    return compiled


summing_kernel = functools.partial(kernel, compiler=summing_loop)
"""The same for a kernel that adds up."""


if FunctionCache is not None:

    class _NamedCache(FunctionCache):
        """numba's cache, for functions whose name says what they are made of."""

        def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
            return sig, codegen.magic_tuple()


@functools.cache
def _package() -> str:
    """Return the text of all kernels."""
    files = (f for f in importlib.resources.files(__package__).iterdir() if f.name.endswith(".py"))
    return "\n".join(f.read_text(encoding="utf-8") for f in sorted(files, key=lambda f: f.name))


def _described(value: Any, seen: set[int]) -> Iterator[str]:
    """Return what a function does and what everything does that it reaches outside this package.

    By its instructions, not by its text: a file may have been edited since it was imported.
    """
    function = getattr(value, "py_func", value)
    if not inspect.isfunction(function):
        yield value.tobytes().hex() if isinstance(value, np.ndarray) else repr(value)
        return
    if id(function) in seen:
        return
    seen.add(id(function))
    yield f"{function.__module__}.{function.__name__}"
    reached = inspect.getclosurevars(function)
    outside = not function.__module__.startswith(__package__)
    if outside:
        yield from (f"{step.opname} {step.argrepr}" for step in dis.get_instructions(function))
    for name, inner in sorted({**(reached.globals if outside else {}), **reached.nonlocals}.items()):
        yield name
        if inspect.ismodule(inner):
            yield inner.__name__
            names = sorted(reached.unbound | reached.globals.keys()) if outside else ()
            for found in (getattr(inner, each, None) for each in names):
                yield from _described(found, seen)
        else:
            yield from _described(inner, seen)
