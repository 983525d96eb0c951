"""The few losses that stand for all leave out no loss of the catalogue, and no way to treat one."""

from __future__ import annotations

from tests.laws.cases import CLASS_LOSSES, FEW, LOSSES, REPRESENTATIVES, TREATMENTS, representatives

from scarce.losses import CATALOG


def test_every_loss_of_the_catalogue_has_a_representative():
    own = set(CATALOG) - {"mse"}  # another name of brier
    assert {name for name in own if not any(one.startswith(name) for one in REPRESENTATIVES)} == set()


def test_every_treatment_has_a_representative():
    assert {name.partition(" ")[2] or "plain" for name in REPRESENTATIVES} == set(TREATMENTS)


def test_every_modulation_is_among_them_over_labels_and_over_classes():
    for losses in (LOSSES, CLASS_LOSSES[3]):
        chosen = {type(losses[name].modulation) for name in representatives(losses)}
        assert chosen == {type(loss.modulation) for loss in losses.values()}


def test_a_representative_is_a_loss():
    assert {name for name in REPRESENTATIVES if name not in LOSSES | CLASS_LOSSES[3]} == set()
    assert {name for name in FEW if name not in LOSSES or name not in CLASS_LOSSES[3]} == set()
