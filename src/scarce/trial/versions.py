"""The versions that a result depends on."""

from __future__ import annotations

from importlib import import_module

SHAPING = ("scarce", "lightgbm", "numpy", "numba", "scikit-learn", "scipy")
"""The packages that decide what a fit says, beside the engines that are not always there."""

ENGINES = ("catboost", "xgboost")

MODULES = {"scikit-learn": "sklearn", "imbalanced-learn": "imblearn"}
"""The modules that are not called as their packages are."""


def versions(packages: tuple[str, ...] = SHAPING) -> dict[str, str]:
    """Return the version that each package tells of itself: a source tree has no installed metadata.

    Parameters
    ----------
    packages : tuple of str, optional
        Names as in the package index; those that decide what a fit says by default.

    Examples
    --------
    >>> import scarce
    >>> versions(("scarce",)) == {"scarce": scarce.__version__}
    True
    """
    return {name: import_module(MODULES.get(name, name)).__version__ for name in packages}
