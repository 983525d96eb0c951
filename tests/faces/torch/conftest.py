"""Every test of this folder needs PyTorch; without it they are skipped, counted and named.

With ``SCARCE_TEST_DEVICE=cuda`` the same tests put every tensor on a GPU. So that they need not say so,
PyTorch makes tensors there by default, `torch.Generator` draws there, and `Tensor.numpy` fetches them.
"""

from __future__ import annotations

import os

import pytest

collect_ignore_glob: list[str] = []

DEVICE = os.environ.get("SCARCE_TEST_DEVICE", "cpu")

OF_THE_CPU = {
    "test_no_gradient_wanted_means_none_is_computed": "it watches the CPU's kernels",
    "test_the_gradient_is_handed_on_in_the_memory_it_was_written_to": "it watches the CPU's kernels",
    "test_no_chunk_holds_more_logits_than_asked_for": "it watches the CPU's kernels",
    "test_a_chunk_is_smaller_where_operations_hold_copies": "it watches the CPU's kernels",
    "test_memory_is_a_chunk_and_the_gradients": "it watches the CPU's memory",
    "test_only_the_gradients_that_are_wanted": "it watches the CPU's kernels",
    "test_soft_targets_and_one_hot": "only a CPU looks for one-hot targets",
    "test_integer_one_hot_and_soft_targets_agree_to_the_last_bit": "only a CPU looks for one-hot targets",
    "test_targets_outside_their_domain": "only a CPU looks at values",
    "test_columns_with_a_label_that_is_no_class": "only a CPU looks at values",
}
MODULES_OF_THE_CPU = ("test_distributed", "test_adaptive_distributed", "test_samplers", "test_pages")


def pytest_pycollect_makemodule(module_path, parent):
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'scarce[torch]'")
    if DEVICE != "cpu":
        _put_everything_there()


def _put_everything_there():
    import torch

    if hasattr(torch.Tensor.numpy, "fetches"):
        return
    numpy = torch.Tensor.numpy

    class Generator(torch.Generator):
        def __new__(cls, device=DEVICE):
            return super().__new__(cls, device)

    def fetched(tensor, **options):
        return numpy(tensor.cpu(), **options)

    fetched.fetches = True
    torch.set_default_device(DEVICE)
    torch.Generator = Generator
    torch.Tensor.numpy = fetched


def pytest_collection_modifyitems(items):
    if DEVICE == "cpu":
        return
    for item in items:
        if item.path.parent.name != "torch":
            continue
        reason = OF_THE_CPU.get(getattr(item, "originalname", item.name))
        if item.path.stem in MODULES_OF_THE_CPU:
            reason = "it is about the CPU"
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))
