"""Write docs/errors.md from the pages of the codes inside the package.

python docs/make_errors.py
"""

from __future__ import annotations

from pathlib import Path

from scarce.errors import explained

PAGE = Path(__file__).parent / "errors.md"
HEAD = """# Codes of errors, warnings and findings

Every error, warning and finding has a code. `scarce explain E134` prints what stands here under it, and
`scarce explain` alone every code with its meaning. Codes stay as they are; the wording may change. This page
is made of the package's own pages by `python docs/make_errors.py`.
"""


def text() -> str:
    """Return the page: the codes under the headings of their ranges."""
    parts = [HEAD]
    for title, codes in explained.by_range().items():
        parts.append(f"## {title}\n")
        parts.extend(f"##{explained.page(code)}" for code in codes)
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
