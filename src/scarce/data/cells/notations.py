"""How the cells of a table are written: what is said of all of them, and what was found column by column."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scarce.data.cells.date_notation import FORMATS, DateNotation
from scarce.data.cells.number_notation import DECIMALS, NumberNotation
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Notation = NumberNotation | DateNotation
_OF_NUMBER, _OF_DATE = ({*NumberNotation().to_dict()}, {*DateNotation("").to_dict()})


@dataclass(frozen=True)
class Cells:
    """How cells are to be read, and how they were.

    Attributes
    ----------
    decimal : str or None
        ``"."`` or ``","``: the mark of decimals where the values of a column leave it open.
    missing : tuple of str
        Words that are missing in every column, beside those that always are in a column of numbers; of a
        number every spelling is meant. Capitals do not count.
    date_format : str or None
        One of `date_notation.FORMATS`, for columns whose values leave the order open.
    columns : mapping of str to NumberNotation or DateNotation
        How columns are written that are no plain numbers and no ISO dates. A table that has been read says
        here what was found; what is given here is not looked for anew.

    Examples
    --------
    >>> Cells.of(decimal=",", missing="unknown,-").missing
    ('unknown', '-')
    """

    decimal: str | None = None
    missing: tuple[str, ...] = ()
    date_format: str | None = None
    columns: Mapping[str, Notation] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        decimal: str | None = None,
        missing: str | Iterable[object] = (),
        date_format: str | None = None,
    ) -> Cells:
        """Check what a user says of the cells.

        Raises
        ------
        ScarceError
            E204 for a mark that is none of the two, a format that is not known, and an empty word.
        """
        words = missing.split(",") if isinstance(missing, str) else map(str, missing)
        if decimal is not None and decimal not in DECIMALS:
            raise _refused(
                "--decimal", decimal, "it is neither a point nor a comma", "--decimal , or --decimal ."
            )
        if date_format is not None and date_format not in FORMATS:
            known = ", ".join(FORMATS)
            raise _refused("--date-format", date_format, "no such format is known", f"one of {known}")
        return cls(decimal, tuple(word.strip() for word in words if word.strip()), date_format)

    @property
    def missing_numbers(self) -> tuple[tuple[str, float], ...]:
        """The words for missing that are numbers, each with its number."""
        return tuple((word, value) for word in self.missing if (value := number(word)) is not None)

    def among(self, names: Iterable[str]) -> Cells:
        """Return the same of some columns alone."""
        chosen = set(names)
        return replace(self, columns={name: way for name, way in self.columns.items() if name in chosen})

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads."""
        return {
            "decimal": self.decimal,
            "missing": list(self.missing),
            "date_format": self.date_format,
            "columns": {name: way.to_dict() for name, way in self.columns.items()},
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Cells:
        """Read what `to_dict` wrote.

        Raises
        ------
        ScarceError
            E443 for anything else: the file may be anyone's.
        """
        missing, columns = stored.get("missing"), stored.get("columns")
        decimal, date_format = stored.get("decimal"), stored.get("date_format")
        sound = (
            decimal in (None, *DECIMALS)
            and date_format in (None, *FORMATS)
            and isinstance(missing, list)
            and all(isinstance(word, str) and word for word in missing)
            and isinstance(columns, dict)
        )
        if not sound:
            raise ScarceError("E443", reason="it does not say how its cells are written")
        return cls(
            decimal, tuple(missing), date_format, {name: _way(name, columns[name]) for name in columns}
        )


AS_FOUND = Cells()
"""Nothing is said of the cells: what they hold decides."""


def _way(name: str, stored: Any) -> Notation:
    parts = set(stored) if isinstance(stored, dict) else set()
    kinds = (str, bool) if parts == _OF_NUMBER else (str,)
    if parts in (_OF_NUMBER, _OF_DATE) and all(type(value) in kinds for value in stored.values()):
        way = NumberNotation(**stored) if parts == _OF_NUMBER else DateNotation(**stored)
        if way.is_known():
            return way
    raise ScarceError("E443", reason=f"column {name!r} is written in a way that is not known")


def _refused(option: str, value: str, reason: str, suggestion: str) -> ScarceError:
    return ScarceError("E204", option=option, value=value, reason=reason, suggestion=f"write {suggestion}")
