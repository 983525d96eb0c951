"""From what a user calls a method, in words or as an object, to a treatment with its one name."""

from __future__ import annotations

import difflib
import inspect
from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from scarce.boosting.objective import check_usable
from scarce.errors import ScarceError
from scarce.learners.base import PLAIN, Sampling, Treatment
from scarce.losses import catalog
from scarce.losses.adjustment import CountScale, LogPrior
from scarce.losses.definitions import is_ours
from scarce.losses.modulation import DetachedFocal, Focal, Poly, PolyFocal
from scarce.losses.settings_text import brief, plain, words
from scarce.losses.sigmoid import SigmoidLoss
from scarce.number_grammar import spelled
from scarce.resampling import BalancedBagging, ImbalancedLearn, OverSampler, UnderSampler
from scarce.resampling.catalog import NAMES
from scarce.resampling.catalog import parse as parse_sampling
from scarce.tuning.grid import JOINED, OpenMethod

if TYPE_CHECKING:
    from collections.abc import Iterable

Method: TypeAlias = str | SigmoidLoss | Sampling | Treatment
"""A name, a loss, a sampling or a sampler with ``fit_resample``, or a loss with a sampling."""

CONTROL, BLEND = "control", "blend"
_EXAMPLE = "undersample:ratio=10+focal:gamma=1"
_ALL = (
    f"the losses are {', '.join(catalog.CATALOG)}; the samplings are undersample, oversample, "
    "balanced_bagging, smote and others of imbalanced-learn"
)
_OURS = (UnderSampler, OverSampler, BalancedBagging, ImbalancedLearn)


class Part(NamedTuple):
    """A loss or a sampling with its name and what it does."""

    name: str
    summary: str


class Read(NamedTuple):
    """A method as it was understood."""

    name: str
    summary: str
    treatment: Treatment
    open: OpenMethod | None = None  # of which the treatment is one that is tried


def read(method: Method) -> Read:
    """Return the treatment that a method stands for.

    Parameters
    ----------
    method : str, SigmoidLoss, Sampling or Treatment
        In words a loss of the catalogue or of a module of the user's, a sampling, or both joined by ``+`` in
        either order; numbers written ``auto`` are still to be chosen.

    Raises
    ------
    ScarceError
        E302, E323, ``E5..`` for a name or parameter that cannot be read, E325 for an object that is no
        method, E529 and E601 for a loss that a trial cannot use, E538 for a number that cannot be open, E701
        where a sampler is not installed.

    Examples
    --------
    >>> read("focal: gamma=1 + undersample").name
    'undersample:ratio=10+focal:gamma=1'
    >>> read(Treatment(SigmoidLoss(), UnderSampler(ratio=3.0))).name
    'undersample:ratio=3'
    """
    if isinstance(method, str):
        return _of_text(method)
    treatment = _of_object(method)
    check_usable(treatment.loss)
    return _read(treatment, _spelled(treatment.loss))


def named(method: Method) -> str:
    """Return a method as it was written, or an object's name."""
    return method if isinstance(method, str) else read(method).name


def simplest(treatment: Treatment) -> Treatment:
    """Return the same treatment without parts of its loss that do nothing, such as a gamma of 0.

    Examples
    --------
    >>> simplest(read("focal:gamma=0").treatment) == PLAIN
    True
    """
    loss, settings = treatment.loss, {}
    if isinstance(loss.modulation, Focal | DetachedFocal | Poly | PolyFocal) and not any(
        astuple(loss.modulation)
    ):
        settings["modulation"] = PLAIN.loss.modulation
    if isinstance(loss.logit_shift, LogPrior) and loss.logit_shift.tau == 0.0:
        settings["logit_shift"] = None
    if loss.logit_scale == CountScale(0.0):
        settings["logit_scale"] = None
    if isinstance(loss.class_weight, tuple) and len(set(loss.class_weight)) == 1:
        settings["class_weight"] = None
    return replace(treatment, loss=replace(loss, **settings))


def _of_text(text: str) -> Read:
    method = OpenMethod.of(text)
    if method is None:
        return _of_closed_text(text)
    one_of_them = _of_closed_text(method.at(method.grid.coarse[-1], (9.0, 1.0)))
    return one_of_them._replace(name="".join(text.split()), open=method)


def _of_closed_text(text: str) -> Read:
    words = [part.strip() for part in JOINED.split(text)]
    if words == [CONTROL]:
        return _read(PLAIN, Part("", ""))
    samplings = [part for part in words if _name(part) in NAMES]
    losses = [part for part in words if part not in samplings]
    for part in losses:
        _check_known(text, part)
    for kind, parts in (("samplings", samplings), ("losses", losses)):
        if len(parts) > 1:
            suggestion = f"join one sampling and one loss, {_EXAMPLE}, and put a comma between methods"
            raise ScarceError(
                "E323", method=text, reason=f"it has {len(parts)} {kind}", suggestion=suggestion
            )
    sampling = parse_sampling(samplings[0]) if samplings else None
    if not losses:
        return _read(Treatment(PLAIN.loss, sampling), Part("", ""))
    loss: Any = catalog.parse(losses[0])
    check_usable(loss)
    name, colon, settings = catalog.name_and_settings(losses[0])
    tidy = name.rpartition(":")[2] + colon + "".join(settings.split())
    return _read(Treatment(loss, sampling), Part(tidy, _summary(loss) or catalog.find(name).summary))


def _name(part: str) -> str:
    return part.partition(":")[0].strip()


def _check_known(text: str, part: str) -> None:
    """Refuse a word that is no loss and no sampling; one like a loss is left to the catalogue."""
    name = catalog.name_and_settings(part)[0]
    if ":" in name or difflib.get_close_matches(name, catalog.CATALOG, n=1):
        return
    near = difflib.get_close_matches(name, NAMES, n=1)
    suggestion = f"did you mean {near[0]!r}?" if near else _ALL
    reason = f"there is no loss and no sampling {name!r}"
    raise ScarceError("E323", method=text, reason=reason, suggestion=suggestion)


def _of_object(method: Any) -> Treatment:
    if isinstance(method, Treatment):
        return method if method.sampling is None else Treatment(method.loss, _sampling(method.sampling))
    if isinstance(method, SigmoidLoss):
        return Treatment(method)
    return Treatment(PLAIN.loss, _sampling(method))


def _sampling(given: Any) -> Sampling:
    if callable(getattr(given, "draw", None)):
        return given
    if callable(getattr(given, "fit_resample", None)):
        return ImbalancedLearn.of(given)
    raise ScarceError("E325", given=brief(given))


def _read(treatment: Treatment, loss: Part) -> Read:
    """Name a treatment: its sampling, then its loss unless that is plain."""
    parts: list[Part] = []
    if treatment.sampling is not None:
        parts.append(_part(treatment.sampling))
    if treatment.loss != PLAIN.loss:
        parts.append(loss)
    if not parts:
        return Read(CONTROL, "", PLAIN)
    return Read("+".join(part.name for part in parts), "; ".join(part.summary for part in parts), treatment)


def _part(sampling: Sampling) -> Part:
    if isinstance(sampling, _OURS):
        return Part(sampling.method, sampling.summary)
    return Part(brief(sampling), "draws with the sampling given")


def _spelled(loss: SigmoidLoss) -> Part:
    """Return a loss object's name in the catalogue, or failing that what it was made of."""
    if summary := _summary(loss):
        return Part(_of_own_modulation(loss), summary)
    for entry in catalog.CATALOG.values():
        own = {
            key: getattr(loss.modulation, key) for key in entry.parameters if hasattr(loss.modulation, key)
        }
        if catalog.get(entry.name, **own) == loss:
            inner = ",".join(f"{key}={spelled(value)}" for key, value in own.items())
            return Part(f"{entry.name}:{inner}" if own else entry.name, entry.summary)
    return Part(f"SigmoidLoss({', '.join(_settings(loss))})", "the loss given")


def _summary(loss: SigmoidLoss) -> str:
    """Return a line about a modulation of the user's own; nothing for one of ours."""
    kind = type(loss.modulation)
    if is_ours(kind):
        return ""
    said = inspect.getdoc(kind) or ""
    written = said and not said.startswith(f"{kind.__name__}(")  # which a dataclass says of itself
    if not written:
        return f"a loss of {kind.__module__}"
    return said.partition("\n")[0].rstrip(".").replace("``", "")


def _of_own_modulation(loss: SigmoidLoss) -> str:
    """Return the name of a loss whose modulation is the user's: that of its class, and what it was given."""
    own = plain(loss.modulation)
    del own["name"]
    settings = [f"{key}={words(value)}" for key, value in own.items()]
    settings += [setting for setting in _settings(loss) if not setting.startswith("modulation=")]
    return ":".join(filter(None, (type(loss.modulation).__name__, ",".join(settings))))


def _settings(loss: SigmoidLoss) -> Iterable[str]:
    for field in fields(loss):
        value = getattr(loss, field.name)
        if value != getattr(PLAIN.loss, field.name):
            yield f"{field.name}={brief(value)}"
