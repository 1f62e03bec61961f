"""RSS and Atom feeds: news sites, and the routes of an RSSHub for Weibo, WeChat and Zhihu."""

import hashlib
import io
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import feedparser
from bs4 import BeautifulSoup
from pydantic import Field

from collectors.base import BadItem, Batch, Context, RawItem, Source, SourceFailed
from collectors.dates import parse_time
from collectors.session import without_secrets
from core.errors import Unavailable, YuqingError
from core.post import Post, post_id

_ENTRY_TAG = re.compile(r"<(/?)(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
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
        """Entries not seen before that pass the keyword filter, a batch for each feed.

        A feed that fails does not keep the others from being read; the failure is raised after them.
        """
        cursor = dict(context.cursor)
        failures: list[YuqingError] = []
        for url in self.urls:
            # The cursor is kept in the index, where the key of an RSSHub has no business.
            name = without_secrets(url)
            try:
                found = self._read(context, url, cursor.get(name, {}))
            except (SourceFailed, Unavailable) as error:
                failures.append(type(error)(f"来源“{self.title}”的 {name}：{error.message}", error.advice))
                continue
            if found is not None:
                entries, cursor[name] = found
                yield Batch([{**entry, "feed": name} for entry in entries if self._wanted(entry)], cursor=dict(cursor))
        if failures:
            lasting = any(isinstance(failure, SourceFailed) for failure in failures)
            kind = SourceFailed if lasting else Unavailable
            raise kind("".join(failure.message for failure in failures), failures[0].advice)

    def _read(self, context: Context, url: str, known: dict[str, Any]) -> tuple[list[RawItem], dict[str, Any]] | None:
        """The entries not seen before, and the feed's new state; None when the feed has not changed."""
        conditions = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
        page = context.http.get(url, headers={name: value for name, value in conditions.items() if value})
        if page.status == 304:
            return None
        if page.status != 200:
            raise SourceFailed(f"回答 HTTP {page.status}。", "请核对订阅地址。")
        # Decoded here, as feedparser takes a missing charset for Latin-1. As a stream, as it takes bytes for the name of
        # a local file first.
        text = page.text()
        stream = io.BytesIO(text.encode())
        parsed = feedparser.parse(stream, response_headers={"content-type": "application/xml; charset=utf-8"})
        if not parsed.get("version"):
            raise SourceFailed("给出的不是 RSS 或 Atom。", "请核对订阅地址。")
        seen = known.get("seen", [])
        # Half an entry, where the feed was cut off, is left for the next run.
        entries = parsed.entries[:-1] if _ends_within_an_entry(text) else parsed.entries
        fresh = [raw for entry in entries if (raw := _raw(entry))["id"] not in set(seen)]
        # What is not well-formed may have been cut off: the rest would never be asked for.
        whole = not parsed.bozo
        return fresh, {
            "etag": page.headers.get("etag") if whole else None,
            "modified": page.headers.get("last-modified") if whole else None,
            "seen": [*seen, *(raw["id"] for raw in fresh)][-MOST_REMEMBERED:],
        }

    def parse(self, raw: RawItem, seen_at: datetime) -> Post:
        """The post in one entry."""
        posted_at = _published_at(raw["published"])
        if posted_at is None:
            raise BadItem("没有发布时间")
        body = _plain(raw["summary"])
        title = _plain(raw["title"]) or body.partition("\n")[0][:60]
        if not title:
            raise BadItem("标题和内容都是空的")
        source_id = _source_id(raw)
        return Post(
            id=post_id(self.name, source_id),
            source=self.name,
            source_id=source_id,
            channel=self.channel,
            url=raw["link"] or None,
            title=title,
            body=body,
            author=self.author(raw["author"]),
            posted_at=posted_at,
            collected_at=seen_at,
            forum=self.forum,
        )

    def _wanted(self, entry: RawItem) -> bool:
        text = f"{_plain(entry['title'])}\n{_plain(entry['summary'])}"
        if any(word in text for word in self.exclude):
            return False
        return not self.include or any(word in text for word in self.include)


def _raw(entry: Any) -> RawItem:
    """The parts of an entry that are used, as plain JSON. What stands empty in the feed is None to feedparser."""
    content = entry.get("content") or [{}]
    title, summary = entry.get("title") or "", content[0].get("value") or entry.get("summary") or ""
    return {
        "id": entry.get("id") or entry.get("link") or _hash(title, summary),
        "link": entry.get("link") or "",
        "title": title,
        "summary": summary,
        "author": entry.get("author") or "",
        "published": entry.get("published") or entry.get("updated") or "",
    }


def _ends_within_an_entry(feed: str) -> bool:
    tags = [match[1] for match in _ENTRY_TAG.finditer(feed)]
    return bool(tags) and tags[-1] != "/"


def _published_at(text: str) -> datetime | None:
    """The moment in UTC; None for a blank. Takes RFC 822 and all that `parse_time` takes; without zone it is Beijing time.

    feedparser's own reading is not used: it makes 1 November 2020 of 2020年1月8日.
    """
    # By RFC 822 CST is the time of Chicago. The feeds read here mean China Standard Time.
    text = re.sub(r"\bCST\b", "+0800", text.strip())
    try:
        return parse_time(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        # A year of a dozen digits does not fit.
        return parse_time(text)


def _source_id(raw: RawItem) -> str:
    """The entry's id, hashed. One that is not an address or URN counts within its feed only."""
    return _hash(raw["id"]) if ":" in raw["id"] else _hash(raw["feed"], raw["id"])


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def _plain(markup: str) -> str:
    return BeautifulSoup(markup, "lxml").get_text("\n", strip=True) if markup else ""
