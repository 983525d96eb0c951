"""Watching a model at work: drift of inputs, scores and prevalence, evidence against its probabilities.

`monitor` holds a batch of rows against what the model file says of its training; with labels it goes on with
the evidence that `State` keeps between batches. `scarce.monitor` takes the same in any form.
"""

from scarce.monitoring.batch import Labelled, monitor
from scarce.monitoring.drift import Drift, Part, drift
from scarce.monitoring.evidence import Evidence
from scarce.monitoring.result import Monitoring
from scarce.monitoring.state import State

__all__ = ["Drift", "Evidence", "Labelled", "Monitoring", "Part", "State", "drift", "monitor"]
