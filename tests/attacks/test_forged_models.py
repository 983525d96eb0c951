"""Whole commands on forged models: what they believe of a card ends in two lines, or as asked."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv
from tests.attacks.conftest import of_one_kind
from tests.attacks.test_model_files import changed_card, joined, parts, written
from tests.campaign import share
from tests.cli.conftest import Ended, call
from tests.learners.test_posterior_table import HOSTILE as HOSTILE_TABLES
from tests.learners.test_posterior_table import SOUND as SOUND_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Victim

SAID = {
    "data": {"name": "d.csv", "sha256": "ab" * 32, "target": "fraud", "weight": None},
    "rows": 40,
    "positives": 4,
    "arm": "control",
    "verdict": "6 undecided: the plain model stays.",
    "config": {"folds": 5, "methods": []},
    "versions": {"numpy": "2.0"},
}


pytestmark = of_one_kind


class Commands:
    """A folder with labelled rows, where commands are called on whatever model is put there."""

    def __init__(self, folder: Path, victim: Victim) -> None:
        text, self._tensors = parts(victim.data)
        self.card = json.loads(text) | {"card": SAID}
        self._model, self._data = folder / "m.scarce", folder / "d.csv"
        labels = np.where(np.arange(40) % 10 == 3, "fraud", "fine")
        rows = pa.concat_tables([victim.table.select(["amount", "shop", "age"])] * 10)
        rows = rows.set_column(0, "amount", pa.array([0.0, 1.0, 7.5, 12.0] * 10))
        csv.write_csv(rows.append_column("fraud", pa.array(labels)), self._data)

    def end(self, card: Any) -> list[Ended]:
        """Return how the commands ended on a model with this card; anything but 0 and 2 is a failure."""
        self._model.write_bytes(joined(written(card), self._tensors))
        ended = [call(command, self._model, self._data) for command in ("predict", "evaluate")]
        ended += [call("inspect", self._model), call("inspect", self._model, "--json")]
        for one in ended:
            assert one.code in (0, 2), (one.err, card)
            assert one.code == 0 or (one.out == "" and one.err.startswith(("error[", "warning["))), one
            assert all(line.isprintable() for line in (*one.out.splitlines(), *one.error))
        return ended


@pytest.fixture
def commands(tmp_path: Path, victim: Victim) -> Commands:
    return Commands(tmp_path, victim)


def test_the_commands_work_on_the_model_as_it_is(commands: Commands) -> None:
    assert [ended.code for ended in commands.end(commands.card)] == [0, 0, 0, 0]


@pytest.mark.parametrize("fact", [*SAID, *(f"data.{name}" for name in SAID["data"])])  # type: ignore[arg-type]
def test_no_value_of_a_fact_breaks_a_command(commands: Commands, fact: str) -> None:
    for value in (["a"], {"a": 1}, "x"):
        card = json.loads(json.dumps(commands.card))
        holder, _, name = fact.rpartition(".")
        (card["card"][holder] if holder else card["card"])[name] = value
        commands.end(card)


@pytest.mark.campaign
def test_forged_cards_under_whole_commands(commands: Commands, tally: Callable[[str, int], None]) -> None:
    size, seen = share(1_000), set()
    for seed in range(size):
        rng = np.random.default_rng([6, seed])
        card = json.loads(json.dumps(commands.card))
        whole = rng.integers(3) == 0
        try:
            changed = changed_card(card, rng) if whole else card | {"card": changed_card(card["card"], rng)}
            written(changed)
        except (ValueError, RecursionError):  # a place put inside itself cannot be written
            continue
        seen |= {ended.code for ended in commands.end(changed)}
    assert seen == {0, 2}
    tally("models", size)


SOUND = {"decimal": None, "missing": [], "date_format": None, "columns": {}}
NUMBER = {"decimal": ",", "thousands": ".", "unit": "EUR", "brackets": False}
FORGED_CELLS = {
    "no object": ["a"],
    "no parts": {},
    "a part too many": SOUND | {"more": 1},
    "a decimal mark of letters": SOUND | {"decimal": "x"},
    "no word for missing": SOUND | {"missing": [None]},
    "an empty word for missing": SOUND | {"missing": [""]},
    "a format that is code": SOUND | {"date_format": "(?P<year>.*)"},
    "columns in a list": SOUND | {"columns": []},
    "no way of writing": SOUND | {"columns": {"amount": 1}},
    "an unknown part of one": SOUND | {"columns": {"amount": NUMBER | {"pattern": ".*"}}},
    "a number for a mark": SOUND | {"columns": {"amount": NUMBER | {"decimal": 1}}},
    "one mark for two things": SOUND | {"columns": {"amount": NUMBER | {"thousands": ","}}},
    "a pattern for a mark": SOUND | {"columns": {"amount": NUMBER | {"thousands": "]|.*"}}},
    "a pattern for a unit": SOUND | {"columns": {"amount": NUMBER | {"unit": ".*"}}},
    "a truth value for a unit": SOUND | {"columns": {"amount": NUMBER | {"unit": True}}},
    "a word for a truth value": SOUND | {"columns": {"amount": NUMBER | {"brackets": "yes"}}},
    "a format that is none": SOUND | {"columns": {"when": {"format": "YYYY"}}},
}


@pytest.mark.parametrize("case", FORGED_CELLS)
def test_no_forged_way_of_writing_cells_is_taken(commands: Commands, case: str) -> None:
    encoder = commands.card["encoder"]
    ended = commands.end(commands.card | {"encoder": encoder | {"cells": FORGED_CELLS[case]}})
    assert {one.code for one in ended} == {2}
    assert all(one.error[0].startswith("error[E425]") for one in ended)


def test_ways_of_writing_that_there_are_are_taken(commands: Commands) -> None:
    encoder = commands.card["encoder"]
    for columns in ({"amount": NUMBER}, {"when": {"format": "DD.MM.YYYY"}}):
        cells = SOUND | {"missing": ["unknown"], "columns": columns}
        ended = commands.end(commands.card | {"encoder": encoder | {"cells": cells}})
        assert not any(one.error and one.error[0].startswith("error[E425]") for one in ended)
    plain = {name: value for name, value in encoder.items() if name != "cells"}
    assert [one.code for one in commands.end(commands.card | {"encoder": plain})] == [0, 0, 0, 0]


ENDLESS = ("no number", "a slope without end", "log-odds without end")
"""What JSON as scarce writes it has no numbers for."""


def with_loss(card: Any, loss: Any) -> Any:
    (member,) = card["members"]
    return card | {"members": [member | {"loss": loss}]}


@pytest.mark.parametrize("case", [case for case in HOSTILE_TABLES if case not in ENDLESS])
def test_no_hostile_table_of_a_loss_is_taken(commands: Commands, case: str) -> None:
    ended = commands.end(with_loss(commands.card, HOSTILE_TABLES[case]))
    assert {one.code for one in ended} == {2}
    assert all(one.error[0].startswith("error[E425]") for one in ended)


def test_a_sound_table_of_a_loss_predicts(commands: Commands) -> None:
    assert [one.code for one in commands.end(with_loss(commands.card, SOUND_TABLE))] == [0, 0, 0, 0]


def test_the_name_of_a_module_in_a_model_file_is_never_imported(commands: Commands) -> None:
    stored = commands.card["members"][0]["loss"]
    for name in ("antigravity:fly", "tests.losses.own_losses:PolyCubed"):
        ended = commands.end(with_loss(commands.card, stored | {"modulation": {"name": name}}))
        assert all(one.error[0].startswith("error[E425]") for one in ended)
    assert "antigravity" not in sys.modules
