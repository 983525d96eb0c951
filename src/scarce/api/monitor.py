"""``scarce.monitor``: a model at work, watched batch by batch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from scarce.api import options
from scarce.bundle.model import Model
from scarce.bundle.serialization import load
from scarce.data.any_table import labelled as beside
from scarce.data.any_table import table_of
from scarce.data.label_delay import delay_of
from scarce.data.labels import known_target
from scarce.data.roles import time_of
from scarce.errors import ScarceError, extras
from scarce.monitoring import Labelled, Monitoring, State
from scarce.monitoring import monitor as watched

if TYPE_CHECKING:
    from scarce.data.table import Table

LEVEL = 0.05
TOLERANCE = 0.1


def monitor(
    model: Model | str | os.PathLike[str],
    data: Any,
    labels: Any = None,
    *,
    state: str | os.PathLike[str] | None = None,
    time: str | None = None,
    label_delay: str | float | None = None,
    level: float = LEVEL,
    tolerance: float = TOLERANCE,
) -> Monitoring:
    """Watch a model at work: what its rows look like, and with labels whether it is still right.

    Without labels: drift of each column, of the scores, and of the share of positives, as far as the scores
    tell it. With labels: evidence against the model's probabilities, and the same with rows weighed by what
    they can cost. With a state all of it may be looked at any number of times.

    Parameters
    ----------
    model : Model or path-like
        Of `scarce.run`: ``trial.model``, or its file.
    data : path-like, DataFrame, mapping of str to sequence, or ndarray
        Rows that came since, in any form that a model predicts for.
    labels : str or array-like, optional
        What the rows became: a column of `data`, or one label a row. Empty where it is not known yet.
    state : path-like, optional
        The file in which the evidence and the number of looks are kept between batches; made where there is
        none. Without it only these rows count, and a look at other rows is one more chance to alarm.
    time : str, optional
        A column that says when a row arose, a date or a number: rows are taken in its order, and none twice.
    label_delay : str or float, optional
        How long it takes until a label is final, such as ``"60d"``. Younger rows wait, positives too.
    level : float
        How often each watch may alarm without reason: with a state over all time; without one inputs, scores
        and prevalence in this batch.
    tolerance : float
        By what share of itself a probability may be wrong before it counts against the model.

    Returns
    -------
    Monitoring
        Printed, what was found; ``alarms`` names the watches that alarm.

    Raises
    ------
    ScarceError
        E372 and E901 to E909 for states, labels and delays; E230, E301 for arguments; and what reading and
        prediction raise. The state is then as it was.

    Warns
    -----
    ScarceWarning
        ``W901`` for a model file without a summary of its training.

    Notes
    -----
    The estimate of the prevalence rests on *label shift*: positives look as they did, there are only more or
    fewer of them. Whether the scores fit that is tested, and said.

    Examples
    --------
    >>> import numpy as np
    >>> from scarce import run
    >>> def rows(n, seed, rate):
    ...     rng = np.random.default_rng(seed)
    ...     fraud = rng.random(n) < rate
    ...     return {"amount": np.exp(rng.normal(3.0 + 2.0 * fraud, 1.0)), "fraud": fraud}
    >>> trial = run(rows(3_000, 10, 0.05), "fraud", learners=["linear"], methods=["focal"], folds=2)
    >>> monitor(trial.model, rows(2_000, 11, 0.05), "fraud").alarms
    ()
    >>> monitor(trial.model, rows(2_000, 12, 0.10), "fraud").alarms
    ('prevalence', 'calibration')
    """
    with extras.told():
        loaded = _model(model)
        level, tolerance = _share("level", level), _share("tolerance", tolerance, least=0.0)
        _check_pairs(labels, state, time, label_delay, None if tolerance == TOLERANCE else tolerance)
        table, column = _taken(loaded, data, labels)
        known = None if column is None else _labelled(loaded, table, column, time, label_delay)
        named = options.column("time", time)
        if state is not None:
            kept = State.load(state, loaded, named, tolerance, labelled=known is not None)
            before = kept.at_next_look()
        else:
            before = None if known is None else State.begin(loaded, named, tolerance)
        found = watched(loaded, table, level, known, before)
        if state is not None:
            (found.state or before).save(state)
    return found


def _model(model: Any) -> Model:
    if isinstance(model, Model):
        return model
    if isinstance(model, str | os.PathLike):
        return load(model)
    raise ScarceError(
        "E230",
        name="model",
        value=f"of type {type(model).__name__}",
        reason="it is no model of a run",
        suggestion="pass trial.model, or the path of a model.scarce",
    )


def _share(name: str, value: Any, least: float | None = None) -> float:
    """Return a number between 0 and 1, the lower end only where it is allowed."""
    found = options.share(name, value)
    if found is None or not (0.0 < found < 1.0 or found == least):
        raise ScarceError("E301", option=name, value=value, allowed="a number between 0 and 1")
    return found


def _check_pairs(labels: Any, state: Any, time: Any, delay: Any, tolerance: Any) -> None:
    """Refuse what would have no effect.

    Raises
    ------
    ScarceError
        E908.
    """
    for option, value, needs, other in (
        ("a time column", time, "labels, whose rows it puts in order", labels),
        ("a tolerance", tolerance, "labels, which tell how wrong a probability is", labels),
        ("a label delay", delay, "the time column it is counted on", time),
    ):
        if value is not None and other is None:
            raise ScarceError("E908", option=option, needs=needs)


def _taken(model: Model, data: Any, labels: Any) -> tuple[Table, str | None]:
    """Return the rows and the column of their labels."""
    if labels is None or isinstance(labels, str):
        return table_of(data, None, model.encoder.text_columns, model.encoder.cells_of_later_data), labels
    return beside(data, labels, cells=model.encoder.cells_of_later_data)


def _labelled(model: Model, table: Table, column: str, time: Any, delay: Any) -> Labelled:
    positive, known = known_target(table, column, model.labels)
    named = options.column("time", time)
    if named is None:
        return Labelled(positive, known)
    when = time_of(table, named)
    dates = pa.types.is_timestamp(table.column(named).type)
    return Labelled(positive, known, when, 0.0 if delay is None else delay_of(delay, dates))
