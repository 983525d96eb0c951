"""Scores made elsewhere, compared as a trial compares its arms: the first is the control, nothing trains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.calibration.logistic import SPREAD, UNSHRUNK
from scarce.data.checks.every_check import Drift, FewPositives, UnevenWeights
from scarce.data.dataset import Dataset
from scarce.data.suggestion import listed, require
from scarce.data.table import row_name
from scarce.errors import ScarceError, remark
from scarce.evaluation.intervals import Bootstrap
from scarce.evaluation.ranking_of_steps import roc_auc_of_steps
from scarce.progress import SILENT
from scarce.trial.cost_range import range_notes
from scarce.trial.design import Design
from scarce.trial.judging import Entry, judge, score_all
from scarce.trial.out_of_fold import OutOfFold
from scarce.trial.saved_rule import FIXED, fit_saved_rule
from scarce.trial.score_columns import SCORE, ScoreColumn, kinds_of
from scarce.trial.too_good import leak_warning
from scarce.trial.versions import versions
from scarce.trial.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from scarce.data.table import Table
    from scarce.progress import Progress
    from scarce.trial.config import TrialConfig
    from scarce.trial.result import TrialResult

    FloatArray = npt.NDArray[np.float64]

_CHECKS = (FewPositives(), Drift(), UnevenWeights())  # those of labels, times and weights
_SHAPING = (
    "folds",
    "repeats",
    "seed",
    "prior",
    "margin",
    "replicates",
    "labelled_share",
    "rule",
    "cost_range",
)


@dataclass(frozen=True)
class ScoredTable:
    """A table whose columns of scores have been read.

    Attributes
    ----------
    dataset : Dataset
    scores : dict of str to ndarray of float64
        By name, in the order named.
    where : callable
        Names the place of a row, such as ``"line 17"``.
    """

    dataset: Dataset
    scores: dict[str, FloatArray]
    where: Callable[[int], str] = row_name

    @classmethod
    def prepare(
        cls,
        table: Table,
        scores: Sequence[str],
        *,
        target: str,
        positive: str | None = None,
        cost: Any = None,
        time: str | None = None,
        group: str | None = None,
        weight: str | None = None,
        entity: str | None = None,
        label_delay: str | float | None = None,
        unlabelled: str | None = None,
    ) -> ScoredTable:
        """Settle the roles of a table's columns; what has none only tells copied rows from others.

        Parameters
        ----------
        table : Table
        scores : sequence of str
            Columns that hold scores, the control first.
        target, positive, cost, time, group, weight, entity, label_delay, unlabelled
            As of `Dataset.prepare`.

        Raises
        ------
        ScarceError
            ``E137`` for a column with two roles, ``E131`` for one of words, and as `Dataset.prepare`.
        """
        roles = {"the target": target, "the time": time, "the group": group, "the weight": weight}
        roles["the entity"] = entity
        for name in scores:
            require(name, table.names, table.source)
            taken = [role for role, column in roles.items() if column == name]
            if taken or list(scores).count(name) > 1:
                raise ScarceError("E137", column=name, roles=f"a score and {(*taken, 'another score')[0]}")
        values = {name: table.numbers(name) for name in scores}
        others = [name for name in table.quirks if name not in roles.values()]
        named = list(dict.fromkeys([*scores, *others]))
        dataset = Dataset.prepare(
            table, target, positive, cost, time, group, weight, (), named, entity, label_delay, unlabelled
        )
        alone = set(dataset.features.column_names) <= set(scores)
        # equal scores alone do not make a copy: trees give many rows the same one
        apart = np.arange(dataset.n_rows) if alone else dataset.duplicates
        kept = dataset.source_rows
        if kept is not None:
            values = {name: column[kept] for name, column in values.items()}
        where = table.where if kept is None else lambda row: table.where(int(kept[row]))
        said = {"notes": list(table.notes), "said": dataset.said_of_rows}
        return cls(replace(dataset, duplicates=apart, **said), values, where)


def compare_scores(
    dataset: Dataset,
    scores: Mapping[str, FloatArray],
    kinds: Sequence[str],
    config: TrialConfig,
    *,
    where: Callable[[int], str] = row_name,
    progress: Progress = SILENT,
    command: str = "",
) -> TrialResult:
    """Calibrate, decide and score each score out of fold, and compare the others with the first.

    Parameters
    ----------
    dataset : Dataset
        Its features are not looked at.
    scores : mapping of str to ndarray of float64, shape (n_rows,)
        By name, the control first.
    kinds : sequence of str
        What they are: ``"probability"``, ``"log-odds"`` or ``"score"``, one word for all or one for each;
        none takes for probabilities what lies in [0, 1].
    config : TrialConfig
        Folds, repeats, seed, prior, margin, replicates, rule and range of costs count.
    where : callable
        Names the place of a row in errors.
    progress : Progress
        Hears of every score.
    command : str
        What the report says to type to repeat it.

    Returns
    -------
    TrialResult
        ``trained`` is False.

    Raises
    ------
    ScarceError
        ``E204``, ``E216`` to ``E221`` for scores; ``E303``, ``E311`` to ``E314`` and ``E316`` as a trial.

    Notes
    -----
    The folds serve calibration and decision alone: whether the rows are new to the models behind the scores
    cannot be seen here.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from scarce.trial.config import TrialConfig
    >>> rng = np.random.default_rng(0)
    >>> target = np.arange(2000) % 20 == 0
    >>> good, noise = rng.normal(2.0 * target), rng.normal(size=2000)
    >>> table = pa.table({"good": good, "noise": noise, "fraud": target.astype(int)})
    >>> dataset = Dataset.prepare(table, target="fraud")
    >>> found = compare_scores(dataset, {"noise": noise, "good": good}, ["score"], TrialConfig(replicates=50))
    >>> found.verdict.winner
    'good'
    """
    design = Design.of_scores(dataset, config)
    columns = _columns(design, scores, kinds, where)
    findings = [*dataset.said, *(found for check in _CHECKS if (found := check.find(dataset)) is not None)]
    arms = score_all(design, [_entry(column, design) for column in columns], progress)
    seen = [
        leak_warning(arm, design.prevalence, f"the model behind {arm.name!r} may have learnt from these rows")
        for arm in arms
    ]
    turned = [text for column in columns for text in _upside_down(column, design)]
    remarks = [*design.warnings, *turned, *(text for texts in seen for text in texts)]
    judgement = judge(design, arms, remarks, Wording.of_scores(columns[0].name))
    kept = next(column for column in columns if column.name == judgement.verdict.winner)
    recovered = _repeated(kept.log_odds, design)
    calibration, rule = fit_saved_rule(
        design.judged,
        recovered,
        _spread(kept),
        design.units,
        by_episode=design.dataset.entity is not None,
        scorer=FIXED,
    )
    flagged = rule.flag(calibration.log_odds(kept.log_odds), design.dataset.costs)
    result = judgement.result(
        design,
        rule,
        findings=findings,
        notes=[*design.notes, *_notes(columns), *range_notes(design, arms, kept.name)],
        command=command,
        timings={},
        config={
            "scores_are": {column.name: column.kind for column in columns},
            **{name: value for name, value in config.to_dict().items() if name in _SHAPING},
            **versions(("scarce", "numpy")),
        },
        trained=False,
    )
    if result.reviews is not None:  # where flags begin is then not where rows are let pass
        return result
    return replace(result, rule_text=result.rule_text + kept.in_its_own_unit(flagged))


def _columns(
    design: Design, scores: Mapping[str, FloatArray], kinds: Sequence[str], where: Callable[[int], str]
) -> list[ScoreColumn]:
    counts = np.ones(design.dataset.n_rows, dtype=bool)
    if design.dataset.row_weight is not None:
        counts = design.dataset.row_weight > 0.0
    return [
        ScoreColumn.read(name, values, kind, counts, design.dataset.name, where).moved(
            design.population.offset, design.prevalence
        )
        for (name, values), kind in zip(scores.items(), kinds_of(scores, kinds), strict=True)
    ]


def _entry(column: ScoreColumn, design: Design) -> Entry:
    raw, recovered = (_repeated(values, design) for values in (column.raw, column.log_odds))
    scores = OutOfFold(raw=raw, recovered=recovered, steps=(), step=0.0, seconds=0.0)
    return Entry(column.name, column.summary, scores, {}, _spread(column))


def _spread(column: ScoreColumn) -> tuple[float, float]:
    """Return how far a line may go: nothing is known of a plain score's unit, so that its line is free."""
    return UNSHRUNK if column.kind == SCORE else SPREAD


def _repeated(values: FloatArray, design: Design) -> FloatArray:
    """Return values for every repeat, NaN where no fold tests a row."""
    return np.where(design.judged.fold_of >= 0, values, np.nan)


def _upside_down(column: ScoreColumn, design: Design) -> Iterator[str]:
    """Yield E223 where a score ranks positives below negatives, beyond chance."""
    found = Bootstrap(design.config.replicates, seed=design.config.seed).ranking(
        design.dataset.target,
        column.log_odds,
        {"": roc_auc_of_steps},
        design.population.weight,
        design.units,
    )[""]
    if found.high < 0.5:
        yield remark("E223", column=column.name, auc=f"{found.value:.2f}")


def _notes(columns: Sequence[ScoreColumn]) -> list[str]:
    notes = [column.note for column in columns if column.note]
    equal = [
        listed([one.name, other.name])
        for one, other in combinations(columns, 2)
        if np.array_equal(one.values, other.values)
    ]
    return [*notes, *(f"{names} hold the same values in every row" for names in equal)]
