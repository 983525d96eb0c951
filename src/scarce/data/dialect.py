"""The dialect of a delimited text file, settled by us before anyone parses it, and the faults in one.

A parser left to guess reads a ragged file as one column, renames duplicate columns and skips lines above the
header, all without a word. So the encoding, the delimiter, the quoting and the names are found here from the
head of the file, and a file that the strict parser refuses is walked line by line to say where and why.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from scarce.data.engine import packing
from scarce.data.suggestion import check_names
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEAD = 1 << 20
_RECORDS = 200
_CHUNK = 1 << 22
_FIELD_LIMIT = 2**31 - 1
_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "pipes"}


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written.

    Attributes
    ----------
    names : tuple of str
        The header.
    delimiter : str
    quote : str
        ``'"'``, or empty where quotes are ordinary characters.
    """

    names: tuple[str, ...]
    delimiter: str
    quote: str = '"'

    def reader(self, lines: Iterator[str]) -> csv._reader:
        """Return a strict reader of the records."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True, strict=True)


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading, unpacking gzip."""
    return gzip.open(path) if packing(path) == "gzip" else path.open("rb")


def head_of(path: Path, source: str) -> tuple[str, bool]:
    """Return the first text of a file, and whether that is all of it.

    Parameters
    ----------
    path : Path
    source : str

    Raises
    ------
    ScarceError
        E103 if it is empty, E104 for UTF-16 or UTF-32, E105 where it is not UTF-8, E106 for NUL bytes.
    """
    with open_bytes(path) as file:
        head = file.read(_HEAD)
        whole = not file.read(1)
    if not head.strip():
        raise ScarceError("E103", source=source)
    _check_encoding(head, source)
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head, whole)
    except UnicodeDecodeError as error:
        raise _not_utf8(head, error.start, 0, source) from None
    return text.removeprefix("\ufeff"), whole


def sniff(path: Path, source: str) -> Dialect:
    """Find out how a delimited file is written, from its header and first lines.

    Parameters
    ----------
    path : Path
    source : str

    Returns
    -------
    Dialect

    Raises
    ------
    ScarceError
        E103 to E106 as `head_of`; E107 ragged, E109 and E110 for names, E111 for no header, E112 for lines
        above it.
    """
    text, whole = head_of(path, source)
    if not text.partition("\n")[0].strip():
        raise ScarceError("E112", source=source, reason="is empty")
    tried = [_try(text, whole, delimiter, quote) for delimiter, quote in _candidates()]
    fitting = [found for found in tried if found.even and found.fields > 1]
    if any(found.quote for found in fitting):
        # quotes that close are quotes: read as ordinary characters they let go of the tabs between them
        fitting = [found for found in fitting if found.quote]
    if fitting:
        best = max(fitting, key=lambda found: found.fields)
        _check_header(best.header, source)
        return Dialect(tuple(best.header), best.delimiter, best.quote)
    _check_lines_above(tried, source)
    split = [found for found in tried if found.fields > 1]
    best = max(split, key=lambda found: found.fields) if split else tried[0]
    dialect = Dialect(tuple(best.header), best.delimiter, best.quote)
    if split:
        diagnose(path, dialect, source)
    _check_header(best.header, source)
    return dialect


def diagnose(path: Path, dialect: Dialect, source: str) -> None:
    """Walk a file line by line and raise the first fault that can be named.

    Parameters
    ----------
    path : Path
    dialect : Dialect
    source : str

    Raises
    ------
    ScarceError
        E105 where it is not UTF-8, E107 for a ragged line, E108 for a quote that is not closed.
    """
    for _ in even_records(path, dialect, source):
        pass


def even_records(path: Path, dialect: Dialect, source: str) -> Iterator[list[str]]:
    """Yield each record that is not blank, the header first; raises as `diagnose` does."""
    expected = len(dialect.names)
    for line, record in records(path, dialect, source):
        if record and len(record) != expected:
            raise ScarceError("E107", source=source, line=line, found=_fields(len(record)), expected=expected)
        if record:
            yield record


def records(path: Path, dialect: Dialect, source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record of a file with the number of its first line, the header first."""
    with open_bytes(path) as file, _long_fields():
        lines = _decoded(file, source)
        reader = dialect.reader(lines)
        start = 1
        try:
            for record in reader:
                yield start, record
                start = reader.line_num + 1
        except csv.Error:
            raise ScarceError("E108", source=source, line=start) from None


@dataclass(frozen=True)
class _Trial:
    """What the head of the file looks like under one delimiter and quoting."""

    delimiter: str
    quote: str
    header: list[str]
    below: Counter[int]
    even: bool

    @property
    def fields(self) -> int:
        return len(self.header)


def _candidates() -> list[tuple[str, str]]:
    """Return delimiters and quotings, best first; only tab-separated files are also tried without quotes."""
    return [*((delimiter, '"') for delimiter in _NAMES), ("\t", "")]


def _try(text: str, whole: bool, delimiter: str, quote: str) -> _Trial:
    reader = Dialect((), delimiter, quote).reader(iter(io.StringIO(text, newline="")))
    found: list[list[str]] = []
    sound = True
    with _long_fields():
        try:
            for record in reader:
                found.append(record)
                if len(found) > _RECORDS:
                    break
            else:
                found = found if whole else found[:-1]
        except csv.Error:
            sound = not whole  # a head may end inside a quoted field
    filled = [record for record in found if record]
    header = filled[0] if filled else [""]
    below = Counter(len(record) for record in filled[1:])
    return _Trial(delimiter, quote, header, below, sound and set(below) <= {len(header)})


def _check_lines_above(tried: list[_Trial], source: str) -> None:
    """Raise where most lines agree on a number of fields that the first line does not have."""
    for found in tried:
        total = sum(found.below.values())
        if total < 2:
            continue
        fields, times = found.below.most_common(1)[0]
        if fields > 1 and fields != found.fields and times > total / 2:
            reason = f"has {_fields(found.fields)}, most lines below have {fields}"
            raise ScarceError("E112", source=source, reason=reason)


def _check_header(names: list[str], source: str) -> None:
    """Raise for a header that is none, or has empty or repeated names."""
    numeric = [name for name in names if number(name) is not None]
    counted = [str(i) for i in range(len(names))]
    if (
        len(numeric) * 2 > len(names)
        and [name.strip() for name in names[: len(numeric)]] != counted[: len(numeric)]
    ):
        raise ScarceError("E111", source=source, value=numeric[0])
    if len(names) == 1 and len([word for word in names[0].split() if number(word) is not None]) > 1:
        raise ScarceError("E111", source=source, value=names[0].split()[0])
    check_names(names, source)


def _check_encoding(head: bytes, source: str) -> None:
    wide = {codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32"}
    wide |= {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
    for mark, encoding in wide.items():
        if head.startswith(mark):
            raise ScarceError("E104", source=source, encoding=encoding)
    sample = head[:4096]
    for offset, encoding in ((0, "UTF-16BE"), (1, "UTF-16LE")):
        if len(sample) >= 4 and sample[offset::2].count(0) > 0.4 * len(sample) and len(sample) > 0:
            raise ScarceError("E104", source=source, encoding=encoding)
    position = head.find(b"\0")
    if position >= 0:
        raise ScarceError("E106", source=source, line=head.count(b"\n", 0, position) + 1)


def _not_utf8(chunk: bytes, position: int, lines_before: int, source: str) -> ScarceError:
    line = lines_before + chunk.count(b"\n", 0, position) + 1
    return ScarceError("E105", source=source, line=line, byte=f"0x{chunk[position]:02x}")


def _decoded(file: BinaryIO, source: str) -> Iterator[str]:
    """Yield lines of text, counting as `csv` counts, and name the line that is not UTF-8."""
    done = 0
    mark = codecs.BOM_UTF8
    rest = b""
    while chunk := file.read(_CHUNK):
        chunk = rest + (chunk.removeprefix(mark) if not done else chunk)
        end = chunk.rfind(b"\n") + 1
        rest = chunk[end:]
        yield from _lines(chunk[:end], done, source)
        done += chunk.count(b"\n", 0, end)
    yield from _lines(rest, done, source)


def _lines(block: bytes, done: int, source: str) -> Iterator[str]:
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(block, error.start, done, source) from None
    yield from io.StringIO(text, newline="")


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


class _long_fields:  # noqa: N801 - used as a statement
    """Let the csv module read fields of any length, and put its limit back."""

    def __enter__(self) -> None:
        self._limit = csv.field_size_limit(_FIELD_LIMIT)

    def __exit__(self, *_: object) -> None:
        csv.field_size_limit(self._limit)
