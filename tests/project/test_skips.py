"""``make test-all`` turns a skip into a failure, except where only the development data is absent."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SKIPS = {
    "in a test": "import pytest\ndef test_it():\n    pytest.skip('no browser')\n",
    "by a mark": "import pytest\n@pytest.mark.skipif(True, reason='no browser')\ndef test_it(): pass\n",
    "of a module": "import pytest\npytest.importorskip('no_such_framework')\ndef test_it(): pass\n",
    "no data": "def test_it(shared_data): pass\n",
}


def outcome(root: Path, folder: Path, content: str, required: bool) -> str:
    """Return how pytest ends on one test file beside our conftest, with no development data around."""
    checkout = folder / "checkout"
    tests = checkout / "tests"
    tests.mkdir(parents=True)
    for name in ("conftest.py", "campaign.py"):
        shutil.copy(root / "tests" / name, tests)
    (tests / "test_it.py").write_text(content)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("SCARCE", "PYTEST"))
    }
    environment["PYTHONPATH"] = str(checkout)
    if required:
        environment["SCARCE_REQUIRE_ALL"] = "1"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        str(tests),
    ]
    run = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    return run.stdout.splitlines()[-1]


@pytest.mark.parametrize("kind", SKIPS)
def test_a_skip_is_a_skip(root: Path, tmp_path: Path, kind: str) -> None:
    assert "1 skipped" in outcome(root, tmp_path, SKIPS[kind], required=False)


@pytest.mark.parametrize("kind", ["in a test", "by a mark", "of a module"])
def test_a_skip_fails_where_all_is_required(root: Path, tmp_path: Path, kind: str) -> None:
    ended = outcome(root, tmp_path, SKIPS[kind], required=True)
    assert "1 failed" in ended or "1 error" in ended
    assert "skipped" not in ended


def test_absent_development_data_is_always_a_skip(root: Path, tmp_path: Path) -> None:
    assert "1 skipped" in outcome(root, tmp_path, SKIPS["no data"], required=True)
