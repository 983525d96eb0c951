"""What has no place in another format, said with the format that has one."""

from __future__ import annotations

from scarce.errors import ScarceError


def not_possible(to: str, what: str, instead: str = "mlflow") -> ScarceError:
    """Return the error for a model that a format cannot hold.

    Parameters
    ----------
    to, instead : str
        The format, and one that can.
    what : str
        What it has no place for.
    """
    return ScarceError("E432", to=to, what=what, instead=f"scarce export MODEL --to {instead} --out PATH")
