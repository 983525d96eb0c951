"""Runs commands in forks of one warm process, each with its streams, its fault or its death; a program.

It reads one JSON task a line from stdin and answers each with one line. A task holds the command's ``argv``,
its ``cwd``, the state of each of ``streams`` (stdout, stderr), and what befalls it at the ``at``-th time it
touches a file under ``under``: SIGKILL, or an error of the system by its number.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarce.cli.main import main

if TYPE_CHECKING:
    import io

TOUCHING = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod"}


class Fate:
    """What befalls a process the k-th time it changes something in a folder."""

    def __init__(self, under: str | None, at: int, error: int) -> None:
        self._under, self._at, self._error = under, at, error
        self.events = 0

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take notice of what Python is about to do."""
        if self._under is not None and event in TOUCHING and self._concerns(event, arguments):
            self.meet()

    def _concerns(self, event: str, arguments: tuple[Any, ...]) -> bool:
        path = arguments[0]
        if not isinstance(path, str | os.PathLike):
            return False
        changes = event != "open" or arguments[2] & (os.O_WRONLY | os.O_RDWR)
        return bool(changes) and os.path.abspath(path).startswith(str(self._under))  # noqa: PTH100

    def meet(self) -> None:
        """Count, and strike when it is time."""
        self.events += 1
        if self.events != self._at:
            return
        if self._error == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(self._error, os.strerror(self._error))


def fated(fate: Fate) -> None:
    """Let a fate see every event; those that Python does not audit are wrapped."""
    sys.addaudithook(fate.audit)
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        fate.meet()
        sync(descriptor)

    os.fsync = fsync


def set_stream(descriptor: int, state: str, kept: str) -> None:
    """Put a standard descriptor into a state."""
    if state == "closed":
        os.close(descriptor)
        return
    if state == "full":
        opened = os.open("/dev/full", os.O_WRONLY)
    elif state == "broken":
        reading, opened = os.pipe()
        os.close(reading)
    else:
        opened = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(opened, descriptor)
    os.close(opened)


def opened(descriptor: int, state: str) -> io.TextIOWrapper | None:
    """Return what Python gives a program that is started with a descriptor in this state."""
    return None if state == "closed" else os.fdopen(descriptor, "w", closefd=False, encoding="utf-8")


def child(task: dict[str, Any], folder: Path) -> None:
    """Be the command."""
    states = task.get("streams", ["kept", "kept"])
    os.chdir(task["cwd"])
    if task.get("deleted"):
        Path(task["cwd"]).rmdir()
    for descriptor, state, name in ((1, states[0], "out"), (2, states[1], "err")):
        set_stream(descriptor, state, str(folder / name))
    sys.stdout, sys.stderr = (opened(descriptor, states[descriptor - 1]) for descriptor in (1, 2))
    fate = Fate(task.get("under"), task.get("at", 0), task.get("error", 0))
    fated(fate)
    if "largest" in task:  # the size beyond which a file cannot grow
        resource.setrlimit(resource.RLIMIT_FSIZE, (task["largest"], task["largest"]))
    code = 99
    try:
        main(task["argv"])
    except SystemExit as left:
        code = left.code
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BaseException:
        (folder / "raised").write_text(traceback.format_exc())
    finally:
        (folder / "events").write_text(str(fate.events))
        os._exit(code)


def ended(task: dict[str, Any]) -> dict[str, Any]:
    """Carry one task out in a fork."""
    with tempfile.TemporaryDirectory(prefix="forked-") as name:
        folder = Path(name)
        process = os.fork()
        if process == 0:
            child(task, folder)
        _, status = os.waitpid(process, 0)
        texts = {
            kept: (folder / kept).read_text(errors="replace") if (folder / kept).exists() else ""
            for kept in ("out", "err", "raised", "events")
        }
        return {"code": os.waitstatus_to_exitcode(status), **texts}


def serve() -> None:
    """Warm up by one command whose code everything after shares; then do what is asked."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        task = json.loads(line)
        if task.get("warm"):
            from tests.cli.conftest import call

            os.chdir(task["cwd"])
            answer = {"code": max(call(*argv).code for argv in task["warm"])}
        else:
            answer = ended(task)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve()
