"""The saved model: one file without pickle or code, read as if a stranger had written it.

`Model` predicts; `save` and `load` put it in a file and take it out; what it holds of its learners is in
`scarce.learners.stored`. The format is described in ``docs/model-file.md``.
"""

from scarce.bundle.member import Member
from scarce.bundle.model import Model
from scarce.bundle.serialization import load, save

__all__ = ["Member", "Model", "load", "save"]
