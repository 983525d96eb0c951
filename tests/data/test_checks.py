"""Every check finds what it is for, and is silent about its innocent twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from scarce.data.checks.column_checks import COLUMN_CHECKS
from scarce.data.checks.every_check import DATASET_CHECKS, run_checks
from scarce.data.checks.finding import SEVERITIES, Finding
from scarce.data.checks.profile import Profile
from scarce.data.checks.suspect_checks import SUSPECT_CHECKS
from scarce.data.dataset import Dataset
from scarce.data.files.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

N = 2000
ROWS = np.arange(N)
Y = ROWS % 20 == 7  # 100 positives
CUSTOMERS = np.array([f"C{(row // 200 if y else row) % 200}" for row, y in zip(ROWS, Y, strict=True)])


DIGITS = np.char.zfill((ROWS % 40).astype(str), 5)


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def noise() -> np.ndarray:
    return rng().normal(size=N)


def prepared(columns: dict[str, Any], **roles: Any) -> Dataset:
    return Dataset.prepare(pa.table({"noise": noise(), "y": Y.astype(int), **columns}), "y", **roles)


def column(values: Any) -> Callable[[], Dataset]:
    return lambda: prepared({"c": values})


def kept(values: Any) -> Callable[[], Dataset]:
    return lambda: prepared({"c": values}, keep=["c"])


def holed(values: np.ndarray, holes: np.ndarray) -> pa.Array:
    return pa.array(values, mask=holes)


def near_leak(purity: float) -> np.ndarray:
    """A number that is above all others at this share of the positives."""
    values = noise()
    high = Y & (rng().random(N) < purity)
    values[high] += 100
    return values


def with_copies(extra: int, flip: bool = False) -> Dataset:
    x, y = noise(), Y.astype(int)
    x, y = np.append(x, x[:extra]), np.append(y, 1 - y[:extra] if flip else y[:extra])
    return Dataset.prepare(pa.table({"x": x, "y": y}), "y")


def of_positives(count: int) -> Dataset:
    return Dataset.prepare(pa.table({"x": noise(), "y": (count > ROWS).astype(int)}), "y")


def weighted(weight: np.ndarray) -> Dataset:
    return prepared({"w": weight}, weight="w")


def drifting(strength: float) -> Dataset:
    chance = 0.05 * (1 + strength * (ROWS / N - 0.5))
    target = (rng().random(N) < chance).astype(int)
    return Dataset.prepare(pa.table({"x": noise(), "t": ROWS, "y": target}), "y", time="t")


def many_words(common: int) -> np.ndarray:
    """`common` of ten rows hold one of 60 frequent words, the others one of 600 rare ones."""
    frequent = np.array([f"f{i % 60}" for i in range(N)])
    rare = np.array([f"r{i % 600}" for i in range(N)])
    return np.where(common > ROWS % 10, frequent, rare)


def text_file(words: int) -> Callable[[Path], Dataset]:
    """A column of few numbers with some words, read from a file."""

    def make(folder: Path) -> Dataset:
        file = folder / "a.csv"
        lines = [f"{noise()[i]},{'abc' if i < words else i % 9},{int(Y[i])}" for i in range(N)]
        file.write_text("x,code,y\n" + "\n".join(lines) + "\n")
        return Dataset.prepare(read(file), "y")

    return make


def file_with(word: str) -> Callable[[Path], Dataset]:
    def make(folder: Path) -> Dataset:
        file = folder / "a.csv"
        lines = [f"{word if i == 3 else noise()[i]},{int(Y[i])}" for i in range(200)]
        file.write_text("x,y\n" + "\n".join(lines) + "\n")
        return Dataset.prepare(read(file), "y")

    return make


IDS = rng().choice(10**9, N, replace=False) + 2 * 10**9
CASES: dict[str, tuple[str, str, Any, Any]] = {
    # name: (code, severity, guilty, innocent twin)
    "a copy of the target": ("D001", "error", column(Y * 2), column(Y[::-1] * 2)),
    "the target in words": (
        "D001",
        "error",
        column(np.where(Y, "bad", "good")),
        column(np.where(ROWS % 2, "a", "b")),
    ),
    "there only where positive": (
        "D001",
        "error",
        column(holed(np.ones(N), ~Y)),
        column(holed(np.ones(N), np.roll(Y, 1))),
    ),
    "missing only where positive": (
        "D001",
        "error",
        column(holed(np.ones(N), Y)),
        column(holed(np.ones(N), ROWS % 2 == 0)),
    ),
    "one cut separates": ("D002", "warning", column(near_leak(1.0)), column(near_leak(0.5))),
    "one cut separates the other way": ("D002", "warning", column(-near_leak(1.0)), column(-near_leak(0.5))),
    "a value that only positives have": (
        "D002",
        "warning",
        column(np.where(Y & (ROWS < N / 2), "stop", np.where(ROWS % 2, "a", "b"))),
        column(np.where(ROWS < N / 2, "stop", np.where(ROWS % 2, "a", "b"))),
    ),
    "few copies": ("D003", "note", lambda: with_copies(4), lambda: with_copies(0)),
    "many copies": ("D003", "warning", lambda: with_copies(N // 2), lambda: with_copies(0)),
    "copies with another label": (
        "D004",
        "warning",
        lambda: with_copies(4, flip=True),
        lambda: with_copies(4),
    ),
    "a constant": ("D005", "note", column(np.ones(N)), column(np.append(np.ones(N - 1), 2.0))),
    "an empty column": ("D006", "warning", column(pa.nulls(N)), column(holed(noise(), ROWS > 0))),
    "an infinite number": (
        "D007",
        "warning",
        column(np.append(noise()[1:], -np.inf)),
        column(np.append(noise()[1:], -1e308)),
    ),
    "12 positives": ("D008", "warning", lambda: of_positives(12), lambda: of_positives(50)),
    "1 positive": ("D008", "warning", lambda: of_positives(1), lambda: of_positives(50)),
    "49 positives": ("D008", "warning", lambda: of_positives(49), lambda: of_positives(50)),
    "49 negatives": ("D008", "warning", lambda: of_positives(N - 49), lambda: of_positives(N - 50)),
    "many rare categories": ("D009", "note", column(many_words(7)), column(many_words(9))),
    "a row number": ("D010", "note", column(ROWS + 1), column(ROWS // 2)),
    "a shuffled row number": ("D010", "note", column(rng().permutation(N)), column(rng().integers(0, N, N))),
    "an account number": ("D010", "note", column(IDS), column(IDS / 7)),
    "an id that was kept": ("D017", "warning", kept(ROWS + 1), kept(ROWS // 2)),
    "a drift of the prevalence": ("D011", "warning", lambda: drifting(1.9), lambda: drifting(0.0)),
    "words among numbers": ("D012", "warning", text_file(20), text_file(0)),
    "gaps that tell": (
        "D013",
        "warning",
        column(holed(noise(), np.where(Y, ROWS % 3 > 0, ROWS % 10 == 0))),
        column(holed(noise(), rng().random(N) < 0.3)),
    ),
    "weights on few rows": (
        "D014",
        "warning",
        lambda: weighted(np.where(ROWS % 500 == 7, 10_000.0, 1.0)),
        lambda: weighted(np.where(Y, 1.0, 10.0)),
    ),
    "numbers beyond 2^53": ("D015", "warning", column(2**60 + ROWS // 2), column(2**52 + ROWS // 2)),
    "floats beyond 2^53 that may be ids": (
        "D015",
        "warning",
        column(2.0**60 + 2**20 * ROWS),
        column(4e39 + 1e36 * ROWS),
    ),
    "a word for missing": ("D016", "note", file_with("N/A"), file_with("")),
    "codes with leading zeros": ("D023", "note", column(DIGITS), column(DIGITS.astype(int))),
    "numbers with leading zeros": (
        "D023",
        "note",
        column(np.where(ROWS == 7, "1.5", DIGITS)),
        column(np.where(ROWS == 7, "1.5", np.char.add("0.", DIGITS))),
    ),
    "whole numbers beyond 64 bits": (
        "D023",
        "note",
        column(np.where(ROWS % 2, str(2**63), "1")),
        column(np.where(ROWS % 2, str(2**63 - 1), "1")),
    ),
    "days that rise": ("D025", "note", column(ROWS // 9), column(rng().permutation(ROWS // 9))),
    "customers": ("D026", "note", column(CUSTOMERS), column(rng().permutation(CUSTOMERS))),
}


def found(case: Any, folder: Path) -> list[Finding]:
    return run_checks(case(folder) if case.__name__ == "make" else case())


@pytest.mark.parametrize("name", CASES, ids=str)
def test_a_check_finds_what_it_is_for(name: str, tmp_path: Path) -> None:
    code, severity, guilty, _ = CASES[name]
    findings = [finding for finding in found(guilty, tmp_path) if finding.code == code]
    assert [finding.severity for finding in findings] == [severity]
    assert findings[0].message
    assert findings[0].hint


@pytest.mark.parametrize("name", CASES, ids=str)
def test_a_check_is_silent_about_the_innocent_twin(name: str, tmp_path: Path) -> None:
    code, _, _, innocent = CASES[name]
    assert code not in {finding.code for finding in found(innocent, tmp_path)}


def test_every_check_has_its_case_and_a_code_of_its_own() -> None:
    codes = [check.code for check in (*DATASET_CHECKS, *COLUMN_CHECKS, *SUSPECT_CHECKS)]
    assert len(set(codes)) == len(codes)
    assert {case[0] for case in CASES.values()} == set(codes)


def test_clean_data_has_no_findings() -> None:
    table = {"w": rng().choice(["a", "b", "c"], N), "n": rng().integers(0, 50, N), "t": ROWS % 3 == 0}
    assert run_checks(prepared(table)) == []


def test_findings_come_in_the_order_of_their_weight() -> None:
    findings = run_checks(prepared({"copy": Y, "constant": np.ones(N), "empty": pa.nulls(N)}))
    assert [finding.code for finding in findings] == ["D001", "D006", "D005"]
    ranks = [SEVERITIES.index(finding.severity) for finding in findings]
    assert ranks == sorted(ranks)


def test_a_finding_names_its_column_and_what_to_type() -> None:
    finding = run_checks(prepared({"charged back": Y}))[0]
    assert finding == Finding(
        "D001",
        "error",
        "column 'charged back' alone says what the target says (out of fold, average precision 1.000, "
        "at least 0.963)",
        "if it is known only together with the target: --drop 'charged back'; if before: "
        "--keep 'charged back'",
        ("charged back",),
    )


@pytest.mark.parametrize(("count", "told"), [(1, "1 row, which is taken"), (2, "2 rows, which are taken")])
def test_infinite_rows_are_counted_in_the_right_words(count: int, told: str) -> None:
    findings = run_checks(prepared({"x": np.append(noise()[count:], [np.inf] * count)}))
    assert [finding.message for finding in findings] == [f"column 'x' is infinite in {told} as missing"]


def test_two_positives_above_all_others_are_chance() -> None:
    x = noise()
    order = np.argsort(x)
    target = np.isin(ROWS, order[-2:]).astype(int)
    findings = run_checks(Dataset.prepare(pa.table({"x": x, "y": target}), "y"))
    assert {finding.code for finding in findings} == {"D008"}


@pytest.mark.parametrize("ties", [1, 10], ids=["distinct", "tied"])
def test_the_area_under_the_curve_is_the_chance_of_a_higher_value(ties: int) -> None:
    values = np.floor(rng().normal(size=60) * 60 / ties)
    positive = rng().random(60) < 0.3
    feature = Profile("x", pa.chunked_array([values]), positive, np.arange(60) % 5)
    above = values[positive][:, None] - values[~positive][None, :]
    assert feature.auc == pytest.approx(((above > 0) + 0.5 * (above == 0)).mean())


def test_findings_show_no_value_of_the_data() -> None:
    words = np.where(Y & (ROWS < N / 2), "SECRET", np.where(ROWS % 2, "SECRET2", "b"))
    for finding in run_checks(prepared({"c": words, "d": np.full(N, 987654)})):
        assert "SECRET" not in finding.message + finding.hint
        assert "987654" not in finding.message + finding.hint


def test_the_leaks_of_the_machine_data_are_found(shared_data: Path) -> None:
    findings = run_checks(Dataset.prepare(read(shared_data / "ai4i2020.tsv"), "Machine failure"))
    leaks = {name for finding in findings if finding.code == "D002" for name in finding.columns}
    assert leaks == {"TWF", "HDF", "PWF", "OSF"}
    assert {name for finding in findings if finding.code == "D010" for name in finding.columns} == {"UDI"}


def test_the_card_fraud_table_has_no_leak(shared_data: Path) -> None:
    dataset = Dataset.prepare(read(shared_data / "creditcard.parquet"), "Class", cost="fn=Amount,fp=5")
    assert [(finding.code, finding.severity) for finding in run_checks(dataset)] == [
        ("D003", "note"),
        ("D025", "note"),
    ]
    later = Dataset.prepare(read(shared_data / "creditcard.parquet"), "Class", time="Time")
    assert "D011" in {finding.code for finding in run_checks(later)}
