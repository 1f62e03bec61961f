"""The ledger as files of Excel's and Word's: what is written is read again, and what others make is read or refused."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook

from core.errors import YuqingError
from ledger.excel import to_workbook
from ledger.reading import Ledger
from ledger.table import COLUMNS, Line, Sheet
from ledger.word import to_word
from pipeline.ledger_file import read_ledger
from tests.ledger.made_up import ALIASES, TEXT, write

AT = datetime(2023, 5, 1, tzinfo=UTC)


def read(path: Path) -> Ledger:
    """The ledger of 2023 in a file."""
    return read_ledger(path, 2023, ALIASES)


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    """The made-up ledger as a table; one task's progress looks like a formula."""
    tasks = read(write(tmp_path)).tasks
    progress = ["=1+1", *["推进中"] * (len(tasks) - 1)]
    return Sheet("2023年台账", "共 7 项", [Line(task, told) for task, told in zip(tasks, progress, strict=True)])


def test_what_is_written_for_excel_is_read_again_as_the_same_tasks(sheet: Sheet, tmp_path: Path) -> None:
    # when
    path = tmp_path / "out.xlsx"
    path.write_bytes(to_workbook(sheet))
    # then
    ledger = read(path)
    assert (ledger.tasks, ledger.faults) == ([line.task for line in sheet.lines], [])


def test_cells_that_hold_for_several_tasks_are_one_and_nothing_is_a_formula(sheet: Sheet) -> None:
    # when
    page = load_workbook(io.BytesIO(to_workbook(sheet))).worksheets[0]
    # then
    ranges = {str(one) for one in page.merged_cells.ranges}
    assert {"A4:A7", "B5:B6", "E5:E6", "F5:F6", "A8:A10", "B8:B10", "E8:E9", "F8:F9"} <= ranges
    # As if it had been typed with a quote before it; the text itself stays as it was.
    assert (page["G4"].value, page["G4"].data_type, page["G4"].quotePrefix) == ("=1+1", "s", True)
    assert not page["G5"].quotePrefix
    assert [cell.value for cell in page[3]] == list(COLUMNS)


def test_the_word_file_has_the_same_table_and_the_same_bytes_every_time(sheet: Sheet) -> None:
    # when
    content = to_word(sheet, AT)
    # then
    assert content == to_word(sheet, AT)
    table = Document(io.BytesIO(content)).tables[0]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0] == list(COLUMNS)
    # A merged cell shows its text in each of its rows.
    assert [row[:6] for row in rows[1:]] == [list(line.cells[:6]) for line in sheet.lines]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {entry.date_time[:3] for entry in packed.infolist()} == {(2023, 5, 1)}


def test_the_form_of_the_text_is_read_from_a_workbook_as_well(tmp_path: Path) -> None:
    # given the five columns of the text form, several tasks in one cell, headings merged
    book = Workbook()
    page = book.worksheets[0]
    page.append(["某局台账"])
    page.append(["类别", "事项", "工作任务", "责任部门", "时限"])
    page.append(["一、甲类", "（一）子类", "1.第一件事。\n2.第二件事。", "办公室牵头，局机关各科室配合", "全年工作"])
    page.append([None, None, "3.第三件事。", "宣教科牵头", datetime(2023, 6, 1)])
    page.append([])
    page.append(["二、乙类", None, "4第四件事。", "人事科", "6月"])
    for merged in ("A1:E1", "A3:A4", "B3:B4"):
        page.merge_cells(merged)
    book.save(tmp_path / "five.xlsx")
    # when
    ledger = read(tmp_path / "five.xlsx")
    # then
    assert ledger.faults == []
    assert [(t.number, t.section, t.subsection, t.who.lead, str(t.due)) for t in ledger.tasks] == [
        (1, "一、甲类", "（一）子类", ("办公室",), "2023-12-31"),
        (2, "一、甲类", "（一）子类", ("办公室",), "2023-12-31"),
        (3, "一、甲类", "（一）子类", ("宣教科",), "2023-06-01"),
        (4, "二、乙类", None, ("人事科",), "2023-06-30"),
    ]


def test_headings_in_rows_of_their_own_and_rows_that_are_wrong(tmp_path: Path) -> None:
    # given
    book = Workbook()
    page = book.worksheets[0]
    page.append(["序号", "工作任务", "责任科室", "完成时限"])
    page.append(["一、甲类"])
    page.append(["（一）子类"])
    page.append([1, "第一件事。", "办公室牵头", "全年工作"])
    page.append(["二", "序号不对。", "办公室牵头", "全年工作"])
    page.append([3, "没有科室。", None, "全年工作"])
    page.append([4, "没有时限。", "办公室", None])
    page.append([5, None, "办公室", "全年工作"])
    page.append([6, "第六件事。", "办公室", "6月"])
    book.save(tmp_path / "rows.xlsx")
    # when
    ledger = read(tmp_path / "rows.xlsx")
    # then
    assert [(t.number, t.section, t.subsection) for t in ledger.tasks] == [
        (1, "一、甲类", "（一）子类"),
        (6, "一、甲类", "（一）子类"),
    ]
    assert [(fault.where, fault.reason) for fault in ledger.faults] == [
        ("第 5 行", "序号“二”不是整数"),
        ("第 6 行第 3 项", "没有责任科室"),
        ("第 7 行第 4 项", "没有完成时限"),
        ("第 8 行第 5 项", "没有工作任务的文字"),
    ]


def _no_header(path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["留言标题", "留言内容"])
    book.save(path)


def _too_much_merged(path: Path) -> None:
    book = Workbook()
    page = book.worksheets[0]
    page.append(["序号", "工作任务", "责任科室", "完成时限"])
    book.save(path)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", merged)
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


@pytest.mark.parametrize(
    ("make", "name", "told"),
    [
        (_no_header, "a.xlsx", "找不到"),
        (_too_much_merged, "a.xlsx", "合并的单元格太多"),
        (lambda path: path.write_bytes(b"PK\x03\x04damaged"), "a.xlsx", "不是完好的 XLSX 文件"),
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0old"), "a.xls", "旧版 Excel"),
        (lambda path: path.write_bytes(b"\xff\xff\x00\x81"), "a.txt", "不是文本"),
        (lambda path: path.write_text("今天天气好", encoding="utf-8"), "a.txt", "没有读到台账任务"),
        (lambda path: None, "gone.txt", "读不了"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_by_its_name(
    make: Callable[[Path], object], name: str, told: str, tmp_path: Path
) -> None:
    # given
    make(tmp_path / name)
    # when
    with pytest.raises(YuqingError, match=told) as refused:
        read(tmp_path / name)
    # then
    assert name in refused.value.message


def test_a_text_in_gb18030_is_read_and_the_year_is_in_the_name_or_asked_for(tmp_path: Path) -> None:
    # given
    path = tmp_path / "公开台账2023年.txt"
    path.write_bytes(TEXT.encode("gb18030"))
    # then
    assert (read_ledger(path, None, ALIASES).year, len(read_ledger(path, 2024, ALIASES).tasks)) == (2023, 7)
    assert read_ledger(path, 2024, ALIASES).year == 2024
    with pytest.raises(YuqingError, match="看不出是哪一年"):
        read_ledger(path.rename(tmp_path / "2022-2023.txt"), None, ALIASES)
