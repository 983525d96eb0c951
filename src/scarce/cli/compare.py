"""``scarce compare``: scores made elsewhere, held against one another as a trial does with its arms."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Any

import typer

from scarce.cli import (
    cell_options,
    console,
    file_options,
    lists,
    options,
    outputs,
    role_options,
    rule_options,
    score_options,
)
from scarce.cli.gates import Gate, judge, spellings_of
from scarce.cli.repeat_command import column_words, trial_words
from scarce.cli.run import Plan, read_table, show, write
from scarce.errors import ScarceError
from scarce.trial.lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.trial.compare import ScoredTable

DEFAULT_OUT = "scarce-compare"


def compare(
    data: options.Data,
    target: options.Target,
    scores: score_options.Scores,
    scores_are: score_options.ScoresAre = None,
    positive: options.Positive = None,
    unlabelled: role_options.Unlabelled = None,
    cost: options.Cost = None,
    prior: score_options.Prior = None,
    labelled_share: options.Share = None,
    time_column: score_options.Time = None,
    group: options.Group = None,
    entity: options.Entity = None,
    label_delay: options.LabelDelay = None,
    weight: options.Weight = None,
    capacity: rule_options.Capacity = None,
    precision: rule_options.Precision = None,
    recall: rule_options.Recall = None,
    false_positive_rate: rule_options.FalsePositiveRate = None,
    fbeta: rule_options.FBeta = None,
    review: rule_options.Review = None,
    decimal: cell_options.Decimal = None,
    missing: cell_options.Missing = None,
    date_format: cell_options.DateFormat = None,
    names: file_options.Names = None,
    encoding: file_options.Encoding = None,
    folds: options.Folds = 5,
    repeats: options.Repeats = 1,
    seed: options.Seed = 0,
    margin: options.Margin = None,
    out: score_options.Out = DEFAULT_OUT,
    overwrite: options.Overwrite = False,
    fail_if: options.FailIf = None,
) -> None:
    """Compare columns of scores made elsewhere: calibrated, decided and judged as in a run; train nothing."""
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
    named, kinds = lists.names(scores), lists.names(scores_are)
    if not named:
        raise ScarceError(
            "E204",
            option="--scores",
            value=",".join(scores),
            reason="it names no column",
            suggestion="name the columns, the one to beat first: --scores old,new",
        )
    config = TrialConfig(
        folds=folds,
        repeats=repeats,
        seed=seed,
        prior=prior,
        labelled_share=labelled_share,
        margin=margin,
        rule=rule,
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
        "decimal": decimal,
        "missing": lists.names(missing),
        "date_format": date_format,
    }
    written = file_options.written(names, encoding)
    words = column_words({"target": target, "scores": named, "scores-are": kinds} | columns | written)
    command = shlex.join(["scarce", "compare", *data, *words, *trial_words(config)])
    plan = Plan(config, outputs.folder_named(out), Gate.parse_all(fail_if), command, overwrite=overwrite)
    if config.cost_range is not None:
        columns["cost"] = config.cost_range.middle
    raise typer.Exit(perform(plan, lambda: prepare(data, named, columns, written), kinds))


def perform(plan: Plan, load: Callable[[], ScoredTable], kinds: tuple[str, ...]) -> int:
    """Carry a plan out and return the exit code: 0, or 1 where a gate failed."""
    from scarce.trial.compare import compare_scores

    plan.check()
    outputs.check_no_model(plan.folder)
    begun = time.perf_counter()
    with locked(plan.folder):
        table = load()
        plan.check_data(table.dataset)
        result = compare_scores(
            table.dataset,
            table.scores,
            kinds,
            plan.config,
            where=table.where,
            progress=console.progress(),
            command=plan.command,
        )
        seconds = time.perf_counter() - begun
        write(plan, result, None, seconds)
    show(plan, result, seconds)
    values = {name: estimate.value for name, estimate in result.winner.estimates.items()}
    return judge(plan.gates, values, spellings_of(result.metrics))


def prepare(
    data: list[str], scores: tuple[str, ...], columns: dict[str, Any], written: dict[str, Any]
) -> ScoredTable:
    """Read files, their scores and the roles of their other columns."""
    from scarce.trial.compare import ScoredTable

    table, roles = read_table(data, columns, written)
    return ScoredTable.prepare(table, scores, **roles)
