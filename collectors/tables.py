"""Rows of CSV and XLSX files, one at a time, as text by header. Reading stays flat in memory whatever the file's size.

A text file is read through, and the checksums of a workbook are compared, before the first row is handed out: of a
damaged file nothing is landed, and so nothing is landed again at every run until somebody mends it.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl

from collectors.base import SourceFailed

HEADER_SEARCH_ROWS = 10
MOST_UNPACKED_BYTES = 512 * 1024 * 1024
LONGEST_CELL = 10_000_000
"""Characters; Excel itself holds 32,767. A longer cell is a quote that was never closed."""
LONGEST_LINE = 2 * LONGEST_CELL
MOST_ROWS = 1_048_576
"""What a sheet of Excel's holds."""
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
SEPARATORS = (",", "\t", ";")
_BLOCK = 1024 * 1024
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_END = "\0"

csv.field_size_limit(LONGEST_CELL)

Records = Iterator[tuple[int, list[str]]]


class NoHeader(SourceFailed):
    """None of the first rows holds a wanted name. `first_row` is what the file begins with."""

    def __init__(self, path: Path, first_row: list[str], wanted: Sequence[str]) -> None:
        super().__init__(f"{path.name} 的前 {HEADER_SEARCH_ROWS} 行里找不到表头。", f"表头应含有：{'、'.join(wanted)}")
        self.first_row = first_row


@dataclass(frozen=True)
class Row:
    """One row: `number` is the one a person sees in Excel.

    `surplus` counts filled cells of a CSV row beyond the header: a separator in an unquoted text has moved the cells.
    """

    number: int
    cells: dict[str, str]
    surplus: int = 0


@contextmanager
def open_table(
    path: Path, wanted: Sequence[str], most_unpacked_bytes: int = MOST_UNPACKED_BYTES
) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """The header and the rows of a CSV or XLSX file; the header is that of the first rows with most `wanted` names.

    Blank rows are left out. Raises `SourceFailed` naming the file when it is neither or is damaged, `NoHeader` when it
    has no header.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(0)
        if start == _OLD_EXCEL:
            raise SourceFailed(
                f"{path.name} 是旧版 Excel（.xls）或有密码的文件。", "请在 Excel 里另存为没有密码的 .xlsx 或 CSV。"
            )
        if start == _ZIP:
            _refuse_bomb(path, stream, most_unpacked_bytes)
            header, records = _find_header(path, _of_a_sheets_length(path, _xlsx_records(path, stream, wanted)), wanted)
            # In a workbook a cell stands under its column or under none: a note beside the table moves nothing.
            yield header, (Row(number, _named(header, cells)) for number, cells in records if any(cells))
        else:
            header, records = _find_header(path, _csv_records(path, stream, wanted), wanted)
            yield (
                header,
                (
                    Row(number, _named(header, cells), surplus=sum(map(bool, cells[len(header) :])))
                    for number, cells in records
                    if any(cell.strip() for cell in cells)
                ),
            )


def _named(header: list[str], cells: list[str]) -> dict[str, str]:
    return {name: cell for name, cell in zip(header, cells, strict=False) if name}


def _find_header(path: Path, records: Records, wanted: Sequence[str]) -> tuple[list[str], Records]:
    """The header and the records below it."""
    head = list(islice(records, HEADER_SEARCH_ROWS))
    rows = [[cell.strip() for cell in cells] for _, cells in head]
    fits = [len(set(wanted).intersection(row)) for row in rows]
    if not any(fits):
        raise NoHeader(path, next((row for row in rows if any(row)), []), wanted)
    place = fits.index(max(fits))
    return rows[place], chain(head[place + 1 :], records)


def _csv_records(path: Path, stream: BinaryIO, wanted: Sequence[str]) -> Records:
    with io.TextIOWrapper(stream, encoding=_encoding(path, stream), newline="") as text:
        separator = _separator(list(islice(_lines(path, text), HEADER_SEARCH_ROWS)), wanted)
        text.seek(0)
        for _ in _csv_records_of(path, text, separator):
            pass
        text.seek(0)
        yield from _csv_records_of(path, text, separator)


def _csv_records_of(path: Path, text: io.TextIOWrapper, separator: str) -> Records:
    """Numbered records. Raises `SourceFailed` where a quote is not closed, which would swallow all rows after it."""
    # The lines are rid of NUL, so a record of that alone can only be the mark put at the end. Inside an open quote it
    # is taken for text instead.
    lines = chain((line.replace(_END, "") for line in _lines(path, text)), [_END])
    number = 0
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=separator), 1):
            if cells == [_END]:
                return
            yield number, cells
    except csv.Error:
        # The only fault a reader that is not strict knows is a cell over the limit.
        number += 1
    raise SourceFailed(f"{path.name} 第 {number} 行的引号没有配对，后面的行都读不了。", "请在 Excel 里打开并重新导出。")


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    """The lines, none of which may be so long that it alone fills the memory."""
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise SourceFailed(
                f"{path.name} 有一行超过 {LONGEST_LINE} 个字，不是表格。", "请在 Excel 里打开并重新导出。"
            )
        yield line


def _separator(lines: list[str], wanted: Sequence[str]) -> str:
    """The separator that shows most wanted names in one line."""

    def names_shown(separator: str) -> int:
        return max(
            (len({name.strip(' "\r\n') for name in line.split(separator)} & {*wanted}) for line in lines), default=0
        )

    return max(SEPARATORS, key=names_shown)


def _encoding(path: Path, stream: BinaryIO) -> str:
    """The encoding the whole file decodes in: by its byte order mark, else UTF-8, else GB18030; `stream` is rewound."""
    start = stream.read(4)
    marked = [name for mark, name in BYTE_ORDER_MARKS.items() if start.startswith(mark)]
    faults = {}
    for name in marked or ["utf-8", "gb18030"]:
        fault = _first_fault(stream, name)
        stream.seek(0)
        if fault is None:
            return name
        faults[name] = fault
    tried = "，".join(f"按 {name.upper()} 读到第 {place} 字节出错" for name, place in faults.items())
    raise SourceFailed(f"{path.name} 的文字编码认不出：{tried}。", "请另存为 UTF-8 的 CSV。")


def _first_fault(stream: BinaryIO, encoding: str) -> int | None:
    """The offset of the first byte that does not decode, counted from 0; None when all do."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    end = 0
    while True:
        block = stream.read(_BLOCK)
        end += len(block)
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            return end - len(error.object) + error.start
        if not block:
            return None


def _xlsx_records(path: Path, stream: BinaryIO, wanted: Sequence[str]) -> Records:
    """Records of the first sheet that has a header, else of the first sheet."""
    with _told_as_damage(path):
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        for sheet in book.worksheets:
            # Many export tools declare the size of a sheet wrongly, and cells beyond it would be left out.
            sheet.reset_dimensions()
        sheet = next((one for one in book.worksheets if _has_header(one, wanted)), book.worksheets[0])
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_cell_text(cell) for cell in cells]


def _of_a_sheets_length(path: Path, records: Records) -> Records:
    """The records as far as a sheet goes. The reader fills up rows left out, and a row may call itself any number."""
    for number, cells in records:
        if number > MOST_ROWS:
            raise _damaged(path, f"超过 {MOST_ROWS} 行")
        yield number, cells


def _has_header(sheet: Any, wanted: Sequence[str]) -> bool:
    rows = sheet.iter_rows(max_row=HEADER_SEARCH_ROWS, values_only=True)
    return any({str(cell).strip() for cell in row} & set(wanted) for row in rows)


def _refuse_bomb(path: Path, stream: BinaryIO, most_bytes: int) -> None:
    """A small archive may unpack to far more than the machine holds; one that is damaged is refused too."""
    with _told_as_damage(path), zipfile.ZipFile(stream) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
        damaged = None if size > most_bytes else packed.testzip()
    if size > most_bytes:
        raise SourceFailed(
            f"{path.name} 解压后有 {size // 1024**2} MB，超过 {most_bytes // 1024**2} MB，没有读取。",
            "请分成几个文件，或在 config/sources.yml 里调大 max_unpacked_mb。",
        )
    if damaged:
        raise _damaged(path, "校验和不对")
    stream.seek(0)


@contextmanager
def _told_as_damage(path: Path) -> Iterator[None]:
    """Tells whatever the readers stumble over as damage of the file.

    openpyxl lets through what its own code, its XML and its zip readers raise: an OSError for a wrong offset, an
    AttributeError for a part left out, a SyntaxError for bad XML. There is no list of it.
    """
    try:
        yield
    except Exception as error:
        raise _damaged(path, type(error).__name__) from error


def _damaged(path: Path, why: str) -> SourceFailed:
    return SourceFailed(f"{path.name} 不是完好的 XLSX 文件（{why}）。", "请在 Excel 里打开并重新保存。")


def _cell_text(cell: object) -> str:
    """A cell as text: whole numbers without the `.0` that Excel adds, times in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
