"""What a shell is offered after the tab key, by the protocol of each shell."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from scarce.cli import completion
from scarce.cli.app import execute


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str, str], str]:
    """Return what scarce answers a shell that asks how a line may go on."""

    def ask(shell: str, line: str) -> str:
        monkeypatch.setenv("_SCARCE_COMPLETE", f"complete_{shell}")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        with pytest.raises(SystemExit) as left:
            execute([])
        assert left.value.code == 0
        return capsys.readouterr().out

    return ask


Offered = Callable[[str, str], str]


def test_bash_is_offered_commands(offered: Offered) -> None:
    assert offered("bash", "scarce ex").split() == ["export", "explain"]


def test_zsh_is_offered_methods_after_others(offered: Offered) -> None:
    assert '"brier,focal"' in offered("zsh", "scarce run d.csv --methods brier,foc")


def test_fish_is_offered_codes_with_their_meaning(offered: Offered) -> None:
    assert "E134\tthe target has more than two labels" in offered("fish", "scarce explain E13")


def test_names_for_more_of_one_are_offered(offered: Offered) -> None:
    assert offered("bash", "scarce methods smo").split() == ["smote", "smote_enn", "smote_tomek"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_in_the_way_that_is_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    monkeypatch.setenv("_SCARCE_COMPLETE", f"source_{shell}")
    with pytest.raises(SystemExit):
        execute([])
    assert f"_SCARCE_COMPLETE=complete_{shell}" in capsys.readouterr().out


def test_the_entry_point_answers_a_shell() -> None:
    asked = {"_SCARCE_COMPLETE": "complete_bash", "COMP_WORDS": "scarce pl", "COMP_CWORD": "1"}
    call = [sys.executable, "-m", "scarce"]
    done = subprocess.run(call, env=os.environ | asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "plan\n", "")


def test_names_of_learners_are_offered() -> None:
    forests = ("forest", "forest:leaf5", "forest:leaf20", "forest:random", "forest:random:leaf5")
    assert completion.learners("linear,f")[:5] == [f"linear,{name}" for name in forests]
