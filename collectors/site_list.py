"""A government site's list of letters (市长信箱): list page, detail page, next page, all named by CSS selectors in YAML."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from pydantic import Field

from collectors.base import BadItem, Batch, Context, OpenPost, RawItem, Refreshable, Refreshed, SourceFailed
from collectors.dates import parse_time
from collectors.session import Page
from core.config import Config
from core.post import STATUSES, Kind, Post, Reply, Status, post_id

MOST_REMEMBERED = 5000


class ListPage(Config):
    """Selectors on the list page. `next` is the link to the next page; left out, there is only one."""

    row: str
    link: str = "a[href]"
    next: str | None = None


class DetailPage(Config):
    """Selectors on the page of one letter."""

    title: str
    body: str
    posted_at: str
    author: str | None = None
    kind: str | None = None
    status: str | None = None
    reply_body: str | None = None
    reply_organisation: str | None = None
    replied_at: str | None = None


class SiteList(Refreshable):
    """A list of letters with a page for each."""

    kind: Literal["site_list"]
    url: str
    list_page: ListPage
    detail_page: DetailPage
    time_formats: tuple[str, ...] = ()
    kinds: dict[str, Kind] = {}
    statuses: dict[str, Status] = {}
    max_pages: int = Field(default=5, ge=1)
    """Most list pages of one run."""
    refresh_requests: int = Field(default=30, ge=1)
    """Most letters looked at again in one refresh run."""

    def fetch(self, context: Context) -> Iterator[Batch]:
        """Letters not read before, one batch for each list page; stops at a page with nothing new."""
        seen: list[str] = list(context.cursor.get("seen", []))
        url: str | None = self.url
        for _ in range(self.max_pages):
            if url is None:
                return
            page = _soup(context, self, url)
            fresh = [link for link in self._links(page, url) if link not in set(seen)]
            items = [self._detail(context, link) for link in fresh]
            seen = [*seen, *fresh][-MOST_REMEMBERED:]
            yield Batch(items, cursor={"seen": list(seen)})
            following = page.select_one(self.list_page.next) if fresh and self.list_page.next else None
            url = urljoin(url, str(following["href"])) if following and following.get("href") else None

    def refresh(self, context: Context, open_posts: Sequence[OpenPost]) -> Iterator[Refreshed]:
        """Look again at the pages of open letters."""
        for post in open_posts[: self.refresh_requests]:
            page = context.http.get(post.url) if post.url else None
            one = frozenset({post.source_id})
            if page is None or page.status in {404, 410}:
                yield Refreshed([], seen=frozenset(), gone=one)
            else:
                yield Refreshed([self._fields(_read(page, self), str(post.url))], seen=one)

    def parse(self, raw: RawItem, seen_at: datetime) -> Post:
        """The post on one letter's page."""
        for name, selector in (("posted_at", self.detail_page.posted_at), ("body", self.detail_page.body)):
            if not raw.get(name):
                raise BadItem(f"页面上没有 {selector}（{name}）")
        posted_at = parse_time(raw["posted_at"], self.time_formats)
        if posted_at is None:
            raise BadItem("没有留言时间")
        replies = self._replies(raw)
        source_id = hashlib.sha256(raw["url"].encode()).hexdigest()[:24]
        return Post(
            id=post_id(self.name, source_id),
            source=self.name,
            source_id=source_id,
            channel=self.channel,
            url=raw["url"],
            title=raw.get("title") or raw["body"].partition("\n")[0][:60],
            body=raw["body"],
            author=self.author(raw.get("author")),
            posted_at=posted_at,
            collected_at=seen_at,
            forum=self.forum,
            kind=self.kinds.get(raw.get("kind") or ""),
            status=self._status(raw.get("status"), replies),
            replies=replies,
        )

    def _links(self, page: BeautifulSoup, url: str) -> list[str]:
        rows = page.select(self.list_page.row)
        if not rows:
            raise SourceFailed(f"来源“{self.title}”的列表页上没有 {self.list_page.row}，网站可能改版了。")
        found = (row if row.name == "a" else row.select_one(self.list_page.link) for row in rows)
        return list(dict.fromkeys(urljoin(url, str(link["href"])) for link in found if link and link.get("href")))

    def _detail(self, context: Context, url: str) -> RawItem:
        return self._fields(_soup(context, self, url), url)

    def _fields(self, page: BeautifulSoup, url: str) -> RawItem:
        """The texts of one letter's page by field, and its address."""
        selectors = self.detail_page.model_dump(exclude_none=True)
        return {"url": url, **{name: _text(page.select_one(selector)) for name, selector in selectors.items()}}

    def _replies(self, raw: RawItem) -> list[Reply]:
        body = raw.get("reply_body")
        if not body:
            return []
        replied_at = parse_time(raw.get("replied_at"), self.time_formats)
        return [Reply(organisation=raw.get("reply_organisation") or None, body=body, replied_at=replied_at)]

    def _status(self, word: str | None, replies: list[Reply]) -> Status | None:
        known = self.statuses.get(word or "") or next((status for status in STATUSES if status == word), None)
        return known or ("已回复" if replies else "待回复")


def _soup(context: Context, source: SiteList, url: str) -> BeautifulSoup:
    return _read(context.http.get(url), source)


def _read(page: Page, source: SiteList) -> BeautifulSoup:
    if page.status != 200:
        raise SourceFailed(f"来源“{source.title}”的页面回答 HTTP {page.status}。")
    return BeautifulSoup(page.text(), "lxml")


def _text(tag: Tag | None) -> str | None:
    return tag.get_text("\n", strip=True) if tag else None
