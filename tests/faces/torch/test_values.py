"""Laws over what a call may hold, whoever computes it: narrow types, what is ignored, ends, infinity."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - its usual name

from scarce.errors import ScarceError
from scarce.torch import adaptive, class_counts, functional, linear_loss

INTEGERS = [
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.uint16,
    torch.int32,
    torch.uint32,
    torch.int64,
    torch.uint64,
]


def eager(loss, z, target, **settings):
    return loss(z, target, **settings)


def compiled(loss, z, target, **settings):
    torch.compiler.reset()
    return torch.compile(lambda z, t: loss(z, t, **settings), backend="aot_eager", fullgraph=True)(z, target)


def mapped(loss, z, target, **settings):
    weight = settings.pop("sample_weight", None)
    if weight is None:
        return torch.vmap(lambda z, t: loss(z, t, **settings))(z[None], target[None])[0]
    call = torch.vmap(lambda z, t, w: loss(z, t, sample_weight=w, **settings))
    return call(z[None], target[None], weight[None])[0]


def through_a_layer(loss, z, target, **settings):
    return linear_loss(
        z, torch.eye(z.shape[1], dtype=z.dtype), None, target, loss=loss.__name__[8:], **settings
    )


WAYS = {"eager": eager, "compiled": compiled, "vmap": mapped}
SINGLE, DOUBLE, HALF = torch.float32, torch.float64, torch.bfloat16
CASES = [(eager, SINGLE), (eager, DOUBLE), (eager, HALF), (compiled, SINGLE), (mapped, SINGLE)]
of_any_type = pytest.mark.parametrize(
    ("way", "dtype"), CASES, ids=[f"{way.__name__} {dtype}" for way, dtype in CASES]
)
of_any_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
of_rows = pytest.mark.parametrize("way", [*WAYS.values(), through_a_layer], ids=[*WAYS, "linear_loss"])
both = pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
MADE_NARROW = [functional.softmax_focal, functional.softmax_brier, functional.softmax_cross_entropy]


# Narrow types: a number that the target's type cannot hold would wrap around.


@of_rows
@pytest.mark.parametrize("kind", INTEGERS, ids=str)
@pytest.mark.parametrize(
    "loss", [functional.softmax_focal, functional.softmax_brier], ids=lambda loss: loss.__name__
)
def test_a_label_counts_alike_in_every_type_that_holds_it(loss, kind, way):
    z = torch.zeros(1, 200)
    z[0, 100] = 5.0
    label = torch.tensor([100])
    expected = loss(z, label, ignore_index=-100)
    assert expected > 0.0
    torch.testing.assert_close(way(loss, z, label.to(kind), ignore_index=-100), expected)


@of_rows
@pytest.mark.parametrize("loss", MADE_NARROW, ids=lambda loss: loss.__name__)
def test_a_byte_that_is_the_ignored_index_wrapped_around_counts(loss, way):
    z = torch.zeros(1, 200)
    z[0, 5] = 5.0
    label = torch.tensor([156])
    expected = loss(z, label)
    torch.testing.assert_close(way(loss, z, label.to(torch.uint8), ignore_index=-100), expected)


def test_the_value_of_such_a_byte():
    z = torch.zeros(1, 200)
    z[0, 156] = 5.0
    value = functional.softmax_cross_entropy(z, torch.tensor([156], dtype=torch.uint8))
    assert value.item() == pytest.approx(math.log1p(199.0 * math.exp(-5.0)), rel=1e-6)


@of_rows
def test_bytes_label_more_classes_than_they_could_count(way):
    z, label = torch.randn(3, 300, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 44, 255])
    expected = functional.softmax_focal(z, label)
    torch.testing.assert_close(way(functional.softmax_focal, z, label.to(torch.uint8)), expected)


@pytest.mark.parametrize("kind", [*INTEGERS, torch.bool], ids=str)
@of_any_way
def test_a_mask_counts_alike_in_every_type(kind, way):
    z, mask = torch.tensor([[0.5, -1.0], [2.0, 0.0]]), torch.tensor([[0, 1], [1, 0]])
    expected = functional.sigmoid_focal(z, mask)
    torch.testing.assert_close(way(functional.sigmoid_focal, z, mask.to(kind), ignore_index=-100), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_mask_of_255_is_no_target_whatever_is_ignored(dtype):
    mask = torch.tensor([0, 255], dtype=torch.uint8)
    for target in (mask, mask.to(torch.int64)):
        with pytest.raises(ScarceError, match=r"target\[1\] is 255, not one of the classes 0 and 1"):
            functional.sigmoid_focal(torch.zeros(2, dtype=dtype), target, ignore_index=-1)
    assert functional.sigmoid_focal(torch.zeros(2), mask, ignore_index=255).item() == pytest.approx(
        0.25 * math.log(2.0)
    )


def test_losses_with_memory_and_counts_read_bytes_too():
    z, label = torch.zeros(1, 200), torch.tensor([156], dtype=torch.uint8)
    right = adaptive.FLSD53Loss()(z, label.long())
    assert right > 0.0
    assert adaptive.FLSD53Loss()(z, label) == right
    assert class_counts(label, 200)[156] == 1.0
    with pytest.raises(ScarceError, match=r"target\[2\] is 255, not one of the classes 0 to 2"):
        class_counts(torch.tensor([0, 1, 255, 2]), 3)
    with pytest.raises(ScarceError, match=r"target\[1\] is 255"):
        adaptive.GHMCLoss(ignore_index=-1)(torch.zeros(2), torch.tensor([0, 255], dtype=torch.uint8))


# One rule of what is ignored: class indices are, one-hot and soft targets never.


@of_any_type
@pytest.mark.parametrize("kind", [torch.int64, torch.uint8, torch.float32], ids=str)
def test_one_hot_targets_are_never_ignored(kind, dtype, way):
    z = torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 1.0]], dtype=dtype)
    labels = torch.tensor([0, 2])
    expected = functional.softmax_focal(z, labels)
    got = way(functional.softmax_focal, z, F.one_hot(labels, 3).to(kind), ignore_index=0)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-6)


@of_any_type
def test_a_rows_value_does_not_depend_on_the_rest_of_the_batch(dtype, way):
    z = torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 1.0]], dtype=dtype)
    hard, soft = [1.0, 0.0, 0.0], [0.2, 0.3, 0.5]
    settings = {"ignore_index": 0, "reduction": "none"}
    beside_hard = way(functional.softmax_focal, z, torch.tensor([hard, [0.0, 1.0, 0.0]]), **settings)
    beside_soft = way(functional.softmax_focal, z, torch.tensor([hard, soft]), **settings)
    torch.testing.assert_close(beside_hard[0], beside_soft[0], rtol=1e-5, atol=1e-7)
    assert beside_hard[0] > 0.0


def test_losses_with_memory_do_not_ignore_one_hot_targets_either():
    z, one_hot = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.eye(2)
    right = adaptive.FLSD53Loss()(z, torch.tensor([0, 1]))
    assert adaptive.FLSD53Loss(ignore_index=0)(z, one_hot) == right


# The ends of a domain are reached by rounding.


@of_any_type
@pytest.mark.parametrize("end", [1.0000001, 1.004, -1e-7, -0.004])
def test_a_target_that_rounding_led_past_its_end_is_the_end(end, dtype, way):
    z = torch.tensor([0.0, -30.0, 8.0, 2.0], dtype=dtype)
    target = torch.tensor([end, end, end, 0.5])
    at_end = target.clamp(0.0, 1.0)
    expected = functional.sigmoid_focal(z.double(), at_end.double(), reduction="none")
    got = way(functional.sigmoid_focal, z, target, reduction="none")
    torch.testing.assert_close(got.double(), expected, rtol=1e-5, atol=1e-12)


def test_losses_with_memory_take_ends_and_types_as_the_others_do():
    z, hard, led = torch.zeros(3), torch.tensor([0, 1, 1]), torch.tensor([-1e-7, 1.0, 1.0000001])
    assert adaptive.GHMCLoss()(z, led) == adaptive.GHMCLoss()(z, hard)
    rows, labels = torch.randn(2, 3), torch.tensor([0, 2])
    one_hot = F.one_hot(labels, 3)
    expected = adaptive.FLSD53Loss()(rows, labels)
    for target in (one_hot * 1.0000001, one_hot.to(torch.uint16), labels.to(torch.uint16)):
        assert adaptive.FLSD53Loss()(rows, target) == expected
    assert adaptive.GHMCLoss()(z, hard.to(torch.uint16)) == adaptive.GHMCLoss()(z, hard)


def test_a_mask_of_ones_that_was_resized():
    mask = F.interpolate(torch.ones(1, 1, 7, 7), size=(16, 16), mode="bilinear")
    mask[0, 0, 3, 3] = 1.0000001
    value = functional.sigmoid_cross_entropy(torch.zeros(1, 1, 16, 16), mask)
    assert value.item() == pytest.approx(0.6931, abs=1e-4)


@of_any_type
@pytest.mark.parametrize("reduction", ["mean", "mean_positive", "sum"])
def test_what_a_mean_divides_by_is_rounded_alike(reduction, dtype, way):
    z = torch.tensor([[1.0, 0.5, -1.0], [0.0, 2.0, 1.0]], dtype=dtype)
    target = torch.tensor([[1.009, -0.004, 0.0], [-0.008, 0.5, 0.5]])
    rounded, weight = target.clamp(0.0, 1.0), [1.0, 2.0, 50.0]
    settings = {"reduction": reduction}
    for loss, at_end, more in (
        (functional.sigmoid_focal, rounded, {}),
        (functional.softmax_focal, target.clamp(min=0.0), {"class_weight": weight}),
    ):
        expected = loss(z.double(), at_end.double(), **settings, **more)
        got = way(loss, z, target, **settings, **more)
        torch.testing.assert_close(got.double(), expected, rtol=1e-5, atol=1e-6)


@of_any_type
def test_a_mass_that_rounding_led_below_0_is_0(dtype, way):
    z = torch.tensor([[0.0, 30.0, 1.0]], dtype=dtype)
    expected = functional.softmax_focal(z, torch.tensor([[1.0, 0.0, 0.0]]))
    got = way(functional.softmax_focal, z, torch.tensor([[1.0, -1e-6, 0.0]]))
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-6)


# Infinite logits: an impossible class, and one beside which no other means anything.

INF = math.inf
SOFTMAX = ["focal", "cross_entropy", "poly_focal", "detached_focal"]


def gradient_of(way, loss, z, target, **settings):
    z = z.clone().requires_grad_()
    value = way(loss, z, target, **settings)
    (gradient,) = torch.autograd.grad(value.sum(), z)
    return value.detach(), gradient


# Few classes are gone through as columns and many as rows. Every loss meets each way and each kind of target.
IMPOSSIBLE = {
    "focal, labels of 3": ("focal", 3, False),
    "focal, labels of 100": ("focal", 100, False),
    "focal, masses of 3": ("focal", 3, True),
    "focal, masses of 100": ("focal", 100, True),
    "cross_entropy, labels of 3": ("cross_entropy", 3, False),
    "cross_entropy, masses of 100": ("cross_entropy", 100, True),
    "poly_focal, labels of 100": ("poly_focal", 100, False),
    "poly_focal, masses of 3": ("poly_focal", 3, True),
    "detached_focal, labels of 3": ("detached_focal", 3, False),
    "detached_focal, masses of 100": ("detached_focal", 100, True),
}


@of_any_type
@pytest.mark.parametrize(("name", "n_classes", "soft"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_class_costs_all_there_is_where_it_is_the_target(soft, n_classes, name, dtype, way):
    loss = getattr(functional, f"softmax_{name}")
    z = torch.full((2, n_classes), -4.0, dtype=dtype)
    z[:, :3] = torch.tensor([-INF, 0.0, 1.0])
    target = torch.tensor([0, 1])
    target = F.one_hot(target, n_classes).float() * (0.999 if soft else 1.0) if soft else target
    if soft:
        target[:, 2] += 0.001
    value, gradient = gradient_of(way, loss, z, target, reduction="none")
    assert value[0] == INF
    assert value[1].isfinite()
    assert gradient.isfinite().all()
    rest = torch.softmax(z[0].double(), dim=0)
    tolerance = {"rtol": 1e-2, "atol": 2e-3} if dtype == torch.bfloat16 else {"rtol": 1e-5, "atol": 1e-6}
    own, spread = (0.999, 0.001) if soft else (1.0, 0.0)
    assert gradient[0, 0].item() == pytest.approx(-own, abs=tolerance["atol"])
    if not soft or name == "cross_entropy":
        rest[2] -= spread
        torch.testing.assert_close(gradient[0, 1:].double(), rest[1:], **tolerance)


@of_any_type
@pytest.mark.parametrize("n_classes", [2, 3, 100])
def test_infinity_says_nothing_of_the_other_classes(n_classes, dtype, way):
    z = torch.zeros(2, n_classes, dtype=dtype)
    z[0, 1] = INF
    for label in (0, 1):
        value, gradient = gradient_of(
            way, functional.softmax_focal, z, torch.tensor([label, 0]), reduction="none"
        )
        assert value[0].isnan()
        assert gradient[0].isnan().all()
        assert value[1].isfinite()
        assert gradient[1].isfinite().all()
    soft = torch.full((2, n_classes), 1.0 / n_classes)
    assert way(functional.softmax_focal, z, soft, reduction="none").isnan().tolist() == [True, False]


@of_any_type
@pytest.mark.parametrize("n_classes", [2, 3, 100])
def test_a_class_that_is_impossible_leaves_the_others_as_if_it_were_absent(n_classes, dtype, way):
    z, target = last_impossible(n_classes, dtype)
    value, gradient = gradient_of(way, functional.softmax_focal, z, target, reduction="none")
    expected, of_rest = gradient_of(eager, functional.softmax_focal, z[:, :-1], target, reduction="none")
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(gradient[:, :-1], of_rest)
    assert gradient[:, -1].tolist() == [0.0, 0.0]


@of_any_type
@pytest.mark.parametrize("n_classes", [2, 3, 100])
def test_mass_that_smoothing_puts_on_an_impossible_class_costs_without_end(n_classes, dtype, way):
    z, target = last_impossible(n_classes, dtype)
    settings = {"reduction": "none", "label_smoothing": 0.1}
    value, gradient = gradient_of(way, functional.softmax_focal, z, target, **settings)
    assert value.tolist() == [INF, INF]
    assert gradient.isfinite().all()


def last_impossible(n_classes, dtype):
    """Return two rows whose last class is impossible, and labels of others."""
    z = torch.linspace(-1.0, 1.0, n_classes + 1, dtype=dtype).repeat(2, 1)
    z[:, -1] = -INF
    return z, torch.tensor([0, 1])


@pytest.mark.parametrize(
    ("n_classes", "shift"),
    [(2, None), (3, 0.5), (100, None), (100, 0.5)],
    ids=["two classes", "three and a shift", "a hundred", "a hundred and a shift"],
)
@of_any_type
def test_a_row_without_a_possible_class_means_nothing(shift, n_classes, dtype, way):
    z = torch.zeros(3, n_classes, dtype=dtype)
    z[0] = -INF
    labels = torch.tensor([1, 0, -100])  # and an ignored row in the same block
    soft = torch.full((3, n_classes), 1 / n_classes)
    settings = {"reduction": "none", "logit_shift": shift}
    for target, more in ((labels, {}), (labels, {"label_smoothing": 0.1}), (soft, {})):
        value, gradient = gradient_of(way, functional.softmax_focal, z, target, **settings, **more)
        assert value[0].isnan()
        assert gradient[0].isnan().all()
        assert value[1:].isfinite().all()
        assert gradient[1:].isfinite().all()


@pytest.mark.parametrize("n_classes", [2, 3, 100])
@of_any_type
def test_the_least_numbers_there_are_tell_no_class_from_another(n_classes, dtype, way):
    z = torch.full((1, n_classes), torch.finfo(dtype).min, dtype=dtype)
    target, even = torch.tensor([1]), torch.zeros(1, n_classes)
    for more in ({}, {"label_smoothing": 0.1}):
        got = way(functional.softmax_cross_entropy, z, target, **more)
        torch.testing.assert_close(got.float(), functional.softmax_cross_entropy(even, target, **more))


@pytest.mark.parametrize("n_classes", [3, 100])
@of_any_type
def test_infinity_says_nothing_beside_a_scale_either(n_classes, dtype, way):
    z = torch.zeros(2, n_classes, dtype=dtype)
    z[0, 2] = INF
    for label in (0, 2):
        value, gradient = gradient_of(
            way, functional.softmax_focal, z, torch.tensor([label, 0]), logit_scale=2.0, reduction="none"
        )
        assert value.isnan().tolist() == [True, False]
        assert gradient.isnan().all(dim=1).tolist() == [True, False]


@pytest.mark.parametrize("n_classes", [3, 100])
@pytest.mark.parametrize("bad", [math.nan, INF])
@of_any_type
def test_a_weight_of_0_is_multiplied_and_does_not_select(bad, n_classes, dtype, way):
    z = torch.zeros(2, n_classes, dtype=dtype)
    z[0, 0] = bad
    weight = torch.tensor([0.0, 1.0])
    for target in (torch.tensor([1, 1]), torch.full((2, n_classes), 1 / n_classes)):
        value, gradient = gradient_of(
            way, functional.softmax_focal, z, target, sample_weight=weight, reduction="none"
        )
        assert value.isnan().tolist() == [True, False]
        assert gradient.isnan().all(dim=1).tolist() == [True, False]


@of_any_type
def test_a_small_weight_of_an_impossible_class_still_costs_infinity(dtype, way):
    z = torch.zeros(100_000, 2, dtype=dtype)
    z[0, 0] = -INF
    weight = torch.full((100_000,), 1.0)
    weight[0] = 1e-7
    target = torch.zeros(100_000, dtype=torch.int64)
    assert way(functional.softmax_focal, z, target, sample_weight=weight) == INF
    assert functional.sigmoid_focal(z[:, 0], target + 1, sample_weight=weight) == INF


def test_the_issues_own_row():
    for dtype in (torch.float32, torch.float64):
        z = torch.tensor([[-INF, 0.0, 1.0]], dtype=dtype)
        value, gradient = gradient_of(eager, functional.softmax_focal, z, torch.tensor([0]))
        assert value == INF
        torch.testing.assert_close(
            gradient, torch.tensor([[-1.0, 0.268941, 0.731059]], dtype=dtype), rtol=1e-5, atol=1e-6
        )
    z = torch.tensor([[INF, 0.0, 1.0]], dtype=torch.float16)
    assert functional.softmax_focal(z, torch.tensor([0])).isnan()


@of_any_type
@pytest.mark.parametrize("name", [*SOFTMAX, "asymmetric", "brier", "generalized_cross_entropy"])
def test_a_sigmoid_at_infinity_is_the_limit(name, dtype, way):
    loss = getattr(functional, f"sigmoid_{name}")
    z = torch.tensor([INF, INF, -INF, -INF], dtype=dtype)
    target = torch.tensor([1, 0, 1, 0])
    far = torch.tensor([3e4, 3e4, -3e4, -3e4], dtype=torch.float64)
    for smoothing in (0.0, 0.1):
        settings = {"reduction": "none", "label_smoothing": smoothing}
        expected = loss(far, target, **settings)
        expected = torch.where(
            expected > 1e3, INF, expected
        )  # asymmetric, Brier and GCE are bounded on a side
        value, gradient = gradient_of(way, loss, z, target, **settings)
        torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=1e-12)
        assert gradient.isfinite().all()


@pytest.mark.parametrize("name", ["focal", "cross_entropy", "poly", "brier", "generalized_cross_entropy"])
@both
def test_the_posterior_of_infinity_is_certain(name, dtype):
    import scarce.torch as losses

    word = {"focal": "Focal", "cross_entropy": "CrossEntropy", "poly": "Poly", "brier": "Brier"}.get(
        name, "GeneralizedCrossEntropy"
    )
    sigmoid, softmax = getattr(losses, f"Sigmoid{word}Loss")(), getattr(losses, f"Softmax{word}Loss")()
    assert sigmoid.posterior(torch.tensor([INF, -INF], dtype=dtype)).tolist() == [1.0, 0.0]
    rows = torch.tensor([[INF, 0.0, 1.0], [-INF, 0.0, 0.0]], dtype=dtype)
    torch.testing.assert_close(
        softmax.posterior(rows).double(), torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]).double()
    )


# What one way refuses no other computes.


@of_rows
@pytest.mark.parametrize("background", [-1, 3, 10**6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_background_that_is_no_class_is_refused(dtype, background, way):
    z = torch.zeros(2, 3, dtype=dtype)
    settings = {"reduction": "mean_positive", "background": background}
    for target in (torch.tensor([0, 1]), torch.full((2, 3), 1 / 3)):
        with pytest.raises(Exception, match="background") as caught:
            way(functional.softmax_focal, z, target, **settings)
        assert "outside its domain" in str(caught.value)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_numbers_of_another_shape_are_refused_as_a_tensor_too(dtype):
    z, bits, labels = torch.zeros(4, 3, dtype=dtype), torch.zeros(4, 3), torch.tensor([0, 1, 2, 0])
    for shape in ((), (1,), (3,), (3, 3), (3, 2, 1)):
        with pytest.raises(ScarceError, match="class_weight"):
            functional.sigmoid_focal(z, bits, class_weight=torch.ones(shape))
    for name in ("class_weight", "logit_shift", "logit_scale"):
        for shape in ((1,), (1, 3), (3, 1), (4,)):
            with pytest.raises(ScarceError, match=name):
                functional.softmax_focal(z, labels, **{name: torch.ones(shape)})


def test_what_half_precision_cannot_hold_is_not_ignored():
    target = torch.tensor([65535.0, 1.0, 0.0]).bfloat16()
    for dtype in (torch.float32, torch.float64):
        with pytest.raises(ScarceError, match=r"target\[0\] is 65536, not a probability"):
            functional.sigmoid_focal(torch.zeros(3, dtype=dtype), target, ignore_index=65535)
    held = torch.tensor([-100.0, 1.0, 0.0]).bfloat16()
    kept = functional.sigmoid_focal(torch.zeros(3), held, ignore_index=-100)
    assert kept.item() == pytest.approx(0.25 * math.log(2.0))
    with pytest.raises(ScarceError, match=r"target\[1\] is 16777216"):
        functional.sigmoid_focal(torch.zeros(2), torch.tensor([1, 2**24]), ignore_index=2**24 + 1)


BAD_WEIGHTS = [-1.0, math.nan, INF, -INF]


@pytest.mark.parametrize("bad", BAD_WEIGHTS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_a_weight_that_is_none_is_refused_where_it_can_be_seen(bad, dtype):
    weight = torch.tensor([1.0, bad])
    z, labels, bits = torch.zeros(2, 3, dtype=dtype), torch.tensor([0, 1]), torch.zeros(2, 3)
    calls = {
        "softmax": lambda: functional.softmax_focal(z, labels, sample_weight=weight),
        "soft": lambda: functional.softmax_focal(z, torch.full((2, 3), 1 / 3), sample_weight=weight),
        "brier": lambda: functional.softmax_brier(z, labels, sample_weight=weight),
        "sigmoid": lambda: functional.sigmoid_focal(z, bits, sample_weight=weight),
        "linear": lambda: linear_loss(z, torch.eye(3, dtype=dtype), None, labels, sample_weight=weight),
        "memory": lambda: adaptive.FLSD53Loss()(z, labels, sample_weight=weight),
        "binary memory": lambda: adaptive.GHMCLoss()(z, bits, sample_weight=weight),
    }
    for name, call in calls.items():
        with pytest.raises(ScarceError, match=r"sample_weight\[1\] is") as caught:
            call()
        assert caught.value.code == "E515", name


@pytest.mark.parametrize("bad", BAD_WEIGHTS)
@pytest.mark.parametrize("way", [compiled, mapped], ids=["compiled", "vmap"])
@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_a_weight_that_is_none_gives_nan_where_it_cannot(kind, way, bad):
    weight = torch.tensor([1.0, bad])
    loss = getattr(functional, f"{kind}_focal")
    target = torch.tensor([0, 1]) if kind == "softmax" else torch.zeros(2, 3)
    value = way(loss, torch.zeros(2, 3), target, sample_weight=weight, reduction="none")
    assert value.isnan().reshape(2, -1).all(dim=1).tolist() == [False, True]
    assert way(loss, torch.zeros(2, 3), target, sample_weight=weight).isnan()


@pytest.mark.parametrize("way", [compiled, mapped], ids=["compiled", "vmap"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_target_that_is_none_gives_nan_where_it_cannot_be_seen(dtype, way):
    z = torch.zeros(2, 3, dtype=dtype)
    for label in (3, -1, 255):
        assert way(
            functional.softmax_focal, z, torch.tensor([0, label]), reduction="none"
        ).isnan().tolist() == [
            False,
            True,
        ]
    soft = torch.tensor([[0.2, 0.3, 0.5], [0.2, 0.3, 0.6]])
    assert way(functional.softmax_focal, z, soft, reduction="none").isnan().tolist() == [False, True]
    for target in (torch.tensor([0.0, 1.5]), torch.tensor([0, 2])):
        value = way(functional.sigmoid_focal, z[0, :2], target, reduction="none")
        assert value.isnan().tolist() == [False, True]
