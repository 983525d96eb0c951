"""What a check has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing that is odd about the data.

    Attributes
    ----------
    code : str
        Of the check, such as ``"D001"``; stable.
    severity : str
        ``"error"`` where a trial would be meaningless, ``"warning"`` where it may mislead, else ``"note"``.
    message : str
        What and where; it never shows a value of the data, since the report carries it.
    hint : str
        What to type or do.
    columns : tuple of str
        The features it is about.
    """

    code: str
    severity: Severity
    message: str
    hint: str
    columns: tuple[str, ...] = ()
