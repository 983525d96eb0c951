"""The page about the command line shows what the commands print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished


def shown(root: Path) -> dict[str, str]:
    """Return what the page shows under each command."""
    text = (root / "docs" / "command-line.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(\$ .*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {
        command: said
        for block in blocks
        for command, said in re.findall(r"^\$ ([^\n]*)\n(.*?)(?=^\$ |\Z)", block, re.MULTILINE | re.DOTALL)
    }


@pytest.mark.parametrize("command", ["scarce methods class_balanced", "scarce explain e134"])
def test_the_page_shows_what_a_command_prints(scarce: Callable[..., Ended], root: Path, command: str) -> None:
    assert shown(root)[command] == scarce(*command.split()[1:]).out


def test_the_page_shows_a_prediction_beside_the_columns_it_is_of(
    scarce: Callable[..., Ended], root: Path, finished: Finished, tmp_path: Path
) -> None:
    page = shown(root)
    data, command = page["head -2 new.csv"], "scarce predict scarce-run/model.scarce new.csv"
    (tmp_path / "new.csv").write_text(data)
    said = scarce("predict", finished.folder / "model.scarce", "new.csv").out
    digits = re.compile(r"-?\d+\.\d{6,}")  # those of another model
    assert digits.sub("", said) == digits.sub("", page[command])
