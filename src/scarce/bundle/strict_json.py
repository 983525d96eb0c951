"""JSON for content nobody vouches for: bounded in size, depth and digits, and no key twice."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from scarce.errors.refusal import RefusalError, require

MAX_BYTES = 8 << 20
MAX_DEPTH = 32
MAX_CONTAINERS = 200_000  # a list or object costs far more memory than its two characters
MAX_DIGITS = 20  # a 64-bit number

_NOT_FINITE = "not a finite number"


def dumps(value: Any) -> bytes:
    """Write JSON whose bytes depend on the value alone: sorted keys, no spaces, plain ASCII.

    Parameters
    ----------
    value : object
        Dicts with string keys, lists, tuples, strings, booleans, None, and Python or NumPy numbers. Floats
        that JSON has no word for become ``{"not a finite number": "inf"}``.

    Raises
    ------
    TypeError
        For any other object.

    Examples
    --------
    >>> dumps({"b": (1, 2.5), "a": float("inf")})
    b'{"a":{"not a finite number":"inf"},"b":[1,2.5]}'
    """
    text = json.dumps(_plain(value), sort_keys=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return {_NOT_FINITE: repr(value)}
    return value


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a JSON object has string keys, not {key!r}")
    return key


def loads(data: bytes) -> Any:
    """Read JSON, refusing what `dumps` does not write and what would take unbounded memory or stack.

    Raises
    ------
    RefusalError
        For anything that is not bounded, valid JSON without duplicate keys.

    Examples
    --------
    >>> loads(dumps({"cut": float("-inf")}))
    {'cut': -inf}
    >>> loads(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    scarce.errors.refusal.RefusalError: its key 'a' appears twice
    """
    require(len(data) <= MAX_BYTES, f"its JSON is larger than {MAX_BYTES} bytes")
    _check_nesting(data)
    try:
        value = json.loads(
            data.decode("ascii"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair would fail later, in a message
    except RefusalError:
        raise
    except (ValueError, RecursionError):
        raise RefusalError("its JSON cannot be read") from None
    return value


def _check_nesting(data: bytes) -> None:
    """Measure depth before parsing, so that no parser's stack is put to the test."""
    outside_strings = b"".join(re.sub(rb"\\.", b"", data, flags=re.DOTALL).split(b'"')[::2])
    characters = np.frombuffer(outside_strings, dtype=np.uint8)
    opened = np.isin(characters, np.frombuffer(b"[{", dtype=np.uint8))
    closed = np.isin(characters, np.frombuffer(b"]}", dtype=np.uint8))
    require(
        np.count_nonzero(opened) <= MAX_CONTAINERS,
        f"its JSON has more than {MAX_CONTAINERS} lists and objects",
    )
    depth = np.cumsum(opened.astype(np.int32) - closed)
    require(depth.max(initial=0) <= MAX_DEPTH, f"its JSON is nested deeper than {MAX_DEPTH}")


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found: dict[str, Any] = {}
    for key, value in pairs:
        require(key not in found, f"its key {key!r} appears twice")
        found[key] = value
    if set(found) == {_NOT_FINITE}:
        require(found[_NOT_FINITE] in ("inf", "-inf", "nan"), "its JSON has an unknown kind of number")
        return float(found[_NOT_FINITE])
    return found


def _integer(digits: str) -> int:
    require(len(digits) <= MAX_DIGITS, f"its JSON has a whole number of more than {MAX_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    require(math.isfinite(value), f"its JSON has a number out of range: {digits[:40]}")
    return value


def _constant(word: str) -> float:
    raise RefusalError(f"its JSON has {word}")
