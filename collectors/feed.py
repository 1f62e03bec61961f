"""RSS and Atom feeds: news sites, and the routes of an RSSHub for Weibo, WeChat and Zhihu."""

import calendar
import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import feedparser
from bs4 import BeautifulSoup
from pydantic import Field

from collectors.base import BadItem, Batch, Context, RawItem, Source, SourceFailed
from core.post import Post, post_id

MOST_REMEMBERED = 2000
"""Entry ids kept for each feed; feeds show a few dozen at a time."""


class Feed(Source):
    """Feeds whose entries mention the bureau's matters."""

    kind: Literal["feed"]
    urls: tuple[str, ...] = Field(min_length=1)
    include: tuple[str, ...] = ()
    """Words of which an entry must hold at least one; none given takes every entry."""
    exclude: tuple[str, ...] = ()
    """Words of which an entry may hold none."""

    def fetch(self, context: Context) -> Iterator[Batch]:
        """Entries not seen before that pass the keyword filter, a batch for each feed."""
        cursor = dict(context.cursor)
        for url in self.urls:
            known = cursor.get(url, {})
            conditions = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
            page = context.http.get(url, headers={name: value for name, value in conditions.items() if value})
            if page.status == 304:
                continue
            if page.status != 200:
                raise SourceFailed(f"来源“{self.title}”的订阅地址回答 HTTP {page.status}。")
            parsed = feedparser.parse(page.content, response_headers=dict(page.headers))
            if not parsed.version:
                raise SourceFailed(f"来源“{self.title}”给出的不是 RSS 或 Atom。")
            entries = [_raw(entry) for entry in parsed.entries]
            seen = known.get("seen", [])
            fresh = [entry for entry in entries if entry["id"] not in set(seen)]
            cursor[url] = {
                "etag": page.headers.get("etag"),
                "modified": page.headers.get("last-modified"),
                "seen": [*seen, *(entry["id"] for entry in fresh)][-MOST_REMEMBERED:],
            }
            yield Batch([entry for entry in fresh if self._wanted(entry)], cursor=dict(cursor))

    def parse(self, raw: RawItem, seen_at: datetime) -> Post:
        """The post in one entry."""
        if raw["published"] is None:
            raise BadItem("没有发布时间")
        body = _plain(raw["summary"])
        title = _plain(raw["title"]) or body[:60]
        if not title:
            raise BadItem("标题和内容都是空的")
        source_id = hashlib.sha256(raw["id"].encode()).hexdigest()[:24]
        return Post(
            id=post_id(self.name, source_id),
            source=self.name,
            source_id=source_id,
            channel=self.channel,
            url=raw["link"] or None,
            title=title,
            body=body,
            author=self.author(raw["author"]),
            posted_at=datetime.fromtimestamp(raw["published"], UTC),
            collected_at=seen_at,
            forum=self.forum,
        )

    def _wanted(self, entry: RawItem) -> bool:
        text = entry["title"] + entry["summary"]
        if any(word in text for word in self.exclude):
            return False
        return not self.include or any(word in text for word in self.include)


def _raw(entry: Any) -> RawItem:
    """The parts of an entry that are used, as plain JSON; `published` in epoch seconds."""
    moment: time.struct_time | None = entry.get("published_parsed") or entry.get("updated_parsed")
    content = entry.get("content") or [{}]
    return {
        "id": entry.get("id") or entry.get("link") or entry.get("title", ""),
        "link": entry.get("link", ""),
        "title": entry.get("title", ""),
        "summary": content[0].get("value") or entry.get("summary", ""),
        "author": entry.get("author", ""),
        "published": calendar.timegm(moment) if moment else None,
    }


def _plain(markup: str) -> str:
    return BeautifulSoup(markup, "lxml").get_text("\n", strip=True) if markup else ""
