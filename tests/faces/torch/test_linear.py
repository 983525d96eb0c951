"""The fused linear layer and loss: the same numbers as the two apart, in a fraction of the memory."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - its usual name

from scarce.errors import ScarceError
from scarce.torch import functional, linear_loss

N, D, K = 23, 7, 9
COUNTS = tuple(range(90, 0, -10))
SETTINGS = {
    "focal": {"loss": "focal", "gamma": 1.5},
    "weights": {"loss": "focal", "class_weight": [0.5 + k for k in range(K)]},
    "smoothed and weighted": {
        "loss": "cross_entropy",
        "class_weight": [0.5 + k for k in range(K)],
        "label_smoothing": 0.2,
    },
    "adjusted": {"loss": "logit_adjusted", "class_counts": COUNTS},
    "brier": {"loss": "brier"},
    "sum": {"loss": "focal", "reduction": "sum"},
    "mean_positive": {"loss": "focal", "reduction": "mean_positive"},
}


def tensors(dtype):
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(N, D, generator=generator).to(dtype).requires_grad_()
    w = torch.randn(K, D, generator=generator).to(dtype).requires_grad_()
    b = torch.randn(K, generator=generator).to(dtype).requires_grad_()
    t = torch.randint(0, K, (N,), generator=generator)
    t[::5] = -100
    return x, w, b, t


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["kernel", "closed form"])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "rows weighted"])
@pytest.mark.parametrize("name", SETTINGS)
def test_it_is_the_layer_and_then_the_loss(name, weighted, dtype):
    settings = dict(SETTINGS[name])
    loss = settings.pop("loss")
    x, w, b, t = tensors(dtype)
    share = torch.linspace(0.1, 2.0, N) if weighted else None
    apart = getattr(functional, loss)(F.linear(x, w, b), t, share, **settings)
    expected = torch.autograd.grad(3.0 * apart, (x, w, b))
    for rows in (1, 4, 100):
        fused = linear_loss(x, w, b, t, share, loss=loss, rows_a_chunk=rows, **settings)
        torch.testing.assert_close(fused, apart.to(torch.float32), rtol=1e-5, atol=1e-6)
        for one, other in zip(torch.autograd.grad(3.0 * fused, (x, w, b)), expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_only_the_gradients_that_are_wanted():
    x, w, b, t = tensors(torch.float32)
    value = linear_loss(x.detach(), w, None, t)
    value.backward()
    assert w.grad is not None
    assert x.grad is None
    assert b.grad is None
    with torch.no_grad():
        assert not linear_loss(x, w, b, t).requires_grad


def test_no_chunk_holds_more_logits_than_asked_for(monkeypatch):
    from scarce.kernels import classes

    seen, plain = [], classes.fused

    def watched(loss, logits, *rest):
        seen.append(len(logits))
        return plain(loss, logits, *rest)

    monkeypatch.setattr(classes, "fused", watched)
    x, w, b, t = tensors(torch.float32)
    linear_loss(x, w, b, t, rows_a_chunk=10)
    assert seen == [10, 10, 3]


def test_every_row_apart_is_refused():
    x, w, b, t = tensors(torch.float32)
    with pytest.raises(ScarceError) as caught:
        linear_loss(x, w, b, t, reduction="none")
    assert caught.value.two_lines() == (
        "error[E565]: linear_loss cannot keep every row apart: reduction='none'\n"
        "hint: use 'mean', 'sum' or 'mean_positive'"
    )
