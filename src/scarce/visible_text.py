"""Text of somebody else's, made safe to look at; only the standard library, so that any room may call it.

A column name, a label or a file name may hold what a terminal or a browser obeys instead of showing: escape
sequences, carriage returns, marks that turn the direction of writing, characters of no width. Whatever prints
or draws such text passes it through `visible` first.
"""

from __future__ import annotations

import unicodedata

MOST_MARKS = 4
"""Accents on one letter that no script needs more of; a hundred would cover the lines above."""

_NARROW_SPACE = "\u202f"  # stands between a number and its unit on our own pages
_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)
_UNSEEN = frozenset(chr(code) for first, last in _RANGES for code in range(first, last + 1))
"""Fillers, joiners and selectors that Python counts as printable, and nobody sees."""


def visible(text: str) -> str:
    r"""Return `text` on one line, with all that would not be seen as itself written as an escape.

    Parameters
    ----------
    text : str
        May quote anything: a name out of a file, a label out of a model.

    Returns
    -------
    str
        Printable text. Control characters, ends of lines, characters that turn the direction of writing or
        have no width, blanks that look like a space and are none, lone surrogates and unassigned characters
        appear as ``\x1b`` or ``\u202e``, as do accents beyond the fourth on one letter.

    Examples
    --------
    >>> print(visible("fraud\r\x1b[2Jfine \u202ereversed"))
    fraud\r\x1b[2Jfine \u202ereversed
    >>> visible("Größe, 大きさ")
    'Größe, 大きさ'
    """
    if text.isascii() and text.isprintable():
        return text
    shown, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        seen = (char.isprintable() and char not in _UNSEEN) or char == _NARROW_SPACE
        shown.append(char if seen and marks <= MOST_MARKS else char.encode("unicode_escape").decode())
    return "".join(shown)
