"""``import scarce`` loads nothing but Python itself."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = """
import sys
before = set(sys.modules)
import scarce
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(loaded - set(sys.stdlib_module_names) - {"scarce"}))
"""


def foreign_modules(folder: Path) -> list[str]:
    """Return what ``import scarce`` loads beyond the standard library, with `folder` first on the path."""
    program = f"import sys; sys.path.insert(0, {str(folder)!r})\n{FOREIGN}"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_import_loads_no_framework_and_no_numpy(root: Path) -> None:
    assert foreign_modules(root / "src") == []


@pytest.mark.parametrize("package", ["numpy", "lightgbm"])
def test_that_test_can_fail(tmp_path: Path, package: str) -> None:
    (tmp_path / "scarce.py").write_text(f"import {package}\n")
    assert package in foreign_modules(tmp_path)


def test_the_command_line_starts_without_the_heavy_rooms() -> None:
    program = "import sys, scarce.cli.app; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {"numpy", "pyarrow", "duckdb", "lightgbm", "numba", "scipy", "sklearn", "rich", "jinja2"}
    assert heavy.isdisjoint(run.stdout.split())
