"""What docstrings of modules and functions say of one loss: its own parameters, and an example that runs."""

from __future__ import annotations

from scarce.losses.catalog import COUNTED
from scarce.torch.settings import signature

MEANING = {
    "gamma": "At least 0; the larger, the less easy examples count, and 0 is without it.",
    "alpha": "Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.",
    "beta": "In [0, 1): 0 gives equal weights, towards 1 they become those of balanced classes.",
    "normalize": 'Named weights keep the number of rows ("rows"), or sum to that of classes ("classes").',
    "tau": "At least 0; the shift is tau times the log class frequency.",
    "max_margin": "Above 0; the margin of the rarest class.",
    "scale": "Above 0; what the logits are multiplied by.",
    "gamma_negative": "At least 0; how much easy negatives are discounted.",
    "gamma_positive": "At least 0; how much easy positives are discounted.",
    "clip": "In [0, 1); negatives whose probability is below it count for nothing.",
    "epsilon": "Above -1; how much of 1 - p is added.",
    "q": "In (0, 1]; towards 0 it is log-loss, and at 1 it is 1 - p and has no posterior.",
}
BY_COUNTS = "At least 0; logits are scaled by the class's share of the largest class to this power."


def own_parameters(name: str, kind: str) -> str:
    """Return the lines that document what only this loss takes."""
    lines = []
    for item in signature(name, kind).parameters.values():
        if item.kind is item.POSITIONAL_OR_KEYWORD:
            meaning = BY_COUNTS if item.name == "gamma" and name in ("vs_loss", "cdt") else MEANING[item.name]
            lines += [f"{item.name} : {_type(item.default)}", f"    {meaning}"]
    return "\n".join(lines)


def _type(default: object) -> str:
    if default is None:
        return "float, optional"
    return f"{type(default).__name__}, default {default!r}"


def example(loss: str, name: str, kind: str) -> str:
    """Return an example of a module: a call, and the prior that comes back from where training starts."""
    softmax = kind == "softmax"
    # with its own default of 30 the margins of ldam make a posterior that warns
    settings = ["scale=4.0"] if name == "ldam" else []
    if name in COUNTED:
        settings.append("class_counts=[80, 15, 5]" if softmax else "class_counts=[95, 5]")
    if softmax:
        call, shape = "loss(torch.zeros(2, 3), torch.tensor([0, 2])).shape", "torch.Size([])"
        back = "[round(p, 3) for p in loss.posterior(loss.base_score([0.8, 0.15, 0.05])[None])[0].tolist()]"
        prior = "[0.8, 0.15, 0.05]"
    else:
        call, shape = "loss(torch.zeros(2, 3), torch.tensor([[0, 0, 1], [0, 1, 0]])).shape", "torch.Size([])"
        back, prior = "round(loss.posterior(loss.base_score(0.05)).item(), 3)", "0.05"
    lines = ["import torch", f"from scarce.torch import {loss}", f"loss = {loss}({', '.join(settings)})"]
    head = [f">>> {line}" for line in lines]
    return "\n".join(["Examples", "--------", *head, f">>> {call}", shape, f">>> {back}", prior])


def call_example(function: str, name: str, kind: str) -> str:
    """Return an example of a function: one loss a row or an element."""
    softmax = kind == "softmax"
    counts = ""
    if name in COUNTED:
        counts = ", class_counts=[80, 15, 5]" if softmax else ", class_counts=[95, 5]"
    target = "torch.tensor([0, 2])" if softmax else "torch.tensor([[0, 0, 1], [0, 1, 0]])"
    call = f'{function}(torch.zeros(2, 3), {target}, reduction="none"{counts}).shape'
    lines = [">>> import torch", f">>> from scarce.torch.functional import {function}", f">>> {call}"]
    result = "torch.Size([2])" if softmax else "torch.Size([2, 3])"
    return "\n".join(["Examples", "--------", *lines, result])
