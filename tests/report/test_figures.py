"""Figures show the numbers they are given, and the numbers are the rows'."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.report.band import bands
from scarce.report.explorer import Explorer, script_json
from scarce.report.figures.forest import forest
from scarce.report.figures.frame import NARROW, WIDE
from scarce.report.limits import limits, wilson
from scarce.report.pictures import Pictures
from scarce.report.scales import Linear, Log, percent
from scarce.report.scored import Scored, Unit
from scarce.report.svg import text_width
from scarce.report.treatments import readings
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.trial.result import TrialResult


def elements(picture: str, style: str) -> list[ET.Element]:
    return [node for node in ET.fromstring(picture).iter() if style in (node.get("class") or "").split()]


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
def test_forest_puts_zero_between_gain_and_loss(result: TrialResult, width: float) -> None:
    picture = forest(result.differences, result.primary, width, "f")
    zero = float(elements(picture, "zero")[0].get("x1"))
    undecided, worse = elements(picture, "undecided-dot"), elements(picture, "worse-dot")
    assert (len(undecided), len(worse)) == (5, 1)
    tip = float(worse[0].get("d").split("L")[2].split(" ")[0])  # of the triangle
    places = [float(dot.get("cx")) for dot in undecided] + [tip]
    signs = [np.sign(d.value) for d in sorted(result.differences, key=lambda d: d.outcome)]
    assert [np.sign(place - zero) for place in places] == signs


def test_numbers_of_a_difference_end_before_its_outcome_begins(result: TrialResult) -> None:
    wide = replace(result.differences[0], value=-123_456.0, low=-234_567.0, high=1_234_567.0)
    root = ET.fromstring(forest([wide], result.primary, WIDE, "f"))
    texts = {"".join(one.itertext()): float(one.get("x")) for one in root.iter() if one.tag.endswith("text")}
    (numbers,) = (text for text in texts if " to " in text)
    assert texts[numbers] + text_width(numbers, 12) < texts[wide.outcome] - text_width(wide.outcome, 12)


def test_forest_names_the_better_side(result: TrialResult) -> None:
    cost, score = result.metrics[0], replace(result.metrics[0], higher_is_better=True)
    for metric, better in ((cost, "← better"), (score, "better →")):
        assert better in forest(result.differences, metric, WIDE, "f")


def test_every_outcome_has_a_mark_of_its_own_shape(result: TrialResult) -> None:
    """Better and worse are told apart without colour."""
    shapes = []
    for outcome in ("better", "worse", "equivalent", "undecided"):
        one = forest([replace(result.differences[0], outcome=outcome)], result.primary, WIDE, "f")
        shapes.append(elements(one, f"{outcome}-dot")[0].get("d"))
    assert len(set(shapes)) == 4


def test_the_margin_is_shaded(result: TrialResult) -> None:
    assert len(elements(forest(result.differences, result.primary, WIDE, "f"), "blind")) == 6


def test_identical_arm_is_called_identical(result: TrialResult) -> None:
    same = replace(result.differences[0], value=0.0, low=0.0, high=0.0, outcome="equivalent")
    assert "the same in every row" in forest([same, *result.differences[1:]], result.primary, WIDE, "f")


@pytest.mark.parametrize("value", [1e-6, 0.00037, 0.02, 1.0])
def test_log_scale_has_equal_ratios(value: float) -> None:
    scale = Log(1e-7, 10.0, 0.0, 800.0)
    assert float(scale(10 * value) - scale(value)) == pytest.approx(100.0)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 7340.0), (-63.0, 63.0), (0.0, 3e-5)])
def test_ticks_are_inside_and_few(low: float, high: float) -> None:
    ticks = Linear(low, high, 0, 1).ticks()
    assert 3 <= len(ticks) <= 8
    assert low <= min(ticks) <= max(ticks) <= high


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.99999, "99.999"), (0.995, "99.5"), (0.001, "0.1"), (4.2e-6, "0.00042"), (1.0, "100")],
)
def test_percent_never_rounds_to_certainty(value: float, text: str) -> None:
    assert percent(value) == f"{text}\u202f%"


def test_focal_two_reads_seven_per_cent_for_one_in_a_thousand(
    make_result: Callable[..., TrialResult],
) -> None:
    result = make_result(n_rows=40_000, n_positive=400)
    result = replace(result, prevalence=0.001)
    panels = {panel.name: panel for panel in readings(result, Pictures(result))}
    share = re.match(r"([\d.]+)\u202f% stands for 0\.1\u202f%", panels["focal:gamma=2"].says)
    assert share is not None
    assert float(share[1]) == pytest.approx(7.3, abs=0.15)
    assert panels["control"].says == "0.1\u202f% stands for 0.1\u202f%"


def test_recovery_brings_the_mean_back(result: TrialResult) -> None:
    ratios = Pictures(result).ratios
    assert ratios["focal:gamma=2"].raw > 10
    for name, ratio in ratios.items():
        assert 0.5 < ratio.recovered < 2, name


def test_band_is_the_bootstrap_over_rows(make_result: Callable[..., TrialResult]) -> None:
    result = replace(make_result(n_rows=1500, n_positive=60), weight=None)
    rows = Scored.of(result, result.control)
    recall, share = np.array([0.3, 0.6]), np.array([0.02, 0.1])
    found = bands(rows, recall, share, seed=1)
    rng = np.random.default_rng(5)
    caught = []
    positive, negative = np.flatnonzero(rows.target), np.flatnonzero(~rows.target)
    for _ in range(1500):
        drawn = np.concatenate([rng.choice(positive, positive.size), rng.choice(negative, negative.size)])
        order = drawn[np.argsort(-rows.log_odds[drawn], kind="stable")]
        true = np.cumsum(rows.target[order])
        caught.append(true[(share * order.size).astype(int) - 1] / true[-1])
    low, high = np.quantile(caught, (0.025, 0.975), axis=0)
    np.testing.assert_allclose(found.caught, (low, high), atol=0.03)


def _copied(result: TrialResult, times: int) -> TrialResult:
    names = ("raw", "recovered", "log_odds", "flagged")
    arms = (
        replace(a, **{name: np.tile(getattr(a, name), (times, 1)) for name in names}) for a in result.arms
    )
    return replace(result, arms=tuple(arms))


def test_a_repeat_that_tells_nothing_new_changes_nothing(make_result: Callable[..., TrialResult]) -> None:
    once = make_result(n_rows=4000, n_positive=80)
    thrice = _copied(once, 3)
    grid = np.array([0.3, 0.6]), np.array([0.01, 0.05])
    one, three = (bands(Scored.of(r, r.control), *grid, seed=0) for r in (once, thrice))
    np.testing.assert_allclose(three.precision, one.precision, atol=0.04)  # copies as rows: .58 as wide
    assert Explorer.of(thrice).cells() == pytest.approx(Explorer.of(once).cells())


@pytest.mark.parametrize("costs", ["per row", "fixed", "none"])
def test_explorer_holds_the_chosen_rule_exactly(make_result: Callable[..., TrialResult], costs: str) -> None:
    result = make_result(costs=costs, rule_cut=0.123456789)
    explorer = Explorer.of(result)
    assert explorer.cut[explorer.chosen] == 0.123456789
    assert (np.diff(explorer.cut) > 0).all()
    assert (np.diff(explorer.tp) <= 0).all()
    stored = json.loads(str(explorer.to_json()))
    assert stored["cut"][stored["chosen"]] == 0.123456789


def test_rows_that_no_fold_scored_are_left_out(result: TrialResult) -> None:
    log_odds = result.control.log_odds.copy()
    log_odds[0, :1000] = np.nan
    arm = replace(result.control, log_odds=log_odds)
    rows = Scored.of(result, arm)
    assert rows.log_odds.size == result.target.size - 1000
    assert rows.row.min() == 1000


def test_units_name_the_cut(make_result: Callable[..., TrialResult]) -> None:
    assert Unit.of(None).words(0.0) == "p > 50\u202f%"
    assert Unit.of(make_result(costs="fixed").costs).words(0.0) == "p > 4\u202f%"  # 5 / (120 + 5)
    assert Unit.of(make_result().costs).words(0.0) == "p × fn > 1 × (1 − p) × fp"


def test_limits_say_what_one_positive_moves(result: TrialResult) -> None:
    said = " ".join(limits(result, Pictures(result)))
    assert "150 positives" in said
    assert percent(1 / 150) in said
    assert "demo sample" in said


def test_wilson_stays_inside() -> None:
    assert wilson(0.0, 5)[0] == 0.0
    assert wilson(1.0, 5)[1] == 1.0
    assert wilson(1.0, 5)[0] < 0.6


def test_script_json_cannot_end_its_element() -> None:
    text = str(script_json({"<": "</script><!--\u2028&"}))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"<": "</script><!--\u2028&"}


def test_plain_numbers_read_as_people_write_them() -> None:
    assert [plain(value) for value in (9989.2, 3.2249, 0.000123456, float("nan"))] == [
        "9,989",
        "3.22",
        "0.000123",
        "–",
    ]


def test_poor_curves_fill_their_figure(make_result: Callable[..., TrialResult]) -> None:
    result = make_result(n_rows=3_000, n_positive=60, costs="none")
    noise = np.random.default_rng(0).normal(-5.0, 0.1, (1, 3_000)).round(1)  # many ties: no lucky first row
    poor = tuple(replace(arm, log_odds=noise, recovered=noise, flagged=noise > -5.0) for arm in result.arms)
    for shown, at_most in ((replace(result, arms=poor), 20), (result, 100)):
        pictures = Pictures(shown)
        figures = [pictures.precision_recall().wide, *(p.picture for p in pictures.small_precision_recalls())]
        for figure in figures:
            ticks = [node for node in elements(figure, "tick") if node.get("text-anchor") == "end"]
            upward = [float(node.text.rstrip("\u202f%")) for node in ticks if float(node.get("x")) < 60]
            assert len(upward) >= 3
            assert (max(upward) == 100) == (at_most == 100)
            assert max(upward) <= at_most
