"""Costs: read what a user writes, refuse what cannot be meant, and follow the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarce.decision import Costs, CostSpec
from scarce.errors import ScarceError

SPECS = {
    "fn=100,fp=5": CostSpec(100.0, 5.0),
    "fp=Amount, fn = 1e3": CostSpec(1000.0, "Amount"),
    "fn='a, b',fp=\"c=d\"": CostSpec("a, b", "c=d"),
    "FN=1,FP=2,TN=0.5,TP=.25": CostSpec(1.0, 2.0, 0.5, 0.25),
    "fn=chargeback fee,fp=5": CostSpec("chargeback fee", 5.0),
    "fn='5',fp=1": CostSpec("5", 1.0),
}


@pytest.mark.parametrize(("text", "spec"), SPECS.items(), ids=SPECS.keys())
def test_what_a_user_writes_is_read(text, spec):
    assert CostSpec.parse(text) == spec
    assert CostSpec.from_dict(spec.to_dict()) == spec


@given(
    fn=st.one_of(
        st.floats(1, 1e6).map(lambda x: float(f"{x:g}")), st.sampled_from(["Amount", "a,b", "é (€)"])
    )
)
def test_what_is_described_is_read_back(fn):
    spec = CostSpec(fn, 0.5)
    assert CostSpec.parse(spec.describe()) == spec


HINT_250 = (
    "hint: write fn=100,fp=5 where each value is a number or the name of a column; a name with a comma or a "
    "quote goes in quotes of the other kind"
)
BAD_TEXT = {
    "": "error[E250]: cannot read the costs '': fn is missing",
    "fn=100": "error[E250]: cannot read the costs 'fn=100': fp is missing",
    "100,5": "error[E250]: cannot read the costs '100,5': not a list of key=value at '100,5'",
    "fn=1,fn=2,fp=1": "error[E250]: cannot read the costs 'fn=1,fn=2,fp=1': fn is given twice",
    "fm=1,fp=1": "error[E250]: cannot read the costs 'fm=1,fp=1': 'fm' is none of fn, fp, tn, tp",
    "fn=,fp=1": "error[E250]: cannot read the costs 'fn=,fp=1': not a list of key=value at 'fn=,fp=1'",
}


@pytest.mark.parametrize(("text", "line"), BAD_TEXT.items(), ids=lambda x: repr(x)[:20])
def test_what_cannot_be_read_is_quoted(text, line):
    with pytest.raises(ScarceError) as caught:
        CostSpec.parse(text)
    assert caught.value.two_lines() == f"{line}\n{HINT_250}"


def test_costs_by_name_are_the_costs_in_a_text():
    assert CostSpec.of({"fn": "Amount", "fp": np.int64(5)}) == CostSpec.of("fn=Amount,fp=5")
    assert CostSpec.of(CostSpec(1.0, 2.0)) == CostSpec.of({"fn": 1, "fp": np.float32(2), "tn": 0})


@pytest.mark.parametrize(
    ("costs", "line"),
    [
        ({"fn": 1}, "{'fn': 1}': fp is missing"),
        ({"fm": 1, "fp": 1}, "{'fm': 1, 'fp': 1}': 'fm' is none of fn, fp, tn, tp"),
        ({"fn": True, "fp": 1}, "{'fn': True, 'fp': 1}': fn is neither a number nor the name of a column"),
        ({"fn": [1.0], "fp": 1}, "{'fn': [1.0], 'fp': 1}': fn is neither a number nor the name of a column"),
        (5, "int': costs are written as text or as a dict"),
    ],
    ids=repr,
)
def test_costs_by_name_that_cannot_be_meant(costs, line):
    with pytest.raises(ScarceError) as caught:
        CostSpec.of(costs)
    assert caught.value.message.replace('"', "'") == f"cannot read the costs '{line}"


BAD_COSTS = {
    "negative": (
        lambda: Costs(fn=-1.0, fp=5.0),
        "error[E251]: the cost fn is -1\n"
        "hint: costs must be finite and not negative: correct it, or drop its row",
    ),
    "negative in a row": (
        lambda: Costs(fn=np.array([1.0, -0.5]), fp=5.0),
        "error[E251]: the cost fn is -0.5 in row 1\n"
        "hint: costs must be finite and not negative: correct it, or drop its row",
    ),
    "missing in a row": (
        lambda: Costs(fn=1.0, fp=np.array([np.nan])),
        "error[E251]: the cost fp is missing in row 0\n"
        "hint: costs must be finite and not negative: correct it, or drop its row",
    ),
    "a miss no dearer than a hit": (
        lambda: CostSpec.parse("fn=5,fp=5,tp=5"),
        "error[E252]: the cost fn=5 is not above tp=5\n"
        "hint: a mistake must cost more than the right decision: raise fn or lower tp",
    ),
    "a miss cheaper than a hit in a row": (
        lambda: Costs(fn=np.array([9.0, 1.0]), fp=5.0, tp=2.0),
        "error[E252]: the cost fn=1 is not above tp=2 in row 1\n"
        "hint: a mistake must cost more than the right decision: raise fn or lower tp",
    ),
    "different lengths": (
        lambda: Costs(fn=np.ones(3), fp=np.ones(2)),
        "error[E258]: cost fp has 2 values, expected 3\nhint: pass one value of cost fp for every row",
    ),
    "two dimensions": (
        lambda: Costs(fn=np.ones((3, 1)), fp=1.0),
        "error[E258]: cost fn has shape (3, 1), expected one value a row\n"
        "hint: pass one value of cost fn for every row",
    ),
    "unknown column": (
        lambda: CostSpec("Amuont", 5.0).resolve({"Amount": [1.0]}, "data.csv"),
        "error[E101]: no column 'Amuont' in data.csv\nhint: did you mean 'Amount'?",
    ),
}


@pytest.mark.parametrize(("make", "lines"), BAD_COSTS.values(), ids=BAD_COSTS.keys())
def test_costs_that_cannot_be_meant_are_refused(make, lines):
    with pytest.raises(ScarceError) as caught:
        make()
    assert caught.value.two_lines() == lines


def test_costs_follow_their_rows():
    costs = CostSpec("a", 5.0).resolve({"a": np.arange(1.0, 6.0)})
    rows = np.array([4, 0, 0])
    taken = costs.take(rows)
    assert taken.n_rows == 3
    assert taken.spec == costs.spec
    np.testing.assert_array_equal(taken.fn, [5.0, 1.0, 1.0])
    mask = np.array([True, False, False, False, True])
    np.testing.assert_array_equal(costs.take(mask).fn, [1.0, 5.0])
    assert Costs(1.0, 1.0).take(rows).per_row is False


def test_each_outcome_has_its_cost():
    costs = Costs(fn=1.0, fp=2.0, tn=0.25, tp=0.5)
    target = np.array([True, True, False, False])
    flagged = np.array([True, False, True, False])
    np.testing.assert_array_equal(costs.of_rows(target, flagged), [0.5, 1.0, 2.0, 0.25])
