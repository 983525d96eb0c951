"""Numbers at the ends of what can be written: a run ends with true figures, or says no before it trains."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pyarrow import csv
from tests.cli import conftest

from scarce.errors import CATALOGUE
from scarce.trial.crossfit import FoldWork

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended, Finished

N = 240
ROLES = ("cost", "weight", "uneven", "time", "group")
Columns = dict[str, list[str]]


def columns() -> Columns:
    """Return the columns of a small table, as they are written: a fifth is positive."""
    rng = np.random.default_rng(0)
    positive = np.arange(N) % 5 == 0
    return {
        "x": [f"{value:.3f}" for value in rng.normal(1.0 * positive, 1.0)],
        "z": [f"{value:.3f}" for value in rng.normal(0.0, 1.0, N)],
        "cost": [f"{value:.2f}" for value in np.exp(rng.normal(3.0, 1.0, N))],
        "weight": ["1" if one else "8" for one in positive],
        "uneven": [f"{value:.2f}" for value in rng.uniform(1.0, 3.0, N)],
        "time": [str(row // 3) for row in range(N)],
        "group": [str(row // 3) for row in range(N)],
        "y": ["1" if one else "0" for one in positive],
    }


def every(value: str) -> list[str]:
    return [value] * N


def turns(first: str, second: str) -> list[str]:
    return [second if row % 2 else first for row in range(N)]


def by_class(positive: str, negative: str) -> list[str]:
    return [positive if row % 5 == 0 else negative for row in range(N)]


def times(stray: str) -> list[str]:
    return [stray if row % 7 == 0 else str(row) for row in range(N)]


def scaled(values: list[str], factor: float) -> list[str]:
    return [repr(float(value) * factor) for value in values]


@dataclass(frozen=True)
class Case:
    """Columns put in place of those of the table, options, and the code of the error, if one is due."""

    columns: Columns = field(default_factory=dict)
    options: str = ""
    code: str = ""


def costs(values: list[str], code: str = "", missed: bool = True) -> Case:
    return Case({"cost": values}, f"--cost {'fn=cost,fp=5' if missed else 'fn=5,fp=cost'}", code)


def weights(values: list[str], code: str = "") -> Case:
    return Case({"weight": values}, "--weight weight", code)


ROOT = columns()
COSTS = {
    "a cost column of 0": costs(every("0"), "E144"),
    "a cost column of 0 for false alarms": costs(every("0"), "E144", missed=False),
    "a cost column of 1e308": costs(every("1e308"), "E260"),
    "a cost column of 1e-320": costs(every("1e-320"), "E144"),
    "a cost column of 1e120": costs(every("1e120")),
    "a cost column of 1e-120": costs(every("1e-120"), missed=False),
    "costs of 0 and 1e120": costs(turns("0", "1e120")),
    "costs of 1e-320 here and there": costs(turns("1e-320", "20")),
    "costs of 0 for every positive": costs(by_class("0", "5")),
    "costs of 0 for every negative": costs(by_class("5", "0"), missed=False),
    "an infinite cost": costs(turns("inf", "20"), "E251"),
    "a cost that is nan": costs(turns("nan", "20"), "E251"),
    "numbers of 1e308": Case(options="--cost fn=1e308,fp=1e308", code="E260"),
    "numbers of 1e-320": Case(options="--cost fn=1e-320,fp=5", code="E260"),
    "nan, which is no number": Case(options="--cost fn=nan,fp=5", code="E101"),
    "a number of inf": Case(options="--cost fn=inf,fp=5", code="E251"),
    "a number of 0": Case(options="--cost fn=0,fp=5", code="E252"),
    "numbers far apart": Case(options="--cost fn=1e120,fp=1e-120"),
    "numbers far apart the other way": Case(options="--cost fn=1e-120,fp=1e120"),
    "right decisions dearer than mistakes in a row": Case(
        options="--cost fn=cost,fp=5,tp=uneven", code="E252"
    ),
}
WEIGHTS = {
    "weights of 1e-300": weights(every("1e-300")),
    "weights of 1e-320": weights(every("1e-320")),
    "weights of 1e300": weights(every("1e300")),
    "weights of 1e308": weights(every("1e308")),
    "weights of 0": weights(every("0"), "E138"),
    "weights of 0 for the positives": weights(by_class("0", "1"), "E138"),
    "weights of 0 for the negatives": weights(by_class("1", "0"), "E138"),
    "weights of 0 in every other row": weights(turns("0", "1")),
    "weights of 1e-300 and 1e300 by turns": weights(turns("1e-300", "1e300")),
    "weights of 1e-300 for the positives, 1e300 for the others": weights(by_class("1e-300", "1e300"), "E145"),
    "weights of 1e300 for the positives, 1e-300 for the others": weights(by_class("1e300", "1e-300"), "E145"),
    "weights that leave a class a millionth": weights(by_class("1e-6", "1")),
    "one row that weighs all": weights(["1e300", *every("1")[1:]], "E145"),
    "one positive that weighs": weights(["1", *by_class("0", "1")[1:]], "E316"),
    "an infinite weight": weights(turns("inf", "1"), "E138"),
    "a weight that is nan": weights(turns("nan", "1"), "E138"),
}
PRIORS = {
    f"a prior of {prior}": Case(options=f"--prior {prior}", code=code)
    for prior, code in (
        ("1e-300", "E315"),
        ("1e-320", "E315"),
        (".9999999999999999", "E315"),
        ("0", "E301"),
        ("1", "E301"),
        ("-1", "E301"),
        ("nan", "E204"),
        ("inf", "E301"),
        ("1e-9", ""),
        (".999999999", ""),
    )
}
LABELS = {
    f"labels {one!r} and {other!r}": Case({"y": by_class(one, other)}, code=code)
    for one, other, code in (
        ("inf", "0", ""),
        ("0", "inf", ""),
        ("-inf", "inf", ""),
        ("nan", "0", "E132"),
        ("-0", "0", "E133"),
        ("1e308", "0", ""),
        ("1e308", "1e-320", ""),
        ("9223372036854775807", "9223372036854775808", ""),
        ("yes", " yes ", "E133"),
        ("yes", "Yes", "E143"),
        ("true", "false", ""),
        ("2024-01-01", "2024-01-02", ""),
    )
} | {
    "a third label that differs in capitals": Case({"y": ["Yes", *by_class("yes", "no")[1:]]}, code="E143"),
    "capitals alone, and the positive label named": Case({"y": by_class("Yes", "yes")}, "--positive Yes"),
    "two positives": Case({"y": ["1" if row in (3, 100) else "0" for row in range(N)]}),
    "one positive": Case({"y": ["1", *every("0")[1:]]}, code="E311"),
}
TIMES = {
    f"times with {stray}": Case({"time": times(stray)}, "--time time", code)
    for stray, code in (("1e308", ""), ("-1e308", ""), ("5e-324", ""), ("inf", "E146"), ("nan", "E139"))
} | {
    "times over the whole range": Case(
        {"time": [repr((row - 120) * 1.4e306) for row in range(N)]}, "--time time"
    ),
    "one time": Case({"time": every("5")}, "--time time", "E313"),
    "times that are words": Case({"time": times("soon")}, "--time time", "E142"),
    "one group": Case({"group": every("a")}, "--group group", "E312"),
}
NUMBERS = {
    f"{option} {value}": Case(options=f"{option} {value}", code=code)
    for option, value, code in (
        ("--folds", "1000000000", "E204"),
        ("--folds", "1", "E204"),
        ("--repeats", "1000000000", "E204"),
        ("--seed", "-1", "E204"),
        ("--seed", str(2**31), ""),
        ("--seed", str(2**64), ""),
        ("--fail-if", "AP<nan", "E209"),
        ("--fail-if", "average_precision<nan", "E209"),
        ("--fail-if", "average_precision<inf", "E209"),
        ("--fail-if", "average_precision<1e309", "E209"),
    )
}
METHODS = {
    method: Case(options=f"--methods {method}", code=code)
    for method, code in (
        ("focal:gamma=1e308", "E317"),
        ("focal:gamma=1000", "E317"),
        ("focal:gamma=1e-308", ""),
        ("focal:gamma=inf", "E501"),
        ("poly:epsilon=1e308", "E317"),
        ("asymmetric:gamma_negative=1e308", "E317"),
        ("logit_adjusted:tau=1e308", "E317"),
        ("logit_adjusted:tau=1e5", ""),
        ("focal:gamma=2,class_weight=1e308;1", "E317"),
        ("focal:gamma=2,class_weight=1e-320;1", "E317"),
        ("class_balanced:beta=0.9999999999999999", ""),
        ("generalized_cross_entropy:q=1e-300", ""),
        ("undersample:ratio=1e-300", ""),
        ("undersample:ratio=1e308", ""),
    )
}
FEATURES = (
    {
        f"a feature of {first} and {second}": Case({"z": turns(first, second)})
        for first, second in (
            ("1e308", "-1e308"),
            ("5e-324", "-5e-324"),
            ("inf", "inf"),
            ("inf", "-inf"),
            ("nan", "nan"),
            ("9223372036854775807", "-9223372036854775808"),
        )
    }
    | {
        f"no feature but {value} in every row": Case({"x": every(value), "z": every(value)})
        for value in ("0", "5e-324", "1e308", "nan", "a")
    }
    | {"no feature but one that differs once": Case({"x": ["1", *every("0")[1:]], "z": every("0")})}
)
TOGETHER = {
    "the largest of all at once": Case(
        {"weight": turns("1e15", "1e6")}, "--weight weight --prior 1e-9 --cost fn=1e120,fp=1e119"
    ),
    "the smallest of all at once": Case(
        {"weight": turns("1e-15", "1e-6")}, "--weight weight --prior .999999999 --cost fn=1e-119,fp=1e-120"
    ),
}
CASES = COSTS | WEIGHTS | PRIORS | LABELS | TIMES | NUMBERS | METHODS | FEATURES | TOGETHER
OF_A_TRIAL = re.compile(r"--(?:prior|folds|repeats|seed|methods|fail-if) \S+")
NO_NUMBER = re.compile(r"(?<![\w.'])(?:nan|inf|infinity)(?![\w'.])", re.IGNORECASE)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by one with every fit, and let no warning of NumPy's pass."""
    done: list[int] = []
    fit = FoldWork.trace

    def counted(*arguments: object) -> object:
        done.append(1)
        return fit(*arguments)

    def strict(message: Warning, kind: type[Warning], *_: object) -> None:
        assert not issubclass(kind, RuntimeWarning), message

    monkeypatch.setattr(FoldWork, "trace", counted)
    monkeypatch.setattr(conftest, "show_warning", strict)
    return done


def write(folder: Path, changed: Columns, name: str = "d.csv") -> None:
    table = ROOT | changed
    lines = (",".join(row) for row in zip(*table.values(), strict=True))
    (folder / name).write_text("\n".join([",".join(table), *lines]) + "\n")


def roles(options: str) -> list[str]:
    """Return the options of a command; columns with a role are no features, cost columns neither."""
    return ["--target", "y", *options.split(), "--drop", ",".join(ROLES)]


def run(scarce: Callable[..., Ended], options: str) -> Ended:
    quick = ("--folds", "2") if "--folds" not in options else ()
    quick = (*quick, "--learners", "linear,lightgbm")
    alone = ("--methods", "control") if "--methods" not in options else ()
    return scarce("run", "d.csv", *roles(options), *quick, *alone)


def strict_json(text: str) -> dict[str, Any]:
    """Read JSON that holds no NaN and no Infinity."""

    def refuse(word: str) -> float:
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)


def page(folder: Path) -> str:
    """Return what a report shows: no scripts and no styles, and the labels apart."""
    text = (folder / "scarce-run" / "report.html").read_text(encoding="utf-8")
    return re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)


def assert_numbers(text: str, labels: set[str]) -> None:
    found = [word for word in NO_NUMBER.findall(text) if word not in labels]
    assert not found, found


REFUSED = {name: case for name, case in CASES.items() if case.code}
TAKEN = {name: case for name, case in CASES.items() if not case.code}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_an_extreme_that_is_refused_ends_with_its_error_before_any_training(
    case: Case, scarce: Callable[..., Ended], tmp_path: Path, fits: list[int]
) -> None:
    write(tmp_path, case.columns)
    ended = run(scarce, case.options)
    assert ended.code == 2, ended.err
    assert ended.err.startswith(f"error[{case.code}]: "), ended.err
    assert len(ended.error) == 2
    assert (fits, ended.out, [path.name for path in tmp_path.iterdir()]) == ([], "", ["d.csv"])


@pytest.mark.parametrize("case", TAKEN.values(), ids=TAKEN)
def test_an_extreme_that_is_taken_ends_with_true_figures(
    case: Case, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    write(tmp_path, case.columns)
    ended = run(scarce, case.options)
    assert ended.code == 0, ended.err
    labels = set(case.columns.get("y", ()))
    assert_numbers(ended.out, labels)
    assert_numbers(page(tmp_path), labels)
    record = strict_json((tmp_path / "scarce-run" / "run.json").read_text())
    none = {name for name, of in record["scores"]["control"].items() if of["value"] is None}
    assert none <= {"precision"}  # where nothing is flagged
    for command, *words in (("evaluate",), ("predict", "--no-columns", "--prior", "0.3")):
        again = scarce(command, "scarce-run/model.scarce", "d.csv", *words)
        assert again.code == 0, again.err
        assert_numbers(again.out, labels)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_check_says_of_an_extreme_what_run_says_or_nothing(
    case: Case, scarce: Callable[..., Ended], tmp_path: Path, fits: list[int]
) -> None:
    write(tmp_path, case.columns)
    ended = scarce("check", "d.csv", *roles(OF_A_TRIAL.sub("", case.options)))
    of_the_data = case.code.startswith("E1") or case.options.startswith("--cost")
    assert ended.code == (2 if case.code and of_the_data else 0), ended.err
    assert not ended.err.startswith("bug")
    assert_numbers(ended.out, set(case.columns.get("y", ())))


def told(
    scarce: Callable[..., Ended], folder: Path, changed: Columns, options: str
) -> tuple[dict[str, Any], Any]:
    """Return what a run writes into run.json, and what its model says of the rows of the table."""
    write(folder, changed)
    ended = run(scarce, f"{options} --out {folder.name}-out --overwrite")
    assert ended.code == 0, ended.err
    out = Path(f"{folder.name}-out")
    assert scarce("predict", out / "model.scarce", "d.csv", "--no-columns", "-o", "scored.csv").code == 0
    return strict_json((out / "run.json").read_text()), csv.read_csv("scored.csv")


def assert_scaled(found: dict[str, Any], base: dict[str, Any], factor: float, tolerance: float) -> None:
    """Compare the scores of two runs, of which one has its costs in another unit."""
    for name, score in base["scores"]["control"].items():
        unit = factor if name == "expected_cost" else 1.0
        for end in ("value", "low", "high"):
            assert found["scores"]["control"][name][end] == pytest.approx(score[end] * unit, rel=tolerance), (
                name
            )


@pytest.mark.parametrize(
    ("spec", "numbers"), [("fn=cost,fp={}", [5.0]), ("fn={},fp=cost", [200.0]), ("fn={},fp={}", [20.0, 5.0])]
)
def test_the_unit_of_the_costs_changes_no_decision_and_no_figure_but_in_that_unit(
    spec: str, numbers: list[float], scarce: Callable[..., Ended], tmp_path: Path, fits: list[int]
) -> None:
    base, decided = told(scarce, tmp_path, {}, "--cost " + spec.format(*numbers))
    assert sum(decided["flag"].to_pylist()) > 0
    for factor in (1e100, 1e-100, 3.0):
        other = spec.format(*(repr(number * factor) for number in numbers))
        found, again = told(scarce, tmp_path, {"cost": scaled(ROOT["cost"], factor)}, f"--cost {other}")
        assert again["flag"].equals(decided["flag"])
        assert again["log_odds"].equals(decided["log_odds"])
        assert_scaled(found, base, factor, 1e-9)


@pytest.mark.parametrize("column", ["uneven", "weight"])
def test_the_unit_of_the_weights_changes_nothing(
    column: str, scarce: Callable[..., Ended], tmp_path: Path, fits: list[int]
) -> None:
    options = f"--weight {column} --prior 0.1"
    base, decided = told(scarce, tmp_path, {}, options)
    for factor in (1e-300, 1e-13, 3.0, 1e300):
        found, again = told(scarce, tmp_path, {column: scaled(ROOT[column], factor)}, options)
        same = {"rtol": 1e-6, "atol": 1e-6}
        np.testing.assert_allclose(again["log_odds"].to_numpy(), decided["log_odds"].to_numpy(), **same)
        assert again["flag"].equals(decided["flag"])
        assert_scaled(found, base, 1.0, 1e-6)


@pytest.mark.parametrize("prior", [1e-320, 1e-300, 1e-9, 0.5, 0.9999999999999999])
def test_a_prior_at_prediction_shifts_log_odds_exactly_however_small_it_is(
    prior: float, finished: Finished, scarce: Callable[..., Ended]
) -> None:
    model = finished.folder / "model.scarce"
    shift = math.log(prior) - math.log1p(-prior) - (math.log(0.1) - math.log1p(-0.1))
    plain, moved = (
        csv.read_csv(io.BytesIO(scarce("predict", model, finished.data, *words).out.encode()))
        for words in ((), ("--prior", repr(prior)))
    )
    np.testing.assert_allclose(moved["log_odds"].to_numpy(), plain["log_odds"].to_numpy() + shift, rtol=1e-12)
    assert np.isfinite(moved["posterior"].to_numpy()).all()


@pytest.mark.parametrize("prior", ["0", "1", "-1", "-inf", "inf"])
def test_a_prior_at_prediction_that_is_no_share_is_refused(
    prior: str, finished: Finished, scarce: Callable[..., Ended]
) -> None:
    ended = scarce("predict", finished.folder / "model.scarce", finished.data, "--prior", prior)
    lines = [f"error[E301]: prior is {float(prior)}", "hint: it must be a number between 0 and 1"]
    assert (ended.code, ended.out, ended.error) == (2, "", lines)


MESSAGES = {
    "labels 'yes' and 'Yes'": (
        "error[E143]: the labels 'yes', 'Yes' of target 'y' differ in capitals alone",
        "hint: write them alike if they mean the same; if they do not, name the positive one: "
        "--positive LABEL",
    ),
    "a cost column of 1e-320": (
        "error[E144]: by the costs fn=cost,fp=5 a missed positive costs at most 1e-320 in any row of d.csv",
        "hint: name a column with amounts of at least 1e-120, or give a number: fn=100",
    ),
    "weights of 1e-300 for the positives, 1e300 for the others": (
        "error[E145]: the weights in 'weight' of d.csv leave label '1' less than 1e-09 of the whole",
        "hint: weights count the rows a row stands for: correct them, or name another column",
    ),
    "times with inf": (
        "error[E146]: the times in 'time' must be finite, but line 2 of d.csv holds inf (35 in all)",
        "hint: correct these rows, or leave them out",
    ),
    "times that are words": (
        "error[E142]: the times in 'time' must be dates or numbers, but line 2 of d.csv holds 'soon'",
        "hint: write dates as 2024-01-31, with a time as 2024-01-31 14:05:00",
    ),
    "right decisions dearer than mistakes in a row": (
        "error[E252]: the cost fn=1.78 is not above tp=1.82 in line 138 of d.csv",
        "hint: a mistake must cost more than the right decision: raise fn or lower tp",
    ),
    "a cost column of 1e308": (
        "error[E260]: the cost column 'cost' is 1e+308 in line 2 of d.csv",
        "hint: costs must be 0, or from 1e-120 to 1e120: only their ratios decide, so give all of them in "
        "another unit",
    ),
    "a prior of 1e-300": (
        "error[E315]: prior is 1e-300, which leaves one class less than 1e-09 of all rows",
        "hint: choose a prior from 1e-09 to 0.999999999",
    ),
    "one positive that weighs": (
        "error[E316]: rows of label '1' have next to no weight in the test rows of fold 1",
        "hint: leave out rows of weight 0, or take fewer --folds, another --seed, or no --weight",
    ),
    "focal:gamma=1e308": (
        "error[E317]: the method 'focal:gamma=1e308' can learn nothing: its loss is flat or overflows where "
        "training starts",
        "hint: bring its numbers nearer to the defaults",
    ),
    "--fail-if average_precision<inf": (
        "error[E209]: cannot read the gate 'average_precision<inf': inf is not finite",
        "hint: write a score and a bound: average_precision<0.8",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_an_extreme_is_refused_in_the_words_of_the_user(
    name: str, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    write(tmp_path, CASES[name].columns)
    assert run(scarce, CASES[name].options).error == list(MESSAGES[name])


@pytest.mark.parametrize(
    ("others", "stray"),
    [
        ("2024-01-{:02d}", "soon"),
        ("{}", "soon"),
        ("2024-01-{:02d}", "7"),
        ("2024-01-{:02d} 10:00", "2024-13-01"),
    ],
)
@pytest.mark.parametrize("row", [0, 5, N - 1])
def test_a_stray_time_is_named_whatever_the_other_rows_hold(
    others: str, stray: str, row: int, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    column = [others.format(1 + day % 28) for day in range(N)]
    column[row] = stray
    write(tmp_path, {"time": column})
    # of numbers and dates, which are both times, the first in the file says which are meant
    at = 1 if stray == "7" and row == 0 else row
    message = f"but line {at + 2} of d.csv holds {column[at]!r}"
    first, _ = run(scarce, "--time time").error
    assert first == f"error[E142]: the times in 'time' must be dates or numbers, {message}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("-1", "error[E251]: the cost column 'amount' is -1 in line 7 of new.csv"),
        ("", "error[E251]: the cost column 'amount' is missing in line 7 of new.csv"),
        ("1e300", "error[E260]: the cost column 'amount' is 1e+300 in line 7 of new.csv"),
    ],
)
def test_a_bad_cost_at_prediction_is_named_by_its_column_and_line(
    value: str, message: str, finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    lines = finished.data.read_text().splitlines()
    lines[6] = ",".join([value, *lines[6].split(",")[1:]])
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n")
    ended = scarce("predict", finished.folder / "model.scarce", "new.csv")
    assert (ended.code, ended.out, ended.error[0]) == (2, "", message)


COUNTED_FROM_0 = {"E259", "E350", "E352", "E602"}
"""Of arrays that Python hands over; a table that a command reads is checked before any of them can say so."""


def test_no_message_of_a_command_counts_rows_from_0() -> None:
    of_arrays = {code for code, entry in CATALOGUE.items() if "row {" in entry.message}
    assert of_arrays == COUNTED_FROM_0
