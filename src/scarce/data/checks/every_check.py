"""What is odd about a data set: checks of the whole, and the order in which findings are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from scarce.data.checks.column_checks import COLUMN_CHECKS
from scarce.data.checks.column_ranking import FOLDS
from scarce.data.checks.finding import SEVERITIES, Finding
from scarce.data.checks.leak_checks import LEAK_CHECKS
from scarce.data.checks.profile import profiles
from scarce.data.checks.suspect_checks import SUSPECT_CHECKS
from scarce.data.checks.suspects import likeliest, suspect_of
from scarce.data.folds.common_rows import expected_rows
from scarce.data.folds.dealing import deal
from scarce.data.folds.duplicates import duplicate_groups
from scarce.data.suggestion import counted, listed, typed_name
from scarce.decision.enough_positives import TO_CALL_BETTER, TO_SEE_SMALL_DIFFERENCES

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.data.checks.suspects import Suspect
    from scarce.data.dataset import Dataset

_MANY_COPIES = 0.05
_BLOCKS = 5
_DRIFT_RATIO = 1.5
_DRIFT_CHI2 = 18.47  # the .999 quantile of chi-square with 4 degrees of freedom
_THIN = 0.1


class DatasetCheck(Protocol):
    """Looks at the data set as a whole."""

    code: str

    def find(self, dataset: Dataset) -> Finding | None:
        """Return what is odd, or None."""


class Copies:
    """Rows that agree in every feature."""

    code = "D003"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a note, or a warning if they are many."""
        equal = duplicate_groups(dataset.features)
        doubtful = (np.bincount(equal)[equal] > 1) & ~expected_rows(dataset.features, equal)
        if not doubtful.any():
            return None
        extra = int(doubtful.sum()) - len(np.unique(equal[doubtful]))
        among = int((doubtful & (dataset.target == 1)).sum())
        singly = int((doubtful & (np.bincount(dataset.duplicates)[dataset.duplicates] == 1)).sum())
        many = extra > _MANY_COPIES * dataset.n_rows or among > 2 * _MANY_COPIES * dataset.n_positive
        message = (
            f"{counted(extra, 'row repeats', 'rows repeat')} another row in every feature; "
            f"{counted(among, 'positive row has', 'positive rows have')} such a copy; "
            "copies stay on one side of every split"
        )
        hint = "were rows repeated when the table was made? Then leave them out"
        if singly:
            message += f", but {singly:,} rows do not, taken for kinds of row that are common"
            hint = "common, or copied? If rows were repeated when the table was made, leave them out"
        return Finding(self.code, "warning" if many else "note", message, hint)


class Conflicts:
    """Copies with different labels."""

    code = "D004"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a warning with how many rows are concerned."""
        positives = np.bincount(dataset.duplicates, weights=dataset.target)
        sizes = np.bincount(dataset.duplicates)
        torn = (positives > 0) & (positives < sizes)
        if not torn.any():
            return None
        rows = int(sizes[torn].sum())
        message = f"{rows:,} rows agree in every feature with a row of the other label"
        return Finding(
            self.code, "warning", message, "no model can tell them apart: correct the labels, or add a column"
        )


class FewPositives:
    """Too few positives to tell treatments apart."""

    code = "D008"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a warning under 50 positives, or entities with one, in other words under 20."""
        count = min(dataset.n_positive, dataset.n_rows - dataset.n_positive)
        label = dataset.labels[1] if count == dataset.n_positive else dataset.labels[0]
        few = f"{counted(count, 'row has', 'rows have')} the label {label!r}"
        if dataset.entity is not None:
            entities = np.unique(dataset.entity[dataset.target == 1]).size
            if entities < count:
                rows = counted(entities, "entity has", "entities have")
                count, few = entities, f"{rows} a row with the label {dataset.labels[1]!r}"
        if count >= TO_SEE_SMALL_DIFFERENCES:
            return None
        if count < TO_CALL_BETTER:
            what = "nothing can be called better on so few"
        else:
            what = "only large differences will show"
        return Finding(
            self.code, "warning", f"{few}: {what}", "collect more of them before trusting a choice"
        )


class Drift:
    """The share of positives changes with time."""

    code = "D011"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a warning where fifths of the rows, by time, differ beyond chance and by half."""
        if dataset.time is None or dataset.n_rows < 10 * _BLOCKS:
            return None
        cuts = np.quantile(dataset.time, np.arange(1, _BLOCKS) / _BLOCKS)
        block = np.searchsorted(cuts, dataset.time, side="left")
        rows = np.bincount(block, minlength=_BLOCKS)
        if (rows == 0).any():
            return None
        positives = np.bincount(block, weights=dataset.target, minlength=_BLOCKS)
        overall = dataset.target.mean()
        chi2 = ((positives - rows * overall) ** 2 / (rows * overall * (1.0 - overall))).sum()
        rates = positives / rows
        if chi2 < _DRIFT_CHI2 or rates.max() < _DRIFT_RATIO * rates.min():
            return None
        shares = ", ".join(f"{rate:.3%}" for rate in rates)
        message = f"the share of positives drifts with time; by fifths of the rows: {shares}"
        return Finding(self.code, "warning", message, "expect another prevalence in use: give it as --prior")


class Mixed:
    """Words among numbers or dates, taken as categories."""

    code = "D012"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a warning that names the columns."""
        names = _with_quirk(dataset, "mixed", "undated", "comma")
        if not names:
            return None
        message = (
            f"almost only numbers or dates, yet taken as categories because of a few words: {listed(names)}"
        )
        hint = "leave the field empty where a value is missing, or say --missing WORD, to make them so"
        return Finding(self.code, "warning", message, hint, names)


class UnevenWeights:
    """A few rows carry most of the weight."""

    code = "D014"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a warning where a class is worth less than a tenth of its rows."""
        if dataset.row_weight is None:
            return None
        for value, label in zip((1, 0), reversed(dataset.labels), strict=True):
            weight = dataset.row_weight[dataset.target == value]
            worth = _effective(weight)
            if worth < _THIN * len(weight):
                message = (
                    f"the weights are uneven: the {len(weight)} rows of label {label!r} say as much as "
                    f"{worth:.0f} equal ones"
                )
                return Finding(
                    self.code, "warning", message, "intervals are wide; is the weight column the right one?"
                )
        return None


class MissingWords:
    """Words that were read as missing."""

    code = "D016"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a note that names the columns."""
        names = tuple(dataset.missing_tokens)
        if not names:
            return None
        message = f"words such as N/A were read as missing in {listed(names)}"
        return Finding(self.code, "note", message, "an empty field says the same", names)


class Identifiers:
    """Columns that were left out because they number the rows."""

    code = "D010"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a note that names them."""
        names = dataset.identifiers
        if not names:
            return None
        columns = counted(len(names), "column is", "columns are")
        message = f"{columns} left out as ids, which tell only the order of the rows: {listed(names)}"
        typed = typed_name(names[0])
        hint = f"a measurement, after all? Then --keep {typed}; if it tells the time of a row, --time {typed}"
        return Finding(self.code, "note", message, hint, names)


class LeadingZeros:
    """Codes that look like numbers, and numbers that may be codes."""

    code = "D023"

    def find(self, dataset: Dataset) -> Finding | None:
        """Return a note that names both kinds of columns."""
        codes, zeros = _with_quirk(dataset, "codes"), _with_quirk(dataset, "zeros")
        told = []
        if codes:
            told.append(f"kept as codes because of leading zeros or more than 64 bits: {listed(codes)}")
        if zeros:
            told.append(f"taken as numbers, so that leading zeros are lost: {listed(zeros)}")
        if not told:
            return None
        hint = "write later data the same way: a tool that drops the zeros makes other codes of them"
        if codes:
            hint += f"; if they count or measure: --numeric {typed_name(*codes)}"
        if zeros:
            hint += f"; if they are codes: --categorical {typed_name(*zeros)}"
        return Finding(self.code, "note", "; ".join(told), hint, codes + zeros)


DATASET_CHECKS: tuple[DatasetCheck, ...] = (
    FewPositives(),
    Copies(),
    Conflicts(),
    Drift(),
    Mixed(),
    UnevenWeights(),
    MissingWords(),
    Identifiers(),
    LeadingZeros(),
)


def run_checks(dataset: Dataset) -> list[Finding]:
    """Return every finding, errors first, then warnings, then notes.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    list of Finding

    Notes
    -----
    A finding never stops anything by itself; the trial refuses to run on an error.

    Examples
    --------
    >>> from scarce.data import embedded
    >>> [finding.code for finding in run_checks(embedded.load()) if finding.severity == "error"]
    []
    """
    found = [*dataset.said, *(check.find(dataset) for check in DATASET_CHECKS)]
    tied: list[Suspect | None] = []
    fold = deal(dataset.units, dataset.target, FOLDS, np.random.default_rng(0))
    counts = None if dataset.row_weight is None or dataset.row_weight.all() else dataset.row_weight > 0.0
    for feature in profiles(dataset, fold):  # one at a time: a profile is larger than its column
        counting = feature if counts is None else feature.among(counts)
        found.extend(check.find(counting if check in LEAK_CHECKS else feature) for check in COLUMN_CHECKS)
        tied.append(suspect_of(feature))
    tied += [suspect_of(column, is_feature=False) for column in profiles(dataset, of=dataset.left_out)]
    found.extend(check.find(likeliest(dataset, tied)) for check in SUSPECT_CHECKS)
    told = [finding for finding in found if finding is not None]
    return sorted(told, key=lambda finding: (SEVERITIES.index(finding.severity), finding.code))


def _with_quirk(dataset: Dataset, *kinds: str) -> tuple[str, ...]:
    return tuple(name for name, quirk in dataset.quirks.items() if quirk.kind in kinds)


def _effective(weight: npt.NDArray[np.float64]) -> float:
    """Return Kish's effective number of rows."""
    total = weight.sum()
    return float(total * total / (weight * weight).sum()) if total else 0.0
