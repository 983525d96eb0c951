"""The different values of a column of text, and which rows hold each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.number_columns import NUMBER, matches

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "?", "-", "--", ".", "missing", "\\n"}
) | {"#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"}
"""What says missing in a column of numbers, truth values or dates, in any case; a spreadsheet's errors do."""


@dataclass(frozen=True)
class Distinct:
    """The distinct values of a text column, trimmed, and which rows hold each."""

    text: pa.Array
    missing: np.ndarray
    number: np.ndarray
    index: pa.Array

    @classmethod
    def of(cls, column: pa.ChunkedArray, missing: Iterable[str] = ()) -> Distinct:
        """Take a column apart; `missing` are more words that say missing than always do."""
        encoded = column.combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):  # over 2 GB of text
            encoded = pa.concat_arrays(encoded.cast(pa.large_string()).chunks)
        encoded = encoded.dictionary_encode()
        text = pc.utf8_trim_whitespace(encoded.dictionary.cast(pa.string()))
        return cls(text, says(text, MISSING.union(missing)), matches(text, NUMBER), encoded.indices)

    @property
    def present(self) -> pa.Array:
        """The values, null where they say missing."""
        return pc.if_else(pa.array(self.missing), None, self.text)

    @property
    def truth(self) -> np.ndarray:
        """Which values are truth values."""
        return says(self.text, ("true", "false"))

    def rows_of(self, mask: np.ndarray) -> np.ndarray:
        """Return the rows whose value is among the masked ones."""
        codes = self.index.fill_null(len(mask)).to_numpy(zero_copy_only=False)
        return np.append(mask, False)[codes]

    def spread(self, values: pa.Array) -> pa.ChunkedArray:
        """Return one value a row from one a distinct value."""
        return pa.chunked_array([values.take(self.index)])


def says(text: pa.Array | pa.ChunkedArray, words: Iterable[str]) -> np.ndarray:
    """Return which values are one of some words, in any case."""
    folded = pa.array(sorted({word.lower() for word in words}), pa.string())
    return pc.is_in(pc.utf8_lower(text), value_set=folded).to_numpy(zero_copy_only=False)
