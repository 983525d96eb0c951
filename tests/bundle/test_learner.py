"""What the trial's own learner predicted at training is what its model file predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.bundle import Member, Model, load, save
from scarce.calibration import fit_calibration
from scarce.data.encoding import Encoder
from scarce.data.files.reading import read
from scarce.decision.cost_fitting import fit_cost_rule
from scarce.decision.costs import Costs, CostSpec
from scarce.learners.base import TrainingRows, Treatment
from scarce.learners.lightgbm import LightGBM
from scarce.losses import get
from scarce.resampling import UnderSampler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from conftest import Made

ARMS = {
    "control": ("cross_entropy", None),
    "weighted": ("weighted_cross_entropy", None),
    "focal": ("focal", None),
    "logit adjusted": ("logit_adjusted", None),
    "undersampled": ("cross_entropy", UnderSampler(2.0)),
}


@pytest.mark.parametrize(("loss", "sampling"), ARMS.values(), ids=list(ARMS))
def test_a_saved_arm_predicts_what_it_did_at_training(
    loss: str,
    sampling: UnderSampler | None,
    transactions: Callable[[int, int], pa.Table],
    frauds: Callable[[pa.Table, int], np.ndarray],
    tmp_path: Path,
) -> None:
    table = transactions(4_000, 11)
    target = frauds(table, 12)
    encoder = Encoder.fit(table)
    features = encoder.encode(table)
    everything = np.arange(len(target))
    rows = TrainingRows(
        features=features,
        names=encoder.feature_names,
        categorical=encoder.categorical,
        target=target,
        training_weight=None,
        offset=-0.7,
        fit=everything[:3_000],
        held=everything[:0],
        seed=5,
    )
    fitted = LightGBM().prepare(rows).fit(Treatment(get(loss), sampling), 40)
    recovered = fitted.log_odds(fitted.logits(features))
    calibration = fit_calibration(recovered[3_000:], target[3_000:])
    log_odds = calibration.log_odds(recovered)
    spec = CostSpec.parse("fn=amount,fp=5")
    costs = Costs(fn=table["amount"].to_numpy(), fp=5.0, spec=spec)
    rule = fit_cost_rule(log_odds, target, costs)
    model = Model(
        encoder=encoder,
        members=(Member(fitted),),
        calibration=calibration,
        rule=rule,
        labels=("fine", "fraud"),
        prior=float(target.mean()),
    )
    save(model, tmp_path / "m.scarce")
    loaded = load(tmp_path / "m.scarce")
    np.testing.assert_array_equal(loaded.log_odds(table).view(np.uint64), log_odds.view(np.uint64))
    np.testing.assert_array_equal(loaded.flag(table), rule.flag(log_odds, costs))


def test_a_file_read_anew_predicts_what_the_table_did(made: Made, tmp_path: Path) -> None:
    """CSV keeps every digit, and categories stay the words they were."""
    from pyarrow import csv

    csv.write_csv(made.table, tmp_path / "new.csv")
    table = read(tmp_path / "new.csv", text=made.model.encoder.text_columns)
    np.testing.assert_array_equal(made.model.log_odds(table), made.log_odds)
