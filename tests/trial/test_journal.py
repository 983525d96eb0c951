"""Finished fits on disk: what is found is what was kept, or nothing; and nothing foreign is touched."""

from __future__ import annotations

import dataclasses
import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.campaign import share
from tests.trial.tables import table

from scarce.bundle import container
from scarce.bundle.serialization import to_bytes
from scarce.data.dataset import Dataset
from scarce.errors import ScarceError, ScarceWarning
from scarce.trial.config import TrialConfig
from scarce.trial.journal import MAGIC, FoldTrace, Journal, kept
from scarce.trial.lock import LOCK
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCORES = FoldTrace(
    steps=np.array([10.0, 12.0, 14.0]),
    losses=np.array([3.0, 2.0, 2.5]),
    kept=np.array([12.0]),
    logits=np.array([[0.1, -2.0]]),
    log_odds=np.array([[0.3, -1e300]]),
    seconds=1.25,
)
ARRAYS = ("steps", "losses", "kept", "logits", "log_odds")


def trace(rng: np.random.Generator) -> FoldTrace:
    """Return any fit."""
    steps = np.sort(rng.random(4))
    outputs = rng.normal(size=(2, 2, ROWS))
    return FoldTrace(steps, rng.random(4), steps[1:3], outputs[0], outputs[1], rng.random())


def test_the_journal_returns_what_it_was_given(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {"data": "x"})
    journal.keep(SCORES, arm="control", repeat=0, fold=1)
    found = journal.find(2, arm="control", repeat=0, fold=1)
    assert found is not None
    assert same(found, SCORES)
    assert journal.find(2, arm="control", repeat=0, fold=2) is None
    assert journal.find(3, arm="control", repeat=0, fold=1) is None
    assert Journal(tmp_path, {"data": "y"}).find(2, arm="control", repeat=0, fold=1) is None


def same(one: FoldTrace, other: FoldTrace) -> bool:
    """Return whether two fits agree in every bit."""
    arrays = all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in ARRAYS)
    return arrays and one.seconds == other.seconds


@pytest.mark.parametrize("keep", [0, 1, 30, 100, -1])
def test_a_cut_or_damaged_entry_is_computed_again(tmp_path: Path, keep: int) -> None:
    journal = Journal(tmp_path, {})
    journal.keep(SCORES, arm="a")
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:keep])
    assert journal.find(2, arm="a") is None
    journal.keep(SCORES, arm="a")
    assert journal.find(2, arm="a") is not None


def test_entries_that_do_not_fit_are_told_once_and_counted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {})
    journal.tell()  # nothing to tell, and no warning
    for arm in ("a", "b", "c"):
        journal.keep(SCORES, arm=arm)
    for path in sorted(tmp_path.iterdir())[:2]:
        path.write_bytes(b"something else")
    for arm in ("a", "b", "c", "never kept"):
        journal.find(2, arm=arm)
    with pytest.warns(ScarceWarning) as told:
        journal.tell()
    assert [(w.message.code, w.message.message) for w in told] == [
        (
            "W303",
            f"2 kept fit(s) in {tmp_path} are damaged or not what their names say, and were computed again",
        )
    ]


NOT_OF_A_FIT = {
    "an infinite log-odds": {"log_odds": np.array([[0.3, np.inf]])},
    "no number": {"logits": np.array([[np.nan, 0.0]])},
    "an infinite loss": {"losses": np.array([3.0, np.inf, 2.5])},
    "fewer losses than steps": {"losses": np.array([3.0, 2.0])},
    "outputs of no step": {"kept": np.zeros(0), "logits": np.zeros((0, 2)), "log_odds": np.zeros((0, 2))},
    "time without end": {"seconds": np.inf},
    "time that is no number": {"seconds": np.nan},
    "time before it began": {"seconds": -1.0},
    "single precision": {"logits": np.zeros((1, 2), dtype=np.float32)},
}


@pytest.mark.parametrize("changed", NOT_OF_A_FIT.values(), ids=list(NOT_OF_A_FIT))
def test_what_no_fit_gives_is_neither_kept_nor_believed(tmp_path: Path, changed: dict[str, Any]) -> None:
    journal = Journal(tmp_path, {})
    journal.keep(dataclasses.replace(SCORES, **changed), arm="a")
    assert list(tmp_path.iterdir()) == []
    journal.keep(SCORES, arm="a")
    (path,) = tmp_path.iterdir()
    path.write_bytes(forged(path.read_bytes(), **changed))
    assert journal.find(2, arm="a") is None


ANSWERS = np.array([[0.1, -2.0, 3.0], [0.0, 1e300, -1.0]])


def test_answers_come_back_as_they_were_under_their_own_key_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {"data": "x"})
    journal.keep_answers(ANSWERS, arm="a", fold=1)
    found = journal.find_answers((2, 3), arm="a", fold=1)
    assert found is not None
    assert found.tobytes() == ANSWERS.tobytes()
    assert journal.find_answers((2, 3), arm="a", fold=2) is None
    assert journal.find(3, arm="a", fold=1) is None
    assert kept(tmp_path) == (0, 0)  # it is no fit
    journal.tell()  # and nothing was refused
    other = Journal(tmp_path, {"data": "y"})
    assert other.find_answers((2, 3), arm="a", fold=1) is None
    other.prune()
    assert list(tmp_path.iterdir()) == []


NO_ANSWERS = {
    "of other rows": {"log_odds": ANSWERS[:, :2]},
    "an infinite one": {"log_odds": np.where(ANSWERS > 1e299, np.inf, ANSWERS)},
    "no number": {"log_odds": np.full((2, 3), np.nan)},
    "single precision": {"log_odds": np.zeros((2, 3), dtype=np.float32)},
    "what else there was": {"seconds": 1.0},
}


@pytest.mark.parametrize("changed", NO_ANSWERS.values(), ids=list(NO_ANSWERS))
def test_what_no_model_answers_is_not_believed(tmp_path: Path, changed: dict[str, Any]) -> None:
    journal = Journal(tmp_path, {})
    journal.keep_answers(ANSWERS, arm="a")
    (path,) = tmp_path.iterdir()
    path.write_bytes(forged(path.read_bytes(), **changed))
    assert journal.find_answers((2, 3), arm="a") is None
    with pytest.warns(ScarceWarning, match="W303"):
        journal.tell()


def test_answers_that_are_no_numbers_are_not_kept(tmp_path: Path) -> None:
    Journal(tmp_path, {}).keep_answers(np.array([[np.inf]]), arm="a")
    assert list(tmp_path.iterdir()) == []


def forged(entry: bytes, **changed: Any) -> bytes:
    """Return an entry with other content, and a digest that fits it."""
    card, arrays = container.unpack(entry, "entry", MAGIC)
    card |= {name: value for name, value in changed.items() if name not in arrays}
    arrays |= {name: value.ravel() for name, value in changed.items() if name in arrays}
    return container.pack(card, arrays, MAGIC)


def test_a_forgery_that_changes_nothing_is_the_entry_itself(tmp_path: Path) -> None:
    Journal(tmp_path, {}).keep(SCORES, arm="a")
    (path,) = tmp_path.iterdir()
    assert forged(path.read_bytes()) == path.read_bytes()


def test_pruning_keeps_the_fits_of_this_trial_only(tmp_path: Path) -> None:
    mine, other = Journal(tmp_path, {"seed": 0}), Journal(tmp_path, {"seed": 1})
    for arm in ("a", "b"):
        mine.keep(SCORES, arm=arm)
        other.keep(SCORES, arm=arm)
    mine.prune()
    assert mine.find(2, arm="a") is not None
    assert mine.find(2, arm="b") is not None
    assert other.find(2, arm="a") is None
    assert len(list(tmp_path.iterdir())) == 2


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """An entry of another trial, outside the journal's folder."""
    outside = tmp_path / "outside"
    Journal(outside, {"seed": 5}).keep(SCORES, arm="a")
    (path,) = outside.iterdir()
    return path


def test_pruning_touches_nothing_foreign(tmp_path: Path, victim: Path) -> None:
    folder = tmp_path / "journal"
    journal = Journal(folder, {"seed": 0})
    journal.keep(SCORES, arm="a")
    (own,) = folder.iterdir()
    named = "0123456789abcdef-fedcba9876543210.fit"
    (folder / "arrays.fit").write_bytes(b"PK\x03\x04 a stranger's arrays")
    (folder / "notes.fit").write_bytes(victim.read_bytes())  # our mark, not our name
    (folder / named).write_bytes(b"our name, not our mark")
    (folder / named.replace("0", "1")).mkdir()
    (folder / named.replace("0", "2")).symlink_to(victim)
    (folder / named.replace("0", "3")).hardlink_to(folder / "arrays.fit")
    (folder / named.replace("0", "4")).write_bytes(b"")
    os.mkfifo(folder / named.replace("0", "5"))
    (folder / "deeper").mkdir()
    (folder / "deeper" / victim.name).write_bytes(victim.read_bytes())
    before = sorted(folder.rglob("*"))
    for path in before:
        os.utime(path, (0, 0), follow_symlinks=False)
    journal.prune()
    assert sorted(folder.rglob("*")) == before
    assert victim.exists()
    assert kept(folder) == (1, own.stat().st_size)


def test_entries_are_neither_read_nor_written_through_a_link(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", {})
    journal.keep(SCORES, arm="a")
    (path,) = (tmp_path / "journal").iterdir()
    elsewhere = path.rename(tmp_path / "elsewhere")
    before = elsewhere.read_bytes()
    path.symlink_to(elsewhere)
    assert journal.find(2, arm="a") is None
    journal.keep(dataclasses.replace(SCORES, seconds=3.0), arm="a")
    assert path.is_symlink()
    assert elsewhere.read_bytes() == before


@pytest.mark.parametrize("there", [True, False], ids=["a folder", "nothing"])
def test_a_journal_that_is_a_link_is_refused(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target", target_is_directory=True)
    with pytest.raises(ScarceError) as caught:
        Journal(tmp_path / "link", {})
    assert caught.value.two_lines() == (
        f"error[E213]: {tmp_path / 'link'} is a link: finished fits would be written and dropped elsewhere\n"
        "hint: remove the link, or choose another folder with --out (in Python: journal=)"
    )


def test_a_journal_that_became_a_link_is_not_pruned(tmp_path: Path, victim: Path) -> None:
    journal = Journal(tmp_path / "link", {})
    (tmp_path / "link").symlink_to(victim.parent, target_is_directory=True)
    journal.prune()
    assert victim.exists()


def test_a_journal_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ScarceError) as caught:
        Journal(tmp_path / "file", {}).keep(SCORES, arm="a")
    assert caught.value.two_lines() == (
        f"error[E207]: cannot write {tmp_path / 'file'}: File exists\n"
        "hint: choose another place with --out (in Python: journal=)"
    )


def test_a_trial_refuses_a_journal_that_is_a_link_before_it_puts_a_lock_there(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / LOCK).write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "target", target_is_directory=True)
    data = Dataset.prepare(table(600), target="fraud", drop=["day", "customer", "weight"])
    with pytest.raises(ScarceError, match="is a link"):
        run_trial(data, SMALL, journal=tmp_path / "link")
    assert (tmp_path / "target" / LOCK).exists()


def test_without_a_folder_nothing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    journal = Journal(None, {})
    journal.keep(SCORES, arm="a")
    journal.prune()
    assert journal.find(2, arm="a") is None
    assert list(tmp_path.iterdir()) == []


def flip(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    content = bytearray(path.read_bytes())
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    path.write_bytes(content)


def overwrite(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    content = path.read_bytes()
    start, end = sorted(rng.integers(0, len(content) + 1, 2))
    path.write_bytes(content[:start] + rng.bytes(end - start) + content[end:])


def truncate(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.integers(len(content))])


def lengthen(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    path.write_bytes(path.read_bytes() + rng.bytes(rng.integers(1, 200)))


def swap(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    other = others[rng.integers(len(others))]
    mine, its = path.read_bytes(), other.read_bytes()
    path.write_bytes(its)
    other.write_bytes(mine)


def duplicate(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    shutil.copy(others[rng.integers(len(others))], path)


def splice(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    mine, its = path.read_bytes(), others[rng.integers(len(others))].read_bytes()
    place = rng.integers(len(mine))
    path.write_bytes(mine[:place] + its[place:])


def forge_of_another(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    """Put another fit's numbers here under a key that is changed in one place, all with a good digest."""
    content = others[rng.integers(len(others))].read_bytes()
    card, _ = container.unpack(path.read_bytes(), "entry", MAGIC)
    key = dict(card["key"])
    name = list(key)[rng.integers(len(key))]
    key[name] = [key[name] + 1 if type(key[name]) is int else key[name] + "x", None, [], {}, 0.5][
        rng.integers(5)
    ]
    path.write_bytes(forged(content, key=key))


def forge_no_fit(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    changes = list(NOT_OF_A_FIT.values())
    path.write_bytes(forged(path.read_bytes(), **changes[rng.integers(len(changes))]))


def forge_other_rows(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    rows = int(rng.choice([0, 1, ROWS - 1, ROWS + 1, 5_000]))
    names = [("logits",), ("log_odds",), ("logits", "log_odds")][rng.integers(3)]
    path.write_bytes(forged(path.read_bytes(), **{name: np.zeros(2 * rows) for name in names}))


def seal_as_a_model(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    path.write_bytes(container.pack(*container.unpack(path.read_bytes(), "entry", MAGIC)))


def folder(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    targets = [others[0], path, path.parent, path.parent / "nothing", "/dev/zero"]
    path.unlink()
    path.symlink_to(targets[rng.integers(len(targets))])


def huge(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    with path.open("r+b" if rng.integers(2) else "wb") as file:
        file.truncate(int(rng.choice([2**20, 2**34, 2**40])))


def remove(path: Path, others: list[Path], rng: np.random.Generator) -> None:
    path.unlink()


HARMS = (
    flip, overwrite, truncate, lengthen, swap, duplicate, splice, forge_of_another, forge_no_fit,
    forge_other_rows, seal_as_a_model, folder, pipe, link, huge, remove,
)  # fmt: skip
ROWS = 7


@pytest.mark.campaign
def test_whatever_is_done_to_entries_what_is_found_was_kept(
    tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    """Every kind of harm in turn; then the journal is filled again, and again is what it was."""
    rng = np.random.default_rng(8)
    keys = [{"arm": arm, "repeat": 0, "fold": fold} for arm in ("control", "focal") for fold in range(3)]
    fits = [trace(rng) for _ in keys]
    journal = Journal(tmp_path, {"data": "x"})
    for key, fit in zip(keys, fits, strict=True):
        journal.keep(fit, **key)
    whole = {path: path.read_bytes() for path in tmp_path.iterdir()}
    paths = sorted(whole)
    size = share(20_000)
    for turn in range(size):
        harm = HARMS[turn % len(HARMS)]
        struck = paths[rng.integers(len(paths))]
        harm(struck, [path for path in paths if path != struck], rng)
        for key, fit in zip(keys, fits, strict=True):
            found = journal.find(ROWS, **key)
            assert found is None or same(found, fit), harm.__name__
            if found is None and turn < 200:  # written anew where that is possible, and never elsewhere
                journal.keep(fit, **key)
        restore(whole)
    tally("entries", size)


def restore(whole: dict[Path, bytes]) -> None:
    """Put the folder back as it was: each file as a new one, so that nothing is written through a link."""
    for path, content in whole.items():
        same_size = path.is_file() and not path.is_symlink() and path.stat().st_size == len(content)
        if same_size and path.read_bytes() == content:
            continue
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_every_harm_is_seen_except_where_nothing_was_lost(tmp_path: Path, harm: Callable[..., None]) -> None:
    rng = np.random.default_rng(3)
    journal = Journal(tmp_path, {})
    for fold in range(3):
        journal.keep(trace(rng), fold=fold)
    paths = sorted(tmp_path.iterdir())
    for path in paths:
        harm(path, [other for other in paths if other != path and other.is_file()] or [path], rng)
    missing = sum(journal.find(ROWS, fold=fold) is None for fold in range(3))
    assert missing >= 1
    if harm is remove:
        journal.tell()  # what is gone was not harmed
    else:
        with pytest.warns(ScarceWarning, match="W303"):
            journal.tell()


SMALL = TrialConfig(methods=("focal:gamma=1",), learners=("lightgbm",), folds=2, max_rounds=3, replicates=50)
WHOLE_RUNS = (flip, swap, forge_no_fit, forge_other_rows, folder, pipe, link, huge)


def test_a_run_on_harmed_entries_gives_the_model_of_an_undisturbed_one(tmp_path: Path) -> None:
    data = Dataset.prepare(table(600), target="fraud", drop=["day", "customer", "weight"])
    undisturbed = to_bytes(run_trial(data, SMALL, journal=tmp_path)[1])
    whole = {path: path.read_bytes() for path in tmp_path.iterdir()}
    paths = sorted(whole)
    for harm in WHOLE_RUNS:
        harm(paths[0], paths[1:], np.random.default_rng(1))
        with pytest.warns(ScarceWarning, match="W303"):
            assert to_bytes(run_trial(data, SMALL, journal=tmp_path)[1]) == undisturbed, harm.__name__
        restore(whole)


def test_a_run_on_its_own_entries_says_nothing(tmp_path: Path) -> None:
    data = Dataset.prepare(table(600), target="fraud", drop=["day", "customer", "weight"])
    run_trial(data, SMALL, journal=tmp_path)
    run_trial(data, SMALL, journal=tmp_path)
