"""``scarce.compare``: scores made elsewhere, judged as a trial judges its arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.api import options
from scarce.api.call import written
from scarce.api.frames import library_of
from scarce.api.taking import taken
from scarce.api.trial import Trial
from scarce.api.watching import watcher
from scarce.data.cells.notations import Cells
from scarce.decision.cost_range import CostRange
from scarce.decision.rule_choice import RuleChoice
from scarce.errors import ScarceError, extras
from scarce.trial.compare import ScoredTable, compare_scores
from scarce.trial.config import TrialConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scarce.decision.costs import Costs, CostSpec
    from scarce.progress import Progress


def compare(
    data: Any,
    target: str | None = None,
    scores: str | Sequence[str] = (),
    *,
    scores_are: str | Sequence[str] = (),
    positive: object = None,
    cost: str | Mapping[str, float | str] | CostSpec | Costs | None = None,
    weight: str | None = None,
    time: str | None = None,
    group: str | None = None,
    entity: str | None = None,
    label_delay: str | float | None = None,
    unlabelled: str | None = None,
    capacity: float | str | None = None,
    precision: float | None = None,
    recall: float | None = None,
    false_positive_rate: float | None = None,
    fbeta: float | None = None,
    review: float | None = None,
    prior: float | None = None,
    labelled_share: float | str | None = None,
    folds: int = TrialConfig.folds,
    repeats: int = TrialConfig.repeats,
    seed: int = TrialConfig.seed,
    margin: str | float | None = None,
    replicates: int = TrialConfig.replicates,
    decimal: str | None = None,
    missing: str | Sequence[object] = (),
    date_format: str | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    name: str | None = None,
    progress: Progress | bool | None = None,
) -> Trial:
    """Hold scores made elsewhere against the first of them: calibrated, decided and judged; nothing trains.

    Parameters
    ----------
    data : path-like, DataFrame, mapping of str to sequence, ndarray, or tuple (X, y)
        Labels and scores side by side, or apart, in any form that `scarce.run` takes.
    target : str, optional
        The column of labels. With (X, y), what to call them.
    scores : sequence of str
        The columns of scores, the one to beat first.
    scores_are : str or sequence of str
        ``"probability"``, ``"log-odds"`` or ``"score"`` (larger means more likely positive, and no more): one
        word for all, or one for each. Values in [0, 1] are taken for probabilities unless it is said.
    positive, cost, weight, time, group, entity, label_delay, unlabelled, prior, labelled_share
        As of `scarce.run`.
    folds, repeats, seed
        As of `scarce.run`.
    capacity, precision, recall, false_positive_rate, fbeta, review
        The rule that the scores are cut by, as of `scarce.run`. A false-positive rate is guaranteed if the
        score is that of one model that has not seen these rows.
    margin, replicates, decimal, missing, date_format, names, encoding, name, progress
        As of `scarce.run`.

    Returns
    -------
    Trial
        Its model is None.

    Raises
    ------
    ScarceError
        E204 and E216 to E221 for scores, E230 where target or scores are not named, E253 for a rule that no
        cut gives, and as `scarce.run`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> fraud = np.arange(2000) % 20 == 0
    >>> data = {"fraud": fraud, "old": rng.normal(size=2000), "new": rng.normal(2.0 * fraud)}
    >>> compare(data, "fraud", ["old", "new"], scores_are="score", replicates=50).outcomes
    {'new': 'better'}
    """
    command = written(compare, locals())
    with extras.told():
        cells = Cells.of(decimal, missing, date_format)
        table, target = taken(data, target, names, name, cells=cells, encoding=encoding)
        cost_range = CostRange.of(cost)
        scored = ScoredTable.prepare(
            table,
            named(scores),
            target=target,
            positive=options.label(positive),
            cost=cost if cost_range is None else cost_range.middle,
            weight=options.column("weight", weight),
            time=options.column("time", time),
            group=options.column("group", group),
            entity=options.column("entity", entity),
            label_delay=label_delay,
            unlabelled=unlabelled,
        )
        config = TrialConfig(
            folds=options.whole("folds", folds),
            repeats=options.whole("repeats", repeats),
            seed=options.whole("seed", seed),
            prior=options.share("prior", prior),
            margin=margin,
            labelled_share=labelled_share,
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
        )
        result = compare_scores(
            scored.dataset,
            scored.scores,
            options.several("scores_are", scores_are),
            config,
            where=scored.where,
            progress=watcher(progress),
            command=command,
        )
    return Trial(result, None, library_of(data[0] if isinstance(data, tuple) else data))


def named(scores: Any) -> tuple[str, ...]:
    """Return the columns of scores.

    Raises
    ------
    ScarceError
        E230 where there is none.
    """
    columns = options.columns("scores", scores)
    if columns:
        return columns
    raise ScarceError(
        "E230",
        name="scores",
        value="left out",
        reason="nothing says which columns to compare",
        suggestion="name them, the one to beat first: scores=['old', 'new']",
    )
