"""A setting that is accepted has an effect: read, changed, kept under `.half()`, or refused in words."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.losses import CATALOG
from scarce.torch import adaptive, functional, samplers

Z = torch.tensor([[0.3, -0.2, 1.0], [0.1, 0.4, -0.9], [2.0, 0.0, 0.5]])
Y = torch.tensor([0, 1, 2])


def two_lines(function, *arguments, **settings):
    with pytest.raises(ScarceError) as caught:
        function(*arguments, **settings)
    return caught.value.two_lines()


def modules():
    """Return one of every module that has settings."""
    made = {}
    for name in (*losses.losses.__all__, *losses.overlap.__all__):
        kind = getattr(losses, name)
        if not hasattr(kind, "kind") or name == "OverlapModule":
            continue
        counted = kind.name in CATALOG and CATALOG[kind.name].needs_counts
        counts = [5, 3, 2] if kind.kind == "softmax" else [9, 1]
        made[name] = kind(**({"class_counts": counts} if counted else {}))
    made["LinearLoss"] = losses.LinearLoss(nn.Linear(3, 3), "focal")
    made["AdaFocalLoss"] = adaptive.AdaFocalLoss()
    made["AutomatedFocalLoss"] = adaptive.AutomatedFocalLoss()
    made["FLSD53Loss"] = adaptive.FLSD53Loss()
    made["ValidatedFocalLoss"] = adaptive.ValidatedFocalLoss([5, 3, 2])
    made["SigmoidValidatedFocalLoss"] = adaptive.SigmoidValidatedFocalLoss()
    made["GHMCLoss"] = adaptive.GHMCLoss()
    made["SeesawLoss"] = adaptive.SeesawLoss(3)
    made["EqualizedFocalLoss"] = adaptive.EqualizedFocalLoss(3)
    made["DeferredReweighting"] = adaptive.DeferredReweighting(losses.FocalLoss(), 10, [5, 3, 2])
    return made


MODULES = modules()
each = pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)


@each
def test_every_module_says_what_it_was_made_with(module):
    assert module.reduction in ("mean", "mean_positive")
    assert module.ignore_index in (None, -100)
    assert module.weight is None or module.weight.dtype == torch.float64


@each
def test_what_is_no_setting_is_no_attribute(module):
    with pytest.raises(AttributeError, match="gama"):
        module.gama  # noqa: B018 - the attribute is what is tested


def test_a_setting_that_is_changed_changes_the_loss():
    loss = losses.FocalLoss(gamma=2.0, class_weight=[1.0, 2.0, 3.0])
    loss.gamma = 0.0
    loss.reduction = "sum"
    loss.ignore_index = 2
    expected = functional.cross_entropy(Z, Y, class_weight=[1.0, 2.0, 3.0], reduction="sum", ignore_index=2)
    torch.testing.assert_close(loss(Z, Y), expected)
    assert repr(loss) == (
        "SoftmaxFocalLoss(gamma=0.0, class_weight=[1.0, 2.0, 3.0], reduction='sum', ignore_index=2)"
    )
    loss.class_weight = torch.tensor([4.0, 1.0, 1.0])
    assert loss.weight.tolist() == loss.class_weight.tolist() == [4.0, 1.0, 1.0]
    for again in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert torch.equal(again(Z, Y), loss(Z, Y))


def test_another_setting_that_is_changed_leaves_loaded_weights():
    loss, other = (losses.FocalLoss(class_weight=weight) for weight in ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))
    loss.load_state_dict(other.state_dict())
    loss.gamma = 1.0
    assert loss.class_weight.tolist() == [1.0, 2.0, 3.0]


def test_counts_that_are_changed_move_what_follows_from_them():
    loss = losses.LogitAdjustedLoss(class_counts=[5, 3, 2])
    loss.class_counts = [2, 3, 5]
    torch.testing.assert_close(loss.logit_shift, torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64).log())


def test_a_setting_is_judged_when_it_is_changed_too():
    loss = losses.FocalLoss()
    assert two_lines(setattr, loss, "gamma", -1.0).startswith("error[E501]: gamma=-1 is outside its domain")
    assert two_lines(setattr, loss, "reduction", "median").startswith("error[E501]: reduction='median'")
    assert loss.gamma == 2.0


def test_weights_are_changed_with_all_that_they_followed_from():
    loss = losses.FocalLoss(class_weight="balanced", class_counts=[5, 3, 2])
    loss.weight = [1.0, 2.0, 3.0]
    assert loss.class_counts is None
    assert loss.weight.tolist() == [1.0, 2.0, 3.0]
    overlap = losses.DiceLoss(class_weight={"a": 1.0, "b": 2.0}, classes=["a", "b"])
    overlap.class_weight = None
    assert overlap.classes is overlap.weight is None
    adjusted = losses.LogitAdjustedLoss(class_counts=[5, 3, 2])
    adjusted.class_weight = [1.0, 2.0, 3.0]
    assert adjusted.class_counts == [5, 3, 2]


@pytest.mark.parametrize("name", ["axis", "alpha", "pos_weight", "tau", "epsilon"])
def test_the_setting_of_another_loss_is_refused(name):
    loss = losses.FocalLoss()
    assert two_lines(setattr, loss, name, 1.0).startswith(f"error[E523]: focal has no parameter '{name}'")
    loss.note = "what is no setting of any loss is an attribute"


def test_numbers_of_a_state_dict_are_those_that_are_shown():
    loss, other = (losses.FocalLoss(class_weight=weight) for weight in ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))
    loss.load_state_dict(other.state_dict(), assign=True)
    assert repr(loss) == "SoftmaxFocalLoss(gamma=2.0, class_weight=[1.0, 2.0, 3.0])"
    adjusted, saved = (losses.LogitAdjustedLoss(class_counts=counts) for counts in ([5, 3, 2], [2, 3, 5]))
    adjusted.load_state_dict(saved.state_dict(), assign=True)
    assert torch.equal(adjusted.logit_shift, saved.logit_shift)


def test_a_sum_of_losses_notices_a_part_that_is_no_longer_a_number():
    loss = losses.CombinedLoss([(1.0, losses.FocalLoss())])
    loss.parts[0].reduction = "none"
    assert two_lines(loss, Z, Y).startswith("error[E594]: SoftmaxFocalLoss cannot be a part")
    assert two_lines(losses.CombinedLoss, []).startswith("error[E594]: nothing cannot be a part")


@pytest.mark.parametrize("ranks", ["bogus", 3])
def test_ranks_are_all_or_a_process_group(ranks):
    for reduction in ("mean", "sum"):
        loss = losses.FocalLoss(ranks=ranks, reduction=reduction)
        assert two_lines(loss, Z, Y).startswith("error[E501]: ranks=")
    assert two_lines(adaptive.FLSD53Loss(ranks=ranks), Z, Y).startswith("error[E501]: ranks=")
    assert two_lines(losses.class_counts, Y, 3, ranks=ranks).startswith("error[E501]: ranks=")


def test_few_epochs_are_re_weighted_too():
    loss = adaptive.DeferredReweighting(losses.CrossEntropyLoss(), 3, [5, 3, 2], class_weight="balanced")
    even = []
    for epoch in range(3):
        loss.step(epoch)
        even.append(loss.weight.tolist() == [1.0, 1.0, 1.0])
    assert even == [True, True, False]


def test_a_gamma_starts_inside_its_bounds():
    assert two_lines(adaptive.AdaFocalLoss, gamma=-50.0).startswith("error[E501]: gamma=-50 is outside")


def test_a_sampler_undoes_for_its_own_classes_only():
    sampler = samplers.ClassBalancedSampler([0, 0, 0, 1])
    assert two_lines(sampler.undo, torch.zeros(2, 1)).startswith("error[E527]: the sampler is for 2 classes")
    assert two_lines(sampler.undo, torch.zeros(2, 2, dtype=torch.int64)).startswith("error[E563]")
    assert two_lines(samplers.ClassBalancedSampler, [0, 1], rank=0, num_replicas=2.5).startswith(
        "error[E501]"
    )


def test_a_layer_with_its_loss_names_what_is_no_tensor():
    for arguments in ((Z.numpy(), torch.eye(3), None, Y), (Z, torch.eye(3), None, [0, 1, 2])):
        assert two_lines(losses.linear_loss, *arguments).startswith("error[E560]")
    layer = (Z, torch.eye(3), None, Y)
    assert two_lines(losses.linear_loss, *layer, sample_weight=[1.0]).startswith("error[E560]")
    assert two_lines(losses.linear_loss, *layer, rows_a_chunk=1.5).startswith("error[E501]")


def test_names_of_other_libraries_are_told_what_they_mean():
    assert two_lines(losses.TverskyLoss, alpha=0.3).endswith("fn_weight false negatives")
    hint = two_lines(losses.SigmoidFocalLoss(), torch.zeros(3, 1), torch.zeros(3))
    assert hint.endswith("target.unsqueeze(-1)")


def test_how_a_loss_with_memory_is_reduced_can_be_changed():
    loss = adaptive.FLSD53Loss()
    loss.reduction, loss.ignore_index = "sum", 2
    expected = adaptive.FLSD53Loss(reduction="sum", ignore_index=2)(Z, Y)
    assert loss(Z, Y) == expected
    assert two_lines(setattr, loss, "reduction", "median").startswith("error[E501]: reduction='median'")


@pytest.mark.parametrize("bad", [1.5, "x", [0, 1], True])
def test_what_is_ignored_is_a_whole_number_in_every_loss(bad):
    for make in (
        losses.FocalLoss,
        losses.SigmoidFocalLoss,
        adaptive.FLSD53Loss,
        adaptive.AdaFocalLoss,
        adaptive.GHMCLoss,
        adaptive.SigmoidValidatedFocalLoss,
        lambda **given: adaptive.SeesawLoss(3, **given),
        lambda **given: adaptive.EqualizedFocalLoss(3, **given),
        lambda **given: losses.class_counts(Y, 3, **given),
    ):
        assert two_lines(make, ignore_index=bad).startswith("error[E501]: ignore_index=")


def test_labels_are_counted_and_not_cut_off():
    assert two_lines(losses.class_counts, torch.tensor([0.0, 1.7]), 3).startswith("error[E563]")


def test_what_has_learned_keeps_its_settings():
    assert two_lines(setattr, adaptive.AdaFocalLoss(), "gamma", 3.0) == (
        "error[E529]: gamma=3.0 has no effect: this AdaFocalLoss was made, and has learned, with 1.0\n"
        "hint: make a new one with gamma=3.0"
    )


@pytest.mark.parametrize("name", ["LinearLoss", "DeferredReweighting"])
def test_the_setting_of_a_loss_inside_is_set_there(name):
    assert MODULES[name].gamma == 2.0
    assert two_lines(setattr, MODULES[name], "gamma", 0.0) == (
        "error[E529]: gamma=0.0 has no effect: it is a setting of the loss inside\n"
        "hint: set it there: loss.gamma = ..."
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda x: losses.FocalLoss(gamma=x),
        lambda x: losses.PolyLoss(epsilon=x),
        lambda x: losses.LogitAdjustedLoss(tau=x, class_counts=[5, 3, 2]),
        lambda x: losses.FocalLoss(class_weight=x.expand(3)),
        lambda x: losses.SigmoidFocalLoss(alpha=x * 0.1),
        lambda x: losses.FocalTverskyLoss(exponent=x),
        lambda x: losses.DiceLoss(class_weight=x.expand(3)),
        lambda x: losses.UnifiedFocalLoss(gamma=x * 0.1),
        lambda x: functional.focal(Z, Y, gamma=x),
        lambda x: functional.sigmoid_asymmetric(Z, Z.sigmoid(), clip=x * 0.01),
        lambda x: functional.focal(Z, Y, class_weight=x.expand(3)),
        lambda x: functional.focal_tversky(Z[None].movedim(2, 1), Y[None], exponent=x),
        lambda x: losses.linear_loss(Z, torch.eye(3), None, Y, gamma=x),
        lambda x: adaptive.AdaFocalLoss(gamma=x),
        lambda x: adaptive.EqualizedFocalLoss(3, gamma=x),
        lambda x: adaptive.SeesawLoss(3, mitigation=x * 0.1),
        lambda x: adaptive.DeferredReweighting(losses.FocalLoss(), 10, [5, 3, 2], class_weight=x.expand(3)),
        lambda x: setattr(losses.FocalLoss(), "gamma", x),
    ],
)
def test_a_setting_that_wants_a_gradient_is_refused(make):
    with pytest.raises(ScarceError, match="requires a gradient") as caught:
        make(nn.Parameter(torch.tensor(2.0)))
    assert caught.value.code == "E562"


@pytest.mark.parametrize("call", ["focal", "sigmoid_focal", "dice", "sigmoid_dice", "unified_focal"])
def test_an_axis_is_refused(call):
    assert two_lines(getattr(functional, call), Z[None], Z[None], axis=1).startswith("error[E523]")
    assert two_lines(losses.linear_loss, Z, torch.eye(3), None, Y, axis=1).endswith(
        "hint: the classes, or labels, lie on axis 1: pass logits.movedim(axis, 1)"
    )


def test_an_unknown_setting_is_told_what_there_is_and_nothing_that_is_refused():
    hint = two_lines(losses.FocalLoss, gravity=1.0).split("\n")[1]
    assert "gamma" in hint
    assert "axis" not in hint
    assert "alpha" not in hint


def test_numbers_given_as_a_tensor_are_judged_like_others():
    given = torch.tensor([1.0, -1.0, 1.0])
    assert two_lines(functional.focal, Z, Y, class_weight=given) == (
        "error[E510]: class_weight[1] is -1\nhint: every entry of class_weight must be finite and at least 0"
    )
    assert two_lines(functional.focal, Z, Y, logit_scale=given).startswith(
        "error[E510]: logit_scale[1] is -1"
    )
    assert two_lines(functional.focal, Z, Y, logit_shift=given / 0.0).startswith(
        "error[E510]: logit_shift[0]"
    )


# Numbers keep their precision.


def test_a_large_weight_survives_half_precision():
    loss = losses.FocalLoss(class_weight=[1.0, 1.0, 1e6]).half()
    z = torch.zeros(1, 3, dtype=torch.float16)
    expected = (2.0 / 3.0) ** 2 * math.log(3.0)
    assert loss(z, torch.tensor([2])).item() == pytest.approx(expected, rel=1e-6)
    assert loss.class_weight.tolist() == [1.0, 1.0, 1e6]


@pytest.mark.parametrize("moved", ["bfloat16", "half", "float"])
def test_a_shift_keeps_its_digits(moved):
    loss = getattr(losses.LogitAdjustedLoss(class_counts=[9001, 901, 98]), moved)()
    exact = losses.LogitAdjustedLoss(class_counts=[9001, 901, 98])
    assert torch.equal(loss.logit_shift, exact.logit_shift)
    assert torch.equal(loss(Z, Y), exact(Z, Y))


@pytest.mark.parametrize("weight", [[0.1, 0.2, 0.7]])
def test_double_logits_meet_double_weights(weight):
    z = Z.double()
    expected = losses.FocalLoss(class_weight=weight).as_numpy().value(z.numpy(), Y.numpy())
    assert losses.FocalLoss(class_weight=weight)(z, Y).item() == pytest.approx(float(expected), rel=1e-15)
    assert functional.focal(z, Y, class_weight=weight).item() == pytest.approx(float(expected), rel=1e-15)


def test_weights_follow_their_module_and_survive_a_device_without_memory():
    loss = losses.FocalLoss(class_weight=[1.0, 2.0, 3.0])
    loss.to("meta").to_empty(device="cpu")
    assert loss.class_weight.tolist() == [1.0, 2.0, 3.0]
    with torch.device("meta"):
        assert losses.FocalLoss(class_weight=[1.0, 2.0, 3.0]).class_weight.tolist() == [1.0, 2.0, 3.0]


# The device is the inputs'.


def test_nothing_is_made_on_the_default_device():
    bits, images = (Z > 0.0).float(), Z[None].movedim(2, 1)
    calls = [
        lambda: functional.focal(Z, Y, class_weight=[1.0, 2.0, 3.0]),
        lambda: functional.focal(Z, Y, reduction="none"),
        lambda: functional.focal(Z.double(), Y, class_weight=[1.0, 2.0, 3.0], label_smoothing=0.1),
        lambda: functional.brier(Z, Y),
        lambda: functional.sigmoid_focal(Z, bits, alpha=0.25),
        lambda: functional.sigmoid_focal(Z, bits, reduction="none"),
        lambda: functional.sigmoid_asymmetric(Z.double(), bits.double()),
        lambda: functional.focal(Z.bfloat16(), Y),
        lambda: losses.linear_loss(Z, torch.eye(3, device="cpu"), None, Y, class_weight=[1.0, 2.0, 3.0]),
        lambda: functional.dice(images, Y[None], class_weight=[1.0, 2.0, 3.0]),
        lambda: functional.unified_focal(images, Y[None]),
        lambda: functional.sigmoid_dice(images, bits[None].movedim(2, 1), n_labels=3),
        lambda: losses.FocalLoss(class_weight=[1.0, 2.0, 3.0])(Z, Y),
        lambda: losses.FocalLoss(class_weight=[1.0, 2.0, 3.0]).posterior(Z).sum(),
        lambda: losses.SigmoidFocalLoss(alpha=0.25).posterior(Z).sum(),
        lambda: losses.LogitAdjustedLoss(class_counts=[5, 3, 2]).posterior(Z.double()).sum(),
        lambda: losses.DiceLoss(class_weight=[1.0, 2.0, 3.0])(images, Y[None]),
        lambda: losses.class_counts(Y, 3).sum(),
    ]
    for call in calls:
        expected = call()
        with torch.device("meta"):
            got = call()
        torch.testing.assert_close(got, expected)


WITH_MEMORY = {
    "AdaFocalLoss": adaptive.AdaFocalLoss,
    "AutomatedFocalLoss": adaptive.AutomatedFocalLoss,
    "FLSD53Loss": adaptive.FLSD53Loss,
    "SeesawLoss": lambda: adaptive.SeesawLoss(3),
    "GHMCLoss": lambda: adaptive.GHMCLoss(momentum=0.5),
    "EqualizedFocalLoss": lambda: adaptive.EqualizedFocalLoss(3),
    "DeferredReweighting": lambda: adaptive.DeferredReweighting(losses.FocalLoss(), 5, [5, 3, 2], start=0),
}


@pytest.mark.parametrize("name", WITH_MEMORY)
def test_losses_with_memory_remember_and_compute_where_their_inputs_are(name):
    target = F.one_hot(Y, 3) if name in ("GHMCLoss", "EqualizedFocalLoss") else Y
    expected = WITH_MEMORY[name]()
    with torch.device("meta"):
        made = WITH_MEMORY[name]()
        if name == "AdaFocalLoss":
            made.update(Z, Y)
        got = [made(Z, target) for _ in range(3)]
    if name == "AdaFocalLoss":
        expected.update(Z, Y)
    torch.testing.assert_close(got, [expected(Z, target) for _ in range(3)])


@pytest.mark.parametrize("name", [name for name in samplers.__all__ if name != "EpochSampler"])
def test_samplers_draw_the_same_rows_whatever_the_default_device(name):
    more = {"epochs": 3} if name == "ProgressivelyBalancedSampler" else {}
    for labels in ([0, 0, 0, 1, 2, 0, 0], Y, np.array([0, 1, 0, 0], np.uint16)):
        expected = list(getattr(samplers, name)(labels, **more))
        with torch.device("meta"):
            assert list(getattr(samplers, name)(labels, **more)) == expected


def test_a_start_lies_where_its_prior_does():
    layer, labels = nn.Linear(3, 3), adaptive.EqualizedFocalLoss(3)
    with torch.device("meta"):
        losses.FocalLoss().init_bias(layer, [0.7, 0.2, 0.1])
        labels.init_bias(nn.Linear(3, 3, device="cpu"), 0.1)
        prior = torch.tensor([0.7, 0.2, 0.1], device="cpu", requires_grad=True)
        for start in (losses.FocalLoss().base_score(prior), labels.base_score(prior.bfloat16())):
            assert start.device.type == "cpu"
    torch.testing.assert_close(layer.bias, losses.FocalLoss().base_score([0.7, 0.2, 0.1]))


# What cannot be recorded is refused.


class Net(nn.Module):
    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, z):
        return self.call(z)


TRACED = {
    "loss": lambda z: functional.focal(z, Y),
    "softmax posterior": lambda z: losses.FocalLoss().posterior(z),
    "sigmoid posterior": lambda z: losses.SigmoidFocalLoss().posterior(z),
    "overlap": lambda z: functional.dice(z[None].movedim(2, 1), Y[None]),
    "linear": lambda z: losses.linear_loss(z, torch.eye(3), None, Y),
    "memory": lambda z: adaptive.FLSD53Loss()(z, Y),
    "posterior of memory": lambda z: adaptive.FLSD53Loss().posterior(z),
    "posterior of labels": lambda z: adaptive.EqualizedFocalLoss(3).posterior(z),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("call", TRACED.values(), ids=TRACED)
def test_a_trace_that_would_keep_numbers_is_refused(call):
    assert two_lines(torch.jit.trace, Net(call), (Z,)) == (
        "error[E569]: torch.jit.trace, and ONNX export that stands on it, would keep numbers of this call as "
        "constants\nhint: use torch.export.export, or torch.onnx.export(..., dynamo=True)"
    )


# The third argument of PyTorch's own losses is a class weight.


def test_a_third_argument_is_named():
    three = torch.tensor([1.0, 2.0, 3.0])
    for call in (
        functional.focal,
        losses.FocalLoss(),
        functional.dice,
        losses.DiceLoss(),
        adaptive.FLSD53Loss(),
    ):
        with pytest.raises(TypeError, match="positional argument"):
            call(Z, Y, three)
    with pytest.raises(TypeError, match="positional argument"):
        losses.linear_loss(Z, torch.eye(3), None, Y, three)


def test_a_long_setting_is_shown_in_short():
    loss = losses.FocalLoss(class_weight=[1.0] * 100_000)
    assert repr(loss) == "SoftmaxFocalLoss(gamma=2.0, class_weight=[1.0, 1.0, 1.0, 1.0, ... 100,000 in all])"


def test_logits_with_the_classes_last_are_told_where_they_belong():
    z = torch.zeros(2, 7, 3)
    assert two_lines(functional.focal, z, torch.zeros(2, 7, dtype=torch.int64)) == (
        "error[E505]: the logits have shape (2, 7, 3) and the target (2, 7)\n"
        "hint: the classes lie on axis 1, as everywhere in PyTorch: pass logits.movedim(-1, 1)"
    )


def test_one_row_with_probabilities_is_told_of_rows():
    assert two_lines(functional.focal, torch.zeros(3), torch.tensor([0.2, 0.3, 0.5])) == (
        "error[E570]: the logits have shape (3,), and so has the target: one row of 3 classes, or 3 rows?\n"
        "hint: for one row pass logits[None] and target[None]; for one logit an example use SigmoidFocalLoss "
        "(or another Sigmoid... loss)"
    )
