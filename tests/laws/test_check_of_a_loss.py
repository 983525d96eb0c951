"""`scarce.testing.check` passes what is right, and says of a wrong formula which law it breaks, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from tests.laws.cases import CASES
from tests.losses.own_losses import PolyCubed, curvature, log_a, phi, slope

from scarce.errors import ScarceError
from scarce.losses import SigmoidLoss, SoftmaxLoss
from scarce.losses.modulation import Focal
from scarce.testing import check, exact, faces

LAWS = (
    "slope = -d phi / d m",
    "curvature = -d slope / d m",
    "log_a = log(slope / q)",
    "slope is never negative",
    "the traits are true",
    "finite up to logits of 1e4",
    "the sigmoid's posterior of the minimiser is the truth",
    "the softmax's posterior of the minimiser is the truth",
    "softmax of two classes is sigmoid",
)


def test_a_right_modulation_passes_every_law():
    passed = check(PolyCubed, faces=[])
    assert passed.loss == "PolyCubed(epsilon=1.0)"
    assert tuple(law for law, _ in passed.laws) == LAWS
    assert str(passed).splitlines()[:2] == [
        "PolyCubed(epsilon=1.0): 9 laws hold",
        "slope = -d phi / d m                                   50 digits, 116 logits",
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_loss_of_the_catalogue_passes(case):
    assert check(case.loss, faces=[]).laws


def test_a_loss_is_checked_as_it_stands():
    weighed = check(SoftmaxLoss(Focal(2.0), class_weight=[1.0, 2.0, 3.0]), faces=[])
    assert [law for law, _ in weighed.laws] == [*LAWS[:5], LAWS[7]]


def test_without_mpmath_differences_take_its_place(monkeypatch):
    monkeypatch.setattr(exact, "HAS_MPMATH", False)
    assert check(PolyCubed, faces=[]).laws[0][1].startswith("differences, as mpmath is not installed, ")
    with pytest.raises(ScarceError, match="differences, as mpmath is not installed say"):
        check(Wrong.of(slope=lambda xp, lp, lq, p, q, e: 1.001 * slope(xp, lp, lq, p, q, e)), faces=[])


class Wrong:
    """Modulations like PolyCubed but for one formula or trait."""

    @staticmethod
    def of(**changes):
        formulas = {name: changes.pop(name) for name in PolyCubed.formulas._fields if name in changes}
        made = type("Wrong", (PolyCubed,), {"formulas": PolyCubed.formulas._replace(**formulas), **changes})
        return dataclass(frozen=True)(made)


def overflowing(xp, lp, lq, p, q, e):
    return xp.exp(-lp) * p * (1.0 + 0.0 * e) * q + 3.0 * e * p * q * q * q


def backwards(xp, lp, lq, p, q, e):
    return -1.0 * phi(xp, lp, lq, p, q, e)


def bent(xp, lp, lq, p, q, e):
    return log_a(xp, lp, lq, p, q, e) + 1e-6


MUTANTS = {
    "a sign in the loss": (
        {"phi": lambda xp, lp, lq, p, q, e: -e * q * q * q - lp},
        "slope = -d phi / d m: slope is ",
    ),
    "a factor in the slope": (
        {"slope": lambda xp, lp, lq, p, q, e: q + 2.0 * e * p * q * q * q},
        "slope = -d phi / d m: slope is ",
    ),
    "a factor in the curvature": (
        {"curvature": lambda xp, lp, lq, p, q, e: p * q * (1.0 + 3.0 * e * q * q * (2.0 * p - q))},
        "curvature = -d slope / d m: curvature is ",
    ),
    "a little in log_a": ({"log_a": bent}, "log_a = log(slope / q): log_a gives the slope "),
    "a loss that rewards mistakes": (
        {
            "phi": backwards,
            "slope": lambda *at: -slope(*at),
            "curvature": lambda *at: -curvature(*at),
            "log_a": log_a,
        },
        "log_a = log(slope / q)",
    ),
    "an overflow": ({"slope": overflowing}, "slope = -d phi / d m: slope is "),
    "convexity that is not": ({"is_convex": True}, "the traits are true: is_convex, and curvature is -"),
    "a bound that is passed": (
        {"slope_bound": 0.5},
        "the traits are true: slope_bound is 0.5, and slope is ",
    ),
    "a factor far too small": ({"newton_factor": 1e-3}, "the traits are true: newton_factor 0.001 gives "),
}


@pytest.mark.parametrize("what", MUTANTS)
def test_what_is_wrong_in_one_place_breaks_a_law(what):
    changes, said = MUTANTS[what]
    with pytest.raises(ScarceError) as caught:
        check(Wrong.of(**changes)(1.0), faces=[])
    first, second = caught.value.two_lines().splitlines()
    assert first.startswith(f"error[E536]: Wrong(epsilon=1.0) breaks a law, {said}")
    assert " at logit " in first
    assert second.startswith("hint: ")


def test_the_two_lines_of_a_broken_law():
    with pytest.raises(ScarceError) as caught:
        check(Wrong.of(slope_bound=0.5)(1.0), faces=[])
    assert caught.value.two_lines() == (
        "error[E536]: Wrong(epsilon=1.0) breaks a law, the traits are true: slope_bound is 0.5, and slope is "
        "1, at logit -10000 of class 0\nhint: return a larger bound"
    )


def test_a_posterior_that_is_not_recovered_breaks_a_law():
    class Raw(SigmoidLoss):
        def posterior(self, logits):
            return 1.0 / (1.0 + np.exp(-np.asarray(logits)))

    with pytest.raises(ScarceError, match="the sigmoid's posterior of the minimiser is the truth"):
        check(Raw(Focal(2.0)), faces=[])


def test_a_face_with_other_numbers_breaks_a_law(monkeypatch):
    def off(loss, logits, target):
        return loss.value(logits, target), 1.01 * loss.gradient(logits, target)

    monkeypatch.setitem(faces.FACES, "kernels", ("numba", off))
    with pytest.raises(ScarceError, match="kernels agrees with NumPy: the sigmoid's gradient is "):
        check(PolyCubed, faces=["kernels"])


@pytest.mark.parametrize("name", ["kernels", "torch", "jax"])
def test_the_faces_that_are_installed_agree(name):
    if name not in faces.installed():
        pytest.skip(f"{name} is not installed")
    assert check(PolyCubed, faces=[name]).laws[-1] == (
        f"{name} agrees with NumPy",
        "losses and gradients, float32",
    )
