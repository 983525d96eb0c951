"""The study's figures as a page has them: short tables first, then every table, learner by learner."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks.study.choices import COSTS, PAIRS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCORES = {"average_precision": 3, "log_loss": 4, **{f"cost {ratio}": 1 for ratio in COSTS}}
"""By name, with the digits that are printed."""

KINDS = ("better", "equivalent", "undecided", "worse")
SIGNS = {"better": "▲", "worse": "▼", "equivalent": "=", "undecided": "?"}


def page(found: Sequence[Mapping[str, Any]], protocols: Mapping[str, Mapping[str, Any]]) -> None:
    """Print everything that was found.

    Parameters
    ----------
    found : sequence of mapping
        One for each table and learner, as `benchmarks.study.judging.judged` makes them.
    protocols : mapping of str to mapping
        By table, what `benchmarks.study.plain_sigmoid.protocol` found.
    """
    print("# Tables of the study\n\n▲ better, ▼ worse, = equivalent, ? undecided; costs are of 10,000 rows.")
    for learner, own in _by_learner(found).items():
        print(f"\n## Outcomes: {learner}\n")
        _outcomes(own)
    for learner, own in _by_learner(found).items():
        print(f"\n## Chosen numbers: {learner}\n")
        _chosen(own)
    for learner, own in _by_learner(found).items():
        if any(one["interactions"]["log_loss"] for one in own):
            print(f"\n## Pairs, beyond the sum of their parts: {learner}\n")
            _interactions(own)
    print("\n## F1 at fixed cuts and at the best one\n")
    _protocols(protocols)
    for one in found:
        positives = f"{one['positives']:,} of {one['rows']:,} rows positive"
        print(f"\n## {one['learner']} on {one['table']}: {positives}\n")
        _scores(one)


def _by_learner(found: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    names = dict.fromkeys(one["learner"] for one in found)
    return {name: [one for one in found if one["learner"] == name] for name in names}


def _arms(one: Mapping[str, Any]) -> list[str]:
    """Return the arms but the plain one, and but a control that is this."""
    return [name for name in one["arms"] if name != one["plain"]]


def _table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    head = list(head)
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def _heads() -> list[str]:
    return [name.replace("_", " ") for name in SCORES]


def _named(arm: str) -> str:
    return "all plain models, blended" if arm == "control" else f"`{arm}`"


def _outcomes(own: Sequence[Mapping[str, Any]]) -> None:
    """Print on how many tables each treatment is called what, score by score."""
    rows = []
    for arm in dict.fromkeys(arm for one in own for arm in _arms(one)):
        cells = []
        for score in SCORES:
            of = [one["differences"][score][arm][3] for one in own if arm in one["differences"][score]]
            cells.append(", ".join(f"{of.count(kind)} {SIGNS[kind]}" for kind in KINDS if kind in of))
        rows.append([_named(arm), *cells])
    _table(["treatment", *_heads()], rows)


def _chosen(own: Sequence[Mapping[str, Any]]) -> None:
    """Print what all folds choose, and on how many single folds something else than the plain loss."""
    arms = [arm for arm in own[0]["arms"] if "=auto" in arm]
    rows = []
    for one in own:
        cells = []
        for arm in arms:
            figures = one["arms"][arm]
            if "chosen" in figures:
                cells.append(f"`{figures['chosen']}`; in folds {_counted(figures['chosen_for_folds'])}")
            else:
                cells.append(_counted(one["chosen"][arm]))
        rows.append([one["table"], *cells])
    _table(["table", *(f"`{arm}`" for arm in arms)], rows)


def _counted(names: Sequence[str]) -> str:
    return ", ".join(f"{times} x `{name}`" for name, times in Counter(names).most_common())


def _interactions(own: Sequence[Mapping[str, Any]]) -> None:
    """Print where a pair does surely more or less than its parts together would."""
    rows = []
    for pair, parts in PAIRS.items():
        cells = []
        for score, digits in SCORES.items():
            found = {one["table"]: one["interactions"][score].get(pair) for one in own}
            sure = {table: of for table, of in found.items() if of and (of[1] > 0.0 or of[2] < 0.0)}
            cells.append(
                "; ".join(f"{table} {_interval(of, digits)}" for table, of in sure.items()) or "none"
            )
        rows.append([f"`{pair}`", " and ".join(f"`{part}`" for part in parts), *cells])
    _table(["pair", "parts", *_heads()], rows)


def _interval(given: Sequence[Any], digits: int) -> str:
    return "{:+,.{d}f} ({:+,.{d}f} to {:+,.{d}f})".format(*given[:3], d=digits)


def _scores(one: Mapping[str, Any]) -> None:
    """Print what the plain model scores, and every other arm's differences to it."""
    rows = []
    plain = one["arms"][one["plain"]]
    for arm in (one["plain"], *_arms(one)):
        figures, cells = one["arms"][arm], []
        for score, digits in SCORES.items():
            if arm == one["plain"]:
                cells.append("{:,.{d}f} ({:,.{d}f} to {:,.{d}f})".format(*plain[score], d=digits))
            else:
                given = one["differences"][score][arm]
                cells.append(f"{_interval(given, digits)} {SIGNS[given[3]]}")
        roc = "{:.3f} ({:.3f} to {:.3f})".format(*figures["roc_auc"])
        name = f"plain: {one['model']}" if arm == one["plain"] else _named(arm)
        rows.append([name, roc, *cells])
    _table(["arm", "ROC AUC", *_heads()], rows)


def _protocols(protocols: Mapping[str, Mapping[str, Any]]) -> None:
    readings = list(next(iter(protocols.values())))
    rows = []
    for table, found in protocols.items():
        for loss in found[readings[0]]:
            cells = []
            for reading in readings:
                value, *difference = found[reading][loss]
                cells.append(f"{value:.3f}" + ("" if loss == "plain" else f", {_interval(difference, 3)}"))
            rows.append([table, loss, *cells])
    _table(["table", "loss", *(f"F1, {reading}" for reading in readings)], rows)
