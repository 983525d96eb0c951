"""Every error and warning scarce raises: one class, one catalogue of codes.

An error says what and where in its first line, and what to type in its second. Codes are stable; the
wording is not. Ranges: E1 reading and data, E2 options, E3 the trial, E4 model files and prediction,
E5 losses, E6 boosting and kernels, E7 missing extras, E8 estimators, E90 watching,
E91 training loops, W warnings.
"""

from __future__ import annotations

from scarce.errors.data import DATA
from scarce.errors.entry import Entry
from scarce.errors.estimators import ESTIMATORS
from scarce.errors.losses import LOSSES
from scarce.errors.monitoring import MONITORING
from scarce.errors.rules import RULES
from scarce.errors.trial import TRIAL
from scarce.errors.tuning import TUNING
from scarce.errors.use import USE

__all__ = [
    "CATALOGUE",
    "Entry",
    "Remark",
    "ScarceError",
    "ScarceWarning",
    "in_two_lines",
    "reason",
    "remark",
]

LONGEST = 400
"""Characters of a value that a message holds; a field of a damaged file may have millions."""

CATALOGUE: dict[str, Entry] = {
    **USE,
    **DATA,
    **TRIAL,
    **RULES,
    **LOSSES,
    **ESTIMATORS,
    **MONITORING,
    **TUNING,
}
"""Code to what happened and what to type instead; a file of this package for each range of codes."""


class Remark(str):
    """An entry of the catalogue as one line, to stand among other words; a terminal gives its hint a second.

    Attributes
    ----------
    says, hint : str
        The code with what happened, and what to do.
    """

    says: str
    hint: str

    def __new__(cls, says: str, hint: str) -> Remark:
        """Join the two."""
        made = super().__new__(cls, f"{says}; {hint}")
        made.says, made.hint = says, hint
        return made

    def __getnewargs__(self) -> tuple[str, str]:
        """Pickle both, so that a worker's remark arrives whole."""
        return self.says, self.hint


def remark(code: str, **values: object) -> Remark:
    """Return an entry of the catalogue as one line that begins with its code.

    Examples
    --------
    >>> remark("W301", positives=12)
    'W301: only 12 positives: nothing can be called better with so few; collect more positives'
    """
    entry = CATALOGUE[code]
    return Remark(f"{code}: {entry.message.format(**values)}", entry.hint.format(**values))


def in_two_lines(warning: str) -> list[str]:
    """Return what a warning says and what to do, as a terminal shows them.

    Examples
    --------
    >>> for line in in_two_lines(remark("W301", positives=12)):
    ...     print(line)
    warning W301: only 12 positives: nothing can be called better with so few
    hint: collect more positives
    """
    if isinstance(warning, Remark):
        return [f"warning {warning.says}", f"hint: {warning.hint}"]
    return [f"warning {warning}"]


class ScarceError(ValueError):
    """The one base error: a code of the catalogue with its values filled in.

    Parameters
    ----------
    code : str
        A key of `CATALOGUE`, such as ``"E101"``.
    **values : object
        What the entry's templates name.

    Examples
    --------
    >>> error = ScarceError("E101", column="frued", source="data.csv", suggestion="did you mean 'fraud'?")
    >>> print(error.two_lines())
    error[E101]: no column 'frued' in data.csv
    hint: did you mean 'fraud'?
    """

    def __init__(self, code: str, **values: object) -> None:
        entry = CATALOGUE[code]
        self.code = code
        self.values = values
        shown = {name: _short(value) for name, value in values.items()}
        self.message = entry.message.format(**shown)
        self.hint = entry.hint.format(**shown)
        super().__init__(f"{self.message}; {self.hint}" if self.hint else self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by code and values, so that a worker's error arrives whole."""
        return (_rebuild, (type(self), self.code, self.values))

    def two_lines(self) -> str:
        """Return the error as the command line prints it."""
        return f"error[{self.code}]: {self.message}\nhint: {self.hint}"


class ScarceWarning(UserWarning):
    """A warning of the catalogue; `code` and `message` as in `ScarceError`."""

    def __init__(self, code: str, **values: object) -> None:
        entry = CATALOGUE[code]
        self.code = code
        self.values = values
        shown = {name: _short(value) for name, value in values.items()}
        self.message = entry.message.format(**shown)
        self.hint = entry.hint.format(**shown)
        super().__init__(f"[{code}] {self.message}; {self.hint}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by code and values."""
        return (_rebuild, (type(self), self.code, self.values))


def _short(value: object) -> object:
    """Return a value that a line can hold: of a long text its two ends."""
    if not isinstance(value, str) or len(value) <= LONGEST:
        return value
    return f"{value[: LONGEST - 100]} ... {value[-50:]}"


def reason(error: Exception) -> str:
    """Return what the system refused, in its own words and without its number and paths."""
    return getattr(error, "strerror", None) or str(error)


def _rebuild(kind: type, code: str, values: dict[str, object]) -> object:
    return kind(code, **values)
