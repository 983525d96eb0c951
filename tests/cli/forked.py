"""The other end of `forking`: starts it, warms it, and asks it for commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Forked:
    """How a command ended in a fork: a negative code is the signal that ended it."""

    code: int
    out: str
    err: str
    raised: str
    events: int


class Forks:
    """A warm process whose forks run commands."""

    def __init__(self, folder: Path) -> None:
        threads = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(threads, "1")}
        paths = [str(ROOT / "src"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "cli" / "forking.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=folder,
        )

    def warm(self, folder: Path, *commands: list[str]) -> None:
        """Run commands in the process itself, so that no fork needs to load what they need."""
        assert self._ask({"warm": commands, "cwd": str(folder)})["code"] == 0

    def run(self, folder: Path, *argv: object, **task: Any) -> Forked:
        """Run one command in a folder."""
        answer = self._ask({"argv": [str(word) for word in argv], "cwd": str(folder), **task})
        return Forked(
            answer["code"], answer["out"], answer["err"], answer["raised"], int(answer["events"] or 0)
        )

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)

    def _ask(self, task: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())
