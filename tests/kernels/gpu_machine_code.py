"""Compile the GPU's kernels to machine code where no GPU is: run as a program, without the interpreter.

The losses are called as on a GPU, but what they launch is only compiled. Prints a line of JSON for every
launch: the kernel, and what its code does.
"""

from __future__ import annotations

import json
import re
import sys

import torch
import triton
from tests.kernels.test_class_parameters import FourTerms, ThreeTerms
from triton.backends.compiler import GPUTarget
from triton.runtime.jit import JITFunction

from scarce.torch import SigmoidLoss, SoftmaxLoss, cuda, functional, fused_on_gpu


class Absent:
    """A driver of a GPU that is not there."""

    def get_current_device(self):
        return 0

    def get_current_stream(self, device):
        return 0

    def get_current_target(self):
        return GPUTarget("cuda", 90, 32)


def compiled(self, *arguments, plain=JITFunction.run, **options):
    kernel = plain(self, *arguments, **{**options, "warmup": True})
    text = kernel.asm["ptx"]
    told = {
        "name": self.__name__,
        "wide loads": len(re.findall(r"ld\.global\.v[24]\.b(?:32|64)", text)),
        "wide stores": len(re.findall(r"st\.global\.v[24]\.b(?:32|64)", text)),
        "double": len(re.findall(r"\.f64", text)),
        "flushes": len(re.findall(r"\.ftz", text)),
        "spills": "st.local" in text,
        "adds to memory": "red.global" in text or "atom.global" in text,
    }
    print(json.dumps(told))


def elements():
    n = 4096
    z, t = torch.zeros(n), torch.zeros(n)
    for name in ("cross_entropy", "focal", "detached_focal", "brier"):
        differentiated(getattr(functional, f"sigmoid_{name}"), z, t)
    differentiated(functional.sigmoid_generalized_cross_entropy, z, t)
    differentiated(functional.sigmoid_asymmetric_detached, z, t.long())
    for dtype in (torch.bfloat16, torch.float16):
        differentiated(functional.sigmoid_focal, z.to(dtype), t.bool(), gamma=1.5, label_smoothing=0.1)
    image, pairs, weight = torch.zeros(4, 3, 512), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], torch.ones(4)
    numbers = {"class_weight": pairs, "logit_shift": [0.1, 0.2, 0.3], "logit_scale": [1.0, 2.0, 3.0]}
    differentiated(functional.sigmoid_focal, image, image, sample_weight=weight, ignore_index=-100, **numbers)
    for size in (1, 77):  # a size of 1 is known to the compiler, and 77 aligns nothing
        small = torch.zeros(size)
        differentiated(functional.sigmoid_focal, small, small, sample_weight=small, reduction="mean_positive")
    differentiated(
        functional.sigmoid_focal,
        torch.zeros(3, 1),
        torch.zeros(3, 1),
        sample_weight=torch.ones(3),
        reduction="none",
    )


def classes():
    focal = functional.softmax_focal
    weights = {"class_weight": torch.ones(1000), "logit_shift": [0.1] * 1000, "logit_scale": [1.0] * 1000}
    labels, rows = torch.zeros(8, dtype=torch.int64), torch.ones(8)
    differentiated(focal, torch.zeros(8, 1000), labels, **weights)
    differentiated(focal, torch.zeros(8, 1000), labels, sample_weight=rows, gamma=0.5, reduction="none")
    differentiated(focal, torch.zeros(8, 32000, dtype=torch.bfloat16), labels, reduction="mean_positive")
    differentiated(focal, torch.zeros(8, 32000), labels, logit_shift=[0.1] * 32000)
    differentiated(functional.softmax_ldam, torch.zeros(8, 3), labels, class_counts=[9.0, 5.0, 1.0])
    differentiated(focal, torch.zeros(1, 2), labels[:1])
    differentiated(focal, torch.zeros(3, 17), labels[:3].byte(), ignore_index=None)
    pixels = torch.zeros(2, 16, 16, dtype=torch.int64)
    differentiated(focal, torch.zeros(2, 19, 16, 16), pixels)
    differentiated(focal, torch.zeros(2, 19, 16, 16).to(memory_format=torch.channels_last), pixels)
    differentiated(focal, torch.zeros(2, 1000, 16, 16), pixels, **weights)
    cuda.BEYOND_32_BITS = 0
    differentiated(focal, torch.zeros(2, 1000, 16, 16), pixels)
    differentiated(focal, torch.zeros(2, 19, 16, 16, dtype=torch.float16), pixels)


def modulations_of_users():
    z, labels = torch.zeros(8, 5), torch.zeros(8, dtype=torch.int64)
    for terms in (ThreeTerms(), FourTerms()):
        differentiated(SigmoidLoss(terms), z, z)
        differentiated(SoftmaxLoss(terms), z, labels)


def differentiated(loss, logits, *rest, **settings):
    """Call a loss and go backward, twice, as the first time is remembered; and without a gradient."""
    for _ in range(2):
        z = logits.clone().requires_grad_()
        (2.0 * loss(z, *rest, **settings).sum()).backward()
    loss(logits, *rest, **settings)


if __name__ == "__main__":
    triton.runtime.driver.set_active(Absent())
    JITFunction.run = compiled
    cuda.DEVICES = ("cpu",)
    fused_on_gpu(True)
    elements()
    classes()
    modulations_of_users()
    sys.exit()
