"""How the command line draws: progress, colours, widths, and the summary of a trial."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scarce import progress_bars
from scarce.cli import console, gates, lists
from scarce.cli.run import kept
from scarce.errors import ScarceError
from scarce.progress import SILENT, Progress
from scarce.report import text_tables
from scarce.trial.metric import Metric
from scarce.trial.result import Difference
from scarce.trial.scoring import METRICS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Finished

COST = Metric("expected_cost", "expected cost", False, "{:,.1f}")
AP = Metric("average_precision", "average precision", True)


def test_a_line_a_tenth() -> None:
    stream = io.StringIO()
    shown = progress_bars.Tenths(stream)
    shown.start(200, "training")
    for _ in range(200):
        shown.advance(note="control")
    shown.finish()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("training: 10 % (20 of 200), ")
    assert lines[-1] == "training: 100 % (200 of 200), 0 s left"


def test_every_watcher_follows_the_protocol() -> None:
    for watcher in (
        SILENT,
        progress_bars.Tenths(io.StringIO()),
        progress_bars.Bar(console.stderr()),
        counted(),
    ):
        assert isinstance(watcher, Progress)
        watcher.start(2, "work")
        watcher.advance(2, "all of it")
        watcher.finish()


def counted(*pieces: tuple[str, int, int]) -> progress_bars.Counted:
    """Return a count of pieces of work: label, steps, steps done."""
    shown = progress_bars.Counted(SILENT)
    for label, total, done in pieces:
        shown.start(total, label)
        for _ in range(done):
            shown.advance(note=label)
        shown.finish()
    return shown


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ((), "nothing was written"),
        ((("training", 20, 0),), "nothing was written"),
        ((("training", 20, 3),), "3 of 20 fits are kept: the same command goes on from there"),
        (
            (("training", 20, 20), ("scoring", 2, 1)),
            "20 of 20 fits are kept: the same command goes on from there",
        ),
    ],
    ids=["before training", "before the first fit", "in training", "in scoring"],
)
def test_an_interrupted_run_counts_fits_and_nothing_else(
    pieces: tuple[tuple[str, int, int], ...], said: str, tmp_path: Path
) -> None:
    assert kept(counted(*pieces), tmp_path) == said


def test_a_fit_that_is_kept_and_not_yet_counted_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scarce.cli.outputs.journal_size", lambda folder: (1, 0.1))
    said = kept(counted(("training", 20, 0)), tmp_path)
    assert said == "finished fits are kept: the same command goes on from there"


def test_what_is_counted_is_also_shown() -> None:
    stream = io.StringIO()
    shown = progress_bars.Counted(progress_bars.Tenths(stream))
    shown.start(2, "work")
    shown.advance(2)
    shown.finish()
    assert (shown.of("work"), stream.getvalue()) == ((2, 2), "work: 100 % (2 of 2), 0 s left\n")


def test_ctrl_c_says_what_is_left_of_the_work() -> None:
    ended = pytest.raises(console.Interrupted, match=r"^interrupted; half of it$")
    with ended, console.if_interrupted(lambda: "half of it"):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("setting", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=str
)
def test_errors_are_coloured_on_a_terminal_unless_forbidden(setting: dict[str, str], coloured: bool) -> None:
    shown = in_a_terminal("check", "nothing.csv", "--target", "y", setting=setting)
    assert ("\x1b[" in shown) == coloured
    assert "there is no file nothing.csv" in shown


def test_no_colour_reaches_a_file(finished: Finished) -> None:
    assert "\x1b[" not in finished.ended.out + finished.ended.err


def test_no_color_holds_for_tables_on_a_terminal(finished: Finished) -> None:
    arguments = ("evaluate", str(finished.folder / "model.scarce"), str(finished.data))
    assert "\x1b[" in in_a_terminal(*arguments, setting={})
    assert "\x1b[3" not in in_a_terminal(*arguments, setting={"NO_COLOR": "1"})


def in_a_terminal(*arguments: str, setting: dict[str, str]) -> str:
    """Return what a command shows on a terminal of its own."""
    pty = pytest.importorskip("pty", reason="needs a POSIX terminal")
    leader, follower = pty.openpty()
    environment = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")
    }
    environment |= {"TERM": "xterm-256color", "COLUMNS": "120", **setting}
    program = "from scarce.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=follower, stderr=follower, env=environment
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    process.wait(timeout=60)
    return shown.decode()


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["a,b"], ("a", "b")),
        (["a", "b"], ("a", "b")),
        (['"city, state",a'], ("city, state", "a")),
        ([" a , b "], ("a", "b")),
        (None, ()),
    ],
    ids=str,
)
def test_names(texts: list[str] | None, names: tuple[str, ...]) -> None:
    assert lists.names(texts) == names


@pytest.mark.parametrize(
    ("texts", "methods"),
    [
        (["focal:gamma=3"], ("focal:gamma=3",)),
        (["poly_focal:gamma=2,epsilon=1,brier"], ("poly_focal:gamma=2,epsilon=1", "brier")),
        (["brier,focal:gamma=2,class_weight=balanced"], ("brier", "focal:gamma=2,class_weight=balanced")),
        (["brier", "focal:gamma=1"], ("brier", "focal:gamma=1")),
        (["undersample:ratio=5,control"], ("undersample:ratio=5", "control")),
        (["smote+focal,undersample:ratio=5+brier"], ("smote+focal", "undersample:ratio=5+brier")),
        (
            ["undersample:ratio=5+poly_focal:gamma=2,epsilon=1,focal:gamma=1,alpha=.9+oversample"],
            ("undersample:ratio=5+poly_focal:gamma=2,epsilon=1", "focal:gamma=1,alpha=.9+oversample"),
        ),
        (None, ()),
    ],
    ids=str,
)
def test_methods(texts: list[str] | None, methods: tuple[str, ...]) -> None:
    assert lists.methods(texts) == methods


@pytest.mark.parametrize("text", ["gamma=2", "brier,gamma=2"])
def test_a_parameter_needs_its_method(text: str) -> None:
    with pytest.raises(ScarceError) as caught:
        lists.methods([text])
    assert caught.value.code == "E204"


def test_a_score_that_is_not_a_number_fails_every_gate() -> None:
    gate = gates.Gate.parse("mcc<0")
    assert gate.fails({"mcc": float("nan")})
    assert not gate.fails({"mcc": 0.5})


@pytest.mark.parametrize(
    ("number", "shown"), [(3.4, "+3"), (-3.4, "−3"), (0.2, "0"), (-1234.0, "−1,234"), (float("nan"), "?")]
)
def test_signed(number: float, shown: str) -> None:
    assert Metric("expected_cost", "expected cost", False, "{:,.0f}").signed(number) == shown


def difference(value: float, low: float, high: float) -> Difference:
    return Difference("focal", "expected_cost", value, low, high, "undecided", 4.0, 900.0)


def test_an_interval_is_drawn_where_it_lies() -> None:
    axis = text_tables.Axis.over([difference(0.0, -10.0, 10.0)])
    assert axis.draw(difference(0.0, -10.0, 10.0)) == "──────●──────"
    assert axis.draw(difference(5.0, 3.5, 9.0)) == "      │ ─●── "
    assert axis.draw(difference(-2.0, -8.0, 5.0)) == " ────●┼───   "
    assert axis.draw(difference(-10.0, -10.0, -10.0))[0] == "●"
    assert axis.draw(difference(float("nan"), 0.0, 0.0)) == axis.blank()


@pytest.mark.parametrize(("metric", "left"), [(COST, "better"), (AP, "worse")], ids=["cost", "AP"])
def test_the_drawing_says_which_side_is_better(metric: Metric, left: str) -> None:
    sides = text_tables.sides(metric)
    assert sides.strip().startswith(left)
    assert sides.index("│") == text_tables.FOREST_WIDTH // 2
    assert len(sides) == text_tables.FOREST_WIDTH


def test_streams_that_know_no_such_signs_do_not_break_a_command(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,y\n" + "".join(f"{i},{int(i % 5 == 0)}\n" for i in range(50)))
    program = "from scarce.cli.main import main; main(['check', 'd.csv', '--target', 'ü'])"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert run.returncode == 2
    assert b"E101" in run.stderr


def test_a_gate_knows_every_name_that_a_table_prints_in_any_capitals() -> None:
    spellings = gates.spellings_of(METRICS)
    for metric in METRICS:
        for name in (
            metric.name,
            metric.label,
            text_tables.heading(metric),
            text_tables.heading(metric).replace("\n", " "),
        ):
            for written in (name, name.upper(), name.lower(), f"  {name} "):
                for sign in ("<", ">="):
                    gate = gates.Gate.parse(f"{written}{sign}.8").named(spellings)
                    assert (gate.score, gate.bound) == (metric.name, 0.8)
    assert len(set(spellings.values())) == len(METRICS)


def test_no_two_scores_are_spelled_alike() -> None:
    alone = [set(gates.spellings_of([metric])) for metric in METRICS]
    assert sum(map(len, alone)) == len(gates.spellings_of(METRICS))


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("AQ<.8", "write"),
        ("averge precision<.8", "average_precision<.8"),
        ("recal<.8", "recall<.8"),
    ],
)
def test_a_score_that_is_not_there_is_answered_by_those_like_it(text: str, example: str) -> None:
    with pytest.raises(ScarceError) as caught:
        gates.Gate.parse(text).named(gates.spellings_of(METRICS))
    assert caught.value.code == "E209"
    assert example in caught.value.hint


def test_the_names_in_the_printed_tables_are_gates(finished: Finished) -> None:
    """A gate on each name that `scarce evaluate` and `scarce run` print, taken from what they print."""
    from tests.cli.conftest import call

    shown = call("evaluate", finished.folder / "model.scarce", finished.data).out.splitlines()
    names = [line[:48].rstrip().rsplit("  ", 1)[0].strip() for line in shown[4:-2] if line[:1].isalnum()]
    labels = [metric.label for metric in METRICS if any(name.startswith(metric.label[:12]) for name in names)]
    assert len(labels) >= 14
    words = [word for label in labels for word in ("--fail-if", f"{label}<-1e9")]
    ended = call("evaluate", finished.folder / "model.scarce", finished.data, *words)
    assert ended.code == 0, ended.err
