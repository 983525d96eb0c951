"""What docstrings of modules and functions say of one loss: its own parameters, and an example that runs."""

from __future__ import annotations

from scarce.losses.catalog import CATALOG
from scarce.torch.settings import signature


def own_parameters(name: str, kind: str) -> str:
    """Return the lines that document what only this loss takes."""
    lines, meanings = [], CATALOG[name].meanings
    for item in signature(name, kind).parameters.values():
        if item.kind is item.POSITIONAL_OR_KEYWORD:
            lines.append(f"{item.name} : {_type(item.default)}")
            if item.name in meanings:
                lines.append(f"    {meanings[item.name]}")
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
    if CATALOG[name].needs_counts:
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
    if CATALOG[name].needs_counts:
        counts = ", class_counts=[80, 15, 5]" if softmax else ", class_counts=[95, 5]"
    target = "torch.tensor([0, 2])" if softmax else "torch.tensor([[0, 0, 1], [0, 1, 0]])"
    call = f'{function}(torch.zeros(2, 3), {target}, reduction="none"{counts}).shape'
    lines = [">>> import torch", f">>> from scarce.torch.functional import {function}", f">>> {call}"]
    result = "torch.Size([2])" if softmax else "torch.Size([2, 3])"
    return "\n".join(["Examples", "--------", *lines, result])
