"""Messages of a board as the source `yuqing_demo` exports them: each with the site's own category, most with a kind."""

import csv
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.cli.exports import HEADER
from tests.training.letters import letters

Message = Mapping[str, str]
KINDS = ["咨询", "建言", "投诉", "求助", "感谢", "感谢"]
EXPORTED = datetime(2026, 1, 8, tzinfo=UTC)
"""When the export of the board was made."""


def message(number: str, title: str, body: str, domain: str = "", kind: str = "", grade: str = "") -> Message:
    """One message without a reply; what is blank the board does not tell."""
    known = {"编号": number, "标题": title, "内容": body, "领域": domain, "类型": kind, "满意度": grade}
    return {"留言对象": "市长留言", "网友": "", "状态": "待回复", "留言时间": "2026-01-05 10:00", **known}


LETTERS = [
    message(str(number), letter.title, letter.body, letter.label, KINDS[number % len(KINDS)])
    for number, letter in enumerate(letters(), 1)
]
TELLING = {
    "kind": message("m1", "窗口排队", "周一去办事", kind="投诉"),
    "title": message("m2", "感谢窗口的同志", "周二去办事"),
    "thanks": message("m3", "窗口排队", "周三去办事", kind="感谢"),
    "question": message("m4", "咨询窗口时间", "周四去办事", kind="咨询", grade="5"),
}
"""Messages whose own marks tell their mood."""
SILENT = {
    "contradiction": message("s1", "投诉窗口", "周五去办事", kind="感谢"),
    "annoyed question": message("s2", "窗口时间", "周六去办事", kind="咨询", grade="1"),
    "no mark": message("s3", "窗口排队", "周日去办事"),
    "grade alone": message("s4", "窗口排队", "假日去办事", grade="1"),
}
"""Messages whose own marks tell nothing or contradict each other. None of these has a category either."""
BOARD = [*LETTERS, *TELLING.values(), *SILENT.values()]


def write_board(path: Path, messages: Iterable[Message], exported: datetime = EXPORTED) -> Path:
    """The messages as an export made at that time."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER, restval="")
        writer.writeheader()
        writer.writerows(messages)
    os.utime(path, (exported.timestamp(), exported.timestamp()))
    return path
