"""Every test of this folder needs PyTorch; without it they are skipped, counted and named."""

from __future__ import annotations

import pytest

collect_ignore_glob: list[str] = []


def pytest_pycollect_makemodule(module_path, parent):
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'scarce[torch]'")
