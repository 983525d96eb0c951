"""A figure as a file of its own: SVG with the report's colours, for light and dark, written into it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scarce.report import page as report_page

if TYPE_CHECKING:
    from markupsafe import Markup

_RULE = re.compile(r"^(\.[\w.-]+|svg text) \{ (.*) \}$", re.MULTILINE)
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_MARGIN = 20
_COLOUR = re.compile(r"--([\w-]+): ([^;]+);")


def standalone(figure: Markup) -> str:
    """Return a figure that needs no style sheet and no network.

    Parameters
    ----------
    figure : Markup
        As drawn for a page.
    """
    drawn = str(figure)
    box = _BOX.search(drawn)
    assert box is not None
    width, height = (float(size) + 2 * _MARGIN for size in box.groups())
    place = f'x="-{_MARGIN}" y="-{_MARGIN}" width="{width:g}" height="{height:g}"'
    ground = f'<style>{_own_style(drawn)}</style><rect class="paper" {place}/>'
    drawn = drawn.replace(box[0], f'viewBox="-{_MARGIN} -{_MARGIN} {width:g} {height:g}"', 1)
    return drawn.replace("</desc>", f"</desc>{ground}", 1) + "\n"


def _own_style(drawn: str) -> str:
    """Return the rules of the report's style sheet that a picture needs, its colours put in."""
    sheet = report_page.asset("report.css")
    light, dark = (dict(_COLOUR.findall(part)) for part in sheet.split(":root {")[1:3])
    used = {name for names in re.findall(r'class="([^"]*)"', drawn) for name in names.split()} | {"paper"}
    rules = [
        (selector, body)
        for selector, body in _RULE.findall(sheet)
        if selector == "svg text" or used.issuperset(selector[1:].split("."))
    ]
    coloured = [(selector, body) for selector, body in rules if "var(" in body]
    dark_too = _with_colours(coloured, light | dark)
    return f"{_with_colours(rules, light)}@media (prefers-color-scheme: dark) {{{dark_too}}}"


def _with_colours(rules: list[tuple[str, str]], colours: dict[str, str]) -> str:
    text = "".join(f"{selector} {{ {body} }}" for selector, body in rules)
    return re.sub(r"var\(--([\w-]+)\)", lambda found: colours[found[1]], text)
