"""``scarce.run``: the trial from Python, on data in any form."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from scarce.api import options
from scarce.api.call import written
from scarce.api.frames import library_of
from scarce.api.taking import taken
from scarce.api.trial import Trial
from scarce.api.watching import watcher
from scarce.data.cells.notations import Cells
from scarce.data.dataset import Dataset
from scarce.decision.cost_range import CostRange
from scarce.decision.rule_choice import RuleChoice
from scarce.errors import extras
from scarce.trial.config import TrialConfig
from scarce.trial.deadline import Deadline, seconds_of
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from scarce.decision.costs import Costs, CostSpec
    from scarce.progress import Progress


def run(
    data: Any,
    target: str | None = None,
    *,
    positive: object = None,
    cost: str | Mapping[str, float | str] | CostSpec | Costs | None = None,
    weight: str | None = None,
    time: str | None = None,
    group: str | None = None,
    entity: str | None = None,
    label_delay: str | float | None = None,
    unlabelled: str | None = None,
    drop: str | Sequence[str] = (),
    keep: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    numeric: str | Sequence[str] = (),
    capacity: float | str | None = None,
    precision: float | None = None,
    recall: float | None = None,
    false_positive_rate: float | None = None,
    fbeta: float | None = None,
    review: float | None = None,
    prior: float | None = None,
    labelled_share: float | str | None = None,
    learners: Any = (),
    methods: Any = (),
    folds: int = TrialConfig.folds,
    repeats: int = TrialConfig.repeats,
    seed: int = TrialConfig.seed,
    margin: str | float | None = None,
    tune_by: str = TrialConfig.tune_by,
    max_rounds: int = TrialConfig.max_rounds,
    replicates: int = TrialConfig.replicates,
    budget: str | float | None = None,
    decimal: str | None = None,
    missing: str | Sequence[object] = (),
    date_format: str | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    name: str | None = None,
    journal: str | os.PathLike[str] | None = None,
    jobs: int = 0,
    progress: Progress | bool | None = None,
) -> Trial:
    """Try the treatments of imbalance against a control; keep the best model and its rule.

    Parameters
    ----------
    data : path-like, list of these, DataFrame, mapping of str to sequence, ndarray, or tuple (X, y)
        A CSV, TSV, Parquet, JSON-lines, ARFF or Excel file, a pattern, or several files with the same
        columns; a pandas, polars or Arrow table, or another that narwhals knows; columns by name; an array
        with `names`; or features and labels apart, where an array's columns are called ``x0``, ``x1`` ...
        unless named. Rows are paired as they stand.
    target : str, optional
        The column to predict. With (X, y), what to call the labels.
    positive : str, number or bool, optional
        The label to look for, against all others; or for numbers a limit, such as ``">=100"``. Of two labels
        the rarer one unless named.
    cost : str, mapping, CostSpec or Costs, optional
        What a missed positive and a false alarm cost, as numbers or columns: ``"fn=Amount,fp=5"`` or
        ``{"fn": "Amount", "fp": 5}``; ``"fn=100..400,fp=5"`` where they are known only between two ends.
    weight, time, group : str, optional
        Columns with a role: how many rows of the population a row stands for; what to split by, earlier rows
        for training; whose rows stay on one side. They are no features unless kept.
    entity : str, optional
        The column that says what an episode is of, such as a card; needs `time`, is no feature unless kept.
        Its rows stay on one side of every split, and after its first flagged positive row nothing is lost.
    label_delay : str or number, optional
        How long a label takes to arrive: ``"60d"``, ``"12h"`` or ``"2w"`` where `time` holds dates, else a
        number in its unit. Younger rows are left out, and splits by time keep that gap.
    unlabelled : str, optional
        ``"drop"`` leaves out rows without a label, which are an error otherwise.
    drop, keep : str or sequence of str
        Columns that are no features, and columns that are features although they look like an id, or have a
        role.
    categorical, numeric : str or sequence of str
        Features that are categories although they are written as numbers, and features that are numbers
        although leading zeros make them look like codes.
    capacity, precision, recall, false_positive_rate, fbeta, review : float, optional
        The rule that the model decides by, one of them: how many rows can be looked at (a day where `time`
        holds dates, else of all; ``"0.5%"`` or .005 is a share); the least precision or recall; the highest
        false-positive rate; the best F-beta; or, beside `cost`, the price of having a row looked at before it
        is decided. Unless one is given, the costs decide, or without costs the best F1.
    prior : float, optional
        Share of positives where the model will be used, if not that of the data.
    labelled_share : float or str, optional
        Share of the positives that carry their label, if not all do: ``0.8``, or a band such as
        ``"0.7..0.9"``. Probabilities are then those of a label over that share.
    learners : sequence of str or estimator
        The models that may become the control; those of the default portfolio unless named.
    methods : sequence of str
        Treatments to try beside the control, such as ``"focal:gamma=2"``, or ``"mymodule:MyLoss"`` for a loss
        of your own; the default ones unless named.
    folds, repeats, seed : int
        Folds of a repeat; repeats with other folds; the seed of every random choice.
    margin : str or float, optional
        The difference in the primary metric that would matter, as a share of the control's figure such as
        ``"5%"``, or in the metric's unit; 5 % of a cost, or .01 of the average precision, unless given.
    tune_by : {"log_loss", "average_precision", "expected_cost"}
        What numbers that a method leaves open, as ``"focal:gamma=auto"`` does, are chosen by.
    max_rounds : int
        The most rounds of boosting; LightGBM's are half as many on tables of 10,000 rows or more.
    replicates : int
        Bootstrap replicates behind each interval.
    budget : str or float, optional
        What the trial may take: ``"90s"``, ``"30m"``, ``"1.5h"`` or seconds. Arms that there is no time for
        are stopped and undecided.
    decimal : str, optional
        ``","`` or ``"."``: the mark of decimals, where the values of a column leave it open.
    missing : str, or sequence of str or number
        More words for missing, such as ``"unknown,-"``, in every column.
    date_format : str, optional
        ``"DD/MM/YYYY"``, ``"MM/DD/YYYY"`` or another form, where the values of a column leave the order open.
    names : sequence of str, optional
        The columns of an array, or of a file without header.
    encoding : str, optional
        How the text of a file is written, such as ``"gb18030"``; UTF-8, or what is recognised, unless given.
    name : str, optional
        What messages, report and model call the data: the file's name, or ``"the data"``, unless given.
    journal : path-like, optional
        A folder in which each finished fit is kept, so that an interrupted trial goes on where it stopped.
    jobs : int
        Fits at a time, at most; 0 means as many as there are cores. The result does not depend on it.
    progress : bool, Progress or None
        None shows a bar in a notebook and on a terminal; True also prints lines where nobody watches; False
        says nothing; an object of `scarce.progress.Progress` is told of every fit.

    Returns
    -------
    Trial
        The verdict, the tables, the model and the report.

    Raises
    ------
    ScarceError
        E225 to E232 for data and arguments that do not fit together, E301, E302 and E381 for options, E254,
        E360 to E365 and E369 for a rule that cannot be, E382 for an aim that the scores
        cannot meet, E701 for a package that is not installed, and what reading, checks and the trial raise.

    Notes
    -----
    The command line is the same trial: equal data and options give an equal model, byte for byte. Options
    that messages write as ``--drop`` are arguments here: ``drop=``.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 2))
    >>> y = X[:, 0] + rng.normal(size=400) > 2.0
    >>> trial = run((X, y), methods=["focal:gamma=2"], learners=["lightgbm"], folds=2)
    >>> trial.outcomes
    {'focal:gamma=2': 'undecided'}
    """
    command = written(run, locals())
    begun = perf_counter()
    with extras.told():
        categories = options.columns("categorical", categorical)
        cells = Cells.of(decimal, missing, date_format)
        table, target = taken(data, target, names, name, text=categories, cells=cells, encoding=encoding)
        cost_range = CostRange.of(cost)
        dataset = Dataset.prepare(
            table,
            target=target,
            positive=options.label(positive),
            cost=cost if cost_range is None else cost_range.middle,
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
        config = TrialConfig(
            methods=options.several("methods", methods),
            learners=options.several("learners", learners),
            folds=options.whole("folds", folds),
            repeats=options.whole("repeats", repeats),
            seed=options.whole("seed", seed),
            prior=options.share("prior", prior),
            margin=margin,
            tune_by=tune_by,
            labelled_share=labelled_share,
            max_rounds=options.whole("max_rounds", max_rounds),
            replicates=options.whole("replicates", replicates),
            rule=RuleChoice.of(
                capacity=capacity,
                precision=precision,
                recall=recall,
                false_positive_rate=false_positive_rate,
                fbeta=fbeta,
                review=review,
            ),
            cost_range=cost_range,
            budget=None if budget is None else seconds_of(budget),
        )
        result, model = run_trial(
            dataset,
            config,
            progress=watcher(progress),
            journal=None if journal is None else Path(journal),
            command=command,
            jobs=options.jobs(jobs),
            deadline=None if config.budget is None else Deadline(config.budget, begun),
        )
    return Trial(result, model, library_of(data[0] if isinstance(data, tuple) else data))
