"""Every benchmark can still be started: what it measures moves, and nothing else would tell."""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks
import pytest

NAMES = [module.name for module in pkgutil.walk_packages(benchmarks.__path__, "benchmarks.")]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("__main__")])
def test_a_benchmark_finds_all_that_it_imports(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith(("scarce", "benchmarks")):
            raise
        pytest.skip(f"{missing.name} is not installed")


def test_every_benchmark_that_make_bench_runs_has_a_main() -> None:
    runner = importlib.import_module("benchmarks.__main__")
    assert [
        name
        for name in runner.names()
        if not callable(getattr(importlib.import_module(f"benchmarks.{name}"), "main", None))
    ] == []
