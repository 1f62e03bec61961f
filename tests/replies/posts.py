"""A small export with replies, in the form of the source `yuqing_demo`; ids and what was replied are in `ROWS`."""

from collections.abc import Sequence
from pathlib import Path

from tests.cli.exports import HEADER
from tests.cli.exports import write as write_rows
from tests.replies.cases import BODY, FULL, TITLE

WAITING, ANSWERED = "1", "2"
PASSED_ON = ("3", "4", "5", "6")
"""Posts about different things that got one form."""


def _row(number: str, title: str, body: str, reply: str, replied: str) -> list[str]:
    state = "已办结" if reply else "待回复"
    return [
        number, "市长留言", f"网友{number}", title, body, "咨询", "医疗", state, "2026-03-02 09:00", "市卫健局" if reply else "",
        reply, replied, "1", "0", "",
    ]  # fmt: skip


def form(department: str, day: int) -> str:
    """The form that passes on."""
    return f"“UU{day}”您好！您反映的问题已转{department}核实、办理，感谢您的留言。2026年3月{day}日"


ROWS = [
    _row(WAITING, TITLE, BODY, "", ""),
    _row(ANSWERED, TITLE, BODY, FULL, "2026-03-05 10:00"),
    _row("3", "托育机构备案", "托育机构备案名单在哪里看", form("妇幼科", 3), "2026-03-03 10:00"),
    _row("4", "专家号挂不上", "医院专家号为什么总是挂不上", form("医政医管科", 4), "2026-03-04 10:00"),
    _row("5", "养老机构补贴", "养老机构的床位补贴是多少", form("老龄科", 25), "2026-03-25 10:00"),
    _row("6", "诊所噪音", "诊所的空调外机太吵，能否处理", form("市中医药局", 6), "2026-04-06 10:00"),
]


def write(path: Path, rows: Sequence[Sequence[str]] = ROWS) -> Path:
    """The rows as a CSV file."""
    return write_rows(path, rows, HEADER)
