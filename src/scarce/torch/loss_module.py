"""What every loss module is: numbers that keep their digits, and settings to read and change by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import nn

from scarce.errors import ScarceError
from scarce.losses.domains import refuse_gradient, refuse_setting
from scarce.losses.numbers import Numbers
from scarce.losses.settings_text import brief
from scarce.torch import closed_forms
from scarce.torch.autograd import evaluate, key_of, loss_of
from scarce.torch.settings import (
    OF_MODULATION,
    as_numbers,
    defaults,
    of_some_loss,
    own_parameters,
    refuse_names,
    resolve,
)
from scarce.torch.tensors import NUMBERS, Call, check_logits

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from scarce.losses import Loss, Modulation
    from scarce.torch.distributed import Ranks


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


class LossModule(SettledModule):
    """A loss of the catalogue as a module: ``module(input, target, *, sample_weight=None)``.

    The numbers that weigh and move the logits are buffers (``class_weight``, ``logit_shift``,
    ``logit_scale``), so that they move with ``.to(device)`` and lie in the ``state_dict``; they keep double
    precision under ``.half()``. Every setting can be read and changed as an attribute: ``loss.gamma = 1.0``.

    Parameters
    ----------
    class_weight : str, sequence, Tensor or dict, optional
        "balanced", "effective" or "inverse_sqrt" (which need ``class_counts``), numbers, or a dict by label
        (which needs ``classes``). For a sigmoid ``[negative, positive]``, or one such pair a label.
    logit_shift, logit_scale : float or sequence, optional
        The adjusted logits are ``logit_scale * z + logit_shift``.
    label_smoothing : float, default 0.0
        How much of each target is spread evenly, as an expectation of losses.
    reduction : {"mean", "sum", "none", "mean_positive"}, default "mean"
        A softmax's mean divides by the sum of sample weight times class weight, a sigmoid's by that of the
        sample weights; "mean_positive" by the positives', or by what is not ``background``, at least 1.
    ignore_index : int, optional
        Targets that count for nothing: -100 for a softmax, none for a sigmoid by default.
    background : int, default 0
        Of a softmax only: the class that "mean_positive" does not count.
    class_counts : sequence, optional
        The number of rows of each class; for a sigmoid ``(negatives, positives)``.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.
    """

    name: ClassVar[str]
    kind: ClassVar[str]

    class_weight: Tensor | None
    logit_shift: Tensor | None
    logit_scale: Tensor | None

    def __init__(self, *, ranks: Ranks = None, **settings: Any) -> None:
        super().__init__()
        self.ranks = ranks
        given = {name: as_numbers(name, value) for name, value in settings.items()}
        self._settle(defaults(self.name, self.kind) | given)

    def _settle(self, settings: dict[str, Any], changed: str | None = None) -> None:
        self.plain, self.key, numbers = resolve(self.name, self.kind, settings)
        known = numbers if changed is None else resolve(self.name, self.kind, self.settings).numbers
        for name, new, old in zip(NUMBERS, numbers, known, strict=True):
            # what a state_dict has brought stays, unless the setting that changed says otherwise
            if changed in (None, name) or new != old:
                self.register_buffer(name, buffer_of(new, self._where()))
        self.settings = settings

    def __setattr__(self, name: str, value: Any) -> None:
        if name in of_some_loss() and name not in self.__dict__.get("settings", of_some_loss()):
            refuse_names(self.name, [name], defaults(self.name, self.kind))
        super().__setattr__(name, value)

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss, in float32 at least, reduced as the module says.

        Parameters
        ----------
        input : Tensor
            Logits, of any shape; a softmax has its classes on axis 1, or on the only axis.
        target : Tensor
            For a sigmoid 0 and 1 or probabilities, in the input's shape. For a softmax class indices in the
            input's shape without its class axis, or one-hot or soft targets in the input's shape.
        sample_weight : Tensor, optional
            One weight an element, or one a row.

        Raises
        ------
        ScarceError
            E504, E505, E515, E521, E527, E528, E560, E561, E562 or E563 if an input lies outside its domain.
        """
        loss = self.key if torch.compiler.is_compiling() else self.plain  # a graph holds strings only
        known = self._buffers  # an attribute of a module is looked up for a microsecond each
        numbers = Numbers(known["class_weight"], known["logit_shift"], known["logit_scale"])
        return evaluate(Call(loss, numbers, input, target, sample_weight), self.ranks)

    def posterior(self, logits: Tensor) -> Tensor:
        """Return the probabilities that a trained network's raw outputs stand for.

        Neither the sigmoid nor the softmax of them, unless the loss is cross-entropy without weights.

        Parameters
        ----------
        logits : Tensor
            Raw outputs.

        Returns
        -------
        Tensor
            In the logits' shape: of the positive class for a sigmoid, over the classes for a softmax.

        Raises
        ------
        ScarceError
            E513 if the loss has no posterior; E527, E528, E560, E561 or E563 if the logits do not fit it.
        """
        if not torch.compiler.is_compiling():
            self.as_numpy().check_posterior()
        return _posterior(logits, *self.numbers, self.key)

    def base_score(self, prior: Any) -> Tensor:
        """Return the constant logits whose posterior is the prior: where training should start.

        Parameters
        ----------
        prior : float, sequence or Tensor
            The positive class's frequency (one, or one a label), or every class's.
        """
        is_tensor = isinstance(prior, torch.Tensor)
        start = self.as_numpy().base_score(prior.tolist() if is_tensor else prior)
        device = prior.device if is_tensor else "cpu"
        return torch.tensor(start, dtype=torch.get_default_dtype(), device=device)

    def init_bias(self, layer: nn.Module, prior: Any) -> None:
        """Set the bias of a network's last layer so that training starts at the prior.

        Parameters
        ----------
        layer : nn.Module
            The layer that makes the logits, with a ``bias``.
        prior : float, sequence or Tensor
            As in `base_score`.

        Raises
        ------
        ScarceError
            E564 if the layer has no bias, or one of another size.

        Examples
        --------
        >>> from scarce.torch import SigmoidFocalLoss
        >>> layer, loss = nn.Linear(3, 1), SigmoidFocalLoss()
        >>> loss.init_bias(layer, 0.01)
        >>> round(layer.bias.item(), 3)
        -1.706
        """
        set_bias(layer, self.base_score(prior))

    def as_numpy(self) -> Loss:
        """Return the same loss in NumPy, with the numbers of the buffers."""
        numbers = zip(NUMBERS, self.numbers, strict=True)
        return replace(self.plain, **{name: None if x is None else x.tolist() for name, x in numbers})

    def extra_repr(self) -> str:
        """Return the settings that differ from the defaults, and the loss's own parameters."""
        own, usual, words = own_parameters(self.name, self.kind), defaults(self.name, self.kind), []
        for name, value in self.settings.items():
            if name in own or value != usual.get(name):
                # numbers may be a state_dict's
                is_buffer = name in NUMBERS and isinstance(value, list | tuple)
                words.append(f"{name}={brief(getattr(self, name).tolist() if is_buffer else value)}")
        return ", ".join(words if self.ranks is None else [*words, f"ranks={self.ranks!r}"])

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.key = key_of(self.plain)  # that of a user's own loss is known in its process only

    @property
    def numbers(self) -> Numbers:
        """What the loss weighs and moves its classes by."""
        return Numbers(self.class_weight, self.logit_shift, self.logit_scale)


class SoftmaxLoss(LossModule):
    """A loss over classes by any modulation, your own too.

    Parameters
    ----------
    modulation : Modulation
        How the loss depends on the probability of the target's class.
    **settings : object
        As in `LossModule`: ``class_weight``, ``label_smoothing``, ``reduction`` ...

    Examples
    --------
    >>> from scarce.losses.modulation import Focal
    >>> loss = SoftmaxLoss(Focal(gamma=2.0), class_weight=[1.0, 3.0])
    >>> print(f"{loss(torch.zeros(2, 2), torch.tensor([0, 1])).item():.4f}")
    0.1733
    """

    name, kind = OF_MODULATION, "softmax"

    def __init__(self, modulation: Modulation, **settings: Any) -> None:
        super().__init__(modulation=modulation, **settings)


class SigmoidLoss(LossModule):
    """A loss of one logit an example or a label by any modulation, your own too.

    Parameters
    ----------
    modulation : Modulation
        How the loss depends on the probability of the target's class.
    **settings : object
        As in `LossModule`.

    Examples
    --------
    >>> from scarce.losses.modulation import Focal
    >>> loss = SigmoidLoss(Focal(gamma=2.0))
    >>> print(f"{loss(torch.zeros(2), torch.tensor([0, 1])).item():.4f}")
    0.1733
    """

    name, kind = OF_MODULATION, "sigmoid"

    def __init__(self, modulation: Modulation, **settings: Any) -> None:
        super().__init__(modulation=modulation, **settings)


class OfLoss(PreciseModule):
    """A module around a loss, ``self.loss``, whose settings can be read as its own."""

    @property
    def weight(self) -> Tensor | None:
        """The class weights of the loss, under PyTorch's name."""
        return self.loss.weight

    def base_score(self, prior: Any) -> Tensor:
        """Return the constant logits whose posterior is the prior, as `LossModule.base_score`."""
        return self.loss.base_score(prior)

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


def set_bias(layer: nn.Module, start: Tensor) -> None:
    """Set the bias of a layer to the logits that a loss starts at.

    Raises E564 if the layer has no bias, or one of another size.
    """
    bias = getattr(layer, "bias", None)
    if not isinstance(bias, torch.Tensor):
        raise ScarceError("E564", layer=type(layer).__name__, what="no bias", n=start.numel())
    if start.dim() > 0 and start.numel() not in (1, bias.numel()):
        what = f"{bias.numel()} biases"
        raise ScarceError("E564", layer=type(layer).__name__, what=what, n=start.numel())
    with torch.no_grad():
        bias.copy_(start.to(bias).expand_as(bias))


@torch.compiler.allow_in_graph
def _posterior(logits: Tensor, *arguments: Any) -> Tensor:
    *numbers, key = arguments
    call = Call(loss_of(key), Numbers(*numbers), logits, logits)
    check_logits(call)
    return closed_forms.posterior(call)
