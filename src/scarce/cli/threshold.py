"""``scarce threshold``: another rule for a model, without training."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scarce.cli import console, file_options, options, outputs, role_options, rule_options
from scarce.cli.rows import rows_of
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.bundle.model import Model
    from scarce.data.table import Table
    from scarce.decision.rule_choice import RuleChoice
    from scarce.decision.rules import Rule

LABELLED = ("precision", "recall", "false_positive_rate", "fbeta")
"""Rules that are fitted to rows with labels; a capacity takes rows alone, and costs and a cut take none."""


def threshold(
    model: options.ModelFile,
    data: Annotated[
        list[str] | None,
        typer.Argument(
            show_default=False,
            help="Rows that the model was not trained on, for rules that are fitted to rows.",
        ),
    ] = None,
    cost: options.Cost = None,
    cut: rule_options.Cut = None,
    factor: rule_options.Factor = None,
    capacity: rule_options.Capacity = None,
    precision: rule_options.Precision = None,
    recall: rule_options.Recall = None,
    false_positive_rate: rule_options.FalsePositiveRate = None,
    fbeta: rule_options.FBeta = None,
    review: rule_options.Review = None,
    target: options.TargetOfModel = None,
    weight: options.WeightOfModel = None,
    unlabelled: role_options.Unlabelled = None,
    names: file_options.Names = None,
    encoding: file_options.Encoding = None,
    time_column: Annotated[
        str | None, typer.Option("--time", metavar="COLUMN", help="Dates: a capacity is then that of a day.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FILE", help="Write the model with this rule into a new file."),
    ] = None,
) -> None:
    """Give MODEL another rule without training: by costs, a cut, or what it is to reach on rows of DATA."""
    from scarce.bundle.serialization import load, save
    from scarce.decision.rule_choice import RuleChoice

    choice = RuleChoice.of(
        capacity=capacity,
        precision=precision,
        recall=recall,
        false_positive_rate=false_positive_rate,
        fbeta=fbeta,
        review=review,
    )
    if out is not None:
        outputs.check_file(Path(out), (model, *(data or ())), "--out")
    loaded = load(model)
    rule = given(loaded, cost, cut, factor, choice)
    shown = " ".join(data) if data else None
    refuse_idle(None if rule is not None else choice, shown, target, weight, time_column, unlabelled)
    if not data:
        refuse_unread(names, encoding)
    if cut is not None:
        rule = cut_for(loaded, rule, cut)
    elif rule is None:
        assert choice is not None
        table = rows_of(loaded, data, names, encoding) if data else None
        rule = fitted(loaded, table, choice, target, weight, time_column, unlabelled)
    print(rule.describe())
    if loaded.rule is not None:
        console.note(f"the rule of {model} is: {loaded.rule.describe()}")
    if out is not None:
        save(loaded.with_rule(rule), out)
        console.note(f"{out} holds the model with this rule")


def given(
    model: Model, cost: str | None, cut: float | None, factor: float | None, choice: RuleChoice | None
) -> Rule | None:
    """Return the rule that needs no rows, None where one is to be fitted.

    Raises
    ------
    ScarceError
        E203 where no rule is named, E360 for two, E361 for a review or a factor without costs, E301 for a cut
        that is no probability.
    """
    from scarce.decision.arrays import log_odds_of
    from scarce.decision.cost_rule import CostRule
    from scarce.decision.costs import CostSpec
    from scarce.decision.rules import CutRule

    review = 0.0 if choice is None or choice.option != "review" else choice.level
    named = {"cost": cost, "cut": cut, "factor": factor}
    asked = [name for name, value in named.items() if value is not None]
    asked += [choice.option.replace("_", "-")] if choice is not None else []
    if not asked:
        example = "scarce threshold scarce-run/model.scarce --cost fn=100,fp=5 --out new.scarce"
        raise ScarceError("E203", call="scarce threshold", what="a rule", example=example)
    if len(asked) > 1 and not {*asked} <= {"cost", "review", "factor"}:
        raise ScarceError("E360", rules=" and ".join(asked))
    if cut is not None:
        if not 0.0 < cut < 1.0:
            raise ScarceError("E301", option="cut", value=cut, allowed="a probability between 0 and 1")
        return CutRule(float(log_odds_of([cut])[0]))
    if cost is None and factor is None and not review:
        return None
    spec = CostSpec.parse(cost) if cost is not None else getattr(model.rule, "spec", None)
    if spec is None:
        raise ScarceError("E361")
    if factor is not None and not 0.0 < factor < math.inf:
        raise ScarceError("E301", option="factor", value=factor, allowed="a number above 0")
    return CostRule(0.0 if factor is None else math.log(factor), spec, review=review)


def refuse_idle(
    choice: RuleChoice | None,
    data: str | None,
    target: str | None,
    weight: str | None,
    time_column: str | None,
    unlabelled: str | None = None,
) -> None:
    """Refuse what would change nothing: rows and columns for a rule that is not fitted to them.

    Raises
    ------
    ScarceError
        E367.
    """
    if choice is None:
        idle = {"data": data, "target": target, "weight": weight, "time": time_column}
        idle["unlabelled"] = unlabelled
        reason = "it follows from the costs or the cut alone"
    elif choice.option in LABELLED:
        idle, reason = {"time": time_column}, "only a number of rows a day asks for dates"
    else:
        idle = {"target": target, "unlabelled": unlabelled} | (
            {} if choice.counted else {"time": time_column}
        )
        reason = "it takes the likeliest rows, whatever they are" if target else "it is a share of the rows"
    for name, value in idle.items():
        if value is not None:
            what, left_out = ("DATA", value) if name == "data" else (f"--{name}", f"--{name} {value}")
            raise ScarceError("E367", what=what, reason=reason, left_out=left_out)


def refuse_unread(names: list[str] | None, encoding: str | None) -> None:
    """Refuse to be told how a file is written where there is none; raises E367."""
    for option, value in (("--names", names), ("--encoding", encoding)):
        if value:
            reason = "there is no DATA that would be read so"
            raise ScarceError("E367", what=option, reason=reason, left_out=option)


def fitted(
    model: Model,
    table: Table | None,
    choice: RuleChoice,
    target: str | None,
    weight: str | None,
    time_column: str | None,
    unlabelled: str | None,
) -> Rule:
    """Fit a rule to rows that the model was not trained on.

    Raises
    ------
    ScarceError
        E366 where the rows are missing, and what reading them raises.
    """
    import numpy as np

    from scarce.cli.evaluate import labelled, warn_if_trained_on
    from scarce.data.roles import days_of
    from scarce.decision.cut_interval import fit_with_interval

    option = "--" + choice.option.replace("_", "-")
    needs_labels = choice.option in LABELLED
    if table is None:
        raise ScarceError("E366", option=option, what="rows with labels" if needs_labels else "rows")
    warn_if_trained_on(model, model.share_trained_on(table))
    if needs_labels:
        dataset = labelled(model, table, target, weight, unlabelled=unlabelled)
        for finding in dataset.said_of_rows:
            console.note(str(finding))
        table = table if dataset.source_rows is None else table.take(dataset.source_rows)
        labels, weights = dataset.target, dataset.row_weight
    else:
        labels = np.zeros(table.n_rows, dtype=np.uint8)
        weights = None if weight is None else table.numbers(weight)
        rows = float(table.n_rows if weights is None else weights.sum())
        days = None if time_column is None else days_of(table, time_column)
        if choice.counted and time_column is not None and days is None:
            raise ScarceError("E364")
        choice = choice.for_rows(rows, days)
    return of_labels(fit_with_interval(choice, model.log_odds_of_labels(table), labels, weights), model)


def cut_for(model: Model, rule: Rule, cut: float) -> Rule:
    """Return the rule that flags where the probability that is written is above the cut."""
    share = model.labelled_share
    return rule if share is None else of_labels(replace(rule, cut=share.label_log_odds(cut)), model)


def of_labels(rule: Rule, model: Model) -> Rule:
    """Return a cut that says, where a part of the positives carries no label, that it is on those that do."""
    from scarce.calibration.labelled_share import scale_note

    if model.labelled_share is None:
        return rule
    return replace(rule, note="; ".join(filter(None, (rule.note, scale_note(model.labelled_share.share)))))
