"""``scarce.gamma_plot``: how gamma moved during a training."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarce.bundle import whole_files
from scarce.errors import ScarceError, reason
from scarce.losses.settings_text import brief
from scarce.report.figures.frame import WIDE
from scarce.report.figures.gamma_over_epochs import describe, gamma_over_epochs
from scarce.report.standalone import standalone

if TYPE_CHECKING:
    import os


@dataclass(frozen=True, eq=False, repr=False)
class GammaPlot:
    """Gamma over the epochs: in a notebook the picture.

    Attributes
    ----------
    history : list of mapping
        A record of each epoch.
    """

    history: Sequence[Mapping[str, Any]]

    def svg(self) -> str:
        """Return the picture as a file of its own: SVG, with its colours for light and dark inside."""
        return standalone(gamma_over_epochs(self.history, WIDE, "gamma"))

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture into a file, whole or not at all.

        Parameters
        ----------
        path : path-like
            Such as ``gamma.svg``.

        Returns
        -------
        Path

        Raises
        ------
        ScarceError
            E207 where it cannot be written.
        """
        try:
            whole_files.write(self.svg().encode(), Path(path))
        except OSError as error:
            raise ScarceError("E207", path=path, reason=reason(error), option="write(path)") from error
        return Path(path)

    def __repr__(self) -> str:
        """Say what the picture shows."""
        return f"{describe(self.history)}\n\nmore  .svg()  .write(path)"

    def _repr_html_(self) -> str:
        """Show the picture in a notebook, whose own style it leaves alone."""
        return f'<img src="data:image/svg+xml;base64,{base64.b64encode(self.svg().encode()).decode()}">'


def gamma_plot(trained: Any) -> GammaPlot:
    """Show how gamma moved during a training: with class weights their power, and the validation loss below.

    Parameters
    ----------
    trained : loss, callback, or list of dict
        What has a ``history`` of epochs, as the losses of `scarce.torch.adaptive` with an ``update`` have; or
        such a history: ``epoch``, ``gamma`` (a number, or one a bin), ``power`` and ``validation_loss``, each
        of the last two a number or None.

    Returns
    -------
    GammaPlot
        ``.svg()``, and ``.write("gamma.svg")``.

    Raises
    ------
    ScarceError
        E501 for anything else, or where no epoch was recorded.

    Examples
    --------
    >>> record = {"power": None, "validation_loss": None}
    >>> print(gamma_plot([{"epoch": 0, "gamma": 1.0, **record}, {"epoch": 1, "gamma": 0.8, **record}]))
    2 epochs. Gamma is 1 in the first and 0.8 in the last.
    <BLANKLINE>
    more  .svg()  .write(path)
    """
    history = getattr(trained, "history", trained)
    is_list = isinstance(history, Sequence) and not isinstance(history, str)
    if not is_list or not all(isinstance(one, Mapping) and {"epoch", "gamma"} <= {*one} for one in history):
        allowed = "a loss or callback whose gamma moved, or its history"
        raise ScarceError("E501", parameter="trained", value=brief(trained), allowed=allowed)
    if not history:
        allowed = "of one epoch at least: call update() (of AutomatedFocalLoss record()) after each"
        raise ScarceError("E501", parameter="history", value="[]", allowed=allowed)
    return GammaPlot(history)
