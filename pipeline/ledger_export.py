"""The ledger as a file in its own table form, with the progress of each task; and what was left undone, for the look back."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from core.clock import to_beijing
from core.errors import YuqingError
from ledger.excel import to_workbook
from ledger.table import Line, Sheet, told
from ledger.word import to_word
from pipeline.ledger import Seen

NAME = "政务公开工作重点任务台账"


def sheet_of(views: Sequence[Seen], year: int, at: datetime, *, look_back: bool = False) -> Sheet:
    """The table of these tasks, as of `at`."""
    title = f"{year}年{NAME}" + ("“回头看”未完成任务" if look_back else "")
    done = sum(not one.is_open for one in views)
    counted = f"共 {len(views)} 项" + ("" if look_back else f"，已办结 {done} 项")
    lines = [Line(one.task, told(one.state, one.history)) for one in views]
    return Sheet(title, f"截至 {to_beijing(at):%Y-%m-%d}，{counted}", lines)


def file_of(sheet: Sheet, path: Path, at: datetime) -> bytes:
    """The table as the kind of file the name asks for. Raises `YuqingError` for another kind."""
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return to_workbook(sheet)
    if suffix == ".docx":
        return to_word(sheet, at)
    raise YuqingError(f"不能存为 {path.name}。", "文件名应以 .xlsx（Excel）或 .docx（Word）结尾。")
