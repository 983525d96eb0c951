"""A small canvas that writes SVG: escaped text, rounded numbers, colours left to the page's style sheet.

Nothing here knows what is drawn. Colours are classes, never attributes, so that one drawing serves light,
dark and print; coordinates are rounded to a tenth of a pixel, so that equal numbers give equal bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

_AVERAGE_GLYPH = 0.56  # of the font size; measured on Liberation Sans and a little generous


def number(value: float) -> str:
    """Return a coordinate rounded to a tenth of a pixel, without trailing zeros.

    Examples
    --------
    >>> number(12.04), number(12.05001), number(-0.01)
    ('12', '12.1', '0')
    """
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def text_width(text: str, size: float = 12.0) -> float:
    """Return about how many pixels a text takes, for laying out labels that do not overlap."""
    return _AVERAGE_GLYPH * size * len(text)


class Canvas:
    """One SVG picture with a title and a description for those who do not see it.

    Parameters
    ----------
    width, height : float
        Size of the view box in pixels; the page scales the picture to its column.
    uid : str
        Identifier, unique on the page, from which the ids of title and description are made.
    title, description : str
        What a screen reader says.

    Examples
    --------
    >>> canvas = Canvas(100, 50, "demo", "A line", "It rises.")
    >>> canvas.line(0, 50, 100, 0, "accent")
    >>> "<line" in canvas.render()
    True
    """

    def __init__(self, width: float, height: float, uid: str, title: str, description: str) -> None:
        self.width = width
        self.height = height
        self.uid = uid
        self._title = title
        self._description = description
        self._parts: list[str] = []

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """Draw a straight line."""
        ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self._parts.append(f'<line class="{escape(style)}" {ends}/>')

    def path(self, points: Iterable[tuple[float, float]], style: str, name: str = "") -> None:
        """Draw a line through the points; with a name the page's script can redraw it."""
        named = f' data-part="{escape(name)}"' if name else ""
        self._parts.append(f'<path class="{escape(style)}"{named} d="{outline(points)}"/>')

    def area(self, points: Iterable[tuple[float, float]], style: str) -> None:
        """Fill the polygon through the points."""
        self._parts.append(f'<path class="{escape(style)}" d="{outline(points)}Z"/>')

    def rect(self, x: float, y: float, width: float, height: float, style: str, radius: float = 0) -> None:
        """Fill a rectangle."""
        size = f'width="{number(max(width, 0))}" height="{number(max(height, 0))}"'
        corner = f' rx="{number(radius)}"' if radius else ""
        self._parts.append(f'<rect class="{escape(style)}" x="{number(x)}" y="{number(y)}" {size}{corner}/>')

    def circle(self, x: float, y: float, radius: float, style: str, name: str = "") -> None:
        """Draw a dot; with a name the page's script can move it."""
        named = f' data-part="{escape(name)}"' if name else ""
        centre = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
        self._parts.append(f'<circle class="{escape(style)}"{named} {centre}/>')

    def hidden_circle(self, radius: float, style: str, name: str) -> None:
        """Keep a dot out of sight that the page's script can move and show."""
        place = f'data-part="{escape(name)}" visibility="hidden"'
        self._parts.append(f'<circle class="{escape(style)}" {place} cx="0" cy="0" r="{number(radius)}"/>')

    def text(self, x: float, y: float, text: str, style: str, anchor: str = "start", name: str = "") -> None:
        """Write a text whose baseline starts, centres or ends at the point."""
        named = f' data-part="{escape(name)}"' if name else ""
        place = f'x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"'
        self._parts.append(f'<text class="{escape(style)}"{named} {place}>{_shown(text)}</text>')

    def upright(self, x: float, y: float, text: str, style: str) -> None:
        """Write a text turned by a quarter, read from below, centred on the point."""
        turn = f"translate({number(x)} {number(y)}) rotate(-90)"
        self._parts.append(
            f'<text class="{escape(style)}" transform="{turn}" text-anchor="middle">{_shown(text)}</text>'
        )

    def cursor(self, x: float, y1: float, y2: float, style: str, name: str) -> None:
        """Draw an upright line that the page's script can move sideways."""
        ends = f'x1="0" y1="{number(y1)}" x2="0" y2="{number(y2)}"'
        place = f'data-part="{escape(name)}" transform="translate({number(x)} 0)"'
        self._parts.append(f'<line class="{escape(style)}" {place} {ends}/>')

    def render(self) -> Markup:
        """Return the finished picture, safe to place in a page."""
        uid = escape(self.uid)
        box = f"0 0 {number(self.width)} {number(self.height)}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" '
            f'aria-labelledby="{uid}-title {uid}-desc">'
            f'<title id="{uid}-title">{_shown(self._title)}</title>'
            f'<desc id="{uid}-desc">{_shown(self._description)}</desc>'
        )
        # All text and attributes were escaped above, so the whole is safe markup.
        return Markup(head + "".join(self._parts) + "</svg>")


def _shown(text: str) -> Markup:
    """Return text that may quote the data, safe to place in a picture and to look at."""
    return escape(visible(text))


def outline(points: Iterable[tuple[float, float]]) -> str:
    """Return the path data through the points.

    Examples
    --------
    >>> outline([(0, 0), (10, 5.25), (20, 0)])
    'M0 0L10 5.2L20 0'
    """
    steps = [f"{number(x)} {number(y)}" for x, y in points]
    return "M" + "L".join(steps) if steps else ""
