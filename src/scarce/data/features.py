"""Which columns are features, and which are left out because they can be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.data.checks.finding import Finding
from scarce.data.identifiers import is_identifier
from scarce.data.schema import CATEGORY, kind_of, reads_as_text
from scarce.data.suggestion import counted, listed, typed_name
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scarce.data.roles import Roles
    from scarce.data.table import Table

_FEW = 50
_STRAYS = {"mixed": "a number", "undated": "a date"}


def feature_names(
    table: Table, roles: Roles, costly: Collection[str] = ()
) -> tuple[list[str], list[str], list[str]]:
    """Return the features in the table's order, and the ids and the columns of text that are left out.

    Columns of costs are features like those that are kept: what a mistake costs is known when deciding.

    Raises
    ------
    ScarceError
        E140 if nothing is left, E147 if nothing but ids is, E165 if nothing but text.
    """
    names: list[str] = []
    ids: list[str] = []
    texts: list[str] = []
    for name in filter(roles.is_feature, table.names):
        values = table.data.column(name)
        if name in roles.features_named or name in costly:
            names.append(name)
        elif kind_of(values.type) == CATEGORY and reads_as_text(values):
            texts.append(name)
        elif is_identifier(values):
            ids.append(name)
        else:
            names.append(name)
    if not names and ids:
        raise ScarceError("E147", source=table.source, names=listed(ids), typed=typed_name(*ids))
    if not names and texts:
        raise ScarceError("E165", source=table.source, names=listed(texts), typed=typed_name(*texts))
    if not names:
        raise ScarceError("E140", source=table.source)
    return names, ids, texts


def check_quirks(table: Table, roles: Roles) -> None:
    """Raise for a feature of numbers or dates but for a few words, or that may mean this or that.

    Raises
    ------
    ScarceError
        E122 for words among numbers or dates, and what `Table.refuse_quirk` raises.

    Notes
    -----
    Few different values are taken as the codes they look like, kept columns as the user says.
    """
    for name, quirk in table.quirks.items():
        if not roles.is_feature(name) or name in roles.keep:
            continue
        place = {"column": name, "value": quirk.value, "source": table.source}
        table.refuse_quirk(name)
        if quirk.kind in _STRAYS and quirk.distinct > _FEW:
            others = counted(quirk.count - 1, "more row", "more rows")
            more = f" (and {others} like it)" if quirk.count > 1 else ""
            share = f"{100 * quirk.share:.4g} %"
            wordy = quirk.kind == "undated" or not any(letter.isdigit() for letter in quirk.value)
            word = f"; --missing {typed_name(quirk.value)} says that it means missing" if wordy else ""
            place |= {"where": table.where(quirk.row), "typed": typed_name(name)}
            raise ScarceError("E122", **place, what=_STRAYS[quirk.kind], share=share, more=more, word=word)


def texts_left_out(texts: Sequence[str]) -> list[Finding]:
    """Say which columns of text are left out, if any."""
    if not texts:
        return []
    count = counted(len(texts), "column is", "columns are")
    values = {"count": count, "names": listed(texts), "typed": typed_name(texts[0])}
    return [Finding.of("W159", columns=tuple(texts), **values)]
