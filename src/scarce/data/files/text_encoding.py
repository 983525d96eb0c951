"""How the letters of a text file are written: told by the user, by its first bytes, or recognised by chardet.

A file is UTF-8 unless its first bytes say UTF-16 or UTF-32. Only where it turns out not to be, its lines that
are not ASCII are shown to chardet, asked for the encodings of today's files; what it finds counts if the next
reading that differs is much less likely. Nothing is read as other letters in silence: a note shows a word as
it was read.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
from typing import TYPE_CHECKING, BinaryIO

from scarce.data.files.engine import packing
from scarce.errors import ScarceError, extras, remark

if TYPE_CHECKING:
    from pathlib import Path

UTF8 = "utf-8"
_PIECE = 1 << 20
_SAMPLE = 200_000
_NAME_IT = "name how it is written: --encoding NAME"
_CLEARLY = 1.5
"""How much likelier than the next reading what is recognised must be. In files of 20 to 3,000 bytes of
Chinese, Japanese, Korean, Russian, Greek, Polish, German, French and Portuguese no such one was wrong."""

_DIFFERENT = 3
"""How many bytes beyond ASCII there must be, no two alike: a single letter is a letter of many alphabets."""

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def open_bytes(path: Path, encoding: str = UTF8) -> BinaryIO:
    """Open a file for reading as UTF-8, unpacking gzip."""
    opened = gzip.open(path) if packing(path) == "gzip" else path.open("rb")  # noqa: SIM115
    return opened if encoding == UTF8 else io.BufferedReader(_Recoded(opened, encoding, path.name), _PIECE)


def encoding_named(name: str) -> str:
    """Return an encoding by Python's name of it.

    Raises
    ------
    ScarceError
        E157 for what is no encoding of text.

    Examples
    --------
    >>> encoding_named("GBK"), encoding_named("UTF8")
    ('gbk', 'utf-8')
    """
    try:
        b"a".decode(name, "ignore")
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        raise ScarceError("E157", encoding=name) from None
    return UTF8 if found == "utf-8-sig" else found


def not_utf8(byte: int, line: int, source: str) -> ScarceError:
    """Return E105, with what to type where the encoding is not recognised."""
    return ScarceError("E105", source=source, byte=f"0x{byte:02x}", line=line, suggestion=_NAME_IT)


def encoding_at_sight(path: Path) -> str:
    """Return what the first bytes of a file say: a mark, or every other byte 0; UTF-8 without either."""
    with open_bytes(path) as file:
        head = file.read(4096)
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    for offset, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
        if len(head) >= 4 and head[offset::2].count(0) > 0.4 * len(head):
            return encoding
    return UTF8


def recognised(path: Path, fault: ScarceError) -> str:
    """Return how a file is written that is not UTF-8.

    Parameters
    ----------
    path : Path
    fault : ScarceError
        E105, with the line that is not UTF-8.

    Raises
    ------
    ScarceError
        E105 with what to type, where that is not clear.
    """
    with extras.told():
        import chardet

    sample = _foreign_lines(path)
    if _mostly_utf8(sample):
        raise ScarceError(
            "E105", **fault.values | {"suggestion": "correct that line, or export the file again"}
        )
    found = chardet.detect_all(sample, ignore_threshold=True, encoding_era=chardet.EncodingEra.MODERN_WEB)
    readings: dict[str, tuple[str, float]] = {}
    for guess in found:
        try:
            text = sample.decode(guess["encoding"] or UTF8)
        except (UnicodeDecodeError, LookupError):
            continue
        readings.setdefault(text, (codecs.lookup(guess["encoding"]).name, guess["confidence"]))
    ranked = list(readings.items())
    enough = len({byte for byte in sample if byte > 127}) >= _DIFFERENT
    if ranked and enough and (len(ranked) == 1 or ranked[0][1][1] >= _CLEARLY * ranked[1][1][1]):
        return ranked[0][1][0]
    options = [f"{name} reads {_first_word(text)!r}" for text, (name, _) in ranked[:3]]
    suggestion = _NAME_IT + (f" ({', '.join(options)})" if options else "")
    raise ScarceError("E105", **fault.values | {"suggestion": suggestion})


def encoding_note(path: Path, source: str, encoding: str) -> str:
    """Return W154, which shows the first word that is not ASCII as it was read."""
    word, line = _foreign_word(path, encoding)
    return remark("W154", source=source, encoding=encoding, word=word, line=line)


def is_utf8(path: Path) -> bool:
    """Whether a file is UTF-8 with letters beyond ASCII, which text in another encoding hardly ever is."""
    decoder = codecs.getincrementaldecoder(UTF8)()
    foreign = False
    with open_bytes(path) as file:
        try:
            while piece := file.read(_PIECE):
                foreign = foreign or not piece.isascii()
                if b"\0" in piece:
                    return False
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return foreign


def utf8_note(path: Path, source: str, encoding: str) -> str:
    """Return W161 for a file that is UTF-8 although another encoding was named."""
    word, line = _foreign_word(path, UTF8)
    return remark("W161", source=source, encoding=encoding, word=word, line=line)


def _foreign_word(path: Path, encoding: str) -> tuple[str, int]:
    """Return the first word that is not ASCII, and its line."""
    with open_bytes(path, encoding) as file:
        for number, line in enumerate(file, start=1):
            word = _first_word(line.decode().removeprefix("\ufeff"))
            if word:
                return word, number
    return "", 1


def _foreign_lines(path: Path) -> bytes:
    """Return the lines of a file that are not ASCII, up to a size."""
    found: list[bytes] = []
    size = 0
    with open_bytes(path) as file:
        for line in file:
            if not line.isascii():
                found.append(line[: _SAMPLE - size])
                size += len(found[-1])
                if size >= _SAMPLE:
                    return b"".join(found[:-1] or found)
    return b"".join(found)


def _mostly_utf8(sample: bytes) -> bool:
    """Whether what is not ASCII is UTF-8 but for some damage: other encodings hardly ever look like it."""
    text = sample.decode(UTF8, "replace")
    wrong = text.count("\ufffd")
    return sum(not letter.isascii() for letter in text) - wrong > wrong


def _first_word(text: str) -> str:
    """Return the first word of a text with a letter that is not ASCII."""
    found = re.search(r"[\w€]*[^\x00-\x7f]+\w*", text)
    return found[0][:20] if found else ""


class _Recoded(io.RawIOBase):
    """The bytes of a file in another encoding, as UTF-8."""

    def __init__(self, file: BinaryIO, encoding: str, source: str) -> None:
        self._file, self._encoding, self._source = file, encoding, source
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = memoryview(b"")
        self._lines = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer as far as it goes."""
        while not self._ready:
            piece = self._file.read(_PIECE)
            self._ready = memoryview(self._decoded(piece))
            if not piece:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()

    def _decoded(self, piece: bytes) -> bytes:
        try:
            text = self._decoder.decode(piece, final=not piece)
            self._lines += text.count("\n")
            return text.encode()
        except UnicodeError as error:
            wrong = error.object[error.start : error.start + 1]
            before = piece[: error.start].decode(self._encoding, "ignore") if isinstance(wrong, bytes) else ""
            line = self._lines + before.count("\n") + 1
            byte = f"0x{wrong[0]:02x}" if isinstance(wrong, bytes) and wrong else "its last"
            raise ScarceError(
                "E104", source=self._source, encoding=self._encoding, byte=byte, line=line
            ) from None
