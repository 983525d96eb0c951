"""The map's picture, page and text hold the numbers that it was given, and no label covers another."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.report.test_browser import NAMES, OFFLINE, OVERLAPS

from scarce.evaluation.estimate import Estimate
from scarce.report import focal_map as drawing
from scarce.report.figures.focal_map import focal_map
from scarce.report.figures.frame import NARROW, WIDE
from scarce.report.scales import times
from scarce.trial.focal_map import GAMMAS, POWERS, Cell, FocalMapResult, Stages
from scarce.trial.result import Difference
from scarce.trial.wording import plain
from scarce.tuning.curves import Shares

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = ("better", "worse", "equivalent", "undecided")


def difference(outcome: str) -> Difference:
    return Difference("arm", "average_precision", 0.01, -0.012, 0.032, outcome, 0.01, 100)


def made_up(seed: int = 0) -> FocalMapResult:
    rng = np.random.default_rng(seed)
    cells = []
    for power in POWERS:
        for gamma in GAMMAS:
            value, recall = rng.uniform(0.5, 0.9, 2)
            given = None if not cells else difference(OUTCOMES[len(cells) % 4])
            weight = 577.4**power
            cells.append(
                Cell(
                    gamma=gamma,
                    power=power,
                    weight=weight,
                    alpha=weight / (1.0 + weight),
                    method="control" if not cells else f"focal:gamma={gamma:g}",
                    average_precision=Estimate(value, value - 0.05, value + 0.04),
                    recall=Estimate(recall, recall - 0.05, recall + 0.04),
                    difference=given,
                    log_loss=Stages(*rng.uniform(0.001, 0.4, 3) ** 2),
                    ratio=Stages(*rng.uniform(0.3, 90.0, 3)),
                    at_plain=Shares(*rng.uniform(0.0, 1.0, 2)),
                    at_own=Shares(*rng.uniform(0.0, 1e-3, 2)),
                )
            )
    return FocalMapResult("pay<ments>.csv", "lightgbm", 284_807, 492, 5, 0.00173, 0.00173, 0.93, tuple(cells))


def texts(picture: str) -> list[str]:
    return ["".join(one.itertext()) for one in ET.fromstring(picture).iter() if one.tag.endswith("text")]


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_picture_holds_every_number_of_the_map(width: float) -> None:
    found = made_up()
    shown = texts(str(focal_map(found, width, "f")))
    for cell in found.cells:
        assert sum(text.startswith(f"{cell.average_precision.value:.3f}") for text in shown) >= 1
        assert f"{cell.recall.value:.3f}" in shown
        for stage in ("raw", "recovered", "calibrated"):
            assert plain(1000.0 * getattr(cell.log_loss, stage)) in shown
            assert times(getattr(cell.ratio, stage)) in shown
    assert sum("▲" in text for text in shown) == sum(cell.outcome == "better" for cell in found.cells) > 0
    assert sum("▼" in text for text in shown) == sum(cell.outcome == "worse" for cell in found.cells) > 0


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_picture_names_its_axes_and_itself(width: float) -> None:
    picture = str(focal_map(made_up(), width, "f"))
    shown = texts(picture)
    assert shown.count("p: probability that the model gives the example's own class") == 2
    assert shown.count("γ 0") == 2 + 4 + 6  # curves, tables of two lines, tables of one
    assert shown.count("α 0.998") == 4
    root = ET.fromstring(picture)
    title, description = (next(one for one in root if one.tag.endswith(tag)) for tag in ("title", "desc"))
    assert title.text == "Gamma and the weight of positives on pay<ments>.csv"
    assert "492 positives in 284,807 rows" in (description.text or "")


def test_the_file_has_its_colours_for_light_and_dark_in_it() -> None:
    style = re.search(r"<style>(.*?)</style>", drawing.svg(made_up()), re.DOTALL)
    assert style is not None
    assert "var(" not in style[1]
    light, dark = style[1].split("@media (prefers-color-scheme: dark)")
    assert ".good-shade { fill: #0b5cad; }" in light
    assert ".good-shade { fill: #7ab5f2; }" in dark
    assert ".person" not in light
    ET.fromstring(drawing.svg(made_up()))


def test_page_and_text_say_what_the_picture_says() -> None:
    found = made_up()
    page, text = drawing.page(found), drawing.as_text(found)
    for cell in found.cells:
        for said in (page, text):
            assert f"{cell.average_precision.value:.3f}" in said
            assert cell.outcome in said
            assert times(cell.ratio.raw) in said
    assert "<ments>" not in page
    assert "<script" not in page
    assert page.count("<tr") == 1 + len(found.cells)
    assert max(map(len, text.splitlines())) <= 100


def test_equal_maps_give_equal_files_and_others_do_not(tmp_path: Path) -> None:
    paths = drawing.write(made_up(), tmp_path)
    first = [path.read_bytes() for path in paths]
    assert [path.name for path in paths] == ["map.svg", "map.html"]
    assert [path.read_bytes() for path in drawing.write(made_up(), tmp_path)] == first
    assert [path.read_bytes() for path in drawing.write(made_up(1), tmp_path)] != first


def test_figures_that_the_rows_do_not_define_are_dashes() -> None:
    found, none = made_up(), float("nan")
    first = replace(
        found.cells[0],
        average_precision=Estimate(none, none, none),
        at_own=Shares(none, none),
        ratio=Stages(0.0, 1.0, 1.0),
    )
    picture = str(focal_map(replace(found, cells=(first, *found.cells[1:])), WIDE, "f"))
    assert "–" in texts(picture)
    assert "nan" not in picture


def test_a_deeper_shade_is_a_larger_value() -> None:
    root = ET.fromstring(str(focal_map(made_up(), WIDE, "f")))
    shades = [one.get("class") or "" for one in root.iter() if one.tag.endswith("rect")]
    good = [int(shade[-1]) for shade in shades if shade.startswith("good-shade")][: len(made_up().cells)]
    values = [cell.average_precision.value for cell in made_up().cells]
    assert len(set(good)) > 2
    assert all(
        (a - b) * (x - y) >= 0
        for a, x in zip(good, values, strict=True)
        for b, y in zip(good, values, strict=True)
    )


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 700, 1440])
def test_fits_every_width_and_no_label_covers_another(tmp_path: Path, width: int) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on the PATH")
    _, page = drawing.write(made_up(), tmp_path)
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=OFFLINE)
        opened = chromium.new_page(viewport={"width": width, "height": 900})
        complaints: list[str] = []
        opened.on("console", lambda message: complaints.append(message.text))
        opened.goto(page.as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.evaluate(OVERLAPS) == []
        assert opened.locator("svg:visible").count() == 1
        opened.locator("summary").click()
        assert opened.locator("table").is_visible()
        chromium.close()
    assert complaints == []
