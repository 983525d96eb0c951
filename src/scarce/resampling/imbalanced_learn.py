"""Any sampler of imbalanced-learn, by name or as an object, inside a fold."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from scarce.errors import ScarceError
from scarce.learners.base import Sampled
from scarce.number_grammar import spelled
from scarce.resampling.complete_rows import CompleteRows, put_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from scarce.learners.base import FloatArray

SAMPLERS: dict[str, tuple[str, str]] = {
    "smote": ("SMOTE", "makes up positives between neighbouring ones"),
    "borderline_smote": ("BorderlineSMOTE", "makes up positives next to the border"),
    "svm_smote": ("SVMSMOTE", "makes up positives next to the border that a support vector machine draws"),
    "kmeans_smote": ("KMeansSMOTE", "makes up positives within clusters"),
    "adasyn": ("ADASYN", "makes up positives, more where negatives are near"),
    "smote_enn": ("SMOTEENN", "makes up positives, then drops rows unlike their neighbours"),
    "smote_tomek": ("SMOTETomek", "makes up positives, then drops pairs of unlike nearest neighbours"),
    "tomek": ("TomekLinks", "drops negatives that are nearest neighbours of a positive"),
    "enn": ("EditedNearestNeighbours", "drops negatives unlike their neighbours"),
    "repeated_enn": (
        "RepeatedEditedNearestNeighbours",
        "drops negatives unlike their neighbours, again and again",
    ),
    "all_knn": ("AllKNN", "drops negatives unlike their neighbours, in growing neighbourhoods"),
    "neighbourhood_cleaning": ("NeighbourhoodCleaningRule", "drops negatives in the way of positives"),
    "condensed": ("CondensedNearestNeighbour", "keeps the negatives that nearest neighbours need"),
    "one_sided_selection": (
        "OneSidedSelection",
        "condenses the negatives, then drops those next to positives",
    ),
    "nearmiss": ("NearMiss", "keeps as many negatives as positives, those nearest to them"),
    "hardness_threshold": (
        "InstanceHardnessThreshold",
        "keeps as many negatives as positives, the easy ones",
    ),
    "cluster_centroids": ("ClusterCentroids", "replaces the negatives by centres of clusters"),
}
"""Name to imbalanced-learn's class, and what it does."""

_AMONG_POSITIVES = ("ADASYN", "NearMiss")  # their n_neighbors are neighbours among the positives
_OURS = ("sampling_strategy", "random_state", "n_jobs")
_SHORT = {"k_neighbors": "k", "n_neighbors": "k"}
_LARGEST = 1 << 27  # numbers in a matrix of complete rows: 1 GiB


@dataclass(frozen=True)
class ImbalancedLearn:
    """A sampler of imbalanced-learn, or any object with its ``fit_resample``.

    Parameters
    ----------
    method : str
        What it is called among the methods of a trial; two samplers of one name are one.
    sampler : object
        Copied for each draw. Where its ``random_state`` is None, the fold's seed takes its place. It is given
        complete rows: missing numbers filled by the median of the training rows, numbers divided by their
        standard deviation, categories as one column a code.
    summary : str
        One line for the report.

    Notes
    -----
    Which rows these samplers keep or make up depends on the features, and no formula undoes that. The change
    of the prior is taken out, which would be exact for a constant model; the rest is left to the calibration.

    Rows that are training rows come back as they were, with what is missing in them; made-up rows are
    complete, and where they mix two categories they have that of the nearer row. Where there are fewer
    positives than neighbours asked for, all the others are taken.

    Examples
    --------
    >>> from imblearn.over_sampling import SMOTE
    >>> smote = ImbalancedLearn.of(SMOTE(k_neighbors=3))
    >>> rng = np.random.default_rng(0)
    >>> target = (np.arange(100) < 10).astype(np.uint8)
    >>> drawn = smote.draw(rng.normal(size=(100, 2)), target, (), seed=0)
    >>> smote.method, drawn.features.shape, round(drawn.offset, 4)
    ('SMOTE(k_neighbors=3)', (180, 2), -2.1972)
    """

    method: str
    sampler: Any = field(compare=False)
    summary: str = field(default="draws with the sampler given; calibrated only", compare=False)

    exact: ClassVar[bool] = False

    @classmethod
    def of(cls, sampler: Any) -> ImbalancedLearn:
        """Take a sampler object.

        Raises
        ------
        ScarceError
            E323 for one that names the category columns itself.
        """
        method = " ".join(repr(sampler).split())
        if type(sampler).__name__ in ("SMOTENC", "SMOTEN"):
            raise ScarceError(
                "E323",
                method=method,
                reason="which columns hold categories is known here, and it wants to be told",
                suggestion="write smote: it takes categories from the rows that it mixes",
            )
        return cls(method, sampler)

    @classmethod
    def named(cls, name: str, settings: Mapping[str, Any]) -> ImbalancedLearn:
        """Take a sampler by its name.

        Parameters
        ----------
        name : str
            A key of `SAMPLERS`.
        settings : mapping
            The sampler's own parameters, and ``k`` for its number of neighbours, ``ratio`` for the negatives
            for each positive afterwards.

        Raises
        ------
        ScarceError
            E701 without imbalanced-learn, E323 for a parameter that the sampler does not have.
        """
        kind, summary = _class(SAMPLERS[name][0], name), SAMPLERS[name][1]
        defaults, names = _defaults(kind), _names(kind)
        for key in [key for key in settings if key not in names]:
            suggestion = f"it has {', '.join(names)}" if names else f"write {name}, it has none"
            reason = f"{name} has no parameter {key!r}"
            raise ScarceError("E323", method=name, reason=reason, suggestion=suggestion)
        given, told = {}, []
        for key, value in sorted(settings.items()):
            given[names[key]] = 1.0 / value if key == "ratio" else value
            if given[names[key]] != defaults[names[key]]:
                told.append(f"{key}={value if isinstance(value, str) else spelled(value)}")
        method = f"{name}:{','.join(told)}" if told else name
        return cls(method, kind(**given), f"{summary}; calibrated only")

    def draw(
        self,
        features: FloatArray,
        target: npt.NDArray[np.uint8],
        categorical: tuple[int, ...],
        seed: int,
    ) -> Sampled:
        """Draw from the rows of a fold, as a `scarce.learners.base.Sampling` does.

        Raises
        ------
        ScarceError
            E324 where the sampler refuses the rows, or leaves none of a class.
        """
        shape = CompleteRows.of(features, categorical)
        if shape.width * target.size > _LARGEST:
            raise self._refused(target, f"its table of {shape.width:,} columns is too large")
        given = shape.complete(features)
        sampler = _for_rows(self.sampler, int(target.sum()), seed)
        try:
            made, label = sampler.fit_resample(given, target)
        except (ValueError, RuntimeError) as error:
            raise self._refused(target, " ".join(str(error).split())) from error
        label = np.asarray(label).astype(np.uint8)
        if label.all() or not label.any():
            raise self._refused(target, f"it leaves no {'negatives' if label.any() else 'positives'}")
        offset = _log_odds(target) - _log_odds(label)
        rows = getattr(sampler, "sample_indices_", None)
        if rows is not None and np.array_equal(given[rows], made):
            rows = np.sort(rows).astype(np.int64)
            return Sampled(rows, None, target[rows], offset)
        return Sampled(
            None, put_back(made, label, given, target, features, shape.encoded(made)), label, offset
        )

    def _refused(self, target: npt.NDArray[np.uint8], reason: str) -> ScarceError:
        positives = int(target.sum())
        return ScarceError(
            "E324", method=self.method, rows=target.size, positives=positives, reason=reason.rstrip(".")
        )


def parameters_of(name: str) -> dict[str, Any]:
    """Return the parameters that a sampler of `SAMPLERS` takes on a command line, with their defaults.

    Raises
    ------
    ScarceError
        E701 without imbalanced-learn.

    Examples
    --------
    >>> parameters_of("smote")
    {'k': 5, 'ratio': 1.0}
    """
    kind = _class(SAMPLERS[name][0], name)
    defaults = _defaults(kind)
    return {key: 1.0 if key == "ratio" else defaults[own] for key, own in _names(kind).items()}


def _defaults(kind: Any) -> dict[str, Any]:
    return {key: p.default for key, p in inspect.signature(kind).parameters.items()}


def _names(kind: Any) -> dict[str, str]:
    """Return a sampler's own parameters by the names that a command line has for them."""
    words = [key for key, default in _defaults(kind).items() if default is not None or key in _SHORT]
    names = {_SHORT.get(key, key): key for key in words if key not in _OURS}
    if not issubclass(kind, _class("BaseCleaningSampler")):  # those decide themselves how many they drop
        names["ratio"] = "sampling_strategy"
    return names


def _class(name: str, wanted: str = "") -> Any:
    """Return a class of imbalanced-learn, for the sampler that is wanted."""
    try:
        from imblearn import combine, over_sampling, under_sampling
        from imblearn.under_sampling import base
    except ModuleNotFoundError as missing:
        others = "undersample, oversample and balanced_bagging are not"
        needs = f"{wanted} is drawn by imbalanced-learn ({others}), which" if wanted else "imbalanced-learn"
        raise ScarceError("E701", needs=needs, extra="samplers") from missing
    rooms = (over_sampling, under_sampling, combine, base)
    return next(vars(room)[name] for room in rooms if name in vars(room))


def _for_rows(sampler: Any, positives: int, seed: int) -> Any:
    """Return a copy that draws by the seed, and asks for no more neighbours or folds than there are."""
    from sklearn.base import clone

    copy = clone(sampler)
    if copy.get_params().get("smote", copy) is None:  # its own, made later, could not be told
        copy.set_params(smote=_class("SMOTE")(sampling_strategy=copy.sampling_strategy))
    among = "n_neighbors" if type(copy).__name__ in _AMONG_POSITIVES else "k_neighbors"
    changed: dict[str, Any] = {}
    for key, value in copy.get_params().items():
        if key.endswith("random_state") and value is None:
            changed[key] = seed
        elif key.endswith(among) and isinstance(value, int):
            changed[key] = max(1, min(value, positives - 1))
        elif key == "cv" and isinstance(value, int):
            changed[key] = max(2, min(value, positives))
    return copy.set_params(**changed)


def _log_odds(target: npt.NDArray[np.uint8]) -> float:
    positives = np.count_nonzero(target)
    return float(np.log(positives) - np.log(target.size - positives))
