"""The state of watching: written whole, read as a stranger's, and never of two models."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scarce.bundle import strict_json
from scarce.errors import ScarceError
from scarce.monitoring.evidence import Evidence
from scarce.monitoring.seen_rows import SeenRows
from scarce.monitoring.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.bundle.model import Model


@pytest.fixture
def state(model: Model) -> State:
    rng = np.random.default_rng(0)
    log_odds, positive = rng.normal(-2.0, 1.0, 500), rng.random(500) < 0.2
    return replace(
        State.begin(model, "day", 0.1),
        looks=3,
        until=12.5,
        batches=2,
        rows=500,
        positives=int(positive.sum()),
        expected=71.25,
        cost=10.0,
        expected_cost=11.5,
        seen=SeenRows().after(np.arange(20, dtype=np.uint64)),
        calibration=Evidence().after(log_odds, positive),
        money=Evidence().after(log_odds, positive, np.full(500, 0.5)),
    )


def refusal(path: Path) -> ScarceError:
    with pytest.raises(ScarceError) as caught:
        State.read(path)
    assert caught.value.two_lines().count("\n") == 1
    return caught.value


def test_what_is_written_is_read_again(state: State, model: Model, tmp_path: Path) -> None:
    state.save(tmp_path / "s.json")
    assert State.read(tmp_path / "s.json") == state
    assert State.load(tmp_path / "s.json", model, "day", 0.1) == state
    assert [path.name for path in tmp_path.iterdir()] == ["s.json"]


def test_without_a_file_it_begins(model: Model, tmp_path: Path) -> None:
    begun = State.load(tmp_path / "s.json", model, None, 0.1)
    assert (begun.rows, begun.calibration.most) == (0, 1.0)
    assert list(tmp_path.iterdir()) == []


def test_it_is_small_however_many_rows_were_counted(state: State, tmp_path: Path) -> None:
    many = replace(state, seen=SeenRows().after(np.arange(10**6, dtype=np.uint64) << np.uint64(40)))
    many.save(tmp_path / "s.json")
    assert (tmp_path / "s.json").stat().st_size < 30_000


def test_of_another_model_it_is_refused(state: State, model: Model, tmp_path: Path) -> None:
    state.save(tmp_path / "s.json")
    with pytest.raises(ScarceError) as caught:
        State.load(tmp_path / "s.json", replace(model, prior=0.2), "day", 0.1)
    assert caught.value.code == "E902"


@pytest.mark.parametrize(("time", "tolerance"), [(None, 0.1), ("hour", 0.1), ("day", 0.2)])
def test_kept_with_another_setting_it_is_refused(
    state: State, model: Model, tmp_path: Path, time: str | None, tolerance: float
) -> None:
    state.save(tmp_path / "s.json")
    with pytest.raises(ScarceError) as caught:
        State.load(tmp_path / "s.json", model, time, tolerance)
    assert caught.value.code == "E905"


def test_looks_without_labels_bind_to_no_setting(state: State, model: Model, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    State.load(path, model, None, 0.1, labelled=False).at_next_look().save(path)
    first = State.load(path, model, "day", 0.2)
    assert (first.looks, first.time, first.tolerance) == (1, "day", 0.2)
    state.save(path)
    assert State.load(path, model, None, 0.1, labelled=False) == state


def test_a_place_that_cannot_be_written_is_named(state: State, tmp_path: Path) -> None:
    with pytest.raises(ScarceError) as caught:
        state.save(tmp_path / "nowhere" / "s.json")
    assert caught.value.code == "E909"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 10_000, b'{"kind":1}'])
def test_something_else_is_no_state(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.json").write_bytes(content)
    assert refusal(tmp_path / "s.json").code == "E901"


def test_a_folder_is_no_state(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "E901"


def test_every_cut_is_refused(state: State, tmp_path: Path) -> None:
    state.save(tmp_path / "s.json")
    data = (tmp_path / "s.json").read_bytes()
    for length in range(0, len(data) - 2, 7):
        (tmp_path / "s.json").write_bytes(data[:length])
        assert refusal(tmp_path / "s.json").code == "E901", length


VALUES: tuple[Any, ...] = (
    None, True, -1, 2**63, 10**19, 0.5, -1e308, 1e308, "", "x", "\x1b[2J", [], {}, [None], [1.5, "a"],
    {"not a finite number": "nan"}, {"not a finite number": "inf"}, {"kind": "x"},
)  # fmt: skip


def test_whatever_is_put_in_it_is_refused_or_counts_on(state: State, model: Model, tmp_path: Path) -> None:
    known = json.loads(strict_json.dumps(state.to_dict()))
    places = [(key,) for key in known] + [(part, key) for part in ("seen", "money") for key in known[part]]
    seen, said = set(), []
    for place in places:
        for value in VALUES:
            changed = json.loads(json.dumps(known))
            holder = changed if len(place) == 1 else changed[place[0]]
            holder[place[-1]] = value
            (tmp_path / "s.json").write_text(json.dumps(changed, sort_keys=True, separators=(",", ":")))
            try:
                State.read(tmp_path / "s.json").calibration.after(np.zeros(3), np.zeros(3, dtype=bool))
                seen.add("")
            except ScarceError as error:
                seen.add(error.code)
                said.append(error.two_lines())
    assert seen == {"", "E901"}
    assert all(line.isprintable() for text in said for line in text.split("\n"))


def test_a_key_more_or_less_is_refused(state: State, tmp_path: Path) -> None:
    known = state.to_dict()
    for changed in (known | {"more": 1}, {key: value for key, value in known.items() if key != "rows"}):
        (tmp_path / "s.json").write_bytes(strict_json.dumps(changed))
        assert refusal(tmp_path / "s.json").code == "E901"
