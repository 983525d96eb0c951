"""Who hears how far a trial is."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from rich.console import Console

from scarce.api import watching
from scarce.errors import ScarceError
from scarce.progress import SILENT, Silent
from scarce.progress_bars import Bar, Tenths


def place(monkeypatch: pytest.MonkeyPatch, notebook: bool, terminal: bool, widgets: bool = True) -> None:
    def console(**_: Any) -> Console:
        return Console(file=io.StringIO(), force_jupyter=notebook, force_terminal=terminal)

    monkeypatch.setattr(watching, "Console", console)
    monkeypatch.setattr(watching, "find_spec", lambda name: object() if widgets else None)


@pytest.mark.parametrize(
    ("notebook", "terminal", "progress", "kind"),
    [
        (True, False, None, Bar),
        (True, False, True, Bar),
        (False, True, None, Bar),
        (False, True, True, Bar),
        (False, False, True, Tenths),
        (False, False, None, Silent),
        (True, False, False, Silent),
        (False, True, False, Silent),
    ],
)
def test_a_bar_where_somebody_looks_on_and_lines_where_they_are_asked_for(
    notebook: bool, terminal: bool, progress: bool | None, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(monkeypatch, notebook, terminal)
    assert type(watching.watcher(progress)) is kind


def test_a_notebook_that_cannot_draw_a_bar_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    place(monkeypatch, notebook=True, terminal=False, widgets=False)
    assert type(watching.watcher(None)) is Tenths


def test_an_object_is_used_as_it_is() -> None:
    mine = Tenths(sys.stderr)
    assert watching.watcher(mine) is mine
    assert watching.watcher(SILENT) is SILENT


@pytest.mark.parametrize("progress", ["yes", 1, Silent], ids=repr)
def test_anything_else_is_refused(progress: Any) -> None:
    with pytest.raises(ScarceError) as caught:
        watching.watcher(progress)
    assert caught.value.hint == "it must be True, False, None or an object with start, advance and finish"
