"""stdout and stderr that are closed, full, or read by nobody any more: what each command then does."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests import campaign
from tests.cli.conftest import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Warm

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a POSIX system")
PROGRAM = "from scarce.cli.main import main; main()"
STATES = ("kept", "closed", "full", "broken")
COMMANDS = (
    "run",
    "gate",
    "demo",
    "check",
    "predict",
    "file",
    "evaluate",
    "--help",
    "run --help",
    "--version",
    "rum",
)
SLOW = ("run", "gate", "demo")
OWN_CODE = {"gate": 1, "rum": 2}


def words(command: str, warm: Warm) -> list[object]:
    """Return the words of a command."""
    run = ["run", warm.data, "--target", "fraud", *QUICK]
    return {
        "run": [*run, "--out", "out"],
        "gate": [*run, "--out", "out", "--fail-if", "average_precision<2"],
        "demo": ["demo", "--folds", "2", "--learners", "lightgbm", "--methods", "brier", "--out", "out"],
        "check": ["check", warm.data, "--target", "fraud"],
        "predict": ["predict", warm.model, warm.data],
        "file": ["predict", warm.model, warm.data, "-o", "scored.csv"],
        "evaluate": ["evaluate", warm.model, warm.data],
    }.get(command, command.split())


def cases() -> list[tuple[str, str, str]]:
    """Return every command with every state of stdout and stderr; in the slice, some quick ones."""
    quick = [command for command in COMMANDS if command not in SLOW]
    if campaign.FULL:
        no_demo = [command for command in COMMANDS if command != "demo"]
        return [
            *itertools.product(no_demo, STATES, STATES),
            *itertools.product(["demo"], STATES[1:], ["kept"]),
        ]
    return [
        *itertools.product(quick, STATES, ["kept"]),
        *itertools.product(["predict", "rum"], ["kept", "broken"], STATES[1:]),
        ("gate", "broken", "broken"),
    ]


@pytest.mark.campaign
def test_every_command_ends_in_its_own_way_whatever_becomes_of_its_streams(
    warm: Warm, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    tried = cases()
    for index, (command, out, err) in enumerate(tried):
        folder = tmp_path / str(index)
        folder.mkdir()
        ended = warm.forks.run(folder, *words(command, warm), streams=(out, err))
        what = (command, out, err, ended)
        silent = command in ("rum", "file")
        fails = out == "closed" or (out == "full" and not silent)
        assert ended.code == (2 if fails else OWN_CODE.get(command, 0)), what
        assert ended.raised == "", what
        assert "bug[" not in ended.err, what
        if fails and err == "kept":
            *before, message, hint = ended.err.splitlines()
            assert message.startswith(("error[E214]: cannot write to stdout", "error[E215]: cannot print")), (
                what
            )
            assert hint.startswith("hint: "), what
            assert not any("error[" in line for line in before), what
        if out == "closed":
            assert list(folder.iterdir()) == [], what
        if command in SLOW and out != "closed":
            assert (folder / "out" / "report.html").exists(), what
            assert ("holds the model and the report" in ended.err) == (fails and err == "kept"), what
        if out == "kept" and not silent:
            assert ended.out, what
            assert "error[" not in ended.out, what
    tally("faults", len(tried))


@pytest.mark.parametrize("typed", ["--version", "rum", "run --help"])
@pytest.mark.parametrize(
    "redirected", [">&-", "2>&-", ">&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1", "<&-"]
)
def test_a_shell_sees_the_same(typed: str, redirected: str, tmp_path: Path) -> None:
    shell = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {typed} {redirected}', sys.executable, PROGRAM],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    fails = ">&-" in redirected.split() or (redirected.startswith(">/dev/full") and typed != "rum")
    assert shell.returncode == (2 if fails or typed == "rum" else 0)
    assert len(shell.stderr.splitlines()) in (0, 2)
    assert "Traceback" not in shell.stderr
    assert "Exception ignored" not in shell.stderr


@pytest.mark.parametrize("typed", ["--version", "--help", "rum"])
def test_a_reader_who_leaves_at_once_changes_nothing(typed: str) -> None:
    both = f'("$0" -c "$1" {typed} 2>&1; echo $? >&3) 3>&2 | true'
    shell = subprocess.run(
        ["sh", "-c", both, sys.executable, PROGRAM], capture_output=True, text=True, check=False
    )
    assert shell.stderr.strip() == ("2" if typed == "rum" else "0")


def test_nothing_that_a_library_opens_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    program = (
        "import os; from scarce.cli import streams; streams.prepare(); "
        "os._exit(os.open('mine', os.O_CREAT | os.O_WRONLY))"
    )
    shell = ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, program]
    assert subprocess.run(shell, cwd=tmp_path, check=False).returncode > 2


def test_a_stdout_that_does_not_wait_is_waited_for() -> None:
    program = (
        "import os, sys; from scarce.cli import streams; os.set_blocking(1, False); streams.prepare(); "
        "print('x' * 1_000_000)"
    )
    slow = ["sh", "-c", '"$0" -c "$1" | (sleep 0.3; wc -c)', sys.executable, program]
    counted = subprocess.run(slow, capture_output=True, text=True, check=False)
    assert (counted.stdout.strip(), counted.stderr) == ("1000001", "")


def test_a_bug_without_a_place_for_its_traceback_is_still_told(
    scarce: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from scarce.data.files import reading

    def broken(path: str, text: object = ()) -> None:
        raise KeyError("surprise \udc80")

    monkeypatch.setattr(reading, "read", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    ended = scarce("check", "d.csv", "--target", "y")
    assert ended.code == 101
    assert ended.error[1] == "hint: please report it; no traceback could be kept: No such file or directory"
