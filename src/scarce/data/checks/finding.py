"""What a check has to say."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from scarce.errors import CATALOGUE

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

SAID = frozenset({"D010", "D023", "W158", "W159", "W160"})
"""Notes that a terminal shows too: what is left out, and what is taken for something else than it looks."""


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

    @classmethod
    def of(
        cls, code: str, severity: Severity = "note", columns: tuple[str, ...] = (), **values: Any
    ) -> Finding:
        """Return an entry of the catalogue as a finding.

        Parameters
        ----------
        code : str
        severity : str
        columns : tuple of str
        **values : object
            What the entry's templates name.

        Examples
        --------
        >>> Finding.of("W302", severity="warning", positives=30).hint
        'collect more positives'
        """
        entry = CATALOGUE[code]
        return cls(code, severity, entry.message.format(**values), entry.hint.format(**values), columns)

    def __str__(self) -> str:
        return f"{self.severity} {self.code}: {self.message}"

    @property
    def is_said(self) -> bool:
        """Whether a terminal shows it: all but plain notes."""
        return self.severity != "note" or self.code in SAID

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)
