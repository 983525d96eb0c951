"""``scarce tune``: which numbers a loss is given, and what choosing them gains."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scarce.cli import cell_options, console, file_options, lists, options, outputs, role_options, streams
from scarce.cli.repeat_command import repeat_command
from scarce.cli.run import prepare
from scarce.trial.lock import locked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.table import Table

    from scarce.data.dataset import Dataset
    from scarce.trial.config import TrialConfig
    from scarce.trial.gains import Gain

_HEADS = ("method", "chosen", "in single folds", "gain", "interval", "outcome")
DEFAULT_OUT = "scarce-tune"
METHODS = (
    "focal:gamma=auto",
    "cross_entropy:class_weight=auto",
    "logit_adjusted:tau=auto",
    "focal:gamma=auto,class_weight=auto",
)
"""What is tried unless methods are named."""


def tune(
    data: options.Data,
    target: options.Target,
    positive: options.Positive = None,
    unlabelled: role_options.Unlabelled = None,
    cost: options.Cost = None,
    prior: options.Prior = None,
    labelled_share: options.Share = None,
    time_column: options.Time = None,
    group: options.Group = None,
    entity: options.Entity = None,
    label_delay: options.LabelDelay = None,
    weight: options.Weight = None,
    drop: options.Drop = None,
    keep: options.Keep = None,
    categorical: role_options.Categorical = None,
    numeric: role_options.Numeric = None,
    decimal: cell_options.Decimal = None,
    missing: cell_options.Missing = None,
    date_format: cell_options.DateFormat = None,
    names: file_options.Names = None,
    encoding: file_options.Encoding = None,
    methods: options.Methods = None,
    learners: options.Learners = None,
    folds: options.Folds = 5,
    repeats: options.Repeats = 1,
    seed: options.Seed = 0,
    margin: options.Margin = None,
    tune_by: options.TuneBy = "log_loss",
    jobs: options.Jobs = 0,
    out: options.Tuned = DEFAULT_OUT,
    with_map: options.WithMap = False,
    as_json: options.AsJson = False,
) -> None:
    """Choose gamma, class weights and tau of a loss; say what that gains over the plain one."""
    from scarce.decision.cost_range import CostRange
    from scarce.trial.config import TrialConfig

    config = TrialConfig(
        methods=lists.methods(methods) or METHODS,
        learners=lists.names(learners),
        folds=folds,
        repeats=repeats,
        seed=seed,
        prior=prior,
        labelled_share=labelled_share,
        margin=margin,
        tune_by=tune_by,
        cost_range=CostRange.of(cost),
    )
    columns: dict[str, Any] = {
        "target": target,
        "positive": positive,
        "unlabelled": unlabelled,
        "cost": cost,
        "time": time_column,
        "group": group,
        "entity": entity,
        "label_delay": label_delay,
        "weight": weight,
        "drop": lists.names(drop),
        "keep": lists.names(keep),
        "categorical": lists.names(categorical),
        "numeric": lists.names(numeric),
        "decimal": decimal,
        "missing": lists.names(missing),
        "date_format": date_format,
    }
    written, folder = file_options.written(names, encoding), outputs.folder_named(out)
    outputs.check_tuned(folder)
    begun = time.perf_counter()
    with locked(folder), console.if_interrupted(lambda: _kept(folder)):
        dataset = _dataset(data, columns, written, config)
        found = _found(dataset, config, folder, jobs)
        if found["command"] != "":
            found["command"] = repeat_command(data, columns | written, found["command"])
        found["seconds"] = round(time.perf_counter() - begun, 1)
        folder.mkdir(parents=True, exist_ok=True)
        content = outputs.as_json({"made_by": outputs.MADE_BY, **found, "gains": _dicts(found["gains"])})
        outputs.write_file(folder / outputs.TUNED, lambda path: path.write_bytes(content), "--out")
        if with_map:
            _draw(dataset, config, found["gains"], folder, jobs)
    with streams.read_by_choice():
        if as_json:
            print(content.decode(), end="")
        else:
            _show(found, folder)


def _dataset(
    data: list[str], columns: dict[str, Any], written: dict[str, Any], config: TrialConfig
) -> Dataset:
    cost = columns["cost"] if config.cost_range is None else config.cost_range.middle
    return prepare(data, columns | {"cost": cost}, written)


def _found(dataset: Dataset, config: TrialConfig, folder: Path, jobs: int) -> dict[str, Any]:
    """Run the trial, and return what is to be said of it; as command the configuration to repeat."""
    from scarce.trial.config import TrialConfig
    from scarce.trial.gains import best, gains
    from scarce.trial.run import run_trial

    how = {"progress": console.progress(), "journal": folder / outputs.JOURNAL, "jobs": jobs}
    result, _ = run_trial(dataset, replace(config, margin=None), **how)
    found = gains(dataset, config, result)
    chosen = best(found)
    said = {"data": dataset.name, "control": result.arms[0].learner, "gains": found}
    if chosen is None:
        advice = "Keep the plain loss: no other one is surely better on rows that did not choose it."
        return {**said, "advice": advice, "command": ""}
    advice = f"{chosen.chosen} is better than the plain loss. To train it:"
    run = replace(config, methods=(chosen.chosen,), learners=(chosen.learner,), margin=None)
    return {**said, "advice": advice, "command": replace(run, tune_by=TrialConfig.tune_by)}


def _draw(dataset: Dataset, config: TrialConfig, gains: Sequence[Gain], folder: Path, jobs: int) -> None:
    """Write the map of the learner that the open methods ran on."""
    from scarce.report import focal_map
    from scarce.trial.focal_map import LEARNER, find_map

    found = find_map(
        dataset,
        config,
        learner=gains[0].learner if gains else LEARNER,
        progress=console.progress(),
        journal=folder / outputs.MAP_JOURNAL,
        jobs=jobs,
    )
    with outputs.told(folder, "--out"):
        focal_map.write(found, folder)


def _kept(folder: Path) -> str:
    if outputs.journal_size(folder)[0] == 0:
        return "nothing was written"
    return "finished fits are kept: the same command goes on from there"


def _dicts(found: Sequence[Gain]) -> list[dict[str, Any]]:
    return [one.to_dict() for one in found]


def _show(found: dict[str, Any], folder: Path) -> None:
    """Print the table, and what to do."""
    out, gains = console.stdout(), found["gains"]
    if gains:
        first = gains[0]
        plain = first.metric.write(first.plain)
        out.print(console.shown(f"{found['data']}: {first.metric.label} of plain {first.learner} {plain}"))
        out.print()
        out.print(_table(gains))
        out.print()
        fits = ", ".join(f"{one.fits} for {one.method}" for one in gains)
        out.print(console.shown(f"Fits: {first.plain_fits} for {_plain(first)}, {fits}.", "dim"))
    out.print(console.shown(found["advice"], "bold"))
    if found["command"]:
        print(found["command"])
    out.print(console.shown(f"{folder / outputs.TUNED} holds the figures", "dim"))


def _plain(gain: Gain) -> str:
    """Return what was trained without a treatment."""
    if gain.plain_models == 1:
        return f"plain {gain.learner}"
    return f"{gain.plain_models} plain models ({gain.learner} is the best that takes these losses)"


def _table(gains: Sequence[Gain]) -> Table:
    """Return a line for each open arm."""
    from rich.table import Column, Table

    from scarce.trial.wording import numbers_of

    table = Table(*(Column(head, overflow="fold") for head in _HEADS), box=None, pad_edge=False)
    for one in gains:
        sign = 1.0 if one.metric.higher_is_better else -1.0
        found = one.difference
        low, high = sorted((sign * found.low + 0.0, sign * found.high + 0.0))  # not -0
        folds = ", ".join(f"{times} x {numbers_of(name)}" for name, times in one.in_folds.items())
        texts = (
            one.method,
            numbers_of(one.chosen),
            folds,
            one.metric.write(sign * found.value + 0.0),
            f"{one.metric.write(low)} to {one.metric.write(high)}",
            found.outcome,
        )
        table.add_row(*(console.shown(text) for text in texts))
    return table
