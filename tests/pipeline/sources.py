"""Entries of `sources.yml` for the tests of this folder."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.collectors.servers import Board

MAYOR, GOVERNOR = 7, 8
HEADER = ["编号", "网友", "标题", "内容", "时间", "答复", "答复时间"]


def board_source(board: Board, **settings: Any) -> dict[str, Any]:
    """A source that reads two forums of the board, three posts a page."""
    return {
        "name": "board",
        "title": "留言板",
        "kind": "message_board",
        "channel": "message_board",
        "forums": {MAYOR: "市长留言", GOVERNOR: "省长留言"},
        "page_size": 3,
        **board.addresses,
        **settings,
    }


def sheet_source(name: str = "export", **settings: Any) -> dict[str, Any]:
    """A source of tables with the columns of `HEADER`."""
    fields = ["id", "author", "title", "body", "posted_at", "reply_body", "replied_at"]
    return {
        "name": name,
        "title": "导出表",
        "kind": "spreadsheet",
        "channel": "message_board",
        "folder": f"inbox/{name}",
        "tracks_replies": True,
        "columns": dict(zip(fields, HEADER, strict=True)),
        **settings,
    }


def write_table(path: Path, rows: Iterable[Iterable[object]], header: Sequence[str] = HEADER) -> Path:
    """A CSV file with these rows below the header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path
