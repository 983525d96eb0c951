"""``scarce.plan``: what a trial can show, before there is a trial or even a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.api import options
from scarce.api.taking import taken
from scarce.api.watching import watcher
from scarce.data.cells.notations import Cells
from scarce.data.dataset import Dataset
from scarce.errors import extras
from scarce.trial.pilot import plan_of_numbers, plan_of_table, refuse_columns, refuse_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scarce.decision.costs import Costs, CostSpec
    from scarce.progress import Progress
    from scarce.trial.plan_of_a_trial import Plan


def plan(
    data: Any = None,
    target: str | None = None,
    *,
    rows: int | None = None,
    positives: int | None = None,
    prevalence: float | None = None,
    average_precision: float | None = None,
    positive: object = None,
    cost: str | Mapping[str, float | str] | CostSpec | Costs | None = None,
    weight: str | None = None,
    unlabelled: str | None = None,
    time: str | None = None,
    group: str | None = None,
    entity: str | None = None,
    label_delay: str | float | None = None,
    labelled_share: float | str | None = None,
    drop: str | Sequence[str] = (),
    keep: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    numeric: str | Sequence[str] = (),
    difference: str | float | None = None,
    seed: int = 0,
    decimal: str | None = None,
    missing: str | Sequence[object] = (),
    date_format: str | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    name: str | None = None,
    jobs: int = 0,
    progress: Progress | bool | None = None,
) -> Plan:
    """Say which differences a trial could show, and how many positives a given one takes.

    From a pilot table, on which one plain model is cross-fitted; or from numbers alone.

    Parameters
    ----------
    data : path-like, DataFrame, mapping of str to sequence, ndarray, or tuple (X, y), optional
        A pilot table, in any form that `scarce.run` takes.
    target : str, optional
        The column to predict.
    rows : int, optional
        Of a table that is not there yet; goes with `positives` or `prevalence`.
    positives : int, optional
    prevalence : float, optional
        Share of positives.
    average_precision : float, optional
        What a plain model would reach without a table, .5 unless given.
    positive, cost, weight, unlabelled, time, group, entity, label_delay, labelled_share
        As of `scarce.run`; with an entity, entities with a positive row are what is counted.
    drop, keep, categorical, numeric, seed, decimal, missing, date_format, names, encoding, name, jobs
    progress
        As of `scarce.run`. Without a table costs are numbers.
    difference : float or str, optional
        One that would matter in the primary metric (cost if costs are given, else average precision): a
        number in its unit, or a share of the plain model's figure such as ``"5%"``. By default .01 of average
        precision and 5 % of a cost.

    Returns
    -------
    Plan
        Prints as text; its figures are in `Plan.to_dict`.

    Raises
    ------
    ScarceError
        E386 where there is neither a table nor a number of rows, or where something is said of
        the columns of no table, E387 where there are both, E388 unless rows
        go with positives or with a prevalence, E389 for numbers that are no table, E390 for costs that differ
        from row to row without a table, E328 for a difference that cannot be read, and as `scarce.run`.

    Notes
    -----
    Differences are seen four times in five (80 % power), at 5 % for all treatments together. What is assumed
    of how differently two arms decide is printed with the figures.

    Examples
    --------
    >>> sight = plan(rows=50_000, prevalence=0.01, cost="fn=100,fp=1")
    >>> sight.positives, [one.metric.name for one in sight.differences]
    (500, ['expected_cost', 'average_precision', 'log_loss'])
    """
    with extras.told():
        if data is None:
            columns = {"target": target, "positive": positive, "weight": weight, "time": time, "group": group}
            columns |= {"entity": entity, "label_delay": label_delay, "labelled_share": labelled_share}
            columns |= {
                "unlabelled": unlabelled,
                "drop": options.columns("drop", drop),
                "keep": options.columns("keep", keep),
                "categorical": options.columns("categorical", categorical),
                "numeric": options.columns("numeric", numeric),
            }
            columns |= {"decimal": decimal, "missing": missing, "date_format": date_format}
            columns |= {"names": names, "encoding": encoding}
            refuse_columns(columns)
            return plan_of_numbers(
                rows,
                positives,
                prevalence,
                average_precision=average_precision,
                cost=cost,
                difference=difference,
            )
        numbers = {"rows": rows, "positives": positives, "prevalence": prevalence}
        refuse_numbers(numbers | {"average_precision": average_precision})
        categories = options.columns("categorical", categorical)
        cells = Cells.of(decimal, missing, date_format)
        table, target = taken(data, target, names, name, text=categories, cells=cells, encoding=encoding)
        dataset = Dataset.prepare(
            table,
            target=target,
            positive=options.label(positive),
            cost=cost,
            weight=options.column("weight", weight),
            time=options.column("time", time),
            group=options.column("group", group),
            entity=options.column("entity", entity),
            label_delay=label_delay,
            drop=options.columns("drop", drop),
            keep=options.columns("keep", keep),
            unlabelled=unlabelled,
            categorical=categories,
            numeric=options.columns("numeric", numeric),
        )
        return plan_of_table(
            dataset,
            difference=difference,
            labelled_share=labelled_share,
            seed=options.whole("seed", seed),
            progress=watcher(progress),
            jobs=options.jobs(jobs),
        )
