"""Whatever the system, a packer or another program does to a data file: the right table, or a coded error."""

from __future__ import annotations

import builtins
import errno
import gzip
import io
import os
import random
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.campaign import share

from scarce.data.files import delimited, dialect, structured
from scarce.data.files.reading import read
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COLUMNS = {"a": list(range(400)), "b": [f"word {i}" for i in range(400)]}
CSV = "a,b\n" + "".join(f"{a},{b}\n" for a, b in zip(*COLUMNS.values(), strict=True))
JSON = "".join(f'{{"a":{a},"b":"{b}"}}\n' for a, b in zip(*COLUMNS.values(), strict=True))
COPY = "copy it to a folder and a name that can be read, and name the copy"
NUMBERS = [errno.EIO, errno.EACCES, errno.ESTALE, errno.ENOENT, errno.EMFILE, errno.ENOMEM, errno.EINVAL]
KINDS = ["a.csv", "a.csv.gz", "a.jsonl", "a.jsonl.gz", "a.parquet", "*.csv"]

linux = pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")


def place(folder: Path, kind: str) -> Path:
    """Write the table under a name, or as two files of a pattern; returns what to read."""
    text = (JSON if "jsonl" in kind else CSV).encode()
    if kind == "a.parquet":
        pq.write_table(pa.table(COLUMNS), folder / kind)
    elif kind == "*.csv":
        lines = CSV.splitlines(keepends=True)
        (folder / "1.csv").write_text("".join(lines[:200]))
        (folder / "2.csv").write_text("".join([lines[0], *lines[200:]]))
    else:
        (folder / kind).write_bytes(gzip.compress(text) if kind.endswith("gz") else text)
    for file in folder.iterdir():
        os.utime(file, (1e9, 1e9))
    return folder / kind


def right_or_refused(path: Path | str) -> str:
    """Read the table; returns the code of the error, or ``""`` for the right table."""
    try:
        table = read(path)
    except ScarceError as error:
        return checked(error)
    assert table.data.to_pydict() == COLUMNS
    return ""


def checked(error: ScarceError) -> str:
    assert error.code.startswith("E1")
    assert error.two_lines().count("\n") == 1
    return error.code


def refused(path: Path | str, code: str, message: str, hint: str) -> None:
    with pytest.raises(ScarceError) as caught:
        read(path)
    assert caught.value.two_lines() == f"error[{code}]: {message}\nhint: {hint}"


class Calls:
    """Counts the calls that reach the system, and does something at one of them."""

    def __init__(self, at: int, act: Callable[[], object]) -> None:
        self.made = 0
        self.at = at
        self.act = act

    def __call__(self) -> None:
        self.made += 1
        if self.made == self.at:
            self.act()


class Watched(io.BufferedReader):
    """A file whose every read is a call that may fail."""

    calls: Calls

    def read(self, size: int | None = -1) -> bytes:
        self.calls()
        return super().read(size)

    def read1(self, size: int = -1) -> bytes:
        self.calls()
        return super().read1(size)

    def readline(self, size: int | None = -1) -> bytes:
        self.calls()
        return super().readline(size)


@contextmanager
def watched(calls: Calls) -> Iterator[None]:
    """Let every stat, listing, open and read of Python, and every query, count as a call that may fail."""
    real = {name: getattr(os, name) for name in ("stat", "lstat", "listdir", "scandir")}
    real_open, real_sql = io.open, delimited.connection

    def counted(name: str) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            calls()
            return real[name](*arguments, **named)

        return call

    def opened(file: object, mode: str = "r", *rest: object, **named: object) -> object:
        calls()
        raw = real_open(file, mode, *rest, **named)
        if mode != "rb":
            return raw
        found = Watched(raw.detach())
        found.calls = calls
        return found

    @contextmanager
    def connected() -> Iterator[object]:
        calls()
        with real_sql() as engine:
            yield engine

    with pytest.MonkeyPatch.context() as patch:
        for name in real:
            patch.setattr(os, name, counted(name))
        patch.setattr(io, "open", opened)
        patch.setattr(builtins, "open", opened)
        for module in (delimited, structured):
            patch.setattr(module, "connection", connected)
        yield


def calls_of(path: Path) -> int:
    """Return how many calls a quiet reading makes."""
    quiet = Calls(0, lambda: None)
    with watched(quiet):
        assert right_or_refused(path) == ""
    return quiet.made


@pytest.mark.campaign
@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_fails_gives_the_right_table_or_a_coded_error(
    kind: str, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    path = place(tmp_path, kind)
    number_of_calls = calls_of(path)
    assert number_of_calls > 5
    cases = [(at, number) for at in range(1, number_of_calls + 1) for number in NUMBERS]
    codes = set()
    for at, number in random.Random(0).sample(cases, min(len(cases), share(700))):

        def fail(number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        with watched(Calls(at, fail)):
            codes.add(right_or_refused(path))
        tally("faults", 1)
    assert "E123" in codes
    assert "E118" not in codes  # the file is sound: it is the system that refuses


@pytest.mark.parametrize("error", [duckdb.IOException("IO Error: no"), EOFError()], ids=repr)
@pytest.mark.parametrize("kind", KINDS)
def test_a_query_that_fails_gives_the_right_table_or_a_coded_error(
    kind: str, error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place(tmp_path, kind)

    @contextmanager
    def connected() -> Iterator[object]:
        raise error
        yield

    for module in (delimited, structured):
        monkeypatch.setattr(module, "connection", connected)
    assert right_or_refused(path) in {"", "E118", "E125"}


def grown(file: Path) -> None:
    with file.open("ab") as opened:
        opened.write(b"\n1,2\n")


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def rewritten(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"word", b"WORD"))


def replaced(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(file.read_bytes().replace(b"word", b"WORD"))
    other.replace(file)


def turned_to_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


CHANGES = [grown, truncated, rewritten, replaced, Path.unlink, turned_to_a_folder]


@pytest.mark.campaign
@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file be replaced")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_changes_at_any_moment_is_never_read_half(
    kind: str, change: Callable[[Path], None], tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    """The content before the change, or after it, or an error: never some of each."""
    (tmp_path / "quiet").mkdir()
    number_of_calls = calls_of(place(tmp_path / "quiet", kind))
    moments = range(2, number_of_calls + 1)
    for at in random.Random(0).sample(moments, min(len(moments), share(200))):
        folder = tmp_path / str(at)
        folder.mkdir()
        path = place(folder, kind)
        victim = sorted(folder.iterdir())[-1]
        busy = False

        def act(victim: Path = victim) -> None:
            nonlocal busy
            if not busy:
                busy = True
                change(victim)

        with watched(Calls(at, act)):
            found = outcome(path)
        assert found in ("E114", "E124", COLUMNS, outcome(path)), at
        tally("faults", 1)


def outcome(path: Path) -> object:
    """Read; returns the table, or the code of the error."""
    try:
        return read(path).data.to_pydict()
    except ScarceError as error:
        return error.code


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["a.csv.gz", "a.jsonl.gz"])
def test_a_damaged_packed_file_is_never_read(
    kind: str, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    """Cut at every byte, and with every bit turned that decides about the content."""
    path = place(tmp_path, kind)
    sound = path.read_bytes()
    for length in some(range(len(sound))):
        path.write_bytes(sound[:length])
        assert right_or_refused(path) in {"E103", "E105", "E106", "E111", "E118", "E120", "E125"}, length
        tally("files", 1)
    header = 10  # its flags, time and system do not concern the content
    for bit in some(range(8 * header, 8 * len(sound))):
        damaged = bytearray(sound)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        padding = bit // 8 == len(sound) - 9  # bits behind the end of the content, in its last byte
        assert right_or_refused(path) in ({"E125", ""} if padding else {"E125"}), bit
        tally("files", 1)
    for junk in (b"x", b"junk" * 9, b"\x1f\x8b", b"\0\0x", sound[: len(sound) // 2]):
        path.write_bytes(sound + junk)
        assert right_or_refused(path) == "E125", junk
    path.write_bytes(sound + bytes(512))  # as on a tape: padded with zeros
    assert right_or_refused(path) == ""


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_damaged_file_ends_in_a_table_or_a_coded_error(
    kind: str, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    path = place(tmp_path, kind)
    sound = path.read_bytes()
    for length in some(range(len(sound))):
        path.write_bytes(sound[:length])
        assert coded(path)
        tally("files", 1)
    for bit in some(range(8 * len(sound))):
        damaged = bytearray(sound)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        assert coded(path)
        tally("files", 1)


def some(numbers: range) -> list[int]:
    return random.Random(0).sample(numbers, min(len(numbers), share(700)))


def coded(path: Path) -> bool:
    try:
        read(path)
    except ScarceError as error:
        return error.code.startswith("E1")
    return True


@pytest.mark.parametrize("magic", [b"\x28\xb5\x2f\xfd", b"BZh91AY&", b"\xfd7zXZ\0"], ids=["zst", "bz2", "xz"])
@pytest.mark.parametrize("rest", [b"", b"junk", bytes(100)], ids=["truncated", "junk", "zeros"])
def test_other_packings_are_named_however_damaged(magic: bytes, rest: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(magic + rest)
    assert right_or_refused(tmp_path / "a.csv") == "E114"


def test_damaged_gzip_is_said_in_two_lines(tmp_path: Path) -> None:
    path = place(tmp_path, "a.csv.gz")
    sound = path.read_bytes()
    path.write_bytes(sound[:-9])
    again = "fetch it or pack it again"
    refused(path, "E125", "a.csv.gz is not a sound gzip file: it ends too early", again)
    path.write_bytes(sound + b"junk")
    reason = "its content is damaged, or something else follows it"
    refused(path, "E125", f"a.csv.gz is not a sound gzip file: {reason}", again)


def test_a_file_that_changes_is_said_in_two_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place(tmp_path, "a.csv")
    real = delimited.sniff

    def sniff(*arguments: object) -> object:
        found = real(*arguments)
        grown(path)
        return found

    monkeypatch.setattr(delimited, "sniff", sniff)
    wait = "wait until it is complete, or make a copy and name that"
    refused(path, "E124", "a.csv changed or vanished while it was read", wait)


def test_a_name_that_is_too_long_is_said_in_two_lines(tmp_path: Path) -> None:
    name = str(tmp_path / ("x" * 300))
    why = os.strerror(errno.ENAMETOOLONG)
    refused(name, "E123", f"the system does not let {name} be read: {why}", COPY)
    assert right_or_refused(name + "*") == "E116"


@linux
def test_a_name_that_is_no_text_is_said_in_two_lines(tmp_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/a\xff.csv")
    Path(name).write_text(CSV)
    shown = f"{tmp_path}/a\\udcff.csv"
    refused(name, "E123", f"the system does not let {shown} be read: its name is not UTF-8", COPY)
    refused(
        tmp_path / "*.csv", "E123", f"the system does not let {shown} be read: its name is not UTF-8", COPY
    )
    assert right_or_refused("a\0b") == "E123"


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a right for links")
def test_links_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "circle.csv").symlink_to("circle.csv")
    (tmp_path / "gone.csv").symlink_to("nothing")
    assert right_or_refused(tmp_path / "circle.csv") == "E123"
    assert right_or_refused(tmp_path / "gone.csv") == "E102"
    (tmp_path / "circle.csv").unlink()
    assert right_or_refused(tmp_path / "*.csv") == "E124"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    place(tmp_path, "a.csv")
    assert right_or_refused(tmp_path / "a.csv" / "b.csv") == "E102"
    assert right_or_refused(tmp_path / "a.csv" / "*.csv") == "E116"


@linux
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "s"))
        hint = "give a CSV, TSV, Parquet, JSON-lines, ARFF or Excel file"
        for path, what in {"pipe.csv": "a pipe", "s": "a socket", "/dev/zero": "a device"}.items():
            refused(tmp_path / path, "E114", f"{tmp_path / path} is {what}", hint)
    refused(tmp_path / "*.csv", "E114", "pipe.csv is a pipe", hint)
    why = os.strerror(errno.EIO)
    refused("/proc/self/mem", "E123", f"the system does not let mem be read: {why}", COPY)


@linux
def test_a_working_folder_that_is_gone_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    hint = "give a full path: the folder that this runs in is gone"
    refused("a.csv", "E102", "there is no file a.csv", hint)
    assert right_or_refused("*.csv") == "E116"
    path = place_in(tmp_path / "there")
    assert right_or_refused(path) == ""


def place_in(folder: Path) -> Path:
    folder.mkdir()
    return place(folder, "a.csv")


@pytest.mark.parametrize("pattern", ["*/a.csv", "**/a.csv", "*/*", "[xy]/a.csv"])
def test_a_folder_that_cannot_be_listed_is_not_passed_over(
    pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `glob` does in silence: the files of that folder would be missing from the table."""
    for name in ("x", "y"):
        place_in(tmp_path / name)
    real = os.scandir

    def scandir(path: str | int = ".") -> object:
        if str(path).rstrip("/").endswith("y") or (pattern.startswith("[") and str(path) == str(tmp_path)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert right_or_refused(tmp_path / pattern) == "E123"


def test_the_line_of_a_row_is_only_named_while_the_file_is_the_same(tmp_path: Path) -> None:
    path = place(tmp_path, "a.csv")
    table = read(path)
    assert table.where(5) == "line 7"
    path.write_text("a,b\n\n\n" + CSV.partition("\n")[2])
    assert table.where(5) == "row 6"
    path.unlink()
    assert table.where(5) == "row 6"


def test_a_writer_beside_us_ends_in_a_table_or_a_coded_error(tmp_path: Path) -> None:
    """A real writer in another thread, as a program that is still exporting."""
    path = tmp_path / "a.csv"
    path.write_text(CSV)
    stop = threading.Event()

    def write() -> None:
        with path.open("a") as file:
            while not stop.wait(0.001):
                file.write("1,more\n")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            assert coded(path)
    finally:
        stop.set()
        writer.join()


def test_the_watch_sees_every_call(tmp_path: Path) -> None:
    """The law above can fail: a fault outside the guarded part comes through."""
    path = place(tmp_path, "a.csv")

    def fail() -> None:
        raise OSError(errno.EIO, "no")

    with watched(Calls(1, fail)), pytest.raises(OSError, match="no"):
        dialect.open_bytes(path)
