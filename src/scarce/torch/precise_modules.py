"""Modules whose numbers stay what they are, and settings that can be read and changed by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from scarce.errors import ScarceError
from scarce.losses.domains import refuse_gradient, refuse_setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


class PreciseModule(nn.Module):
    """A module whose buffers move between devices and keep their numbers.

    ``network.half()`` reaches every part of a network, its loss too: a weight of 1e6 would become infinite,
    a log prior lose its digits, a running sum stand still.
    """

    @property
    def weight(self) -> Tensor | None:
        """The class weights, under PyTorch's name; None where there are none."""
        return self._buffers.get("class_weight")

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> PreciseModule:
        if fn(torch.zeros((), device="cpu")).device.type == "mps":  # it has no doubles
            for name, buffer in self.named_buffers(recurse=False):
                self._buffers[name] = buffer.float() if buffer.dtype == torch.float64 else buffer
        before = dict(self.named_buffers(recurse=False))
        super()._apply(fn, recurse)
        for name, buffer in before.items():
            device = self._buffers[name].device
            self._buffers[name] = buffer if device.type == "meta" else buffer.to(device)
        return self


class SettledModule(PreciseModule, ABC):
    """A loss whose settings are kept by name: each can be read, and changed, as an attribute."""

    settings: dict[str, Any]

    @abstractmethod
    def _settle(self, settings: dict[str, Any], changed: str | None = None) -> None:
        """Take over settings; all of them at first, then with one that was changed."""

    def __getattr__(self, name: str) -> Any:
        settings = self.__dict__.get("settings", {})
        return settings[name] if name in settings and name not in self._buffers else super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        name, settings = "class_weight" if name == "weight" else name, self.__dict__.get("settings", {})
        if name not in settings or (isinstance(value, torch.Tensor) and name in self._buffers):
            refuse_gradient(name, value)
            super().__setattr__(name, value)  # a buffer takes tensors, as from a state_dict
            return
        settings = {**settings, name: as_numbers(name, value)}
        try:
            self._settle(settings, changed=name)
        except ScarceError as error:
            unused = error.values.get("name") if error.code == "E529" else None
            if name != "class_weight" or unused not in ("class_counts", "classes"):
                raise
            self._settle({**settings, unused: None}, changed=name)  # what only the old weights followed from

    def _where(self) -> torch.device | None:
        """Return the device that the numbers lie on, if there are any."""
        return next((buffer.device for buffer in self.buffers(recurse=False)), None)


class OfLoss(PreciseModule):
    """A module around a loss, ``self.loss``, whose settings can be read as its own."""

    @property
    def weight(self) -> Tensor | None:
        """The class weights of the loss, under PyTorch's name."""
        return self.loss.weight

    def __getattr__(self, name: str) -> Any:
        loss = self._modules.get("loss")
        return getattr(loss, name) if _is_setting(loss, name) else super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if _is_setting(self.__dict__.get("_modules", {}).get("loss"), name):
            refuse_setting(
                name, value, "it is a setting of the loss inside", f"set it there: loss.{name} = ..."
            )
        super().__setattr__(name, value)


def _is_setting(loss: object, name: str) -> bool:
    return isinstance(loss, SettledModule) and name in loss.settings


def as_numbers(name: str, value: Any) -> Any:
    """Return a setting as plain numbers that pickle and print.

    Raises
    ------
    ScarceError
        E562 if it wants a gradient, which would be lost without a word.
    """
    refuse_gradient(name, value)
    return value.tolist() if hasattr(value, "tolist") else value


def buffer_of(
    numbers: Any, device: torch.device | None = None, dtype: torch.dtype = torch.float64
) -> Tensor | None:
    """Return numbers as a buffer, in double precision: what is computed in single is rounded once.

    It lies on PyTorch's default device, as a module's own tensors do, but never on that without memory.
    """
    if numbers is None:
        return None
    device = torch.get_default_device() if device is None else device
    dtype = torch.float32 if device.type == "mps" and dtype == torch.float64 else dtype
    return torch.tensor(numbers, dtype=dtype, device="cpu" if device.type == "meta" else device)
