"""Bad input, each kind by name, from the file to the two lines: exit code 2, nothing written."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

HEADER = "amount,hour,fraud\n"
ROWS = "".join(f"{10 + i},{i % 24},{int(i % 4 == 0)}\n" for i in range(200))
GOOD = HEADER + ROWS


def bad(replaced: str, by: str) -> str:
    """Return the good file with one thing changed."""
    assert replaced in GOOD
    return GOOD.replace(replaced, by, 1)


CASES: dict[str, tuple[str | bytes, str, str, str]] = {
    "missing target column": (
        GOOD,
        "--target frued",
        "error[E101]: no column 'frued' in d.csv",
        "hint: did you mean 'fraud'?",
    ),
    "packed and cut short": (
        gzip.compress(GOOD.encode())[:-9],
        "--target fraud",
        "error[E125]: d.csv is not a sound gzip file: it ends too early",
        "hint: fetch it or pack it again",
    ),
    "one class only": (
        GOOD.replace(",1\n", ",0\n"),
        "--target fraud",
        "error[E133]: the target 'fraud' of d.csv is '0' in all 200 rows",
        "hint: a trial needs rows of two classes: add the others, or name another target",
    ),
    "missing labels": (
        bad("\n11,1,0\n", "\n11,1,\n"),
        "--target fraud",
        "error[E132]: the target 'fraud' of d.csv is missing in 1 row",
        "hint: label these rows, or leave them out: --unlabelled drop",
    ),
    "a third label value": (
        bad("\n11,1,0\n", "\n11,1,2\n"),
        "--target fraud",
        "error[E134]: the target 'fraud' of d.csv has 3 labels, not two",
        "hint: say which one counts as positive, against all others: --positive 2",
    ),
    "unknown positive label": (
        GOOD,
        "--target fraud --positive yes",
        "error[E136]: the target 'fraud' has no label 'yes'",
        "hint: its labels are '1', '0'",
    ),
    "negative cost column": (
        bad("\n11,1,0\n", "\n-11,1,0\n"),
        "--target fraud --cost fn=amount,fp=5",
        "error[E251]: the cost column 'amount' is -11 in line 3 of d.csv",
        "hint: costs must be finite and not negative: correct it, or drop its row",
    ),
    "negative cost": (
        GOOD,
        "--target fraud --cost fn=-3,fp=5",
        "error[E251]: the cost fn is -3",
        "hint: costs must be finite and not negative",
    ),
    "unreadable cost": (
        GOOD,
        "--target fraud --cost fn=100",
        "error[E250]: cannot read the costs 'fn=100': fp is missing",
        "hint: write fn=100,fp=5",
    ),
    "unknown cost column": (
        GOOD,
        "--target fraud --cost fn=amuont,fp=5",
        "error[E101]: no column 'amuont' in d.csv",
        "hint: did you mean 'amount'?",
    ),
    "ragged line": (
        bad("\n11,1,0\n", "\n11,1\n"),
        "--target fraud",
        "error[E107]: line 3 of d.csv has 2 fields, the header has 3",
        "hint: correct that line",
    ),
    "another encoding": (
        bad("\n11,1,0\n", "\n11é,1,0\n").encode("latin-1"),
        "--target fraud",
        "error[E105]: d.csv is not UTF-8: byte 0xe9 in line 3",
        "hint: name how it is written: --encoding NAME",
    ),
    "duplicate column names": (
        bad("amount,hour", "hour,hour"),
        "--target fraud",
        "error[E109]: d.csv has columns of the same name: 'hour'",
        "hint: rename them so that each name occurs once",
    ),
    "junk before the header": (
        "Report of May\n" + GOOD,
        "--target fraud",
        "error[E1",
        "hint: ",
    ),
    "mixed-type column": (
        bad("\n11,1,0\n", "\neleven,1,0\n"),
        "--target fraud",
        "error[E122]: column 'amount' is a number in 99.5 % of its rows, but line 3 of d.csv holds 'eleven'",
        "hint: leave the field empty where a value is missing, or say --missing WORD; or name the column: "
        "--keep",
    ),
    "empty file": (
        "",
        "--target fraud",
        "error[E103]: d.csv holds no rows",
        "hint: give a file with a header",
    ),
    "header only": (HEADER, "--target fraud", "error[E103]: d.csv holds no rows", "hint: give a file"),
    "unknown method": (
        GOOD,
        "--target fraud --methods foal",
        "error[E522]: there is no loss 'foal'",
        "hint: did you mean",
    ),
    "gamma below zero": (
        GOOD,
        "--target fraud --methods focal:gamma=-1",
        "error[E501]: gamma=-1",
        "hint: gamma must be",
    ),
    "undersampling to nothing": (
        GOOD,
        "--target fraud --methods undersample:ratio=0",
        "error[E302]: cannot read the method 'undersample:ratio=0'",
        "hint: write undersample:ratio=10, the number of negatives kept for each positive",
    ),
    "gate on no score": (
        GOOD,
        "--target fraud --fail-if averge_precision<0.5",
        "error[E209]: cannot read the gate 'averge_precision<0.5': there is no score averge_precision",
        "hint: write a score and a bound: average_precision<0.5",
    ),
    "output is a file": (
        GOOD,
        "--target fraud --out d.csv",
        "error[E207]: cannot write d.csv: it is a file",
        "hint: choose another place with --out",
    ),
}


@pytest.mark.parametrize(("content", "options", "message", "hint"), CASES.values(), ids=CASES)
def test_run_refuses(
    scarce: Callable[..., Ended],
    tmp_path: Path,
    content: str | bytes,
    options: str,
    message: str,
    hint: str,
) -> None:
    data = tmp_path / "d.csv"
    data.write_bytes(content if isinstance(content, bytes) else content.encode())
    ended = scarce("run", "d.csv", *options.split())
    assert (ended.code, ended.out) == (2, "")
    assert [line[: len(expected)] for line, expected in zip(ended.error, (message, hint), strict=True)] == [
        message,
        hint,
    ]
    assert list(tmp_path.iterdir()) == [data]


def test_no_such_file(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "payments.csv").write_text(GOOD)
    ended = scarce("run", "paymets.csv", "--target", "fraud")
    assert ended.code == 2
    assert ended.error == ["error[E102]: there is no file paymets.csv", "hint: did you mean 'payments.csv'?"]


def test_fewer_positives_than_folds_reduces_the_folds(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    rows = "".join(f"{10 + i},{i % 24},{int(i % 20 == 0)}\n" for i in range(60))
    (tmp_path / "d.csv").write_text(HEADER + rows)
    ended = scarce("run", "d.csv", "--target", "fraud", "--methods", "brier")
    assert ended.code == 0, ended.err
    assert "W301" in ended.out
    assert "Too few positives (3)" in ended.out


def test_one_positive_is_too_few(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    rows = "".join(f"{10 + i},{i % 24},{int(i == 7)}\n" for i in range(60))
    (tmp_path / "d.csv").write_text(HEADER + rows)
    ended = scarce("run", "d.csv", "--target", "fraud")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error[0].startswith("error[E311]: d.csv has 1 row(s) of label '1'")
    assert not (tmp_path / "scarce-run").exists()


@pytest.mark.parametrize(
    ("column", "code", "said"),
    [
        ("leak", "D001", "leak"),
        ("constant", "D0", "constant"),
        ("empty", "D0", "empty"),
        ("infinite", "D0", "infinite"),
    ],
)
def test_check_names_an_odd_column(
    scarce: Callable[..., Ended], tmp_path: Path, column: str, code: str, said: str
) -> None:
    values = {"leak": "{y}", "constant": "7", "empty": "", "infinite": "{inf}"}[column]
    lines = []
    for i in range(80):
        fraud = int(i % 4 == 0)
        odd = values.format(y=fraud * 3.5, inf="inf" if i == 5 else i)
        lines.append(f"{10 + i},{i % 23},{odd},{fraud}")
    (tmp_path / "d.csv").write_text(f"amount,hour,{column},fraud\n" + "\n".join(lines) + "\n")
    ended = scarce("check", "d.csv", "--target", "fraud")
    assert code in ended.out
    assert said in ended.out
    if column == "leak":
        assert ended.code == 2
        assert ended.error[0] == "error[E210]: 1 finding in d.csv must be mended before a trial"
        refused = scarce("run", "d.csv", "--target", "fraud")
        assert refused.code == 2
        assert refused.error[0].startswith("error[E304]: d.csv: ")
        assert not (tmp_path / "scarce-run").exists()


def test_check_of_ordinary_data_says_so(scarce: Callable[..., Ended], small: Path) -> None:
    ended = scarce("check", small.name, "--target", "fraud", "--group", "customer")
    assert (ended.code, ended.err) == (0, "")
    assert "600 rows, 3 features, 60 positive (fraud = 'yes')" in ended.out


def test_unseen_categories_are_predicted(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    (tmp_path / "new.csv").write_text("amount,hour,channel\n20,13,carrier pigeon\n20,13,telegraph\n")
    ended = scarce("predict", finished.folder / "model.scarce", "new.csv", "--no-columns")
    assert ended.code == 0
    first, second = ended.out.splitlines()[1:]
    assert first == second


@pytest.mark.parametrize(("count", "rows"), [(1, "1 row,"), (2, "2 rows,")])
def test_predicted_rows_are_counted_in_the_right_words(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path, count: int, rows: str
) -> None:
    (tmp_path / "new.csv").write_text("amount,hour,channel\n" + "20,13,web\n" * count)
    ended = scarce("predict", finished.folder / "model.scarce", "new.csv", "-o", "scored.csv")
    assert ended.err.startswith(f"scored.csv: {rows} ")


def test_codes_that_look_like_numbers_stay_what_they_were(
    scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    """A file whose codes all happen to look like numbers is read as the text that it was at training."""
    fraud = [row % 10 == 0 for row in range(400)]
    codes = ["n.k." if row % 3 else ("1.10" if fraud[row] else "2.00") for row in range(400)]
    lines = [f"{code},{row % 7},{int(fraud[row])}" for row, code in enumerate(codes)]
    (tmp_path / "old.csv").write_text("\n".join(["branch,hour,fraud", *lines, ""]))
    options = ("--target", "fraud", "--folds", "2", "--learners", "lightgbm", "--methods", "focal:gamma=1")
    assert scarce("run", "old.csv", *options).code == 0
    (tmp_path / "new.csv").write_text("branch,hour\n1.10,3\n2.00,3\n")
    ended = scarce("predict", "scarce-run/model.scarce", "new.csv", "--no-columns")
    assert ended.code == 0, ended.err
    high, low = (float(line.split(",")[1]) for line in ended.out.splitlines()[1:])
    assert high > 2.0 * low
    labelled = ["branch,hour,fraud", *(f"{code},3,{int(code == '1.10')}" for code in ("1.10", "2.00") * 5)]
    (tmp_path / "labelled.csv").write_text("\n".join([*labelled, ""]))
    assert scarce("evaluate", "scarce-run/model.scarce", "labelled.csv").code == 0


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("amount,channel\n20,web\n", "E441", "'hour'"),
        ("amount,hour,channel\nlots,13,web\n", "E442", "'amount'"),
    ],
    ids=["missing column", "retyped column"],
)
def test_columns_at_prediction(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path, content: str, code: str, said: str
) -> None:
    (tmp_path / "new.csv").write_text(content)
    ended = scarce("predict", finished.folder / "model.scarce", "new.csv", "-o", "scored.csv")
    assert (ended.code, ended.out, len(ended.error)) == (2, "", 2)
    assert ended.error[0].startswith(f"error[{code}]: ")
    assert said in ended.error[0]
    assert not (tmp_path / "scored.csv").exists()


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_truncated_model_file(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path, command: str
) -> None:
    whole = (finished.folder / "model.scarce").read_bytes()
    (tmp_path / "cut.scarce").write_bytes(whole[: len(whole) // 2])
    ended = scarce(command, "cut.scarce", finished.data)
    assert (ended.code, ended.out, len(ended.error)) == (2, "", 2)
    assert ended.error[0].startswith("error[E422]: the model file cut.scarce is cut short")


def test_other_labels_at_evaluation(scarce: Callable[..., Ended], finished: Finished, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(finished.data.read_text().replace('"no"', '"nope"'))
    ended = scarce("evaluate", finished.folder / "model.scarce", "d.csv")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error == [
        "error[E211]: the negative label in column 'fraud' of d.csv is 'nope', the model knows 'no'",
        "hint: write the labels as they were in training",
    ]
