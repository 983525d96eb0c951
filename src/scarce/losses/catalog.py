"""The losses under the names that people search for; the command line and the report use the same ones."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeAlias

from scarce.errors import ScarceError
from scarce.losses.adjustment import CountScale, LogPrior
from scarce.losses.asymmetric import Asymmetric, AsymmetricDetached
from scarce.losses.domains import (
    Checked,
    above_zero,
    at_least_zero,
    meanings_of,
    refuse_open,
    refuse_setting,
)
from scarce.losses.imported import imported, imported_name, made_of
from scarce.losses.modulation import (
    LDAM,
    Brier,
    CrossEntropy,
    DetachedFocal,
    Focal,
    GeneralizedCrossEntropy,
    Poly,
    PolyFocal,
)
from scarce.losses.serialization import KINDS
from scarce.losses.settings_text import brief, nearest
from scarce.losses.softmax import SoftmaxLoss
from scarce.losses.weighting import EffectiveNumber
from scarce.number_grammar import number, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scarce.losses.loss import Loss
    from scarce.losses.modulation import Kind

Settings: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One loss of the catalogue: its name, a line for tables and help, and how it is built.

    ``build`` goes from the loss's own parameters to the settings of `SigmoidLoss` or `SoftmaxLoss`; its
    docstring is the formula of the loss, in which p_y is the probability of the target's class. ``own`` says
    what parameters mean that are no field of a part of the loss.
    """

    name: str
    summary: str
    build: Callable[..., Settings]
    own: Mapping[str, str] = field(default_factory=lambda: OWN, hash=False)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Which of "sigmoid" and "softmax" it is defined for."""
        return self.build().get("modulation", CrossEntropy()).kinds

    @property
    def formula(self) -> str:
        """The loss of one example, as the docstring of ``build`` has it."""
        return (inspect.getdoc(self.build) or "").removesuffix(".")

    @property
    def meanings(self) -> dict[str, str]:
        """What its own parameters mean, a line each: docstrings say it of the loss wherever it is used."""
        parts = (part for part in self.build().values() if isinstance(part, Checked))
        known = dict(self.own)
        for part in parts:
            known |= meanings_of(part)
        return {name: known[name] for name in self.parameters if name in known}

    @property
    def parameters(self) -> dict[str, Any]:
        """The loss's own parameters with their defaults."""
        return {name: p.default for name, p in inspect.signature(self.build).parameters.items()}

    @property
    def needs_counts(self) -> bool:
        """Whether the loss cannot do without class counts."""
        return _follows(KINDS[self.kinds[0]](**self.build(), class_counts=(1.0, 2.0)))


OWN = {
    "alpha": "Lin's, in (0, 1): the weight of positives, 1 - alpha that of negatives.",
    "max_margin": "Above 0; the margin of the rarest class.",
    "scale": "Above 0; what the logits are multiplied by.",
}
"""What parameters mean that belong to no part of a loss."""


def _follows(loss: Loss) -> bool:
    """Whether anything in a loss follows from the class counts that it was given."""
    assert loss.class_counts is not None
    return loss.resolve(loss.class_counts) != loss


def _cross_entropy() -> Settings:
    """-log p_y."""
    return {}


def _weighted_cross_entropy() -> Settings:
    """-w_y log p_y."""
    return {"class_weight": "balanced"}


def _focal(gamma: float = 2.0, alpha: float | None = None) -> Settings:
    """-(1 - p_y)^gamma log p_y."""
    return {"modulation": Focal(gamma), **_alpha_balanced(alpha)}


def _detached_focal(gamma: float = 2.0, alpha: float | None = None) -> Settings:
    """Integral over u from p_y to 1 of (1 - u)^gamma / u."""
    return {"modulation": DetachedFocal(gamma), **_alpha_balanced(alpha)}


def _poly_focal(gamma: float = 2.0, epsilon: float = 1.0, alpha: float | None = None) -> Settings:
    """-(1 - p_y)^gamma log p_y + epsilon (1 - p_y)^(gamma + 1)."""
    return {"modulation": PolyFocal(gamma, epsilon), **_alpha_balanced(alpha)}


def _class_balanced(beta: float = 0.9999, gamma: float = 0.0, normalize: str = "rows") -> Settings:
    """-(1 - beta) / (1 - beta^n_y) (1 - p_y)^gamma log p_y."""
    return {"modulation": Focal(gamma), "class_weight": EffectiveNumber(beta, normalize)}


def _balanced_softmax() -> Settings:
    """-log p_y of the logits z_k + log prior_k."""
    return {"logit_shift": LogPrior(1.0)}


def _logit_adjusted(tau: float = 1.0) -> Settings:
    """-log p_y of the logits z_k + tau log prior_k."""
    return {"logit_shift": LogPrior(tau)}


def _vs_loss(tau: float = 1.0, gamma: float = 0.15) -> Settings:
    """-log p_y of the logits (n_k / n_max)^gamma z_k + tau log prior_k."""
    return {"logit_shift": LogPrior(tau), "logit_scale": CountScale(gamma)}


def _cdt(gamma: float = 0.15) -> Settings:
    """-log p_y of the logits (n_k / n_max)^gamma z_k."""
    return {"logit_scale": CountScale(gamma)}


def _ldam(max_margin: float = 0.5, scale: float = 30.0) -> Settings:
    """-log p_y of scale (z_y - max_margin (n_min / n_y)^(1/4)) and scale z_k."""
    largest = at_least_zero("max_margin", max_margin) * above_zero("scale", scale)
    return {"modulation": LDAM(largest=largest), "logit_scale": scale}


def _asymmetric(gamma_negative: float = 4.0, gamma_positive: float = 1.0, clip: float = 0.05) -> Settings:
    """-(1 - p)^gamma_positive log p or, at r = max(p - clip, 0), -r^gamma_negative log(1 - r)."""
    return {"modulation": Asymmetric(gamma_negative, gamma_positive, clip)}


def _asymmetric_detached(
    gamma_negative: float = 4.0, gamma_positive: float = 1.0, clip: float = 0.05
) -> Settings:
    """Potential of the slope of asymmetric when either power is held constant."""
    return {"modulation": AsymmetricDetached(gamma_negative, gamma_positive, clip)}


def _poly(epsilon: float = 1.0) -> Settings:
    """-log p_y + epsilon (1 - p_y)."""
    return {"modulation": Poly(epsilon)}


def _generalized_cross_entropy(q: float = 0.7) -> Settings:
    """(1 - p_y^q) / q."""
    return {"modulation": GeneralizedCrossEntropy(q)}


def _brier() -> Settings:
    """(1 - p_y)^2 or, over a softmax, the sum over k of (p_k - [k = y])^2."""
    return {"modulation": Brier()}


def _alpha_balanced(alpha: object) -> Settings:
    """Return Lin's weights, alpha for positives and 1 - alpha for negatives."""
    if alpha is None:
        return {}
    refuse_open("alpha", alpha)
    if not (isinstance(alpha, float) and 0.0 < alpha < 1.0):
        raise ScarceError("E502", value=brief(alpha), reason="it is not a number between 0 and 1")
    return {"class_weight": (1.0 - alpha, alpha)}


CATALOG: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("cross_entropy", "log-loss: the plain one", _cross_entropy),
        Entry("weighted_cross_entropy", "log-loss with class weights, balanced", _weighted_cross_entropy),
        Entry("focal", "easy examples count less (Lin et al. 2017)", _focal),
        Entry("detached_focal", "focal with its weight held constant; convex", _detached_focal),
        Entry("class_balanced", "weights by effective number (Cui et al. 2019)", _class_balanced),
        Entry("balanced_softmax", "logits shifted by the log prior (Ren et al. 2020)", _balanced_softmax),
        Entry("logit_adjusted", "logits shifted by tau log prior (Menon et al. 2021)", _logit_adjusted),
        Entry("vs_loss", "logits shifted and scaled by counts (Kini et al. 2021)", _vs_loss),
        Entry("cdt", "logits scaled by counts (Ye et al. 2020)", _cdt),
        Entry("ldam", "a margin per class, larger for rarer ones (Cao et al. 2019)", _ldam),
        Entry("asymmetric", "focal by side, easy negatives cut (Ridnik et al. 2021)", _asymmetric),
        Entry("asymmetric_detached", "asymmetric with its weights held constant", _asymmetric_detached),
        Entry("poly", "log-loss plus epsilon (1-p) (Leng et al. 2022)", _poly),
        Entry("poly_focal", "focal plus epsilon (1-p)^(gamma+1) (Leng et al. 2022)", _poly_focal),
        Entry(
            "generalized_cross_entropy",
            "between log-loss and 1-p, for noisy labels (Zhang and Sabuncu 2018)",
            _generalized_cross_entropy,
        ),
        Entry("brier", "squared error of the probability (Brier 1950)", _brier),
        Entry("mse", "another name of brier", _brier),
    )
}
"""Every loss by name."""


def get(name: str, *, kind: Kind = "sigmoid", **parameters: Any) -> Loss:
    """Return a loss of the catalogue.

    Parameters
    ----------
    name : str
        A key of `CATALOG`, such as "focal", or a modulation of a module of yours, such as "mylosses:Mine".
    kind : {"sigmoid", "softmax"}, default "sigmoid"
        Whether one logit decides, or one a class.
    **parameters : object
        The loss's own parameters, and any setting of `SigmoidLoss` or `SoftmaxLoss` that it leaves open.

    Raises
    ------
    ScarceError
        E522 for a name that is not in the catalogue, E530 to E535 for one that cannot be imported, E523 for
        a parameter that the loss does not have, E526 for a softmax of a loss that is defined for a sigmoid
        only, E529 for class counts that nothing in the loss follows from, or a background that no reduction
        leaves out.

    Notes
    -----
    ``alpha`` is Lin's: one number for binary focal loss. For anything else there is ``class_weight``.

    Examples
    --------
    >>> get("focal", gamma=3.0).value([0.0], [1]).round(4)
    array([0.0866])
    >>> get("fokal")
    Traceback (most recent call last):
    ...
    scarce.errors.ScarceError: there is no loss 'fokal'; did you mean 'focal'?
    """
    if kind not in KINDS:
        raise ScarceError("E501", parameter="kind", value=repr(kind), allowed="'sigmoid' or 'softmax'")
    if ":" in name:
        return made_of(name, imported(name, list(CATALOG)), KINDS[kind], parameters)
    entry = find(name)
    if kind not in entry.kinds:
        raise ScarceError("E526", modulation=name)
    loss = KINDS[kind]
    if kind == "softmax" and parameters.get("alpha") is not None:
        reason = "a softmax has no positive class"
        raise ScarceError("E502", value=brief(parameters["alpha"]), reason=reason)
    own = {key: value for key, value in parameters.items() if key in entry.parameters}
    settings = entry.build(**own)
    for key, value in parameters.items():
        if value is None and key == "class_weight" and own.get("alpha") is not None:
            continue  # alpha weighs the classes, and nothing else is asked for
        if key not in own:
            _check_setting(entry, key, settings, loss, "alpha" if "alpha" in own else name)
            settings[key] = value
    made = loss(**settings)
    _check_effect(made)
    return made


def _check_effect(loss: Loss) -> None:
    """Refuse what was given and would change nothing: class counts are easily taken for weights."""
    if loss.class_counts is not None and not _follows(loss):
        suggestion = "leave them out, or weigh the classes by them with class_weight='balanced'"
        reason = "nothing in this loss follows from them"
        refuse_setting("class_counts", loss.class_counts, reason, suggestion)
    if isinstance(loss, SoftmaxLoss) and loss.background and loss.reduction != "mean_positive":
        reason = f"reduction={loss.reduction!r} counts every class"
        suggestion = "leave it out, or set reduction='mean_positive'"
        refuse_setting("background", loss.background, reason, suggestion)


def find(name: str) -> Entry:
    """Return the catalogue's entry of a name; E522, with the nearest name, if there is none."""
    if name in CATALOG:
        return CATALOG[name]
    suggestion = nearest(name, CATALOG, "the losses are " + ", ".join(CATALOG))
    raise ScarceError("E522", name=name, suggestion=suggestion)


def _check_setting(entry: Entry, key: str, settings: Settings, loss: type[Loss], maker: str) -> None:
    """Refuse a setting that the loss does not have, or that it makes itself."""
    open_settings = {field.name for field in fields(loss)} - {"modulation"}
    by_default = {"class_weight"} if entry.name == "weighted_cross_entropy" else set[str]()
    left_open = open_settings - (settings.keys() - by_default)
    if key in left_open:
        return
    own = [name for name in entry.parameters if name != "alpha" or loss is not SoftmaxLoss]
    names = [*own, *sorted(left_open)]
    suggestion = nearest(key, names, "it has " + ", ".join(names))
    if key in open_settings:
        suggestion = f"{maker} sets {key} itself"
    elif key == "alpha":
        suggestion = "class_weight=[negative, positive] weighs the classes"
    raise ScarceError("E523", loss=entry.name, name=key, suggestion=suggestion)


def parse(text: str, *, kind: Kind = "sigmoid") -> Loss:
    """Return the loss that a command line spells, such as ``focal:gamma=3,class_weight=balanced``.

    Parameters
    ----------
    text : str
        A name, and after a colon its parameters; several numbers are joined by semicolons. A name is as in
        `get`: ``mylosses:Mine:gamma=3`` is a modulation of a module of yours.
    kind : {"sigmoid", "softmax"}, default "sigmoid"
        As in `get`.

    Raises
    ------
    ScarceError
        E524 if the text is not of that form; otherwise as `get`.

    Examples
    --------
    >>> parse("focal:gamma=3,class_weight=1;9") == get("focal", gamma=3.0, class_weight=[1.0, 9.0])
    True
    """
    name, parameters = name_and_parameters(text)
    return get(name, kind=kind, **parameters)


def name_and_parameters(text: str) -> tuple[str, dict[str, Any]]:
    """Return a loss's name in words, and its parameters as numbers, lists of numbers and words.

    Raises
    ------
    ScarceError
        E524 if the text is not of that form.

    Examples
    --------
    >>> name_and_parameters("focal:gamma=auto,class_weight=1;9")
    ('focal', {'gamma': 'auto', 'class_weight': [1, 9]})
    """
    name, colon, rest = name_and_settings(text)
    if colon and not rest:
        raise ScarceError("E524", text=text, reason="nothing follows the colon")
    parameters: dict[str, Any] = {}
    for assignment in rest.split(",") if rest else ():
        key, equals, value = (part.strip() for part in assignment.partition("="))
        if not (key and equals and value):
            raise ScarceError("E524", text=text, reason=f"{assignment!r} is not name=value")
        if key in parameters:
            raise ScarceError("E524", text=text, reason=f"{key!r} is given twice")
        parameters[key] = _parsed(value)
    return name, parameters


def name_and_settings(text: str) -> tuple[str, str, str]:
    """Return a loss's name in words, the colon behind it or nothing, and what follows.

    Examples
    --------
    >>> name_and_settings("focal:gamma=3"), name_and_settings("mylosses:Mine:gamma=3")
    (('focal', ':', 'gamma=3'), ('mylosses:Mine', ':', 'gamma=3'))
    """
    first, colon, rest = text.partition(":")
    imports = None if first.strip() in CATALOG else imported_name(text)
    if imports is None:
        return first.strip(), colon, rest
    return imports, *rest.partition(":")[1:]


def _parsed(value: str) -> Any:
    """Return a number, a list of numbers or, failing those, the word itself; an index as a whole number."""
    parts = value.split(";")
    numbers = [number(part) if whole_number(part) is None else whole_number(part) for part in parts]
    if None in numbers:
        return value
    return numbers if len(numbers) > 1 else numbers[0]
