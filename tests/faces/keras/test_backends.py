"""Every backend of Keras runs the files of `FILES`, in a process of its own.

That process runs all laws of a backend at once; each is reported here by its name.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]
FILES = ("on_backend", "derivatives", "edges", "adaptive")
# Keras's variables turn into arrays in the way NumPy 2 replaced; nothing of ours can change that.
OF_KERAS = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
EXTRAS = {"tensorflow": "keras,tensorflow", "jax": "keras,jax", "torch": "keras,torch"}


def laws_of(nodes: list[ast.stmt], backend: str) -> Iterator[str]:
    """Yield the names of the tests in a file that the backend runs, which is not imported for that."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name
        if isinstance(node, ast.If) and ast.unparse(node.test) == f"BACKEND == '{backend}'":
            yield from laws_of(node.body, backend)


LAWS = [
    (backend, f"{file}::{law}")
    for backend in EXTRAS
    for file in FILES
    for law in laws_of(ast.parse((HERE / f"{file}.py").read_text(encoding="utf-8")).body, backend)
]


@cache
def outcomes(backend: str) -> tuple[dict[str, list[str]], str]:
    """Run the laws on a backend; return what went wrong with each, and all that the process said."""
    plugins = [part for name in ("xdist", "cacheprovider", "randomly") for part in ("-p", f"no:{name}")]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    of_jax = {
        "JAX_ENABLE_X64": "1",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    }  # it compiles far longer than it runs
    environment = os.environ | quiet | of_jax | {"KERAS_BACKEND": backend}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        call = ["-m", "pytest", "-q", *plugins, "-W", OF_KERAS, f"--junitxml={report}"]
        run = subprocess.run(
            [sys.executable, *call, *(str(HERE / f"{file}.py") for file in FILES)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        said = run.stdout[-6000:] + run.stderr[-2000:]
        cases = ElementTree.parse(report).iter("testcase") if report.exists() else ()
        found = defaultdict(list)
        for case in cases:
            file = case.get("classname", "").rpartition(".")[2]
            law, _, parameters = case.get("name", "").partition("[")
            found[f"{file}::{law}"] += [
                f"[{parameters}\n{fault.text or fault.get('message')}" for fault in case
            ]
    return dict(found), said


@pytest.mark.parametrize(("backend", "law"), LAWS)
def test_keras_on(backend, law):
    need(backend)
    found, said = outcomes(backend)
    assert law in found, said
    assert not found[law], "\n".join(found[law])


@pytest.mark.parametrize("backend", EXTRAS)
def test_every_law_that_a_backend_ran_is_reported(backend):
    need(backend)
    found, said = outcomes(backend)
    assert found.keys() == {law for on, law in LAWS if on == backend}, said


def need(backend):
    for needed in ("keras", backend):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed: pip install 'scarce[{EXTRAS[backend]}]'")


PROGRAM = """
import sys
for name in {missing!r}:
    sys.modules[name] = None
from scarce.errors import ScarceError
try:
    import scarce.keras
except ScarceError as error:
    print(error.two_lines())
"""


@pytest.mark.parametrize(
    ("missing", "backend", "lines"),
    [
        (["keras"], "jax", "error[E701]: Keras is not installed\nhint: pip install 'scarce[keras]'\n"),
        (
            ["tensorflow"],
            "tensorflow",
            "error[E701]: tensorflow, the backend that Keras is set to, is not installed\n"
            "hint: pip install 'scarce[tensorflow]'\n",
        ),
    ],
    ids=["keras", "backend"],
)
def test_what_is_missing_is_named(missing, backend, lines):
    if "keras" not in missing and importlib.util.find_spec("keras") is None:
        pytest.skip("keras is not installed: pip install 'scarce[keras]'")
    program = PROGRAM.format(missing=missing)
    environment = os.environ | {"KERAS_BACKEND": backend}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == lines
