"""The one way a reader of untrusted content says no; turned into a coded error where the path is known."""

from __future__ import annotations

LONGEST = 240


class RefusalError(ValueError):
    """What is wrong with a piece of content, in words that finish "the file is not a model: ...".

    Parameters
    ----------
    what : str
        Cut where it is long: it may quote the content.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what if len(what) <= LONGEST else f"{what[:LONGEST]}...")


def require(holds: object, what: str) -> None:
    """Refuse content for the reason `what` unless `holds`.

    Examples
    --------
    >>> require(2 > 1, "two is not more than one")
    >>> require(1 > 2, "one is not more than two")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    scarce.errors.refusal.RefusalError: one is not more than two
    """
    if not holds:
        raise RefusalError(what)
