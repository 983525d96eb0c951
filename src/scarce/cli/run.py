"""``scarce run``: the trial, its files and its verdict."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from scarce.cli import (
    cell_options,
    console,
    file_options,
    interrupts,
    lists,
    options,
    outputs,
    record,
    role_options,
    rule_options,
    streams,
)
from scarce.cli.gates import Gate, judge, spellings_of
from scarce.cli.repeat_command import repeat_command
from scarce.errors import ScarceError
from scarce.progress_bars import Counted
from scarce.trial.lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scarce.bundle.model import Model
    from scarce.data.dataset import Dataset
    from scarce.data.table import Table
    from scarce.progress import Progress
    from scarce.trial.config import TrialConfig
    from scarce.trial.result import TrialResult

DEFAULT_OUT = "scarce-run"


@dataclass(frozen=True)
class Plan:
    """What one run is about to do, checked as far as it can be before the data is read."""

    config: TrialConfig
    folder: Path
    gates: tuple[Gate, ...]
    command: str
    jobs: int = 0
    overwrite: bool = False

    def check(self) -> None:
        """Refuse early what would fail late."""
        outputs.check_folder(self.folder)

    def check_data(self, dataset: Dataset) -> None:
        """Refuse a gate on a score that this data does not give, and a folder with other data's results."""
        from scarce.trial.scoring import metrics_of

        if not self.overwrite:
            table, target = dataset.source_fingerprint, dataset.target_name
            outputs.check_same_table(self.folder, dataset.name, table, target)
        spellings = spellings_of(metrics_of(dataset.costs, episodes=dataset.entity is not None))
        for gate in self.gates:
            gate.named(spellings)


def run(
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
    capacity: rule_options.Capacity = None,
    precision: rule_options.Precision = None,
    recall: rule_options.Recall = None,
    false_positive_rate: rule_options.FalsePositiveRate = None,
    fbeta: rule_options.FBeta = None,
    review: rule_options.Review = None,
    folds: options.Folds = 5,
    repeats: options.Repeats = 1,
    seed: options.Seed = 0,
    margin: options.Margin = None,
    tune_by: options.TuneBy = "log_loss",
    jobs: options.Jobs = 0,
    budget: options.Budget = None,
    out: options.Out = DEFAULT_OUT,
    overwrite: options.Overwrite = False,
    fail_if: options.FailIf = None,
) -> None:
    """Try the treatments of imbalance against a control; keep the best model, its rule and a report."""
    from scarce.decision.cost_range import CostRange
    from scarce.decision.rule_choice import RuleChoice
    from scarce.trial.config import TrialConfig

    rule = RuleChoice.of(
        capacity=capacity,
        precision=precision,
        recall=recall,
        false_positive_rate=false_positive_rate,
        fbeta=fbeta,
        review=review,
    )
    config = TrialConfig(
        methods=lists.methods(methods),
        learners=lists.names(learners),
        folds=folds,
        repeats=repeats,
        seed=seed,
        prior=prior,
        labelled_share=labelled_share,
        margin=margin,
        tune_by=tune_by,
        rule=rule,
        cost_range=CostRange.of(cost),
        budget=budget,
    )
    columns = {
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
    written = file_options.written(names, encoding)
    plan = Plan(
        config,
        outputs.folder_named(out),
        Gate.parse_all(fail_if),
        repeat_command(data, columns | written, config),
        jobs,
        overwrite,
    )
    spec = cost if config.cost_range is None else config.cost_range.middle
    raise typer.Exit(perform(plan, lambda: prepare(data, columns | {"cost": spec}, written)))


def prepare(data: str | list[str], columns: dict[str, Any], written: dict[str, Any]) -> Dataset:
    """Read files and name the roles of their columns."""
    from scarce.data.dataset import Dataset

    table, roles = read_table(data, columns, written)
    return Dataset.prepare(table, **roles)


def read_table(
    data: str | list[str], options: dict[str, Any], written: dict[str, Any]
) -> tuple[Table, dict[str, Any]]:
    """Read files as the options say that they are written; return the other options too."""
    from scarce.data.cells.notations import Cells
    from scarce.data.files.reading import read

    roles = dict(options)
    said = {name: roles.pop(name) for name in ("decimal", "missing", "date_format") if name in roles}
    return read(data, text=roles.get("categorical") or (), cells=Cells.of(**said), **written), roles


def perform(plan: Plan, load: Callable[[], Dataset]) -> int:
    """Carry a plan out and return the exit code: 0, or 1 where a gate failed."""
    plan.check()
    begun = time.perf_counter()
    with locked(plan.folder):
        dataset = load()
        plan.check_data(dataset)
        shown = Counted(console.progress())
        with console.if_interrupted(lambda: kept(shown, plan.folder)):
            result, model = tried(plan, dataset, shown, begun)
            seconds = time.perf_counter() - begun
            write(plan, result, model, seconds)
    show(plan, result, seconds)
    values = {name: estimate.value for name, estimate in result.winner.estimates.items()}
    return judge(plan.gates, values, spellings_of(result.metrics))


def show(plan: Plan, result: TrialResult, seconds: float) -> None:
    """Print the verdict, with all files in their places.

    Raises
    ------
    ScarceError
        E215 where stdout cannot be written.
    """
    from scarce.cli import summary

    with console.if_interrupted(lambda: complete(plan.folder, result)):
        try:
            with streams.read_by_choice():
                summary.show(result, plan.folder, seconds)
        except ScarceError as error:
            raise ScarceError("E215", folder=plan.folder, files=files(result), **error.values) from error


def complete(folder: Path, result: TrialResult) -> str:
    """Say what a command that is done has left."""
    return f"{folder} holds {files(result)}"


def files(result: TrialResult) -> str:
    """Name what a result leaves in its folder."""
    return "the model and the report" if result.trained else "the report"


def tried(plan: Plan, dataset: Dataset, progress: Progress, begun: float) -> tuple[TrialResult, Model]:
    """Run the trial, with a journal beside its outputs; what was read since it began counts as its time."""
    from scarce.trial.deadline import Deadline
    from scarce.trial.run import run_trial

    return run_trial(
        dataset,
        plan.config,
        progress=progress,
        journal=plan.folder / outputs.JOURNAL,
        command=plan.command,
        jobs=plan.jobs,
        deadline=None if plan.config.budget is None else Deadline(plan.config.budget, begun),
    )


def kept(shown: Counted, folder: Path) -> str:
    """Say what an interrupted run leaves behind: fits, whatever it was doing when it was stopped."""
    done, total = shown.of("training")
    if done == 0 and outputs.journal_size(folder)[0] == 0:
        return "nothing was written"
    if done == 0:  # it was stopped between keeping the first and counting it, or took up none yet
        return "finished fits are kept: the same command goes on from there"
    return f"{done} of {total} fits are kept: the same command goes on from there"


def write(plan: Plan, result: TrialResult, model: Model | None, seconds: float) -> None:
    """Write the model (if any), the report and the record, all or none, however often one types Ctrl-C."""
    from scarce.report import page

    with console.if_interrupted(lambda: complete(plan.folder, result)), interrupts.held_back():
        contents = {} if model is None else {outputs.MODEL: sealed(model)}
        contents |= {
            outputs.REPORT: page.render(result).encode(),
            outputs.RECORD: outputs.as_json(record.of(result, plan.command, seconds)),
        }
        outputs.write_run(plan.folder, contents)


def sealed(model: Model) -> bytes:
    """Return a model as its file holds it."""
    from scarce.bundle.serialization import to_bytes

    return to_bytes(model)
