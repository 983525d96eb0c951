"""What every loss with memory is: a module whose memory keeps its precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable


class Remembering(nn.Module):
    """A module whose buffers move between devices and keep their type.

    ``network.bfloat16()`` reaches every part of a network, its loss too; a running sum in eight bits would
    soon stand still.
    """

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Remembering:
        before = dict(self.named_buffers(recurse=False))
        super()._apply(fn, recurse)
        for name, buffer in before.items():
            after = getattr(self, name)
            if after.dtype != buffer.dtype:
                setattr(self, name, buffer.to(after.device))
        return self
