"""Rows of CSV and XLSX files, one at a time, as text by header. Reading stays flat in memory whatever the file's size."""

import csv
import io
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from collectors.base import SourceFailed

HEADER_SEARCH_ROWS = 10
MOST_UNPACKED_BYTES = 512 * 1024 * 1024
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_BLOCK = 1024 * 1024
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class Row:
    """One row: `number` is the row a person sees in Excel, or the line the record begins at in a CSV file."""

    number: int
    cells: dict[str, str]


@contextmanager
def open_table(path: Path, wanted: Sequence[str]) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """The header and the rows of a CSV or XLSX file; the header is the first row that holds a `wanted` name.

    Blank rows are left out. Raises `SourceFailed` naming the file when it is neither, is damaged, or has no header.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(0)
        if start == _OLD_EXCEL:
            raise SourceFailed(
                f"{path.name} 是旧版 Excel（.xls）或有密码的文件。", "请在 Excel 里另存为没有密码的 .xlsx 或 CSV。"
            )
        if start[:2] == b"PK":
            yield from _opened(path, _xlsx_rows(path, stream, wanted), wanted)
        else:
            yield from _opened(path, _csv_rows(path, stream), wanted)


def _opened(
    path: Path, records: Iterator[tuple[int, list[str]]], wanted: Sequence[str]
) -> Iterator[tuple[list[str], Iterator[Row]]]:
    header: list[str] = []
    for tried, (_, cells) in enumerate(records):
        names = [cell.strip() for cell in cells]
        if set(names) & set(wanted):
            header = names
            break
        if tried + 1 >= HEADER_SEARCH_ROWS:
            break
    if not header:
        raise SourceFailed(
            f"{path.name} 的前 {HEADER_SEARCH_ROWS} 行里找不到表头。", f"表头应含有：{'、'.join(wanted)}"
        )
    yield (
        header,
        (
            Row(number, {name: cell for name, cell in zip(header, cells, strict=False) if name})
            for number, cells in records
            if any(cell.strip() for cell in cells)
        ),
    )


def _csv_rows(path: Path, stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    encoding = _encoding(path, stream)
    with io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        first = text.readline()
        text.seek(0)
        separator = max(",\t;", key=first.count)
        reader = csv.reader((line.replace("\0", "") for line in text), delimiter=separator)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise SourceFailed(f"{path.name} 第 {number} 行读不了：{error}") from None
            yield number, cells


def _encoding(path: Path, stream: BinaryIO) -> str:
    """The encoding the whole file decodes in: by its byte order mark, else UTF-8, else GB18030."""
    start = stream.read(4)
    for mark, name in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            stream.seek(0)
            return name
    position = 0
    for name in ("utf-8", "gb18030"):
        stream.seek(0)
        try:
            with _undetached(stream, name) as text:
                while text.read(_BLOCK):
                    pass
        except UnicodeDecodeError as error:
            position = stream.tell() - len(error.object) + error.start
            continue
        stream.seek(0)
        return name
    raise SourceFailed(
        f"{path.name} 既不是 UTF-8 也不是 GB18030 编码（约第 {position} 字节）。", "请另存为 UTF-8 的 CSV。"
    )


@contextmanager
def _undetached(stream: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The stream as text, left open afterwards."""
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def _xlsx_rows(path: Path, stream: BinaryIO, wanted: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows of the first sheet that has a header, else of the first sheet."""
    _refuse_bomb(path, stream)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise SourceFailed(f"{path.name} 不是完好的 XLSX 文件：{error}") from None
    sheet = next((one for one in book.worksheets if _has_header(one, wanted)), book.worksheets[0])
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        yield number, [_cell_text(cell) for cell in cells]


def _has_header(sheet: Any, wanted: Sequence[str]) -> bool:
    rows = sheet.iter_rows(max_row=HEADER_SEARCH_ROWS, values_only=True)
    return any({str(cell).strip() for cell in row} & set(wanted) for row in rows)


def _refuse_bomb(path: Path, stream: BinaryIO) -> None:
    """A small archive may unpack to far more than the machine holds."""
    try:
        with zipfile.ZipFile(stream) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile as error:
        raise SourceFailed(f"{path.name} 不是完好的 XLSX 文件：{error}") from None
    stream.seek(0)
    if size > MOST_UNPACKED_BYTES:
        raise SourceFailed(
            f"{path.name} 解压后有 {size // 1024**2} MB，超过 {MOST_UNPACKED_BYTES // 1024**2} MB，没有读取。"
        )


def _cell_text(cell: object) -> str:
    """A cell as text: whole numbers without the `.0` that Excel adds, times in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
