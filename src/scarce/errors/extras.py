"""Which extra of scarce brings which package, so that a package that is not there is told and not traced."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTRAS = {
    "catboost": "catboost",
    "chardet": "trial",
    "duckdb": "trial",
    "imblearn": "samplers",
    "jinja2": "trial",
    "lightgbm": "trial",
    "markupsafe": "trial",
    "mlflow": "mlflow",
    "narwhals": "trial",
    "numba": "trial",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "pandas": "mlflow",  # scarce itself does without
    "pyarrow": "trial",
    "python_calamine": "excel",
    "rich": "trial",
    "safetensors": "trial",
    "scipy": "trial",
    "sklearn": "trial",
    "threadpoolctl": "trial",
    "typer": "trial",
    "xgboost": "xgboost",
}
"""The module as it is imported, and the extra that installs it."""


@contextmanager
def told() -> Iterator[None]:
    """Turn the absence of a package in the body into what to install.

    Raises
    ------
    ScarceError
        E701 for a package of an extra; the absence of anything else is raised as it is.

    Examples
    --------
    >>> with told():
    ...     raise ModuleNotFoundError("No module named 'duckdb'", name="duckdb")
    Traceback (most recent call last):
        ...
    scarce.errors.ScarceError: duckdb is not installed; pip install 'scarce[trial]'
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        raise ScarceError("E701", needs=package, extra=EXTRAS[package]) from missing
