"""``scarce inspect``: what a model file holds, without a row of data."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scarce.cli import console, options, streams
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scarce.bundle.member import Member
    from scarce.bundle.model import Model

INDENT = 14
WIDTH = 80
SHOWN = 12


def inspect(
    model: options.ModelFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every category.")] = False,
) -> None:
    """Say what MODEL is: its labels, columns, learners, calibration, rule, and what its trial found."""
    from scarce.bundle.container import read
    from scarce.bundle.serialization import from_bytes

    data = read(model)
    loaded = from_bytes(data, model)
    with streams.read_by_choice():
        if as_json:
            written = json.dumps(as_dict(loaded, len(data)), indent=2, allow_nan=False, default=str)
            print(written.replace("\x7f", "\\u007f"))  # the one control character that JSON leaves as it is
        else:
            show(loaded, len(data))


def as_dict(model: Model, size: int) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "bytes": size,
        "labels": {"negative": model.labels[0], "positive": model.labels[1]},
        "prior": model.prior,
        **({} if model.labelled_share is None else {"labelled_share": model.labelled_share.to_dict()}),
        "learners": [
            {
                "kind": member.fitted.stored.kind,
                "holds": holds(member.fitted.stored),
                "weight": member.weight,
                "loss": member.fitted.loss.to_dict(),
                "base_score": member.fitted.base_score,
                "offset": member.fitted.offset,
                "calibration": member.calibration.to_dict(),
            }
            for member in model.members
        ],
        "calibration": model.calibration.to_dict(),
        "rule": None if model.rule is None else model.rule.to_dict() | {"says": model.rule.describe()},
        **model.encoder.to_dict(),
        "features": list(model.encoder.feature_names),
        "card": _plain(dict(model.card)),
    }


def _plain(value: Any) -> Any:
    """Return a fact with numbers that JSON has no word for as words."""
    from scarce.bundle import strict_json

    return json.loads(strict_json.dumps(value))


def show(model: Model, size: int) -> None:
    """Print a line or two a fact, its name on the left."""
    from rich.text import Text

    out = console.stdout()
    width = min(WIDTH, out.width)
    for name, text in facts(model, size):
        body = textwrap.fill(visible(text), width - INDENT, break_on_hyphens=False)
        lines = body.replace("\n", "\n" + " " * INDENT)
        out.print(Text.assemble((f"{name:<{INDENT}}", "bold"), lines))


def facts(model: Model, size: int) -> Iterator[tuple[str, str]]:
    """Yield the name of each fact and what it says, in the order in which a person asks."""
    from scarce.data.suggestion import counted

    card, data = model.card, model.card.get("data", {})
    what = f"{data['target']} is " if "target" in data else ""
    yield "predicts", f"{what}{model.labels[1]!r}, against {model.labels[0]!r}"
    if "rows" in card:
        where = f"{data['name']}: " if "name" in data else ""
        positives = f", {card['positives']:,} positive" if "positives" in card else ""
        yield "trained on", f"{where}{counted(card['rows'], 'row', 'rows')}{positives}"
    yield "prior", f"{100 * model.prior:.4g} % positive"
    if model.labelled_share is not None:
        yield (
            "labelled",
            f"{model.labelled_share.describe()} of the positives; probabilities are of all positives",
        )
    if "arm" in card:
        yield "arm", card["arm"]
    if "verdict" in card:
        yield "verdict", card["verdict"]
    for place, member in enumerate(model.members):
        yield "" if place else "learner" if len(model.members) == 1 else "blend of", learner(model, member)
    yield "calibration", model.calibration.describe()
    yield "rule", "none" if model.rule is None else model.rule.describe()
    yield from columns(model)
    if card.get("versions"):
        yield "made with", ", ".join(f"{name} {version}" for name, version in card["versions"].items())
    yield "size", f"{size / 1e6:,.2f} MB"


def learner(model: Model, member: Member) -> str:
    """Return what a learner holds, what it was trained with and, beside others, how it counts."""
    fitted = member.fitted
    parts = [
        holds(fitted.stored),
        f"loss: {fitted.loss.describe()}",
        f"base score {fitted.base_score:.4g}",
    ]
    if fitted.offset:
        parts.append(f"offset {fitted.offset:+.4g}")
    if len(model.members) == 1:
        return "; ".join(parts)
    return f"{member.weight:.3f} x " + "; ".join([*parts, member.calibration.describe()])


def holds(stored: Any) -> str:
    """Return how much a learner holds, in a few words."""
    from scarce.learners.stored.trees import Trees

    if not isinstance(stored, Trees):
        return f"{stored.kind} model of {stored.n_features:,} features"
    kind = "boosted trees" if stored.averaged is None else "trees of a forest"
    return f"{stored.n_trees:,} {kind}, {int(stored.num_leaves.sum()):,} leaves"


def columns(model: Model) -> Iterator[tuple[str, str]]:
    """Yield the columns of each kind by name; of categories, how many are told apart."""
    from scarce.data.schema import KINDS
    from scarce.data.suggestion import counted

    for kind in KINDS:
        found = [column for column in model.encoder.columns if column.kind == kind]
        names = [
            f"{column.name} ({len(column.categories)})" if column.categories else column.name
            for column in found[:SHOWN]
        ]
        more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        if found:
            plural = {"category": "categories"}.get(kind, f"{kind}s")
            yield counted(len(found), kind, plural), ", ".join([*names, *more])
