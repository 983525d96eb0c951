"""What a trial is about to do, settled before any training: population, arms, folds, who judges whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.data.folds.splitting import halves, split_notes
from scarce.decision.enough_positives import TO_CALL_BETTER, TO_SEE_SMALL_DIFFERENCES
from scarce.errors import ScarceError, remark
from scarce.evaluation.one_more_miss import one_miss
from scarce.learners.portfolio import learners, with_other_settings
from scarce.resampling.bagging import Bagged
from scarce.resampling.imbalanced_learn import ImbalancedLearn
from scarce.trial.arms import Arm, check_trainable, parse_arms, plain
from scarce.trial.deciding import Judged
from scarce.trial.folds import check_weight, fold_of, known_by, splits_of
from scarce.trial.margin import Margin
from scarce.trial.methods import BLEND, CONTROL
from scarce.trial.population import Population
from scarce.trial.scoring import COST, Rows, metrics_of
from scarce.trial.versions import ENGINES, SHAPING, versions

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.data.dataset import Dataset
    from scarce.data.folds.splitting import Split
    from scarce.decision.rule_choice import RuleChoice
    from scarce.trial.config import TrialConfig
    from scarce.trial.metric import Metric

_ENGINES_SEEDS = 2**31  # LightGBM and XGBoost hold a seed in a signed 32-bit number


@dataclass(frozen=True)
class Design:
    """A data set and options, with all that follows from them.

    Attributes
    ----------
    dataset : Dataset
    config : TrialConfig
    population : Population
        Weights of the population and of the training, and the offset between the two.
    candidates, treatments : tuple of Arm
        The plain learners that the control is chosen among, and what is tried beside it.
    splits : tuple of Split
        Repeat by repeat, fold by fold.
    judged : Judged
        The rows that each fold's calibration and cut are learnt from.
    """

    dataset: Dataset
    config: TrialConfig
    population: Population
    candidates: tuple[Arm, ...]
    treatments: tuple[Arm, ...]
    splits: tuple[Split, ...]
    judged: Judged

    @classmethod
    def of(cls, dataset: Dataset, config: TrialConfig) -> Design:
        """Settle a trial.

        Raises
        ------
        ScarceError
            ``E301`` where numbers are to be chosen by costs that there are none of, ``E302``, ``E317``,
            ``E323`` to ``E326``, ``E5..`` for a method, ``E305`` and ``E306`` for a learner, ``E303``,
            ``E311`` to ``E314``, ``E374`` and ``E375`` for too few positives, ``E316`` where rows of a class
            weigh nothing in a fold, ``E377`` for a share that too few rows bear out.
        """
        if config.tune_by == COST.name and dataset.costs is None:
            allowed = "log_loss or average_precision where no costs are given"
            raise ScarceError("E301", option="tune_by", value=config.tune_by, allowed=allowed)
        population = Population.of(dataset.target, dataset.row_weight, config.prior)
        dataset = _of_labels(dataset, config, population)
        design = cls._dealt(dataset, config, population)
        for split in design.splits if dataset.row_weight is not None else ():
            check_weight(dataset, split.fold, "the training rows", split.train)
            check_weight(dataset, split.fold, "the test rows", split.test)
        treatments = parse_arms(config.methods, population.prevalence(dataset.target))
        table = (dataset.n_rows, config.max_rounds)
        named = learners(config.learners, *table)
        if config.learners and any(arm.open for arm in treatments):  # against about as many plain fits
            named = with_other_settings(named, *table)
        candidates = tuple(plain(Bagged(learner)) for learner in named)
        counts = population.training_counts(dataset.target)
        _check_names(candidates, treatments)
        for arm in treatments:
            check_trainable(arm, counts, weighted=population.training_weight is not None)
        hostless = [arm for arm in treatments if not any(c.learner.takes(arm.treatment) for c in candidates)]
        if hostless and config.methods:
            names = ", ".join(candidate.name for candidate in candidates)
            raise ScarceError("E306", method=hostless[0].name, learners=names)
        treatments = tuple(arm for arm in treatments if arm not in hostless)
        return replace(design, candidates=candidates, treatments=treatments)

    @classmethod
    def of_scores(cls, dataset: Dataset, config: TrialConfig) -> Design:
        """Settle a comparison of scores made elsewhere: the same folds, and no arm to train.

        Raises
        ------
        ScarceError
            ``E303`` and ``E311`` to ``E314`` for too few positives, ``E316`` where rows of a class weigh
            nothing in a fold.
        """
        population = Population.of_scores(dataset.target, dataset.row_weight, config.prior)
        dataset = _of_labels(dataset, config, population)
        design = cls._dealt(dataset, config, population)
        for repeat, fold in design.judged.scored_folds:
            check_weight(dataset, fold, "the rows that calibrate", design.judged.others(repeat, fold))
            check_weight(dataset, fold, "the test rows", design.judged.rows(repeat, fold))
        return design

    @classmethod
    def _dealt(cls, dataset: Dataset, config: TrialConfig, population: Population) -> Design:
        """Settle who judges whom."""
        folds = tuple(splits_of(dataset, config.folds, config.repeats, config.seed))
        dealt = fold_of(folds, dataset.n_rows)
        judged = Judged(
            target=dataset.target,
            weight=population.weight,
            costs=dataset.costs,
            fold_of=dealt,
            ordered=dataset.time is not None,
            choice=_settled(config.rule, dataset, dealt >= 0, population),
            halves=halves(dataset),
            labelled=1.0 if config.labelled_share is None else config.labelled_share.share,
            known_by=known_by(dataset, folds) if dataset.label_delay else None,
        )
        return cls(dataset, config, population, (), (), folds, judged)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The scores, the primary one first."""
        return metrics_of(self.dataset.costs, episodes=self.dataset.entity is not None)

    def scored_rows(
        self, log_odds: npt.NDArray[np.float64], flagged: npt.NDArray[np.bool_], repeat: int
    ) -> Rows:
        """Return the rows of a repeat that have a score, with what they are judged by.

        Parameters
        ----------
        log_odds : ndarray, shape (n_rows,)
            NaN where a row is not scored.
        flagged : ndarray of bool, shape (n_rows,)
        repeat : int
        """
        judged, episodes = self.judged, self.dataset.episodes
        whole = Rows(
            judged.target,
            log_odds,
            flagged,
            judged.weight,
            judged.costs,
            self.units,
            judged.fold_of[repeat],
            self.dataset.entity,
            None if episodes is None else episodes.after_catch(judged.target == 1, flagged),
        )
        return whole.take(np.flatnonzero(~np.isnan(log_odds)))

    @property
    def prevalence(self) -> float:
        """The population's share of positives."""
        return self.population.prevalence(self.dataset.target)

    @cached_property
    def units(self) -> npt.NDArray[np.int64] | None:
        """What is resampled together; None where every row stands alone."""
        units = self.dataset.units
        return units if np.unique(units).size < self.dataset.n_rows else None

    @property
    def scored_positives(self) -> int:
        """Number of positive rows in the folds that are scored."""
        return int(self.dataset.target[self.scored].sum())

    @property
    def scored_entities(self) -> int | None:
        """Number of entities with a positive row in the folds that are scored; None without entities."""
        entity = self.dataset.entity
        return None if entity is None else np.unique(entity[self.scored & (self.dataset.target == 1)]).size

    @property
    def scored(self) -> npt.NDArray[np.bool_]:
        """Which rows are scored, in any repeat."""
        return (self.judged.fold_of >= self.judged.first_scored).any(axis=0)

    @property
    def scored_positive_units(self) -> int:
        """Number of units with a positive row in the folds that are scored."""
        if self.units is None:
            return self.scored_positives
        return int(np.unique(self.units[self.scored & (self.dataset.target == 1)]).size)

    def of_units(self, of_rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the sums of what rows have over what is resampled together."""
        if self.units is None:
            return of_rows
        return np.bincount(np.unique(self.units, return_inverse=True)[1], of_rows)

    def one_miss(self) -> tuple[npt.NDArray[np.bool_], float]:
        """Return which units hold a scored positive, and what a miss there adds to the mean cost."""
        assert self.judged.costs is not None
        positive = self.scored & (self.dataset.target == 1)
        missed, caught = (self.judged.costs.of_rows(positive, flagged) for flagged in (~positive, positive))
        weight = self.scored * (1.0 if self.judged.weight is None else self.judged.weight)
        return one_miss(missed - caught, positive, weight, self.units)

    @property
    def margin(self) -> Margin:
        """The difference in the primary metric that would matter."""
        given = self.config.margin
        return Margin.default(self.metrics[0]) if given is None else Margin.parse(given)

    @property
    def may_decide(self) -> bool:
        """Whether there are enough positives, and entities with one, to call anything better or worse."""
        counts = (self.scored_positives, self.scored_entities)
        return min(count for count in counts if count is not None) >= TO_CALL_BETTER

    @property
    def warnings(self) -> tuple[str, ...]:
        """Coded remarks that head the verdict."""
        positives, entities = self.scored_positives, self.scored_entities
        if entities is not None and entities < min(positives, TO_SEE_SMALL_DIFFERENCES):
            little = "only large differences show" if self.may_decide else "too few to call anything better"
            return (remark("W314", positives=f"{positives:,}", entities=entities, so=little),)
        if positives >= TO_SEE_SMALL_DIFFERENCES:
            return ()
        return (remark("W302" if self.may_decide else "W301", positives=positives),)

    @property
    def order(self) -> str:
        """What else there is to say of the folds, after a comma."""
        if self.dataset.entity is not None:
            return ", each later than the rows it learns from, and of other entities"
        if self.dataset.time is not None:
            return ", each later than the rows it learns from"
        return "" if self.dataset.group is None else ", groups on one side"

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks in words, of the data, its weights and its splits."""
        remarks = (*self.dataset.notes, self.population.note, *self._split_notes(), self._left_out())
        return tuple(remark for remark in remarks if remark)

    def training_seed(self, repeat: int = 0) -> int:
        """Return the seed of the fits of a repeat, within what every engine takes for one."""
        return (self.config.seed + repeat) % _ENGINES_SEEDS

    def rows_a_fold(self) -> tuple[float, float]:
        """Return the mean numbers of training and of test rows, of the folds that are scored."""
        scored = [split for split in self.splits if split.fold >= self.judged.first_scored]
        sizes = np.array([(split.train.size, split.test.size) for split in scored])
        train, test = sizes.mean(axis=0)
        return float(train), float(test)

    def context(self) -> dict[str, Any]:
        """Return all that decides what a fold's fit says, beside the arm: what the journal is keyed by."""
        names = ("folds", "repeats", "seed", "prior", "max_rounds")
        shaping = {name: getattr(self.config, name) for name in names}
        return {"data": self.dataset.training_fingerprint, "options": shaping, "versions": self.versions}

    @property
    def versions(self) -> dict[str, str]:
        """The versions of what the fits are made with."""
        families = {arm.name.partition(":")[0] for arm in self.candidates}
        drawing = any(isinstance(arm.treatment.sampling, ImbalancedLearn) for arm in self.treatments)
        found = (*SHAPING, *(name for name in ENGINES if name in families))
        return versions((*found, "imbalanced-learn") if drawing else found)

    def _left_out(self) -> str:
        """Say which of the methods that nobody named no learner can train."""
        if self.config.methods or not self.candidates:
            return ""
        tried = {arm.name for arm in self.treatments}
        names = [arm.name for arm in parse_arms((), self.prevalence) if arm.name not in tried]
        return f"not tried, for none of the learners can train them: {', '.join(names)}" if names else ""

    def _split_notes(self) -> list[str]:
        folds = self.config.folds + (self.dataset.time is not None)
        notes = split_notes(self.dataset, folds, self.config.repeats)
        if self.dataset.entity is not None:
            cost = "cost counts" if self.dataset.costs is not None else "alerts count"
            notes.append(
                f"by episode: {cost} until the first flagged positive row of an entity, and a false alarm "
                "ends nothing"
            )
        return notes


def _of_labels(dataset: Dataset, config: TrialConfig, population: Population) -> Dataset:
    """Return the data with costs that allow for positives without a label.

    Raises
    ------
    ScarceError
        E377 where more than all rows would be positive.
    """
    share = config.labelled_share
    if share is None:
        return dataset
    prevalence = population.prevalence(dataset.target)
    if prevalence >= share.low:
        raise ScarceError("E377", low=share.low, prevalence=prevalence, source=dataset.name)
    costs = dataset.costs
    return replace(dataset, costs=None if costs is None else replace(costs, labelled=share.share))


def _settled(
    choice: RuleChoice | None,
    dataset: Dataset,
    tested: npt.NDArray[np.bool_],
    population: Population,
) -> RuleChoice | None:
    """Return the rule that is asked for, a number of rows to look at as a share of all.

    Raises
    ------
    ScarceError
        E254, E361, E362 and E369 as `RuleChoice.check`, E363 for more rows than there are, E364 for times
        that are no dates: now, and not after the training.
    """
    if choice is None:
        return None
    if choice.counted and dataset.time is not None and dataset.days is None:
        raise ScarceError("E364")
    rows = dataset.n_rows if dataset.row_weight is None else float(dataset.row_weight.sum())
    settled = choice.for_rows(rows, dataset.days)
    once = np.flatnonzero(tested[0])
    weight = None if population.weight is None else population.weight[once]
    costs = None if dataset.costs is None else dataset.costs.take(once)
    settled.check(dataset.target[once], weight, costs)
    return settled


def _check_names(candidates: tuple[Arm, ...], treatments: tuple[Arm, ...]) -> None:
    """Raise E305 where a learner is called what another arm is: scores are kept by the arms' names."""
    taken = {CONTROL, BLEND, *(arm.name for arm in treatments)}
    for arm in candidates:
        if arm.name in taken:
            suggestion = "give it a name of its own: learners=[('mine', a)]"
            reason = "another arm is called so"
            raise ScarceError("E305", learner=arm.name, reason=reason, suggestion=suggestion)
