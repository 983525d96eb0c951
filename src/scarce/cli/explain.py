"""``scarce explain``: the page of a code, or every code with what it means."""

from __future__ import annotations

import difflib
import textwrap
from typing import Annotated

import typer

from scarce.cli import console, streams
from scarce.errors import ScarceError, explained

LIST = "scarce explain lists every code with its meaning"


def known(incomplete: str) -> list[tuple[str, str]]:
    """Return the codes that begin so, each with what it means, for a shell to offer."""
    found = [code for code in explained.codes() if code.startswith(incomplete.upper())]
    return [(code, explained.meaning(code)) for code in found]


def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE]",
            show_default=False,
            autocompletion=known,
            help="Such as E134; every code with its meaning unless given.",
        ),
    ] = None,
) -> None:
    """Say what the code of an error or warning means, what commonly causes it, and how to go on."""
    with streams.read_by_choice():
        if code is None:
            show_all()
        else:
            show(_found(code))


def _found(code: str) -> str:
    """Return a code as the catalogue writes it, whatever stands around it.

    Raises
    ------
    ScarceError
        E235, with those that look like it.
    """
    wanted, codes = code.strip("[]: ").upper(), explained.codes()
    if wanted in codes:
        return wanted
    begun = [one for one in codes if wanted and one.startswith(wanted)]
    near = begun[:3] or difflib.get_close_matches(wanted, codes, n=3)
    raise ScarceError("E235", name=code, suggestion=f"did you mean {' or '.join(near)}?" if near else LIST)


def show(code: str) -> None:
    """Print a page: paragraphs as wide as the screen, its two lines as they are."""
    from rich.text import Text

    out = console.stdout()
    heading, *parts = explained.page(code).strip("\n").split("\n\n")
    out.print(Text(heading.removeprefix("# "), style="bold"))
    for part in parts:
        out.print()
        if part.startswith("    "):
            out.print(Text(part, style="dim"), soft_wrap=True)
        else:
            print(textwrap.fill(" ".join(part.split()), out.width, break_on_hyphens=False))


def show_all() -> None:
    """Print every code with its meaning, under the headings of their ranges."""
    from rich.text import Text

    out = console.stdout()
    for title, codes in explained.by_range().items():
        out.print(Text(title, style="bold"))
        for code in codes:
            print(f"  {code}  {explained.meaning(code)}")
        out.print()
    out.print("scarce explain CODE says more of one.")
