"""Make the README's picture of a report: the top of the page, as headless Chromium draws it.

python docs/make_pictures.py REPORT.html docs/report.png [--dark] [--section precision-recall]
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OFFLINE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def main() -> None:
    """Read the command line and take the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--section", help="id of one section; without it the top of the page")
    parser.add_argument("--width", type=int, default=1000)
    parser.add_argument("--height", type=int, default=1250, help="of the top of the page")
    chosen = parser.parse_args()
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        parser.error("no Chromium found on the PATH")
    take(browser, chosen)


def take(browser: str, chosen: argparse.Namespace) -> None:
    """Open the report and write the picture."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(OFFLINE))
        page = chromium.new_page(
            viewport={"width": chosen.width, "height": chosen.height},
            color_scheme="dark" if chosen.dark else "light",
            device_scale_factor=2,
        )
        page.goto(chosen.report.resolve().as_uri())
        target = page.locator(f"#{chosen.section}") if chosen.section else page
        target.screenshot(path=chosen.picture)
        chromium.close()


if __name__ == "__main__":
    main()
