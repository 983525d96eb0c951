"""Every test of this folder needs JAX; without it they are skipped, counted and named."""

from __future__ import annotations

import pytest

collect_ignore = ["face.py"]  # holds no example, and imports JAX


def pytest_pycollect_makemodule(module_path, parent):
    pytest.importorskip("jax", reason="JAX is not installed: pip install 'scarce[jax]'")
    pytest.importorskip("optax", reason="optax is not installed: pip install optax")
