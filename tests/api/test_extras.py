"""Without a package, Python says what to install, never ``No module named``."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest

from scarce.errors.extras import EXTRAS, told

if TYPE_CHECKING:
    from pathlib import Path

TRIAL = (
    "scarce.run({'a': [1, 2] * 40, 'b': [1, 2, 3, 5] * 20, 'y': [0, 0, 0, 1, 0] * 16}, 'y', "
    "methods='control', folds=2, max_rounds=2, replicates=50)"
)
ENGINES = ("xgboost", "catboost", "samplers", "onnx", "mlflow")


def ended(program: str, absent: str) -> list[str]:
    """Return what a program prints where a package is not installed."""
    program = (
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        f"absent = lambda name: name.partition('.')[0] == {absent!r}\n"
        "PathFinder.find_spec = lambda name, *rest: None if absent(name) else find(name, *rest)\n"
        "import scarce\n"
        f"try:\n    {program}\n"
        "except scarce.ScarceError as error:\n    print(error.two_lines())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


@pytest.mark.parametrize("absent", ["pyarrow", "lightgbm", "rich"])
def test_a_trial_without_its_packages_says_what_to_install(absent: str) -> None:
    assert ended(TRIAL, absent) == [
        f"error[E701]: {absent} is not installed",
        "hint: pip install 'scarce[trial]'",
    ]


def test_a_model_without_its_packages_says_what_to_install() -> None:
    assert ended("scarce.load('model.scarce')", "safetensors")[1] == "hint: pip install 'scarce[trial]'"


def test_pandas_is_not_needed() -> None:
    assert ended(f"print(type({TRIAL}.table()))", "pandas") == ["<class 'pyarrow.lib.Table'>"]


def test_every_package_of_an_extra_is_known_by_the_name_it_is_imported_by(root: Path) -> None:
    stated = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    modules = packages_distributions()
    for extra in ("trial", *ENGINES):
        for requirement in stated[extra]:
            distribution = re.match(r"[\w-]+", requirement)[0]
            if distribution in {name for names in modules.values() for name in names}:
                assert extra in {EXTRAS.get(m) for m, names in modules.items() if distribution in names}


def test_the_absence_of_anything_else_is_not_hidden() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"), told():
        import no_such_package  # noqa: F401
