"""Whatever is done to a model file: a coded error or a working model, never anything else.

A digest that fits is put on every file but where the digest itself is attacked: otherwise nothing behind it
would be tried.
"""

from __future__ import annotations

import hashlib
import json
import struct
import tracemalloc
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save as save_tensors
from tests.attacks.conftest import of_one_kind

from scarce.bundle import container
from scarce.bundle.serialization import from_bytes
from scarce.errors import ScarceError, ScarceWarning
from scarce.losses import get

if TYPE_CHECKING:
    import pyarrow as pa

    from conftest import Victim

HEADER = 28
DIGEST = 32


def sealed(content: bytes) -> bytes:
    return content + hashlib.sha256(content).digest()


def joined(card: bytes, tensors: bytes, version: int = container.VERSION) -> bytes:
    return sealed(container.MAGIC + struct.pack("<IQQ", version, len(card), len(tensors)) + card + tensors)


def parts(data: bytes) -> tuple[bytes, bytes]:
    _, card_size, _ = struct.unpack_from("<IQQ", data, 8)
    return data[HEADER : HEADER + card_size], data[HEADER + card_size : -DIGEST]


def known(error: ScarceError) -> str:
    """Return the code of an error that `load` may raise; its two lines can be printed."""
    assert error.code in {"E421", "E422", "E423", "E424", "E425"}, error.two_lines()
    lines = error.two_lines().split("\n")
    assert len(lines) == 2
    assert all(line.isprintable() and len(line) < 400 for line in lines), lines
    return error.code


def outcome(data: bytes, table: pa.Table) -> str:
    """Load and use a file; return the code of the error, or what became of it. Anything else is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScarceWarning)
        try:
            model = from_bytes(data, "m.scarce")
        except ScarceError as refused:
            return known(refused)
        try:
            predicted = model.predictions(table)
        except ScarceError as error:
            return f"loaded, then {error.code}"
    assert predicted.num_rows == table.num_rows
    assert not np.isnan(predicted["posterior"].to_numpy()).any()
    return "works"


@of_one_kind
def test_every_cut_is_named(victim: Victim) -> None:
    for length in range(len(victim.data)):
        assert outcome(victim.data[:length], victim.table) == "E422", length


@of_one_kind
def test_every_cut_that_is_sealed_again_is_refused(victim: Victim) -> None:
    content = victim.data[:-DIGEST]
    for length in range(len(content)):
        assert outcome(sealed(content[:length]), victim.table) != "works", length


@of_one_kind
def test_every_cut_of_a_part_is_refused(victim: Victim) -> None:
    card, tensors = parts(victim.data)
    for length in range(len(card)):
        assert outcome(joined(card[:length], tensors), victim.table) == "E425", length
    for length in range(len(tensors)):
        assert outcome(joined(card, tensors[:length]), victim.table) == "E425", length


@of_one_kind
def test_every_flipped_bit_is_seen(victim: Victim) -> None:
    for place in range(len(victim.data)):
        for bit in range(8):
            changed = bytearray(victim.data)
            changed[place] ^= 1 << bit
            assert outcome(bytes(changed), victim.table) in {"E421", "E422", "E423", "E424"}, (place, bit)


@pytest.mark.campaign
def test_flipped_bytes_behind_a_digest_that_fits(victim: Victim, seeds: range) -> None:
    seen = set()
    for seed in seeds:
        rng = np.random.default_rng([1, seed])
        content = bytearray(victim.data[:-DIGEST])
        for _ in range(rng.integers(1, 4)):
            content[rng.integers(len(content))] = rng.choice([0, 255, 128, 34, 91, 123, rng.integers(256)])
        seen.add(outcome(sealed(bytes(content)), victim.table))
    assert {"E425", "works"} <= seen


@pytest.mark.campaign
def test_bytes_taken_out_put_in_and_moved(victim: Victim, seeds: range) -> None:
    card, tensors = parts(victim.data)
    for seed in seeds:
        rng = np.random.default_rng([2, seed])
        pieces = [card, tensors]
        which = rng.integers(2)
        piece = pieces[which]
        start, end = sorted(rng.integers(0, len(piece) + 1, 2))
        middle = (b"", rng.bytes(rng.integers(1, 9)), piece[start:end] * 2, piece[start:end][::-1])
        pieces[which] = piece[:start] + middle[rng.integers(4)] + piece[end:]
        outcome(joined(*pieces), victim.table)


VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**19, 0.0, -0.0, 0.5, 1.5, 1e308, -1e308, 5e-324,
    "", "x", "cost", "\x00", "\ud7ff", "é" * 1_000, "trees", "scarce.errors.ScarceError", "os.system",
    [], {}, [[]], [None], [1, 2], ["a", "a"], [0.5] * 3, {"kind": "x"},
    {"not a finite number": "inf"}, {"not a finite number": "-inf"}, {"not a finite number": "nan"},
    {"not a finite number": 1},
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def changed_card(card: Any, rng: np.random.Generator) -> Any:
    """Change one place of the card: another value, a missing or a new entry, or a copy of another place."""
    card = json.loads(json.dumps(card))
    everywhere = places(card)[1:]
    place = everywhere[rng.integers(len(everywhere))]
    holder = at(card, place[:-1])
    match rng.integers(5):
        case 0:
            del holder[place[-1]]
        case 1 if isinstance(holder, dict):
            holder[f"{place[-1]} "] = holder.pop(place[-1])
        case 1 | 2:
            holder[place[-1]] = at(card, everywhere[rng.integers(len(everywhere))])
        case _:
            holder[place[-1]] = VALUES[rng.integers(len(VALUES))]
    return card


def at(card: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        card = card[key]
    return card


def written(card: Any) -> bytes:
    return json.dumps(card, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.campaign
def test_changed_cards(victim: Victim, seeds: range) -> None:
    text, tensors = parts(victim.data)
    card = json.loads(text)
    assert written(card) == text
    seen = set()
    for seed in seeds:
        rng = np.random.default_rng([3, seed])
        try:
            data = joined(written(changed_card(card, rng)), tensors)
        except (ValueError, RecursionError):  # a place put inside itself cannot be written
            continue
        seen.add(outcome(data, victim.table))
    assert {"E425", "works"} <= seen


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
def test_a_value_at_every_place_of_the_card(victim: Victim, value: Any) -> None:
    text, tensors = parts(victim.data)
    for place in places(json.loads(text))[1:]:
        if not (victim.first or place[0] == "members"):
            continue
        card = json.loads(text)
        at(card, place[:-1])[place[-1]] = value
        outcome(joined(written(card), tensors), victim.table)


NUMBERS = {
    "f": [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, 1e308, -1e308, 5e-324, np.inf, -np.inf, np.nan, 2.0**31, 2.0**63],
    "i": [0, 1, -1, 2, -2, 3, -3, 5, 31, 2**31 - 1, -(2**31), 131_072],
    "u": [0, 1, 2, 3, 8, 9, 10, 11, 12, 127, 255],
}


def changed_arrays(arrays: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Change a few entries, or the length or the type, of one or two arrays."""
    arrays = {name: array.copy() for name, array in arrays.items()}
    for _ in range(rng.integers(1, 3)):
        name = list(arrays)[rng.integers(len(arrays))]
        array = arrays[name]
        match rng.integers(8):
            case 0:
                arrays[name] = array[: rng.integers(len(array) + 1)]
            case 1:
                arrays[name] = np.resize(array, rng.integers(1, 12))
            case 2:
                arrays[name] = array.astype(
                    rng.choice(["f8", "f4", "i4", "u4", "u1", "i8", "f2", "?"]), casting="unsafe"
                )
            case 3:
                del arrays[name]
            case 4:
                arrays[name] = rng.permutation(array)
            case _:
                choices = NUMBERS.get(array.dtype.kind, [0])
                array[rng.integers(len(array)) if len(array) else slice(0)] = choices[
                    rng.integers(len(choices))
                ]
    return arrays


@pytest.mark.campaign
def test_changed_arrays(victim: Victim, seeds: range) -> None:
    card, _ = parts(victim.data)
    _, arrays = container.unpack(victim.data, "m")
    seen = set()
    for seed in seeds:
        rng = np.random.default_rng([4, seed])
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            tensors = save_tensors(changed_arrays(arrays, rng))
        seen.add(outcome(joined(card, tensors), victim.table))
    assert {"E425", "works"} <= seen


def with_loss(data: bytes, **changed: Any) -> bytes:
    text, tensors = parts(data)
    card = json.loads(text)
    card["members"][0]["loss"] |= changed
    return joined(written(card), tensors)


@of_one_kind
@pytest.mark.parametrize("n_labels", [1, 2, 3, 4, 5])
def test_a_loss_of_several_labels_is_refused(victim: Victim, n_labels: int) -> None:
    """It would fit a table of as many rows by accident, and no other."""
    weights = [[1.0, 2.0]] * n_labels
    for changed in ({"logit_shift": [0.5] * n_labels}, {"class_weight": weights, "class_counts": weights}):
        result = outcome(with_loss(victim.data, **changed), victim.table)
        assert result == "E425" or (n_labels == 1 and result == "works"), changed


@of_one_kind
def test_a_loss_of_many_classes_is_refused(victim: Victim) -> None:
    text, tensors = parts(victim.data)
    card = json.loads(text)
    card["members"][0]["loss"] = get("focal", kind="softmax").to_dict()
    with pytest.raises(ScarceError, match="its loss is not one of two classes"):
        from_bytes(joined(written(card), tensors))


@pytest.mark.campaign
def test_random_bytes(victim: Victim, seeds: range) -> None:
    card, tensors = parts(victim.data)
    for seed in seeds:
        rng = np.random.default_rng([5, seed])
        noise = rng.bytes(rng.integers(0, 200))
        match rng.integers(4):
            case 0:
                outcome(noise, victim.table)
            case 1:
                outcome(sealed(container.MAGIC + noise), victim.table)
            case 2:
                assert outcome(joined(noise, tensors), victim.table) == "E425"
            case _:
                assert outcome(joined(card, noise), victim.table) == "E425"


BOMBS = {
    "deep lists": b"[" * 500_000,
    "deep objects": b'{"a":' * 100_000,
    "wide lists": b"[" + b"[]," * 150_000 + b"1]",
    "wide objects": b'{"a":[' + b"{}," * 150_000 + b"1]}",
    "numbers": b'{"a":[' + b"1.5," * 100_000 + b"1]}",
    "keys": b"{" + b",".join(b'"%d":0' % i for i in range(50_000)) + b"}",
    "a long integer": b'{"a":' + b"9" * 500_000 + b"}",
    "a long text": b'{"a":"' + b"a" * 500_000 + b'"}',
    "escapes": b'{"a":"' + rb"\u0061" * 80_000 + b'"}',
    "open quotes": b'\\"' * 250_000,
}


@of_one_kind
@pytest.mark.parametrize("card", BOMBS.values(), ids=list(BOMBS))
def test_memory_grows_no_faster_than_the_card(card: bytes, victim: Victim) -> None:
    """With the cap of 8 MiB on a card, 64 times its size is what the worst one can take."""
    _, tensors = parts(victim.data)
    data = joined(card, tensors)
    tracemalloc.start()
    try:
        assert outcome(data, victim.table) == "E425"
        assert tracemalloc.get_traced_memory()[1] < 64 * len(data)
    finally:
        tracemalloc.stop()


@of_one_kind
def test_huge_sizes_cost_nothing(victim: Victim) -> None:
    tracemalloc.start()
    try:
        for size in (2**31, 2**32, 2**40, 2**63 - 1, 2**63, 2**64 - 1):
            for sizes in ((size, 0), (0, size), (size, size), (size, 2**64 - size)):
                data = sealed(
                    container.MAGIC
                    + struct.pack("<IQQ", container.VERSION, *sizes)
                    + victim.data[HEADER:-DIGEST]
                )
                assert outcome(data, victim.table) in {"E422", "E423"}
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
