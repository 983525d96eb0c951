"""The page about data shows what scarce says of the table that it makes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.conftest import call

from scarce.errors import CATALOGUE

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def shown(page: str) -> list[tuple[str, str]]:
    """Return the commands of the page with what it says that they print."""
    [block] = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    parts = re.split(r"^\$ scarce (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_the_commands_of_the_page_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    [makes] = [code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "machines.csv" in code]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    exec(makes, {})  # what the page tells its reader to run
    commands = shown(page)
    assert len(commands) == 5
    for command, printed in commands:
        ended = call(*shlex.split(command))
        assert (ended.out + ended.err).strip() == printed.strip(), command


def test_the_page_tells_of_every_code_of_targets_and_of_what_is_left_out() -> None:
    told = set(re.findall(r"\b[EW]\d{3}\b", PAGE.read_text(encoding="utf-8")))
    own = {code for code in CATALOGUE if "E161" <= code <= "E166" or "W158" <= code <= "W161"}
    assert own - told == set()
