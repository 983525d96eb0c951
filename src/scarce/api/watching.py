"""Who is told how far a trial is: a notebook, a terminal, a log, the caller's own object, or nobody."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from rich.console import Console

from scarce.errors import ScarceError
from scarce.progress import SILENT, Progress
from scarce.progress_bars import Bar, Tenths


def watcher(progress: Any) -> Progress:
    """Return who is told.

    Parameters
    ----------
    progress : bool, Progress or None
        None draws a bar where somebody looks on, in a notebook or on a terminal; True prints a line for each
        tenth where nobody does; False says nothing. An object of `scarce.progress.Progress` is used as it is.

    Raises
    ------
    ScarceError
        E301 for anything else.

    Notes
    -----
    A bar in a notebook is drawn by ipywidgets; without them a notebook gets lines.
    """
    if progress is False:
        return SILENT
    if isinstance(progress, Progress) and not isinstance(progress, type):
        return progress
    if progress is not None and progress is not True:
        allowed = "True, False, None or an object with start, advance and finish"
        raise ScarceError("E301", option="progress", value=repr(progress), allowed=allowed)
    console = Console(stderr=True)
    if console.is_jupyter:
        return Bar(console) if find_spec("ipywidgets") else Tenths(sys.stderr)
    if console.is_terminal:
        return Bar(console)
    return Tenths(sys.stderr) if progress else SILENT
