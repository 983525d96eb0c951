"""Start the rivals of a table, let each compare itself, time them in turns, and print what came out."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.torch_losses.inputs import shape_of
from benchmarks.torch_losses.layout import Seen, print_seen

if TYPE_CHECKING:
    from benchmarks.torch_losses.rivals import Rival, Table


class Process:
    """A rival's process; between requests it sleeps."""

    def __init__(self, table: Table, rival: Rival, folder: Path) -> None:
        backend = rival.framework.partition("-")[2]
        self.name, self.gone = rival.name, ""
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self.child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.torch_losses.worker", table.name, rival.name, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={
                **os.environ,
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "KERAS_BACKEND": backend or "jax",
            },
        )

    def ask(self, request: str = "") -> dict[str, Any]:
        """Return the answer to a request; to none, that the process is ready."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        if self.gone:
            return {}
        with contextlib.suppress(BrokenPipeError):  # it ended: then there is no line either
            if request:
                print(request, file=self.child.stdin, flush=True)
        line = self.child.stdout.readline()
        answer = json.loads(line) if line else {"error": self._last_words()}
        if "error" in answer:
            self.gone = str(answer["error"]).strip().splitlines()[-1]
            print(f"  {self.name} does not run here: {self.gone}", flush=True)
            self.stop()
            return {}
        return answer

    def _last_words(self) -> str:
        self.errors.seek(0)
        return (self.errors.read().strip() or f"ended with {self.child.wait()}").splitlines()[-1]

    def stop(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.child.communicate()
        self.errors.close()


def run(table: Table, share: float) -> dict[str, Seen]:
    """Print a table and return what was seen, by rival."""
    shape = " x ".join(f"{n:,}" for n in shape_of(table, share))
    print(f"\n{table.title}, {shape}: forward and backward   [{table.name}]", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = [sys.executable, "-m", "benchmarks.torch_losses.write_inputs", table.name, name, str(share)]
        subprocess.run(program, check=True)
        processes = {rival.name: Process(table, rival, folder) for rival in table.rivals}
        try:
            seen = _measure(table, processes)
        finally:
            for process in processes.values():
                if not process.gone:
                    process.stop()
    if seen:
        print_seen(table, seen)
    return seen


def _measure(table: Table, processes: dict[str, Process]) -> dict[str, Seen]:
    seen = {rival.name: Seen(rival) for rival in table.rivals}
    for process in processes.values():
        process.ask()
    for name, process in processes.items():
        answer = process.ask("check")
        seen[name].memory, seen[name].compared = answer.get("memory", {}), answer.get("compared", {})
    for _ in range(table.rounds):
        for name, process in processes.items():
            seen[name].seconds += process.ask("time").get("seconds", [])
    return {name: one for name, one in seen.items() if not processes[name].gone}
