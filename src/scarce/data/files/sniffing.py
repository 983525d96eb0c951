"""Find out how a delimited file is written, from its head, before anyone parses it.

A parser left to guess reads a ragged file as one column, renames duplicate columns and skips lines above the
header, all without a word. So the delimiter, the quoting, the names and the lines that are no rows are
settled here, and the parser is told.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scarce.data.files.dialect import Dialect, diagnose, fields, head_of, long_fields
from scarce.data.files.header import check_given, check_header, fitted_names, is_header
from scarce.data.files.text_encoding import UTF8
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_RECORDS = 200
_DELIMITERS = ",\t;|"
_COMMENT = "#"
_SEPARATOR = re.compile(r'"?sep=(.)"?[ \t]*[\r\n]*', re.IGNORECASE)


def sniff(path: Path, source: str, given: Sequence[str] | None = None, encoding: str = UTF8) -> Dialect:
    """Find out how a delimited file is written.

    Parameters
    ----------
    path : Path
    source : str
    given : sequence of str, optional
        The names of the columns, where the file has no header.
    encoding : str

    Returns
    -------
    Dialect

    Raises
    ------
    ScarceError
        E103 to E106 as `head_of`; E107 ragged, E109 for names, E111 for no header, E112 for lines above it,
        E154 and E155 for names that do not fit.
    """
    text, whole = head_of(path, source, encoding)
    lines = io.StringIO(text, newline="").readlines()
    if not lines[0].strip():
        raise ScarceError("E112", source=source, reason="is empty")
    separator = _SEPARATOR.fullmatch(lines[0])
    first = 1 if separator else 0
    top = first
    while top < len(lines) - 1 and (lines[top].startswith(_COMMENT) or not lines[top].strip()):
        top += 1
    ways = _ways(separator[1] if separator else None)
    best, tried = _tried(lines, whole, given, ways, first, top, encoding)
    if top > first and given is None:
        other, _ = _tried(lines, whole, None, ways, first, top - 1, encoding)
        if other is not None and (best is None or _names_below_sign(other, best)):
            best = other
    if best is None:
        best = _single_column(path, tried, source, given)
    if given is None:
        check_header(best.header, best.below, source)
    else:
        check_given(given, best.below, source)
    above = best.dialect.above
    return replace(best.dialect, start=sum(len(line.encode()) for line in lines[:above]))


def _tried(
    lines: list[str],
    whole: bool,
    given: Sequence[str] | None,
    ways: list[dict[str, str]],
    first: int,
    top: int,
    encoding: str,
) -> tuple[_Trial | None, list[_Trial]]:
    """Try every way to read what stands below the comments."""
    comments = sum(line.startswith(_COMMENT) for line in lines[first:top])
    sign = _COMMENT if comments else ""
    plain = Dialect((), "", above=top, comment=sign, comments=comments, encoding=encoding)
    tried = [_try(lines, whole, replace(plain, **way), given) for way in ways]
    return _best(tried), tried


@dataclass(frozen=True)
class _Trial:
    """What the head of the file looks like in one dialect."""

    dialect: Dialect
    header: list[str]
    below: list[list[str]]
    fits: bool

    @property
    def fields(self) -> int:
        return len(self.dialect.names)

    @property
    def even(self) -> bool:
        """Whether the records have as many fields as the header, not one that is left out."""
        return self.fields == len(self.header)

    @property
    def usual(self) -> int:
        """The number of fields that most records have."""
        widths = [len(record) for record in self.below]
        return max(widths, key=widths.count, default=0)


def _ways(delimiter: str | None) -> list[dict[str, str]]:
    """Return delimiters and quotings, best first; only tab-separated files are also tried without quotes."""
    if delimiter is not None:
        return [{"delimiter": delimiter}]
    ways = [{"delimiter": mark} for mark in _DELIMITERS]
    return [*ways, {"delimiter": "\t", "quote": ""}, {"delimiter": " "}]


def _try(lines: list[str], whole: bool, dialect: Dialect, given: Sequence[str] | None) -> _Trial:
    reader = dialect.reader(iter(lines[dialect.above :]))
    found: list[list[str]] = []
    above, sound = 0, True
    with long_fields():
        try:
            for record in reader:
                above = above or (reader.line_num if record else 0)
                found.append(dialect.trimmed(record))
                if len(found) > _RECORDS:
                    break
            else:
                found = found if whole else found[:-1]
        except csv.Error:
            sound = not whole  # a head may end inside a quoted field
    filled = [record for record in found if record]
    header = list(given) if given is not None else filled[0] if filled else [""]
    below = [record for record in filled[given is None :] if not dialect.is_comment(record)]
    marked = [record for record in below if record[0].startswith(_COMMENT)]
    if marked and all(len(record) != len(header) for record in marked):
        dialect = replace(dialect, comment=_COMMENT)
        below = [record for record in below if not dialect.is_comment(record)]
    names = fitted_names(header, below)
    fits = sound and names is not None and (dialect.delimiter != " " or _has_number_column(below))
    above = dialect.above + (0 if given is not None else above)
    return _Trial(replace(dialect, names=tuple(names or header), above=above), header, below, fits)


def _best(tried: list[_Trial]) -> _Trial | None:
    """Return what fits with more fields than one, most of all in a plain way."""
    fitting = [trial for trial in tried if trial.fits and trial.fields > 1]
    if any(trial.dialect.quote for trial in fitting):
        # quotes that close are quotes: read as ordinary characters they let go of the tabs between them
        fitting = [trial for trial in fitting if trial.dialect.quote]
    if any(trial.dialect.delimiter != " " for trial in fitting):
        fitting = [trial for trial in fitting if trial.dialect.delimiter != " "]
    return max(fitting, key=lambda trial: (trial.even, trial.fields), default=None)


def _names_below_sign(marked: _Trial, below: _Trial) -> bool:
    """Whether the last line that begins with the comment sign is the header, and not the line below it."""
    if is_header(below.header, below.below):
        return False
    return is_header(marked.header, marked.below) or not marked.header[0].startswith(_COMMENT + " ")


def _has_number_column(below: list[list[str]]) -> bool:
    return any(all(number(value) is not None for value in column) for column in zip(*below, strict=False))


def _single_column(path: Path, tried: list[_Trial], source: str, given: Sequence[str] | None) -> _Trial:
    """Return the dialect of a file of one column, or say what is wrong with one of several."""
    if given is not None:
        usual = max(trial.usual for trial in tried if trial.dialect.delimiter != " ")
        if usual != len(given):
            raise ScarceError("E154", source=source, found=fields(usual), names=len(given))
    split = [trial for trial in tried if trial.fields > 1 and trial.dialect.delimiter != " "]
    _check_lines_above(tried, source)
    if not split:
        return tried[0]
    best = max(split, key=lambda trial: trial.fields)
    diagnose(path, best.dialect, source)
    return best


def _check_lines_above(tried: list[_Trial], source: str) -> None:
    """Raise where most lines agree on a number of fields that the first line does not have."""
    for trial in tried:
        usual = trial.usual
        times = sum(len(record) == usual for record in trial.below)
        odd = usual > 1 and usual != len(trial.header) and trial.dialect.delimiter != " "
        if odd and len(trial.below) > 1 and times > len(trial.below) / 2:
            reason = f"has {fields(len(trial.header))}, most lines below have {usual}"
            raise ScarceError("E112", source=source, reason=reason)
