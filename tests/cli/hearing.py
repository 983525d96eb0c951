"""Processes that hear the signals of their tests, whoever started the tests and whatever that ignored."""

from __future__ import annotations

import os
import sys

# Not a preexec_fn: that forks in this process, which libraries with threads of their own warn of.
_HEAR = """
import os, signal, sys
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def command(*arguments: str) -> list[str]:
    """Return the command that runs another one which ignores no signal, as a shell's background job would."""
    return [sys.executable, "-c", _HEAR, *arguments] if os.name == "posix" else list(arguments)
