"""Rows that are exact copies of one another, and rows that must stay together.

Our own, since a gap and NaN are equal to a model, and to no library at hand. 500,000 rows of 15 columns take
.31 s and 43 MB; Arrow's `group_by` takes .44 s and 300 MB, DuckDB's `hash` .23 s and 63 MB (docs/data.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from scarce.data.identifiers import is_identifier
from scarce.data.row_hashes import mixed, number_bits
from scarce.data.table import to_float

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]


def duplicate_groups(features: pa.Table) -> IntArray:
    """Give rows the same number exactly where all their features agree.

    Parameters
    ----------
    features : pyarrow.Table
        Types as in a `Table`; the target is not among them, so that copies with different labels meet too.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        0, 1, ... in the order in which the rows first occur.

    Notes
    -----
    Rows are compared by a 64-bit hash of their bits: among a million rows, one pair in 40 million data sets
    would be taken for copies that are none. An id (`identifiers.is_identifier`) is passed over, since it
    would hide every copy. Missing equals missing, and 0.0 equals -0.0.

    Examples
    --------
    >>> duplicate_groups(pa.table({"a": [1.0, 2.0, 1.0], "b": ["x", "x", "x"]}))
    array([0, 1, 0])
    """
    hashes = np.zeros(features.num_rows, dtype=np.uint64)
    ids = [is_identifier(column) for column in features.columns]
    for column, is_id in zip(features.columns, ids, strict=True):
        if is_id and not all(ids):
            continue
        hashes = mixed(hashes ^ _bits(column))
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[group]


def joined(first: IntArray, second: IntArray) -> IntArray:
    """Return the finest grouping that splits no group of either.

    Parameters
    ----------
    first, second : ndarray of int64, shape (n_rows,)
        Numbers 0, 1, ... of the groups.

    Returns
    -------
    ndarray of int64, shape (n_rows,)

    Examples
    --------
    >>> joined(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2]))
    array([0, 0, 0, 1])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_first, n_second = int(first.max()) + 1, int(second.max()) + 1
    edges = (np.ones(len(first), dtype=np.int8), (first, second + n_first))
    graph = coo_array(edges, shape=(n_first + n_second,) * 2)
    _, component = connected_components(graph, directed=False)
    _, numbers = np.unique(component[first], return_inverse=True)
    return numbers.astype(np.int64)


def _bits(column: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        codes = column.combine_chunks().dictionary_encode()
        codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
        return codes.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64).view(np.uint64)
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        whole = column.cast(pa.int64()).fill_null(np.iinfo(np.int64).min)
        return whole.to_numpy().view(np.uint64)
    return number_bits(to_float(column))
