"""What every loss with memory is: a module whose memory keeps its numbers, and whose settings stay."""

from __future__ import annotations

import inspect
from typing import Any

from scarce.errors import ScarceError
from scarce.losses.spelling import brief
from scarce.torch.precise import PreciseModule


class Remembering(PreciseModule):
    """A loss whose settings are those that it was made with: its memory has grown under them."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__ and name in inspect.signature(type(self)).parameters:
            made = f"this {type(self).__name__} was made, and has learned, with {brief(self.__dict__[name])}"
            suggestion = f"make a new one with {name}={brief(value)}"
            raise ScarceError("E529", name=name, value=brief(value), reason=made, suggestion=suggestion)
        super().__setattr__(name, value)
