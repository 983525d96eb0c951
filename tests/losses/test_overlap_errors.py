"""What overlap losses refuse, in full."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.errors import ScarceError
from scarce.losses.overlap import MCC, Dice, FocalTversky, SigmoidOverlap, SoftmaxOverlap, Tversky
from scarce.losses.unified_focal import SigmoidUnifiedFocal, SoftmaxUnifiedFocal

Z = np.zeros((2, 4, 3))


WHOLE = "a whole number"


def domain(parameter, value, allowed):
    return f"error[E501]: {parameter}={value} is outside its domain\nhint: {parameter} must be {allowed}"


REFUSALS = {
    "a negative weight": (
        lambda: Tversky(fp_weight=-1.0),
        domain("fp_weight", -1, "a finite number, at least 0"),
    ),
    "no weight at all": (lambda: Tversky(0.0, 0.0), domain("fn_weight", 0, "above 0 where fp_weight is 0")),
    "an exponent of 0": (
        lambda: FocalTversky(exponent=0.0),
        domain("exponent", 0, "a finite number above 0"),
    ),
    "a negative smooth": (
        lambda: SoftmaxOverlap(smooth=-1.0),
        domain("smooth", -1, "a finite number, at least 0"),
    ),
    "over": (lambda: SoftmaxOverlap(over="pixel"), domain("over", "'pixel'", "'batch' or 'image'")),
    "empty": (lambda: SoftmaxOverlap(empty="one"), domain("empty", "'one'", "'skip' or 'count'")),
    "reduction": (
        lambda: SoftmaxOverlap(reduction="avg"),
        domain("reduction", "'avg'", "'mean', 'sum' or 'none'"),
    ),
    "several ignored classes": (
        lambda: SoftmaxOverlap(ignore_index=[0, 1]),
        domain("ignore_index", "[0, 1]", WHOLE),
    ),
    "half an ignored class": (
        lambda: SigmoidUnifiedFocal(ignore_index=1.5),
        domain("ignore_index", 1.5, WHOLE),
    ),
    "no axis": (lambda: SigmoidOverlap(axis=None), domain("axis", None, WHOLE)),
    "no axis of a unified focal loss": (
        lambda: SoftmaxUnifiedFocal(axis=None),
        domain("axis", None, WHOLE),
    ),
    "half a background": (
        lambda: SoftmaxOverlap(background=0.5),
        domain("background", 0.5, "a whole number, at least 0"),
    ),
    "no background of a unified focal loss": (
        lambda: SoftmaxUnifiedFocal(background=None),
        domain("background", None, "a whole number, at least 0"),
    ),
    "squares by word": (lambda: SoftmaxOverlap(squared="yes"), domain("squared", "'yes'", "False or True")),
    "no labels": (lambda: SigmoidOverlap(n_labels=0), domain("n_labels", 0, "a whole number, at least 1")),
    "gamma 1": (
        lambda: SoftmaxUnifiedFocal(gamma=1.0),
        domain("gamma", 1, "a number from 0 up to but not including 1"),
    ),
    "delta 2": (lambda: SoftmaxUnifiedFocal(delta=2.0), domain("delta", 2, "a number from 0 to 1")),
    "variant": (
        lambda: SoftmaxUnifiedFocal(variant="both"),
        domain("variant", "'both'", "'asymmetric' or 'symmetric'"),
    ),
    "background": (
        lambda: SoftmaxOverlap(background=3).value(Z, np.zeros((2, 4), int)),
        domain("background", 3, "one of the classes 0 to 2"),
    ),
    "counting what has no gradient": (
        lambda: SoftmaxOverlap(empty="count"),
        "error[E591]: empty='count' with smooth=0: a class without foreground would have loss 1 and no "
        "gradient\n"
        "hint: set smooth above 0, in pixels, such as smooth=1.0, or leave empty='skip'",
    ),
    "an axis of pixels for one of labels": (
        lambda: SigmoidOverlap(axis=1).value(Z, Z),
        "error[E592]: the logits have shape (2, 4, 3): axis 1 should hold 1 label(s) behind an axis of "
        "images\n"
        "hint: for 4 labels say n_labels=4; a single mask needs an axis of length 1",
    ),
    "no images": (
        lambda: SigmoidOverlap(axis=0).value(Z[0], Z[0]),
        "error[E592]: the logits have shape (4, 3): axis 0 should hold 1 label(s) behind an axis of images\n"
        "hint: give the logits an axis of images and one of labels",
    ),
    "a weighting by name": (
        lambda: SoftmaxOverlap(class_weight="balanced"),
        "error[E593]: class_weight='balanced' cannot weigh an overlap loss: "
        "large and small classes already count alike\n"
        "hint: pass numbers, one a class, or a dict by label",
    ),
    "a pair of weights a label": (
        lambda: SigmoidOverlap(class_weight=[[1.0, 2.0]]),
        "error[E509]: class_weight has shape (1, 2)\n"
        "hint: pass one number a class, in a flat sequence, or one row a label",
    ),
    "too few weights": (
        lambda: SoftmaxOverlap(class_weight=[1.0, 2.0]).value(Z, np.zeros((2, 4), int)),
        "error[E527]: class_weight is for 2 classes and the loss has 3\nhint: give one entry a class",
    ),
    "average": (
        lambda: SoftmaxOverlap(average="both"),
        domain("average", "'both'", "'macro' or 'micro'"),
    ),
    "weights of classes that are added up": (
        lambda: SoftmaxOverlap(average="micro", class_weight=[1.0, 2.0, 3.0]),
        "error[E529]: class_weight=(1.0, 2.0, 3.0) has no effect: average='micro' adds up the classes' "
        "counts before the index\n"
        "hint: leave it out, or choose average='macro'",
    ),
    "a smoothed correlation": (
        lambda: SoftmaxOverlap(MCC(), smooth=1.0),
        "error[E529]: smooth=1.0 has no effect: mcc is a correlation of plain soft counts\n"
        "hint: leave it out, or choose another index",
    ),
    "a correlation of squares": (
        lambda: SigmoidOverlap(MCC(), squared=True),
        "error[E529]: squared=True has no effect: mcc is a correlation of plain soft counts\n"
        "hint: leave it out, or choose another index",
    ),
    "a correlation with nothing": (
        lambda: SigmoidOverlap(MCC(), empty="count"),
        "error[E529]: empty='count' has no effect: mcc is a correlation of plain soft counts\n"
        "hint: leave it out, or choose another index",
    ),
    "labels that name nothing": (
        lambda: SoftmaxOverlap(classes=("a", "b", "c")),
        "error[E529]: classes=('a', 'b', 'c') has no effect: the labels say in what order a class_weight by "
        "label is meant\n"
        "hint: leave it out",
    ),
    "more labels than weights": (
        lambda: SoftmaxUnifiedFocal(classes=("a", "b", "c"), class_weight=[1.0, 2.0]),
        "error[E527]: class_weight is for 2 classes and the loss has 3\nhint: give one entry a class",
    ),
    "the weight of the only label": (
        lambda: SigmoidOverlap(class_weight=[2.0]),
        "error[E529]: class_weight=(2.0,) has no effect: the mean over one label divides by it\n"
        "hint: leave it out",
    ),
    "the weight of the only label of a unified focal loss": (
        lambda: SigmoidUnifiedFocal(class_weight=[2.0]),
        "error[E529]: class_weight=(2.0,) has no effect: the mean over one label divides by it\n"
        "hint: leave it out",
    ),
    "a posterior": (
        lambda: SoftmaxOverlap(Dice()).posterior(Z),
        "error[E513]: dice has no posterior: an overlap loss is not proper, its minimiser is a set of "
        "pixels, all or nothing\n"
        "hint: calibrate on pixels of images that the network was not fitted to",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_refusals_show_the_value_and_what_is_allowed(what):
    call, lines = REFUSALS[what]
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.two_lines() == lines


def test_a_refusal_does_not_print_every_weight():
    with pytest.raises(ScarceError) as caught:
        SoftmaxOverlap(average="micro", class_weight=np.ones(100_000))
    assert len(caught.value.two_lines()) < 300


def test_the_weight_of_the_only_label_counts_in_a_sum():
    z, t = np.zeros((1, 4, 1)), np.array([1, 0, 0, 0]).reshape(1, 4, 1)
    single = SigmoidOverlap(reduction="sum").value(z, t)
    assert SigmoidOverlap(class_weight=[2.0], reduction="sum").value(z, t) == 2.0 * single
