"""``scarce methods``: what may be named behind --methods, --learners and --fail-if, and the rules."""

from __future__ import annotations

import difflib
import inspect
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scarce.cli import console, rule_options, streams
from scarce.cli.gates import as_words, spellings_of
from scarce.errors import ScarceError
from scarce.number_grammar import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

INDENT = 28
LIST = "scarce methods lists all names"


@dataclass(frozen=True)
class Named:
    """Something that may be named.

    Attributes
    ----------
    name : str
    what : str
        One line.
    typed : str
        How it stands on a command line.
    """

    name: str
    what: str
    typed: str


def known(incomplete: str) -> list[tuple[str, str]]:
    """Return the names that begin so, each with what it is, for a shell to offer."""
    every = [one for group in groups().values() for one in group]
    return [(one.name, one.what) for one in every if one.name.startswith(incomplete)]


def methods(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            show_default=False,
            autocompletion=known,
            help="Such as focal, smote, forest or AP; everything that has a name unless given.",
        ),
    ] = None,
) -> None:
    """List the losses, samplings, learners, scores and rules that may be named, or say more of one."""
    with streams.read_by_choice():
        if name is None:
            show_all()
        else:
            show(name)


def groups() -> dict[str, list[Named]]:
    """Return everything that may be named, under the option that takes it."""
    return {
        "Losses, for --methods": list(_losses()),
        "Samplings, for --methods; joined to a loss by +": list(_samplings()),
        "Learners, for --learners": list(_learners()),
        "Scores, for --fail-if": list(_scores()),
        "Rules, one of": list(_rules()),
    }


def _losses() -> Iterator[Named]:
    from scarce.losses.catalog import CATALOG

    for entry in CATALOG.values():
        settings = ",".join(
            f"{key}={value if isinstance(value, str) else spelled(value)}"
            for key, value in entry.parameters.items()
            if value is not None
        )
        written = f"{entry.name}:{settings}" if settings else entry.name
        yield Named(entry.name, entry.summary, f"--methods {written}")


def _samplings() -> Iterator[Named]:
    from scarce.resampling.catalog import NAMES, parse
    from scarce.resampling.imbalanced_learn import SAMPLERS

    for name in NAMES:
        if name in SAMPLERS:
            yield Named(name, SAMPLERS[name][1], f"--methods {name}")
        else:
            sampling: Any = parse(name)
            yield Named(name, sampling.summary, f"--methods {sampling.method}")


def _learners() -> Iterator[Named]:
    from scarce.learners.portfolio import LEARNERS, PORTFOLIO

    for name, make in LEARNERS.items():
        usual = "; tried unless others are named" if name in PORTFOLIO else ""
        try:
            what = make(10_000, 1_000).summary + usual
        except ScarceError as missing:  # E701: its engine is an extra
            what = f"{missing.message}; {missing.hint}"
        yield Named(name, what, f"--learners {name}")


def _scores() -> Iterator[Named]:
    from scarce.report.text_tables import heading
    from scarce.trial.scoring import METRICS

    for metric in METRICS:
        sign, short = "<" if metric.higher_is_better else ">", heading(metric).replace("\n", " ")
        what = metric.label if short == metric.label else f"{metric.label}; in short {short}"
        yield Named(metric.name, what, f"--fail-if '{metric.name}{sign}0.5'")


def _rules() -> Iterator[Named]:
    from scarce.cli.options import Cost

    told: set[str] = set()
    for option in (Cost, *vars(rule_options).values()):
        for about in getattr(option, "__metadata__", ()):
            written = about.default  # inside Annotated, typer takes an option's first name for its default
            if written not in told and (option is Cost or about.rich_help_panel == rule_options.RULE):
                told.add(written)
                yield Named(written, about.help, f"{written} {about.metavar}")


def show_all() -> None:
    """Print every name with what it is, under the option that takes it."""
    from rich.text import Text

    out = console.stdout()
    for title, group in groups().items():
        out.print(Text(title, style="bold"))
        for one in group:
            settings = one.typed.partition(":")[2]
            what = f"{one.what}; {settings}" if "=" in settings else one.what
            print(_hung(f"  {one.name}", what, out.width))
        out.print()
    print("scarce methods NAME says more of one: its parameters, its formula, where it is from.")


def _hung(left: str, text: str, width: int) -> str:
    """Return a paragraph whose lines stand to the right of a name."""
    blank = " " * INDENT
    whole = {"break_on_hyphens": False, "break_long_words": False}
    filled = textwrap.fill(text, width, initial_indent=blank, subsequent_indent=blank, **whole)
    return f"{left:<{INDENT}}{filled.strip()}" if len(left) < INDENT else f"{left}\n{filled}"


def show(name: str) -> None:
    """Print one name, how it is typed, and what the registries say of it.

    Raises
    ------
    ScarceError
        E237, with those that look like it.
    """
    from rich.text import Text

    out, one = console.stdout(), _found(name)
    out.print(Text(one.name, style="bold"))
    facts = [("what", one.what), ("type", one.typed), *_of_loss(one.name), *_of_sampling(one.name)]
    for left, text in facts:
        print(_hung(f"  {left}", text, out.width))


def _found(name: str) -> Named:
    from scarce.trial.scoring import METRICS

    every = {one.name: one for group in groups().values() for one in group}
    if name in every:
        return every[name]
    written_as = {as_words(one): one for one in every} | spellings_of(METRICS)
    for written in (name, name.partition(":")[0]):
        if as_words(written) in written_as:
            return every[written_as[as_words(written)]]
    near = [every[written_as[one]].name for one in difflib.get_close_matches(as_words(name), written_as, n=3)]
    suggestion = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else LIST
    raise ScarceError("E237", name=name, suggestion=suggestion)


def _of_loss(name: str) -> Iterator[tuple[str, str]]:
    """Yield a loss's parameters with their defaults and domains, its formula, and where it is from."""
    from scarce.losses.catalog import CATALOG

    if name not in CATALOG:
        return
    entry = CATALOG[name]
    for key, default in entry.parameters.items():
        unless = "not used unless given" if default is None else f"{default} unless given"
        yield f"  {key}", f"{unless}. {entry.meanings[key]}"
    documented = [part for part in entry.build().values() if type(part).__module__.startswith("scarce.")]
    for part in documented:
        formula, *sections = (inspect.getdoc(type(part)) or "").split("\n\n")
        yield "formula", " ".join(formula.replace("``", "").split())
        for section in sections:
            if section.startswith("References\n"):
                yield "source", " ".join(section.split("\n", 2)[2].split())
    if not documented:
        yield "formula", "that of cross_entropy: -log p, p the probability of the right class"


def _of_sampling(name: str) -> Iterator[tuple[str, str]]:
    """Yield what a sampling of imbalanced-learn needs, and its parameters where that is installed."""
    from scarce.resampling.imbalanced_learn import SAMPLERS, parameters_of

    if name not in SAMPLERS:
        return
    yield "undone", "no: only calibrated, since what it draws depends on the features"
    try:
        for key, default in parameters_of(name).items():
            yield f"  {key}", f"{default} unless given"
        yield "needs", f"imbalanced-learn, whose {SAMPLERS[name][0]} it is; it is installed"
    except ScarceError as missing:
        yield "needs", f"imbalanced-learn, whose {SAMPLERS[name][0]} it is: {missing.hint}"
