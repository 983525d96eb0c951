"""The entry point of ``scarce``: every way a command can end becomes an exit code and at most two lines.

Only the standard library is imported here, so that a missing extra is told and not traced.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
import warnings
from typing import TYPE_CHECKING, Any, TextIO

import scarce
from scarce.cli import console, interrupts, streams
from scarce.errors import ScarceError, ScarceWarning, extras, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GATE_FAILED = 1
BAD_INPUT = 2
OUR_BUG = 101
INTERRUPTED = 130
NOTHING_WRITTEN = "interrupted; nothing was written"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command in `arguments` (those of the process by default) and leave with its exit code."""
    # Threads that spin while they wait made training 100 times slower beside another busy process. A user who
    # sets the variable has the last word; it is read when the first library with OpenMP is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    warnings.showwarning = shown_once()
    streams.prepare()
    interrupts.listen()
    try:
        code = status(sys.argv[1:] if arguments is None else arguments)
        interrupts.listen_no_more()
    except KeyboardInterrupt:  # once more, while the first was being told
        code = INTERRUPTED
    if arguments is None and code == INTERRUPTED:
        leave_at_once(code)
    sys.exit(code)


def leave_at_once(code: int) -> None:
    """End the process while fits still run in threads: those of forests and CatBoost hear of no stop."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # closed, or its reader has left
            stream.flush()
    os._exit(code)


def status(arguments: Sequence[str]) -> int:
    """Return the exit code of a command: 0, 1 a gate failed, 2 bad input, 101 our bug, 130 interrupted."""
    try:
        streams.require_stdout()
        code = version() if list(arguments[:1]) == ["--version"] else executed(arguments)
        sys.stdout.flush()
    except ScarceError as error:
        console.say(error.code, "error", error.message, error.hint)
        return BAD_INPUT
    except console.Interrupted as stopped:
        return interrupted(str(stopped))
    except KeyboardInterrupt:
        return interrupted(NOTHING_WRITTEN)
    except streams.ReaderLeft:
        return 0
    except Exception as error:  # the last door: whatever arrives here is ours
        if interrupts.heard():  # or what a library makes of Ctrl-C while it reads
            return interrupted(NOTHING_WRITTEN)
        return our_bug(error)
    return code


def version() -> int:
    """Print the version; not typer's work, since that is in an extra."""
    print(f"scarce {scarce.__version__}")
    return 0


def executed(arguments: Sequence[str]) -> int:
    """Run a command, and say what to install where it needs a package that is not there."""
    with extras.told():
        from scarce.cli.app import execute

        return execute(arguments)


def interrupted(text: str) -> int:
    """Say in one line what became of the work; on a terminal it covers the ``^C`` that the keyboard left."""
    if sys.stderr.isatty():
        sys.stderr.write("\r")
    console.note(text)
    return INTERRUPTED


def our_bug(error: Exception) -> int:
    """Keep the traceback in a file and ask for a report, in two lines."""
    import tempfile

    what = f"{type(error).__name__}: {error}".splitlines()[0]
    text = "".join(traceback.format_exception(error)).encode(errors="backslashreplace")
    try:
        with tempfile.NamedTemporaryFile(prefix="scarce-", suffix=".txt", delete=False) as kept:
            kept.write(text)
        hint = f"please report it with {kept.name}"
    except OSError as refusal:
        hint = f"please report it; no traceback could be kept: {reason(refusal)}"
    console.say("101", "bug", f"scarce failed, which is not your fault: {what}", hint)
    return OUR_BUG


def shown_once() -> Callable[..., None]:
    """Return `show_warning` for a whole run: each is shown once, however many fits raise it."""
    told: set[str] = set()

    def show(message: Warning | str, *place: Any, **more: Any) -> None:
        if str(message) not in told:
            told.add(str(message))
            show_warning(message, *place, **more)

    return show


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show our own warnings in two lines; those of libraries speak to programmers and stay silent here."""
    if isinstance(message, ScarceWarning):
        console.say(message.code, "warning", message.message, message.hint)
