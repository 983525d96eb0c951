"""scarce: losses, calibration and decisions for when one class is rare and the mistake is expensive.

The names below load their room when they are first used; ``import scarce`` itself loads nothing but Python.
"""

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scarce.api.compare import compare as compare
    from scarce.api.focal_map import focal_map as focal_map
    from scarce.api.gamma_plot import gamma_plot as gamma_plot
    from scarce.api.monitor import monitor as monitor
    from scarce.api.plan import plan as plan
    from scarce.api.run import run as run
    from scarce.api.trial import Trial as Trial
    from scarce.bundle import Model as Model
    from scarce.bundle import load as load
    from scarce.bundle import save as save
    from scarce.errors import ScarceError as ScarceError
    from scarce.errors import ScarceWarning as ScarceWarning
    from scarce.estimators import CostRuleClassifier as CostRuleClassifier
    from scarce.estimators import FocalClassifier as FocalClassifier
    from scarce.estimators import PosteriorCalibrator as PosteriorCalibrator
    from scarce.estimators import RareClassifier as RareClassifier
    from scarce.estimators import ThresholdRuleClassifier as ThresholdRuleClassifier
    from scarce.losses import CATALOG as CATALOG
    from scarce.losses import SigmoidLoss as SigmoidLoss
    from scarce.losses import SoftmaxLoss as SoftmaxLoss
    from scarce.tuning.loop import tune as tune

_HOMES = {
    "CATALOG": "scarce.losses",
    "CostRuleClassifier": "scarce.estimators",
    "FocalClassifier": "scarce.estimators",
    "Model": "scarce.bundle",
    "PosteriorCalibrator": "scarce.estimators",
    "RareClassifier": "scarce.estimators",
    "ScarceError": "scarce.errors",
    "ScarceWarning": "scarce.errors",
    "SigmoidLoss": "scarce.losses",
    "SoftmaxLoss": "scarce.losses",
    "ThresholdRuleClassifier": "scarce.estimators",
    "Trial": "scarce.api.trial",
    "compare": "scarce.api.compare",
    "focal_map": "scarce.api.focal_map",
    "gamma_plot": "scarce.api.gamma_plot",
    "load": "scarce.bundle",
    "monitor": "scarce.api.monitor",
    "plan": "scarce.api.plan",
    "run": "scarce.api.run",
    "save": "scarce.bundle",
    "tune": "scarce.tuning.loop",
}


def __getattr__(name: str) -> object:
    """Load a public name from the room it lives in, once (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'scarce' has no attribute {name!r}")
    with import_module("scarce.errors.extras").told():
        value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*_HOMES, "__version__"})
