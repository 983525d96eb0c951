"""``scarce.run``: the same trial whatever the data comes in, and arguments that are refused in two lines."""

from __future__ import annotations

import importlib.util
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tests.trial.tables import table

import scarce
from scarce.api.call import written
from scarce.api.run import run
from scarce.api.taking import taken
from scarce.bundle.serialization import to_bytes
from scarce.cli.app import execute
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL = {"methods": ["focal:gamma=2"], "folds": 2, "max_rounds": 5, "replicates": 50, "progress": False}
ROLES = {"cost": "fn=amount,fp=5", "drop": ["day", "customer", "weight"]}
ROWS = table(600, intercept=-2.0)
NUMBERS = ROWS.select(["x0", "x1", "amount"])
LABELS = np.array(ROWS["fraud"].to_pylist()) == "yes"


def as_csv(rows: pa.Table, folder: Path) -> Path:
    pyarrow.csv.write_csv(rows, folder / "rows.csv")
    return folder / "rows.csv"


def as_parts(rows: pa.Table, folder: Path) -> str:
    for part in range(2):
        pq.write_table(rows.slice(300 * part, 300), folder / f"part {part}.parquet")
    return str(folder / "part *.parquet")


def as_polars(rows: pa.Table, folder: Path) -> Any:
    import polars as pl

    return pl.from_arrow(rows)


def with_a_shuffled_index(rows: pa.Table, folder: Path) -> pd.DataFrame:
    return rows.to_pandas().set_index(pd.Index(np.random.default_rng(1).permutation(rows.num_rows)))


FORMS: dict[str, Callable[[pa.Table, Path], Any]] = {
    "path": as_csv,
    "text of a path": lambda rows, folder: str(as_csv(rows, folder)),
    "pattern": as_parts,
    "pandas": lambda rows, _: rows.to_pandas(),
    "pandas with an index": with_a_shuffled_index,
    "Arrow": lambda rows, _: rows,
    "dict": lambda rows, _: rows.to_pydict(),
}
if importlib.util.find_spec("polars"):
    FORMS["polars"] = as_polars


def found(trial: scarce.Trial) -> tuple[str, bytes]:
    assert trial.model is not None
    return str(trial.verdict), to_bytes(trial.model)


@pytest.fixture(scope="module")
def by_path(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    path = as_csv(ROWS, tmp_path_factory.mktemp("csv"))
    return found(scarce.run(path, "fraud", name="rows", **ROLES, **SMALL))


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_give_the_same_verdict_and_model_in_any_form(
    form: str, tmp_path: Path, by_path
) -> None:
    data = FORMS[form](ROWS, tmp_path)
    assert found(scarce.run(data, target="fraud", name="rows", **ROLES, **SMALL)) == by_path


def test_arrays_and_labels_apart_give_the_same_model_as_a_table(tmp_path: Path) -> None:
    whole = NUMBERS.append_column("fraud", pa.array(LABELS.astype(np.int64)))
    array = np.column_stack([whole[name].to_numpy() for name in whole.column_names])
    features, names = array[:, :-1], NUMBERS.column_names
    labels = LABELS.astype(np.int64)
    given: list[tuple[Any, dict[str, Any]]] = [
        (as_csv(whole, tmp_path), {}),
        (array, {"names": whole.column_names}),
        ((features, labels), {"names": names}),
        ((NUMBERS.to_pandas(), labels), {}),
        ((NUMBERS, labels.tolist()), {}),
        ((NUMBERS.to_pandas(), pd.Series(labels, name="fraud")), {}),
    ]
    options = {"cost": "fn=amount,fp=5", "name": "rows", **SMALL}
    assert len({found(scarce.run(data, target="fraud", **more, **options)) for data, more in given}) == 1


def test_the_command_line_is_the_same_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    as_csv(ROWS, tmp_path)
    words = "run rows.csv --target fraud --cost fn=amount,fp=5 --drop day,customer,weight --folds 2"
    more = ["--methods", "brier", "--learners", "linear", "--seed", "3"]
    assert execute([*words.split(), *more]) == 0
    named = {"methods": "brier", "learners": "linear"}
    trial = scarce.run("rows.csv", "fraud", folds=2, seed=3, **named, **ROLES)
    trial.save("from-python.scarce")
    written = tmp_path / "scarce-run" / "model.scarce"
    assert written.read_bytes() == (tmp_path / "from-python.scarce").read_bytes()


@pytest.mark.parametrize(
    ("option", "given", "same"),
    [
        ("cost", {"fn": "amount", "fp": 5}, "fn=amount,fp=5"),
        ("drop", "kind", ("kind",)),
        ("drop", pd.Index(["kind"]), ["kind"]),
        ("folds", np.int64(3), 3),
        ("prior", np.float32(0.25), 0.25),
        ("methods", "focal", ("focal",)),
        ("learners", "lightgbm", ["lightgbm"]),
        ("positive", "no", "no"),
    ],
)
def test_an_option_may_be_written_in_more_than_one_way(option: str, given: Any, same: Any) -> None:
    rows = ROWS.drop_columns(["day", "customer", "weight"])
    one, other = (found(scarce.run(rows, "fraud", **SMALL | {option: value})) for value in (given, same))
    assert one == other


@pytest.mark.parametrize("positive", [False, np.False_, "false"], ids=repr)
def test_the_positive_label_may_be_a_truth_value(positive: Any) -> None:
    trial = scarce.run((NUMBERS, LABELS), positive=positive, **SMALL)
    assert trial.result.labels == ("true", "false")


def test_the_positive_label_may_be_a_number() -> None:
    trial = scarce.run((NUMBERS, LABELS.astype(float)), positive=0, **SMALL)
    assert trial.result.labels == ("1", "0")


def test_columns_may_be_named_by_whole_numbers() -> None:
    frame = pd.DataFrame(np.column_stack([NUMBERS["x0"].to_numpy(), LABELS]))
    assert found(scarce.run(frame, 1, **SMALL)) == found(scarce.run(frame, "1", **SMALL))


def test_a_journal_keeps_what_is_done_and_a_watcher_hears_of_the_rest(tmp_path: Path) -> None:
    class Heard:
        steps = 0

        def start(self, total: int, label: str) -> None: ...

        def advance(self, n: int = 1, note: str = "") -> None:
            self.steps += n

        def finish(self) -> None: ...

    options = SMALL | {"journal": str(tmp_path / "kept"), "progress": Heard()}
    first = scarce.run((NUMBERS, LABELS), **options)
    assert list((tmp_path / "kept").iterdir())
    assert found(scarce.run((NUMBERS, LABELS), **options)) == found(first)
    assert options["progress"].steps > 0


def test_the_report_says_what_to_type_to_repeat_the_trial(tmp_path: Path) -> None:
    path = str(as_csv(ROWS, tmp_path))
    trial = scarce.run(path, "fraud", **ROLES, **SMALL)
    again = eval(trial.result.command, {"scarce": scarce})
    assert found(again) == found(trial)
    assert trial.result.command.startswith(f"scarce.run({path!r}, target='fraud', cost=")
    assert scarce.run((NUMBERS, LABELS), **SMALL).result.command.startswith("scarce.run((X, y), methods=")


REFUSED = {
    "nothing to predict": ((ROWS,), {}, "E230", "target= cannot be left out"),
    "labels as the target": ((ROWS, LABELS), {}, "E230", "target= cannot be of type ndarray"),
    "three of a pair": (((NUMBERS, LABELS, LABELS),), {}, "E230", "data= cannot be a tuple of 3"),
    "a role that is no name": ((ROWS, "fraud"), {"weight": [1.0]}, "E230", "weight= cannot be of type list"),
    "a set of columns": ((ROWS, "fraud"), {"drop": {"x0"}}, "E230", "drop= cannot be of type set"),
    "no such column": ((ROWS, "frued"), {}, "E101", "no column 'frued' in the data"),
    "no table": (([1, 2], "y"), {}, "E121", "cannot take a table from list"),
    "no file": (("rows.csv", "y"), {}, "E102", "there is no file rows.csv"),
    "names of a dataframe": ((ROWS, "fraud"), {"names": ["a"]}, "E226", "names= does not fit Table"),
    "names beside X": (((NUMBERS, LABELS),), {"names": ["a"]}, "E226", "names= does not fit Table"),
    "half a fold": ((ROWS, "fraud"), {"folds": 2.5}, "E301", "folds is 2.5"),
    "fewer fits than none": ((ROWS, "fraud"), {"jobs": -1}, "E301", "jobs is -1"),
    "words for a number": ((ROWS, "fraud"), {"seed": "one"}, "E301", "seed is 'one'"),
    "one fold": ((ROWS, "fraud"), {"folds": 1}, "E301", "folds is 1"),
    "words for a share": ((ROWS, "fraud"), {"prior": "rare"}, "E301", "prior is 'rare'"),
    "costs without fp": ((ROWS, "fraud"), {"cost": {"fn": 1}}, "E250", "fp is missing"),
    "unheard of progress": ((ROWS, "fraud"), {"progress": "yes"}, "E301", "progress is 'yes'"),
    "one row too few": (((NUMBERS, LABELS[1:]),), {}, "E227", "X has 600 rows and y has 599 labels"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_said_in_two_lines(case: str) -> None:
    given, options, code, message = REFUSED[case]
    with pytest.raises(scarce.ScarceError) as caught:
        scarce.run(*given, **SMALL | options)
    assert (caught.value.code, message in caught.value.message) == (code, True), caught.value.message
    lines = caught.value.two_lines().splitlines()
    assert len(lines) == 2
    assert len(lines[1]) > len("hint: ")


def test_files_as_they_come_are_taken_as_the_command_line_takes_them(tmp_path: Path) -> None:
    lines = ["电话,1.5,1", "网络,2.5,0", "电话,3.5,0"]
    for name, some in (("1.txt", lines[:2]), ("2.txt", lines[2:])):
        (tmp_path / name).write_bytes("\n".join(some).encode("gbk"))
    files = [tmp_path / "1.txt", tmp_path / "2.txt"]
    table, _ = taken(files, "y", ["kind", "amount", "y"], None, "gbk")
    assert table.data.to_pydict() == {
        "kind": ["电话", "网络", "电话"],
        "amount": [1.5, 2.5, 3.5],
        "y": [1, 0, 0],
    }
    assert table.source == "1.txt, 2.txt"
    assert written(run, {**_defaults(run), "data": files[:1], "encoding": "gbk"}) == (
        f"scarce.run([{str(files[0])!r}], encoding='gbk')"
    )


@pytest.mark.parametrize("data", [{"a": [1], "y": [1]}, ([[1.0]], [1])], ids=["columns", "X and y"])
def test_an_encoding_of_what_is_no_file_is_refused(data: object) -> None:
    with pytest.raises(ScarceError) as caught:
        taken(data, "y", None, None, encoding="gbk")
    assert caught.value.code == "E155"


def _defaults(function: Callable[..., object]) -> dict[str, object]:
    return {name: one.default for name, one in inspect.signature(function).parameters.items()}
