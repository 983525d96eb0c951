"""Texts that mean something to a terminal or a browser, and what must hold of whatever shows them."""

from __future__ import annotations

from html.parser import HTMLParser

PAYLOADS = {
    "colour": "\x1b[31mred\x1b[0m",
    "clear the screen": "\x1b[2J\x1b[1;1H",
    "window title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\",
    "one-byte escape": "\x9b31mred",
    "bell": "a\x07b",
    "backspace": "fraud\x08\x08\x08\x08\x08fine",
    "overprint": "fraud\rfine!",
    "forged line": "x\nerror[E999]: forged",
    "vertical tab and form feed": "a\x0bb\x0cc",
    "tab": "a\tb",
    "null": "a\x00b",
    "delete": "a\x7fb",
    "bidirectional override": "\u202egpj.exe",
    "bidirectional isolates": "\u2066a\u2067b\u2068c\u2069",
    "direction marks": "a\u200eb\u200fc\u061cd",
    "no width": "fr\u200baud\u200c\u200d\u2060\ufeff",
    "fillers": "a\u115f\u1160\u3164\uffa0\u2800b",
    "selectors": "a\ufe0fb\U000e0100c\u180b\u034f",
    "tags": "a\U000e0041\U000e007f",
    "line separators": "a\u2028b\u2029c\x85d",
    "accents": "a" + "\u0301\u0489" * 60,
    "odd blanks": "a\u00a0b\u2003c\u3000d",
    "private use": "a\ue000\U0010fffdb",
    "script": "</script><script>alert(1)</script>",
    "comment": "<!--<script>",
    "picture": '"><img src=x onerror=alert(1)>',
    "drawing": "<svg onload=alert(1)><title>",
    "style": "</style><style>*{display:none}",
    "end of a title": "</title></desc></svg><b>",
    "entity": "&lt;b&gt;&#x202e;&amp",
    "template": "{{7*7}}{% include 'x' %}${7*7}",
    "attribute": "' onmouseover='alert(1)",
    "rich markup": "[red]x[/red][link=http://evil.test]y[/link]",
    "braces": "{0}{source}{}",
    "percent": "%s%n%(x)s",
}
OWN_SPACE = "\u202f"
"""The narrow space before a unit, which the report writes itself."""


def unseen(text: str) -> list[str]:
    """Return the characters of an output that are none a reader sees, the ends of its lines aside."""
    hidden = "\u115f\u1160\u3164\uffa0\u2800\ufe0f\U000e0100\u180b\u034f"
    return [c for c in text if c not in ("\n", OWN_SPACE) and (not c.isprintable() or c in hidden)]


def is_flooded(text: str) -> bool:
    """Return whether more accents stand on one letter than any script needs."""
    return "\u0301\u0489" * 3 in text


class Page(HTMLParser):
    """The tags of a page, the names of their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[tuple[str, str]] = set()
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)
