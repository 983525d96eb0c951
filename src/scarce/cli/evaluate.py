"""``scarce evaluate``: how a model does on labelled rows it was not trained on."""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from scarce.cli import console, file_options, model_options, options, role_options, streams
from scarce.cli.check import units
from scarce.cli.gates import Gate, judge, spellings_of
from scarce.cli.rows import rows_of
from scarce.errors import ScarceError, ScarceWarning

if TYPE_CHECKING:
    from rich.table import Table as Drawn

    from scarce.bundle.model import Model
    from scarce.data.dataset import Dataset
    from scarce.data.table import Table
    from scarce.evaluation.estimate import Estimate
    from scarce.trial.metric import Metric

NO_FIGURE = (
    "A dash: these rows do not define it. An interval takes two positives and two negatives, no copies of "
    "one another."
)

MOST_TRAINED_ON = 0.01
"""Share of the rows that the model may have been trained on without a warning."""


def evaluate(
    model: options.ModelFile,
    data: options.Data,
    target: options.TargetOfModel = None,
    time_column: model_options.TimeOfModel = None,
    entity: model_options.EntityOfModel = None,
    label_delay: options.LabelDelay = None,
    weight: options.WeightOfModel = None,
    unlabelled: role_options.Unlabelled = None,
    names: file_options.Names = None,
    encoding: file_options.Encoding = None,
    as_json: options.AsJson = False,
    fail_if: options.FailIf = None,
) -> None:
    """Score MODEL on labelled rows: ranking, probabilities and decisions, each with a 95 % interval."""
    gates = Gate.parse_all(fail_if)
    from scarce.bundle.serialization import load
    from scarce.evaluation.intervals import Bootstrap
    from scarce.trial.scoring import metrics_of

    loaded = load(model)
    table = rows_of(loaded, data, names, encoding)
    roles = episodes(loaded, table, time_column, entity, label_delay)
    dataset = labelled(loaded, table, target, weight, unlabelled=unlabelled, **roles)
    if dataset.source_rows is not None:
        table = table.take(dataset.source_rows)
    seen = loaded.share_trained_on(table)
    warn_if_trained_on(loaded, seen)
    warn_if_few(dataset)
    metrics = metrics_of(dataset.costs, episodes=dataset.entity is not None)
    spellings = spellings_of(metrics)
    for gate in gates:
        gate.named(spellings)
    estimates = scored(loaded, table, dataset).estimates(Bootstrap())
    warn_if_too_good(loaded, dataset, estimates["average_precision"].value)
    with streams.read_by_choice():
        if as_json:
            written = json.dumps(as_dict(dataset, estimates, seen), indent=2, allow_nan=False)
            print(written.replace("\x7f", "\\u007f"))  # the one control character that JSON leaves as it is
        else:
            show(dataset, metrics, estimates, seen, unfollowed(loaded, dataset))
    values = {name: estimate.value for name, estimate in estimates.items()}
    raise typer.Exit(judge(gates, values, spellings))


def warn_if_few(dataset: Dataset) -> None:
    """Warn of too few positives, or of too few entities that have one."""
    from scarce.decision.enough_positives import TO_SEE_SMALL_DIFFERENCES

    positives, entity = dataset.n_positive, dataset.entity
    entities = positives if entity is None else len(set(entity[dataset.target == 1]))
    if entities < min(positives, TO_SEE_SMALL_DIFFERENCES):
        so = "intervals are wide"
        warnings.warn(
            ScarceWarning("W314", positives=f"{positives:,}", entities=entities, so=so), stacklevel=2
        )
    elif positives < TO_SEE_SMALL_DIFFERENCES:
        warnings.warn(ScarceWarning("W302", positives=positives), stacklevel=2)


def warn_if_trained_on(model: Model, seen: Estimate | None) -> None:
    """Warn where surely more of the rows were trained on than scores can bear, and than chance confuses."""
    if seen is not None and seen.low > max(MOST_TRAINED_ON, model.sketch.by_chance):
        warnings.warn(ScarceWarning("W308", share=as_share(seen)), stacklevel=2)


def as_share(estimate: Estimate) -> str:
    """Return a share in per cent, with its interval where it has one.

    Examples
    --------
    >>> from scarce.evaluation.estimate import Estimate
    >>> as_share(Estimate(0.5, 0.48, 0.521)), as_share(Estimate(1.0, 1.0, 1.0))
    ('50 % (48 to 52.1 %)', '100 %')
    """
    value, low, high = (f"{100 * share:.3g}" for share in (estimate.value, estimate.low, estimate.high))
    return f"{value} %" if low == high else f"{value} % ({low} to {high} %)"


def warn_if_too_good(model: Model, dataset: Dataset, average_precision: float) -> None:
    """Warn of a nearly perfect score, with the columns of the model that may leak."""
    from scarce.data.checks.every_check import run_checks
    from scarce.trial.too_good import is_too_good, leak_suspects

    if not is_too_good(average_precision, dataset.prevalence):
        return
    used = {column.name for column in model.encoder.columns}
    told = leak_suspects(finding for finding in run_checks(dataset) if used.issuperset(finding.columns))
    warnings.warn(ScarceWarning("W304", score=f"{average_precision:.3f}", suspects=told), stacklevel=2)


def labelled(
    model: Model, table: Table, target: str | None, weight: str | None, **roles: str | None
) -> Dataset:
    """Give a table the roles that the model was trained with, unless others are named.

    Raises
    ------
    ScarceError
        E211 where the labels are not those of the model, and what `Dataset.prepare` raises.
    """
    from scarce.data.dataset import Dataset
    from scarce.decision.rules import CostRule

    name = target or trained_on(model)
    used = [column.name for column in model.encoder.columns if column.name in table.names]
    dataset = Dataset.prepare(
        table,
        target=name,
        keep=[column for column in used if column != name and column not in table.quirks],
        positive=model.labels[1],
        cost=model.rule.spec if isinstance(model.rule, CostRule) else None,
        weight=weight or weighed_by(model, table),
        **roles,
        negative=model.labels[0],
    )
    if model.labelled_share is not None and dataset.costs is not None:
        dataset = replace(dataset, costs=replace(dataset.costs, labelled=model.labelled_share.share))
    if dataset.labels != model.labels:
        raise ScarceError(
            "E211",
            source=table.source,
            found=dataset.labels[0],
            known=model.labels[0],
            column=dataset.target_name,
        )
    return dataset


def trained_on(model: Model) -> str:
    """Return the name of the column that the model was trained on.

    Raises
    ------
    ScarceError
        E203 for a model whose card does not say.
    """
    name = card_of_data(model).get("target")
    if name is not None:
        return name
    example = "scarce evaluate MODEL DATA --target COLUMN"
    raise ScarceError("E203", call="scarce evaluate", what="--target for this model", example=example)


def weighed_by(model: Model, table: Table) -> str | None:
    """Return the weight column that the model was trained with, if the table has it."""
    name = card_of_data(model).get("weight")
    return name if name in table.data.column_names else None


def episodes(
    model: Model, table: Table, time: str | None, entity: str | None, label_delay: str | None
) -> dict[str, str | None]:
    """Return the columns to follow: those named, else those of the training, where the table has them.

    Raises
    ------
    ScarceError
        E384 for a time that nothing asks for.
    """
    known = {role: name for role, name in card_of_data(model).items() if name in table.names}
    when = time or known.get("time")
    followed = entity or (known.get("entity") if when else None)
    if followed is None and label_delay is None:
        when = None
        if time is not None:
            raise ScarceError("E384", time=time)
    return {"time": when, "entity": followed, "label_delay": label_delay}


def card_of_data(model: Model) -> dict[str, Any]:
    """Return what the model's card says of its training data."""
    return model.card.get("data", {})


def scored(model: Model, table: Table, dataset: Dataset) -> Any:
    """Return the rows with the model's log-odds and decisions."""
    import pyarrow.compute as pc

    from scarce.trial.scoring import Rows

    predicted = model.predictions(table)
    log_odds = predicted.column("log_odds")
    costs = dataset.costs
    if costs is not None and "action" in predicted.column_names:
        reviewed = pc.equal(predicted.column("action"), "review").to_numpy(zero_copy_only=False)
        costs = costs.with_reviews(reviewed, model.rule.review)
    episodes, flagged = dataset.episodes, predicted.column("flag").to_numpy()
    return Rows(
        dataset.target,
        log_odds.to_numpy() if model.labelled_share is None else model.log_odds_of_labels(table),
        flagged,
        dataset.row_weight,
        costs,
        dataset.units,
        entity=dataset.entity,
        after=None if episodes is None else episodes.after_catch(dataset.target == 1, flagged),
    )


def as_dict(dataset: Dataset, estimates: dict[str, Estimate], seen: Estimate | None) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "data": dataset.name,
        "rows": len(dataset.target),
        "positives": int(dataset.target.sum()),
        "findings": [finding.to_dict() for finding in dataset.said_of_rows],
        "trained_on": None if seen is None else seen.to_dict(),
        "scores": {name: estimate.to_dict() for name, estimate in estimates.items()},
    }


def unfollowed(model: Model, dataset: Dataset) -> str:
    """Say that rows are judged one by one where the training followed entities, and nothing else."""
    entity = card_of_data(model).get("entity")
    if entity is None or dataset.entity is not None:
        return ""
    return (
        f"The model was trained by episode, of {entity}: without that column and the time every row counts."
    )


def show(
    dataset: Dataset,
    metrics: tuple[Metric, ...],
    estimates: dict[str, Estimate],
    seen: Estimate | None,
    remark: str = "",
) -> None:
    """Print the scores as a table."""
    from rich.text import Text

    from scarce.evaluation.probability import prevalence

    out = console.stdout()
    share = prevalence(dataset.target, dataset.row_weight)
    out.print(
        console.shown(
            f"{dataset.name}: {len(dataset.target):,} rows, {int(dataset.target.sum()):,} positive "
            f"({dataset.labels[1]!r}), {'' if dataset.row_weight is None else 'weighted '}prevalence "
            f"{100 * share:.3g} %"
        )
    )
    for finding in dataset.said_of_rows:
        out.print(console.shown(str(finding), "dim"))
    for text in filter(None, (*units(dataset), remark)):
        out.print(console.shown(text, "dim"))
    out.print()
    out.print(scores_table(metrics, estimates))
    out.print()
    out.print(Text(f"Average precision of chance is the prevalence, {share:.3g}.", style="dim"))
    if seen is not None and not math.isnan(seen.value):
        out.print(Text(f"Rows that the model was trained on: {as_share(seen)}.", style="dim"))
    if any(math.isnan(estimate.low) for estimate in estimates.values()):
        out.print(Text(NO_FIGURE, style="dim"))


def scores_table(metrics: tuple[Metric, ...], estimates: dict[str, Estimate]) -> Drawn:
    """Return a line a metric: its name, its value and its interval."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Drawn

    table = Drawn(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name, justify in (("score", "left"), ("value", "right"), ("from", "right"), ("to", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for metric in metrics:
        estimate = estimates[metric.name]
        write = metric.at(estimate.value).write
        table.add_row(metric.label, *map(write, (estimate.value, estimate.low, estimate.high)))
    return table
