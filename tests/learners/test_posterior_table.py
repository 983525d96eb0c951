"""The table that a model file holds in place of a user's formulas says what they said, and nothing wild."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.losses.own_losses import PolyCubed

from scarce.errors import ScarceError
from scarce.errors.refusal import RefusalError
from scarce.learners.stored.posterior_table import MOST, PosteriorTable, storable, tabulated
from scarce.losses import Modulation, SigmoidLoss, get
from scarce.losses.modulation import CrossEntropy

LOSSES = {
    "a user's own": SigmoidLoss(PolyCubed(3.0), class_weight=[1.0, 9.0]),
    "steep near 0": get("focal", gamma=0.25),
    "focal": get("focal", gamma=5.0),
    "logits of another size": replace(get("focal", gamma=2.0), logit_scale=1e-3, logit_shift=5.0),
    "a margin and a scale": get("ldam", class_counts=[990, 10]).resolved,
    "nothing below a clip": get("asymmetric", clip=0.0625),
    "targets that are smoothed": get("focal", gamma=2.0, label_smoothing=0.125),
    "a bend": get("poly", epsilon=50.0),
    "a line": get("brier"),
}


def asked(loss):
    sizes = np.concatenate([np.linspace(0.0, 30.0, 5001), 10.0 ** np.linspace(-6.0, 4.0, 501)])
    scale, shift = loss.logit_scale or 1.0, loss.logit_shift or 0.0
    return np.sort((np.concatenate([sizes, -sizes]) - shift) / scale)


@pytest.mark.filterwarnings("ignore::scarce.errors.ScarceWarning")
@pytest.mark.parametrize("name", LOSSES)
def test_a_table_is_within_1e_9_of_the_log_odds_and_never_falls(name):
    loss = LOSSES[name]
    z, table = asked(loss), tabulated(loss)
    with np.errstate(all="ignore"):
        true, got = loss.log_odds(z), table.log_odds(z)
    finite = np.isfinite(true)
    off = np.abs(got[finite] - true[finite])
    assert (off <= 1e-9 * np.maximum(1.0, np.abs(true[finite]))).all()
    assert (np.abs(got[~finite]) > 800.0).all()  # a posterior of 0 or 1 to the last bit
    assert (np.sign(got[~finite]) == np.sign(true[~finite])).all()
    assert (np.diff(got) >= 0.0).all()
    assert finite.mean() > 0.08
    assert len(table.logits) < 4_000


def test_a_table_is_as_fine_as_it_must_be():
    assert len(tabulated(LOSSES["a line"]).logits) < 50 < len(tabulated(LOSSES["focal"]).logits) < 600


def test_logits_without_end_and_of_any_shape():
    table = tabulated(LOSSES["a user's own"])
    assert (table.log_odds([[-np.inf, np.inf]]) * [[-1.0, 1.0]] > 1e299).all()
    assert table.log_odds(0.0).shape == ()
    with pytest.raises(ScarceError, match="is nan"):
        table.log_odds([np.nan])


def test_only_a_users_own_is_turned_into_a_table():
    assert storable(LOSSES["focal"]) is LOSSES["focal"]
    table = storable(LOSSES["a user's own"])
    assert isinstance(table, PosteriorTable)
    assert storable(table) is table
    said = f"its posterior a table of {len(table.logits)} logits"
    assert table.describe() == f"sigmoid poly_cubed(epsilon=3), class_weight=[1, 9], {said}"


def test_a_table_is_read_back_from_json_to_the_last_bit():
    table = tabulated(LOSSES["a user's own"])
    assert PosteriorTable.from_dict(json.loads(json.dumps(table.to_dict()))) == table


def with_log_a(formula):
    @dataclass(frozen=True)
    class Odd(Modulation):
        formulas = CrossEntropy.formulas._replace(log_a=lambda xp, lp, lq, p, q: formula(lp - lq))

    return SigmoidLoss(Odd())


REFUSED = {
    "falling": (lambda m: 2.0 * m, "its log-odds fall between the logits -1024 and -512"),
    "no number": (lambda m: np.where(m > 3.0, np.nan, 0.0), "its log-odds are no number at the logit -1024"),
    "all or nothing": (lambda m: np.full_like(m, -np.inf), "its log-odds are no number at the logit -1024"),
    "certain": (lambda m: np.where(m > 0.0, -np.inf, 0.0), "its posterior is 0 or 1 at almost every logit"),
    "rough": (lambda m: 0.4 * np.sin(50.0 * m), "its log-odds fall between"),
    "bent everywhere": (lambda m: 4e-4 * np.sin(1e3 * m), "its log-odds bend too often near the logit"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_log_odds_that_no_table_can_hold_are_refused(what):
    formula, reason = REFUSED[what]
    with pytest.raises(ScarceError) as caught:
        tabulated(with_log_a(formula))
    assert caught.value.code == "E537"
    assert reason in caught.value.message
    assert caught.value.two_lines().endswith("\nhint: check its log_a with scarce.testing.check")


SOUND = {
    "kind": "table",
    "loss": "mine",
    "logits": [-1.0, 0.0, 2.0],
    "log_odds_there": [-2.0, 0.0, 1.0],
    "slopes": [2.0, 1.5, 0.25],
}
HOSTILE = {
    "a part too many": SOUND | {"code": "import os"},
    "a part too few": {name: value for name, value in SOUND.items() if name != "slopes"},
    "a loss that is no text": SOUND | {"loss": 1},
    "a loss without end": SOUND | {"loss": "x" * 10_000},
    "logits in a text": SOUND | {"logits": "012"},
    "a list in a list": SOUND | {"logits": [-1.0, [0.0], 2.0]},
    "a truth value": SOUND | {"slopes": [2.0, True, 0.25]},
    "a whole number": SOUND | {"slopes": [2.0, 1, 0.25]},
    "no number": SOUND | {"slopes": [2.0, float("nan"), 0.25]},
    "a slope without end": SOUND | {"slopes": [2.0, float("inf"), 0.25]},
    "log-odds without end": SOUND | {"log_odds_there": [-float("inf"), 0.0, 1.0]},
    "a logit far too large": SOUND | {"logits": [-1e300, 0.0, 1e300]},
    "one logit": SOUND | {"logits": [0.0], "log_odds_there": [0.0], "slopes": [1.0]},
    "lists of two lengths": SOUND | {"slopes": [2.0, 1.5]},
    "too many": SOUND
    | {name: [float(k) for k in range(MOST + 1)] for name in ("logits", "log_odds_there", "slopes")},
    "logits that fall": SOUND | {"logits": [-1.0, 2.0, 0.0]},
    "a logit twice": SOUND | {"logits": [-1.0, 0.0, 0.0]},
    "log-odds that fall": SOUND | {"log_odds_there": [-2.0, 2.0, 1.0]},
    "a slope that falls": SOUND | {"slopes": [2.0, -0.5, 0.25]},
    "log-odds that fall in between": SOUND | {"slopes": [2.0, 1.6, 0.25]},
}


def test_a_sound_table_is_taken():
    assert PosteriorTable.from_dict(SOUND).to_dict() == SOUND


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_table_is_refused(what):
    with pytest.raises(RefusalError):
        PosteriorTable.from_dict(HOSTILE[what])
