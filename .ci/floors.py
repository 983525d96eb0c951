"""Print the constraints of an environment that has every dependency at the oldest version promised.

What users install is pinned to its floor in pyproject.toml. All else, the developers' tools too, may be as
new as in constraints.txt but not newer: a floor still finds the older companions that it needs.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def floors() -> dict[str, str]:
    """Return the oldest version promised of each package that users install, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    groups = [project["dependencies"], *(extras[name] for name in extras if name != "dev")]
    return dict(re.match(r"([\w-]+)>=([\d.]+)", one).groups() for group in groups for one in group)


def newest() -> dict[str, str]:
    """Return the version of each package in constraints.txt, by name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.replace("_", "-").split("==") for line in lines if not line.startswith("#"))


if __name__ == "__main__":
    pinned = floors()
    print(*(f"{name}=={version}" for name, version in pinned.items()), sep="\n")
    print(*(f"{name}<={version}" for name, version in newest().items() if name not in pinned), sep="\n")
