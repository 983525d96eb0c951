"""The page of each code: what it means, what commonly causes it, how to go on, and its two lines.

A page is a file of `pages`, named by its code: a heading with the code and what it means in one line, then
paragraphs, of which one begins ``Causes:`` and one ``Go on:``, and last the two lines as a user sees them,
indented by four blanks. ``docs/errors.md`` is made of the same files by ``docs/make_errors.py``.
"""

from __future__ import annotations

from importlib.resources import files

PAGES = files("scarce.errors") / "pages"

RANGES = {
    "D": "Findings of the data checks",
    "E1": "Files, columns and labels",
    "E2": "The command line, costs and rules",
    "E3": "The trial and its plan",
    "E4": "Model files and prediction",
    "E5": "Losses",
    "E6": "Boosting",
    "E7": "What is not installed",
    "E8": "The estimators for scikit-learn",
    "E90": "Watching a model at work",
    "E91": "Choosing the numbers of a loss for a training loop",
    "W": "Warnings",
}
"""What the codes that begin so are about."""


def codes() -> list[str]:
    """Return every code that has a page, in order."""
    return sorted(page.name.removesuffix(".md") for page in PAGES.iterdir() if page.name.endswith(".md"))


def page(code: str) -> str:
    """Return the page of a code.

    Parameters
    ----------
    code : str
        One of `codes`.

    Examples
    --------
    >>> print(page("W301").splitlines()[0])
    # W301: too few positives to call anything better
    """
    return (PAGES / f"{code}.md").read_text(encoding="utf-8")


def meaning(code: str) -> str:
    """Return what a code means, in a line.

    Examples
    --------
    >>> meaning("E101")
    'there is no such column'
    """
    return page(code).partition("\n")[0].partition(": ")[2]


def by_range() -> dict[str, list[str]]:
    """Return the codes under the headings of their ranges."""
    found = codes()
    return {title: [code for code in found if code.startswith(range_)] for range_, title in RANGES.items()}
