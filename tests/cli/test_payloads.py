"""One law over every command and the report: text of the data is shown, and neither obeyed nor hidden.

Each payload is put where text of somebody else's reaches an output: names of the target, of features, of
cost, weight and group columns, labels, categories, the file's name, the command line, a stranger's model.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.campaign import share
from tests.cli.conftest import Ended, call
from tests.payloads import PAYLOADS, Page, is_flooded, unseen

from scarce.bundle.serialization import load, save
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Finished

PLACES = ("target", "label", "feature", "category", "cost", "group", "file", "drop")
QUICK = ("--folds", "2", "--learners", "lightgbm", "--methods", "focal:gamma=1")


class Case:
    """A table, a file and the options of a command, with a payload in some places."""

    def __init__(self, folder: Path, payload: str, places: tuple[str, ...], rows: int = 200) -> None:
        names = {place: place + (payload if place in places else "") for place in PLACES}
        rng = np.random.default_rng(0)
        fraud = np.arange(rows) % 5 == 0
        kinds = np.array([names["category"], "web", "shop"], dtype=object)
        self.table = pa.table(
            {
                names["feature"]: rng.normal(size=rows) + fraud,
                f"{names['feature']} 2": pa.array(kinds[rng.integers(0, 3, rows)].tolist()),
                f"{names['feature']} 3": np.ones(rows),  # constant: a finding that names it
                names["cost"]: np.round(rng.lognormal(3, 1, rows), 2),
                names["group"]: np.arange(rows) // 2,
                names["drop"]: rng.normal(size=rows),
                names["target"]: pa.array([names["label"] if one else "fine" for one in fraud]),
            }
        )
        unusable = dict.fromkeys(map(ord, "/\x00*?["), "_")
        self.file = folder / f"{names['file'].translate(unusable)[:60]}.parquet"
        pq.write_table(self.table, self.file)
        quoted = '"' + names["cost"].replace('"', "") + '"'
        self.roles = ("--target", names["target"], "--group", names["group"], "--drop", f'"{names["drop"]}"')
        self.costs = ("--cost", f"fn={quoted},fp=5")

    def run(self, command: str, *more: object) -> Ended:
        return shown(call(command, self.file.name, *self.roles, *more))


def shown(ended: Ended) -> Ended:
    """Return how a command ended, after a look at all that it printed."""
    assert ended.code in (0, 2), ended.err
    for text in (ended.out, ended.err):
        assert unseen(text) == []
        assert not is_flooded(text)
    if ended.code == 2:
        assert len([line for line in ended.error if line.startswith("error[")]) == 1
        assert "error[E999]" not in [line[:11] for line in ended.error]
    return ended


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=list(PAYLOADS))
def test_check_shows_every_payload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, payload: str) -> None:
    monkeypatch.chdir(tmp_path)
    case = Case(tmp_path, payload, PLACES)
    assert case.run("check").code in (0, 2)
    missing = shown(call("check", case.file.name, "--target", f"missing{payload}"))
    assert missing.code == 2


def test_what_is_escaped_is_still_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = Case(tmp_path, "\x1b[31m\u202e", PLACES).run("check")
    assert r"file\x1b_31m\u202e.parquet: " in ended.out
    for place in ("target", "label", "feature"):
        assert rf"{place}\x1b[31m\u202e" in ended.out


@pytest.mark.campaign
def test_a_whole_trial_shows_every_payload_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Callable[[str, int], None]
) -> None:
    """Run, report, record, predict and evaluate; each payload in all places, and in one and another alone."""
    monkeypatch.chdir(tmp_path)
    benign = Page(whole_trial(Case(tmp_path, " plain", PLACES), "benign") or "")
    assert benign.tags.count("script") == 3
    alone = [(name, (PLACES[(i + step) % 8],)) for i, name in enumerate(PAYLOADS) for step in (0, 3)]
    cases = [*((name, PLACES) for name in PAYLOADS), *alone]
    rng = np.random.default_rng(11)
    chosen = [cases[i] for i in rng.permutation(len(cases))[: share(len(cases))]]
    accepted = 0
    for turn, (name, places) in enumerate(chosen):
        html = whole_trial(Case(tmp_path, PAYLOADS[name], places), f"out{turn}")
        if html is not None:
            check_page(html, benign)
            accepted += 1
    assert accepted > len(chosen) / 2
    tally("payloads", len(chosen))


def whole_trial(case: Case, out: str) -> str | None:
    """Return the report of a run, after the commands that follow it; None where the data was refused."""
    ended = case.run("run", *case.costs, *QUICK, "--out", out)
    if ended.code:
        return None
    folder = case.file.parent / out
    assert unseen((folder / "run.json").read_text()) == []
    model = folder / "model.scarce"
    shown(call("evaluate", model, case.file.name))
    json.loads(shown(call("evaluate", model, case.file.name, "--json")).out)
    shown(call("predict", model, case.file.name, "-o", "p.csv"))
    return (folder / "report.html").read_text(encoding="utf-8")


def check_page(html: str, benign: Page) -> None:
    page = Page(html)
    assert unseen(html) == []
    assert not is_flooded("".join(page.text))
    assert set(page.tags) <= set(benign.tags)
    assert page.attributes <= benign.attributes
    assert page.tags.count("script") == 3
    assert page.tags.count("style") == 1


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=list(PAYLOADS))
def test_what_is_made_visible_stays_so(payload: str) -> None:
    once = visible(payload)
    assert unseen(once) == []
    assert not is_flooded(once)
    assert visible(once) == once
    assert not (payload.isascii() and payload.isprintable()) or once == payload


@pytest.mark.parametrize("word", ["Größe", "大きさ", "हिन्दी", "ภาษาไทย", "עִבְרִית", "Việt", "مبلغ", "🙂", "μ²"])
def test_words_of_any_script_are_shown_as_they_are(word: str) -> None:
    assert visible(word) == word


def test_a_lone_surrogate_can_be_printed() -> None:
    assert visible("a\udcffb") == r"a\udcffb"


def test_a_strangers_model_cannot_speak_to_the_terminal(tmp_path: Path, finished: Finished) -> None:
    """A file gets the label as it is; stdout, which may end on a terminal, one that can be looked at."""
    names = ("link", "overprint", "bidirectional override", "delete")
    label = "fraud" + "".join(PAYLOADS[name] for name in names)
    model = load(finished.folder / "model.scarce")
    object.__setattr__(model, "labels", ("no", label))
    save(model, tmp_path / "m.scarce")
    arguments = ("predict", str(tmp_path / "m.scarce"), str(finished.data))
    assert call(*arguments, "-o", str(tmp_path / "p.csv")).code == 0
    assert label in (tmp_path / "p.csv").read_bytes().decode()
    said = call(*arguments).out
    assert unseen(said) == []
    assert visible(label) in said
