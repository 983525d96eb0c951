"""Parts of scarce.data beside what a library does for the same: seconds, memory, lines, and what is right.

Each rival works in a process of its own; seconds are the least of three rounds, memory is what the peak adds
to the input. ``python -m benchmarks.data_libraries`` takes two minutes.
"""

from __future__ import annotations

import inspect
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.json as arrow_json
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import OrdinalEncoder

from scarce.data import encoding
from scarce.data.files import json_records
from scarce.data.folds import dealing, duplicates
from scarce.data.identifiers import is_identifier
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

FOLDS = 5
ROWS = 20_000
MANY = 500_000
ROUNDS = 3

# -- folds ------------------------------------------------------------------------------------------------


def units(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return units and labels: rows alone, groups of five rows, or groups of which few hold most rows."""
    rng = np.random.default_rng(0)
    unit = {
        "rows alone": np.arange(ROWS),
        "groups of about 5": rng.integers(0, ROWS // 5, ROWS),
        "groups of 1 to 1,000": np.minimum(rng.zipf(1.3, ROWS), ROWS // 20),
    }[kind]
    rate = rng.beta(0.05, 5.0, size=unit.max() + 1)
    return unit, (rng.random(ROWS) < rate[unit]).astype(np.uint8)


def our_folds(unit: np.ndarray, target: np.ndarray) -> np.ndarray:
    return dealing.deal(unit, target, FOLDS, np.random.default_rng(0))


def their_folds(unit: np.ndarray, target: np.ndarray) -> np.ndarray:
    fold = np.empty(len(unit), dtype=int)
    dealt = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for number, (_, test) in enumerate(dealt.split(target, target, unit)):
        fold[test] = number
    return fold


def evenness(fold: np.ndarray, target: np.ndarray) -> str:
    """Say by how much the fullest fold exceeds the emptiest."""
    positives, rows = (np.ptp(np.bincount(fold, weights=w, minlength=FOLDS)) for w in (target, None))
    return f"fullest fold less emptiest: {positives:.0f} positives, {rows:,.0f} rows"


# -- categories -------------------------------------------------------------------------------------------


def categories() -> pa.Table:
    """Return three columns of 2,000 words, a few of them frequent."""
    word = np.random.default_rng(0).zipf(1.3, MANY) % 2_000
    return pa.table({f"k{i}": pa.array([f"c{one}" for one in np.roll(word, i)]) for i in range(3)})


def our_codes(table: pa.Table, new: pa.Table) -> np.ndarray:
    encoder = encoding.Encoder.fit(table)
    encoder.encode(table)
    return encoder.encode(new)


def their_codes(table: pa.Table, new: pa.Table) -> np.ndarray:
    encoder = OrdinalEncoder(
        min_frequency=10,
        max_categories=251,
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        encoded_missing_value=np.nan,
    )
    encoder.fit_transform(table.to_pandas().to_numpy(dtype=object))
    return encoder.transform(new.to_pandas().to_numpy(dtype=object))


def sharing(codes: np.ndarray) -> str:
    """Say whether a word never met has the code of rare words, which a model has learnt from."""
    rare, unseen = codes[0], codes[1]
    return f"words never met share the code of rare ones: {'yes' if (rare == unseen).all() else 'no'}"


# -- copies -----------------------------------------------------------------------------------------------


def copied() -> pa.Table:
    """Return ten columns of numbers and five of words, one row in a hundred a copy."""
    rng = np.random.default_rng(0)
    numbers = {f"x{i}": np.round(rng.normal(size=MANY), 2) for i in range(10)}
    words = {f"k{i}": pa.array(rng.choice(["web", "phone", "shop"], MANY)) for i in range(5)}
    table = pa.table(numbers | words)
    return pa.concat_tables([table, table.slice(0, MANY // 100)]).combine_chunks()


def numbered(keys: np.ndarray) -> np.ndarray:
    return np.unique(keys, return_inverse=True)[1]


def arrow_copies(table: pa.Table) -> np.ndarray:
    found = table.append_column("row", pa.array(np.arange(table.num_rows))).group_by(table.column_names)
    rows = found.aggregate([("row", "list")])["row_list"].combine_chunks()
    group = np.empty(table.num_rows, dtype=np.int64)
    sizes = np.diff(rows.offsets.to_numpy())
    group[rows.flatten().to_numpy()] = np.repeat(np.arange(len(rows)), sizes)
    return group


def duckdb_copies(table: pa.Table) -> np.ndarray:
    names = ", ".join(f'"{name}"' for name in table.column_names)
    engine = duckdb.connect()
    engine.register("given", table)
    return numbered(engine.sql(f"select hash({names}) as h from given").fetchnumpy()["h"])


def beside_ids(copies: Callable[[pa.Table], np.ndarray], table: pa.Table) -> np.ndarray:
    """Look for ids too, which ours passes over: the work is then the same."""
    for column in table.columns:
        is_identifier(column)
    return copies(table)


def same_rows(copies: Callable[[pa.Table], np.ndarray]) -> str:
    """Say how many pairs are seen of three that are equal to a model: 0 and -0, gap and NaN, two gaps."""
    pairs = ((0.0, -0.0), (None, float("nan")), (None, None))
    seen = sum(
        np.ptp(copies(pa.table({"a": pa.array(pair, pa.float64()), "b": [1, 1]}))) == 0 for pair in pairs
    )
    return f"equal rows seen: {seen} of 3 kinds"


# -- JSON -------------------------------------------------------------------------------------------------

ODD: dict[str, dict[str, list[str | None]] | None] = {
    '{"a":1.50}\n{"a":2}\n': {"a": ["1.50", "2"]},
    '{"a":0.1234567890123456789}\n': {"a": ["0.1234567890123456789"]},
    '{"a":12345678901234567890123}\n{"a":1}\n': {"a": ["12345678901234567890123", "1"]},
    '{"a":1E5}\n': {"a": ["1E5"]},
    '{"a":true}\n{"a":"x"}\n': {"a": ["true", "x"]},
    '{"a":1}\n{"a":"A7"}\n': {"a": ["1", "A7"]},
    '{"a":null}\n{"a":"x"}\n': {"a": [None, "x"]},
    '{"a":"1"}\n{"a":"2","b":"3"}\n': {"a": ["1", "2"], "b": [None, "3"]},
    '{"a":"2024-01-01"}\n': {"a": ["2024-01-01"]},
    '[{"a":"x"},{"a":"y"}]': {"a": ["x", "y"]},
    '{"a":"1","A":"2"}\n': {"a": ["1"], "A": ["2"]},
    '{"a":"1","a":"2"}\n': None,
    '{"a":{"b":1}}\n': None,
    '{"a":[1]}\n': None,
    '{"a":"x\\u0000y"}\n': None,
    '{"a":"\\ud800"}\n': None,
    '{"a":1}\n{"a":}\n': None,
}
"""What a file holds as words, as a CSV file of the same values would; None where it must be refused."""


def events(folder: Path) -> Path:
    """Write 200,000 objects of eight values."""
    rng, path = np.random.default_rng(0), folder / "events.jsonl"
    numbers = np.round(rng.normal(size=(200_000, 6)), 3).tolist()
    channel = rng.choice(["web", "phone", "shop"], len(numbers)).tolist()
    with path.open("w") as file:
        for row, (values, word) in enumerate(zip(numbers, channel, strict=True)):
            named = {f"x{i}": value for i, value in enumerate(values)}
            file.write(json.dumps(named | {"channel": word, "fraud": int(row % 50 == 0)}) + "\n")
    return path


def our_json(path: Path) -> pa.Table:
    return json_records.read_json(path, path.name)[0]


def arrow_lines(path: Path) -> pa.Table:
    return arrow_json.read_json(path)


def duckdb_lines(path: Path) -> pa.Table:
    engine = duckdb.connect()
    names = engine.sql(f"select * from read_json('{path}')").columns
    columns = dict.fromkeys(names, "VARCHAR")
    return engine.sql(f"select * from read_json('{path}', columns={columns})").to_arrow_table()


def rightly_read(read: Callable[[Path], pa.Table]) -> str:
    """Say how many odd files are read as written, or refused where they must be."""
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "odd.jsonl"
        for text, expected in ODD.items():
            path.write_text(text)
            try:
                table = read(path)
                found = {name: table[name].to_pylist() for name in table.column_names}
            except (ScarceError, pa.ArrowException, duckdb.Error):
                found = None
            right += found == expected
    return f"odd files rightly read or refused: {right} of {len(ODD)}"


# -- the table --------------------------------------------------------------------------------------------


def measure(work: Callable[[], Any], rounds: int) -> tuple[float, float, Any]:
    """Return the least seconds, the megabytes that the peak adds, and what came out."""
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe(duplex=False)

    def child() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = []
        for _ in range(rounds):
            start = time.perf_counter()
            found = work()
            seconds.append(time.perf_counter() - start)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        theirs.send((min(seconds), (peak - before) / 1024, found if isinstance(found, np.ndarray) else None))

    process = context.Process(target=child)
    process.start()
    found = mine.recv()
    process.join()
    return found


def tell(
    part: str, rival: str, work: Callable[[], Any], lines: int, said: Callable[[Any], str], rounds: int
) -> None:
    seconds, megabytes, found = measure(work, rounds)
    print(
        f"| {part} | {rival} | {seconds:.3g} s | {megabytes:.0f} MB | {lines} | {said(found)} |", flush=True
    )


def ours(*modules: ModuleType) -> int:
    return sum(len(inspect.getsource(module).splitlines()) for module in modules)


def theirs(function: Callable[..., Any]) -> int:
    return len(inspect.getsource(function).splitlines())


def main(rounds: int = ROUNDS) -> None:
    print("| part | by | time | memory | lines | |\n|---|---|---|---|---|---|")
    for kind in ("rows alone", "groups of about 5", "groups of 1 to 1,000"):
        unit, target = units(kind)
        said = partial(evenness, target=target)
        part = f"folds, {ROWS:,} rows: {kind}"
        tell(part, "scarce", partial(our_folds, unit, target), ours(dealing), said, rounds)
        slow = partial(their_folds, unit, target)
        tell(part, "StratifiedGroupKFold", slow, theirs(their_folds), said, 1)
    table = categories()
    new = pa.table({name: ["c1999999", "never met"] for name in table.column_names})
    table = pa.concat_tables([table, new.slice(0, 1)])
    part = f"categories, {MANY:,} rows of 3"
    tell(part, "scarce", partial(our_codes, table, new), ours(encoding), sharing, rounds)
    tell(part, "OrdinalEncoder", partial(their_codes, table, new), theirs(their_codes), sharing, rounds)
    table, part = copied(), f"copies, {MANY:,} rows of 15"
    for rival, copies, lines in (
        ("scarce", duplicates.duplicate_groups, ours(duplicates)),
        ("Arrow group_by", arrow_copies, theirs(arrow_copies)),
        ("DuckDB hash", duckdb_copies, theirs(duckdb_copies)),
    ):
        whole = copies if rival == "scarce" else partial(beside_ids, copies)
        _, _, seen = measure(lambda copies=copies: np.array(same_rows(copies)), 1)
        tell(part, rival, partial(whole, table), lines, lambda _, seen=seen: str(seen), rounds)
    with tempfile.TemporaryDirectory() as folder:
        path, part = events(Path(folder)), "JSON, 200,000 objects of 8"
        for rival, read, lines in (
            ("scarce", our_json, ours(json_records)),
            ("Arrow", arrow_lines, theirs(arrow_lines)),
            ("DuckDB", duckdb_lines, theirs(duckdb_lines)),
        ):
            _, _, seen = measure(lambda read=read: np.array(rightly_read(read)), 1)
            tell(part, rival, partial(read, path), lines, lambda _, seen=seen: str(seen), rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
