"""The page in headless Chromium: no errors, no network, a working explorer, print and phones."""

from __future__ import annotations

import html
import json
import math
import re
import shlex
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scarce.cli.threshold import given
from scarce.decision.rule_choice import RuleChoice
from scarce.evaluation.comparison import Interval
from scarce.evaluation.episodes import Episodes
from scarce.evaluation.estimate import Estimate
from scarce.report import notebook
from scarce.report.page import write
from scarce.trial.reviews import Reviews
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from scarce.trial.result import TrialResult

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OFFLINE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CELLS = ("tp", "fp", "fn", "tn", "alerts", "precision", "recall", "cost")
OVERLAPS = """
() => [...document.querySelectorAll("svg")].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()])
    .filter(([text, box]) => text.trim() && box.width > 0);
  const found = [];
  boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && tall > 3) found.push([one, other, svg.getAttribute("aria-labelledby")]);
  }));
  return found;
})
"""


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on the PATH")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=OFFLINE)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory, result: TrialResult) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    write(result, path)
    return path.as_uri()


@pytest.fixture
def context(browser: Browser) -> Generator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1100, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def opened(context: BrowserContext, uri: str) -> Generator[Page]:
    """Open the report; afterwards nothing may have been requested, nor any error printed."""
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(uri)
    yield page
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [uri]


def table(page: Page) -> dict[str, Any]:
    return json.loads(page.locator("#explorer-data").text_content() or "")


def shown(page: Page) -> dict[str, float]:
    return {
        name: float(page.locator(f"[data-part={name}]").get_attribute("data-value") or "nan")
        for name in CELLS
    }


def words(page: Page) -> dict[str, str]:
    return {name: page.locator(f"[data-part={name}]").text_content() or "" for name in CELLS}


def move(page: Page, part: str, value: int) -> None:
    page.locator(f"[data-part={part}]").evaluate(
        "(box, value) => { box.value = value; box.dispatchEvent(new Event('input')); }", value
    )


def expected(
    result: TrialResult,
    cut: float,
    fn_factor: float = 1.0,
    fp_factor: float = 1.0,
    prevalence: float | None = None,
) -> dict[str, float]:
    """Count row by row what the page makes from sums."""
    arm = result.winner
    scores = arm.log_odds[0] if result.costs is None else result.costs.score(arm.log_odds[0])
    flagged, positive = scores > cut, result.target == 1
    weight = np.ones(positive.size) if result.weight is None else result.weight
    mass = weight.copy()
    today = float(mass[positive].sum() / mass.sum())
    used = today if prevalence is None else prevalence
    mass[positive] *= used / today
    mass[~positive] *= (1 - used) / (1 - today)
    mass *= 1e4 / mass.sum()
    fn_cost, fp_cost = (1.0, 1.0) if result.costs is None else (result.costs.fn, result.costs.fp)
    cells = {
        "tp": float(mass[flagged & positive].sum()),
        "fp": float(mass[flagged & ~positive].sum()),
        "fn": float(mass[~flagged & positive].sum()),
        "tn": float(mass[~flagged & ~positive].sum()),
    }
    alerts = cells["tp"] + cells["fp"]
    missed = summed(result, cut, ~flagged & positive, fn_cost) * float(
        mass[positive][0] / weight[positive][0]
    )
    alarms = summed(result, cut, flagged & ~positive, fp_cost) * float(
        mass[~positive][0] / weight[~positive][0]
    )
    return cells | {
        "alerts": alerts,
        "precision": cells["tp"] / alerts if alerts else math.nan,
        "recall": cells["tp"] / (cells["tp"] + cells["fn"]),
        "cost": fn_factor * missed + fp_factor * alarms,
    }


def summed(result: TrialResult, cut: float, rows: Any, cost: Any) -> float:
    """Add up a cost, rounded where neighbouring cuts would tell a single row's."""
    weight = np.ones(rows.size) if result.weight is None else result.weight
    total = float((weight * cost)[rows].sum())
    if result.costs is None or not result.costs.per_row or cut == result.rule_cut:
        return total
    idle = float((weight * result.costs.fn)[result.target == 1].sum())
    step = 10.0 ** (math.floor(math.log10(idle)) - 2)
    return round(total / step) * step


def close(cells: dict[str, float]) -> Any:
    return pytest.approx(cells, rel=1e-6, abs=1e-9, nan_ok=True)


def test_page_opens_at_the_chosen_rule(opened: Page, result: TrialResult) -> None:
    truth = expected(result, result.rule_cut)
    assert shown(opened) == close(truth)
    assert words(opened)["tp"] == plain(truth["tp"])
    assert words(opened)["recall"] == f"{plain(100 * truth['recall'])}\u202f%"
    assert opened.locator("[data-part=controls]").is_visible()
    assert opened.locator("[data-part=back]").is_disabled()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.6, 0.9, 1.0])
def test_slider_shows_what_the_cut_does(opened: Page, result: TrialResult, share: float) -> None:
    cuts = table(opened)["cut"]
    at = round(share * (len(cuts) - 1))
    move(opened, "cut", at)
    assert shown(opened) == close(expected(result, cuts[at]))
    opened.locator("[data-part=back]").click()
    assert shown(opened) == close(expected(result, result.rule_cut))


def test_slider_answers_the_keyboard(opened: Page, result: TrialResult) -> None:
    data = table(opened)
    slider = opened.get_by_label(re.compile("^Cut"))
    slider.focus()
    for _ in range(3):
        opened.keyboard.press("ArrowRight")
    assert shown(opened) == close(expected(result, data["cut"][data["chosen"] + 3]))
    assert "alerts per 10,000 rows" in (slider.get_attribute("aria-valuetext") or "")


def test_cost_boxes_recompute_the_cost(opened: Page, result: TrialResult) -> None:
    opened.get_by_label(re.compile("^Missed positive")).fill("2.5")
    opened.get_by_label(re.compile("^False alarm")).fill("0.4")
    assert shown(opened) == close(expected(result, result.rule_cut, 2.5, 0.4))
    opened.locator("[data-part=cheapest]").click()
    at = int(opened.locator("[data-part=cut]").input_value())
    cuts = table(opened)["cut"]
    costs = [expected(result, cut, 2.5, 0.4)["cost"] for cut in cuts]
    assert costs[at] == pytest.approx(min(costs))


@pytest.mark.parametrize("wrong", ["-1", "", "1e999"])
def test_wrong_cost_is_refused_and_the_last_one_stays(opened: Page, result: TrialResult, wrong: str) -> None:
    box = opened.get_by_label(re.compile("^Missed positive"))
    box.fill("3")
    box.fill(wrong)
    assert opened.get_by_role("alert").is_visible()
    assert box.get_attribute("aria-invalid") == "true"
    assert shown(opened) == close(expected(result, result.rule_cut, 3.0))


@pytest.mark.parametrize("shift", [-150, 80])
def test_prevalence_reweighs_the_classes(opened: Page, result: TrialResult, shift: int) -> None:
    move(opened, "prevalence", shift)
    odds = result.prevalence / (1 - result.prevalence) * 10 ** (shift / 100)
    truth = expected(result, result.rule_cut, prevalence=odds / (1 + odds))
    assert shown(opened) == close(truth)
    assert truth["recall"] == pytest.approx(expected(result, result.rule_cut)["recall"])


@pytest.mark.parametrize("costs", ["fixed", "none"])
def test_other_kinds_of_cost(
    context: BrowserContext, tmp_path: Path, make_result: Callable[..., TrialResult], costs: str
) -> None:
    result = make_result(costs=costs, winner="focal:gamma=2")
    write(result, tmp_path / "report.html")
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    assert shown(page) == close(expected(result, result.rule_cut))
    box = page.get_by_label("Cost of a missed positive")
    first = float(box.input_value())
    assert first == (120.0 if costs == "fixed" else 1.0)
    box.fill(str(4 * first))
    assert shown(page) == close(expected(result, result.rule_cut, 4.0))


def test_with_entities_the_slider_shows_episodes(
    context: BrowserContext, tmp_path: Path, make_result: Callable[..., TrialResult]
) -> None:
    result = make_result(costs="fixed", n_rows=4000, n_positive=120)
    rng = np.random.default_rng(0)
    episodes = Episodes(rng.integers(0, 90, 4000), rng.permutation(4000).astype(float))
    found = {name: Estimate(0.5, 0.4, 0.6) for name in ("entities_caught", "alerts_per_entity")}
    arms = tuple(replace(arm, estimates=arm.estimates | found) for arm in result.arms)
    result = replace(result, arms=arms, episodes=episodes, weight=None)
    write(result, tmp_path / "report.html")
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    cuts, scores = table(page)["cut"], result.costs.score(result.winner.log_odds[0])
    assert not page.locator("[data-part=prevalence]").is_visible()
    page.get_by_label("Cost of a missed positive").fill(str(3 * result.costs.fn))
    for at in (0, len(cuts) // 2, len(cuts) - 2):
        move(page, "cut", at)
        positive, flagged = result.target == 1, scores > cuts[at]
        counts = ~episodes.after_catch(positive, flagged)
        caught, has = (set(episodes.entity[rows]) for rows in (positive & flagged, positive))
        told, missed = shown(page), (counts & positive & ~flagged).sum()
        alarms = (counts & ~positive & flagged).sum()
        assert told["recall"] == pytest.approx(len(caught) / len(has))
        assert told["alerts"] == pytest.approx((counts & flagged).sum() / 90)
        assert told["tn"] == pytest.approx(2.5 * (counts & ~positive & ~flagged).sum())
        assert told["cost"] == pytest.approx(2.5 * (3 * 120.0 * missed + 5.0 * alarms))


@pytest.mark.parametrize("costs", ["per row", "fixed"])
def test_the_command_shown_with_reviews_flags_and_reviews_the_rows_shown(
    context: BrowserContext, tmp_path: Path, make_result: Callable[..., TrialResult], costs: str
) -> None:
    result, price = make_result(costs=costs), 3.0
    nothing = Interval(0.0, 0.0, 0.0, 0.0, 2.0, 0.0)
    result = replace(result, rule_cut=0.0, reviews=Reviews(price, 0.0, 0.0, 1.0, 1.0, nothing))
    write(result, tmp_path / "report.html")
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    place, cuts = page.locator("[data-part=command]"), table(page)["cut"]
    repeat, row = np.nonzero(~np.isnan(result.winner.log_odds))
    log_odds, positive, weight = (
        result.winner.log_odds[repeat, row],
        result.target[row] == 1,
        result.weight[row],
    )
    taken = result.costs.take(row) if costs == "per row" else None
    for share in (0.1, 0.5, 0.9):
        move(page, "cut", round(share * (len(cuts) - 1)))
        words = shlex.split(place.text_content() or "")
        assert words[5:7] == ["--review", "3"]
        rule = given(None, words[4], None, float(words[8]), RuleChoice.of(review=words[6]))
        flagged, looked = rule.flag(log_odds, taken), rule.reviewed(log_odds, taken)
        assert looked.any()
        rows = {
            "tp": flagged & positive,
            "fp": flagged & ~positive,
            "rp": looked & positive,
            "rn": looked & ~positive,
            "fn": ~(flagged | looked) & positive,
        }
        sums = {name: 1e4 * np.average(of, weights=weight) for name, of in rows.items()}
        found = {
            name: float(page.locator(f"[data-part={name}]").get_attribute("data-value") or "nan")
            for name in (*rows, "cost")
        }
        spent = result.costs.take(row).with_reviews(looked, price).of_rows(positive, flagged)
        assert {name: found[name] for name in rows} == close(sums)
        # sums of costs by row are rounded
        assert found["cost"] == pytest.approx(1e4 * np.average(spent, weights=weight), rel=1e-2)
    assert not page.locator("#fn-box").is_visible()
    top = float((page.locator("[data-part=top-cost]").text_content() or "").replace(",", ""))
    assert top > found["cost"]


@pytest.mark.parametrize("costs", ["per row", "fixed", "none"])
@pytest.mark.parametrize("box", [None, "31"])
def test_the_command_shown_flags_the_rows_shown(
    context: BrowserContext,
    tmp_path: Path,
    make_result: Callable[..., TrialResult],
    costs: str,
    box: str | None,
) -> None:
    result = make_result(costs=costs)
    write(result, tmp_path / "report.html")
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    place = page.locator("[data-part=command]")
    drawn = re.search(r'data-part="command">(.*?)</code>', (tmp_path / "report.html").read_text("utf-8"))
    assert html.unescape(drawn[1]) == place.text_content()
    cuts = table(page)["cut"]
    if box:
        page.get_by_role("spinbutton", name=re.compile("false alarm", re.IGNORECASE)).fill(box)
    for share in (0.1, 0.5, 0.8):
        at = round(share * (len(cuts) - 1))
        move(page, "cut", at)
        words = shlex.split(place.text_content() or "")
        assert (words[:3], words[-2:]) == (["scarce", "threshold", "model.scarce"], ["--out", "new.scarce"])
        asked = {
            name.removeprefix("--"): word for name, word in zip(words[3:-2:2], words[4:-2:2], strict=True)
        }
        cut, factor = (float(asked[name]) if name in asked else None for name in ("cut", "factor"))
        rule = given(None, asked.get("cost"), cut, factor, None)
        log_odds = result.winner.log_odds[0]
        taken = result.costs if costs == "per row" else None
        scores = log_odds if result.costs is None else result.costs.score(log_odds)
        np.testing.assert_array_equal(rule.flag(log_odds, taken), scores > cuts[at])
        assert ("fp=31" in (place.text_content() or "")) == (box == "31" and costs == "fixed")


def test_policy_stops_code_that_is_not_ours(context: BrowserContext, uri: str) -> None:
    page = context.new_page()
    page.goto(uri)
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = true'>");
        }"""
    )
    assert page.evaluate("window.ran") is None
    assert page.evaluate("fetch('data:text/plain,x').then(() => 'sent', () => 'stopped')") == "stopped"


def test_without_javascript_everything_can_be_read(browser: Browser, uri: str, result: TrialResult) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(uri)
    assert page.locator("[data-part=controls]").is_hidden()
    assert page.get_by_text("The prevalence slider").is_hidden()
    truth = expected(result, result.rule_cut)
    for name, text in words(page).items():
        share = name in ("precision", "recall")
        assert text == (f"{plain(100 * truth[name])}\u202f%" if share else plain(truth[name]))
    for section in page.locator("section").all():
        assert section.is_visible()
    for fold in page.locator("section > details").all():
        if fold.get_attribute("open") is None:
            fold.locator("> summary").click()
    assert page.locator("svg:visible").count() > 15
    assert page.locator("#scores th[scope=col]:visible").count() == 1 + len(result.metrics)
    assert page.locator("#columns").is_hidden()
    context.close()


def open_all(page: Page) -> None:
    page.get_by_role("button", name="Open all sections").click()
    assert page.locator("main > section > details:not([open])").count() == 0


def test_first_screen_says_what_a_manager_asks(context: BrowserContext, uri: str) -> None:
    """What it is worth, warnings, what the decisions do, the rule, and what helped, without scrolling."""
    page = context.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(uri)
    for part in (
        "h1",
        ".flags",
        "#verdict figure >> nth=0",
        ".decision",
        "#verdict h2",
        "#verdict .wide >> nth=1",
    ):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, part


def test_a_link_to_a_folded_section_opens_it(context: BrowserContext, uri: str) -> None:
    page = context.new_page()
    page.goto(f"{uri}#reliability")
    assert page.locator("#reliability figure").first.is_visible()
    assert page.locator("#capacity figure").is_hidden()


def test_boxes_choose_the_columns_of_the_scores(
    context: BrowserContext, uri: str, result: TrialResult
) -> None:
    page = context.new_page()
    page.goto(f"{uri}#scores")
    heads = page.locator("#scores thead th")
    assert [head.is_visible() for head in heads.all()] == [True] * 6 + [False] * (len(result.metrics) - 5)
    page.locator("#columns").get_by_label("MCC").check()
    page.locator("#columns").get_by_label("Brier score").uncheck()
    shown = [head.inner_text() for head in heads.all() if head.is_visible()]
    assert any("MCC" in text for text in shown)
    assert not any("Brier" in text for text in shown)
    first = page.locator("#scores tbody tr").first.locator("th:visible, td:visible")
    assert first.count() == len(shown)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_no_violation(browser: Browser, uri: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    page.goto(uri)
    open_all(page)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_a_table_too_wide_for_a_phone_shows_that_it_scrolls(context: BrowserContext, uri: str) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(uri)
    open_all(page)
    for box in page.locator(".scroll").all():
        wider = box.evaluate("e => e.scrollWidth > e.clientWidth + 1")
        assert not wider or "linear-gradient" in box.evaluate("e => getComputedStyle(e).backgroundImage")
    outside = (
        "[...document.querySelectorAll('table')].filter(t => !t.closest('.scroll')).map(t => t.scrollWidth)"
    )
    assert max(page.evaluate(outside)) <= 390


@pytest.mark.parametrize("width", [320, 390, 700, 1100])
def test_fits_every_width_and_no_label_covers_another(context: BrowserContext, uri: str, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(uri)
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERLAPS) == []


def test_the_search_for_covered_labels_can_find_one(context: BrowserContext, uri: str) -> None:
    page = context.new_page()
    page.goto(uri)
    open_all(page)
    page.evaluate(
        """() => {
            const label = document.querySelector("#cost .wide text");
            label.parentNode.append(label.cloneNode(true));
        }"""
    )
    assert len(page.evaluate(OVERLAPS)) == 1


def test_dark_scheme_is_dark(browser: Browser, uri: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(uri)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", ground)) < 64
    context.close()


def test_prints_as_vectors(context: BrowserContext, uri: str) -> None:
    page = context.new_page()
    page.goto(uri)
    page.emulate_media(media="print")
    assert page.locator(".controls").is_hidden()
    assert page.locator("#verdict .wide").first.is_visible()
    short = page.pdf(format="A4")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    whole = page.pdf(format="A4")
    for printed in (short, whole):
        assert printed.startswith(b"%PDF")
        assert b"/Subtype /Image" not in printed
    assert pages(short) <= 6 < pages(whole)


def pages(printed: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", printed))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_notebook_the_style_holds_inside_alone(
    browser: Browser, result: TrialResult, scheme: str
) -> None:
    opened = browser.new_page(color_scheme=scheme, viewport={"width": 900, "height": 900})
    outside = "<p id=outside class=note>around</p><svg><line id=line class=accent-whisker /></svg>"
    opened.set_content(f"<!doctype html>{outside}<div>{notebook.render(result)}</div>")
    style = "(e, name) => getComputedStyle(e)[name]"
    bad = opened.locator(".scarce-trial svg .worse-dot").first.evaluate(style, "fill")
    assert bad == {"light": "rgb(163, 52, 28)", "dark": "rgb(240, 145, 124)"}[scheme]
    ink, paper = (opened.locator(".scarce-trial").evaluate(style, n) for n in ("color", "backgroundColor"))
    assert opened.locator(".scarce-trial td").first.evaluate(style, "color") == ink != paper
    assert opened.locator("#outside").evaluate(style, "color") == "rgb(0, 0, 0)"
    assert opened.locator("#line").evaluate(style, "stroke") == "none"
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert opened.evaluate(OVERLAPS) == []
    opened.close()
