"""What every parser of the collectors owes, whatever bytes it is given: posts, or a refusal that the pipeline knows.

Each function takes bytes and raises `AssertionError`, or whatever a parser should not have raised. The property tests and
the fuzz run share them. What is given stands where a stranger's text stands: the answer of a site, a file of an inbox.
"""

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
from pydantic import ValidationError

from collectors.base import BadItem, Context, SourceFailed
from collectors.dates import EARLIEST, LATEST, parse_time
from collectors.feed import Feed
from collectors.landing import Landing
from collectors.message_board import MessageBoard
from collectors.page import Page
from collectors.registry import AnySource
from collectors.session import Politeness, PoliteSession, Refused
from collectors.site_list import SiteList
from collectors.spreadsheet import Spreadsheet
from core.config import describe
from core.errors import Unavailable
from core.post import Post
from nlp.clean import clean
from nlp.masking import find, mask

NOW = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)
_NAMES = {"name": "fuzzed", "title": "来源"}
BOARD = MessageBoard.model_validate(
    _NAMES | {"kind": "message_board", "channel": "message_board", "forums": {7: "市长留言"}, "page_size": 3}
)
FEED = Feed.model_validate(_NAMES | {"kind": "feed", "channel": "media", "urls": ["http://news.example/feed"]})
LETTERS = SiteList.model_validate(
    _NAMES
    | {
        "kind": "site_list",
        "channel": "mailbox",
        "url": "http://city.example/list",
        "max_pages": 2,
        "list_page": {"row": "ul li", "next": "a.next"},
        "detail_page": {
            "title": "h1",
            "body": ".body",
            "posted_at": ".time",
            "author": ".author",
            "kind": ".kind",
            "status": ".status",
            "reply_body": ".reply",
            "reply_organisation": ".unit",
            "replied_at": ".replied",
        },
    }
)
TABLE = Spreadsheet.model_validate(
    _NAMES
    | {
        "kind": "spreadsheet",
        "channel": "hotline",
        "folder": "inbox",
        "tracks_replies": True,
        "max_unpacked_mb": 8,
        "columns": {
            "id": "编号",
            "title": "标题",
            "body": "内容",
            "posted_at": "时间",
            "author": "网友",
            "status": "状态",
            "reply_body": "答复",
            "replied_at": "答复时间",
            "votes_up": "赞",
            "satisfaction": "满意度",
        },
    }
)


class OneAnswer(PoliteSession):
    """A session to which every site answers the same, without a network."""

    def __init__(self, content: bytes, headers: Mapping[str, str]) -> None:
        super().__init__(Politeness(interval=0, jitter=0, attempts=1, refusals=1), sleep=lambda _: None)
        self._answer = (headers, content)

    def _once(self, request: Any) -> Page:
        return Page(request.url, 200, *self._answer)


def dates(data: bytes) -> None:
    """A time as text: a moment of this century in UTC, nothing, or a short refusal."""
    text = data.decode("utf-8", errors="surrogateescape")
    moment, told = None, ""
    try:
        moment = parse_time(text)
    except BadItem as refusal:
        told = str(refusal)
    assert len(told) < 120
    assert moment is None or (EARLIEST <= moment < LATEST and moment.tzinfo is UTC)


def feed(data: bytes) -> None:
    """An answer where a feed should be. The first byte chooses the header."""
    _read(FEED, data)


def site_list(data: bytes) -> None:
    """An answer where a list of letters, and then each letter, should be."""
    _read(LETTERS, data)


def message_board(data: bytes) -> None:
    """An answer of the message board."""
    _read(BOARD, data)


_HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"content-type": "text/html; charset=gb2312"},
    {"content-type": "application/xml; charset=utf-16"},
    {"content-type": "text/html; charset=hex"},
)


def _read(source: AnySource, data: bytes) -> None:
    session = OneAnswer(data[1:], _HEADERS[data[0] % len(_HEADERS)] if data else {})
    try:
        items = [item for batch in source.fetch(Context(session, NOW)) for item in batch.items]
    except (SourceFailed, Unavailable, Refused):
        return
    _land_and_parse(source, items)


def _land_and_parse(source: AnySource, items: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        segment = Landing(Path(folder)).write(source.name, NOW, items)
        landed = list(segment.read()[1]) if segment else []
    assert len(landed) == len(items)
    for item in landed:
        parse(source, item)


def parse(source: AnySource, item: dict[str, Any]) -> Post | None:
    """The post of one item, or None where it is refused with a reason in one of the two ways the pipeline knows."""
    try:
        return source.parse(item, NOW)
    except BadItem as refusal:
        told = str(refusal)
    except ValidationError as refusal:
        told = describe(refusal)
    assert told
    return None


def csv_file(data: bytes) -> None:
    """A text file in an inbox."""
    _read_file("a.csv", data)


def workbook(data: bytes) -> None:
    """A workbook one of whose parts is replaced; the first byte chooses which."""
    if data:
        part = _PARTS[data[0] % len(_PARTS)]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in _GOOD_PARTS.items():
                archive.writestr(name, data[1:] if name == part else content)
        _read_file("a.xlsx", packed.getvalue())


def archive(data: bytes) -> None:
    """Bytes that begin like a workbook."""
    _read_file("a.xlsx", b"PK\x03\x04" + data)


def _read_file(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        items, told = [], name
        try:
            items = [item for batch in TABLE.read_file(path) for item in batch.items]
        except SourceFailed as refusal:
            told = refusal.message
    assert name in told
    _land_and_parse(TABLE, items)


def masking(data: bytes) -> None:
    """A post's text."""
    text = data.decode("utf-8", errors="replace")
    for written in (text, clean(text)):
        masks_well(written)


def masks_well(text: str) -> str:
    """The masked text. Masking it again masks nothing more, and what is outside the pieces found stays as it was."""
    for official in (False, True):
        spans = find(text, official=official)
        masked = mask(text, official=official)
        assert masked.text == _cut(text, spans)
        assert sum(masked.counts.values()) == len(spans)
        again = mask(masked.text, official=official)
        assert (again.text, again.counts) == (masked.text, {})
    return mask(text).text


def _cut(text: str, spans: list[Any]) -> str:
    """The text with the spans replaced, from the last to the first; they must not overlap."""
    end = len(text)
    for span in reversed(spans):
        assert 0 <= span.start < span.stop <= end
        text = text[: span.start] + span.label + text[span.stop :]
        end = span.start
    return text


def good_workbook() -> bytes:
    """A workbook of one row that is read."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["编号", "标题", "内容", "时间", "网友", "状态", "答复", "答复时间", "赞", "满意度"])
    book.active.append(["1", "路灯不亮", "晚上看不见路", NOW.replace(tzinfo=None), "王某", "", "已修", 46027.5, 3, 4.5])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


_GOOD_PARTS = _parts(good_workbook())
_PARTS = tuple(name for name in _GOOD_PARTS if not name.startswith(("docProps", "xl/theme")))

TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (dates, csv_file, workbook, archive, message_board, feed, site_list, masking)
}
