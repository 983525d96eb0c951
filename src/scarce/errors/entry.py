"""What the catalogue holds for each code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue: what happened, and what to type instead."""

    message: str
    hint: str
