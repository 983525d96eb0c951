"""One HTML file that holds a whole report: no network, no rows of the data, equal bytes for equal results."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from scarce.bundle import whole_files
from scarce.report import tables
from scarce.report.explorer import Explorer
from scarce.report.limits import limits
from scarce.report.pictures import Pictures
from scarce.report.scales import THIN, percent
from scarce.report.treatments import readings, treatments
from scarce.report.wording import Wording, kept
from scarce.report.worth import opening
from scarce.trial.wording import plain
from scarce.visible_text import visible

if TYPE_CHECKING:
    import os

    from scarce.trial.result import TrialResult

_BY_ROW = " Row by row: those after an entity was caught count too."


def render(result: TrialResult) -> str:
    """Return the report as one HTML page.

    Parameters
    ----------
    result : TrialResult
        What a trial found.

    Returns
    -------
    str
        A complete document, below 400 KB whatever the number of rows.

    Notes
    -----
    The page carries no time stamp and no timing: the same result gives the same bytes. Nothing on it is
    fetched, and its Content-Security-Policy names the scripts and the style sheet by their digests, so that
    text from the data (column names, labels) could not run even if it slipped through the escaping.
    """
    style, explorer, sections = (asset(name) for name in ("report.css", "explorer.js", "sections.js"))
    policy = (
        f"default-src 'none'; script-src '{_digest(explorer)}' '{_digest(sections)}'; "
        f"style-src '{_digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return template("report.html").render(
        style=Markup(style),
        explorer_script=Markup(explorer),
        sections_script=Markup(sections),
        policy=policy,
        **_content(result),
    )


def write(result: TrialResult, path: str | os.PathLike[str]) -> None:
    """Write the report; a reader sees the old file or the new one, never half of one.

    Parameters
    ----------
    result : TrialResult
    path : path-like
        The HTML file; its folder must exist.

    Raises
    ------
    OSError
        When it cannot be written; what was there before is untouched.
    """
    whole_files.write(render(result).encode(), path)


def _content(result: TrialResult) -> dict[str, Any]:
    pictures, explorer = Pictures(result), Explorer.of(result)
    primary = [d for d in result.differences if d.metric == result.primary.name]
    recall, precision, flagged = pictures.operating_point
    return {
        "result": result,
        "words": Wording.of(result),
        "demo": bool(result.config.get("demo_sample")),
        "count": _count(result),
        "n_positives": result.scored_positives,
        "positive": result.labels[1],
        "winner": result.winner,
        "leaks": [tables.split_code(text) for text in result.verdict.leaks],
        "warnings": [tables.split_code(text) for text in result.verdict.other_warnings],
        "kept": kept(result),
        "findings": tables.findings_in_order(result),
        "opening": [text.replace(" %", f"{THIN}%") for text in opening(result)],
        "differences": tables.differences_table(primary, result.primary, result.stopped) if primary else None,
        "candidates": tables.candidates_table(result) if len(result.candidates) > 1 else None,
        "beside_plain": tables.differences_table(result.beside_plain, result.primary)
        if result.beside_plain
        else None,
        "forest": pictures.forest(primary, result.primary) if primary else None,
        "arms": tables.arms_table(result),
        "pictures": pictures,
        "people": pictures.seen,
        "checks_says": tables.counted((f.severity for f in result.findings), "no check found anything", "s"),
        "precision_recall_says": _precision_and_recall(recall, precision, result.scored_prevalence),
        "flagged": flagged,
        "tuned": _tuned(result),
        "by_row": _BY_ROW if result.by_episode else "",
        "explorer": explorer,
        "cells": explorer.cells(),
        "cost_says": _cost_says(result),
        "cut_cost": explorer.cells()["cost"] if result.reviews is None else result.reviews.without,
        "classes": tables.classes_table(result),
        "stages": ("as it comes out", "recovered", "calibrated")
        if result.trained
        else ("as it came", "calibrated"),
        "treatments": treatments(result, pictures),
        "readings": readings(result, pictures) if result.trained else [],
        "limits": limits(result, pictures),
        "settings": tables.settings(result),
    }


def _count(result: TrialResult) -> Markup:
    """Return the line that stands beside every figure."""
    positives, rows = result.scored_positives, int(result.scored.sum())
    return Markup('<span class="count">{} positives in {} rows.</span>').format(f"{positives:,}", f"{rows:,}")


def _cost_says(result: TrialResult) -> str:
    if not result.cost_text:
        return "no costs were given"
    how = ", by episode" if result.by_episode else ""
    how += ", without reviews" if result.reviews is not None else ""
    return f"wherever the cut is put{how} ({result.cost_text})"


def _precision_and_recall(recall: float, precision: float, prevalence: float) -> str:
    right = "" if math.isnan(precision) else f"; {percent(precision)} of the flags are right"
    return (
        f"{percent(recall)} of the positives are flagged{right}, against {percent(prevalence, 3)} at random"
    )


def _breakable(name: str) -> Markup:
    """Return a name, escaped, that may break after its punctuation rather than inside a word."""
    return Markup("<wbr/>").join(re.split(r"(?<=[_:=,.])(?=\w)", visible(name)))


def _shown(value: object) -> object:
    """Return what the page shows of a value: text may quote the data, markup was made by us."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _percent3(share: float) -> str:
    """Return a share with three digits, as the explorer's script writes it."""
    text = plain(100 * share)
    return text if text == "–" else f"{text}\u202f%"


def _tuned(result: TrialResult) -> str:
    """Return what the decisions cost that arms are compared by: the curve shows other cuts."""
    metric = next((m for m in result.metrics if m.name == "expected_cost"), None)
    estimate = None if metric is None else result.winner.estimates.get(metric.name)
    if metric is None or estimate is None:
        return ""
    value = tables.amount(estimate.value, metric)
    return (
        f"At the cut that the costs give, the decisions cost {value} per 10,000 rows "
        f"({tables.interval(estimate, metric)}){', by episode' if result.by_episode else ''}."
    )


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(asset),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "percent": percent,
        "percent3": _percent3,
        "plain": plain,
        "breakable": _breakable,
    }
    return environment


def template(name: str) -> jinja2.Template:
    """Return a template of this room, which escapes what it is given."""
    return _templates().get_template(name)


@cache
def asset(name: str) -> str:
    """Return a file of this room's templates."""
    return resources.files("scarce.report").joinpath("templates", name).read_text(encoding="utf-8")


def within(style: str) -> str:
    """Return the page's style sheet with an element of a notebook in the place of the page."""
    return style.replace(":root {", "& {").replace("\nbody {", "\n& {").replace(" body {", " & {")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
