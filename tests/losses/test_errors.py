"""Every refusal of the losses, through the call that triggers it, in its full two lines."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.errors import CATALOGUE, ScarceError
from scarce.losses import SigmoidLoss, SoftmaxLoss, from_dict, get, parse
from scarce.losses.adjustment import CountScale, LogPrior
from scarce.losses.modulation import LDAM, Focal
from scarce.losses.overlap import SoftmaxOverlap
from scarce.losses.weighting import Balanced, EffectiveNumber

NAN = float("nan")
TWO = [[0.0, 0.0]]


def domain(parameter, value, allowed):
    return f"error[E501]: {parameter}={value} is outside its domain\nhint: {parameter} must be {allowed}"


POSITIVE_OR_ZERO = "a finite number, at least 0"
COUNTS_HINT = "hint: every class needs a count above 0: leave out a class with no rows"
NEEDS_COUNTS = "hint: pass class_counts=, or call resolve(class_counts)"
SOFT_HINT = "hint: soft targets lie in [0, 1] and sum to 1 a row"
ROW_WEIGHT_HINT = "hint: give one weight a row, finite and at least 0"
ALPHA_HINT = (
    "hint: alpha weighs positives by alpha and negatives by 1-alpha; for any other weights use class_weight"
)
LOGITS_HINT = "hint: logits must be finite: look for inf, NaN or a diverged model"
SHAPE_HINT = "hint: pass one number a class, in a flat sequence, or one row a label"

REFUSALS = {
    "negative gamma": (lambda: get("focal", gamma=-1), domain("gamma", -1, POSITIVE_OR_ZERO)),
    "gamma NaN": (lambda: get("focal", gamma=NAN), domain("gamma", "nan", POSITIVE_OR_ZERO)),
    "gamma in words": (lambda: get("focal", gamma="two"), domain("gamma", "'two'", POSITIVE_OR_ZERO)),
    "gamma a truth value": (lambda: get("focal", gamma=True), domain("gamma", "True", POSITIVE_OR_ZERO)),
    "epsilon -1": (lambda: get("poly", epsilon=-1), domain("epsilon", -1, "a finite number above -1")),
    "q 0": (
        lambda: get("generalized_cross_entropy", q=0),
        domain("q", 0, "a number above 0 and at most 1"),
    ),
    "clip 1": (
        lambda: get("asymmetric", clip=1),
        domain("clip", 1, "a number from 0 up to but not including 1"),
    ),
    "negative tau": (lambda: LogPrior(-0.5), domain("tau", -0.5, POSITIVE_OR_ZERO)),
    "negative scale exponent": (lambda: CountScale(-1), domain("gamma", -1, POSITIVE_OR_ZERO)),
    "negative margin": (lambda: LDAM(margins=(1.0, -2.0)), domain("margins", -2, POSITIVE_OR_ZERO)),
    "beta 1": (
        lambda: EffectiveNumber(1.0),
        domain("beta", 1, "a number from 0 up to but not including 1"),
    ),
    "normalize": (lambda: Balanced("mean"), domain("normalize", "'mean'", "'rows' or 'classes'")),
    "smoothing 1": (
        lambda: SigmoidLoss(label_smoothing=1.0),
        domain("label_smoothing", 1, "a number from 0 up to but not including 1"),
    ),
    "reduction": (
        lambda: SigmoidLoss(reduction="average"),
        domain("reduction", "'average'", "one of none, sum, mean, mean_positive"),
    ),
    "scale 0": (
        lambda: SigmoidLoss(logit_scale=0.0),
        domain("logit_scale", 0, "a finite number above 0"),
    ),
    "a scale below 0": (
        lambda: SoftmaxLoss(logit_scale=[1.0, -1.0]),
        "error[E510]: logit_scale[1] is -1\nhint: every entry of logit_scale must be above 0",
    ),
    "shift NaN": (lambda: SigmoidLoss(logit_shift=NAN), domain("logit_shift", "nan", "a finite number")),
    "kind": (lambda: get("focal", kind="probit"), domain("kind", "'probit'", "'sigmoid' or 'softmax'")),
    "background": (
        lambda: SoftmaxLoss(reduction="mean_positive", background=2).value(TWO, [0]),
        domain("background", 2, "one of the classes 0 to 1"),
    ),
    **{
        f"ignore_index {shown}": (
            lambda given=given: get("focal", kind="softmax", ignore_index=given),
            domain("ignore_index", shown, "a whole number"),
        )
        for given, shown in (
            ([0, 1], "[0, 1]"),
            (1.5, "1.5"),
            (True, "True"),
            ("3", "'3'"),
            (np.array([0, 1]), "[0, 1]"),
        )
    },
    "ignore_index of a sigmoid": (
        lambda: SigmoidLoss(ignore_index=-1.0),
        domain("ignore_index", "-1.0", "a whole number"),
    ),
    "axis": (lambda: SoftmaxLoss(axis=None), domain("axis", "None", "a whole number")),
    "background in words": (
        lambda: SoftmaxLoss(background="sky"),
        domain("background", "'sky'", "a whole number"),
    ),
    "classes in one word": (
        lambda: parse("focal:classes=no;yes"),
        domain("classes", "'no;yes'", "a sequence of labels"),
    ),
    "ignore_index in a text": (
        lambda: parse("focal:ignore_index=.5"),
        domain("ignore_index", "0.5", "a whole number"),
    ),
    "alpha above 1": (
        lambda: get("focal", alpha=1.5),
        f"error[E502]: alpha=1.5 cannot be used: it is not a number between 0 and 1\n{ALPHA_HINT}",
    ),
    "alpha a list": (
        lambda: get("focal", alpha=[0.25, 0.75]),
        f"error[E502]: alpha=[0.25, 0.75] cannot be used: it is not a number between 0 and 1\n{ALPHA_HINT}",
    ),
    "alpha over classes": (
        lambda: get("focal", kind="softmax", alpha=0.25),
        f"error[E502]: alpha=0.25 cannot be used: a softmax has no positive class\n{ALPHA_HINT}",
    ),
    "NaN logit": (
        lambda: SigmoidLoss().value([[0.0, 1.0], [NAN, 0.0]], [[0, 1], [1, 0]]),
        f"error[E503]: logits[1,0] is nan\n{LOGITS_HINT}",
    ),
    "infinite logit": (
        lambda: SoftmaxLoss().gradient([[0.0, float("inf")]], [1]),
        f"error[E503]: logits[0,1] is inf\n{LOGITS_HINT}",
    ),
    "NaN logit at prediction": (
        lambda: SigmoidLoss().posterior([NAN]),
        f"error[E503]: logits[0] is nan\n{LOGITS_HINT}",
    ),
    "label beyond the classes": (
        lambda: SoftmaxLoss().value(TWO, [2]),
        "error[E504]: target[0] is 2, not one of the classes 0 to 1\nhint: use ignore_index to skip rows",
    ),
    "binary label -1": (
        lambda: SigmoidLoss().value([0.0, 0.0], [1, -1]),
        "error[E504]: target[1] is -1, not one of the classes 0 and 1\nhint: use ignore_index to skip rows",
    ),
    "binary shapes": (
        lambda: SigmoidLoss().value(TWO, [1]),
        "error[E505]: the logits have shape (1, 2) and the target (1,)\n"
        "hint: pass one target a logit; for one integer among several classes use SoftmaxLoss",
    ),
    "class shapes": (
        lambda: SoftmaxLoss().value(TWO, [0, 1]),
        "error[E505]: the logits have shape (1, 2) and the target (2,)\n"
        "hint: give the target the logits' shape, or that shape without the class axis -1",
    ),
    "class indices that are not whole": (
        lambda: SoftmaxLoss().value(TWO, [0.5]),
        "error[E505]: the logits have shape (..., 2) and the target (1,) of float64\n"
        "hint: pass whole numbers, one a row, or probabilities in the shape of the logits",
    ),
    "vector shape": (
        lambda: SoftmaxLoss().hessian_product(TWO, [0], [1.0, 0.0]),
        "error[E505]: the logits have shape (1, 2) and the target (2,)\n"
        "hint: pass the vector in the shape of the logits",
    ),
    "a class without rows": (
        lambda: SigmoidLoss(class_weight="balanced").resolve([10, 0]),
        f"error[E506]: class_counts[1] is 0\n{COUNTS_HINT}",
    ),
    "weights that wait": (
        lambda: SigmoidLoss(class_weight="balanced").value([0.0], [1]),
        f"error[E507]: class_weight='balanced' needs the class counts\n{NEEDS_COUNTS}",
    ),
    "shift that waits": (
        lambda: get("logit_adjusted").posterior([0.0]),
        f"error[E507]: logit_shift='log_prior' needs the class counts\n{NEEDS_COUNTS}",
    ),
    "margins that wait": (
        lambda: get("ldam").value([0.0], [1]),
        f"error[E507]: ldam needs the class counts\n{NEEDS_COUNTS}",
    ),
    "weights that are no numbers": (
        lambda: SigmoidLoss(class_weight=["a", "b"]),
        "error[E508]: class_weight=['a', 'b'] cannot be read as numbers\n"
        "hint: pass a sequence of numbers, one a class",
    ),
    "counts that are no numbers": (
        lambda: get("class_balanced", class_counts=["many", "few"]),
        "error[E508]: class_counts=['many', 'few'] cannot be read as numbers\n"
        "hint: pass a sequence of numbers, one a class",
    ),
    "one weight": (
        lambda: SigmoidLoss(class_weight=3.0),
        f"error[E509]: class_weight has shape ()\n{SHAPE_HINT}",
    ),
    "a row of counts a label over classes": (
        lambda: get("weighted_cross_entropy", kind="softmax").resolve([[1, 2], [3, 4]]),
        f"error[E509]: class_weight has shape (2, 2)\n{SHAPE_HINT}",
    ),
    "negative weight": (
        lambda: SigmoidLoss(class_weight=[1.0, -2.0]),
        "error[E510]: class_weight[1] is -2\nhint: every entry of class_weight must be finite and at least 0",
    ),
    "unknown weighting": (
        lambda: SigmoidLoss(class_weight="ballanced"),
        "error[E511]: there is no class_weight 'ballanced'\nhint: did you mean 'balanced'?",
    ),
    "weights by label without an order": (
        lambda: SigmoidLoss(class_weight={"no": 1.0, "yes": 9.0}),
        "error[E512]: class_weight by label ['no', 'yes'] needs the order of the classes\n"
        "hint: pass classes=, such as classes=['no', 'yes']",
    ),
    "weights by labels of two kinds": (
        lambda: SigmoidLoss(class_weight={0: 1.0, "yes": 9.0}),
        "error[E512]: class_weight by label [0, 'yes'] needs the order of the classes\n"
        "hint: pass classes=, such as classes=[0, 'yes']",
    ),
    "weights by another label": (
        lambda: SigmoidLoss(class_weight={"no": 1.0, "yess": 9.0}, classes=("no", "yes")),
        "error[E514]: class_weight names ['no', 'yess'] and the classes are ['no', 'yes']\n"
        "hint: give every class one weight",
    ),
    "negative row weight": (
        lambda: SigmoidLoss().value([0.0, 0.0], [0, 1], [1.0, -1.0]),
        f"error[E515]: sample_weight[1] is -1\n{ROW_WEIGHT_HINT}",
    ),
    "row weights of another shape": (
        lambda: SoftmaxLoss().value(TWO, [1], [1.0, 2.0]),
        f"error[E515]: sample_weight has shape (2,) and the target (1,)\n{ROW_WEIGHT_HINT}",
    ),
    "one logit for a softmax": (
        lambda: SoftmaxLoss().value([[0.3]], [0]),
        "error[E516]: the logits have shape (1, 1): one class, and a softmax needs two or more\n"
        "hint: for one logit an example use SigmoidLoss",
    ),
    "stored: not a mapping": (
        lambda: from_dict([1, 2]),
        "error[E518]: cannot read a stored loss: the loss is list, not a mapping\n"
        "hint: write it anew with to_dict()",
    ),
    "ldam counts a label": (
        lambda: get("ldam").resolve([[900, 100], [990, 10]]),
        "error[E519]: ldam takes one count a class, and class_counts has shape (2, 2)\n"
        "hint: pass one flat sequence; ldam has no margins per label",
    ),
    "margins for other classes": (
        lambda: SoftmaxLoss(LDAM(margins=(1.0, 2.0))).value([[0.0, 0.0, 0.0]], [1]),
        "error[E520]: ldam has 2 values of a parameter and the logits have 3 classes\n"
        "hint: give one value, or one a class",
    ),
    "soft target above 1": (
        lambda: SigmoidLoss().value([0.0], [1.5]),
        f"error[E521]: target[0] is 1.5, not a probability\n{SOFT_HINT}",
    ),
    "soft row that does not sum to 1": (
        lambda: SoftmaxLoss().value(TWO, [[0.5, 0.25]]),
        f"error[E521]: target[0] is a row that sums to 0.75, not a probability\n{SOFT_HINT}",
    ),
    "unknown loss": (
        lambda: get("fokal"),
        "error[E522]: there is no loss 'fokal'\nhint: did you mean 'focal'?",
    ),
    "unknown parameter": (
        lambda: get("focal", gama=2.0),
        "error[E523]: focal has no parameter 'gama'\nhint: did you mean 'gamma'?",
    ),
    "alpha elsewhere": (
        lambda: get("poly", alpha=0.25),
        "error[E523]: poly has no parameter 'alpha'\n"
        "hint: class_weight=[negative, positive] weighs the classes",
    ),
    "another parameter over classes": (
        lambda: get("focal", kind="softmax", delta=1.0),
        "error[E523]: focal has no parameter 'delta'\n"
        "hint: it has gamma, axis, background, class_counts, class_weight, classes, ignore_index, "
        "label_smoothing, logit_scale, logit_shift, reduction",
    ),
    "another parameter where the loss makes one": (
        lambda: get("cdt", delta=1.0),
        "error[E523]: cdt has no parameter 'delta'\n"
        "hint: it has gamma, class_counts, class_weight, classes, ignore_index, label_smoothing, "
        "logit_shift, reduction",
    ),
    "a setting that the loss makes": (
        lambda: get("class_balanced", class_weight="balanced"),
        "error[E523]: class_balanced has no parameter 'class_weight'\n"
        "hint: class_balanced sets class_weight itself",
    ),
    "alpha and weights": (
        lambda: get("focal", alpha=0.25, class_weight=[1.0, 2.0]),
        "error[E523]: focal has no parameter 'class_weight'\nhint: alpha sets class_weight itself",
    ),
    "spelling without a value": (
        lambda: parse("focal:gamma"),
        "error[E524]: cannot read the loss 'focal:gamma': 'gamma' is not name=value\n"
        "hint: write it like focal:gamma=3,class_weight=balanced",
    ),
    "spelling twice": (
        lambda: parse("focal:gamma=1,gamma=2"),
        "error[E524]: cannot read the loss 'focal:gamma=1,gamma=2': 'gamma' is given twice\n"
        "hint: write it like focal:gamma=3,class_weight=balanced",
    ),
    "prior 1": (
        lambda: SigmoidLoss().base_score(1.0),
        "error[E525]: prior=1.0 is not a class frequency\nhint: every frequency must be above 0 and below 1",
    ),
    "prior that does not sum to 1": (
        lambda: SoftmaxLoss().base_score([0.5, 0.25]),
        "error[E525]: prior=[0.5, 0.25] is not a class frequency\n"
        "hint: every frequency must be a share of 1: they sum to 1",
    ),
    "asymmetric over classes": (
        lambda: get("asymmetric", kind="softmax"),
        "error[E526]: asymmetric is a loss for a sigmoid\nhint: use SigmoidLoss, one logit a label",
    ),
    "asymmetric composed over classes": (
        lambda: SoftmaxLoss(get("asymmetric").modulation),
        "error[E526]: asymmetric is a loss for a sigmoid\nhint: use SigmoidLoss, one logit a label",
    ),
    "three weights for a sigmoid": (
        lambda: SigmoidLoss(class_weight=[1.0, 2.0, 3.0]),
        "error[E527]: class_weight is for 3 classes and the loss has 2\nhint: give one entry a class",
    ),
    "weights for other labels": (
        lambda: SigmoidLoss(class_weight=[[1.0, 2.0], [1.0, 3.0]]).value([[0.0, 0.0, 0.0]], [[0, 1, 0]]),
        "error[E528]: class_weight is for 2 labels and the logits have shape (1, 3)\n"
        "hint: put the labels on the last axis",
    ),
    "two weights for three classes": (
        lambda: SoftmaxLoss(class_weight=[1.0, 2.0]).value([[0.0, 0.0, 0.0]], [1]),
        "error[E527]: class_weight is for 2 classes and the loss has 3\nhint: give one entry a class",
    ),
    "counts that nothing follows from": (
        lambda: get("focal", class_counts=[900, 100]),
        "error[E529]: class_counts=(900.0, 100.0) has no effect: nothing in this loss follows from them\n"
        "hint: leave them out, or weigh the classes by them with class_weight='balanced'",
    ),
    "counts beside weights": (
        lambda: get("weighted_cross_entropy", class_weight=[1.0, 9.0], class_counts=np.ones(2)),
        "error[E529]: class_counts=(1.0, 1.0) has no effect: nothing in this loss follows from them\n"
        "hint: leave them out, or weigh the classes by them with class_weight='balanced'",
    ),
    "a background that counts": (
        lambda: get("focal", kind="softmax", background=1, reduction="mean"),
        "error[E529]: background=1 has no effect: reduction='mean' counts every class\n"
        "hint: leave it out, or set reduction='mean_positive'",
    ),
    "labels that name nothing": (
        lambda: SoftmaxOverlap(classes=("a", "b")),
        "error[E529]: classes=('a', 'b') has no effect: the labels say in what order a class_weight by label "
        "is meant\n"
        "hint: leave it out",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_refusals_show_the_value_and_what_is_allowed(what):
    call, lines = REFUSALS[what]
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.two_lines() == lines


def test_every_code_of_the_losses_is_triggered_somewhere():
    elsewhere = {"E513", "E517"}  # tests/laws/test_posterior.py
    elsewhere |= {
        code for code in CATALOGUE if "E530" <= code <= "E539"
    }  # test_own_modulations.py and others
    shown = {lines.split("]")[0].removeprefix("error[") for _, lines in REFUSALS.values()}
    assert shown | elsewhere == {code for code in CATALOGUE if "E500" < code < "E560"}  # then tests/faces


MANY = 100_000
LONG = {
    "no numbers": lambda: SigmoidLoss(class_weight=["one"] * MANY),
    "labels without an order": lambda: SoftmaxLoss(class_weight=dict.fromkeys(range(MANY), 1.0)),
    "other labels": lambda: SoftmaxLoss(
        class_weight=dict.fromkeys(range(MANY), 1.0), classes=[f"word {k}" for k in range(MANY)]
    ),
    "frequencies": lambda: SoftmaxLoss().base_score(np.full(MANY, 0.5)),
    "frequencies of labels": lambda: SigmoidLoss().base_score(np.full(MANY, 2.0)),
    "a parameter": lambda: get("focal", gamma=[1.0] * MANY),
    "an index": lambda: SoftmaxLoss(ignore_index=list(range(MANY))),
    "alpha": lambda: get("focal", alpha=[0.5] * MANY),
    "counts": lambda: get("focal", kind="softmax", class_counts=np.ones(MANY)),
}


@pytest.mark.parametrize("what", LONG)
def test_a_refusal_of_100000_entries_shows_the_first_and_how_many(what):
    with pytest.raises(ScarceError) as caught:
        LONG[what]()
    assert len(caught.value.two_lines()) < 400
    assert "... 100,000 in all" in caught.value.two_lines()


def test_a_good_loss_is_not_refused():
    loss = SigmoidLoss(Focal(2.0), class_weight={"no": 1.0, "yes": 9.0}, classes=("no", "yes"))
    assert loss.class_weight == (1.0, 9.0)
    assert loss.value([0.0], [1]).shape == (1,)
