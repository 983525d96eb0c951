"""`check`: every law on one loss, with the first that is broken in two lines."""

from __future__ import annotations

import importlib.util
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from scarce.errors import ScarceError, ScarceWarning
from scarce.losses import Loss, Modulation, SigmoidLoss, SoftmaxLoss
from scarce.losses.formulas import point
from scarce.losses.modulation import parameters_of_class
from scarce.losses.namespace import NUMPY
from scarce.losses.settings_text import brief
from scarce.testing import faces, laws
from scarce.testing.exact import derivatives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Law = tuple[str, str]

KINDS: dict[str, Any] = {"sigmoid": SigmoidLoss, "softmax": SoftmaxLoss}
MARGINS = np.array([*(-m for m in reversed(laws.FIXED + laws.FAR)), *laws.FIXED, *laws.FAR])
TRUTHS = {"sigmoid": (0.9, 0.1), "softmax": (0.6, 0.3, 0.1)}
SMALLEST = 1e-300  # below, digits are lost to underflow
IN_SINGLE = 1e-4  # what a face may be off, relative to the loss in double precision
NEWTON = (0.5, 10.0)  # times the mean curvature, in which Newton's method still converges with steps capped


@dataclass(frozen=True)
class LawsPassed:
    """What was checked; printed, it is a short table.

    Attributes
    ----------
    loss : str
        The loss in words.
    laws : tuple of (str, str)
        Each law, and how it was checked.
    """

    loss: str
    laws: tuple[Law, ...]

    def __str__(self) -> str:
        width = max(len(law) for law, _ in self.laws)
        lines = [f"{law:<{width}}  {how}" for law, how in self.laws]
        return "\n".join([f"{self.loss}: {len(self.laws)} laws hold", *lines])


def check(loss: Modulation | type[Modulation] | Loss, *, faces: Sequence[str] | None = None) -> LawsPassed:
    """Check that a loss of your own obeys the laws that the losses of this package obey.

    Parameters
    ----------
    loss : Modulation, type of Modulation or Loss
        A modulation, which is checked in each kind of loss that it is for; its class, at its default
        parameters; or a loss, which is checked as it stands. What depends on class counts needs them.
    faces : sequence of {"kernels", "torch", "jax"}, optional
        Where it is computed and compared with NumPy: wherever a library is installed by default.

    Returns
    -------
    LawsPassed
        Which laws hold, and how each was checked.

    Raises
    ------
    ScarceError
        E536 with the first law that is broken, where and by how much.

    Notes
    -----
    Derivatives are taken in 50 digits where mpmath is installed, and by differences where it is not.

    Examples
    --------
    >>> from scarce.losses.modulation import Focal
    >>> passed = check(Focal(gamma=2.0), faces=[])
    >>> passed.loss, passed.laws[0][0]
    ('Focal(gamma=2.0)', 'slope = -d phi / d m')
    """
    given = loss() if isinstance(loss, type) else loss
    modulation = given if isinstance(given, Modulation) else given.resolved.modulation
    kinds = modulation.kinds if isinstance(given, Modulation) else (given.kind,)
    losses = [KINDS[kind](modulation) if isinstance(given, Modulation) else given for kind in kinds]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ScarceWarning)
        passed = list(_Laws(brief(modulation), modulation).all(losses, faces))
    return LawsPassed(brief(modulation), tuple(passed))


@dataclass(frozen=True)
class _Laws:
    """The laws of one modulation; each returns how it was checked, and raises where it is broken."""

    loss: str
    modulation: Modulation

    def all(self, losses: Sequence[Loss], among: Sequence[str] | None) -> Iterator[Law]:
        """Yield every law that holds."""
        yield from self.derivatives()
        yield "log_a = log(slope / q)", self.log_a()
        yield "slope is never negative", self.signs()
        yield "the traits are true", self.traits()
        for loss in losses:
            yield from self._of_loss(loss)
        if len(losses) == 2 and not self.modulation.over_all_classes:
            yield "softmax of two classes is sigmoid", self.two_classes(*losses)
        for name in faces.installed() if among is None else among:
            yield f"{name} agrees with NumPy", self.face(name, losses)

    def _of_loss(self, loss: Loss) -> Iterator[Law]:
        if loss.kind == "sigmoid":
            yield "finite up to logits of 1e4", self.finite(loss)
        try:
            loss.check_posterior()
        except ScarceError:  # some losses have no posterior, and say so
            return
        if importlib.util.find_spec("scipy") is not None:
            how = f"at {', '.join(map(str, TRUTHS[loss.kind]))}"
            yield f"the {loss.kind}'s posterior of the minimiser is the truth", self.minimiser(loss, how)

    def derivatives(self) -> Iterator[Law]:
        """Hold slope and curvature against derivatives of phi, in the margin of either class."""
        exactly = derivatives()
        near = MARGINS[np.abs(MARGINS) <= exactly.farthest]
        for name, of in (("slope", "phi"), ("curvature", "slope")):
            law = f"{name} = -d {of} / d m"
            for k, parameters in self._classes():
                got = self._formula(name, near, parameters)
                beside = np.abs(self._formula("slope", near, parameters))
                worst = 1.0, ""
                for m, value, slope in zip(near.tolist(), got.tolist(), beside.tolist(), strict=True):
                    there, rate = exactly.taken(getattr(self.modulation.formulas, of), m, parameters)
                    scale = abs(rate) + min(1.0, float(np.exp(min(m, 0.0)))) * slope
                    scale += exactly.of_value * abs(there)
                    share = abs(value + rate) / (exactly.relative * scale + SMALLEST)
                    share = np.nan_to_num(float(share), nan=np.inf)
                    if share > worst[0]:
                        said = f"{name} is {value:.6g} and {exactly.how} say {float(-rate):.6g}"
                        worst = share, f"{said}, at logit {m:g} of class {k}"
                if worst[1]:
                    self._broken(law, worst[1], f"look at {name} and {of}")
            yield law, f"{exactly.how}, {2 * near.size} logits"

    def log_a(self) -> str:
        """Hold log_a against the slope, of which it is the logarithm but for the factor ``1 - p``."""
        near = MARGINS[np.abs(MARGINS) <= 300.0]
        for k, parameters in self._classes():
            log_slope = np.log(self._formula("slope", near, parameters))
            log_a = self._formula("log_a", near, parameters) + point(NUMPY, near)[1]
            off = np.abs(log_a - log_slope) > 1e-9 * np.maximum(1.0, np.abs(log_slope))
            off |= np.isnan(log_a) | np.isnan(log_slope)
            for i in np.flatnonzero(off)[:1]:
                said = (
                    f"log_a gives the slope {np.exp(log_a[i]):.9g}, and slope is {np.exp(log_slope[i]):.9g}"
                )
                self._broken(
                    "log_a = log(slope / q)", f"{said}, at logit {near[i]:g} of class {k}", "look at log_a"
                )
        return f"{2 * near.size} logits"

    def signs(self) -> str:
        """Let no loss grow as its class gets likelier."""
        for k, parameters in self._classes():
            slope = self._formula("slope", MARGINS, parameters)
            for i in np.flatnonzero(~(slope >= 0.0))[:1]:
                said = f"it is {slope[i]:.9g}, at logit {MARGINS[i]:g} of class {k}"
                self._broken("slope is never negative", said, "a likelier right class must not cost more")
        return f"{2 * MARGINS.size} logits"

    def traits(self) -> str:
        """Hold what the class says of itself against its formulas."""
        law, traits = "the traits are true", self.modulation
        for k, parameters in self._classes():
            m = np.unique(np.concatenate([MARGINS, np.linspace(-40.0, 40.0, 801)]))
            slope, curvature = (self._formula(name, m, parameters) for name in ("slope", "curvature"))
            concave = np.flatnonzero(curvature < -1e-12 * (np.abs(slope) + SMALLEST))
            if traits.is_convex and concave.size:
                said = f"curvature is {curvature[concave[0]]:.9g}, at logit {m[concave[0]]:g} of class {k}"
                self._broken(law, f"is_convex, and {said}", "return False")
            steep = np.flatnonzero(slope > traits.slope_bound * (1.0 + 1e-12))
            if steep.size:
                said = f"slope is {slope[steep[0]]:.9g}, at logit {m[steep[0]]:g} of class {k}"
                self._broken(
                    law, f"slope_bound is {traits.slope_bound:g}, and {said}", "return a larger bound"
                )
        if traits.newton_factor is not None:
            self._newton(traits.newton_factor)
        return "is_convex, slope_bound, newton_factor"

    def _newton(self, factor: float) -> None:
        """Hold the mean over labels of ``f p slope`` against that of the curvature, within bounds."""
        u = np.linspace(-30.0, 30.0, 121)
        (_, zero), (_, one) = self._classes()
        posterior = SigmoidLoss(self.modulation).posterior(u)

        def mean(of: Callable[[NDArray[Any], tuple[Any, ...]], NDArray[Any]]) -> NDArray[Any]:
            return posterior * of(u, one) + (1.0 - posterior) * of(-u, zero)

        exact = mean(lambda m, parameters: self._formula("curvature", m, parameters))
        made = mean(lambda m, parameters: factor * point(NUMPY, m)[2] * self._formula("slope", m, parameters))
        low, high = NEWTON
        for i in np.flatnonzero(~((made >= low * exact) & (made <= high * exact)))[:1]:
            said = f"newton_factor {factor:g} gives {made[i]:.6g} for a mean curvature of {exact[i]:.6g}"
            self._broken("the traits are true", f"{said}, at logit {u[i]:g}", "return None to take the mean")

    def finite(self, loss: Loss) -> str:
        """Allow neither NaN nor infinity, in either precision."""
        for dtype in (np.float64, np.float32):
            with self._as_law(
                f"finite up to logits of 1e4, in {np.dtype(dtype)}", "use lp and lq, and where"
            ):
                laws.check_finite_everywhere(loss, dtype, laws.NumPyFace())
        return "float64 and float32"

    def minimiser(self, loss: Loss, how: str) -> str:
        """Let a model at the minimum of the mean loss say the truth through the posterior."""
        law = f"the {loss.kind}'s posterior of the minimiser is the truth"
        with self._as_law(law, "look at log_a; a loss without a posterior says so in check_posterior"):
            laws.check_posterior_of_minimiser(loss, TRUTHS[loss.kind])
        return how

    def two_classes(self, sigmoid: Loss, softmax: Loss) -> str:
        """Let a logit cost the same alone and beside a 0."""
        z = MARGINS[np.abs(MARGINS) <= 700.0]
        pairs = np.stack([np.zeros_like(z), z], axis=-1)
        for y in (0, 1):
            target = np.full(z.shape, y)
            with self._as_law(
                "softmax of two classes is sigmoid", "let the formulas depend on the point only"
            ):
                laws.check_same(softmax.value(pairs, target), sigmoid.value(z, target), 1e-9)
        return f"{2 * z.size} logits"

    def face(self, name: str, losses: Sequence[Loss]) -> str:
        """Hold losses and gradients against NumPy's, to single precision."""
        law = f"{name} agrees with NumPy"
        for loss in losses:
            z = MARGINS[np.abs(MARGINS) <= 80.0].astype(np.float32)
            if loss.kind == "softmax":
                z = np.stack([np.zeros_like(z), z, 0.5 - z], axis=-1)
            for y in range(2 if loss.kind == "sigmoid" else 3):
                target = np.full(len(z), y)
                got = faces.computed(name, loss, z, target)
                own = loss.value(z.astype(float), target), loss.gradient(z.astype(float), target)
                for what, one, other in zip(("value", "gradient"), got or (), own, strict=False):
                    off = np.abs(one - other) > IN_SINGLE * np.abs(other) + 1e-6
                    for i in np.argwhere(off | ~np.isfinite(one))[:1]:
                        place = tuple(i.tolist())
                        said = f"the {loss.kind}'s {what} is {one[place]:.7g}, not {other[place]:.7g}"
                        said += f", at logit {z[place[0]].tolist()} of label {y}"
                        self._broken(law, said, "a formula uses only xp, the point and its parameters")
        return "losses and gradients, float32"

    def _formula(self, name: str, m: NDArray[Any], parameters: tuple[Any, ...]) -> NDArray[Any]:
        formula = getattr(self.modulation.formulas, name)
        return np.broadcast_to(formula(NUMPY, *point(NUMPY, m), *parameters), m.shape)

    def _classes(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        return ((k, parameters_of_class(self.modulation, k)) for k in (0, 1))

    @contextmanager
    def _as_law(self, law: str, suggestion: str) -> Iterator[None]:
        try:
            yield
        except AssertionError as broken:
            self._broken(law, str(broken), suggestion)

    def _broken(self, law: str, what: str, suggestion: str) -> NoReturn:
        raise ScarceError("E536", loss=self.loss, law=law, what=what, suggestion=suggestion)
