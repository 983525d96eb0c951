"""The one file of a model: whole or refused, and the same bytes for the same content."""

from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.bundle import container, whole_files
from scarce.bundle.container import pack, read, unpack, write
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CARD = {"b": [1, 2.5, None], "a": {"é": "ü"}}
ARRAYS = {
    "leaf_value": np.linspace(-1, 1, 5),
    "child": np.arange(4, dtype=np.int32),
    "kind": np.array([2, 9], dtype=np.uint8),
    "bits": np.array([2**32 - 1], dtype=np.uint32),
    "gain": np.zeros(0, dtype=np.float32),
}
HEADER = 28


def two_lines(act: Callable[[], object]) -> str:
    with pytest.raises(ScarceError) as caught:
        act()
    return caught.value.two_lines()


def sealed(content: bytes) -> bytes:
    return content + hashlib.sha256(content).digest()


def with_tensors(tensors: bytes) -> bytes:
    return sealed(container.MAGIC + struct.pack("<IQQ", container.VERSION, 2, len(tensors)) + b"{}" + tensors)


def test_what_is_packed_is_unpacked() -> None:
    card, arrays = unpack(pack(CARD, ARRAYS), "m.scarce")
    assert card == CARD
    assert set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_equal_content_gives_equal_bytes() -> None:
    turned = dict(reversed(ARRAYS.items()))
    strided = {name: np.repeat(array, 2)[::2] for name, array in turned.items()}
    assert pack(CARD, ARRAYS) == pack(dict(reversed(CARD.items())), strided)


def test_other_content_gives_other_bytes() -> None:
    changed = {**ARRAYS, "leaf_value": np.nextafter(ARRAYS["leaf_value"], 2)}
    assert pack(CARD, ARRAYS) != pack(CARD, changed)


def test_a_file_that_is_something_else() -> None:
    assert two_lines(lambda: unpack(b"PK\x03\x04" + b"\0" * 100, "m.zip")) == (
        "error[E421]: m.zip is not a scarce model file\n"
        "hint: give the file that scarce run wrote: model.scarce"
    )


def test_a_file_cut_short() -> None:
    data = pack(CARD, ARRAYS)
    assert two_lines(lambda: unpack(data[:-1], "m.scarce")) == (
        f"error[E422]: the model file m.scarce is cut short: {len(data) - 1} bytes of {len(data)}\n"
        "hint: copy it again from where it was written, or train it again with scarce run"
    )
    assert two_lines(lambda: unpack(b"", "m.scarce")) == (
        "error[E422]: the model file m.scarce is cut short: 0 bytes of at least 60\n"
        "hint: copy it again from where it was written, or train it again with scarce run"
    )


def test_every_cut_is_named_as_one() -> None:
    data = pack(CARD, ARRAYS)
    for length in range(len(data)):
        assert two_lines(lambda length=length: unpack(data[:length], "m")).startswith("error[E422]"), length


def test_one_changed_byte_anywhere_is_seen() -> None:
    data = pack(CARD, ARRAYS)
    seen = set()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x10
        seen.add(two_lines(lambda changed=changed: unpack(bytes(changed), "m"))[6:10])
    assert seen == {"E421", "E422", "E423", "E424"}


def test_a_damaged_file_says_so() -> None:
    data = bytearray(pack(CARD, ARRAYS))
    data[HEADER + 3] ^= 1
    expected = (
        "error[E423]: the model file m.scarce is damaged: its content does not match its digest\n"
        "hint: copy it again from where it was written, or train it again with scarce run"
    )
    assert two_lines(lambda: unpack(bytes(data), "m.scarce")) == expected
    assert two_lines(lambda: unpack(pack(CARD, ARRAYS) + b"x", "m.scarce")) == expected


def test_a_file_of_a_newer_scarce() -> None:
    data = bytearray(pack(CARD, ARRAYS)[:-32])
    data[8] = 7
    assert two_lines(lambda: unpack(sealed(bytes(data)), "m.scarce")) == (
        "error[E424]: the model file m.scarce has format 7; this scarce reads format 3\n"
        "hint: pip install --upgrade 'scarce[trial]'"
    )


def test_a_file_of_an_older_scarce() -> None:
    data = bytearray(pack(CARD, ARRAYS)[:-32])
    data[8] = 1
    assert two_lines(lambda: unpack(sealed(data), "m.scarce")) == (
        "error[E424]: the model file m.scarce has format 1; this scarce reads format 3\n"
        "hint: train it again with scarce run"
    )


def test_a_whole_file_that_is_not_valid() -> None:
    data = sealed(container.MAGIC + struct.pack("<IQQ", container.VERSION, 2, 8) + b"[]" + b"\0" * 8)
    assert two_lines(lambda: unpack(data, "m.scarce")) == (
        "error[E425]: m.scarce is not a valid model: its card is not a JSON object\n"
        "hint: scarce did not write it as it is; train it again with scarce run"
    )


def tensors(header: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if size is None else size) + header + body


def entry(**changed: str) -> bytes:
    parts = {"dtype": '"F64"', "shape": "[1]", "data_offsets": "[0,8]"} | changed
    return ('{"a":{' + ",".join(f'"{key}":{value}' for key, value in parts.items()) + "}}").encode()


HOSTILE = {
    "nothing": b"",
    "half a size": b"\0\0\0",
    "size beyond the file": tensors(b"{}", size=10),
    "largest size": tensors(b"{}", size=2**64 - 1),
    "largest signed size": tensors(b"{}", size=2**63 - 1),
    "header is a list": tensors(b"[]"),
    "header is nothing": tensors(b""),
    "header is a deep list": tensors(b"[" * 100_000),
    "tensor is a number": tensors(b'{"a":1}'),
    "metadata": tensors(b'{"__metadata__":{"x":"y"}}'),
    "missing keys": tensors(b'{"a":{"dtype":"F64"}}'),
    "extra keys": tensors(entry(x="1"), b"\0" * 8),
    "same tensor twice": tensors(entry()[:-1] + b"," + entry()[1:], b"\0" * 8),
    "unknown type": tensors(entry(dtype='"BF16"'), b"\0" * 8),
    "type is a list": tensors(entry(dtype="[]"), b"\0" * 8),
    "shape is a number": tensors(entry(shape="1"), b"\0" * 8),
    "shape is negative": tensors(entry(shape="[-1]"), b"\0" * 8),
    "shape is a float": tensors(entry(shape="[1.0]"), b"\0" * 8),
    "shape is true": tensors(entry(shape="[true]"), b"\0" * 8),
    "shape is square": tensors(entry(shape="[1,1]"), b"\0" * 8),
    "shape is huge": tensors(entry(shape="[99999999999999999999]"), b"\0" * 8),
    "shape wraps around": tensors(entry(shape="[2305843009213693953]"), b"\0" * 8),
    "offsets beyond the block": tensors(entry(data_offsets="[0,16]", shape="[2]"), b"\0" * 8),
    "offsets backwards": tensors(entry(data_offsets="[8,0]"), b"\0" * 8),
    "offsets are one": tensors(entry(data_offsets="[0]"), b"\0" * 8),
    "offsets are texts": tensors(entry(data_offsets='["0","8"]'), b"\0" * 8),
    "a hole in front": tensors(entry(data_offsets="[8,16]"), b"\0" * 16),
    "bytes left over": tensors(entry(), b"\0" * 9),
    "bytes missing": tensors(entry(), b"\0" * 7),
    "name with a lone surrogate": tensors(entry().replace(b'"a"', rb'"\ud800"'), b"\0" * 8),
}


@pytest.mark.parametrize("block", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_tensors_are_refused(block: bytes) -> None:
    assert two_lines(lambda: unpack(with_tensors(block), "m")).startswith(
        "error[E425]: m is not a valid model: its "
    )


def test_the_hostile_tensors_start_from_a_good_one() -> None:
    _, arrays = unpack(with_tensors(tensors(entry(), b"\0" * 8)), "m")
    np.testing.assert_array_equal(arrays["a"], [0.0])


def test_huge_sizes_in_the_header_allocate_nothing() -> None:
    for sizes in ((2**64 - 1, 0), (0, 2**64 - 1), (2**63, 2**63), (2**40, 2**40)):
        data = container.MAGIC + struct.pack("<IQQ", container.VERSION, *sizes) + b"\0" * 64
        assert two_lines(lambda data=data: unpack(data, "m")).startswith("error[E422]")


def test_no_such_file(tmp_path: Path) -> None:
    place = tmp_path / "m.scarce"
    assert two_lines(lambda: read(place)) == (
        f"error[E420]: cannot open the model file {place}: No such file or directory\n"
        "hint: give the file that scarce run wrote: model.scarce"
    )


@pytest.mark.parametrize("name", ["/dev/zero", "folder", "pipe", "nul\0byte"])
def test_only_regular_files_are_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert two_lines(lambda: read(tmp_path / name)).startswith("error[E420]")


def test_a_file_too_large_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_BYTES", 10)
    (tmp_path / "m").write_bytes(b"x" * 11)
    assert two_lines(lambda: read(tmp_path / "m")).startswith(
        f"error[E425]: {tmp_path / 'm'} is not a valid model: it is larger"
    )


def test_writing_replaces_whole_files_and_leaves_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "m.scarce"
    write(b"old", place)
    write(b"new", place)
    assert read(place) == b"new"
    assert list(tmp_path.iterdir()) == [place]
    assert place.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "m.scarce"
    write(b"old", place)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_files.os, "fsync", fail)
    assert two_lines(lambda: write(b"new", place)) == (
        f"error[E427]: cannot write the model file {place}: No space left on device\n"
        "hint: choose another place for it"
    )
    assert list(tmp_path.iterdir()) == [place]
    assert read(place) == b"old"


def test_writing_where_there_is_no_folder(tmp_path: Path) -> None:
    assert two_lines(lambda: write(b"x", tmp_path / "no" / "m")).startswith("error[E427]")
    assert list(tmp_path.iterdir()) == []
