"""What every loss with memory is: a module whose memory keeps its numbers, and whose settings stay."""

from __future__ import annotations

import inspect
from typing import Any

from scarce.losses.domains import refuse_setting
from scarce.losses.spelling import brief
from scarce.torch.precise import PreciseModule

OPEN = ("reduction", "ignore_index", "ranks")
"""Settings that no memory has grown under."""


class Remembering(PreciseModule):
    """A loss with memory, which has grown under its settings: they stay, but for the `OPEN` ones."""

    def __setattr__(self, name: str, value: Any) -> None:
        settings = inspect.signature(type(self)).parameters if name in self.__dict__ else ()
        if name in settings and name in OPEN:
            type(self)(**{key: getattr(self, key) for key in settings} | {name: value})  # judges it
        elif name in settings:
            made = f"this {type(self).__name__} was made, and has learned, with {brief(self.__dict__[name])}"
            suggestion = f"make a new one with {name}={brief(value)}"
            refuse_setting(name, value, made, suggestion)
        super().__setattr__(name, value)
