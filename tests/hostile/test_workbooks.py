"""Exports made to do harm: archives that unpack to too much, XML that reads files or grows without end, formulas.

Each is refused by its name and in Chinese, or read as the text it is. The files beside it are read, and it stays where
it is: nothing is lost, and nothing of it is landed at every run.
"""

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from collectors.base import Context, SourceFailed
from collectors.session import Politeness, PoliteSession
from tests.collectors.test_spreadsheet import BOARD, GOOD, HEADER, ROW, items_of, repacked
from tests.hostile.strangers import FORMULAS

NOW = datetime.now(UTC) + timedelta(hours=1)
SECRET = "only-for-tests-9f2c"
PARTS = ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"]


def with_type(part: str, doctype: str, entity: str) -> bytes:
    """A good workbook, one part of which declares entities and uses one in its first text."""

    def edit(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        head, _, rest = (
            content.partition(b"?>") if content.startswith(b"<?xml") else (b"<?xml version='1.0'", b"", content)
        )
        return (
            head
            + b"?>"
            + doctype.encode()
            + rest.replace("路灯不亮".encode(), entity.encode()).replace(b"Sheet", entity.encode(), 1)
        )

    return repacked(with_inline_text(GOOD), edit)


def with_inline_text(data: bytes) -> bytes:
    """The workbook with its texts in the sheet, so that a sheet's own entities can stand in them."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    packed = io.BytesIO()
    sheet = book.worksheets[0]
    rows = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    book.save(packed)
    cells = "".join(
        f'<row r="{number}">' + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row) + "</row>"
        for number, row in enumerate(rows, 1)
    )
    text = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
    return repacked(packed.getvalue(), lambda name, old: text.encode() if name == "xl/worksheets/sheet1.xml" else old)


def read(path: Path) -> str:
    """All that is read of a file; the reason where it is refused, which has to name the file and be Chinese."""
    try:
        return json.dumps(items_of(path), ensure_ascii=False)
    except SourceFailed as refusal:
        told, cause = refusal.message, str(refusal.__cause__)
    assert path.name in told
    assert "不是完好的 XLSX 文件" in told or "表头" in told
    return told + cause


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("where", ["file", "parameter"])
def test_a_workbook_cannot_make_us_read_another_file(part: str, where: str, tmp_path: Path) -> None:
    # given
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    target = (tmp_path / "secret.txt").as_uri()
    dtd = tmp_path / "evil.dtd"
    dtd.write_text(f'<!ENTITY x SYSTEM "{target}">', encoding="utf-8")
    doctype = {
        "file": f'<!DOCTYPE a [<!ENTITY x SYSTEM "{target}">]>',
        "parameter": f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{dtd.as_uri()}"> %p;]>',
    }[where]
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_type(part, doctype, "&x;"))
    # when
    told = read(path)
    # then
    assert SECRET not in told


@pytest.mark.parametrize("part", PARTS)
def test_entities_that_grow_without_end_do_not_fill_the_memory(part: str, tmp_path: Path) -> None:
    # given: ten times ten times ... of ten characters
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_type(part, f'<!DOCTYPE a [<!ENTITY e0 "哈哈哈哈哈哈哈哈哈哈">{levels}]>', "&e9;"))
    # when
    tracemalloc.start()
    told = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # then
    assert peak < 64 * 1024**2
    assert "哈" * 1000 not in told


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    # given: 40 MB of blanks that call themselves one kilobyte
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, zipfile.ZipFile(io.BytesIO(GOOD)) as good:
        for name in good.namelist():
            archive.writestr(name, good.read(name) + (b" " * 40 * 1024**2 if "/sheet" in name else b""))
    real = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    data = packed.getvalue().replace(real.to_bytes(4, "little"), (1024).to_bytes(4, "little"))
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    careful = BOARD.model_copy(update={"max_unpacked_mb": 2})
    # when / then
    assert data.count((1024).to_bytes(4, "little")) >= 2
    tracemalloc.start()
    with pytest.raises(SourceFailed, match=r"a\.xlsx 不是完好的 XLSX 文件"):
        items_of(path, careful)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 1024**2


def test_a_hostile_file_keeps_back_no_other_and_stays_where_it_is(tmp_path: Path) -> None:
    # given
    folder = tmp_path / BOARD.folder
    folder.mkdir(parents=True)
    (folder / "a.xlsx").write_bytes(GOOD)
    (folder / "b.xlsx").write_bytes(
        repacked(GOOD, lambda name, old: old + b" " * 3 * 1024**2 if "/sheet" in name else old)
    )
    (folder / "c.xlsx").write_bytes(GOOD[:-100])
    (folder / "d.csv").write_text(",".join(HEADER) + "\r\n" + ",".join(ROW), encoding="utf-8")
    careful = BOARD.model_copy(update={"max_unpacked_mb": 2})
    files: list[str] = []
    # when
    context = Context(http=PoliteSession(Politeness()), now=NOW, home=tmp_path)
    with pytest.raises(SourceFailed) as failure:
        files.extend(item["file"] for batch in careful.fetch(context) for item in batch.items)
    # then
    assert files == ["a.xlsx", "d.csv"]
    assert "有 2 个文件没有读取" in failure.value.message
    assert sorted(path.name for path in folder.iterdir()) == ["a.xlsx", "b.xlsx", "c.xlsx", "d.csv"]


@pytest.mark.parametrize("make", ["csv", "xlsx"])
def test_formulas_are_read_as_the_text_they_are(make: str, tmp_path: Path) -> None:
    # given
    rows = [[str(number), *ROW[1:2], formula, formula, *ROW[4:]] for number, formula in enumerate(FORMULAS)]
    path = tmp_path / f"a.{make}"
    if make == "csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([HEADER, *rows])
    else:
        book = openpyxl.Workbook()
        for row in [HEADER, *rows]:
            book.worksheets[0].append(row)
        for cells in book.worksheets[0].iter_rows():
            for cell in cells:
                cell.data_type = "s"
        book.save(path)
    # when
    posts = [BOARD.parse(item, NOW) for item in items_of(path)]
    # then
    assert [post.title for post in posts] == [formula.strip() for formula in FORMULAS]


def test_a_formula_of_a_workbook_is_not_worked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: a formula, with the value that Excel saw last
    monkeypatch.chdir(tmp_path)
    cell = '<c t="str"><f>HYPERLINK("http://evil.example","x")</f><v>上次的值</v></c>'
    data = repacked(
        with_inline_text(GOOD),
        lambda name, old: old.replace(f'<c t="inlineStr"><is><t>{ROW[2]}</t></is></c>'.encode(), cell.encode()),
    )
    (tmp_path / "a.xlsx").write_bytes(data)
    # when
    (item,) = items_of(tmp_path / "a.xlsx")
    # then
    assert item["cells"]["标题"] == "上次的值"
