"""Posts with the replies to them: from a file (CSV, XLSX, JSON) or from the index."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from elasticsearch.dsl import Q

from collectors.base import BadItem
from collectors.dates import parse_time
from collectors.tables import open_table
from core.errors import YuqingError
from core.post import KINDS, Channel, Kind, Post
from nlp.clean import clean, clean_line
from pipeline.labelled import Fault
from pipeline.runtime import Runtime
from store.posts import scan_posts

IDS = ("留言编号", "编号", "工单编号", "id")
TITLES = ("留言主题", "标题", "title")
BODIES = ("留言详情", "留言内容", "内容描述", "内容", "body", "message")
REPLIES = ("答复意见", "答复内容", "回复内容", "答复", "reply")
POSTED = ("留言时间", "来电时间", "posted_at")
REPLIED = ("答复时间", "办结时间", "replied_at")
KIND_NAMES = ("类型", "诉求类型", "kind")
DEPARTMENTS = ("科室", "部门", "答复单位", "承办单位", "department")


@dataclass(frozen=True)
class ReplyPair:
    """A post and the reply to it, cleaned. What is not known is None."""

    id: str
    title: str
    body: str
    reply: str
    posted_at: datetime | None = None
    replied_at: datetime | None = None
    channel: Channel = "message_board"
    kind: Kind | None = None
    department: str | None = None


def read_pairs(path: Path, faults: list[Fault]) -> list[ReplyPair]:
    """The pairs of a CSV, XLSX or JSON file; rows that cannot be read are added to `faults`.

    A row without a reply is a pair with an empty one. Raises `YuqingError` naming the columns needed when they are missing.
    """
    if not path.is_file():
        raise YuqingError(f"找不到文件 {path}")
    rows = list(_json_rows(path) if path.suffix.lower() == ".json" else _table_rows(path))
    names = {name for _, cells in rows for name in cells}
    for what, wanted in (("答复", REPLIES), ("留言", (*TITLES, *BODIES))):
        if not names.intersection(wanted):
            raise YuqingError(f"{path.name} 里没有{what}。", f"列名要有其中之一：{'、'.join(wanted)}")
    pairs = []
    for where, cells in rows:
        try:
            pairs.append(_pair(cells, where))
        except BadItem as error:
            faults.append(Fault(f"{path.name} {where}", str(error)))
    return pairs


def _table_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    wanted = [*IDS, *TITLES, *BODIES, *REPLIES, *POSTED, *REPLIED, *KIND_NAMES, *DEPARTMENTS]
    with open_table(path, wanted) as (header, rows):
        blank = dict.fromkeys(header, "")
        for row in rows:
            yield f"第 {row.number} 行", blank | row.cells


def _json_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        content: Any = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise YuqingError(f"{path.name} 不是正确的 JSON（第 {error.lineno} 行）。") from None
    entries = content if isinstance(content, list) else [content]
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise YuqingError(
                f"{path.name} 第 {number} 项不是对象。", '每项形如 {"title": "…", "body": "…", "reply": "…"}'
            )
        yield f"第 {number} 项", {name: "" if value is None else str(value) for name, value in entry.items()}


def _pair(cells: dict[str, str], where: str) -> ReplyPair:
    def cell(names: Iterable[str]) -> str:
        return next((cells[name].strip() for name in names if cells.get(name, "").strip()), "")

    title, body = clean_line(cell(TITLES)), clean(cell(BODIES))
    if not title and not body:
        raise BadItem("留言是空的")
    posted, replied = parse_time(cell(POSTED)), parse_time(cell(REPLIED))
    if posted and replied and replied < posted:
        raise BadItem("答复时间早于留言时间")
    return ReplyPair(
        id=cell(IDS) or where,
        title=title,
        body=body,
        reply=clean(cell(REPLIES)),
        posted_at=posted,
        replied_at=replied,
        kind=next((kind for kind in KINDS if kind == cell(KIND_NAMES)), None),
        department=cell(DEPARTMENTS) or None,
    )


def pair_of(post: Post) -> ReplyPair:
    """A post and all that was replied to it; answered when the first of it was."""
    return ReplyPair(
        id=post.id,
        title=post.title,
        body=post.body,
        reply="\n".join(reply.body for reply in post.replies),
        posted_at=post.posted_at,
        replied_at=post.first_reply_at,
        channel=post.channel,
        kind=post.kind,
        department=post.department,
    )


def indexed_pairs(runtime: Runtime, since: datetime, until: datetime) -> Iterator[ReplyPair]:
    """The replied posts of the index whose first reply was given within that time."""
    replied = Q("range", **{"replies.replied_at": {"gte": since.isoformat(), "lte": until.isoformat()}})
    for post in scan_posts(runtime.es, runtime.names, replied):
        if post.first_reply_at and since <= post.first_reply_at <= until:
            yield pair_of(post)


def find_post(runtime: Runtime, post_id: str) -> Post:
    """The post of that id. Raises `YuqingError` when the index has none."""
    for post in scan_posts(runtime.es, runtime.names, Q("ids", values=[post_id])):
        return post
    raise YuqingError(f"没有编号为 {post_id} 的留言。", "编号见 yuqing search 的最后一列。")
