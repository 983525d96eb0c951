"""The figure of gamma over the epochs: every line is there, where it belongs, and no name covers another."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from tests.report.test_browser import NAMES, OFFLINE, OVERLAPS
from tests.report.test_focal_map import texts

from scarce.report.figures.frame import NARROW, WIDE
from scarce.report.figures.gamma_over_epochs import gamma_over_epochs
from scarce.report.standalone import standalone

if TYPE_CHECKING:
    from pathlib import Path

TRIED = (0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 1.0, 1.0, 0.0)


def validated(**changed: Any) -> list[dict[str, Any]]:
    return [
        {
            "epoch": epoch,
            "gamma": gamma,
            "power": gamma / 2.0,
            "validation_loss": 1.0 / (2.0 + epoch),
            "centre": 0.5 * (epoch > 4),
            "power_centre": 0.0,
            **changed,
        }
        for epoch, gamma in enumerate(TRIED)
    ]


def of_bins(bins: int, epochs: int = 4) -> list[dict[str, Any]]:
    unknown = {"power": None, "validation_loss": None}
    return [
        {"epoch": n, "gamma": [1.0 - 0.2 * n * k / bins for k in range(bins)], **unknown}
        for n in range(epochs)
    ]


HISTORIES = {
    "validated": validated(),
    "unweighted": validated(power=None, power_centre=None),
    "bins": of_bins(15),
    "one bin": of_bins(1),
    "one gamma": [{"epoch": n, "gamma": 1.0 / (1 + n)} for n in range(100)],
    "one epoch": validated()[:1],
    "negative": [{"epoch": n, "gamma": [-0.2 * n, 0.2]} for n in range(3)],
}
each = pytest.mark.parametrize("name", HISTORIES)
both = pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])


def paths(picture: str) -> list[tuple[str, list[list[float]]]]:
    root = ET.fromstring(picture)
    found = [one for one in root.iter() if one.tag.endswith("path")]
    return [
        (
            one.get("class") or "",
            [[*map(float, point.split())] for point in re.split("[ML]", one.get("d") or "")[1:]],
        )
        for one in found
    ]


@each
@both
def test_every_history_is_drawn(name: str, width: float) -> None:
    picture = str(gamma_over_epochs(HISTORIES[name], width, "f"))
    assert "nan" not in picture
    shown = texts(picture)
    assert "gamma" in shown
    assert "epochs trained" in shown
    assert ("power of the class weights" in shown) == (HISTORIES[name][0].get("power") is not None)
    assert ("validation loss" in shown) == (HISTORIES[name][0].get("validation_loss") is not None)


def test_gamma_holds_through_its_epoch_and_the_loss_comes_after_it() -> None:
    drawn = paths(str(gamma_over_epochs(validated(), WIDE, "f")))
    assert [style for style, _ in drawn] == [
        "muted-line",
        "accent-line",
        "muted-line",
        "accent-line",
        "ink-line",
    ]
    tried, centre, _, _, loss = (points for _, points in drawn)
    across = [x for x, _ in tried[::2]]
    assert [x for x, _ in tried[1::2]][:-1] == across[1:]
    heights = [y for _, y in tried[::2]]
    assert sorted(range(9), key=lambda n: -heights[n]) == sorted(range(9), key=lambda n: TRIED[n])
    assert [x for x, _ in loss][:-1] == across[1:]
    assert [y for _, y in loss] == sorted(y for _, y in loss)  # it falls
    assert centre[0][1] > centre[-1][1]


def test_the_bins_are_named_at_their_ends_and_darken() -> None:
    picture = str(gamma_over_epochs(of_bins(15), WIDE, "f"))
    styles = [style for style, _ in paths(picture)]
    assert len(styles) == 15
    assert styles == sorted(styles)
    assert {"least confident", "most confident"} <= set(texts(picture))
    assert "below 0" in str(gamma_over_epochs(HISTORIES["negative"], WIDE, "f"))


def test_it_is_described_for_those_who_do_not_see_it() -> None:
    root = ET.fromstring(str(gamma_over_epochs(validated(), WIDE, "f")))
    description = next(one for one in root if one.tag.endswith("desc")).text or ""
    assert description.startswith("9 epochs. Gamma is 0 in the first and 0 in the last.")
    assert "from 0.5 to 0.1." in description


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_no_label_covers_another(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on the PATH")
    drawn = [
        str(gamma_over_epochs(history, width, f"f{n}-{width:g}"))
        for n, history in enumerate(HISTORIES.values())
        for width in (WIDE, NARROW)
    ]
    page = tmp_path / "page.html"
    page.write_text("<style>svg text { font: 12px sans-serif }</style>" + "".join(drawn), encoding="utf-8")
    alone = tmp_path / "alone.svg"
    alone.write_text(standalone(gamma_over_epochs(validated(), WIDE, "f")), encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=OFFLINE)
        opened = chromium.new_page(viewport={"width": 760, "height": 900})
        opened.goto(page.as_uri())
        assert opened.locator("svg").count() == len(drawn)
        assert opened.evaluate(OVERLAPS) == []
        opened.goto(alone.as_uri())
        assert opened.evaluate("document.documentElement.tagName") == "svg"
        chromium.close()
