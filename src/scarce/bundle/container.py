"""A sealed file: a header with the sizes, a JSON card, safetensors, and a digest of it all.

Layout: ``magic (8) | version u32 | card size u64 | tensor size u64 | card | tensors | sha256 (32)``, integers
little-endian. Equal content gives equal bytes: keys are sorted and nothing in it tells the time. A model is
one such file; other files of numbers have a magic of their own.
"""

from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from scarce.bundle import strict_json, whole_files
from scarce.errors import ScarceError, reason
from scarce.errors.refusal import RefusalError, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MAGIC = b"\x89scarce\n"  # the first byte is no text, the last one shows a file mangled as text
VERSION = 3
MAX_BYTES = 50_000_000
NEWER = "pip install --upgrade 'scarce[trial]'"
OLDER = "train it again with scarce run"

_SIZES = struct.Struct("<IQQ")
_HEADER = len(MAGIC) + _SIZES.size
_DIGEST = hashlib.sha256().digest_size
_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "I32": "int32",
    "U32": "uint32",
    "U64": "uint64",
    "U8": "uint8",
}


def pack(card: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]], magic: bytes = MAGIC) -> bytes:
    """Return the bytes of a sealed file.

    Parameters
    ----------
    card : mapping
        What `strict_json.dumps` can write.
    arrays : mapping of str to ndarray
        Flat arrays of float64, float32, int32, uint32, uint64 or uint8.
    magic : bytes
        Eight bytes that say what kind of file it is; by default a model.
    """
    text = strict_json.dumps(dict(card))
    tensors = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    content = magic + _SIZES.pack(VERSION, len(text), len(tensors)) + text + tensors
    return content + hashlib.sha256(content).digest()


def unpack(
    data: bytes, source: str, magic: bytes = MAGIC
) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
    """Take a sealed file apart.

    Parameters
    ----------
    data : bytes
        The whole file.
    source : str
        Its name, for the errors.
    magic : bytes
        What it must begin with.

    Returns
    -------
    card, arrays : dict, dict of ndarray
        Well-formed, but not yet known to make sense together.

    Raises
    ------
    ScarceError
        E421 not a model file, E422 cut short, E423 damaged, E424 of another version, E425 not valid.
    """
    if not data.startswith(magic[: len(data)]):
        raise ScarceError("E421", source=source)
    if len(data) < _HEADER:
        raise ScarceError("E422", source=source, have=len(data), want=f"at least {_HEADER + _DIGEST}")
    version, card_size, tensor_size = _SIZES.unpack_from(data, len(MAGIC))
    if version > VERSION or 1 <= version < VERSION:
        instead = NEWER if version > VERSION else OLDER
        raise ScarceError("E424", source=source, version=version, known=VERSION, instead=instead)
    size = _HEADER + card_size + tensor_size + _DIGEST
    if len(data) < size:
        raise ScarceError("E422", source=source, have=len(data), want=size)
    if len(data) > size or version < 1 or hashlib.sha256(data[:-_DIGEST]).digest() != data[-_DIGEST:]:
        raise ScarceError("E423", source=source)
    try:
        card = strict_json.loads(data[_HEADER : _HEADER + card_size])
        require(isinstance(card, dict), "its card is not a JSON object")
        return card, _tensors(data[_HEADER + card_size : -_DIGEST])
    except RefusalError as refusal:
        raise ScarceError("E425", source=source, what=refusal) from None


def _tensors(data: bytes) -> dict[str, NDArray[np.generic]]:
    """Check a safetensors block's own header before anything is allocated for it; then read it."""
    require(len(data) >= 8, "its tensors have no header")
    header_size = int.from_bytes(data[:8], "little")
    require(header_size <= len(data) - 8, "its tensors' header is longer than the tensors")
    header = strict_json.loads(data[8 : 8 + header_size].rstrip(b" "))
    require(isinstance(header, dict), "its tensors' header is not a JSON object")
    position = 0
    for name, entry in header.items():
        position = _check_tensor(name, entry, position)
    require(position == len(data) - 8 - header_size, "its tensors do not fill their block")
    try:
        return load(data)
    except SafetensorError as error:
        raise RefusalError(f"its tensors cannot be read ({error})") from None


def _check_tensor(name: str, entry: object, position: int) -> int:
    """Refuse a tensor that is not flat, or does not start where the last one ended; return where it ends."""
    require(isinstance(entry, dict), f"its tensor {name!r} is not described")
    require(
        set(entry) == {"dtype", "shape", "data_offsets"}, f"its tensor {name!r} is not described as expected"
    )
    require(entry["dtype"] in list(_DTYPES), f"its tensor {name!r} has an unexpected type")
    for key, length in (("shape", 1), ("data_offsets", 2)):
        numbers = entry[key]
        whole = isinstance(numbers, list) and all(type(number) is int and number >= 0 for number in numbers)
        require(whole and len(numbers) == length, f"its tensor {name!r} has an unexpected {key}")
    end = position + entry["shape"][0] * np.dtype(_DTYPES[entry["dtype"]]).itemsize
    require(entry["data_offsets"] == [position, end], f"its tensor {name!r} lies in the wrong place")
    return end


def read(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a file of ours, a regular file of bounded size.

    Raises
    ------
    ScarceError
        E420 when there is no such file or it cannot be read, E425 when it is too large for a model.
    """
    try:
        return whole_files.read(path, MAX_BYTES)
    except RefusalError as refusal:
        raise ScarceError("E425", source=os.fspath(path), what=refusal) from None
    except (OSError, ValueError) as error:
        raise ScarceError("E420", path=os.fspath(path), reason=reason(error)) from None


def write(data: bytes, path: str | os.PathLike[str]) -> None:
    """Put a model file in place whole or not at all.

    Raises
    ------
    ScarceError
        E427 when the file cannot be written; what was there before is untouched.
    """
    try:
        whole_files.write(data, path)
    except OSError as error:
        raise ScarceError("E427", path=os.fspath(path), reason=reason(error)) from None
