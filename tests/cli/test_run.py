"""A run from the data to its files, what the commands after it make of them, and runs that are cut short."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv
from tests.cli import hearing
from tests.cli.conftest import payments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

FLATTERED = "warning[W308]: the model was trained on {} of these rows: the figures flatter it"
UNSEEN = "hint: evaluate it on rows that it has not seen"
OWN = ["model.scarce", "report.html", "run.json"]
QUICK = (
    "--target",
    "fraud",
    "--folds",
    "2",
    "--learners",
    "lightgbm",
    "--methods",
    "focal:gamma=1",
    "--drop",
    "customer",
)


def visible(folder: Path) -> list[str]:
    """Return the names of the files a user sees."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_run_leaves_three_files_and_a_verdict(finished: Finished) -> None:
    assert visible(finished.folder) == OWN
    out = finished.ended.out
    assert "small.csv: 600 rows, 60 positive ('yes'), prevalence 10 %" in out
    for said in ("control", "focal:gamma=1", "amount", "scarce-run/report.html", "scarce predict"):
        assert said in out
    assert "kept    4 fits in scarce-run/.journal (0.0 MB), so that a second run need not train" in out
    assert max(map(len, out.splitlines())) <= 100


def test_progress_without_a_terminal_is_a_line_a_tenth_on_stderr(finished: Finished) -> None:
    assert finished.ended.error[0].startswith("training: 2")
    assert any(line.startswith("training: 100 % (4 of 4)") for line in finished.ended.error)
    assert finished.ended.error[-2].startswith("scoring: 100 % (2 of 2)")
    assert finished.ended.error[-1].startswith("importance: 100 % (1 of 1)")
    assert "training:" not in finished.ended.out


def test_the_record_says_what_was_done_and_how_long_it_took(finished: Finished) -> None:
    record = json.loads((finished.folder / "run.json").read_text())
    assert record["made_by"] == "scarce"
    assert record["command"] == (
        "scarce run small.csv --target fraud --cost fn=amount,fp=5 --drop customer"
        " --methods focal:gamma=1 --learners lightgbm --folds 2"
    )
    assert set(record["scores"]) == {"control", "focal:gamma=1"}
    assert record["seconds"]["all"] > sum(record["seconds"]["arms"].values()) > 0
    assert set(record["steps"]) == {"control", "focal:gamma=1"}
    assert record["machine"]["peak_memory_mib"] > 50
    assert {"python", "scarce", "lightgbm", "numpy"} <= set(record["versions"])


def test_report_and_model_do_not_tell_the_time(scarce: Callable[..., Ended], small: Path) -> None:
    for folder in ("one", "two"):
        assert scarce("run", small.name, *QUICK, "--out", folder).code == 0
    for name in OWN[:2]:
        assert (small.parent / "one" / name).read_bytes() == (small.parent / "two" / name).read_bytes()


def test_a_second_run_replaces_its_own_files_only(scarce: Callable[..., Ended], small: Path) -> None:
    folder = small.parent / "out"
    assert scarce("run", small.name, *QUICK, "--out", "out").code == 0
    (folder / "notes.txt").write_text("mine")
    first = (folder / "run.json").read_text()
    assert scarce("run", small.name, *QUICK, "--seed", "1", "--out", "out").code == 0
    assert (folder / "run.json").read_text() != first
    assert (folder / "notes.txt").read_text() == "mine"
    assert visible(folder) == sorted([*OWN, "notes.txt"])


def test_somebody_elses_report_is_not_overwritten(scarce: Callable[..., Ended], small: Path) -> None:
    folder = small.parent / "out"
    folder.mkdir()
    (folder / "report.html").write_text("mine")
    ended = scarce("run", small.name, *QUICK, "--out", "out")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error == [
        "error[E208]: out holds a report.html that no run of scarce wrote",
        "hint: choose another folder with --out, or move that file away",
    ]
    assert (folder / "report.html").read_text() == "mine"
    assert visible(folder) == ["report.html"]


@pytest.mark.parametrize(("bound", "code"), [("0.999", 1), ("0.001", 0)])
def test_a_gate_decides_the_exit_code_of_a_run(
    scarce: Callable[..., Ended], small: Path, bound: str, code: int
) -> None:
    ended = scarce("run", small.name, *QUICK, "--fail-if", f"average_precision<{bound}")
    assert ended.code == code
    assert ("gate failed: average_precision<0.999" in ended.err) == (code == 1)
    assert visible(small.parent / "scarce-run") == OWN


def test_predict_writes_nothing_but_csv_to_stdout(scarce: Callable[..., Ended], finished: Finished) -> None:
    ended = scarce("predict", finished.folder / "model.scarce", finished.data)
    lines = ended.out.splitlines()
    assert ended.code == 0
    assert lines[0] == "amount,hour,channel,customer,fraud,log_odds,posterior,flag,label"
    assert len(lines) == 601
    assert all(line.count(",") == 8 for line in lines)


def test_predict_writes_the_same_bits_in_every_format(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    model = finished.folder / "model.scarce"
    (tmp_path / "stdout.csv").write_text(scarce("predict", model, finished.data).out)
    for name in ("file.csv", "file.parquet"):
        ended = scarce("predict", model, finished.data, "-o", name)
        assert (ended.code, ended.out) == (0, "")
        assert ended.err.startswith(f"{name}: 600 rows, ")
    assert (tmp_path / "file.csv").read_text() == (tmp_path / "stdout.csv").read_text()
    whole = pq.read_table(tmp_path / "file.parquet")
    again = csv.read_csv(tmp_path / "file.csv")
    for name in ("log_odds", "posterior", "flag"):
        assert again.column(name).to_pylist() == whole.column(name).to_pylist()


def test_predict_names_the_columns_it_does_not_look_at(
    scarce: Callable[..., Ended], finished: Finished
) -> None:
    ended = scarce("predict", finished.folder / "model.scarce", finished.data)
    assert ended.error == ["ignored, as the model has no such feature: 'customer'"]  # and not the target


def test_predict_does_not_overwrite_its_input(scarce: Callable[..., Ended], finished: Finished) -> None:
    before = finished.data.read_bytes()
    ended = scarce("predict", finished.folder / "model.scarce", finished.data, "-o", finished.data)
    assert ended.code == 2
    assert ended.error[0] == f"error[E207]: cannot write {finished.data}: it is the input"
    assert finished.data.read_bytes() == before


@pytest.mark.parametrize("pattern", ["**/*.csv", "deep/*/d.csv", "deep/**/d.csv"])
def test_predict_does_not_overwrite_a_file_that_its_pattern_names(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path, pattern: str
) -> None:
    place = tmp_path / "deep" / "deeper" / "d.csv"
    place.parent.mkdir(parents=True)
    shutil.copy(finished.data, place)
    before = place.read_bytes()
    ended = scarce("predict", finished.folder / "model.scarce", pattern, "-o", place)
    assert ended.code == 2
    assert ended.error[0] == f"error[E207]: cannot write {place}: it is the input"
    assert place.read_bytes() == before


def test_a_prior_at_prediction_shifts_the_log_odds(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    model = finished.folder / "model.scarce"
    scarce("predict", model, finished.data, "-o", "now.parquet")
    scarce("predict", model, finished.data, "--prior", "0.01", "-o", "then.parquet")
    now, then = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("now", "then"))
    shifts = {
        round(b - a, 9)
        for a, b in zip(now["log_odds"].to_pylist(), then["log_odds"].to_pylist(), strict=True)
    }
    assert len(shifts) == 1
    assert shifts.pop() < -2.0


def test_evaluate_prints_each_score_with_its_interval(
    scarce: Callable[..., Ended], finished: Finished
) -> None:
    ended = scarce("evaluate", finished.folder / "model.scarce", finished.data)
    assert (ended.code, ended.error) == (0, [FLATTERED.format("100 %"), UNSEEN])
    assert "600 rows, 60 positive ('yes'), prevalence 10 %" in ended.out
    for score in ("average precision", "log-loss", "expected cost per 10,000 rows", "recall"):
        assert score in ended.out


def test_evaluate_as_json_is_json(scarce: Callable[..., Ended], finished: Finished) -> None:
    ended = scarce("evaluate", finished.folder / "model.scarce", finished.data, "--json")
    found = json.loads(ended.out)
    assert found["trained_on"]["value"] == 1.0
    scores = found["scores"]
    assert 0.1 < scores["average_precision"]["low"] <= scores["average_precision"]["value"] <= 1.0
    assert scores["expected_cost"]["value"] > 0


def test_evaluate_has_gates(scarce: Callable[..., Ended], finished: Finished) -> None:
    model = finished.folder / "model.scarce"
    assert scarce("evaluate", model, finished.data, "--fail-if", "recall<2").code == 1
    assert scarce("evaluate", model, finished.data, "--fail-if", "recall>2").code == 0


PROGRAM = "from scarce.cli.main import main; main()"


@pytest.fixture
def started(small: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a run with many fits in a process of its own, and wait until some are kept."""
    process = start(small)
    journal = small.parent / "scarce-run" / ".journal"
    deadline = time.monotonic() + 120
    while len(list(journal.glob("*.fit"))) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    yield process
    process.kill()
    process.communicate()


def start(small: Path, folds: int = 10, program: str = PROGRAM) -> subprocess.Popen[str]:
    arguments = ["run", small.name, *QUICK, "--folds", str(folds), "--seed", "7"]
    return subprocess.Popen(
        hearing.command(sys.executable, "-c", program, *arguments),
        cwd=small.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_ctrl_c_leaves_one_clean_line_and_what_was_done(started: subprocess.Popen[str], small: Path) -> None:
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)
    last = err.splitlines()[-1]
    assert started.returncode == 130, err
    assert last.startswith("interrupted; ")
    assert last.endswith(" of 20 fits are kept: the same command goes on from there")
    assert "Traceback" not in err
    assert out == ""
    assert visible(small.parent / "scarce-run") == []


BUSY = """
import os, time
from scarce.trial.crossfit import FoldWork

def trace(*_):
    os.write(2, b"fitting\\n")  # whole, whatever another thread writes
    time.sleep(40.0)

FoldWork.trace = trace
"""


def test_ctrl_c_does_not_wait_for_a_fit_that_hears_of_no_stop(small: Path) -> None:
    """As a forest's and CatBoost's: they give nothing back before they are done."""
    with start(small, program=BUSY + PROGRAM) as process:
        assert process.stderr is not None
        assert any(line == "fitting\n" for line in process.stderr)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        _, err = process.communicate(timeout=60)
        assert time.monotonic() - begun < 10.0
    assert (process.returncode, err.splitlines()[-1]) == (130, "interrupted; nothing was written")


def test_ctrl_c_is_heard_when_it_wakes_another_thread_than_the_one_that_waits(small: Path) -> None:
    itself = "    signal.pthread_kill(threading.get_ident(), signal.SIGINT)\n    time.sleep(40.0)"
    program = "import signal, threading\n" + BUSY.replace("    time.sleep(40.0)", itself) + PROGRAM
    begun = time.monotonic()
    with start(small, program=program) as process:
        _, err = process.communicate(timeout=60)
    assert time.monotonic() - begun < 25.0
    assert (process.returncode, err.splitlines()[-1]) == (130, "interrupted; nothing was written")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("scarce.trial.judging._score", "4 of 4 fits are kept: the same command goes on from there"),
        ("scarce.cli.run.write", "4 of 4 fits are kept: the same command goes on from there"),
        ("scarce.cli.summary.show", "out holds the model and the report"),
        ("scarce.trial.run._checked", "nothing was written"),
    ],
    ids=["scoring", "writing", "printing", "checking"],
)
def test_ctrl_c_says_what_is_true_whenever_it_comes(
    scarce: Callable[..., Ended], small: Path, monkeypatch: pytest.MonkeyPatch, where: str, said: str
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    ended = scarce("run", small.name, *QUICK, "--out", "out")
    assert (ended.code, ended.out, ended.error[-1]) == (130, "", f"interrupted; {said}")


def test_a_killed_run_goes_on_and_ends_the_same(
    started: subprocess.Popen[str], small: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    started.kill()
    started.communicate(timeout=60)
    journal = small.parent / "scarce-run" / ".journal"
    kept = {path.name for path in journal.glob("*.fit")}
    assert len(kept) >= 3
    resumed = start(small)
    _, err = resumed.communicate(timeout=120)
    assert resumed.returncode == 0, err
    assert kept <= {path.name for path in journal.glob("*.fit")}
    elsewhere = tmp_path_factory.mktemp("elsewhere") / small.name
    elsewhere.write_bytes(small.read_bytes())
    whole = start(elsewhere)
    _, err = whole.communicate(timeout=120)
    assert whole.returncode == 0, err
    for name in OWN[:2]:
        one, two = (path.parent / "scarce-run" / name for path in (small, elsewhere))
        assert one.read_bytes() == two.read_bytes()


def test_a_reader_who_has_seen_enough_is_no_error(finished: Finished) -> None:
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        "predict",
        str(finished.folder / "model.scarce"),
        str(finished.data),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_evaluate_warns_of_few_positives(scarce: Callable[..., Ended], finished: Finished) -> None:
    few = payments(95, seed=1)
    csv.write_csv(few, "few.csv")
    ended = scarce("evaluate", finished.folder / "model.scarce", "few.csv")
    assert (ended.code, ended.error) == (
        0,
        [
            "warning[W302]: only 10 positives: intervals are wide, and only large differences show",
            "hint: collect more positives",
        ],
    )


def test_a_run_says_what_it_left_out(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    table = payments()
    words = pa.array([f"T{i:06d} of {i}" for i in range(table.num_rows)])
    csv.write_csv(table.append_column("remark", words), tmp_path / "d.csv")
    ended = scarce("run", "d.csv", *QUICK)
    assert "note W159: 1 column is left out: 'remark', text that hardly repeats" in ended.out
    found = json.loads((tmp_path / "scarce-run/run.json").read_text())["findings"]
    assert [one["columns"] for one in found if one["code"] == "W159"] == [["remark"]]


def test_evaluate_says_how_much_of_a_table_flatters(
    scarce: Callable[..., Ended], small: Path, tmp_path: Path
) -> None:
    whole = csv.read_csv(small).drop_columns(["customer"])
    csv.write_csv(whole.slice(0, 400), tmp_path / "first.csv")
    assert scarce("run", "first.csv", *QUICK[:-2]).code == 0
    for table, share in ((whole.slice(0, 400), "100 %"), (whole.slice(100, 400), "75 %")):
        shuffled = table.take(np.random.default_rng(0).permutation(400)).select(table.column_names[::-1])
        pq.write_table(shuffled, tmp_path / "some.parquet")
        seen = scarce("evaluate", "scarce-run/model.scarce", "some.parquet")
        assert seen.error[:2] == [FLATTERED.format(share), UNSEEN]
        assert f"Rows that the model was trained on: {share}." in seen.out
    csv.write_csv(whole.slice(398), small)
    seen = scarce("evaluate", "scarce-run/model.scarce", small.name)
    assert "W308" not in seen.err
    assert "Rows that the model was trained on: 0.99 %." in seen.out


def test_evaluate_weighs_as_the_training_did(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    table = payments()
    weight = pa.array(np.where(table["fraud"].to_numpy() == "yes", 1.0, 20.0))
    csv.write_csv(table.append_column("stands_for", weight), tmp_path / "d.csv")
    assert scarce("run", "d.csv", "--weight", "stands_for", *QUICK).code == 0
    found = json.loads(scarce("evaluate", "scarce-run/model.scarce", "d.csv", "--json").out)
    named = scarce("evaluate", "scarce-run/model.scarce", "d.csv", "--weight", "stands_for", "--json")
    assert found == json.loads(named.out)
    assert "weighted prevalence" in scarce("evaluate", "scarce-run/model.scarce", "d.csv").out
    assert found["scores"]["calibration_ratio"]["value"] == pytest.approx(1.0, abs=0.3)


def test_a_model_needs_no_id_that_was_left_out(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    table = payments()
    numbers = np.arange(table.num_rows)
    numbers[5:8] = numbers[1:4]
    csv.write_csv(table.append_column("policy", pa.array(numbers)), tmp_path / "d.csv")
    csv.write_csv(table, tmp_path / "without.csv")
    assert "left out as ids" in scarce("check", "d.csv", "--target", "fraud").out
    assert scarce("run", "d.csv", "--target", "fraud", *QUICK).code == 0
    with_id = scarce("predict", "scarce-run/model.scarce", "d.csv")
    without = scarce("predict", "scarce-run/model.scarce", "without.csv")
    assert (with_id.code, without.code) == (0, 0)
    assert "policy" not in without.out


def test_a_nearly_perfect_score_is_not_told_without_a_word_about_leaks(
    scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    table = payments()
    fraud = table["fraud"].to_numpy() == "yes"
    refund = np.random.default_rng(0).gamma(4.0, size=len(fraud)) + 100.0 * fraud
    csv.write_csv(table.append_column("refund", pa.array(refund)), tmp_path / "d.csv")
    ran = scarce("run", "d.csv", "--target", "fraud", *QUICK)
    assert "warning W304: average precision is" in ran.out
    openings = re.findall(r"^(warning|error|hint)(?= [DW]\d{3}:|:)", ran.out, re.MULTILINE)
    assert openings == ["warning", "hint"] * (len(openings) // 2)
    assert len(openings) >= 4  # a finding and a warning of the verdict
    assert "W304" in (tmp_path / "scarce-run" / "report.html").read_text()
    judged = scarce("evaluate", "scarce-run/model.scarce", "d.csv")
    [line] = [line for line in judged.error if "W304" in line]
    assert "suspected: 'refund' (try again with --drop refund)" in line
