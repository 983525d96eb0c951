"""JSON that nobody vouches for."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarce.bundle import strict_json
from scarce.errors.refusal import RefusalError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    data = strict_json.dumps(value)
    again = strict_json.loads(data)
    assert again == value
    assert strict_json.dumps(again) == data


def test_order_of_keys_does_not_show() -> None:
    assert strict_json.dumps({"a": 1, "b": 2}) == strict_json.dumps({"b": 2, "a": 1})


def test_every_digit_of_a_float_is_kept() -> None:
    values = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, float("inf"), float("-inf")]
    again = strict_json.loads(strict_json.dumps(values))
    np.testing.assert_array_equal(np.array(again).view(np.uint64), np.array(values).view(np.uint64))
    assert np.isnan(strict_json.loads(strict_json.dumps(float("nan"))))


def test_numpy_values_are_written_as_plain_ones() -> None:
    value = {
        "a": np.float64(0.5),
        "b": np.int32(3),
        "c": np.bool_(True),
        "d": np.array([1.0, 2.0]),
        "e": (1,),
    }
    assert strict_json.dumps(value) == b'{"a":0.5,"b":3,"c":true,"d":[1.0,2.0],"e":[1]}'


@pytest.mark.parametrize("value", [{1: 2}, {"a": object()}, b"bytes", {1, 2}])
def test_what_json_cannot_say_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        strict_json.dumps(value)


BOMBS = {
    "deep lists": b"[" * 200_000,
    "deep lists, closed": b"[" * 33 + b"]" * 33,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep behind a string of brackets": b'["]]]]]]]]",' * 40 + b"1" + b"]" * 40,
    "deep behind an escaped quote": rb'["\"]]]]",' * 40 + b"1" + b"]" * 40,
    "wide": b"[" + b"[]," * 200_001 + b"1]",
    "too many bytes": b'"' + b"a" * strict_json.MAX_BYTES + b'"',
    "huge integer": b"1" * 100_000,
    "long integer": b"1" * 21,
    "huge exponent": b"1e999999999",
    "huge negative": b"-1e400",
    "NaN": b"NaN",
    "Infinity": b"[Infinity]",
    "tagged word": b'{"not a finite number":"one"}',
    "tagged list": b'{"not a finite number":["inf"]}',
    "duplicate keys": b'{"a":1,"b":2,"a":3}',
    "duplicate keys by escape": rb'{"a":1,"\u0061":3}',
    "lone surrogate": rb'{"a":"\ud800"}',
    "lone surrogate in a key": rb'{"\udfff":1}',
    "lone surrogate in a list": rb'["x","\ud812"]',
    "lone surrogate alone": rb'"\ud812"',
    "bytes that are not ASCII": '"é"'.encode(),
    "byte order mark": b"\xef\xbb\xbf1",
    "null byte": b"\x00",
    "trailing": b"1 2",
    "cut short": b'{"a":',
    "unclosed quotes": b'\\"' * 300_000,
    "backslashes": b'"' + b"\\" * 300_001,
    "empty": b"",
    "single quotes": b"{'a': 1}",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=list(BOMBS))
def test_a_bomb_is_refused(bomb: bytes) -> None:
    with pytest.raises(RefusalError):
        strict_json.loads(bomb)


def test_brackets_and_quotes_in_texts_do_not_count_as_depth() -> None:
    value = {'a"[' * 50: ["[" * 1_000, "\\" * 7 + '"[{' * 100]}
    assert strict_json.loads(strict_json.dumps(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(RefusalError):
        strict_json.loads(data)
