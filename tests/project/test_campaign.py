"""The table that ends a campaign: all that was tried is counted, and nothing is missing in silence."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.campaign import FAMILIES

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = "".join(f"def test_{name}(tally): tally({name!r}, 3)\n" for name in FAMILIES)


def campaign(root: Path, folder: Path, content: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a whole campaign of one test file beside our conftest."""
    tests = folder / "tests"
    tests.mkdir()
    for name in ("conftest.py", "campaign.py"):
        shutil.copy(root / "tests" / name, tests)
    (tests / "test_it.py").write_text(content)
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SCARCE", "PYTEST"))}
    environment = {**clean, "SCARCE_CAMPAIGN": "1", "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_campaign_ends_with_a_line_a_family(root: Path, tmp_path: Path, workers: str) -> None:
    content = COUNTS + "def test_more(tally): tally('files', 1_000); tally('files', 2)\n"
    ended = campaign(root, tmp_path, content, "-n", workers)
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()[-len(FAMILIES) :]
    assert [line.split()[:3] for line in lines] == [
        [name, "1,005" if name == "files" else "3", "2" if name == "files" else "1"] for name in FAMILIES
    ]


def test_a_family_that_tried_nothing_fails_the_campaign(root: Path, tmp_path: Path) -> None:
    ended = campaign(root, tmp_path, re.sub("def test_leaks.*\n", "", COUNTS))
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (1, "nothing tried: leaks")


def test_what_failed_is_named_under_the_table_and_counts_for_nothing(root: Path, tmp_path: Path) -> None:
    content = COUNTS + "def test_more(tally):\n    tally('files', 7)\n    assert False\n"
    ended = campaign(root, tmp_path, content)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (1, "failed: tests/test_it.py::test_more")
    assert re.search(r"^files +3 ", ended.stdout, re.MULTILINE)
