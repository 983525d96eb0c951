"""What a user may type wrong: always two lines on stderr, exit code 2, nothing on stdout, nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import scarce as package
from scarce.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

EXAMPLE = "hint: for example: scarce run data.csv --target fraud"
MISTAKES = {
    "unknown command": ("rum", "error[E202]: scarce has no command 'rum'", "hint: did you mean run?"),
    "command like none": (
        "xyzzy",
        "error[E202]: scarce has no command 'xyzzy'",
        "hint: it has demo, run, tune, compare, plan, check, predict, evaluate, threshold, monitor, inspect, "
        "export, methods, explain",
    ),
    "unknown option": (
        "run d.csv --taget y",
        "error[E201]: scarce run has no option --taget",
        "hint: did you mean --target?",
    ),
    "option like none": (
        "check d.csv --zzzz",
        "error[E201]: scarce check has no option --zzzz",
        "hint: scarce check --help lists them",
    ),
    "no data": ("run --target y", "error[E203]: scarce run needs DATA", EXAMPLE),
    "no target": ("run d.csv", "error[E203]: scarce run needs --target", EXAMPLE),
    "too few folds": (
        "run d.csv --target y --folds 1",
        "error[E204]: --folds cannot be '1': it must be greater than or equal to 2",
        "hint: scarce run --help says what it takes",
    ),
    "folds in words": (
        "run d.csv --target y --folds five",
        "error[E204]: --folds cannot be 'five': it must be a valid integer",
        "hint: scarce run --help says what it takes",
    ),
    "prior in words": (
        "run d.csv --target y --prior rare",
        "error[E204]: --prior cannot be 'rare': it must be a valid number",
        "hint: scarce run --help says what it takes",
    ),
    "prior of nan": (
        "run d.csv --target y --prior nan",
        "error[E204]: --prior cannot be 'nan': it must be a valid number",
        "hint: scarce run --help says what it takes",
    ),
    "too many repeats": (
        "run d.csv --target y --repeats 101",
        "error[E204]: --repeats cannot be '101': it must be less than or equal to 100",
        "hint: scarce run --help says what it takes",
    ),
    "prior of one": (
        "run d.csv --target y --prior 1.0",
        "error[E301]: prior is 1.0",
        "hint: it must be a number between 0 and 1",
    ),
    "option without value": (
        "run d.csv --target",
        "error[E205]: --target needs a value",
        "hint: scarce run --help says which",
    ),
    "one word too many": (
        "plan d.csv e.csv --target y",
        "error[E206]: scarce plan takes nothing more after its arguments, got e.csv",
        "hint: put a name with spaces in quotes, and separate several names with commas",
    ),
    "parameter without method": (
        "run d.csv --target y --methods gamma=2",
        "error[E204]: --methods cannot be 'gamma=2': gamma=2 belongs to no method",
        "hint: write the method and a colon before its parameters: focal:gamma=2",
    ),
    "gate without bound": (
        "run d.csv --target y --fail-if low",
        "error[E209]: cannot read the gate 'low': no score, sign and number in it",
        "hint: write a score and a bound: average_precision<0.8",
    ),
    "gate in words": (
        "run d.csv --target y --fail-if mcc<half",
        "error[E209]: cannot read the gate 'mcc<half': half is not a number",
        "hint: write a score and a bound: average_precision<0.8",
    ),
    "spreadsheet wanted": (
        "predict m.scarce d.csv -o out.xlsx",
        "error[E207]: cannot write out.xlsx: its name ends in none of .csv, .parquet, .jsonl",
        "hint: choose another place with --output",
    ),
    "output in no folder": (
        "predict m.scarce d.csv -o nowhere/out.csv",
        "error[E207]: cannot write nowhere/out.csv: there is no folder nowhere",
        "hint: choose another place with --output",
    ),
}


@pytest.mark.parametrize(("typed", "message", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_mistake(scarce: Callable[..., Ended], tmp_path: Path, typed: str, message: str, hint: str) -> None:
    ended = scarce(*typed.split())
    assert (ended.code, ended.out, ended.error) == (2, "", [message, hint])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "typed", [("--help",), ("run", "--help"), ("predict", "-h"), ()], ids=["scarce", "run", "predict", "bare"]
)
def test_help_goes_to_stdout(scarce: Callable[..., Ended], typed: tuple[str, ...]) -> None:
    ended = scarce(*typed)
    assert (ended.code, ended.err) == (0, "")
    assert "Usage: scarce" in ended.out


def test_help_is_as_it_was(scarce: Callable[..., Ended], root: Path) -> None:
    kept = (root / "tests" / "cli" / "help.txt").read_text(encoding="utf-8")
    shown = "\n".join(line.rstrip() for line in scarce("--help").out.splitlines()) + "\n"
    assert shown == kept


def test_every_line_of_help_fits_100_columns(scarce: Callable[..., Ended]) -> None:
    for command in (
        "demo",
        "run",
        "tune",
        "compare",
        "plan",
        "check",
        "predict",
        "evaluate",
        "threshold",
        "monitor",
        "inspect",
        "export",
        "methods",
        "explain",
    ):
        lines = scarce(command, "--help").out.splitlines()
        assert max(map(len, lines)) <= 100, command


def test_version(scarce: Callable[..., Ended]) -> None:
    assert scarce("--version").out == f"scarce {package.__version__}\n"


def test_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    assert version("scarce") == package.__version__


def test_versions_are_those_of_the_packages() -> None:
    from importlib.metadata import version

    from scarce.cli.record import PACKAGES
    from scarce.trial.versions import versions

    assert versions(PACKAGES) == {name: version(name) for name in PACKAGES}


def test_a_run_needs_no_installed_package(tmp_path: Path) -> None:
    rows = "".join(f"{k % 7},{k % 5},{int(k % 10 == 0)}\n" for k in range(200))
    (tmp_path / "d.csv").write_text(f"a,b,y\n{rows}")
    program = (
        "import sys, importlib.metadata as metadata\n"
        "find = metadata.Distribution.from_name.__func__\n"
        "def from_name(cls, name):\n"
        "    if name == 'scarce':\n"
        "        raise metadata.PackageNotFoundError(name)\n"
        "    return find(cls, name)\n"
        "metadata.Distribution.from_name = classmethod(from_name)\n"
        "sys.argv = ['scarce', 'run', 'd.csv', '--target', 'y', '--methods', 'focal', '--folds', '2']\n"
        "from scarce.cli.main import main\n"
        "main()"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    record = json.loads((tmp_path / "scarce-run" / "run.json").read_text())
    assert record["versions"]["scarce"] == record["config"]["scarce"] == package.__version__


@pytest.mark.parametrize("absent", ["typer", "pyarrow", "duckdb"])
def test_base_install_says_what_to_install(tmp_path: Path, absent: str) -> None:
    (tmp_path / "d.csv").write_text("a,y\n1,0\n2,1\n")
    program = (
        f"import sys; sys.modules[{absent!r}] = None\n"
        "from scarce.cli.main import main; main(['run', 'd.csv', '--target', 'y'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    lines = [f"error[E701]: {absent} is not installed", "hint: pip install 'scarce[trial]'"]
    assert (run.returncode, run.stdout, run.stderr.splitlines()) == (2, "", lines)


def test_our_own_mistake_asks_for_a_report(
    scarce: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from scarce.data.files import reading

    def broken(path: str, **_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(reading, "read", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = scarce("check", "d.csv", "--target", "y")
    assert ended.code == main.OUR_BUG
    assert ended.error[0] == "bug[101]: scarce failed, which is not your fault: KeyError: 'surprise'"
    kept = ended.error[1].removeprefix("hint: please report it with ")
    assert "in broken" in (tmp_path / kept).read_text()


def test_control_characters_of_a_name_do_not_reach_the_terminal(scarce: Callable[..., Ended]) -> None:
    ended = scarce("check", "\x1b[31m\nname.csv", "--target", "y")
    assert ended.code == 2
    assert len(ended.error) == 2
    assert "\x1b" not in ended.err


COMMANDS = ("run", "compare", "check", "plan", "predict", "evaluate", "threshold", "monitor", "export")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_help_is_cut_short_at_80_columns(
    command: str, scarce: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "…" not in scarce(command, "--help").out


def test_a_warning_that_many_fits_raise_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    show = main.shown_once()
    for margin in ("15", "15", "20"):
        show(package.ScarceWarning("W051", margin=margin), package.ScarceWarning, "a.py", 1)
    assert capsys.readouterr().err.count("warning[W051]") == 2
