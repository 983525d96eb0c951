"""Pieces of Python source: parameters in signatures, calls and numpydoc docstrings."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 110
UNKNOWN = "**unknown: Never"  # refused with what was meant; a type checker refuses it before


class Parameter(NamedTuple):
    """One parameter: its annotation, what a docstring says of it, and its default as text; "" for none."""

    name: str
    annotation: str
    form: str
    meaning: str = ""
    default: str = "None"


def definition(
    name: str,
    first: list[str],
    positional: list[Parameter],
    keywords: list[Parameter],
    returns: str,
    level: int,
) -> str:
    """Return a signature, one parameter a line."""
    lines = [*first, *map(_signed, positional), "*,", *map(_signed, keywords), UNKNOWN]
    inner = "".join(f"    {line}\n" if line == "*," or "#" in line else f"    {line},\n" for line in lines)
    return textwrap.indent(f"def {name}(\n{inner}) -> {returns}:\n", "    " * level)


def _signed(parameter: Parameter) -> str:
    default = f" = {parameter.default}" if parameter.default else ""
    excused = ",  # noqa: A002 - PyTorch's name" if parameter.name == "input" else ""
    return f"{parameter.name}: {parameter.annotation}{default}{excused}"


def call(function: str, positional: list[str], parameters: Iterable[Parameter], level: int) -> str:
    """Return a call that hands everything on."""
    lines = [*positional, *(f"{p.name}={p.name}" for p in parameters), "**unknown"]
    inner = "".join(f"    {line},\n" for line in lines)
    return textwrap.indent(f"{function}(\n{inner})\n", "    " * level)


def docstring(head: str, about: str, sections: dict[str, str]) -> str:
    """Return a docstring with its sections, indented once."""
    parts = [head, about, *(f"{name}\n{'-' * len(name)}\n{text}" for name, text in sections.items())]
    return textwrap.indent('"""' + "\n\n".join(parts) + '\n"""\n', "    ")


def documented(parameters: Iterable[Parameter]) -> str:
    """Return what a docstring says of parameters."""
    entries = (f"{p.name} : {p.form}\n{textwrap.indent(filled(p.meaning), '    ')}" for p in parameters)
    return "\n".join(entry.rstrip() for entry in entries)


def referred(parameters: Iterable[Parameter], where: str) -> str:
    """Return parameters whose meanings stand elsewhere."""
    lines = textwrap.wrap(", ".join(p.name for p in parameters), WIDTH - 8)
    return "".join(f"\n{line.rstrip(',')}\n    As in `{where}`." for line in lines)


def aliases(names: dict[str, str]) -> str:
    """Return the lines that give things a second name."""
    return "".join(f"{short} = {long}\n" for short, long in names.items() if short != long)


def listed(names: Iterable[str]) -> str:
    """Return the list of public names."""
    return "\n\n__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(names)) + "]\n"


def sentence(text: str) -> str:
    """Return text with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."


def literal(value: object) -> str:
    """Return a value as source."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def filled(text: str) -> str:
    """Return text in lines that may be indented twice more."""
    return "\n".join(textwrap.wrap(text, WIDTH - 12, break_on_hyphens=False))
