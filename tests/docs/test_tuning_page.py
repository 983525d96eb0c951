"""The page about tuning says what the commands print, and its examples run."""

from __future__ import annotations

import doctest
import os
import re
import shlex
from pathlib import Path

import pytest
from tests.cli.conftest import call

from scarce.learners.portfolio import FAMILIES, learners

PAGE = Path(__file__).parents[2] / "docs" / "tuning.md"
BLOCKS = re.findall(r"```\n\$ scarce (.*?)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
DATA = Path(os.environ.get("SCARCE_DATA", "data"))
"""Where tables are that are not in the repository; blocks that need another one are run where it is."""


def table_of(command: str) -> str:
    return shlex.split(command)[1]


MADE = [(command, said) for command, said in BLOCKS if table_of(command) == "machines.csv"]
HERE = [(command, said) for command, said in BLOCKS if (DATA / table_of(command)).exists()]
EACH = [pytest.param(*block, id=table_of(block[0])) for block in (*MADE, *HERE)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the page's examples were run."""
    found, before = tmp_path_factory.mktemp("page"), Path.cwd()
    os.chdir(found)
    try:
        result = doctest.testfile(str(PAGE), module_relative=False)
    finally:
        os.chdir(before)
    assert result.attempted >= 14
    assert result.failed == 0
    return found


@pytest.mark.parametrize(("command", "said"), EACH)
def test_a_command_prints_what_the_page_shows(
    command: str, said: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    if not Path(table_of(command)).exists():
        Path(table_of(command)).symlink_to((DATA / table_of(command)).resolve())
    ended = call(*shlex.split(command))
    assert ended.code == 0, ended.err
    printed = "\n".join(line.rstrip() for line in ended.out.splitlines())
    assert printed == said.rstrip()


def test_one_block_needs_no_data() -> None:
    assert len(MADE) == 1 < len(BLOCKS)


def test_every_setting_that_is_tried_beside_a_learner_is_told() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for usual, *others in FAMILIES:
        assert f"`{usual}`" in page
        for other in others:
            assert f"`{other}`" in page or f"`{other.removeprefix(usual)}`" in page, other
    (linear,) = learners(["linear"], 1_000, 100)
    assert f"a path of {len(linear.steps)} penalties" in page
