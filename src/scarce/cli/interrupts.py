"""Ctrl-C, SIGTERM and SIGHUP: one way to stop, held back while it would tear what is being written."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_heard = threading.Event()


def listen() -> None:
    """Hear every signal that asks to stop as Ctrl-C; those that are ignored (nohup) stay ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def listen_no_more() -> None:
    """Let the process end undisturbed."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def heard() -> bool:
    """Return whether somebody asked to stop: a library may have made an error of its own of it."""
    return _heard.is_set()


@contextmanager
def held_back() -> Iterator[None]:
    """Hear a stop only once the body is done."""
    if threading.current_thread() is not threading.main_thread():  # only the main one hears signals
        yield
        return
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, lambda number, _: asked.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:
        raise KeyboardInterrupt


def _stop(_number: int, _frame: FrameType | None) -> None:
    _heard.set()
    raise KeyboardInterrupt
