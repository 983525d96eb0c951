"""Build the demo sample anew: ``python -m scarce.data.embedded.build creditcard.parquet``.

The same input and the same pyarrow give the same bytes; another pyarrow gives the same rows.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scarce.data.embedded import KEPT_ONE_IN, TARGET, WEIGHT, path

if TYPE_CHECKING:
    import numpy.typing as npt

SEED = 20150101
LIMIT_BYTES = 4_000_000
COMPONENTS = tuple(f"V{i}" for i in range(1, 29))


def kept_rows(positive: npt.NDArray[np.bool_], seed: int = SEED) -> npt.NDArray[np.int64]:
    """Return every positive row and a seeded one in ten of the others, ascending.

    Parameters
    ----------
    positive : ndarray of bool, shape (n_rows,)
    seed : int
        Of the draw; the committed file uses `SEED`.

    Returns
    -------
    ndarray of int64

    Notes
    -----
    Exactly a tenth of the negatives is drawn, without replacement, so the weighted count of negatives is
    right to within half a weight.

    Examples
    --------
    >>> kept_rows(np.arange(100) < 2, seed=1).size
    12
    """
    negatives = np.flatnonzero(~positive)
    rng = np.random.default_rng(seed)
    kept = rng.choice(negatives, size=round(len(negatives) / KEPT_ONE_IN), replace=False)
    return np.sort(np.concatenate([np.flatnonzero(positive), kept]))


def sample(table: pa.Table) -> pa.Table:
    """Return the kept rows, and beside them how many rows of the full table each stands for."""
    positive = table.column(TARGET).to_numpy() == 1
    rows = kept_rows(positive)
    weight = np.where(positive[rows], 1, KEPT_ONE_IN).astype(np.int8)
    return table.take(rows).append_column(WEIGHT, pa.array(weight))


def narrow(table: pa.Table) -> pa.Table:
    """Store the components as float32 and the seconds as int32; the amount stays: it is a cost."""
    kinds = {name: pa.float32() for name in COMPONENTS} | {"Time": pa.int32()}
    fields = [pa.field(field.name, kinds.get(field.name, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def write(table: pa.Table, target: Path) -> None:
    """Write Parquet as small as it gets: the bytes of a float apart, and zstd over them."""
    pq.write_table(
        table,
        target,
        compression="zstd",
        compression_level=22,
        use_dictionary=["Amount", "Time", TARGET, WEIGHT],
        use_byte_stream_split=list(COMPONENTS),
        write_statistics=False,
        store_schema=False,
        row_group_size=len(table),
        data_page_size=1 << 20,
    )


def main(arguments: list[str]) -> int:
    """Build the file from the path in `arguments` and say how large it became."""
    if len(arguments) != 1:
        print("usage: python -m scarce.data.embedded.build creditcard.parquet", file=sys.stderr)
        return 2
    source = Path(arguments[0])
    table = narrow(sample(pq.read_table(source)))
    write(table, path())
    size = path().stat().st_size
    if size > LIMIT_BYTES:
        print(f"{path()} has {size:,} bytes, more than {LIMIT_BYTES:,}", file=sys.stderr)
        return 1
    positives = int(table.column(TARGET).to_numpy().sum())
    digest = hashlib.sha256(path().read_bytes()).hexdigest()
    print(f"{path().name}: {len(table):,} rows, {positives} positive, {size:,} bytes, sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
