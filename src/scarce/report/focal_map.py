"""A map as a picture, a page and a table: the same numbers in each."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from scarce.bundle import whole_files
from scarce.report import page as report_page
from scarce.report.figures.focal_map import focal_map, share
from scarce.report.figures.frame import WIDE
from scarce.report.picture import Picture
from scarce.report.scales import THIN, percent, times
from scarce.report.standalone import standalone
from scarce.report.tables import Cell as Shown
from scarce.report.tables import Row, Table
from scarce.trial.wording import plain

if TYPE_CHECKING:
    import os

    from scarce.trial.focal_map import Cell, FocalMapResult

_NO_MORE = "base-uri 'none'; form-action 'none'"
PICTURE, PAGE = "map.svg", "map.html"


def svg(found: FocalMapResult) -> str:
    """Return the picture as a file of its own, which follows light and dark.

    Parameters
    ----------
    found : FocalMapResult

    Returns
    -------
    str
        With the colours written into it: it needs no style sheet and no network.
    """
    return standalone(focal_map(found, WIDE, "focal-map"))


def fragment(found: FocalMapResult, uid: str = "focal-map") -> Markup:
    """Return figure and table to stand in a page that has the report's style sheet.

    Parameters
    ----------
    found : FocalMapResult
    uid : str
        Unique on the page.
    """
    return Markup(_fragment(found, uid))


def page(found: FocalMapResult) -> str:
    """Return one HTML page that needs no network and no script, and holds no row of the data."""
    style = report_page.asset("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return report_page.template("map.html").render(
        style=Markup(style),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; {_NO_MORE}",
        found=found,
        body=fragment(found),
    )


def notebook(found: FocalMapResult) -> str:
    """Return a piece of HTML for a notebook; the report's style sheet holds inside it alone."""
    style = report_page.within(report_page.asset("report.css"))
    return f'<div class="scarce-trial"><style>.scarce-trial {{\n{style}\n}}</style>{fragment(found)}</div>'


def write(found: FocalMapResult, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write ``map.svg`` and ``map.html`` into a folder, each whole or not at all.

    Parameters
    ----------
    found : FocalMapResult
    folder : path-like
        It must exist.

    Returns
    -------
    (Path, Path)
        The picture and the page.

    Raises
    ------
    OSError
        When one cannot be written; what was there before is untouched.
    """
    paths = Path(folder) / PICTURE, Path(folder) / PAGE
    for path, content in zip(paths, (svg(found), page(found)), strict=True):
        whole_files.write(content.encode(), path)
    return paths


def as_text(found: FocalMapResult) -> str:
    """Return the map in lines of 100 characters at most: the ranking, the easy share and the calibration."""
    heads = (
        "weight",
        "gamma",
        "AP",
        "outcome",
        "recall",
        "easy, fixed",
        "easy, own",
        "raw",
        "recov.",
        "cal.",
    )
    rows = [heads, *(_words(cell) for cell in found.cells)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([about(found), "", *lines, "", _LEGEND])


_LEGEND = (
    "easy: share of the loss on easy negatives, the model held fixed, and at its own outputs\n"
    "raw, recov., cal.: mean probability over the prevalence, as it comes, recovered and calibrated"
)


def about(found: FocalMapResult) -> str:
    """Return what the map is of, in one line."""
    return (
        f"{found.name}: {found.learner}, {found.rows:,} rows, {found.positives:,} positives "
        f"({percent(found.prevalence, 3)}), {found.folds} folds"
    )


def easy(found: FocalMapResult) -> str:
    """Return which negatives are called easy."""
    return (
        f"Easy negatives are those to which the plain model gives less than {percent(found.easy_below, 3)}: "
        f"{percent(found.easy_share, 3)} of the negatives, the same rows in every cell."
    )


def table(found: FocalMapResult) -> Table:
    """Return every number of the map, a row a cell."""
    heads = (
        Shown("weight", "α"),
        Shown("average precision", "95 % interval"),
        Shown("beside the plain loss", "difference"),
        Shown("recall", "at precision .5"),
        Shown("easy share, fixed", "of the gradient"),
        Shown("easy share, own", "of the gradient"),
        *(Shown("log-loss", stage) for stage in ("as it comes", "recovered", "calibrated")),
        *(Shown("mean ÷ prevalence", stage) for stage in ("as it comes", "recovered", "calibrated")),
    )
    return Table(
        tuple(Shown(one.value, one.below.replace(" %", f"{THIN}%")) for one in heads),
        tuple(map(_row, found.cells)),
    )


def _row(cell: Cell) -> Row:
    precision, recall = cell.average_precision, cell.recall
    difference = "" if cell.difference is None else f"{cell.difference.value:+.3f}"
    shown = (
        Shown(f"{plain(cell.weight)} : 1", plain(cell.alpha)),
        Shown(f"{precision.value:.3f}", f"{precision.low:.3f} to {precision.high:.3f}"),
        Shown(cell.outcome, difference.replace("-", "\u2212")),
        Shown(f"{recall.value:.3f}", f"{recall.low:.3f} to {recall.high:.3f}"),
        *(Shown(share(one.loss), share(one.gradient)) for one in (cell.at_plain, cell.at_own)),
        *(Shown(plain(one)) for one in _of(cell.log_loss)),
        *(Shown(times(one)) for one in _of(cell.ratio)),
    )
    return Row(f"γ {cell.gamma:g}", shown)


def _of(stages: object) -> tuple[float, ...]:
    return tuple(getattr(stages, name) for name in ("raw", "recovered", "calibrated"))


def _words(cell: Cell) -> tuple[str, ...]:
    numbers = (f"{cell.recall.value:.3f}", share(cell.at_plain.loss), share(cell.at_own.loss))
    first = (
        f"{plain(cell.weight)}:1",
        f"{cell.gamma:g}",
        f"{cell.average_precision.value:.3f}",
        cell.outcome or "plain",
    )
    return *first, *(one.replace(THIN, "") for one in numbers), *map(times, _of(cell.ratio))


def _fragment(found: FocalMapResult, uid: str) -> str:
    picture = Picture.drawn(lambda width, of: focal_map(found, width, of), uid)
    return report_page.template("map_parts.html").render(
        picture=picture, table=table(found), easy=easy(found), uid=uid
    )
