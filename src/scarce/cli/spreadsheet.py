"""CSV that a spreadsheet may open: no text in it begins as a formula does.

A spreadsheet computes a cell that begins with ``=``, ``+``, ``-`` or ``@``, and a formula can fetch an
address or start a program. A label comes out of a model, which may be a stranger's.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from scarce.number_grammar import number

FORMULA_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Signs that a formula begins with, and their full-width forms, which some spreadsheets take for them."""

_ROWS = 1 << 16

BEFORE_A_SIGN = ("\t", "\r", "\n")
"""Characters that some programs drop at the beginning of a cell, so that what follows begins it."""


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet may compute a cell of this text; a number in words is none.

    Examples
    --------
    >>> [is_formula(text) for text in ("=1+1", "-1", "+5.0", "-1+1", "a=b", "@SUM(A1)")]
    [True, False, False, True, False, True]
    """
    return text.startswith((*FORMULA_SIGNS, *BEFORE_A_SIGN)) and number(text) is None


def defused(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """Return a table in which an apostrophe stands before every text that would be a formula.

    Parameters
    ----------
    table : pyarrow.Table
        Columns that are no text are left as they are.

    Returns
    -------
    table : pyarrow.Table
    found : list of str
        The texts that were changed, each once; names of columns among them.
    """
    found = [name for name in table.column_names if is_formula(name)]
    columns = []
    for column in table.columns:
        formulas = _formulas(column)
        found += formulas
        columns.append(_with_apostrophe(column, formulas) if formulas else column)
    names = [f"'{name}" if is_formula(name) else name for name in table.column_names]
    return pa.table(columns, names=names), list(dict.fromkeys(found))


def _formulas(column: pa.ChunkedArray) -> list[str]:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return []
    return [text for text in column.unique().to_pylist() if text is not None and is_formula(text)]


def _with_apostrophe(column: pa.ChunkedArray, formulas: list[str]) -> pa.ChunkedArray:
    apostrophe, nothing = pa.scalar("'", column.type), pa.scalar("", column.type)
    changed = pc.binary_join_element_wise(apostrophe, column, nothing)
    return pc.if_else(pc.is_in(column, pa.array(formulas, column.type)), changed, column)


def write_csv(table: pa.Table, stream: Any) -> None:
    """Write CSV with every digit: read back, the numbers are the same bits, and texts the same characters.

    A text stands in quotes where it must: with a comma, a quote or a line end in it, or empty, for without
    quotes that is no text at all.

    Parameters
    ----------
    table : pyarrow.Table
    stream : binary file
    """
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(table.column_names)
    stream.write(header.getvalue().encode())
    for batch in table.to_batches(_ROWS):
        lines = pc.binary_join_element_wise(*map(_cells, batch.columns), ",")
        stream.write("\n".join([*lines.to_pylist(), ""]).encode())


def _cells(column: pa.Array) -> pa.Array:
    """Return the values of a column as they stand in CSV."""
    text = column.cast(pa.string())
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(text, '[",\r\n]|^$'), quoted, text).fill_null("")
