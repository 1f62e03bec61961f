"""What happens in a city from week to week: what people write on the board, what the hotline exports, what is answered."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.clock import to_beijing
from tests.collectors.servers import Board
from tests.matters_pipeline.letters import PLANT, SUBSIDY, SUBSIDY_LATER, SUBSIDY_REPLY, Text
from tests.matters_pipeline.test_warnings import THREAT
from tests.pipeline.sources import GOVERNOR, MAYOR, write_table

FIRST = datetime(2025, 3, 10, 1, 0, tzinfo=UTC)
"""Monday 10 March 2025, 9:00 in Beijing: the time of every command of the first week."""
ESTATES = ["翠园小区", "桃源里小区", "江畔名邸", "锦绣苑", "银杏苑", "东湖小苑", "春江花园"]
ON_BOARD = 6
"""New posts on the board each week."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Week:
    """One week. `at` is when its commands run, early on Monday."""

    number: int

    @property
    def at(self) -> datetime:
        """The time of its commands."""
        return FIRST + self.number * 7 * DAY

    @property
    def typed(self) -> str:
        """The same as `--at` takes it."""
        return f"{to_beijing(self.at):%Y-%m-%dT%H:%M}"

    @property
    def export(self) -> str:
        """The name of what the hotline exports."""
        return f"week-{self.number}.csv"


def happens(week: Week, board: Board, folder: Path) -> Path:
    """Let the week happen: the board grows and changes, and the export lies in the folder. Its path."""
    first = week.number * ON_BOARD + 1
    for tid in range(first, first + ON_BOARD):
        more = {"dateline": None} if tid == first + 4 else {}
        posted_at = week.at - (tid - first + 1) * DAY
        board.add(MAYOR if tid % 2 else GOVERNOR, tid, posted_at, nickName=f"网友{tid}", **more)
    if week.number:
        board.change(
            first - ON_BOARD, stateInfo="已回复", answerContent="您好，已办好。", answerOrganization="市卫健局"
        )
        board.remove(first - ON_BOARD + 1)
    path = write_table(folder / week.export, _rows(week))
    exported_at = (week.at - HOUR).timestamp()
    os.utime(path, (exported_at, exported_at))
    return path


def _rows(week: Week) -> list[list[str]]:
    """A burst of complaints, a question asked again after its reply, a threat, letters of every age, and a bad row."""
    estate, other = (ESTATES[(2 * week.number + shift) % len(ESTATES)] for shift in (0, 1))
    at = week.at
    rows = [_row(week, f"a{n}", _about(text, estate), at - (n + 1) * HOUR) for n, text in enumerate(PLANT)]
    rows += [
        _row(week, f"b{n}", _about(text, other), at - 12 * DAY - n * HOUR, SUBSIDY_REPLY.replace("阳光新城", other))
        for n, text in enumerate(SUBSIDY)
    ]
    rows += [_row(week, f"c{n}", _about(text, other), at - 4 * DAY + n * HOUR) for n, text in enumerate(SUBSIDY_LATER)]
    rows += [_row(week, "d", THREAT, at - 2 * HOUR)]
    rows += [
        _row(week, f"e{n}", (f"第{week.number}周第{n}件事", f"疫苗接种点第{n}天还没有开门"), at - 2 * n * DAY - HOUR)
        for n in range(1, 8)
    ]
    return [*rows, [f"w{week.number}-bad", "", "没有时间", "这一行没有时间", "昨天", "", ""]]


def _about(text: Text, estate: str) -> Text:
    title, body = (part.replace("春江花园小区", "春江花园") for part in text)
    for name in ("春江花园", "阳光新城"):
        title, body = title.replace(name, estate), body.replace(name, estate)
    return title, body


def _row(week: Week, name: str, text: Text, posted_at: datetime, reply: str = "") -> list[str]:
    replied_at = _typed(week.at - 8 * DAY) if reply else ""
    return [f"w{week.number}-{name}", f"{name}的作者{week.number}", *text, _typed(posted_at), reply, replied_at]


def _typed(moment: datetime) -> str:
    return f"{to_beijing(moment):%Y-%m-%d %H:%M:%S}"
