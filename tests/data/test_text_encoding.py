"""Text in other encodings is read as what it says, or refused with what to type; never as other letters."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from scarce.data.files.reading import read
from scarce.data.files.text_encoding import open_bytes
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "gb18030": "客户,年龄,城市,是否违约\n张伟,34,北京,否\n王芳,45,上海,是\n李娜,29,广州,否\n",
    "gbk": "姓名,标签\n甲,1\n乙,0\n",
    "big5": "客戶,年齡,城市,是否違約\n張偉,34,台北,否\n王芳,45,高雄,是\n",
    "cp932": "顧客,年齢,都市,解約\n田中,34,東京,いいえ\n佐藤,45,大阪,はい\n",
    "euc_kr": "고객,나이,도시,해지\n김철수,34,서울,아니오\n이영희,45,부산,예\n",
    "cp1251": "клиент,возраст,город,дефолт\nИванов,34,Москва,нет\nПетров,45,Казань,да\n",
    "cp1253": "πόλη,ετικέτα\nΑθήνα,1\nΘεσσαλονίκη,0\n",
    "cp1250": "klient,miasto,y\nŁukasz,Łódź,1\nGrzegorz,Wrocław,0\nMałgorzata,Gdańsk,0\n",
    "cp1252": "Kunde,Alter,Stadt,Ausfall\nMüller,34,München,nein\nSchröder,45,Köln,ja\nGroß,2,Füssen,ja\n",
}


def truth(text: str, folder: Path) -> dict[str, list[object]]:
    (folder / "utf8.csv").write_text(text, encoding="utf-8")
    return read(folder / "utf8.csv").data.to_pydict()


@pytest.mark.parametrize("rows", [1, 40], ids=["few rows", "many"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("encoding", TEXTS)
def test_an_encoding_is_recognised_and_said(encoding: str, name: str, rows: int, tmp_path: Path) -> None:
    header, _, body = TEXTS[encoding].partition("\n")
    text = f"{header}\n{body * rows}"
    content = text.encode(encoding)
    file = tmp_path / name
    file.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    table = read(file)
    assert table.data.to_pydict() == truth(text, tmp_path)
    (note,) = table.notes
    assert note.startswith(f"W154: {name} was recognised as ")
    first = next(word for word in text.replace(",", "\n").split("\n") if not word.isascii())
    assert f"reads {first!r} in line" in note


def test_every_line_of_chinese_alone_is_read_as_chinese_or_refused(tmp_path: Path) -> None:
    """What is read is what was written, and a hint names other letters, if at all, after the right ones."""
    file = tmp_path / "a.csv"
    for line in TEXTS["gb18030"].splitlines()[1:]:
        text = f"a,b,c,d\n{line}\n"
        file.write_bytes(text.encode("gbk"))
        try:
            found: object = read(file).data.to_pydict()
        except ScarceError as error:
            found = error
        if not isinstance(found, ScarceError):
            assert found == truth(text, tmp_path)
            continue
        assert found.code == "E105"
        assert "--encoding NAME (gb18030" in found.hint


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_named_encoding_is_believed(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(TEXTS[encoding].encode(encoding))
    table = read(file, encoding=encoding)
    assert table.data.to_pydict() == truth(TEXTS[encoding], tmp_path)
    assert table.notes == ()


def test_one_letter_is_read_as_said_and_not_guessed(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("a,b\n1,é\n".encode("cp1252"))
    with pytest.raises(ScarceError) as caught:
        read(file)
    assert "--encoding NAME" in caught.value.hint
    assert read(file, encoding="cp1252").data.to_pydict() == {"a": [1], "b": ["é"]}
    assert read(file, encoding="cp1251").data.to_pydict() == {"a": [1], "b": ["й"]}


def test_letters_that_come_late_are_recognised_too(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\n" + b"1,%b\n" % (b"x" * 60) * 20_000 + "2,北京市和上海市的客户\n".encode("gbk"))
    table = read(file)
    assert table.data.column("b")[-1].as_py() == "北京市和上海市的客户"
    assert "in line 20002" in table.notes[0]
    assert table.where(20_000) == "line 20002"


def test_json_in_another_encoding_is_read(tmp_path: Path) -> None:
    text = '{"客户":"张伟","城市":"北京"}\n{"客户":"王芳","城市":"上海"}\n'
    wanted = {"客户": ["张伟", "王芳"], "城市": ["北京", "上海"]}
    for encoding in ("gbk", "utf-16"):
        (tmp_path / "a.jsonl").write_bytes(text.encode(encoding))
        table = read(tmp_path / "a.jsonl")
        assert table.data.to_pydict() == wanted
        assert table.where(1) == "line 2"
    (tmp_path / "a.jsonl").write_bytes(
        b'{"a":"%b"}\n' % (b"x" * 60) * 20_000 + '{"a":"é"}\n'.encode("cp1252")
    )
    with pytest.raises(ScarceError) as caught:
        read(tmp_path / "a.jsonl")
    assert caught.value.message == "a.jsonl is not UTF-8: byte 0xe9 in line 20001"


def test_an_encoding_that_does_not_fit_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\n" + b"1,%b\n" % (b"x" * 60) * 20_000 + b"3,\xff\xff\n")
    with pytest.raises(ScarceError) as caught:
        read(file, encoding="gbk")
    assert caught.value.code == "E104"
    assert caught.value.message == "a.csv is not written in gbk: byte 0xff in line 20002"


@pytest.mark.parametrize("name", ["latin-sixty", "rot13", "base64", ""])
def test_what_is_no_encoding_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ScarceError) as caught:
        read(tmp_path / "a.csv", encoding=name)
    assert caught.value.code == "E157"


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_recoded_file_is_utf8_however_it_is_read(size: int, tmp_path: Path) -> None:
    text = "北京é€\U0001f600\n" * 2_000
    (tmp_path / "a.csv").write_bytes(text.encode("utf-16"))
    with open_bytes(tmp_path / "a.csv", "utf-16") as file:
        assert b"".join(iter(lambda: file.read(size), b"")).decode() == text


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["bare", "marked"])
def test_of_files_in_two_encodings_the_named_one_is_that_of_the_other(
    mark: str, name: str, tmp_path: Path
) -> None:
    """One file is UTF-8 and the next is not: no letter of the first becomes another."""
    text = f"{mark}stadt,y\nKöln,0\nFüssen,1\n".encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    (tmp_path / "b.csv").write_bytes("stadt,y\nGroß,0\nÖls,1\n".encode("cp1252"))
    table = read([tmp_path / name, tmp_path / "b.csv"], encoding="cp1252")
    assert table.data.to_pydict()["stadt"] == ["Köln", "Füssen", "Groß", "Öls"]
    note = f"W161: {name} is UTF-8, which reads 'Köln' in line 2, and was read so; --encoding cp1252 is for "
    assert [found for found in table.notes if "W161" in found] == [note + "files that are not UTF-8"]


@pytest.mark.parametrize("encoding", ["iso2022_jp", "utf-16-le", "ascii"])
def test_bytes_of_ascii_alone_are_read_in_the_encoding_that_is_named(encoding: str, tmp_path: Path) -> None:
    text = "stadt,y\nab,0\ncd,1\n" if encoding == "ascii" else "都市,y\n東京,0\n大阪,1\n"
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    table = read(tmp_path / "a.csv", encoding=encoding)
    assert table.notes == ()
    assert table.data.to_pydict() == truth(text, tmp_path)
