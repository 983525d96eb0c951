"""Processes that hear the signals of their tests, whoever started the tests and whatever that ignored."""

from __future__ import annotations

import signal


def all_signals() -> None:
    """Run before a new process begins: a shell's background job would pass on that it ignores Ctrl-C."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
