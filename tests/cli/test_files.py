"""Files as they come, given to every command that takes data."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from pyarrow import csv

from scarce.cli import file_options
from scarce.cli.repeat_command import repeat_command
from scarce.data.file_names import stdin_file
from scarce.trial.config import TrialConfig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

NAMES = "amount,hour,channel,customer,fraud"
WORDS = {"phone": "电话", "web": "网络"}
COMMANDS = {
    "predict": ("predict", []),
    "evaluate": ("evaluate", ["--json"]),
    "threshold": ("threshold", ["--recall", "0.8"]),
    "monitor": ("monitor", ["--labels", "fraud", "--json"]),
}


@pytest.fixture(scope="module")
def forms(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    """Return the arguments for the same rows in files of other kinds."""
    folder = tmp_path_factory.mktemp("forms")
    lines = finished.data.read_text().splitlines()
    bare, first, second, index = (folder / name for name in ("bare.txt", "1.csv", "2.csv", "index.csv"))
    bare.write_text("# no header\n" + "".join(line.replace(",", " ") + "\n" for line in lines[1:]), "utf-16")
    first.write_text("\n".join(lines[:300]) + "\n")
    second.write_text("\n".join([lines[0], *lines[300:]]) + "\n")
    index.write_text("\n".join(f"{i - 1 if i else ''},{line}," for i, line in enumerate(lines)))
    return {
        "no header": [bare, "--names", NAMES],
        "two files": [first, second],
        "an index": [index],
    }


@pytest.mark.parametrize("form", ["no header", "two files", "an index"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_reads_the_same_rows(
    command: str, form: str, forms: dict[str, list[object]], finished: Finished, scarce: Callable[..., Ended]
) -> None:
    name, options = COMMANDS[command]
    model = finished.folder / "model.scarce"
    plain = scarce(name, model, finished.data, *options)
    other = scarce(name, model, *forms[form], *options)
    assert (other.code, plain.code) == (0, 0), other.err
    assert (
        other.out.replace("1.csv, 2.csv", "small.csv")
        .replace("bare.txt", "small.csv")
        .replace("index.csv", "small.csv")
        == plain.out
    )
    if form == "an index":
        assert "W157: left out of index.csv" in other.err


def test_check_says_what_it_left_out_and_how_it_read(scarce: Callable[..., Ended], small: Path) -> None:
    text = small.read_text()
    for word, other in WORDS.items():
        text = text.replace(word, other)
    small.write_bytes(text.encode("gb18030"))
    ended = scarce("check", small, "--target", "fraud")
    assert ended.code == 0
    shown = " ".join(ended.out.split())
    assert "note: W154: small.csv was recognised as gb18030, which reads '" in shown
    named = scarce("check", small, "--target", "fraud", "--encoding", "gbk")
    assert "W154" not in named.out


def test_the_command_that_repeats_a_run_names_its_files_and_how_they_are_written() -> None:
    columns = {"target": "fraud"} | file_options.written(["amount,hour", "fraud"], "gbk")
    command = repeat_command(["1.txt", "2.txt"], columns, TrialConfig())
    assert command == "scarce run 1.txt 2.txt --target fraud --names amount,hour,fraud --encoding gbk"


def piped(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin_file.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_data_may_come_through_a_pipe(
    finished: Finished, scarce: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = finished.folder / "model.scarce"
    rows = csv.read_csv(finished.data).to_pylist()
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    for content in (finished.data.read_bytes(), gzip.compress(finished.data.read_bytes()), lines.encode()):
        piped(content, monkeypatch)
        assert (
            scarce("predict", model, "-", "--no-columns").out
            == scarce("predict", model, finished.data, "--no-columns").out
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "error[E103]: stdin holds no rows"),
        (b"a,b\n1,2\n3\n", "error[E107]: line 3 of stdin has 1 field, the header has 2"),
    ],
    ids=["nothing", "a ragged line"],
)
def test_a_pipe_without_a_table_is_told(
    content: bytes, error: str, scarce: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(content, monkeypatch)
    assert scarce("check", "-", "--target", "a").error[0] == error


@pytest.mark.skipif(os.name == "nt", reason="no sh there")
def test_a_process_that_has_no_stdin_says_so_and_one_that_has_leaves_no_file(tmp_path: Path) -> None:
    """The only test of a real pipe: what it sent is in a file until the process ends."""
    call = [sys.executable, "-c", "import sys; from scarce.cli.main import main; sys.exit(main())"]
    call += ["check", "-", "--target", "a"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    closed = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *call], capture_output=True, check=False, env=environment
    )
    assert closed.stderr.startswith(b"error[E156]: - means that the data comes from stdin, but it is closed")
    ended = subprocess.run(call, input=b"a,b\n1,2\n3\n", capture_output=True, check=False, env=environment)
    assert ended.stderr.startswith(b"error[E107]: line 3 of stdin has 1 field")
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_is_no_data(scarce: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    stdin_file.cache_clear()
    monkeypatch.setattr(sys, "stdin", _Terminal())
    ended = scarce("check", "-", "--target", "a")
    assert ended.error[0] == "error[E156]: - means that the data comes from stdin, but it is a terminal"


class _Terminal:
    closed = False

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("option", [["--names", "a,b"], ["--encoding", "gbk"]], ids=["names", "encoding"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["threshold", "MODEL", "--cut", "0.5"], "E367"),
        (["plan", "--rows", "1000", "--prevalence", ".1"], "E386"),
    ],
    ids=["threshold", "plan"],
)
def test_how_a_file_is_written_is_not_said_of_none(
    command: list[str], code: str, option: list[str], finished: Finished, scarce: Callable[..., Ended]
) -> None:
    model = str(finished.folder / "model.scarce")
    ended = scarce(*(model if word == "MODEL" else word for word in command), *option)
    assert ended.error[0].startswith(f"error[{code}]")


def test_text_alone_is_told_how_to_be_used(scarce: Callable[..., Ended], tmp_path: Path) -> None:
    file = tmp_path / "sms.csv"
    file.write_text(
        "label,text\n" + "".join(f"{'spam' if i % 9 else 'ham'},word {i} and more\n" for i in range(90))
    )
    ended = scarce("check", file, "--target", "label")
    assert ended.error == [
        "error[E165]: sms.csv has no feature but text, which hardly repeats: 'text'",
        "hint: add columns of numbers or categories; if the text is made of categories after all: "
        "--keep text",
    ]
    assert "E165" not in scarce("check", file, "--target", "label", "--keep", "text").err


@pytest.mark.parametrize(
    ("package", "extra", "content"),
    [("chardet", "trial", "a,b\n1,é\n".encode("cp1252")), ("python_calamine", "excel", b"\xd0\xcf\x11\xe0")],
    ids=["encodings", "workbooks"],
)
def test_without_its_library_a_file_says_what_to_install(
    package: str,
    extra: str,
    content: bytes,
    scarce: Callable[..., Ended],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / "a.csv").write_bytes(content)
    ended = scarce("check", "a.csv", "--target", "b")
    assert ended.error == [
        f"error[E701]: {package} is not installed",
        f"hint: pip install 'scarce[{extra}]'",
    ]
