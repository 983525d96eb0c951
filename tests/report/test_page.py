"""The page as text: complete, well formed, escaped, small, and the same each time."""

from __future__ import annotations

import html as html_text
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.payloads import PAYLOADS, is_flooded, unseen

from scarce.cli import record
from scarce.data.checks.finding import Finding
from scarce.evaluation.comparison import Interval
from scarce.report import notebook, page
from scarce.report.page import render, write
from scarce.report.printed import as_text
from scarce.report.worth import worth
from scarce.trial.reviews import Reviews

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scarce.trial.result import TrialResult

SECTIONS = [
    "verdict",
    "explorer",
    "comparison",
    "scores",
    "precision-recall",
    "reliability",
    "cost",
    "capacity",
    "treatments",
    "checks",
    "limits",
    "reproduce",
]
VOID = {"meta", "link", "input", "wbr", "br", "img"}
MOST_BYTES = 400_000
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script><!--\u2028'\"&{{7*7}}"


class Reader(HTMLParser):
    """Checks that tags nest, and keeps what the tests ask about."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def html(result: TrialResult) -> str:
    return render(result)


CASES = {
    "costs by row, control kept": {},
    "fixed costs, focal wins": {"costs": "fixed", "winner": "focal:gamma=2"},
    "no costs, twelve positives, two repeats": {
        "costs": "none",
        "n_rows": 3000,
        "n_positive": 12,
        "n_repeats": 2,
    },
    "two positives": {"n_rows": 400, "n_positive": 2},
    "common positives": {"n_rows": 2000, "n_positive": 700, "costs": "fixed"},
}


@pytest.fixture(scope="module", params=CASES, ids=list(CASES))
def any_html(request: pytest.FixtureRequest, make_result: Callable[..., TrialResult]) -> str:
    return render(make_result(**CASES[request.param]))


def test_tags_nest_and_ids_are_unique(any_html: str) -> None:
    ids = [attrs["id"] for _, attrs in read(any_html).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_picture_is_xml_with_a_title_and_only_finite_numbers(any_html: str) -> None:
    pictures = re.findall(r"<svg .*?</svg>", any_html, re.DOTALL)
    assert len(pictures) > 10
    for picture in pictures:
        root = ET.fromstring(picture)
        names = [child.tag.rpartition("}")[2] for child in root]
        assert names[:2] == ["title", "desc"]
        assert root[0].text
        assert not re.search(r"\b(nan|inf)\b", picture)


def test_parts_of_the_explorer_have_one_name_each(any_html: str) -> None:
    parts = [attrs["data-part"] for _, attrs in read(any_html).tags if "data-part" in attrs]
    assert len(parts) == len(set(parts)) > 20


def test_references_name_ids_that_exist(any_html: str) -> None:
    tags = read(any_html).tags
    ids = {attrs.get("id") for _, attrs in tags}
    for _, attrs in tags:
        named = f"{attrs.get('aria-labelledby') or ''} {attrs.get('for') or ''}".split()
        href = attrs.get("href") or ""
        named += [href[1:]] if href.startswith("#") else []
        assert set(named) <= ids


def test_sections_stand_in_the_order_of_the_design(html: str) -> None:
    found = [attrs["id"] for tag, attrs in read(html).tags if tag == "section"]
    assert found == SECTIONS


def test_worth_comes_first_then_warnings_the_decisions_the_rule_and_what_helped(
    html: str, result: TrialResult
) -> None:
    order = [
        "<h1",
        "against flagging nothing",
        "W302",
        "people-wide",
        "<strong>Rule.</strong>",
        "1 worse, 5 undecided",
        "forest-wide",
    ]
    start = html.index("<body")
    places = [html.index(part, start) for part in order]
    assert places == sorted(places)


def test_a_suspected_leak_stands_before_every_figure(result: TrialResult) -> None:
    warnings = ("W302: few", "W304: too good", "W309: 'x' may give the target away")
    leaky = replace(result, verdict=replace(result.verdict, warnings=warnings))
    page_text = render(leaky)
    for text in (page_text[page_text.index("<body") :], as_text(leaky), notebook.render(leaky)):
        places = [text.index(part) for part in ("W304", "W309", "against flagging nothing", "W302")]
        assert places == sorted(places)


def test_where_nothing_shows_a_use_that_is_said_first_and_the_outcomes_stand_over_their_picture(
    result: TrialResult,
) -> None:
    verdict = replace(result.verdict, headline="Nothing shows a use.", useful=False)
    text = render(replace(result, verdict=verdict))
    order = ["Nothing shows a use.</h1>", "alerts per", f"<h2>{verdict.sentences[0]}", "forest-wide"]
    start = text.index("<body")
    places = [text.index(part, start) for part in order]
    assert places == sorted(places)


def test_all_but_the_first_screen_and_the_explorer_is_folded_under_a_line_that_says_what_it_found(
    html: str,
) -> None:
    folded = re.findall(r"<details( open)?>\n<summary><h2.*?</h2> <span class=\"finding\">(.+?)</span>", html)
    assert len(folded) == len(SECTIONS) - 1
    assert [bool(is_open) for is_open, _ in folded] == [True] + [False] * (len(folded) - 1)


def test_all_scores_stand_in_one_table_with_a_box_for_each_column(html: str, result: TrialResult) -> None:
    section = html[html.index('<section id="scores"') : html.index('<section id="precision-recall"')]
    assert section.count("<table") == 1
    assert section.count('type="checkbox"') == len(result.metrics)
    assert section.count('<th scope="col">') == 1 + len(result.metrics)


def test_what_the_model_is_worth_says_where_its_rule_decides_otherwise(result: TrialResult) -> None:
    """The figures are of the costs' own cut; a tuned one, or a rule that was asked for, has others."""
    said = "At the cut that the costs give; the rule below is another."
    assert result.costs is not None
    assert said not in worth(result)
    for other in ({"rule_cut": 0.3}, {"config": result.config | {"rule": "recall=0.9"}}):
        assert worth(replace(result, **other)).endswith(said)
    assert said not in worth(replace(result, costs=None, rule_cut=0.3))


def test_the_prevalence_has_as_many_digits_wherever_it_stands(result: TrialResult) -> None:
    weight = np.where(result.target == 1, 1.0, 0.3158)
    text = render(replace(result, weight=weight, prevalence=0.015663))
    assert text.count("1.57\u202f%") == 2 + 4  # the last in both sizes of a picture, twice
    assert "1.6\u202f%" not in text[: text.index('id="explorer"')]
    assert "1.6\u202f%" not in text[text.index('id="comparison"') : text.index('id="treatments"')]


def test_what_was_chosen_of_open_numbers_is_said_with_the_folds_that_chose_it(result: TrialResult) -> None:
    folds = ["focal:gamma=2", "focal:gamma=0", "focal:gamma=2"]
    found = {"chosen": "focal:gamma=3", "chosen_for_folds": folds, "fits": 11}
    *others, last = result.arms
    page = render(replace(result, arms=(*others, replace(last, details=last.details | found))))
    said = "chosen: gamma=3; for single folds, by the others, gamma=2 in 2 of 3, gamma=0 in 1 (11 fits"
    assert page.count(said) == 1
    assert "chosen for folds" not in page
    assert "fits:" not in page


def test_tables_have_scopes_and_headings_do_not_jump(html: str) -> None:
    tags = read(html).tags
    assert all(attrs.get("scope") in ("row", "col") for tag, attrs in tags if tag == "th")
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_is_fetched_and_no_code_is_inline(html: str) -> None:
    for tag, attrs in read(html).tags:
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]
        for name in ("src", "href", "action", "xlink:href"):
            assert (attrs.get(name) or "#").startswith(("#", "data:,")), (tag, attrs)
    assert not re.search(r"url\(|@import", html)


def test_positives_stand_beside_every_figure_and_table(html: str) -> None:
    captions = re.findall(r'<figcaption>.*?</figcaption>|<p class="caption".*?</p>', html, re.DOTALL)
    counted = [text for text in captions if "150 positives in 30,000 rows" in text]
    assert len(counted) == len(captions) - 2  # the settings are not a figure, and the dots are of other rows


def test_demo_sample_is_said_only_where_it_is_one(make_result: Callable[..., TrialResult]) -> None:
    plain = make_result()
    plain = replace(plain, config={**plain.config, "demo_sample": False})
    assert "demo sample" not in " ".join(read(render(plain)).text).lower()
    said = " ".join(read(render(make_result())).text).lower()
    assert said[: said.index("limits")].count("demo sample") == 1


def _hostile(result: TrialResult, text: str = HOSTILE) -> TrialResult:
    arms = tuple(
        replace(
            arm,
            name=arm.name if arm.name == "control" else f"{arm.name}{text}",
            summary=text,
            details={**arm.details, text: text},
        )
        for arm in result.arms
    )
    return replace(
        result,
        name=text,
        labels=(text, text),
        arms=arms,
        differences=tuple(replace(d, arm=f"{d.arm}{text}") for d in result.differences),
        metrics=tuple(replace(m, label=text) for m in result.metrics),
        findings=[Finding(text, "warning", text, text)],
        verdict=replace(result.verdict, headline=text, sentences=(text,), warnings=(text,)),
        cost_text=text,
        rule_in_words=text,
        rule_text=text,
        command=text,
        notes=(text,),
        config={**result.config, text: text},
        fingerprint=text,
    )


def test_text_of_the_data_stays_text(result: TrialResult, html: str) -> None:
    attacked = render(_hostile(result))
    before, after = read(html), read(attacked)
    new = {tag for tag, _ in after.tags} - {tag for tag, _ in before.tags}
    assert not new
    assert (
        [tag for tag, _ in after.tags].count("script") == [tag for tag, _ in before.tags].count("script") == 3
    )
    assert "alert(1)" in "".join(after.text)
    assert "{{7*7}}" in "".join(after.text)
    for picture in re.findall(r"<svg .*?</svg>", attacked, re.DOTALL):
        ET.fromstring(picture)


def test_text_of_the_data_is_seen_as_what_it_is(make_result: Callable[..., TrialResult]) -> None:
    attacked = render(_hostile(make_result(n_rows=400, n_positive=40), " ".join(PAYLOADS.values())))
    assert unseen(attacked) == []
    assert not is_flooded(attacked)
    for picture in re.findall(r"<svg .*?</svg>", attacked, re.DOTALL):
        ET.fromstring(picture)


def test_this_attack_can_succeed(monkeypatch: pytest.MonkeyPatch, result: TrialResult) -> None:
    templates = page._templates().overlay(autoescape=False)
    monkeypatch.setattr(page, "_templates", lambda: templates)
    attacked = render(_hostile(result))
    assert "<img src=x" in attacked


def test_same_result_same_bytes(
    result: TrialResult, make_result: Callable[..., TrialResult], html: str
) -> None:
    again = make_result()
    slower = replace(
        again, timings={"training": 99.0}, arms=tuple(replace(arm, seconds=1e6) for arm in again.arms)
    )
    assert render(slower) == html


def test_no_row_and_no_rare_value_is_in_the_page(make_result: Callable[..., TrialResult]) -> None:
    result = make_result()
    amounts = result.costs.fn.copy()
    amounts[np.flatnonzero(result.target == 0)[:5]] = 987654.321
    page_text = render(replace(result, costs=replace(result.costs, fn=amounts)))
    assert "987654" not in page_text
    assert "987,654" not in page_text


@pytest.mark.parametrize("n_rows", [30_000, 1_000_000])
def test_page_stays_small_whatever_the_number_of_rows(
    make_result: Callable[..., TrialResult], n_rows: int
) -> None:
    result = make_result(n_rows=n_rows, n_positive=n_rows // 200)
    few = replace(result, arms=result.arms[:2], differences=result.differences[:1])
    assert len(render(few).encode()) < MOST_BYTES / 2


def test_page_stays_small_with_many_arms(result: TrialResult) -> None:
    more = tuple(
        replace(arm, name=f"{arm.name},class_weight=balanced,number={k}")
        for k in range(2)
        for arm in result.arms[1:]
    )
    differences = tuple(replace(result.differences[0], arm=arm.name) for arm in more)
    crowded = replace(result, arms=(result.control, *more), differences=differences)
    assert len(render(crowded).encode()) < MOST_BYTES


def test_write_leaves_one_whole_file(tmp_path: Path, result: TrialResult, html: str) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write(result, path)
    assert path.read_text(encoding="utf-8") == html
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_write_that_fails_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: TrialResult
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write(result, path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_has_contrast(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", page.asset("report.css"), re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#\w{6})", blocks[scheme]))
    for text in ("ink", "muted", "accent"):
        for ground in ("paper", "panel", "wash", "blind"):
            if (text, ground) != ("accent", "wash"):  # accent text stands on wash only under a pointer
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_a_rule_that_is_no_cut_of_the_slider_is_not_said_to_be_the_chosen_one(
    make_result: Callable[..., TrialResult],
) -> None:
    result = make_result(costs="per row")
    asked = replace(result, rule_cut=0.0, config={**result.config, "rule": "precision=0.5"})
    assert "Back to the chosen rule" in render(result)
    page = render(asked)
    assert "Back to the chosen rule" not in page
    assert "Back to the costs&#39; own cut" in page


def test_a_page_is_made_where_all_rows_are_looked_at(make_result: Callable[..., TrialResult]) -> None:
    nothing = Interval(0.0, 0.0, 0.0, 0.0, 2.0, 0.0)
    looked = Reviews(1e-30, 1e4, 0.0, 1.0, 1.0, nothing)
    page = render(replace(make_result(costs="fixed"), rule_cut=0.0, reviews=looked))
    assert 'data-part="rn"' in page


def test_where_nothing_shows_that_the_model_is_of_use_nothing_says_that_it_saves(
    make_result: Callable[..., TrialResult],
) -> None:
    result = make_result(costs="fixed")
    verdict = replace(result.verdict, headline="Nothing shows that it is of use.", useful=False)
    useless = replace(result, verdict=verdict)
    assert "Saves" in worth(result)
    for shown in (render(useless), notebook.render(useless), as_text(useless)):
        assert "Saves" not in shown
        assert shown.index(verdict.headline) < shown.index("alerts per 10,000 rows, ")


def test_what_chance_gives_is_the_share_of_positives_among_the_scored_rows(result: TrialResult) -> None:
    late = np.arange(result.target.size) >= 10_000  # the rows before only train, and hold fewer positives
    target = np.where(late, result.target, 0).astype(np.uint8)
    arms = tuple(replace(a, log_odds=np.where(late, a.log_odds, np.nan)) for a in result.arms)
    found = replace(result, target=target, weight=None, prevalence=float(target.mean()), arms=arms)
    among_scored = f"{100 * float(target[late].mean()):.3g}"
    assert f"{100 * found.prevalence:.3g}" != among_scored
    page = read(render(found))
    assert f"against {among_scored} % at random" in " ".join("".join(page.text).split())
    seen = f"chance gives the prevalence, {float(target[late].mean()):.3g}."
    assert seen in " ".join(as_text(found).split())


def test_the_rule_is_told_in_words_beside_its_formula_wherever_it_stands(result: TrialResult) -> None:
    for shown in (render(result), notebook.render(result), as_text(result)):
        text = " ".join(html_text.unescape(shown).split())
        assert text.index(result.rule_in_words) < text.index(result.rule_text)
    assert record.of(result, "scarce run", 1.0)["rule_in_words"] == result.rule_in_words


def test_limits_speak_of_the_positives_that_are_behind_the_figures(result: TrialResult) -> None:
    late = np.arange(result.target.size) >= 10_000
    arms = tuple(replace(a, log_odds=np.where(late, a.log_odds, np.nan)) for a in result.arms)
    found = replace(result, arms=arms)
    assert found.scored_positives < int(result.target.sum())
    text = " ".join("".join(read(render(found)).text).split())
    assert f"what cannot be known from {found.scored_positives} positives" in text
    assert f"There are {found.scored_positives} positives." in text
