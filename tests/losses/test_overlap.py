"""Overlap losses in NumPy, held to their definitions: in fractions, in 50 digits, and by their identities."""

from __future__ import annotations

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from scarce.losses import SoftmaxLoss, from_dict
from scarce.losses.modulation import ClassFocal
from scarce.losses.overlap import (
    MCC,
    Dice,
    FocalTversky,
    Jaccard,
    SigmoidOverlap,
    SoftmaxOverlap,
    Tversky,
)
from scarce.losses.unified_focal import SigmoidUnifiedFocal, SoftmaxUnifiedFocal

INDICES = {
    "dice": Dice(),
    "jaccard": Jaccard(),
    "tversky": Tversky(0.3, 0.8),
    "precision": Tversky(1.0, 0.0),
    "focal tversky": FocalTversky(),
    "square": FocalTversky(0.5, 0.5, exponent=2.0),
    "mcc": MCC(),
}
SETTINGS = {
    "plain": {},
    "smooth": {"smooth": 0.5},
    "counting empty": {"smooth": 0.5, "empty": "count"},
    "weighted": {"class_weight": (1.0, 0.0, 3.0)},
    "images": {"over": "image"},
    "sum": {"reduction": "sum"},
    "micro": {"average": "micro"},
    "micro images": {"average": "micro", "over": "image"},
    "squared": {"squared": True},
    "squared micro images": {"squared": True, "smooth": 0.5, "average": "micro", "over": "image"},
}
RNG = np.random.default_rng(4)
Z = 2.0 * RNG.normal(size=(2, 5, 3))  # images, pixels, classes
T = np.array([[0, 1, 1, -100, 0], [2, 0, 0, 0, 1]])
ONE_HOT = np.eye(3)[np.maximum(T, 0)]
SHARES = RNG.dirichlet(np.ones(3), size=(2, 5))
W = RNG.uniform(0.2, 2.0, size=(2, 5))


@pytest.fixture(params=INDICES)
def index(request):
    return INDICES[request.param]


def softmax(index, **settings):
    return SoftmaxOverlap(index, **settings), T


def sigmoid(index, **settings):
    return SigmoidOverlap(index, n_labels=3, **settings), ONE_HOT


KINDS = {"softmax": softmax, "sigmoid": sigmoid}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def fits(index, settings):
    """Return whether an index takes such settings."""
    return not any(name in settings for name in index.refused)


def test_a_mask_in_fractions():
    p = [Fraction(3, 4), Fraction(1, 4), Fraction(1, 2), Fraction(9, 10)]
    t = [1, 0, 1, 0]
    tp = sum(x for x, y in zip(p, t, strict=True) if y)
    fp = sum(x for x, y in zip(p, t, strict=True) if not y)
    fn = sum(1 - x for x, y in zip(p, t, strict=True) if y)
    a, b = Fraction(3, 10), Fraction(7, 10)
    truth = 1 - tp / (tp + a * fp + b * fn)
    z = np.log([float(x / (1 - x)) for x in p]).reshape(1, 4, 1)
    found = SigmoidOverlap(Tversky(0.3, 0.7)).value(z, np.reshape(t, (1, 4, 1)))
    assert found == pytest.approx(float(truth), rel=1e-15)


def of_fractions(index, tp, fp, fn, tn):
    """Return an index's loss of soft counts from its definition."""
    if isinstance(index, MCC):
        margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        return 1 - (tp * tn - fp * fn) / mpmath.sqrt(margins)
    terms = index.terms()
    errors = terms.fp_weight * fp + terms.fn_weight * fn
    return (errors / (tp + errors)) ** terms.exponent


def parts_of(x, y, *, squared):
    """Return what a pixel adds to the four counts."""
    if squared:
        return x * y, max(x - y, 0) ** 2, max(y - x, 0) ** 2, (1 - x) * (1 - y)
    return min(x, y), max(x - y, 0), max(y - x, 0), min(1 - x, 1 - y)


def exact(loss, z, t, w):
    """Return the loss over a batch in many digits, from the definition alone: no smoothing, no weights."""
    columns = [[mpmath.mpf(0)] * 4 for _ in range(z.shape[-1])]
    for row, target, weight in zip(z.reshape(-1, z.shape[-1]), t, w, strict=True):
        if loss.kind == "softmax":
            e = [mpmath.exp(x) for x in row]
            p = [x / mpmath.fsum(e) for x in e]
        else:
            p = [1 / (1 + mpmath.exp(-x)) for x in row]
        for k, (x, y) in enumerate(zip(p, target, strict=True)):
            for part, amount in enumerate(parts_of(x, y, squared=loss.squared)):
                columns[k][part] += weight * amount
    if loss.average == "micro":
        columns = [[mpmath.fsum(parts) for parts in zip(*columns, strict=True)]]
    losses = [of_fractions(loss.index, *column) for column in columns if column[0] + column[2] > 0]
    return mpmath.fsum(losses) / len(losses)


LOGITS = {
    "usual": np.array([[0.3, -1.0, 2.0], [1.5, 1.4, -0.5], [-2.0, 0.1, 0.6]]),
    "certain": np.array([[35.0, -9.0, 2.0], [-30.0, 44.0, 3.0], [1.0, -20.0, 40.0]]),
    "wrong": np.array([[-35.0, 9.0, 2.0], [30.0, -44.0, 3.0], [1.0, 40.0, -20.0]]),
    "far": np.array([[300.0, -90.0, 2.0], [-300.0, 0.0, 3.0], [1.0, 250.0, -200.0]]),
}


@pytest.mark.parametrize("logits", LOGITS)
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("tversky", {}),
        ("focal tversky", {}),
        ("mcc", {}),
        ("mcc", {"average": "micro"}),
        ("tversky", {"squared": True}),
        ("focal tversky", {"squared": True, "average": "micro"}),
    ],
)
def test_fifty_digits(name, settings, kind, soft, logits):
    z, index = LOGITS[logits], INDICES[name]
    t = np.array([[0.6, 0.3, 0.1], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5]]) if soft else np.eye(3)
    w = np.array([1.0, 0.5, 2.0])
    made = SoftmaxOverlap if kind == "softmax" else SigmoidOverlap
    loss = made(index, **settings, **({} if kind == "softmax" else {"n_labels": 3}))
    given = w[None] if kind == "softmax" else np.repeat(w[:, None], 3, 1)[None]
    value, slope = loss.value(z[None], t[None], given), loss.gradient(z[None], t[None], given)[0]
    with mpmath.workdps(600):  # what is left of (1 - p)^2 at a logit of 300
        high = np.vectorize(mpmath.mpf, otypes=[object])(z)
        assert float(value) == pytest.approx(float(exact(loss, high, t, w)), rel=1e-12)
        for place in np.ndindex(*z.shape):

            def along(x, place=place):
                moved = high.copy()
                moved[place] = x
                return exact(loss, moved, t, w)

            step = mpmath.mpf(10) ** -150
            truth = (along(high[place] + step) - along(high[place] - step)) / (2 * step)
            assert slope[place] == pytest.approx(float(truth), rel=1e-10, abs=1e-290), place


@pytest.mark.parametrize(
    ("index", "settings"),
    [(index, which) for index in INDICES for which in SETTINGS if fits(INDICES[index], SETTINGS[which])],
)
def test_finite_differences(index, kind, settings):
    loss, hard = kind(INDICES[index], **SETTINGS[settings])
    for target in (hard, SHARES):
        gradient, step = loss.gradient(Z, target, W if target.ndim == 2 else None), 1e-6
        for place in np.ndindex(*Z.shape):
            up, down = Z.copy(), Z.copy()
            up[place] += step
            down[place] -= step
            weight = W if target.ndim == 2 else None
            numeric = (loss.value(up, target, weight) - loss.value(down, target, weight)) / (2 * step)
            assert gradient[place] == pytest.approx(numeric, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("over", ["batch", "image"])
def test_dice_and_jaccard_are_tversky_and_of_each_other(kind, over):
    def each(index):
        loss, target = kind(index, over=over, reduction="none")
        return loss.value(Z, target)

    d, j = each(Dice()), each(Jaccard())
    np.testing.assert_array_equal(d, each(Tversky(0.5, 0.5)))
    np.testing.assert_array_equal(j, each(Tversky(1.0, 1.0)))
    np.testing.assert_allclose(j, 2.0 * d / (1.0 + d), rtol=1e-14)  # J = D / (2 - D), of the losses
    np.testing.assert_array_equal(each(FocalTversky(0.3, 0.7, 1.0)), each(Tversky(0.3, 0.7)))
    np.testing.assert_allclose(each(FocalTversky(0.3, 0.7, 0.75)), each(Tversky(0.3, 0.7)) ** (1 / (4 / 3)))


def test_two_classes_are_a_sigmoid(index):
    z, t = Z[..., :1], np.array([[[1], [0], [1], [1], [0]], [[0], [0], [1], [0], [0]]])
    both = np.concatenate((np.zeros_like(z), z), axis=-1)
    one, two = SigmoidOverlap(index), SoftmaxOverlap(index, background=0)
    assert one.value(z, t) == pytest.approx(two.value(both, t[..., 0]), rel=1e-14)
    np.testing.assert_allclose(one.gradient(z, t), two.gradient(both, t[..., 0])[..., 1:], rtol=1e-12)


@pytest.mark.parametrize("variant", ["asymmetric", "symmetric"])
def test_two_classes_are_a_sigmoid_for_unified_focal(variant):
    z, t = Z[..., :1], np.array([[[1], [0], [1], [1], [0]], [[0], [0], [1], [0], [0]]])
    both = np.concatenate((np.zeros_like(z), z), axis=-1)
    settings = {"gamma": 0.3, "delta": 0.7, "focal_share": 0.4, "variant": variant}
    one, two = SigmoidUnifiedFocal(**settings), SoftmaxUnifiedFocal(**settings)
    assert one.value(z, t) == pytest.approx(two.value(both, t[..., 0]), rel=1e-14)
    np.testing.assert_allclose(one.gradient(z, t), two.gradient(both, t[..., 0])[..., 1:], rtol=1e-12)


def test_integers_are_one_hot_targets(index):
    loss, hard = SoftmaxOverlap(index), np.maximum(T, 0)
    for dtype in (np.float64, np.int64):
        one_hot = np.eye(3, dtype=dtype)[hard]
        assert loss.value(Z, hard) == loss.value(Z, one_hot)
        np.testing.assert_array_equal(loss.gradient(Z, hard), loss.gradient(Z, one_hot))


def test_targets_a_hair_from_whole_are_close_to_whole(index, kind):
    loss, _ = kind(index)
    near = np.clip(ONE_HOT, 1e-12, 1 - 2e-12)
    np.testing.assert_allclose(loss.value(Z, near), loss.value(Z, ONE_HOT), rtol=1e-10)
    np.testing.assert_allclose(loss.gradient(Z, near), loss.gradient(Z, ONE_HOT), rtol=1e-9, atol=1e-13)


def test_the_order_of_pixels_does_not_matter(index, kind):
    loss, target = kind(index)
    order = RNG.permutation(5)
    assert loss.value(Z[:, order], target[:, order]) == pytest.approx(loss.value(Z, target), rel=1e-14)
    moved = loss.gradient(Z[:, order], target[:, order])
    np.testing.assert_allclose(moved, loss.gradient(Z, target)[:, order], rtol=1e-12)


def test_the_order_of_classes_does_not_matter(index):
    order, names = [2, 0, 1], np.array([1, 2, 0])  # new class k was class order[k]
    one = SoftmaxOverlap(index, class_weight=(1.0, 2.0, 4.0), background=1)
    other = SoftmaxOverlap(index, class_weight=(4.0, 1.0, 2.0), background=2)
    hard = np.maximum(T, 0)
    assert one.value(Z, hard) == pytest.approx(other.value(Z[..., order], names[hard]), rel=1e-14)


def test_a_weight_of_two_is_the_pixel_twice_and_of_zero_not_at_all(index, kind):
    loss, target = kind(index, over="image")
    weight = np.array([[2.0, 1.0, 0.0, 1.0, 1.0]] * 2)
    twice = [0, 0, 1, 3, 4]
    given = weight if target.ndim == 2 else np.repeat(weight[..., None], 3, axis=-1)
    assert loss.value(Z, target, given) == pytest.approx(loss.value(Z[:, twice], target[:, twice]), rel=1e-13)


def test_over_images_is_the_mean_of_their_losses(index):
    hard = np.array([[0, 1, 2, 1, 0], [2, 0, 0, 2, 1]])
    each = [SoftmaxOverlap(index).value(Z[i : i + 1], hard[i : i + 1]) for i in range(2)]
    assert SoftmaxOverlap(index, over="image").value(Z, hard) == pytest.approx(np.mean(each), rel=1e-14)


@pytest.mark.parametrize("over", ["batch", "image"])
def test_micro_is_the_index_of_the_classes_counts_added_up(index, kind, over):
    hard = np.array([[0, 1, 2, 1, 0], [2, 0, 0, 2, 1]])
    target = hard if kind is softmax else np.eye(3)[hard]
    loss, _ = kind(index, average="micro", over=over, reduction="none")
    # one label whose pixels are the pixels of all three
    p = np.exp(Z) / np.exp(Z).sum(axis=-1, keepdims=True) if kind is softmax else 1.0 / (1.0 + np.exp(-Z))
    z = np.log(p / (1.0 - p)).reshape(2, 15, 1)
    pooled = SigmoidOverlap(index, over=over, reduction="none").value(z, np.eye(3)[hard].reshape(2, 15, 1))
    found = loss.value(Z, target)
    assert found.shape == (() if over == "batch" else (2,))
    np.testing.assert_allclose(found, pooled[..., 0], rtol=1e-13)


def test_micro_leaves_the_background_out(index):
    hard = np.array([[0, 1, 2, 1, 0], [2, 0, 0, 2, 1]])
    p = np.exp(Z) / np.exp(Z).sum(axis=-1, keepdims=True)
    z, t = (x[..., 1:].reshape(2, 10, 1) for x in (np.log(p / (1.0 - p)), np.eye(3)[hard]))
    found = SoftmaxOverlap(index, average="micro", background=0).value(Z, hard)
    assert found == pytest.approx(float(SigmoidOverlap(index).value(z, t)), rel=1e-13)


def test_micro_is_empty_where_no_class_has_a_foreground():
    nothing, one = np.zeros((1, 2, 3)), np.eye(3)[[[0, 0]]]
    z, settings = np.zeros((1, 2, 3)), {"n_labels": 3, "average": "micro"}
    assert SigmoidOverlap(**settings).value(z, nothing) == 0.0
    assert SigmoidOverlap(**settings, smooth=1.0).value(z, nothing) == 0.0
    counted = SigmoidOverlap(**settings, smooth=1.0, empty="count").value(z, nothing)
    assert counted == pytest.approx(1.5 / 2.5)  # six pixels of 1/2, each of which costs 1/2, and smooth 1
    # where one class has some, what is found of the others counts against it: TP 1, FN 1, FP 2
    assert SigmoidOverlap(**settings).value(z, one) == pytest.approx(1.5 / 2.5)
    both = np.concatenate((nothing, one))
    images = SigmoidOverlap(**settings, over="image").value(np.concatenate((z, z)), both)
    assert images == pytest.approx(1.5 / 2.5)  # the empty image does not count in the mean
    background = SoftmaxOverlap(average="micro", background=0)
    assert background.value(z, np.zeros((1, 2), int)) == 0.0
    assert not background.gradient(z, np.zeros((1, 2), int)).any()


@pytest.mark.parametrize("over", ["batch", "image"])
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_squared_denominators_are_those_in_print(over, soft):
    p = np.exp(Z) / np.exp(Z).sum(axis=-1, keepdims=True)
    t = SHARES if soft else np.eye(3)[np.array([[0, 1, 2, 1, 0], [2, 0, 0, 2, 1]])]
    axes = (0, 1) if over == "batch" else 1
    both, of_p, of_t = ((w * W[..., None]).sum(axis=axes) for w in (p * t, p * p, t * t))
    settings = {"over": over, "reduction": "none", "squared": True}
    dice = SoftmaxOverlap(Dice(), **settings).value(Z, t, W)
    jaccard = SoftmaxOverlap(Jaccard(), **settings).value(Z, t, W)
    np.testing.assert_allclose(dice, 1.0 - 2.0 * both / (of_p + of_t), rtol=1e-13)
    np.testing.assert_allclose(jaccard, 1.0 - both / (of_p + of_t - both), rtol=1e-13)


@pytest.mark.parametrize("size", [20.0, 60.0])
def test_squares_do_not_underflow_in_single_precision(size):
    t = np.array([[0, 1, 2, 1, 0]])
    loss = SoftmaxOverlap(FocalTversky(0.3, 0.7, 0.25), squared=True)
    for z in (size * np.eye(3)[t], -size * np.eye(3)[t]):
        assert loss.value(z.astype(np.float32), t) == pytest.approx(float(loss.value(z, t)), rel=1e-5)
        single = loss.gradient(z.astype(np.float32), t)
        np.testing.assert_allclose(single, loss.gradient(z, t), rtol=1e-4, atol=1e-36)


def test_mcc_is_one_less_the_correlation_coefficient(kind):
    hard = np.array([[0, 1, 2, 1, 0], [2, 0, 0, 2, 1]])
    loss, _ = kind(MCC(), reduction="none")
    t = np.eye(3)[hard]
    z = 1e4 * (2.0 * np.eye(3)[(hard + np.arange(10).reshape(2, 5) % 2) % 3] - 1.0)  # half of it is wrong
    truth = [1.0 - np.corrcoef(t[..., k].ravel(), (z > 0.0)[..., k].ravel())[0, 1] for k in range(3)]
    np.testing.assert_allclose(loss.value(z, hard if kind is softmax else t), truth, rtol=1e-12)


@pytest.mark.parametrize("side", [0, 1])
def test_mcc_counts_only_masks_with_both_a_foreground_and_a_background(side):
    mixed = np.array([1, 0, 0])
    t = np.stack((np.full(3, side), mixed), axis=-1)[None]
    z = np.linspace(-1.0, 1.0, 6).reshape(1, 3, 2)
    loss = SigmoidOverlap(MCC(), n_labels=2, reduction="none")
    each, gradient = loss.value(z, t), loss.gradient(z, t)
    assert each[0] == 0.0
    assert each[1] > 0.0
    assert not gradient[..., 0].any()
    assert gradient[..., 1].all()
    assert SigmoidOverlap(MCC(), n_labels=2).value(z, t) == each[1]


@pytest.mark.parametrize("level", [-700.0, -300.0, -30.0, 0.0, 30.0, 300.0, 700.0])
def test_mcc_of_a_constant_prediction_is_one_and_goes_somewhere(level):
    t = np.array([1, 0, 0, 0]).reshape(1, 4, 1)
    loss = SigmoidOverlap(MCC())
    z = np.full((1, 4, 1), level)
    assert loss.value(z, t) == pytest.approx(1.0)
    gradient = loss.gradient(z, t).ravel()
    if abs(level) < 690.0:  # from there on products of what is left underflow
        assert gradient[0] < 0.0
        assert (gradient[1:] > 0.0).all()
    assert np.isfinite(gradient).all()


def test_class_weights_weigh_the_mean():
    each = SoftmaxOverlap(reduction="none").value(Z, T)
    weighted = SoftmaxOverlap(class_weight={"a": 1.0, "b": 2.0, "c": 5.0}, classes=("a", "b", "c"))
    assert weighted.value(Z, T) == pytest.approx(np.average(each, weights=[1.0, 2.0, 5.0]), rel=1e-14)


@pytest.mark.parametrize(
    ("p", "t", "settings", "truth"),
    [
        ((0.0, 0.0), (0, 0), {}, 0.0),
        ((0.5, 0.5), (0, 0), {}, 0.0),
        ((0.5, 0.5), (0, 0), {"smooth": 1.0}, 0.0),
        ((0.5, 0.5), (0, 0), {"smooth": 1.0, "empty": "count"}, 0.5 / 1.5),
        ((0.0, 0.0), (0, 0), {"smooth": 1.0, "empty": "count"}, 0.0),
        ((0.0, 0.0), (1, 0), {}, 1.0),
        ((0.5, 0.5), (1, 0), {}, 0.5),
        ((0.5, 0.5), (1, 0), {"smooth": 1.0}, 0.5 / 2.0),
        ((1.0, 0.0), (1, 0), {}, 0.0),
        ((0.5, 0.5), (9, 9), {"ignore_index": 9}, 0.0),
    ],
)
def test_the_table_of_empty_foregrounds(p, t, settings, truth):
    z = np.array([{0.0: -1e4, 0.5: 0.0, 1.0: 1e4}[x] for x in p]).reshape(1, 2, 1)
    loss = SigmoidOverlap(Dice(), **settings)
    assert loss.value(z, np.reshape(t, (1, 2, 1))) == pytest.approx(truth, rel=1e-15)
    assert np.isfinite(loss.gradient(z, np.reshape(t, (1, 2, 1)))).all()


def test_classes_without_foreground_do_not_count():
    t = np.array([[0, 1, 1, 0, 0]])  # no class 2
    present = SoftmaxOverlap(reduction="none").value(Z[:1], t)
    assert present[2] == 0.0
    assert SoftmaxOverlap().value(Z[:1], t) == pytest.approx(present[:2].mean(), rel=1e-14)


def test_where_there_is_loss_there_is_a_gradient(index, kind):
    for settings in ({}, {"smooth": 1.0, "empty": "count"}):
        if not fits(index, settings):
            continue
        loss, _ = kind(index, **settings)
        for labels in itertools.product((0, 1, 2), repeat=2):
            t = np.eye(3)[list(labels)][None]
            if loss.kind == "sigmoid" and settings:
                t = np.zeros_like(t)
            value, gradient = loss.value(Z[:1, :2], t), loss.gradient(Z[:1, :2], t)
            assert (value > 0.0) == (np.abs(gradient).max() > 0.0)


def test_nothing_left_is_zero(kind):
    loss, _ = kind(Dice(), ignore_index=-100)
    for shape in ((0, 5, 3), (2, 0, 3), (2, 5, 3)):
        z = np.full(shape, np.nan)
        target = np.full(shape if loss.kind == "sigmoid" else shape[:2], -100)
        assert loss.value(z, target) == 0.0
        np.testing.assert_array_equal(loss.gradient(z, target), np.zeros(shape))


def test_what_is_ignored_may_be_nan():
    z = Z.copy()
    z[0, 3] = np.nan
    kept = T != -100
    loss = SoftmaxOverlap()
    assert loss.value(z, T) == pytest.approx(loss.value(Z[kept][:, None], T[kept][:, None]), rel=1e-14)
    assert (loss.gradient(z, T)[0, 3] == 0.0).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_finite_at_the_largest_logits(index, kind, dtype):
    loss, target = kind(index)
    for z in (1e4 * np.sign(Z), 1e4 * (2.0 * ONE_HOT - 1.0), -1e4 * (2.0 * ONE_HOT - 1.0)):
        value, gradient = loss.value(z.astype(dtype), target), loss.gradient(z.astype(dtype), target)
        assert 0.0 <= value <= (2.0 if isinstance(index, MCC) else 1.0)
        assert np.isfinite(gradient).all()
        assert gradient.dtype == dtype


@pytest.mark.parametrize("exponent", [0.1, 0.5, 0.75, 2.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_gradient_goes_to_zero_with_the_loss(exponent, dtype):
    loss = SoftmaxOverlap(FocalTversky(0.5, 0.5, exponent))
    hard, last = np.maximum(T, 0), np.inf
    for size in (2.0, 5.0, 10.0, 30.0, 60.0, 95.0, 100.0, 110.0, 1e4):
        largest = np.abs(loss.gradient((size * np.eye(3)[hard]).astype(dtype), hard)).max()
        assert largest <= last
        last = largest
    assert last == 0.0


@pytest.mark.parametrize("size", [20.0, 60.0])
def test_a_saturated_probability_keeps_its_gradient_in_single_precision(size):
    t = np.array([[0, 1, 2, 1, 0]])
    for loss, target in ((SoftmaxOverlap(), t), (SigmoidOverlap(n_labels=3), np.eye(3)[t])):
        for z in (size * np.eye(3)[t], -size * np.eye(3)[t]):
            single = loss.gradient(z.astype(np.float32), target)
            np.testing.assert_allclose(single, loss.gradient(z, target), rtol=1e-4, atol=1e-36)


def test_millions_of_pixels_add_up_in_single_precision():
    z = np.random.default_rng(1).normal(-4.0, 2.0, size=(1, 4_000_000, 1)).astype(np.float32)
    t = (np.arange(z.size).reshape(z.shape) % 1000 == 0).astype(np.int64)
    loss = SigmoidOverlap()
    assert loss.value(z, t) == pytest.approx(float(loss.value(z.astype(np.float64), t)), rel=1e-6)


def test_soft_targets_are_met_by_themselves(index, kind):
    loss, _ = kind(index)
    z = np.log(SHARES) if loss.kind == "softmax" else np.log(SHARES / (1.0 - SHARES))
    assert loss.value(z, SHARES) < 1e-9
    assert loss.value(z + 0.1 * Z, SHARES) > 1e-3


def test_the_background_is_in_the_softmax():
    z, t = np.array([[[5.0, 0.0, 0.0]]]), np.array([[1]])
    p = np.exp(z[0, 0]) / np.exp(z[0, 0]).sum()
    loss = SoftmaxOverlap(background=0)
    assert loss.value(z, t) == pytest.approx((1 - p[1]) / (2 * p[1] + 1 - p[1]), rel=1e-12)
    assert loss.gradient(z, t)[0, 0, 0] > 0.0


@pytest.mark.parametrize("variant", ["asymmetric", "symmetric"])
@pytest.mark.parametrize("over", ["batch", "image"])
def test_unified_focal_is_its_definition(variant, over):
    delta, gamma, share = 0.7, 0.3, 0.4
    hard = np.array([[0, 1, 2, 1, 0], [2, 0, 0, 2, 1]])
    p = np.exp(Z) / np.exp(Z).sum(axis=-1, keepdims=True)
    y = np.eye(3)[hard]
    own = (p * y).sum(axis=-1)
    rare = hard > 0
    power = np.where(rare, 0.0 if variant == "asymmetric" else gamma, gamma)
    focal = np.mean(np.where(rare, delta, 1 - delta) * (1 - own) ** power * -np.log(own))
    axes = (0, 1) if over == "batch" else 1
    tp, fp, fn = ((x).sum(axis=axes) for x in (p * y, p * (1 - y), (1 - p) * y))
    index = tp / (tp + delta * fn + (1 - delta) * fp)
    exponents = np.array([1.0 if variant == "asymmetric" else 1 - gamma, 1 - gamma, 1 - gamma])
    truth = share * focal + (1 - share) * np.mean((1 - index) ** exponents)
    loss = SoftmaxUnifiedFocal(delta, gamma, share, variant, over=over)
    assert loss.value(Z, hard) == pytest.approx(truth, rel=1e-13)


@pytest.mark.parametrize("made", [SoftmaxUnifiedFocal, SigmoidUnifiedFocal])
def test_unified_focal_by_finite_differences(made):
    softmax = made is SoftmaxUnifiedFocal
    loss = made(gamma=0.3, class_weight=(1.0, 2.0, 3.0), **({} if softmax else {"n_labels": 3}))
    target, step = (T if softmax else ONE_HOT), 1e-6
    gradient = loss.gradient(Z, target)
    for place in np.ndindex(*Z.shape):
        up, down = Z.copy(), Z.copy()
        up[place] += step
        down[place] -= step
        numeric = (loss.value(up, target) - loss.value(down, target)) / (2 * step)
        assert gradient[place] == pytest.approx(numeric, rel=1e-5, abs=1e-9)


def test_its_focal_part_can_be_stored():
    loss = SoftmaxLoss(ClassFocal((0.5, 0.0, 0.0)))
    assert from_dict(loss.to_dict()) == loss
