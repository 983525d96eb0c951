"""Draw the pictures of "From the blog post to the right loss" from the excerpts on the page itself.

python docs/make_blog_plots.py          # writes docs/pictures/blog-*.svg
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.losses import get
from scarce.report.figures.frame import Axis, Box, decade_label, draw_axes
from scarce.report.scales import Linear, Log
from scarce.report.svg import Canvas, text_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

PAGE = Path(__file__).parent / "from-the-blog-post.md"
PICTURES = Path(__file__).parent / "pictures"
STYLE = """
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1b1f24}
.tick{font-size:11px;fill:#57606a}.axis-title{font-size:12px;fill:#57606a}
.grid{stroke:#e6e9ec}.axis{stroke:#8b949e}.paper{fill:#fff}
path{fill:none;stroke-width:2;stroke-linejoin:round}
.right{stroke:#0b5cad}.wrong{stroke:#c2410c;stroke-dasharray:7 4}
.other{stroke:#57606a;stroke-dasharray:2 3}.fourth{stroke:#1b1f24;stroke-width:1.2}
@media (prefers-color-scheme:dark){
text{fill:#e6e9ec}.tick,.axis-title{fill:#a2abb5}.grid{stroke:#272d34}.axis{stroke:#76808b}
.paper{fill:#14171b}.right{stroke:#7ab5f2}.wrong{stroke:#fb923c}.other{stroke:#a2abb5}.fourth{stroke:#e6e9ec}}
"""
WIDTH, HEIGHT, GAP = 760.0, 296.0, 44.0
LEFT, TOP, BOTTOM = 60.0, 74.0, 246.0


@dataclass(frozen=True)
class Curve:
    """One line of a panel: its style, and its value at a logit."""

    style: str
    of: Callable[[float], float]


@dataclass(frozen=True)
class Panel:
    """One pair of axes: what is drawn over which logits, inside which heights."""

    title: str
    curves: Sequence[Curve]
    heights: tuple[float, float]
    logits: tuple[float, float] = (-8.0, 8.0)
    logarithmic: bool = False
    axis: str = "logit"


@dataclass(frozen=True)
class Picture:
    """The panels of one mistake, with the names of the styles that they use."""

    name: str
    description: str
    names: dict[str, str]
    panels: Sequence[Panel]


def excerpts(page: Path = PAGE) -> dict[str, Any]:
    """Return the page's wrong functions by name: each section's first block of Python."""
    names: dict[str, Any] = {"np": np}
    for section in sections(page):
        exec(compile(blocks(section)[0], f"{page.name}: {section.splitlines()[0]}", "exec"), names)
    return names


def sections(page: Path = PAGE) -> list[str]:
    """Return the numbered sections of the page, from their titles on."""
    parts = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [part for part in parts if part[0].isdigit()]


def blocks(section: str) -> list[str]:
    """Return the Python of a section."""
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def sigmoid(z: Any) -> Any:
    """Return the sigmoid of moderate logits, as the excerpts would compute it."""
    return 1.0 / (1.0 + np.exp(-np.asarray(z, dtype=np.float64)))


def slope(value: Callable[[float], float], z: float, step: float = 1e-5) -> float:
    """Return the derivative of a function of one logit, by a central difference."""
    return (value(z + step) - value(z - step)) / (2.0 * step)


def both(
    wrong: Callable[[float], float],
    right: Callable[[float], float],
    values: tuple[float, float],
    gradients: tuple[float, float],
    logits: tuple[float, float] = (-8.0, 8.0),
    row: str = "negative",
) -> list[Panel]:
    """Return the panel of the values and that of the gradients."""
    curves = [Curve("right", right), Curve("wrong", wrong)]
    slopes = [Curve("right", lambda z: slope(right, z)), Curve("wrong", lambda z: slope(wrong, z))]
    axis = f"logit of a {row}"
    return [
        Panel("loss", curves, values, logits, axis=axis),
        Panel("gradient in the logit", slopes, gradients, logits, axis=axis),
    ]


def pictures() -> list[Picture]:
    """Return every picture of the page."""
    bad = excerpts()
    focal, plain = get("focal", gamma=2.0), get("cross_entropy")
    tenfold = get("weighted_cross_entropy", class_weight=[1.0, 10.0])
    focal_ten = get("focal", gamma=2.0, class_weight=[1.0, 10.0])
    quarter = get("focal", gamma=2.0, alpha=0.25)

    def of(loss: Any, label: int) -> Callable[[float], float]:
        return lambda z: float(loss.value([z], [label])[0])

    def excerpt(name: str, label: int) -> Callable[[float], float]:
        return lambda z: float(bad[name](np.array([float(label)]), sigmoid([z])))

    negative, positive = "a negative example", "a positive example"
    return [
        _pair(
            "one-term", negative, "focal loss", both(excerpt("one_term", 0), of(focal, 0), (0, 8), (0, 1.25))
        ),
        _pair(
            "misplaced",
            negative,
            "weighted cross-entropy",
            both(excerpt("misplaced", 0), of(tenfold, 0), (-80, 20), (-12, 4)),
        ),
        _pair("nested", "a row of the second of three classes", "weighted cross-entropy", _nested(bad)),
        _pair(
            "clipped",
            positive,
            "cross-entropy of logits",
            both(
                lambda z: float(bad["clipped"](np.ones(1), np.array([z]))),
                of(plain, 1),
                (0, 32),
                (-1.25, 0.25),
                (-30.0, 6.0),
                "positive",
            ),
        ),
        _pair(
            "inverse-ratio",
            negative,
            "focal loss, alpha .25",
            both(excerpt("inverse_ratio", 0), of(quarter, 0), (-600, 100), (-120, 20)),
        ),
        _shares(bad),
        _pair(
            "weight-inside",
            positive,
            "weighted focal loss",
            both(excerpt("weight_inside", 1), of(focal_ten, 1), (0, 60), (-14, 2), (-6.0, 6.0), "positive"),
        ),
        _batch_means(bad, focal),
        _pair("summed", "the one positive in a batch of four", "mean over the rows", _tables(bad)),
        _sizes(bad),
        _meanings(),
    ]


def _pair(name: str, row: str, right: str, panels: list[Panel]) -> Picture:
    description = f"Value and gradient of {row} by its logit, of the excerpt and of the {right}."
    return Picture(name, description, {"right": right, "wrong": "excerpt"}, panels)


def _nested(bad: dict[str, Any]) -> list[Panel]:
    right = get("weighted_cross_entropy", kind="softmax", class_weight=[1.0, 2.0, 4.0])
    row = np.array([[0.0, 1.0, 0.0]])

    def wrong(z: float) -> float:
        logits = np.array([[0.0, z, 0.0]])
        return float(bad["nested"](row, np.exp(logits) / np.exp(logits).sum()))

    values = both(wrong, lambda z: float(right.value([[0.0, z, 0.0]], [1])[0]), (-16, 16), (-2.5, 2.5))
    return [Panel(p.title, p.curves, p.heights, p.logits, axis="logit of the second class") for p in values]


def _shares(bad: dict[str, Any]) -> Picture:
    rows, weight = np.array([99.0, 1.0]), np.array([0.25, 0.75])

    def share(z: float) -> float:
        losses = np.array([np.logaddexp(0.0, z), np.logaddexp(0.0, -z)])
        return float(bad["share"](rows, weight, losses)[1])

    def pull(z: float) -> float:
        return float(bad["share"](rows, weight, np.array([sigmoid(z), sigmoid(-z)]))[1])

    names = {"wrong": "as the weights are read: .75", "right": "as it is, weights .25 and .75"}
    claimed = Curve("wrong", lambda _: 0.75)
    axis = "logit of all rows"
    return Picture(
        "share",
        "What positives contribute to the loss and to the gradient, one in a hundred rows.",
        names,
        [
            Panel("positives' share of the loss", [claimed, Curve("right", share)], (0, 1), axis=axis),
            Panel("positives' share of the gradient", [claimed, Curve("right", pull)], (0, 1), axis=axis),
        ],
    )


def _batch_means(bad: dict[str, Any], focal: Any) -> Picture:
    others = np.zeros(98)

    def pull(z: float) -> float:  # one negative, beside a positive and 98 negatives at logit 0
        labels = np.r_[0.0, 1.0, others]
        return slope(lambda at: float(bad["batch_mean"](labels, sigmoid(np.r_[at, 0.0, others]))), z)

    def right_pull(z: float) -> float:
        return float(focal.gradient([z], [0])[0])

    def share(pulls: Callable[[float, float], tuple[float, float]]) -> Callable[[float], float]:
        def of(z: float) -> float:
            easy, hard = pulls(z, -np.log(99.0))
            return hard / (hard + 99.0 * easy)

        return of

    def right_pulls(easy: float, hard: float) -> tuple[float, float]:
        return right_pull(easy), -float(focal.gradient([hard], [1])[0])

    wrong_share = share(lambda easy, hard: (float(sigmoid(easy)), float(sigmoid(-hard))))
    at_zero, right_at_zero = pull(0.0), right_pull(0.0)
    return Picture(
        "batch-mean",
        "How strongly negatives pull by their logit, under the focal loss and that of the batch's mean.",
        {"right": "focal loss", "wrong": "excerpt, which is cross-entropy up to one factor"},
        [
            Panel(
                "pull on one negative, 1 at logit 0",
                [
                    Curve("right", lambda z: right_pull(z) / right_at_zero),
                    Curve("wrong", lambda z: pull(z) / at_zero),
                ],
                (0, 4),
                axis="logit of the negative",
            ),
            Panel(
                "a hard positive's share among 99 negatives",
                [Curve("right", share(right_pulls)), Curve("wrong", wrong_share)],
                (0, 1),
                axis="logit of the negatives",
            ),
        ],
    )


def _tables(bad: dict[str, Any]) -> list[Panel]:
    labels = np.array([1.0, 0.0, 0.0, 0.0])

    def wrong(z: float) -> float:
        return float(bad["summed"](labels, sigmoid(np.array([[z], [0.0], [0.0], [0.0]]))))

    def right(z: float) -> float:
        return float(get("cross_entropy", reduction="mean").value([z, 0.0, 0.0, 0.0], labels))

    return both(wrong, right, (0, 9), (-0.4, 0.8), row="positive")


def _sizes(bad: dict[str, Any]) -> Picture:
    def gradient(negative: float, positive: float) -> Callable[[float], float]:
        labels = np.r_[1.0, np.zeros(99)]
        return lambda z: slope(
            lambda at: float(bad["weighted"](labels, np.full(100, sigmoid(at)), negative, positive)), z
        )

    return Picture(
        "weighted",
        "Mean gradient of a constant logit, one positive in a hundred rows, for weights of one ratio.",
        {
            "right": "average weight 1",
            "wrong": "rows / rows of the class",
            "other": "1 / rows of the class, of 100,000",
        },
        [
            Panel(
                "mean gradient in the logit",
                [
                    Curve("right", gradient(0.5 / 0.99, 0.5 / 0.01)),
                    Curve("wrong", gradient(1.0 / 0.99, 1.0 / 0.01)),
                    Curve("other", gradient(1.0 / 99_000, 1.0 / 1_000)),
                ],
                (-1.25, 1.25),
                axis="logit of all rows",
            )
        ],
    )


def _meanings() -> Picture:
    losses = {
        "right": ("cross-entropy", get("cross_entropy")),
        "fourth": ("focal, gamma 2", get("focal", gamma=2.0)),
        "other": ("focal, alpha .25", get("focal", gamma=2.0, alpha=0.25)),
        "wrong": ("weights 1 and 99", get("weighted_cross_entropy", class_weight=[1.0, 99.0])),
    }

    def posterior(loss: Any) -> Callable[[float], float]:
        return lambda z: float(loss.posterior([z])[0])

    curves = [Curve(style, posterior(loss)) for style, (_, loss) in losses.items()]
    return Picture(
        "flagged",
        "The probability that a logit stands for, after training with four losses.",
        {style: name for style, (name, _) in losses.items()},
        [
            Panel(
                "probability",
                curves,
                (1e-5, 1.0),
                (-6.0, 6.0),
                logarithmic=True,
                axis="logit; the threshold is at 0",
            )
        ],
    )


def draw(picture: Picture) -> str:
    """Return a picture as a file of SVG that follows the reader's colour scheme."""
    canvas = Canvas(WIDTH, HEIGHT, f"blog-{picture.name}", picture.description, picture.description)
    canvas.rect(0, 0, WIDTH, HEIGHT, "paper")
    _draw_names(canvas, picture.names)
    count = len(picture.panels)
    across = (WIDTH - LEFT - 12.0 - (count - 1) * (GAP + 20.0)) / count
    for index, panel in enumerate(picture.panels):
        left = LEFT + index * (across + GAP + 20.0)
        _draw_panel(canvas, Box(left, TOP, left + across, BOTTOM), panel)
    head, rest = str(canvas.render()).split(">", 1)
    return f"{head}><style>{STYLE}</style>{rest}\n"


def _draw_names(canvas: Canvas, names: dict[str, str]) -> None:
    left = 0.0
    for style, name in names.items():
        canvas.path([(left + 2, 18.0), (left + 34, 18.0)], style)
        canvas.text(left + 42, 22.0, name, "name")
        left += 42 + text_width(name) + 26


def _draw_panel(canvas: Canvas, box: Box, panel: Panel) -> None:
    across = Linear(*panel.logits, box.left, box.right)
    up = (Log if panel.logarithmic else Linear)(*panel.heights, box.bottom, box.top)
    label = {"label": decade_label} if panel.logarithmic else {}
    canvas.text(box.left, box.top - 16, panel.title, "axis-title")
    draw_axes(canvas, box, Axis(across, across.ticks(6), title=panel.axis), Axis(up, up.ticks(5), **label))
    low, high = panel.heights
    if low < 0.0 < high:
        canvas.line(box.left, float(up(0.0)), box.right, float(up(0.0)), "axis")
    canvas.line(float(across(0.0)), box.top, float(across(0.0)), box.bottom, "grid")
    z = np.linspace(*panel.logits, 161)
    for curve in panel.curves:
        heights = np.array([curve.of(float(at)) for at in z])
        inside = (heights >= low) & (heights <= high)
        canvas.path(zip(across(z[inside]), up(heights[inside]), strict=True), curve.style)


def main() -> None:
    """Write every picture."""
    PICTURES.mkdir(exist_ok=True)
    for picture in pictures():
        (PICTURES / f"blog-{picture.name}.svg").write_text(draw(picture), encoding="utf-8")


if __name__ == "__main__":
    main()
