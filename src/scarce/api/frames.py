"""Tables that are given back in the library that the caller's own came in."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import narwhals as nw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def library_of(data: Any) -> nw.Implementation:
    """Return the dataframe library of what was given; of what is no dataframe pandas, else Arrow."""
    native = nw.from_native(data, pass_through=True)
    if isinstance(native, nw.DataFrame):
        return native.implementation
    return nw.Implementation.PANDAS if find_spec("pandas") else nw.Implementation.PYARROW


def frame_of(columns: Mapping[str, Sequence[Any]], library: nw.Implementation) -> Any:
    """Return columns as a dataframe of a library."""
    return nw.from_dict(dict(columns), backend=library).to_native()
