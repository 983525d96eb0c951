"""The study's tables as the page has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.study.choices import ALONE, COSTS, PAIRS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SIGNS = {"better": "**better**", "worse": "*worse*", "equivalent": "equivalent", "undecided": "undecided"}


def page(
    found: Sequence[Mapping[str, Any]],
    networks: Sequence[Mapping[str, Any]],
    protocols: Mapping[str, Mapping[str, Any]],
) -> None:
    """Print everything that was found, table by table."""
    for learner in dict.fromkeys(one["learner"] for one in found):
        own = [one for one in found if one["learner"] == learner]
        print(f"\n## {learner}: outcomes against its plain model\n")
        _outcomes(own)
        print(f"\n## {learner}: what the plain model scores\n")
        _plain(own)
        for metric, digits in (("average_precision", 3), ("log_loss", 4)):
            print(f"\n## {learner}: difference in {metric.replace('_', ' ')}, with its interval\n")
            _differences(own, metric, digits)
        for ratio in COSTS:
            print(f"\n## {learner}: difference in cost for 10,000 rows, a miss {ratio} false alarms\n")
            _costs(own, str(ratio))
        print(f"\n## {learner}: what was chosen\n")
        _chosen(own)
    for one in networks:
        print(f"\n## A network on {one['table']}\n")
        _network(one)
    print("\n## F1 at a fixed cut, and where it comes from\n")
    _protocols(protocols)


def _table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    head = list(head)
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def _difference(given: Sequence[Any], digits: int) -> str:
    value, low, high, outcome = given
    return f"{value:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f}) {SIGNS[outcome]}"


def _outcomes(own: Sequence[Mapping[str, Any]]) -> None:
    """Print on how many tables each treatment is called what, score by score."""
    scores = ["average_precision", "log_loss", *(f"cost {ratio}" for ratio in COSTS)]
    rows = []
    for arm in (*ALONE, *PAIRS):
        cells = []
        for score in scores:
            of = [_of_score(one, score)[arm][3] for one in own]
            kinds = ("better", "equivalent", "undecided", "worse")
            cells.append(", ".join(f"{of.count(kind)} {kind}" for kind in kinds if kind in of))
        rows.append([f"`{arm}`", *cells])
    _table(["treatment", *(score.replace("_", " ") for score in scores)], rows)


def _of_score(one: Mapping[str, Any], score: str) -> Mapping[str, Any]:
    if score.startswith("cost "):
        return one["costs"][score.removeprefix("cost ")]["differences"]
    return one["differences"][score]


def _plain(own: Sequence[Mapping[str, Any]]) -> None:
    rows = []
    for one in own:
        arm = one["arms"]["control"]
        scores = [
            f"{arm[name][0]:.{digits}f} ({arm[name][1]:.{digits}f} to {arm[name][2]:.{digits}f})"
            for name, digits in (("average_precision", 3), ("roc_auc", 3), ("log_loss", 4))
        ]
        rows.append([one["table"], f"{one['rows']:,}", f"{one['positives']:,}", *scores])
    _table(["table", "rows", "positives", "average precision", "ROC AUC", "log-loss"], rows)


def _differences(own: Sequence[Mapping[str, Any]], metric: str, digits: int) -> None:
    rows = [
        [f"`{arm}`", *(_difference(one["differences"][metric][arm], digits) for one in own)]
        for arm in (*ALONE, *PAIRS)
    ]
    _table(["treatment", *(one["table"] for one in own)], rows)


def _costs(own: Sequence[Mapping[str, Any]], ratio: str) -> None:
    rows = [["plain, its cost", *(f"{one['costs'][ratio]['control']:,.1f}" for one in own)]]
    rows += [
        [f"`{arm}`", *(_difference(one["costs"][ratio]["differences"][arm], 1) for one in own)]
        for arm in (*ALONE, *PAIRS)
    ]
    _table(["treatment", *(one["table"] for one in own)], rows)


def _chosen(own: Sequence[Mapping[str, Any]]) -> None:
    arms = [arm for arm in ALONE if "auto" in arm]
    _table(
        ["table", *(f"`{arm}`" for arm in arms)],
        [[one["table"], *(f"`{one['arms'][arm]['chosen']}`" for arm in arms)] for one in own],
    )


def _network(one: Mapping[str, Any]) -> None:
    rows = []
    for name, arm in one["arms"].items():
        row = [name, f"{arm['average_precision'][0]:.3f}", f"{arm['log_loss'][0]:.4f}"]
        for metric, digits in (("average_precision", 3), ("log_loss", 4)):
            given = one["differences"][metric].get(name)
            row.append("" if given is None else _difference(given, digits))
        rows.append(row)
    _table(["loss", "average precision", "log-loss", "difference in the first", "in the second"], rows)


def _protocols(protocols: Mapping[str, Mapping[str, Any]]) -> None:
    readings = list(next(iter(protocols.values())))
    rows = []
    for table, found in protocols.items():
        for loss in found[readings[0]]:
            cells = []
            for reading in readings:
                value, difference, low, high = found[reading][loss]
                is_plain = loss == "plain"
                cells.append(
                    f"{value:.3f}" + ("" if is_plain else f", {difference:+.3f} ({low:+.3f} to {high:+.3f})")
                )
            rows.append([table, loss, *cells])
    _table(["table", "loss", *(f"F1, {reading}" for reading in readings)], rows)
