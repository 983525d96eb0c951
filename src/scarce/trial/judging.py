"""From out-of-fold log-odds to the verdict, whoever made them: decide, score, compare, conclude."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.calibration.logistic import SPREAD
from scarce.decision.cost_rule import CostRule
from scarce.evaluation.intervals import Bootstrap
from scarce.progress import piece
from scarce.trial.arm_result import ArmResult
from scarce.trial.comparison import compare
from scarce.trial.deciding import decide
from scarce.trial.evidence import Evidence
from scarce.trial.missed_positives import MissedPositives, share_warning
from scarce.trial.result import TrialResult
from scarce.trial.reviews import Reviews
from scarce.trial.rule_in_words import in_words
from scarce.trial.saving import saving
from scarce.trial.scoring import average
from scarce.trial.side_by_side import side_by_side, workers
from scarce.trial.verdict import conclude
from scarce.trial.wording import TRAINED, Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scarce.data.checks.finding import Finding
    from scarce.data.dataset import Dataset
    from scarce.decision.costs import Costs
    from scarce.decision.rules import Rule
    from scarce.progress import Progress
    from scarce.trial.design import Design
    from scarce.trial.metric import Metric
    from scarce.trial.out_of_fold import OutOfFold
    from scarce.trial.result import Difference, Verdict

_BYTES_A_ROW = 500  # that scoring an arm holds at a time
_TOGETHER = 200_000_000  # bytes that arms scored at the same time may hold: they would be most of a trial's


@dataclass(frozen=True)
class Entry:
    """One arm as it comes before the judge.

    Attributes
    ----------
    name, summary : str
        As in `ArmResult`.
    scores : OutOfFold
        Its log-odds, recovered and not yet calibrated.
    details : dict
        What the report says of its treatment.
    spread : (float, float)
        How far its calibration's line may go from the identity (`PenalisedLogistic.fit`).
    learner, treatment : str
    storable : bool
        As in `ArmResult`.
    """

    name: str
    summary: str
    scores: OutOfFold
    details: dict[str, Any]
    spread: tuple[float, float] = SPREAD
    learner: str = ""
    treatment: str = ""
    storable: bool = True


@dataclass(frozen=True)
class Judgement:
    """What follows from the arms' log-odds.

    Attributes
    ----------
    arms : tuple of ArmResult
        The control first.
    metrics : tuple of Metric
        The primary one first, each printed as wide as the control's value needs.
    differences : tuple of Difference
        Of every arm but the control, in the primary metric.
    verdict : Verdict
    missed : MissedPositives or None
        What positives without a label make of the chosen arm's figures.
    reviews : Reviews or None
        What reviews make of the chosen arm's cost, where they were asked for.
    """

    arms: tuple[ArmResult, ...]
    metrics: tuple[Metric, ...]
    differences: tuple[Difference, ...]
    verdict: Verdict
    missed: MissedPositives | None = None
    reviews: Reviews | None = None

    def result(
        self,
        design: Design,
        rule: Rule,
        *,
        findings: Sequence[Finding],
        notes: Sequence[str],
        command: str,
        timings: Mapping[str, float],
        config: Mapping[str, Any],
        trained: bool = True,
    ) -> TrialResult:
        """Return the record of the whole.

        Parameters
        ----------
        design : Design
        rule : Rule
            Of the winner, fitted on all out-of-fold rows.
        findings : sequence of Finding
        notes : sequence of str
        command : str
        timings : mapping of str to float
        config : mapping of str to object
            What shaped the result; JSON-able.
        trained : bool
        """
        dataset = design.dataset
        return TrialResult(
            name=dataset.name,
            fingerprint=dataset.fingerprint,
            labels=dataset.labels,
            target=dataset.target,
            weight=design.population.weight,
            costs=dataset.costs,
            cost_text=_cost_text(dataset),
            fold_of=design.judged.fold_of,
            units=design.units,
            prevalence=design.prevalence,
            findings=list(findings),
            metrics=self.metrics,
            arms=self.arms,
            differences=self.differences,
            verdict=self.verdict,
            rule_text=rule.describe(),
            rule_in_words=in_words(rule),
            rule_cut=_on_cost_score(rule, dataset.costs),
            config=dict(config),
            command=command,
            notes=tuple(notes),
            timings=dict(timings),
            trained=trained,
            missed=self.missed,
            reviews=self.reviews,
            target_name=dataset.target_name,
            source_fingerprint=dataset.source_fingerprint,
            episodes=dataset.episodes,
        )


def score_all(
    design: Design, entries: Sequence[Entry], progress: Progress, jobs: int = 0
) -> tuple[ArmResult, ...]:
    """Decide every arm's rows by the other folds' rows, and score them.

    Parameters
    ----------
    design : Design
        Its arms are not looked at.
    entries : sequence of Entry
        The control first.
    progress : Progress
        Hears of every arm.
    jobs : int
        Arms at a time, at most; 0 means as many as there are cores.
    """
    found: dict[int, ArmResult] = {}
    tasks = [partial(_score, design, entry) for entry in entries]
    together = max(1, _TOGETHER // (_BYTES_A_ROW * design.dataset.n_rows))
    with piece(progress, len(entries), "scoring"):
        for place, result in side_by_side(tasks, min(workers(jobs, 0), together)):
            found[place] = result
            progress.advance(note=entries[place].name)
    return tuple(found[place] for place in range(len(entries)))


def judge(
    design: Design,
    arms: Sequence[ArmResult],
    remarks: Sequence[str],
    wording: Wording = TRAINED,
    **said: Any,
) -> Judgement:
    """Compare every arm with the first in the primary metric, and say what follows.

    Parameters
    ----------
    design : Design
        Its arms are not looked at.
    arms : sequence of ArmResult
        The control first.
    remarks : sequence of str
        Coded remarks that head the verdict.
    wording : Wording
        What the arms are called.
    **said
        What else there is to say: `Evidence.chosen`, `Evidence.beside_plain` and `Evidence.stopped`.
    """
    control = arms[0].estimates
    metrics = tuple(metric.at(control[metric.name].value) for metric in design.metrics)
    differences = compare(design, arms, metrics[0])
    scored = (~np.isnan(arms[0].log_odds)).any(axis=0)
    weight = None if design.population.weight is None else design.population.weight[scored]
    evidence = Evidence(
        metric=metrics[0],
        arms=arms,
        differences=differences,
        n_positive=design.scored_positives,
        n_rows=int(scored.sum()),
        n_folds=sum(repeat == 0 for repeat, _ in design.judged.scored_folds),
        n_repeats=len(design.judged.fold_of),
        prevalence=float(np.average(design.dataset.target[scored], weights=weight)),
        weighted=design.population.weight is not None,
        order=design.order,
        may_repeat=not design.judged.ordered,
        savings={arm.name: found for arm in arms if (found := saving(design, arm)) is not None},
        wording=wording,
        **said,
    )
    verdict = conclude(evidence, [*remarks, *share_warning(design, arms[0])])
    winner = next(arm for arm in arms if arm.name == verdict.winner)
    missed, reviews = MissedPositives.of(design, winner), Reviews.of(design, winner)
    said = [] if reviews is None else [reviews.sentence(metrics[0])]
    said += [] if missed is None else [missed.sentence(winner.name)]
    verdict = replace(verdict, sentences=(*verdict.sentences, *said))
    return Judgement(tuple(arms), metrics, differences, verdict, missed, reviews)


def _score(design: Design, entry: Entry, _halted: Callable[[], bool]) -> ArmResult:
    scores = entry.scores
    log_odds, flagged = decide(scores.recovered, design.judged, entry.spread)
    repeats = [design.scored_rows(log_odds[r], flagged[r], r) for r in range(len(log_odds))]
    bootstrap = Bootstrap(design.config.replicates, seed=design.config.seed)
    return ArmResult(
        name=entry.name,
        summary=entry.summary,
        raw=scores.raw,
        recovered=scores.recovered,
        log_odds=log_odds,
        flagged=flagged,
        estimates=average([rows.estimates(bootstrap) for rows in repeats]),
        steps=scores.steps,
        seconds=scores.seconds,
        details=entry.details,
        learner=entry.learner,
        treatment=entry.treatment,
        storable=entry.storable,
    )


def _cost_text(dataset: Dataset) -> str:
    spec = getattr(dataset.costs, "spec", None)
    return "" if spec is None else spec.describe()


def _on_cost_score(rule: Rule, costs: Costs | None) -> float:
    """Return the cut on the score that the report draws: log-odds, moved by the costs where there are any.

    One cut of the probability is no cut of the score where costs differ from row to row; the costs' own cut
    then stands in the figures.
    """
    if costs is None or isinstance(rule, CostRule):
        return rule.cut
    return 0.0 if costs.per_row else float(costs.score(np.array([rule.cut]))[0])
