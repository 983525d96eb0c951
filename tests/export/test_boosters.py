"""A plain booster in a file of its engine says our raw output, and the formula beside it our posterior."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pytest
from tests.export.conftest import CURVE, LINE, model_of, of_loss, train

from scarce.bundle.member import Member
from scarce.errors import ScarceError
from scarce.export.boosters import lightgbm_file, xgboost_file
from scarce.export.formula import posterior_formula
from scarce.learners.base import Fitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Trained
    from scarce.bundle.model import Model
    from scarce.learners.stored.trees import Trees


def two_lines(act: Callable[[], object]) -> str:
    with pytest.raises(ScarceError) as caught:
        act()
    return caught.value.two_lines()


def test_lightgbm_reads_a_booster_whose_raw_output_is_ours(booster: Model, trained: Trained) -> None:
    text = lightgbm_file(booster, trained.table).decode()
    matrix = trained.encoder.encode(trained.table)
    raw = lightgbm.Booster(model_str=text).predict(matrix, raw_score=True)
    np.testing.assert_allclose(raw, booster.members[0].fitted.logits(matrix), rtol=1e-13)
    assert abs(raw.mean() - trained.trees.logits(matrix).mean() + 1.5) < 1e-9  # the base score is in it


@pytest.mark.parametrize("loss", ["cross_entropy", "focal:gamma=2", "weighted_cross_entropy"])
@pytest.mark.parametrize("calibration", [LINE, CURVE], ids=["line", "curve"])
def test_the_formula_gives_our_posterior(loss: str, calibration: object, trained: Trained) -> None:
    fitted = Fitted(trained.trees, of_loss(loss), -1.5, -0.25)
    model = model_of(trained, Member(fitted), calibration=calibration)
    text = lightgbm_file(model, None).decode()
    formula = posterior_formula(model, "booster.predict(X, raw_score=True)")
    assert ("scarce.losses" in formula) == (loss != "cross_entropy")
    names = {"booster": lightgbm.Booster(model_str=text), "X": trained.encoder.encode(trained.table)}
    exec(formula, names)
    np.testing.assert_allclose(names["posterior"], model.posterior(trained.table), rtol=1e-12)


REFUSED = {
    "forest": "the votes of a forest are averaged, those of a booster added",
    "linear": "its learner is of kind 'linear'",
    "blend": "it blends several learners",
}


@pytest.mark.parametrize("to", [lightgbm_file, xgboost_file], ids=["lightgbm", "xgboost"])
@pytest.mark.parametrize("kind", list(REFUSED))
def test_what_is_no_booster_is_refused(
    kind: str, to: Callable[..., bytes], request: pytest.FixtureRequest
) -> None:
    name = to.__name__.removesuffix("_file")
    pytest.importorskip(name)
    assert two_lines(lambda: to(request.getfixturevalue(kind), None)) == (
        f"error[E432]: this model cannot be exported to {name}: {REFUSED[kind]}\n"
        "hint: scarce export MODEL --to onnx --out PATH"
    )


def test_text_of_other_trees_is_not_written(booster: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    from scarce.export import boosters as module

    fitted = booster.members[0].fitted
    leaves = fitted.stored.leaf_value.copy()
    leaves[-1] += 1e-6
    other = Member(replace(fitted, stored=replace(fitted.stored, leaf_value=leaves)))
    whole = module._with_base_score
    monkeypatch.setattr(module, "_with_base_score", lambda member: whole(other))
    assert two_lines(lambda: lightgbm_file(booster, None)).startswith(
        "error[E433]: the export to lightgbm is not the model: "
    )


def single(trained: Trained) -> Trees:
    """Return trees as XGBoost could have trained them: cuts of single precision, gaps, no words."""
    numbers = trained.trees.decision_type & 1 == 0
    assert numbers.all()
    below = trained.trees.threshold.astype(np.float32)
    above = np.nextafter(below, np.float32(np.inf))
    middle = (below.astype(np.float64) + above.astype(np.float64)) / 2
    cut = np.where(middle.astype(np.float32) < above, middle, np.nextafter(middle, -np.inf))
    kinds = (trained.trees.decision_type & 2) | 8
    leaves = trained.trees.leaf_value.astype(np.float32).astype(np.float64)
    return replace(trained.trees, threshold=cut, decision_type=kinds.astype(np.uint8), leaf_value=leaves)


@pytest.fixture(scope="module")
def of_numbers() -> Trained:
    return train(rounds=8, without=("shop",))


def test_xgboost_reads_trees_of_single_precision(of_numbers: Trained) -> None:
    xgboost = pytest.importorskip("xgboost")
    trees = single(of_numbers)
    model = model_of(of_numbers, Member(Fitted(trees, of_loss("cross_entropy"), -1.5, 0.0)))
    content = xgboost_file(model, of_numbers.table)
    matrix = of_numbers.encoder.encode(of_numbers.table)
    read = xgboost.Booster(model_file=bytearray(content))
    raw = read.predict(xgboost.DMatrix(matrix), output_margin=True)
    np.testing.assert_allclose(raw, model.members[0].fitted.logits(matrix), atol=1e-5)
    assert json.loads(content)["learner"]["learner_model_param"]["base_score"] == "[-1.5]"


@pytest.mark.parametrize("cut", [0, 5, -1])
def test_xgboost_trees_with_another_cut_are_not_written(
    cut: int, of_numbers: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cut moves by one number of single precision: rows on both sides of it reach other leaves."""
    pytest.importorskip("xgboost")
    from scarce.export import boosters as module

    trees = single(of_numbers)
    moved = trees.threshold.copy()
    moved[cut] = np.nextafter(moved[cut].astype(np.float32), np.float32(np.inf))
    other = Member(Fitted(replace(trees, threshold=moved), of_loss("cross_entropy"), 0.0, 0.0))
    model = model_of(of_numbers, Member(Fitted(trees, of_loss("cross_entropy"), 0.0, 0.0)))
    whole = module.xgboost_model
    monkeypatch.setattr(module, "xgboost_model", lambda member: whole(other))
    assert two_lines(lambda: xgboost_file(model, None)).startswith(
        "error[E433]: the export to xgboost is not the model: "
    )


@pytest.mark.parametrize("change", ["leaves", "categories", "no gaps"])
def test_trees_of_another_engine_are_none_of_xgboost(
    change: str, trained: Trained, of_numbers: Trained
) -> None:
    pytest.importorskip("xgboost")
    trees = single(of_numbers)
    other = {
        "leaves": replace(trees, leaf_value=of_numbers.trees.leaf_value),
        "categories": trained.trees,
        "no gaps": replace(trees, decision_type=(trees.decision_type & 2).astype(np.uint8)),
    }[change]
    source = trained if change == "categories" else of_numbers
    model = model_of(source, Member(Fitted(other, of_loss("cross_entropy"), 0.0, 0.0)))
    assert two_lines(lambda: xgboost_file(model, None)) == (
        "error[E432]: this model cannot be exported to xgboost: another engine trained it\n"
        "hint: scarce export MODEL --to lightgbm --out PATH"
    )
