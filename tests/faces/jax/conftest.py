"""Every test of this folder needs JAX; without it they are skipped, counted and named."""

from __future__ import annotations

import pytest


def pytest_pycollect_makemodule(module_path, parent):
    pytest.importorskip("jax", reason="JAX is not installed: pip install 'scarce[jax]'")
