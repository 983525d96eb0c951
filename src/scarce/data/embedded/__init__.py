"""The demo sample: every fraud of the ULB card-fraud table and one in ten of its other rows.

The file, its source and its licence lie beside this module. Figures made from it are those of a
*demo sample*, never those of the full table.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarce.data.dataset import Dataset

TARGET = "Class"
COST = "fn=Amount,fp=5"
WEIGHT = "weight"
KEPT_ONE_IN = 10


def path() -> Path:
    """Return where the demo sample lies: a Parquet file of 28,924 rows.

    Returns
    -------
    Path
        The file inside the installed package.

    Notes
    -----
    The column ``weight`` counts the rows of the full table that a row stands for: 1 for a fraud, 10 for the
    others. It describes the population; a model trained with it as sample weight ranks worse than one trained
    without it whose rate is undone afterwards.

    Examples
    --------
    >>> path().name
    'card_fraud.parquet'
    """
    return Path(__file__).with_name("card_fraud.parquet")


def load() -> Dataset:
    """Read the demo sample as the demo uses it: the target, the costs and the population weight are set.

    Returns
    -------
    Dataset
        28,924 rows of 30 features (``Time`` among them), 492 positive.

    Raises
    ------
    ScarceError
        E701 where the extra ``scarce[trial]`` is not installed.

    Notes
    -----
    All positives are here and one negative in ten: the unweighted prevalence is ten times the real one.

    Examples
    --------
    >>> dataset = load()
    >>> int(dataset.target.sum()), len(dataset.target)
    (492, 28924)
    """
    from scarce.data.dataset import Dataset
    from scarce.data.files.reading import read

    return Dataset.prepare(read(path()), target=TARGET, cost=COST, weight=WEIGHT)
