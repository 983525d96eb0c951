"""Where outputs go: places that cannot be, links planted in the way, one run at a time, ways to stop."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.cli import hearing
from tests.cli.conftest import QUICK

from scarce.bundle import container, whole_files
from scarce.cli import interrupts, outputs
from scarce.errors import ScarceError
from scarce.trial import lock
from scarce.trial.journal import FoldTrace, Journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended, Finished

RUN = ("run", "small.csv", "--target", "fraud", *QUICK)
SET = ("model.scarce", "report.html", "run.json")
PROGRAM = "from scarce.cli.main import main; main()"
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


PLACES = {
    "no name": ("", "E204", "it names no folder"),
    "through a file": ("small.csv/out", "E207", "small.csv is not writable"),
    "a file": ("small.csv", "E207", "it is a file"),
    "a device": ("/dev/full", "E207", "it is a file"),
    "under a device": ("/dev/full/out", "E207", "is not writable"),
    "a long name": ("n" * 300, "E207", "File name too long"),
}


@pytest.mark.parametrize(("out", "code", "said"), PLACES.values(), ids=PLACES)
def test_a_place_that_cannot_be_written_is_refused_before_training(
    scarce: Callable[..., Ended], small: Path, out: str, code: str, said: str
) -> None:
    ended = scarce(*RUN, "--out", out)
    assert (ended.code, ended.out, len(ended.error)) == (2, "", 2)
    assert ended.error[0].startswith(f"error[{code}]: ")
    assert said in ended.error[0]
    assert list(small.parent.iterdir()) == [small]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("n" * 300 + ".csv", "File name too long"),
        ("small.csv/out.csv", "there is no folder small.csv"),
        ("/dev/full", "its name ends in none of"),
        ("", "its name ends in none of"),
    ],
    ids=["a long name", "through a file", "a device", "no name"],
)
def test_a_file_of_predictions_that_cannot_be_is_refused(
    scarce: Callable[..., Ended], finished: Finished, small: Path, name: str, said: str
) -> None:
    ended = scarce("predict", finished.folder / "model.scarce", small, "-o", name)
    assert (ended.code, ended.out, len(ended.error)) == (2, "", 2)
    assert said in ended.error[0]
    assert list(small.parent.iterdir()) == [small]


@pytest.mark.parametrize("refused", ["exists", "is_dir", "absolute"])
def test_what_the_system_does_not_let_us_see_is_no_bug(
    small: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """As in a folder that may not be searched, or one that was deleted under our feet."""

    def denied(self: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, refused, denied)
    for check in (
        lambda: outputs.check_folder(small.parent / "out"),
        lambda: outputs.check_file(small.parent / "o.csv", (), "--output"),
    ):
        with pytest.raises(ScarceError, match="Permission denied") as caught:
            check()
        assert caught.value.code == "E207"


@posix
@pytest.mark.parametrize(
    "words", [RUN, ("demo",), ("predict", "m.scarce", "d.csv", "-o", "o.csv")], ids=lambda w: w[0]
)
def test_a_working_folder_that_is_deleted_is_no_bug(tmp_path: Path, words: tuple[str, ...]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    shell = ["sh", "-c", 'rmdir "$PWD" && exec "$0" -c "$@"', sys.executable, PROGRAM, *words]
    ended = subprocess.run(shell, cwd=gone, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 2), ended.stderr
    assert ended.stderr.startswith("error[E207]: cannot write ")


@pytest.mark.parametrize("name", SET)
def test_a_folder_in_the_place_of_a_file_is_refused_before_training(
    scarce: Callable[..., Ended], small: Path, name: str
) -> None:
    out = small.parent / "out"
    out.mkdir()
    (out / "run.json").write_bytes(outputs.as_json({"made_by": "scarce"}))
    if name == "run.json":
        (out / name).unlink()
    (out / name).mkdir()
    before = sorted(out.rglob("*"))
    ended = scarce(*RUN, "--out", "out")
    assert (ended.code, len(ended.error)) == (2, 2)
    assert ended.error[0].startswith(f"error[{'E208' if name == 'run.json' else 'E207'}]: ")
    assert sorted(out.rglob("*")) == before


@pytest.mark.parametrize("name", SET)
def test_a_folder_that_comes_in_the_way_during_training_lets_the_old_set_stand(
    tmp_path: Path, name: str
) -> None:
    old = outputs.as_json({"made_by": "scarce", "set": 1})
    outputs.write_run(tmp_path, dict.fromkeys(SET, old))
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(ScarceError):
        outputs.write_run(tmp_path, dict.fromkeys(SET, b"{}"))
    assert all((tmp_path / other).read_bytes() == old for other in SET if other != name)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*SET, ".journal"])
    assert list((tmp_path / ".journal").iterdir()) == []


RECORDS = {
    "deep": b"[" * 100_000,
    "deep object": b'{"made_by":' * 100_000,
    "huge": b" " * (9 << 20) + b'{"made_by":"scarce"}',
    "no UTF-8": b'{"made_by": "scarce\xff"}',
    "a list": b'["made_by", "scarce"]',
    "another's": b'{"made_by": "hand"}',
    "empty": b"",
    "a long number": b'{"made_by": "scarce", "n": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_a_record_that_is_not_ours_is_left_alone(
    scarce: Callable[..., Ended], small: Path, record: bytes
) -> None:
    out = small.parent / "out"
    out.mkdir()
    (out / "run.json").write_bytes(record)
    ended = scarce(*RUN, "--out", "out")
    assert ended.code == 2
    assert ended.error[0] == "error[E208]: out holds a run.json that no run of scarce wrote"
    assert (out / "run.json").read_bytes() == record
    assert list(out.iterdir()) == [out / "run.json"]
    (out / "model.scarce").touch()
    assert scarce(*RUN, "--out", "out").error[0] == ended.error[0]  # the record is what is in the way


@posix
def test_a_record_that_is_a_pipe_is_not_waited_for(scarce: Callable[..., Ended], small: Path) -> None:
    (small.parent / "out").mkdir()
    os.mkfifo(small.parent / "out" / "run.json")
    assert scarce(*RUN, "--out", "out").error[0].startswith("error[E208]: ")


@posix
@pytest.mark.parametrize("plant", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_a_link_in_the_place_of_an_output_is_replaced_and_its_target_stays(
    scarce: Callable[..., Ended], finished: Finished, small: Path, plant: Callable[[Path, Path], None]
) -> None:
    victim = small.parent / "victim"
    victim.write_bytes(outputs.as_json({"made_by": "scarce"}))
    before = victim.read_bytes()
    out = small.parent / "out"
    out.mkdir()
    for name in SET:
        plant(victim, out / name)
    assert scarce(*RUN, "--out", "out").code == 0
    plant(victim, small.parent / "scored.csv")
    assert scarce("predict", finished.folder / "model.scarce", small, "-o", "scored.csv").code == 0
    assert victim.read_bytes() == before
    for path in (*(out / name for name in SET), small.parent / "scored.csv"):
        assert not path.is_symlink()
        assert path.read_bytes() != before


class Seen:
    """The paths that this process makes, while it is asked to look."""

    def __init__(self) -> None:
        self.files: set[Path] = set()
        self.folders: set[Path] = set()
        self.looks = True
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.looks or not isinstance(arguments[0] if arguments else None, str | os.PathLike):
            return
        if event == "os.mkdir":
            self.folders.add(Path(arguments[0]).absolute())
        elif event == "open" and arguments[2] & os.O_CREAT:
            self.files.add(Path(arguments[0]).absolute())


@posix
def test_links_planted_under_names_of_an_earlier_run_are_not_written_through(
    scarce: Callable[..., Ended], finished: Finished, small: Path
) -> None:
    """Whatever name can be foreseen is known to whoever has seen the command once."""
    seen = Seen()
    predict = ("predict", finished.folder / "model.scarce", small, "-o", "scored.csv")
    assert [scarce(*RUN, "--out", "out").code, scarce(*predict).code] == [0, 0]
    seen.looks = False
    out, victim = small.parent / "out", small.parent / "victim"
    journal = out / ".journal"
    shutil.rmtree(out)
    (small.parent / "scored.csv").unlink()
    journal.mkdir(parents=True)
    victim.mkdir()
    (victim / "file").write_text("mine")
    planted = 0
    for path in seen.files | seen.folders:
        if path.parent in {out, journal, small.parent} and path.name != lock.LOCK and not path.exists():
            path.symlink_to(victim if path in seen.folders else victim / "file")
            planted += 1
    assert planted >= 2  # the folders of the drafts
    assert [scarce(*RUN, "--out", "out").code, scarce(*predict).code] == [0, 0]
    assert [(path.name, path.read_text()) for path in victim.iterdir()] == [("file", "mine")]


@posix
def test_a_lock_that_is_a_link_is_refused(scarce: Callable[..., Ended], small: Path) -> None:
    victim = small.parent / "victim"
    victim.write_text("")
    (small.parent / "out").mkdir()
    (small.parent / "out" / lock.LOCK).symlink_to(victim)
    ended = scarce(*RUN, "--out", "out")
    assert (ended.code, ended.error[0][:13]) == (2, "error[E207]: ")
    assert victim.exists()


@posix
def test_a_journal_that_is_a_link_is_refused(scarce: Callable[..., Ended], small: Path) -> None:
    elsewhere = small.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.fit").write_text("mine")
    (small.parent / "out").mkdir()
    (small.parent / "out" / ".journal").symlink_to(elsewhere)
    ended = scarce(*RUN, "--out", "out")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error == [
        "error[E213]: out/.journal is a link: finished fits would be written and dropped elsewhere",
        "hint: remove the link, or choose another folder with --out (in Python: journal=)",
    ]
    assert [path.name for path in elsewhere.iterdir()] == ["precious.fit"]


def test_a_folder_that_is_a_link_is_followed_as_its_user_means_it(
    scarce: Callable[..., Ended], small: Path
) -> None:
    (small.parent / "elsewhere").mkdir()
    (small.parent / "out").symlink_to("elsewhere")
    assert scarce(*RUN, "--out", "out").code == 0
    assert (small.parent / "out").is_symlink()
    assert (small.parent / "elsewhere" / "model.scarce").exists()


FIT = FoldTrace(np.ones(1), np.ones(1), np.ones(1), np.zeros((1, 2)), np.zeros((1, 2)), 1.0)
WRITERS = {
    "predict": (lambda folder: outputs.write_file(folder / "o.csv", lambda p: p.write_text(""), "-o"), "."),
    "save": (lambda folder: container.write(b"", folder / "m.scarce"), "."),
    "keep": (lambda folder: Journal(folder, {}).keep(FIT), "."),
    "prune": (lambda folder: Journal(folder, {}).prune(), "."),
    "run": (lambda folder: outputs.write_run(folder, dict.fromkeys(SET, b"{}")), ".journal"),
}


@pytest.mark.parametrize(("write", "beside"), WRITERS.values(), ids=WRITERS)
def test_every_writer_removes_what_killed_ones_left_and_nothing_else(
    tmp_path: Path, write: Callable[[Path], None], beside: str
) -> None:
    folder = tmp_path / beside
    folder.mkdir(exist_ok=True)
    with whole_files.drafts(folder) as drafts:
        (drafts / "part").write_text("")
        left, live = folder / f"{whole_files.PREFIX}aaaaaaaa", drafts
        shutil.copytree(drafts, left)
        foreign = folder / f"{whole_files.PREFIX}notes"
        unmarked = folder / f"{whole_files.PREFIX}my_notes"
        for notes in (foreign, unmarked):
            notes.mkdir()
            (notes / "thesis.txt").write_text("mine")
        for path in (left, foreign, unmarked):
            for old in (*path.iterdir(), path):
                os.utime(old, (0, 0))
        write(tmp_path)
        assert not left.exists()
        assert (foreign / "thesis.txt").read_text() == (unmarked / "thesis.txt").read_text() == "mine"
        assert beside != "." or live.exists()  # in a run's own folder a lock says that nobody writes


def test_notes_named_nearly_as_drafts_survive_predictions(
    scarce: Callable[..., Ended], finished: Finished, small: Path
) -> None:
    notes = small.parent / ".scarce-unfinished-notes"
    notes.mkdir()
    (notes / "thesis.txt").write_text("mine")
    three_days_ago = time.time() - 3 * 86_400
    for path in (notes / "thesis.txt", notes):
        os.utime(path, (three_days_ago, three_days_ago))
    assert scarce("predict", finished.folder / "model.scarce", small, "-o", "o.csv").code == 0
    assert (notes / "thesis.txt").read_text() == "mine"


@posix
def test_a_second_run_in_a_folder_says_so(scarce: Callable[..., Ended], small: Path) -> None:
    with lock.locked(small.parent / "out"):
        ended = scarce(*RUN, "--out", "out")
        assert (ended.code, ended.out) == (2, "")
        assert ended.error == [
            "error[E212]: another run is at work in out",
            "hint: wait until it has ended, or choose another folder with --out (in Python: journal=)",
        ]
        assert scarce(*RUN, "--out", "elsewhere").code == 0
    assert not (small.parent / "out").exists()
    assert scarce(*RUN, "--out", "out").code == 0
    assert not list((small.parent / "out").rglob(lock.LOCK))


@posix
def test_a_journal_has_one_trial_at_a_time(tmp_path: Path) -> None:
    from scarce.data import embedded
    from scarce.trial.config import TrialConfig
    from scarce.trial.run import run_trial

    with lock.locked(tmp_path), pytest.raises(ScarceError) as caught:
        run_trial(embedded.load(), TrialConfig(), journal=tmp_path)
    assert caught.value.code == "E212"


@posix
def test_a_lock_ends_with_its_holder_however_that_ends(tmp_path: Path) -> None:
    program = (
        "import os, signal; from pathlib import Path; from scarce.trial.lock import locked\n"
        "with locked(Path('out')): os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "out" / lock.LOCK).exists()
    with lock.locked(tmp_path / "out"):
        pass
    assert list((tmp_path / "out").iterdir()) == []


def test_a_lock_leaves_nothing_where_nothing_was_done(tmp_path: Path) -> None:
    with lock.locked(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_somebody_else_that_bears_the_name_of_a_lock_stays(tmp_path: Path) -> None:
    (tmp_path / lock.LOCK).write_text("mine")
    with lock.locked(tmp_path):
        pass
    assert (tmp_path / lock.LOCK).read_text() == "mine"


@posix
def test_an_empty_file_and_a_pipe_of_a_common_name_stay(scarce: Callable[..., Ended], small: Path) -> None:
    out = small.parent / "out"
    out.mkdir()
    (out / ".lock").touch()
    os.mkfifo(out / lock.LOCK)
    ended = scarce(*RUN, "--out", "out")
    assert ended.error[0] == f"error[E207]: cannot write out/{lock.LOCK}: it is not a regular file"
    assert sorted(path.name for path in out.iterdir()) == [".lock", lock.LOCK]


def test_a_system_without_locks_runs_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "fcntl", None)
    with lock.locked(tmp_path), lock.locked(tmp_path):
        pass


def waiting(folder: Path, *prefix: str) -> subprocess.Popen[str]:
    """Start a long run, and wait until a fit is kept and counted: until there is a second one."""
    process = subprocess.Popen(
        hearing.command(*prefix, sys.executable, "-c", PROGRAM, *RUN, "--folds", "40"),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while len(list((folder / "scarce-run").glob(".journal/*.fit"))) < 2 and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return process


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_every_way_to_stop_says_what_ctrl_c_says(small: Path, name: str) -> None:
    process = waiting(small.parent)
    for _ in range(3):  # an impatient one
        process.send_signal(getattr(signal, name))
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.splitlines()[-1].endswith(" of 80 fits are kept: the same command goes on from there")
    assert "Traceback" not in err


@posix
def test_nohup_stays_in_force(small: Path) -> None:
    process = waiting(small.parent, "nohup")
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; " in err


@posix
def test_a_stop_while_a_file_is_read_is_no_bug(
    scarce: Callable[..., Ended], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library that reads makes a RuntimeError of it."""

    def reading(name: str, **_: object) -> None:
        with suppress(KeyboardInterrupt):
            interrupts._stop(signal.SIGINT, None)
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("scarce.data.files.reading.read", reading)
    monkeypatch.setattr(interrupts, "_heard", threading.Event())
    ended = scarce(*RUN)
    assert (ended.code, ended.error) == (130, ["interrupted; nothing was written"])


@posix
def test_a_stop_while_the_outputs_are_moved_waits_for_all_of_them(
    scarce: Callable[..., Ended], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = Path.replace

    def stopped(self: Path, target: Path) -> Path:
        if whole_files.PREFIX in str(self) and Path(target).name in SET:
            os.kill(os.getpid(), signal.SIGINT)
        return move(self, target)

    monkeypatch.setattr(Path, "replace", stopped)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # or a background job would ignore it
    try:
        ended = scarce(*RUN, "--out", "out")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (ended.code, ended.error[-1]) == (130, "interrupted; out holds the model and the report")
    assert "unfinished" not in json.loads((small.parent / "out" / "run.json").read_text())
    assert all((small.parent / "out" / name).exists() for name in SET)
