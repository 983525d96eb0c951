"""``scarce.focal_map``: what gamma and the weight of the positives do, on data in any form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarce.api import options
from scarce.api.frames import frame_of, library_of
from scarce.api.taking import taken
from scarce.api.watching import watcher
from scarce.data.cells.notations import Cells
from scarce.data.dataset import Dataset
from scarce.errors import ScarceError, extras, reason
from scarce.report import focal_map as drawing
from scarce.trial.config import TrialConfig
from scarce.trial.focal_map import LEARNER, find_map

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from narwhals import Implementation

    from scarce.progress import Progress
    from scarce.trial.focal_map import FocalMapResult


@dataclass(frozen=True, eq=False, repr=False)
class FocalMap:
    """A map of gamma and weight: printed, its figures in lines; in a notebook, the picture.

    Attributes
    ----------
    result : FocalMapResult
        Every number.
    library : narwhals.Implementation
        The dataframe library of `table`: that of the data, else pandas where it is installed, else Arrow.
    """

    result: FocalMapResult
    library: Implementation

    def table(self) -> Any:
        """Return every number, a row for each gamma and weight.

        Returns
        -------
        DataFrame
            ``gamma``, ``power``, ``weight``, ``alpha`` and ``method``; ``average_precision`` and ``recall``
            (at precision .5), each with ``_low`` and ``_high``; ``outcome`` and ``difference`` beside the
            plain loss, with ``_low`` and ``_high``; ``log_loss_`` and ``ratio_`` ``raw``, ``recovered`` and
            ``calibrated``; ``easy_loss_`` and ``easy_gradient_`` ``plain`` and ``own``: the shares on easy
            negatives at the plain model's outputs and at the model's own.
        """
        rows = [_flat(cell) for cell in self.result.to_dict()["cells"]]
        return frame_of({name: [row[name] for row in rows] for name in rows[0]}, self.library)

    def to_dict(self) -> dict[str, Any]:
        """Return every number as JSON-able values."""
        return self.result.to_dict()

    def svg(self) -> str:
        """Return the picture as a file of its own: SVG, with its colours for light and dark inside."""
        return drawing.svg(self.result)

    def html(self) -> str:
        """Return picture and table as one page that needs no network and holds no row of the data."""
        return drawing.page(self.result)

    def write(self, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
        """Write ``map.svg`` and ``map.html`` into a folder that is there.

        Parameters
        ----------
        folder : path-like

        Returns
        -------
        (Path, Path)

        Raises
        ------
        ScarceError
            E207 where one cannot be written.
        """
        try:
            return drawing.write(self.result, folder)
        except OSError as error:
            raise ScarceError("E207", path=folder, reason=reason(error), option="write(folder)") from error

    def __repr__(self) -> str:
        """Say what the map says, in lines."""
        return (
            f"{drawing.as_text(self.result)}\n\nmore  .table()  .to_dict()  .svg()  .html()  .write(folder)"
        )

    def _repr_html_(self) -> str:
        """Show the picture in a notebook."""
        return drawing.notebook(self.result)


def _flat(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell's numbers by the names of columns."""
    found = {name: cell[name] for name in ("gamma", "power", "weight", "alpha", "method")}
    for name in ("average_precision", "recall", "difference"):
        given = cell[name] or {}
        numbers = (given.get(part) for part in ("value", "low", "high"))
        low_high = (float("nan") if one is None else one for one in numbers)
        found |= dict(zip((name, f"{name}_low", f"{name}_high"), low_high, strict=True))
    found["outcome"] = (cell["difference"] or {}).get("outcome")
    for name in ("log_loss", "ratio"):
        found |= {f"{name}_{stage}": value for stage, value in cell[name].items()}
    for where in ("plain", "own"):
        found |= {f"easy_{of}_{where}": value for of, value in cell[f"at_{where}"].items()}
    return found


def focal_map(
    data: Any,
    target: str | None = None,
    *,
    learner: Any = LEARNER,
    easy_below: float | None = None,
    positive: object = None,
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
    prior: float | None = None,
    folds: int = TrialConfig.folds,
    repeats: int = TrialConfig.repeats,
    seed: int = TrialConfig.seed,
    max_rounds: int = TrialConfig.max_rounds,
    replicates: int = TrialConfig.replicates,
    decimal: str | None = None,
    missing: str | Sequence[object] = (),
    date_format: str | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    name: str | None = None,
    journal: str | os.PathLike[str] | None = None,
    jobs: int = 0,
    progress: Progress | bool | None = None,
) -> FocalMap:
    """Train focal loss with fifteen pairs of gamma and weight, and show what each does on these data.

    Gamma is 0, .5, 1, 2 and 4; the classes weigh the same, or by the square root of their inverse counts, or
    by their inverse counts. Each pair is cross-fitted and judged as an arm of a trial.

    Parameters
    ----------
    data : path-like, DataFrame, mapping of str to sequence, ndarray, or tuple (X, y)
        In any form that `scarce.run` takes.
    target : str, optional
        The column to predict. With (X, y), what to call the labels.
    learner : str
        One that takes losses, such as ``"xgboost"`` or ``"linear"``; LightGBM unless named.
    easy_below : float, optional
        A negative is easy where the plain model gives it a smaller probability, out of fold and calibrated;
        the prevalence unless given.
    positive, weight, time, group, entity, label_delay, unlabelled, drop, keep, categorical, numeric, prior
        As of `scarce.run`.
    folds, repeats, seed, max_rounds, replicates, decimal, missing, date_format, names, encoding, name
        As of `scarce.run`.
    journal : path-like, optional
        A folder of its own in which each finished fit is kept, so that an interrupted map goes on.
    jobs, progress
        As of `scarce.run`.

    Returns
    -------
    FocalMap
        With its numbers, its table and its picture.

    Raises
    ------
    ScarceError
        E301 for a limit that is no share, E306 for a learner that takes no loss, and as `scarce.run`.

    Notes
    -----
    Fourteen arms are compared with the plain one; the intervals of all differences hold at once. A cell that
    happens to be the largest is not thereby better.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 2))
    >>> y = X[:, 0] + rng.normal(size=400) > 2.0
    >>> seen = focal_map((X, y), learner="linear", folds=2, replicates=50, progress=False)
    >>> first, *_, last = seen.result.by_weight[0]
    >>> first.at_plain.loss > 100 * last.at_plain.loss
    True
    """
    with extras.told():
        categories = options.columns("categorical", categorical)
        cells = Cells.of(decimal, missing, date_format)
        table, target = taken(data, target, names, name, text=categories, cells=cells, encoding=encoding)
        dataset = Dataset.prepare(
            table,
            target=target,
            positive=options.label(positive),
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
            folds=options.whole("folds", folds),
            repeats=options.whole("repeats", repeats),
            seed=options.whole("seed", seed),
            prior=options.share("prior", prior),
            max_rounds=options.whole("max_rounds", max_rounds),
            replicates=options.whole("replicates", replicates),
        )
        found = find_map(
            dataset,
            config,
            learner=learner,
            easy_below=options.share("easy_below", easy_below),
            progress=watcher(progress),
            journal=None if journal is None else Path(journal),
            jobs=options.jobs(jobs),
        )
    return FocalMap(found, library_of(data[0] if isinstance(data, tuple) else data))
