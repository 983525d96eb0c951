"""An install with NumPy alone: the version is told, and every command says what it needs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import scarce
from scarce.cli.app import COMMANDS
from scarce.errors.extras import EXTRAS

if TYPE_CHECKING:
    from pathlib import Path

ALONE = """
import importlib.abc, sys
ALLOWED = {*sys.stdlib_module_names, "scarce", "numpy"}
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in ALLOWED:
            raise ModuleNotFoundError(f"No module named {top!r}", name=top)
sys.meta_path.insert(0, Absent())
from scarce.cli.main import main
main()
"""


def alone(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", ALONE, *words], capture_output=True, text=True, check=False)


def test_the_version_is_told() -> None:
    told = alone("--version")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"scarce {scarce.__version__}\n", "")


@pytest.mark.parametrize(
    "words", [(), ("--help",), ("run", "d.csv", "--target", "y"), ("explain", "E701")], ids=str
)
def test_a_command_says_what_to_install(words: tuple[str, ...]) -> None:
    ended = alone(*words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines() == [
        "error[E701]: typer is not installed",
        "hint: pip install 'scarce[trial]'",
    ]


NEEDS = {
    "demo": [],
    "run": ["d.csv", "--target", "y"],
    "tune": ["d.csv", "--target", "y"],
    "compare": ["d.csv", "--target", "y", "--scores", "a,b"],
    "plan": ["d.csv", "--target", "y"],
    "check": ["d.csv", "--target", "y"],
    "predict": ["m.scarce", "d.csv"],
    "evaluate": ["m.scarce", "d.csv"],
    "threshold": ["m.scarce", "d.csv", "--precision", "0.5"],
    "monitor": ["m.scarce", "d.csv"],
    "inspect": ["m.scarce"],
    "export": ["m.scarce", "--to", "onnx", "--out", "m.onnx"],
}


def test_no_command_is_left_out() -> None:
    assert set(NEEDS) == set(COMMANDS) - {"methods", "explain"}


def test_a_command_without_a_part_of_the_extra_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b,y\n1,2,0\n2,1,1\n")
    absent = {name for name, extra in EXTRAS.items() if extra == "trial"} - {"typer", "rich"}
    program = f"import sys; sys.modules.update(dict.fromkeys({sorted(absent)}))\n" + "".join(
        f"from scarce.cli.main import status; print({name!r}, status({[name, *words]!r}), flush=True)\n"
        for name, words in NEEDS.items()
    )
    call = [sys.executable, "-c", program]
    ended = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines() == [f"{name} 2" for name in NEEDS], ended.stderr
    lines = ended.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines[::2]] == ["error[E701]"] * len(NEEDS)
    assert set(lines[1::2]) == {"hint: pip install 'scarce[trial]'"}


def test_the_package_runs_as_a_module() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "scarce", "--version"], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (0, f"scarce {scarce.__version__}\n")
