"""Opens a ledger's file, text or workbook of Excel's, and hands it to the reader of its form."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
from openpyxl.utils.cell import range_boundaries

from collectors.tables import open_table
from core.errors import YuqingError
from ledger.reading import Fault, Ledger, Row, read_rows
from ledger.text_form import rows_of
from ledger.workbook import COLUMNS, rows_of_workbook

MOST_BYTES = 16 * 1024 * 1024
"""Unpacked. The ledger of a year has some tens of tasks."""
MOST_MERGED_CELLS = 100_000
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+\d+(?::[A-Z]+\d+)?)\"")
_YEAR = re.compile(r"(?<!\d)20\d{2}(?!\d)")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCODINGS = {b"\xff\xfe": ("utf-16",), b"\xfe\xff": ("utf-16",)}


def read_ledger(path: Path, year: int | None, aliases: Mapping[str, str]) -> Ledger:
    """The ledger in the file; its year is the one given, else that of the file's name.

    Raises `YuqingError` naming the file when it cannot be read, is no ledger, or tells no year.
    """
    year = year or _year_of(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise YuqingError(f"读不了 {path}：{error.strerror}", "请检查文件名和权限。") from None
    if content[:4] in (_ZIP, _OLD_EXCEL):
        rows, faults = _workbook_rows(path, content)
    else:
        rows, faults = rows_of(_text(path, content))
    ledger = read_rows(rows, year, aliases, faults)
    if not ledger.tasks:
        told = "；".join(f"{fault.where}{fault.reason}" for fault in ledger.faults[:3])
        raise YuqingError(
            f"{path.name} 里没有读到台账任务。{told}",
            "文本应为：大类标题、小类标题、带序号的任务、责任科室、完成时限；表格应有 序号、工作任务、责任科室、完成时限 等列。",
        )
    return ledger


def _year_of(path: Path) -> int:
    years = {int(found) for found in _YEAR.findall(path.stem)}
    if len(years) != 1:
        raise YuqingError(f"从文件名 {path.name} 看不出是哪一年的台账。", "请加 --year 年份，如 --year 2022。")
    return years.pop()


def _text(path: Path, content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise YuqingError(f"{path.name} 有 {len(content) // 1024**2} MB，不像台账。", "请检查是不是选错了文件。")
    for encoding in _ENCODINGS.get(content[:2], ("utf-8-sig", "gb18030")):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise YuqingError(f"{path.name} 不是文本，也不是 XLSX。", "请另存为 UTF-8 的文本文件，或 .xlsx。")


def _workbook_rows(path: Path, content: bytes) -> tuple[list[Row], list[Fault]]:
    # Refuses what is damaged or unpacks to too much, with the words for it.
    with open_table(path, [name for names in COLUMNS.values() for name in names], MOST_BYTES):
        pass
    with zipfile.ZipFile(path) as packed:
        sheets = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
        ranges = [found.decode() for name in sheets for found in _MERGED.findall(packed.read(name))]
    # Each cell that is merged would be made anew, and a range may cover a whole sheet.
    if sum(map(_size, ranges)) > MOST_MERGED_CELLS:
        raise YuqingError(f"{path.name} 合并的单元格太多，没有读取。", "请在 Excel 里只合并表格之内的单元格，再保存。")
    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except Exception as error:
        # There is no list of what the library lets through (see `collectors.tables`).
        raise YuqingError(
            f"{path.name} 不是完好的 XLSX 文件（{type(error).__name__}）。", "请在 Excel 里打开并重新保存。"
        ) from error
    return rows_of_workbook(book, path.name)


def _size(reference: str) -> int:
    left, top, right, bottom = range_boundaries(reference)
    return ((right or 0) - (left or 0) + 1) * ((bottom or 0) - (top or 0) + 1)
