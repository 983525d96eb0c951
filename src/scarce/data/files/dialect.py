"""A delimited text file walked record by record, in the dialect that it is written in.

So the head of a file is tried in one dialect after another, and a file that the strict parser refuses is
walked to say where and why.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from scarce.data.files.text_encoding import UTF8, not_utf8, open_bytes
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEAD = 1 << 20
_CHUNK = 1 << 22
_FIELD_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written.

    Attributes
    ----------
    names : tuple of str
        One for each field of a record; empty for a field that the header does not name.
    delimiter : str
        A blank stands for any number of them.
    quote : str
        ``'"'``, or empty where quotes are ordinary characters.
    above : int
        Lines before the first record, the header among them.
    start : int
        Bytes of these lines.
    comment : str
        What a line begins with that is no record; empty if nothing is.
    comments : int
        How many such lines stand above the header.
    encoding : str
    """

    names: tuple[str, ...]
    delimiter: str
    quote: str = '"'
    above: int = 1
    start: int = 0
    comment: str = ""
    comments: int = 0
    encoding: str = UTF8

    def reader(self, lines: Iterator[str]) -> csv._reader:
        """Return a strict reader of the records."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True, strict=True)

    def trimmed(self, record: list[str]) -> list[str]:
        """Return a record without the field that blanks at the end of its line make."""
        return record[:-1] if self.delimiter == " " and len(record) > 1 and not record[-1] else record

    def is_comment(self, record: list[str]) -> bool:
        """Whether a record is none."""
        return bool(self.comment and record and record[0].startswith(self.comment))


def head_of(path: Path, source: str, encoding: str = UTF8) -> tuple[str, bool]:
    """Return the first text of a file, and whether that is all of it.

    Parameters
    ----------
    path : Path
    source : str
    encoding : str

    Raises
    ------
    ScarceError
        E103 if it is empty, E105 where it is not UTF-8, E106 for NUL bytes.
    """
    with open_bytes(path, encoding) as file:
        head = file.read(_HEAD)
        whole = not file.read(1)
    if not head.strip():
        raise ScarceError("E103", source=source)
    position = head.find(b"\0")
    if position >= 0:
        raise ScarceError("E106", source=source, line=head.count(b"\n", 0, position) + 1)
    try:
        text = codecs.getincrementaldecoder(UTF8)().decode(head, whole)
    except UnicodeDecodeError as error:
        raise _not_utf8(head, error.start, 0, source) from None
    return text.removeprefix("\ufeff"), whole


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
    """Yield each record below the header that is not blank; raises as `diagnose` does."""
    expected = len(dialect.names)
    for line, record in records(path, dialect, source):
        if record and len(record) != expected:
            raise ScarceError("E107", source=source, line=line, found=fields(len(record)), expected=expected)
        if record:
            yield record


def records(
    path: Path, dialect: Dialect, source: str, *, comments: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield each record below the header with the number of its first line, or those that are comments."""
    with open_bytes(path, dialect.encoding) as file, long_fields():
        lines = islice(_decoded(file, source), dialect.above, None)
        reader = dialect.reader(lines)
        start = dialect.above + 1
        try:
            for record in reader:
                if dialect.is_comment(record) == comments:
                    yield start, dialect.trimmed(record)
                start = dialect.above + reader.line_num + 1
        except csv.Error:
            raise ScarceError("E108", source=source, line=start) from None


def _not_utf8(chunk: bytes, position: int, lines_before: int, source: str) -> ScarceError:
    line = lines_before + chunk.count(b"\n", 0, position) + 1
    return not_utf8(chunk[position], line, source)


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


def fields(count: int) -> str:
    """Return a number of fields in words."""
    return "1 field" if count == 1 else f"{count} fields"


class long_fields:  # noqa: N801 - used as a statement
    """Let the csv module read fields of any length, and put its limit back."""

    def __enter__(self) -> None:
        self._limit = csv.field_size_limit(_FIELD_LIMIT)

    def __exit__(self, *_: object) -> None:
        csv.field_size_limit(self._limit)
