"""A government site's list of letters (市长信箱): list page, detail page, next page, all named by CSS selectors in YAML."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal

import soupsieve
from bs4 import BeautifulSoup, Tag
from pydantic import AfterValidator, Field

from collectors.base import BadItem, Batch, Context, OpenPost, RawItem, Refreshable, Refreshed, SourceFailed
from collectors.dates import parse_time
from collectors.page import Page, web_address
from collectors.session import Broken
from core.config import Config
from core.post import KINDS, STATUSES, Kind, Post, Reply, Status, post_id

MOST_REMEMBERED = 5000
BLOCKS = ("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "blockquote", "pre")
_LABEL = re.compile(r"^[^\W\d_]{2,8}\s*[：:]\s*")


def _known_selector(text: str) -> str:
    try:
        soupsieve.compile(text)
    except soupsieve.SelectorSyntaxError:
        raise ValueError("不是正确的 CSS 选择器") from None
    return text


Selector = Annotated[str, AfterValidator(_known_selector)]


class ListPage(Config):
    """Selectors on the list page. `next` is the link to the next page; left out, there is only one."""

    row: Selector
    link: Selector = "a[href]"
    next: Selector | None = None


class DetailPage(Config):
    """Selectors on the page of one letter. A label before a short field (来信时间：) is left out by itself."""

    title: Selector
    body: Selector
    posted_at: Selector
    author: Selector | None = None
    kind: Selector | None = None
    status: Selector | None = None
    reply_body: Selector | None = None
    reply_organisation: Selector | None = None
    replied_at: Selector | None = None


class SiteList(Refreshable):
    """A list of letters, newest first, with a page for each."""

    kind: Literal["site_list"]
    url: str
    list_page: ListPage
    detail_page: DetailPage
    time_formats: tuple[str, ...] = ()
    """Further forms of times, as for `strptime`."""
    kinds: dict[str, Kind] = {}
    statuses: dict[str, Status] = {}
    max_pages: int = Field(default=5, ge=1)
    """Most list pages of one run; the first run ends there."""
    refresh_requests: int = Field(default=30, ge=1)
    """Most letters looked at again in one refresh run."""

    def fetch(self, context: Context) -> Iterator[Batch]:
        """Letters not read before, one batch for each list page; stops at a page with nothing new.

        The cursor remembers a walk that is under way and what it has read: one cut off begins again on top and does not
        stop at what it read itself. A letter whose page holds none (the site stumbles, says that it is being mended, or
        gives half a page) is set aside once and asked for again as long as it is in reach. Raises `SourceFailed` when an
        update ends at `max_pages` still among new letters, at every run until `max_pages` reaches down to the known ones.
        """
        seen: list[str] = list(context.cursor.get("seen", []))
        cut_off = context.cursor.get("walk") or {}
        kind: str = cut_off.get("kind") or ("update" if seen else "first")
        own: list[str] = list(cut_off.get("read", []))
        missed: list[str] = list(context.cursor.get("missed", []))
        before = frozenset(own)
        url = self.url
        for number in range(1, self.max_pages + 1):
            page = self._get(context, url)
            soup = _soup(page)
            ids = {_source_id(link): link for link in self._links(soup, page.url)}
            known = set(seen)
            fresh = {source_id: link for source_id, link in ids.items() if source_id not in known}
            items = {source_id: self._letter(context, link) for source_id, link in fresh.items()}
            had = [source_id for source_id, item in items.items() if self._holds_a_letter(item)]
            news = {source_id: item for source_id, item in items.items() if source_id in had or source_id not in missed}
            seen, own = [*seen, *had][-MOST_REMEMBERED:], [*own, *had]
            missed = [one for one in dict.fromkeys([*missed, *items]) if one not in had][-MOST_REMEMBERED:]
            following = self._next(soup, page.url) if news or before.issuperset(ids) else None
            ended = following is None or (kind == "first" and number == self.max_pages)
            walk = None if ended else {"kind": kind, "read": list(own)}
            yield Batch(list(news.values()), cursor={"seen": list(seen), "walk": walk, "missed": list(missed)})
            if following is None or ended:
                return
            url = following
        raise SourceFailed(
            f"来源“{self.title}”读了 {self.max_pages} 页，还没有读到上次的来信。",
            "请在 config/sources.yml 里调大 max_pages。",
        )

    def _letter(self, context: Context, link: str) -> RawItem:
        try:
            return self._fields(context.http.get(link), link)
        except Broken as error:
            if error.status is None:
                raise
            return {"url": link, "http_status": error.status, "problem": error.message}

    def _holds_a_letter(self, item: RawItem) -> bool:
        return item["http_status"] == 200 and bool(item.get("posted_at") and item.get("body"))

    def refresh(self, context: Context, open_posts: Sequence[OpenPost]) -> Iterator[Refreshed]:
        """Look again at the pages of open letters. One that is not shown counts as gone until it is looked at again."""
        for post in open_posts[: self.refresh_requests]:
            item = self._letter(context, post.url) if post.url else None
            one = frozenset({post.source_id})
            if item is None or not self._holds_a_letter(item):
                yield Refreshed([], seen=frozenset(), gone=one)
            else:
                yield Refreshed([item], seen=one)

    def parse(self, raw: RawItem, seen_at: datetime) -> Post:
        """The post on one letter's page."""
        if raw.get("problem"):
            raise BadItem(raw["problem"])
        if raw["http_status"] != 200:
            raise BadItem(f"页面回答 HTTP {raw['http_status']}")
        for name, selector in (("posted_at", self.detail_page.posted_at), ("body", self.detail_page.body)):
            if not raw.get(name):
                raise BadItem(f"页面上没有 {selector}（{name}）")
        posted_at = parse_time(_value(raw, "posted_at"), self.time_formats)
        if posted_at is None:
            raise BadItem("没有留言时间")
        replies = self._replies(raw)
        kind, source_id = _value(raw, "kind"), _source_id(raw["url"])
        return Post(
            id=post_id(self.name, source_id),
            source=self.name,
            source_id=source_id,
            channel=self.channel,
            url=raw["url"],
            title=raw.get("title") or raw["body"].partition("\n")[0][:60],
            body=raw["body"],
            author=self.author(_value(raw, "author")),
            posted_at=posted_at,
            collected_at=seen_at,
            forum=self.forum,
            kind=self.kinds.get(kind) or next((known for known in KINDS if known == kind), None),
            status=self._status(_value(raw, "status"), answered=bool(replies)),
            replies=replies,
        )

    def _get(self, context: Context, url: str) -> Page:
        page = context.http.get(url)
        if page.status != 200:
            raise SourceFailed(f"来源“{self.title}”的列表页回答 HTTP {page.status}。", "请核对 url。")
        return page

    def _links(self, soup: BeautifulSoup, url: str) -> list[str]:
        rows = soup.select(self.list_page.row)
        tags = (row if row.name == "a" else row.select_one(self.list_page.link) for row in rows)
        links = [link for tag in tags if (link := _target(tag, url))]
        if not links:
            missing = self.list_page.link if rows else self.list_page.row
            raise SourceFailed(f"来源“{self.title}”的列表页上没有 {missing}，网站可能改版了。", "请核对选择器。")
        return list(dict.fromkeys(links))

    def _next(self, soup: BeautifulSoup, url: str) -> str | None:
        return _target(soup.select_one(self.list_page.next), url) if self.list_page.next else None

    def _fields(self, page: Page, url: str) -> RawItem:
        """The texts of one letter's page by field, its address, and whether the page was there."""
        soup = _soup(page)
        selectors = self.detail_page.model_dump(exclude_none=True) if page.status == 200 else {}
        texts = {name: _text(soup.select_one(selector)) for name, selector in selectors.items()}
        return {"url": url, "http_status": page.status, **texts}

    def _replies(self, raw: RawItem) -> list[Reply]:
        body = raw.get("reply_body")
        if not body:
            return []
        replied_at = parse_time(_value(raw, "replied_at"), self.time_formats)
        return [Reply(organisation=_value(raw, "reply_organisation") or None, body=body, replied_at=replied_at)]

    def _status(self, word: str, *, answered: bool) -> Status | None:
        """The status the page names, else what its reply tells; None where replies are not read."""
        told = self.statuses.get(word) or next((status for status in STATUSES if status == word), None)
        if told or self.detail_page.reply_body is None:
            return told
        return "已回复" if answered else "待回复"


def _soup(page: Page) -> BeautifulSoup:
    return BeautifulSoup(page.text(), "lxml")


def _target(tag: Tag | None, url: str) -> str | None:
    """Where a link on the page at `url` leads; None for no link and for `javascript:` and the like."""
    return web_address(url, str(tag["href"])) if tag is not None and tag.get("href") else None


def _text(tag: Tag | None) -> str | None:
    """The text with a line end where a browser begins a new line, and nowhere else."""
    if tag is None:
        return None
    for block in tag.find_all(BLOCKS):
        block.insert(0, "\n")
        block.append("\n")
    lines = (" ".join(line.split()) for line in tag.get_text().splitlines())
    return "\n".join(line for line in lines if line)


def _value(raw: RawItem, name: str) -> str:
    """A short field without the label before it; empty when the page has none."""
    return _LABEL.sub("", (raw.get(name) or "").strip())


def _source_id(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:24]
