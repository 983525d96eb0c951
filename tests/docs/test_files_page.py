"""What the page on data shows of files as they come is what the program says."""

from __future__ import annotations

import io
import re
import shlex
import sys
from typing import TYPE_CHECKING

import openpyxl

from scarce.cli.main import status
from scarce.data.files.file_names import stdin_file
from scarce.data.files.reading import read

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FILES = {
    "gbk.csv": "客户,年龄,城市,是否违约\n张伟,34,北京,否\n王芳,45,上海,是\n".encode("gbk"),
    "commented.csv": b"# made by hand\na,b\n1,2\n# so far\n3,4\n",
    "trailing.csv": b"a,b\n1,2,\n3,4,\n",
    "index.csv": b",a,b\n0,1,2\n1,3,4\n",
}


def blocks(root: Path) -> list[str]:
    page = (root / "docs" / "data.md").read_text(encoding="utf-8")
    part = page.partition("### Files as they come")[2].partition("**JSON** lines")[0]
    return re.findall(r"```\n(.*?)```", part, re.S)


def test_each_refusal_shown_is_that_of_the_program(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = [block for block in blocks(root) if block.startswith("$ printf")]
    assert len(shown) == 2
    for block in shown:
        command, _, output = block.removeprefix("$ printf ").partition("\n")
        text, _, call = command.partition(" | scarce ")
        content = shlex.split(text)[0].encode().decode("unicode_escape").replace("\\n", "\n")
        stdin_file.cache_clear()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode("latin-1"))))
        assert status(shlex.split(call)) == 2
        assert capsys.readouterr().err == output


def test_the_notes_shown_are_those_of_the_files(root: Path, tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    book = openpyxl.Workbook()
    book.active.title = "May"
    book.active.append(["a"])
    book.active.append([1])
    book.create_sheet("Notes")
    book.save(tmp_path / "book.xlsx")
    names = ["gbk.csv", "commented.csv", "book.xlsx", "trailing.csv", "index.csv"]
    assert blocks(root)[-1].splitlines() == [note for name in names for note in read(tmp_path / name).notes]
