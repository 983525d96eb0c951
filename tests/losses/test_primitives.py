"""A formula under another vocabulary: the same text, other words, and a name that says so."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.laws.cases import CASES

from scarce.losses import formulas
from scarce.losses.primitives import VOCABULARY, bind

PLAIN = {
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log1p": math.log1p,
    "absolute": abs,
    "minimum": min,
    "maximum": max,
    "where": lambda condition, x, y: x if condition else y,
    "power": lambda x, log_x, g: math.exp(g * log_x),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_formula_runs_on_plain_numbers(case):
    modulation = case.loss.modulation
    point = bind(formulas.point, PLAIN)
    parameters = [row[-1] for row in modulation.parameters()]
    for formula in modulation.formulas:
        bound = bind(formula, PLAIN)
        for m in (-8.0, -0.5, 0.0, 3.0):
            got = bound(*point(m), *parameters)
            assert got == pytest.approx(
                float(formula(*formulas.point(np.float64(m)), *parameters)), rel=1e-13
            )


def test_the_vocabulary_is_closed():
    words = {"exp", "expm1", "log", "log1p", "absolute", "minimum", "maximum", "where", "power"}
    assert set(VOCABULARY) == words


def test_a_name_outside_the_vocabulary_is_refused():
    def tangent(x):
        return np.tan(x)

    with pytest.raises(TypeError, match="'np', which is not in the vocabulary"):
        bind(tangent, PLAIN)


def test_the_name_of_a_copy_tells_vocabularies_constants_and_callees_apart():
    one = bind(formulas.ldam_slope, PLAIN)
    assert one.__qualname__ == bind(formulas.ldam_slope, PLAIN).__qualname__
    assert one.__qualname__ != bind(formulas.ldam_slope, VOCABULARY).__qualname__
    assert one.__qualname__ != bind(formulas.ldam_slope, PLAIN, constant=np.float32).__qualname__
    assert one.__qualname__ != bind(formulas.ldam_curvature, PLAIN).__qualname__
    assert one.__qualname__.startswith("ldam_slope_")


def test_a_changed_callee_changes_the_name_of_its_caller(tmp_path, monkeypatch):
    source = "from scarce.losses.primitives import exp\n\n\ndef inner(x):\n    return {inner}\n\n\n"
    source += "def outer(x):\n    return exp(inner(x))\n"
    names = []
    for i, inner in enumerate(("x + 1.0", "x + 2.0")):
        module = f"formulas_{i}"
        (tmp_path / f"{module}.py").write_text(source.format(inner=inner), encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        names.append(bind(__import__(module).outer, PLAIN).__qualname__)
    assert names[0] != names[1]


def test_constants_take_the_type_that_is_asked_for():
    seen = []

    def record(x):
        seen.append(type(x))
        return np.float32(x)

    softplus = bind(formulas.softplus, VOCABULARY, constant=record)
    assert float(softplus(np.float32(0.0))) == pytest.approx(math.log(2.0))
    assert seen == [float]


def test_copies_are_decorated_all_the_way_down():
    decorated = []

    def decorate(function):
        decorated.append(function.__name__)
        return function

    bind(formulas.focal_slope, PLAIN, decorate=decorate)
    assert decorated == ["p_log_ratio", "focal_slope"]
