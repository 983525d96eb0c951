"""Every number on the page from the blog post to the right loss is what its excerpts and our losses give."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from docs.make_blog_plots import PAGE, PICTURES, draw, excerpts, pictures, sections, sigmoid, slope

from scarce.errors import ScarceError
from scarce.losses import get
from scarce.losses.weighting import NAMED_WEIGHTS

PRIOR = 0.01
BAD = excerpts()
FOCAL = get("focal", gamma=2.0)
PLAIN = get("cross_entropy")


def value(loss: Any, logit: float, label: int) -> float:
    return float(loss.value([logit], [label])[0])


def bad(name: str, logit: float, label: int, **settings: float) -> float:
    return float(BAD[name](np.array([float(label)]), sigmoid([logit]), **settings))


def start(prior: float = PRIOR, **settings: Any) -> float:
    return float(get("focal", gamma=2.0, **settings).base_score(prior))


def one_term() -> list[str]:
    best, far = start(), 10.0

    def mean(logit: float) -> float:
        return PRIOR * value(FOCAL, logit, 1) + (1 - PRIOR) * value(FOCAL, logit, 0)

    labels = np.r_[1.0, np.zeros(99)]
    wrong = float(BAD["one_term"](labels, np.full(100, sigmoid(far))))
    assert slope(lambda z: bad("one_term", z, 0), 3.0) == 0.0
    assert mean(best) < min(mean(best - 0.1), mean(best + 0.1))
    return [
        f"A constant logit of 10 has the loss {wrong:.1e}",
        f"the right loss is {mean(far):.2f} there",
        f"is least, {mean(best):.4f}".replace("0.", ".") + f", at {best:.3f}",
    ]


def misplaced() -> list[str]:
    at = [bad("misplaced", z, 0) for z in (0.0, 5.0, 10.0)]
    right = get("weighted_cross_entropy", class_weight=[1.0, 10.0])
    fall = slope(lambda z: bad("misplaced", z, 0), 10.0)
    rise = slope(lambda z: value(right, z, 0), 10.0)
    assert bad("misplaced", 0.0, 1, negative=7.0) == pytest.approx(7.0 * np.log(2.0))
    return [
        f"with weights 10 and 1 its loss is {at[0]:.2f} at logit 0, {at[1]:.2f} at 5 and {at[2]:.2f} at 10",
        f"Its gradient at 10 is {fall:.2f}; it should be {rise:.2f}",
    ]


def nested() -> list[str]:
    rows, weights = 100, []
    for label in range(3):
        labels = np.zeros((rows, 3))
        labels[:, label] = 1.0
        p = np.full((rows, 3), np.exp(-1.0))  # each row of the label then adds its weight once
        weights.append(BAD["nested"](labels, p) / rows)
    first, second, third = (f"{round(float(weight)):,}" for weight in weights)
    return [f"Over 100 rows the weights 1, 2 and 4 become {first}, {second} and {third}"]


def clipped() -> list[str]:
    def wrong(z: float) -> float:
        return float(BAD["clipped"](np.ones(1), np.array([z])))

    below_one = float(np.float32(1.0) - np.float32(1e-7))
    assert wrong(-30.0) == wrong(-20.0)
    return [
        "## 4. A clip at 1e-7",
        f"caps the loss at {wrong(-20.0):.2f}",
        f"a positive at logit -20 costs {value(PLAIN, -20.0, 1):.2f}",
        f"a gradient of {float(PLAIN.gradient([-20.0], [1])[0]):.2f}, but gets {slope(wrong, -20.0):.0f}",
        f"another one, {-np.log(1.0 - below_one):.2f}",
    ]


def inverse_ratio() -> list[str]:
    wrong, right = bad("inverse_ratio", 5.0, 0), value(FOCAL, 5.0, 0)
    scores = [f"{sigmoid(start(alpha=alpha)):.3f}"[1:] for alpha in (None, 0.25, 0.99)]
    with pytest.raises(ScarceError, match="alpha") as caught:
        get("focal", alpha=99.0)
    assert caught.value.code == "E502"
    assert "class_weight" in caught.value.hint
    return [
        f"here {wrong / right:.0f}: at logit 5 a negative has the loss {wrong:.0f}",
        f"where it should have {right:.2f}",
        f"is {scores[0]} without alpha, {scores[1]} with .25, and {scores[2]} with .99",
        "Nor is .99",
        "*falls* from .75 to .25",  # Lin et al. 2017, table 1
    ]


def share() -> list[str]:
    rows, weight = np.array([99.0, 1.0]), np.array([0.25, 0.75])
    loss = get("weighted_cross_entropy", class_weight=weight)
    best = float(loss.base_score(PRIOR))
    untrained = BAD["share"](rows, weight, np.ones(2))[1]
    trained = BAD["share"](rows, weight, np.logaddexp(0.0, [best, -best]))[1]
    odds = np.exp(best) / (PRIOR / (1 - PRIOR))
    np.testing.assert_allclose(float(loss.posterior([best])[0]), PRIOR)
    return [
        "A weight of .75 makes the rare class 75 % of the loss",
        f"weights .25 and .75, positives are {untrained:.1%}".replace("%", " %"),
        f"at the best constant logit they are {trained:.0%}".replace("%", " %"),
        f"weights .25 and .75 multiply the odds of the trained model by {odds:.0f}",
    ]


def weight_inside() -> list[str]:
    def sides(p: float, weight: float) -> tuple[float, float]:
        right = get("focal", gamma=2.0, class_weight=[1.0, weight])
        logit = float(np.log(p / (1 - p)))
        return bad("weight_inside", logit, 1, weight=weight), value(right, logit, 1)

    (heavy, heavy_right), (light, light_right) = sides(0.9, 10.0), sides(0.01, 0.1)
    return [
        f"with weight 10 a positive at .9 is treated as one at {0.9**10:.3f}".replace("0.", "."),
        f"its loss is {heavy:.3f} where".replace("0.", "."),
        f"a weighted focal loss has {heavy_right:.4f}".replace("0.", ".")
        + f", {heavy / heavy_right:.0f} times",
        f"With weight .1 a positive at .01 passes for one at {0.01**0.1:.3f}".replace("0.", "."),
        f"costs {light:.4f} in place of {light_right:.4f}".replace("0.", "."),
    ]


def batch_mean() -> list[str]:
    labels = np.r_[1.0, np.zeros(99)]
    logits = np.full(100, -np.log(99.0))

    def wrong(row: int, z: float) -> float:
        moved = logits.copy()
        moved[row] = z
        return float(BAD["batch_mean"](labels, sigmoid(moved)))

    pulls = np.abs([slope(lambda z, row=row: wrong(row, z), logits[row]) for row in range(100)])
    right, plain = (np.abs(loss.gradient(logits, labels)) for loss in (FOCAL, PLAIN))
    assert pulls[0] / pulls.sum() == pytest.approx(plain[0] / plain.sum(), rel=1e-6)
    focal, same = (f"{100 * x[0] / x.sum():.2f} %" for x in (right, pulls))
    return [
        "99 negatives at p = .01 and one positive at p = .01",
        f"The positive has {focal} of the gradient under the focal loss, and {same} here",
    ]


def summed() -> list[str]:
    def factor(rows: int) -> float:
        labels, logits = np.r_[1.0, np.zeros(rows - 1)], np.zeros(rows)

        def wrong(z: float) -> float:
            return float(BAD["summed"](labels, sigmoid(np.r_[z, logits[1:]])))

        mean = get("cross_entropy", reduction="mean").gradient(logits, labels)[0]
        return slope(wrong, 0.0) / float(mean)

    labels = np.array([1.0, 0.0, 0.0, 0.0])

    def table(z: float) -> float:
        return float(BAD["summed"](labels, sigmoid(np.array([[z], [0.0], [0.0], [0.0]]))))

    quarter = float(-np.log(3.0))
    assert slope(table, quarter) == pytest.approx(0.0, abs=1e-9)
    right = float(get("cross_entropy", reduction="mean").gradient(np.zeros(4), labels)[0])
    turned = f"it is {slope(table, 0.0):.3f} where it should be {right:.3f}".replace("0.", ".")
    with pytest.raises(ScarceError) as caught:
        PLAIN.value(np.zeros((4, 1)), labels)
    assert caught.value.code == "E505"
    return [
        f"{factor(256):.0f} times at 256 rows, {factor(16):.0f} times in a last batch of 16",
        f"the positive's gradient is 0 at p = .25, and at logit 0 {turned}",
    ]


def weighted() -> list[str]:
    negatives, positives = 99_000, 1_000
    rows = negatives + positives
    labels = np.r_[1.0, np.zeros(99)]
    even = NAMED_WEIGHTS["balanced"]().weights(np.array([negatives, positives], dtype=float))

    def size(negative: float, positive: float) -> float:
        return slope(
            lambda z: float(BAD["weighted"](labels, np.full(100, sigmoid(z)), negative, positive)), 2.0
        )

    one = size(*even)
    assert np.dot(even, [negatives, positives]) == pytest.approx(rows)
    by_rows, pair = size(rows / negatives, rows / positives) / one, size(1.0, 99.0) / one
    inverse = one / size(1 / negatives, 1 / positives)
    assert by_rows == pytest.approx(2.0, rel=1e-4)
    return [
        "Of 100,000 rows, the weights $n/n_c$ make gradients twice as large",
        f"weights 1 and 99 make them {pair:.2f} times as large",
        f"makes them {inverse:,.0f} times smaller",
    ]


def flagged() -> list[str]:
    balanced = get("weighted_cross_entropy", class_weight=[1.0, 99.0])
    quarter = get("focal", gamma=2.0, alpha=0.25)
    assert not BAD["flagged"](np.array([0.0]))[0]
    assert float(FOCAL.posterior([0.0])[0]) == pytest.approx(0.5)

    def short(number: float) -> str:
        return f"{number:.3f}"[1:]

    def posterior(loss: Any) -> str:
        return short(float(loss.posterior([0.0])[0]))

    score = {prior: short(float(sigmoid(start(prior)))) for prior in (0.9, 0.001, 1 / 101)}
    reached = float(FOCAL.posterior([np.log(1 / 100)])[0])  # a score of 1/101
    return [
        "## 11. A threshold of .5",
        f"After balanced weights a score of .5 stands for a probability of {posterior(balanced)}",
        f"after a focal loss with alpha .25 for {posterior(quarter)}",
        "After a focal loss without weights .5 is .5",
        f"a score of {score[0.9]} stands for .900, and one of {score[0.001]} for .001",
        f"That is a focal score of {score[1 / 101]}; the same cut",
        f"a probability above {reached:.1e}".replace("e-0", "e-"),
        "And .5 is",
        f"flagging nobody is {1 - PRIOR:.0%}".replace("%", " %") + " accurate",
    ]


def first_bias() -> list[str]:
    return ["begins at a probability of .5", f"the bias whose posterior is the prior: {start():.3f}"]


CLAIMS = (
    one_term,
    misplaced,
    nested,
    clipped,
    inverse_ratio,
    share,
    weight_inside,
    batch_mean,
    summed,
    weighted,
    flagged,
    first_bias,
)


def prose() -> str:
    """Return the page on one line, without its code and pictures."""
    text = re.sub(r"```.*?```|!\[.*?\]\(.*?\)", " ", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(text.split())


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda made: made.__name__)
def test_the_page_says_what_comes_out(claims) -> None:
    missing = [claim for claim in claims() if " ".join(claim.split()) not in prose()]
    assert missing == []


def test_no_other_number_is_claimed() -> None:
    rest = prose()
    for made in CLAIMS:
        for claim in made():
            rest = rest.replace(" ".join(claim.split()), " ")
    rest = re.sub(r"`[^`]*`", " ", rest)
    assert re.findall(r"\S*\d?\.\d+\S*|\d[\d.,]* ?%|\d+e-?\d+", rest) == []


def test_each_section_has_an_excerpt_a_picture_and_a_replacement() -> None:
    assert len(sections()) == len(CLAIMS) - 1
    for section in sections():
        assert section.count("```python") == 2
        assert section.count("](pictures/blog-") == 1


def test_the_pictures_are_those_of_the_excerpts() -> None:
    for picture in pictures():
        drawn, kept = draw(picture), (PICTURES / f"blog-{picture.name}.svg").read_text(encoding="utf-8")
        number = r"-?\d+(?:\.\d+)?"
        assert re.sub(number, "0", drawn) == re.sub(number, "0", kept)
        now, then = ([float(x) for x in re.findall(number, text)] for text in (drawn, kept))
        np.testing.assert_allclose(now, then, atol=0.21)  # coordinates are rounded to a tenth of a pixel


def test_every_picture_is_on_the_page_and_described() -> None:
    shown = set(re.findall(r"!\[[^\]]{30,}\]\(pictures/(blog-\S+\.svg)\)", PAGE.read_text(encoding="utf-8")))
    assert shown == {path.name for path in Path(PICTURES).glob("blog-*.svg")}
