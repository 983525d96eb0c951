"""A saved model decides as the trained one did."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from scarce.bundle.member import Member
from scarce.bundle.serialization import from_bytes, load, save, to_bytes
from scarce.calibration import PenalisedBeta, PenalisedLogistic
from scarce.data.table import Table
from scarce.decision.costs import Costs, CostSpec
from scarce.decision.rules import CapacityRule, CostRule, CutRule
from scarce.errors import ScarceError
from scarce.losses import catalog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Made
    from scarce.bundle.model import Model


def bits(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64).view(np.uint64)


def of_one(model: Model, **changed: object) -> Model:
    """Return a model of one learner of which something is changed."""
    fitted = replace(model.members[0].fitted, **changed)
    return replace(model, members=(Member(fitted),))


def two_lines(act: Callable[[], object]) -> str:
    with pytest.raises(ScarceError) as caught:
        act()
    return caught.value.two_lines()


def test_log_odds_are_bit_equal_to_those_at_training(made: Made, tmp_path: Path) -> None:
    save(made.model, tmp_path / "m.scarce")
    loaded = load(tmp_path / "m.scarce")
    np.testing.assert_array_equal(bits(loaded.log_odds(made.table)), bits(made.log_odds))
    assert len(np.unique(made.log_odds)) > 500


@pytest.mark.filterwarnings("ignore:.E445.")  # the rows are unlike those of the training
def test_new_rows_are_treated_alike_before_and_after_saving(made: Made) -> None:
    loaded = from_bytes(to_bytes(made.model))
    np.testing.assert_array_equal(bits(loaded.log_odds(made.odd)), bits(made.model.log_odds(made.odd)))
    assert loaded.predictions(made.odd).equals(made.model.predictions(made.odd))


def test_saving_what_was_loaded_gives_the_same_bytes(made: Made) -> None:
    data = to_bytes(made.model)
    assert to_bytes(from_bytes(data)) == data


def test_order_of_columns_and_extra_columns_change_nothing(made: Made) -> None:
    names = made.table.column_names
    turned = made.table.select(names[::-1]).append_column("extra", pa.nulls(made.table.num_rows))
    np.testing.assert_array_equal(bits(made.model.log_odds(turned)), bits(made.log_odds))


@pytest.mark.filterwarnings("ignore:.E445.")  # the rows are unlike those of the training
def test_unseen_and_rare_categories_are_alike(made: Made) -> None:
    place = made.table.column_names.index("shop")
    seen = {
        word: made.model.log_odds(
            made.table.set_column(place, "shop", pa.array([word] * made.table.num_rows))
        )
        for word in ("rare 1", "never seen", "shop 3")
    }
    np.testing.assert_array_equal(seen["rare 1"], seen["never seen"])
    assert (seen["shop 3"] != seen["never seen"]).any()


def test_posterior_is_the_sigmoid_of_the_log_odds(made: Made) -> None:
    np.testing.assert_allclose(made.model.posterior(made.table), 1 / (1 + np.exp(-made.log_odds)), rtol=1e-14)


def test_predict_says_everything_about_each_row(made: Made) -> None:
    predicted = made.model.predictions(made.table)
    assert predicted.schema.names == ["log_odds", "posterior", "flag", "label"]
    np.testing.assert_array_equal(predicted["log_odds"].to_numpy(), made.log_odds)
    np.testing.assert_array_equal(predicted["posterior"].to_numpy(), made.model.posterior(made.table))
    flagged = predicted["flag"].to_numpy()
    np.testing.assert_array_equal(flagged, made.model.flag(made.table))
    assert 0 < flagged.sum() < len(flagged)
    np.testing.assert_array_equal(predicted["label"].to_numpy(), np.where(flagged, "fraud", "fine"))


def test_no_rows_give_no_predictions(made: Made) -> None:
    predicted = made.model.predictions(made.table.slice(0, 0))
    assert predicted.num_rows == 0
    assert predicted.schema == made.model.predictions(made.table).schema


def test_costs_are_read_from_their_columns(made: Made) -> None:
    costs = Costs(fn=made.table["amount"].to_numpy(), fp=5.0)
    expected = costs.score(made.log_odds) > 0
    np.testing.assert_array_equal(made.model.flag(made.table), expected)
    np.testing.assert_array_equal(made.model.flag(made.table, cost=Costs(fn=1e-3, fp=1e6)), False)


def test_a_cost_column_that_is_not_there(made: Made) -> None:
    model = replace(made.model, rule=CostRule(0.0, CostSpec(fn="loss", fp=5.0)))
    assert two_lines(lambda: model.flag(Table(made.table, "new.csv"))).startswith(
        "error[E101]: no column 'loss' in new.csv"
    )


def test_a_model_without_a_rule_does_not_guess_one(made: Made) -> None:
    model = from_bytes(to_bytes(replace(made.model, rule=None)))
    assert model.rule is None
    assert two_lines(lambda: model.flag(made.table)) == (
        "error[E428]: the model has no decision rule\nhint: train it with scarce run, which fits one"
    )
    np.testing.assert_array_equal(model.log_odds(made.table), made.log_odds)


def test_a_prior_at_prediction_shifts_log_odds_and_the_cost_rule(made: Made) -> None:
    model = made.model
    shift = np.log(0.5) - np.log(0.5) - (np.log(model.prior) - np.log1p(-model.prior))
    np.testing.assert_allclose(model.log_odds(made.table, prior=0.5), made.log_odds + shift, rtol=1e-12)
    np.testing.assert_allclose(model.log_odds(made.table, prior=model.prior), made.log_odds, rtol=1e-12)
    assert model.flag(made.table, prior=0.5).sum() > model.flag(made.table).sum()
    predicted = model.predictions(made.table, prior=0.5)
    np.testing.assert_array_equal(predicted["flag"].to_numpy(), model.flag(made.table, prior=0.5))
    np.testing.assert_array_equal(predicted["log_odds"].to_numpy(), model.log_odds(made.table, prior=0.5))


@pytest.mark.parametrize(
    "rule", [CutRule(-3.0, "recall at least 0.8"), CapacityRule(-3.0, 0.05)], ids=["cut", "capacity"]
)
def test_a_tuned_cut_stays_where_it_is_when_the_prior_moves(made: Made, rule: CutRule | CapacityRule) -> None:
    model = replace(made.model, rule=rule)
    np.testing.assert_array_equal(model.flag(made.table, prior=0.5), model.flag(made.table))


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_a_prior_outside_its_range(made: Made, prior: float) -> None:
    assert two_lines(lambda: made.model.log_odds(made.table, prior=prior)).startswith(
        "error[E255]: new prior must be"
    )
    assert two_lines(lambda: replace(made.model, prior=prior)).startswith("error[E255]: old prior must be")


CALIBRATIONS = [PenalisedLogistic(0.25, 1.1, 30), PenalisedBeta(-0.5, 0.75, 1.25, 1_200)]
RULES = [
    CostRule(0.1, CostSpec(fn="amount", fp=5.0, tp=1.0), 77),
    CostRule(0.0, None),
    CutRule(-3.3, "F1", 12),
    CapacityRule(1 / 3, 0.01, 12),
    None,
]
LOSSES = [name for name, entry in catalog.CATALOG.items() if "sigmoid" in entry.kinds] + [
    "focal:gamma=1.5,alpha=0.25",
    "cross_entropy:class_weight=inverse_sqrt,label_smoothing=0.1",
]


@pytest.mark.parametrize("calibration", CALIBRATIONS, ids=["logistic", "beta"])
@pytest.mark.parametrize("rule", RULES, ids=["costs", "unnamed costs", "cut", "capacity", "none"])
def test_every_calibration_and_rule_goes_round(made: Made, calibration: object, rule: object) -> None:
    data = to_bytes(replace(made.model, calibration=calibration, rule=rule))
    loaded = from_bytes(data)
    assert loaded.calibration == calibration
    assert loaded.rule == rule
    assert to_bytes(loaded) == data


@pytest.mark.filterwarnings("ignore:.W051")  # ldam's posterior is ill-conditioned, and says so
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_goes_round(made: Made, name: str) -> None:
    loss = catalog.parse(name).resolve(class_counts=(990, 10))
    loaded = from_bytes(to_bytes(of_one(made.model, loss=loss))).members[0].fitted.loss
    raw = np.linspace(-30, 30, 101)
    np.testing.assert_array_equal(bits(loaded.log_odds(raw)), bits(loss.log_odds(raw)))
    assert loaded.describe() == loss.describe()


def test_the_card_goes_round(made: Made) -> None:
    card = {"rows": 3_000, "scores": {"AP": 0.1, "none": None}, "worst": float("inf"), "é": ["ü", True]}
    assert from_bytes(to_bytes(replace(made.model, card=card))).card == card


def test_a_model_can_be_pickled_for_a_worker(made: Made) -> None:
    again = pickle.loads(pickle.dumps(made.model))
    np.testing.assert_array_equal(again.log_odds(made.table), made.log_odds)


def test_a_missing_column_is_named(made: Made) -> None:
    assert two_lines(lambda: made.model.log_odds(made.table.drop_columns(["shop"]))).startswith("error[E441]")


def test_raw_scores_that_overflow_are_an_error_and_not_a_prediction(made: Made) -> None:
    trees = made.model.members[0].fitted.stored
    huge = replace(trees, leaf_value=np.full_like(trees.leaf_value, 1.7e308))
    model = of_one(made.model, stored=huge)
    assert two_lines(lambda: model.log_odds(made.table)) == (
        "error[E429]: the model gives log-odds that are not numbers\n"
        "hint: its raw scores overflow: train it again with scarce run"
    )


def test_numbers_too_large_for_categories_are_a_retyped_column(made: Made) -> None:
    """Found by the attacks: a number beyond 2**53 in a column that held words."""
    place = made.table.column_names.index("shop")
    numbers = pa.array([1e300] + [3.0] * (made.table.num_rows - 1))
    retyped = made.table.set_column(place, "shop", numbers)
    assert two_lines(lambda: made.model.log_odds(retyped)).startswith(
        "error[E442]: column 'shop' was a category"
    )
