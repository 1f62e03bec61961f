"""人民网领导留言板: posts by forum, newest first, and the later fate of posts still open.

The public list interface (see the design page): POST of `fid`, `lastItem` and `pageSize`; `lastItem` 0 asks for the
newest, a thread id for those below it. A GET of the forum's page first gives the cookies the POST needs.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from pydantic import Field, field_validator

from collectors.base import BadItem, Batch, Context, OpenPost, RawItem, Refreshable, Refreshed, SourceFailed
from collectors.dates import parse_time
from collectors.frontier import Frontier, NoWayDown
from collectors.page import Page
from collectors.session import Broken
from core.post import KINDS, Kind, Post, Reply, Status, post_id

log = logging.getLogger(__name__)
_STATUSES: dict[str, Status] = {
    "待回复": "待回复",
    "未回复": "待回复",
    "处理中": "处理中",
    "办理中": "处理中",
    "已回复": "已回复",
    "已办理": "已办结",
    "已办结": "已办结",
}
_ANSWER_TIMES = ("answerDateline", "answerTime")
LARGEST_NUMBER = 2**53
"""What JSON carries without loss. JSON also knows 1e999, which is no number of anything."""


class MessageBoard(Refreshable):
    """Forums of the message board, by their numbers (`fid`)."""

    kind: Literal["message_board"]
    forums: dict[int, str] = Field(min_length=1)
    """Forum number to the name shown, e.g. 省长留言."""
    page_url: str = "https://liuyan.people.com.cn/threads/list?fid={fid}"
    list_url: str = "https://liuyan.people.com.cn/pro-dfbbs-front/threads/queryThreadsList"
    post_url: str = "https://liuyan.people.com.cn/threads/content?tid={tid}"
    page_size: int = Field(default=10, ge=1, le=100)
    first_crawl_days: int = Field(default=90, ge=1)
    """How far back the very first crawl of a forum goes."""
    refresh_requests: int = Field(default=30, ge=1)
    """Most list requests of one refresh run."""

    @field_validator("forums")
    @classmethod
    def _titles_once(cls, forums: dict[int, str]) -> dict[int, str]:
        # A post says by its forum's title which forum to ask about it.
        if len(set(forums.values())) < len(forums):
            raise ValueError("forums 里的名称不能重复")
        return forums

    def fetch(self, context: Context) -> Iterator[Batch]:
        """New posts of every forum. The cursor moves page by page, so a crawl cut off goes on where it was.

        A forum that fails does not keep the others from being read; the failure is raised after them.
        """
        frontiers = {fid: Frontier.from_cursor(context.cursor.get(str(fid), {})) for fid in self.forums}
        failures: list[SourceFailed] = []
        for fid in self.forums:
            try:
                yield from self._fetch_forum(context, fid, frontiers)
            except SourceFailed as failure:
                failures.append(failure)
        if failures:
            raise SourceFailed("".join(failure.message for failure in failures), failures[0].advice)

    def _fetch_forum(self, context: Context, fid: int, frontiers: dict[int, Frontier]) -> Iterator[Batch]:
        self._visit(context, fid)
        taken_up = frontiers[fid].walking
        yield from self._walk(context, fid, frontiers)
        if taken_up:
            # What came in since the walk was cut off stands above its top.
            yield from self._walk(context, fid, frontiers)

    def _walk(self, context: Context, fid: int, frontiers: dict[int, Frontier]) -> Iterator[Batch]:
        oldest = context.now - timedelta(days=self.first_crawl_days)
        while True:
            before = frontiers[fid]
            items = self._page(context, fid, before.ask_below)
            known = _by_tid(items)
            if len(items) >= self.page_size and not known:
                raise self._failed(fid, "一整页留言都没有编号，网站可能改版了")
            try:
                after = before.advance(known)
            except NoWayDown as error:
                raise self._failed(fid, str(error)) from None
            if before.done == 0 and known and _is_older(known[min(known)], oldest):
                after = after.finish()
            frontiers[fid] = after
            cursor = {str(number): frontier.to_cursor() for number, frontier in frontiers.items()}
            yield Batch([self._raw(fid, item) for item in _above(items, before.done)], cursor=cursor)
            if not after.walking:
                return

    def refresh(self, context: Context, open_posts: Sequence[OpenPost]) -> Iterator[Refreshed]:
        """Ask again about open posts. One page settles all open posts of its forum within its range of ids."""
        numbers = {title: fid for fid, title in self.forums.items()}
        waiting = {int(post.source_id): numbers[post.forum] for post in open_posts if post.forum in numbers}
        if len(waiting) < len(open_posts):
            log.warning("%s：%d 条未办结留言的版块不在配置里，无法复查", self.title, len(open_posts) - len(waiting))
        visited: set[int] = set()
        for _ in range(self.refresh_requests):
            if not waiting:
                return
            tid, fid = next(iter(waiting.items()))
            if fid not in visited:
                self._visit(context, fid)
                visited.add(fid)
            # The list below tid + 1 begins with tid.
            known = _by_tid(self._page(context, fid, tid + 1))
            if max(known, default=tid) > tid:
                raise self._failed(fid, f"复查 {tid} 时得到了别处的页面")
            lowest = min(known, default=tid)
            settled = {other for other, its_fid in waiting.items() if its_fid == fid and lowest <= other <= tid}
            for other in settled:
                del waiting[other]
            seen = settled & known.keys()
            yield Refreshed(
                [self._raw(fid, known[other]) for other in sorted(seen)],
                seen=frozenset(map(str, seen)),
                gone=frozenset(map(str, settled - seen)),
            )

    def parse(self, raw: RawItem, seen_at: datetime) -> Post:
        """The post in one list item."""
        tid = _tid(raw)
        if tid is None:
            raise BadItem("没有编号（tid）")
        title, body = str(raw.get("subject") or "").strip(), str(raw.get("content") or "").strip()
        if not title and not body:
            raise BadItem("标题和内容都是空的")
        posted_at = parse_time(raw.get("dateline"))
        if posted_at is None:
            raise BadItem("没有留言时间（dateline）")
        replies = _replies(raw)
        return Post(
            id=post_id(self.name, str(tid)),
            source=self.name,
            source_id=str(tid),
            channel=self.channel,
            url=self.post_url.format(tid=tid),
            title=title or body.partition("\n")[0][:60],
            body=body,
            author=self.author(raw.get("nickName")),
            posted_at=posted_at,
            collected_at=seen_at,
            forum=self.forums.get(int(raw.get("fid", 0)), self.forum),
            kind=_kind(raw.get("typeName")),
            domain=raw.get("domainName") or None,
            status=_status(raw.get("stateInfo"), replies),
            replies=replies,
            votes_up=_number(raw, "favNum"),
            satisfaction=_grade(raw),
        )

    def _visit(self, context: Context, fid: int) -> None:
        page = context.http.get(self.page_url.format(fid=fid))
        if page.status != 200:
            raise self._failed(fid, f"版块页面回答 HTTP {page.status}", "请核对版块编号（fid）和 page_url。")

    def _page(self, context: Context, fid: int, last_item: int) -> list[RawItem]:
        form = {"fid": fid, "lastItem": last_item, "pageSize": self.page_size}
        try:
            answer = context.http.post(self.list_url, form, check=_check).json()
        except Broken as error:
            raise self._failed(fid, error.message.rstrip("。"), error.advice) from None
        if answer.get("result") != "success":
            told = f"{answer.get('result')} {answer.get('message') or ''}".strip()
            raise self._failed(fid, f"网站没有给出留言（{told[:100]}）")
        items = answer.get("responseData") or []
        if not isinstance(items, list):
            raise self._failed(fid, "回答变了样：responseData 不是列表")
        return [item if isinstance(item, dict) else {"unreadable": item} for item in items]

    def _raw(self, fid: int, item: RawItem) -> RawItem:
        """The item as given, with its forum; the author's network address is not kept."""
        return {**{key: value for key, value in item.items() if key != "ip"}, "fid": fid}

    def _failed(self, fid: int, what: str, advice: str = "") -> SourceFailed:
        return SourceFailed(f"来源“{self.title}”的“{self.forums[fid]}”：{what}。", advice)


def _check(page: Page) -> None:
    if not isinstance(page.json(), dict):
        raise ValueError("not an object")  # noqa: TRY004  the session takes ValueError as "ask again"


def _by_tid(items: Sequence[RawItem]) -> dict[int, RawItem]:
    return {tid: item for item in items if (tid := _tid(item)) is not None}


def _tid(item: Mapping[str, Any]) -> int | None:
    try:
        tid = int(item.get("tid") or 0)
    except (TypeError, ValueError, OverflowError):
        return None
    return tid if 0 < tid <= LARGEST_NUMBER else None


def _above(items: Sequence[RawItem], done: int) -> Iterator[RawItem]:
    """The items with ids above `done`. One without id is as new as the one above it; on top, as the page's newest.

    Without that, an item without id on the first page would be landed anew at every run.
    """
    fresh = max(_by_tid(items), default=done + 1) > done
    for item in items:
        tid = _tid(item)
        fresh = tid > done if tid is not None else fresh
        if fresh:
            yield item


def _is_older(item: Mapping[str, Any], moment: datetime) -> bool:
    """Whether the item was posted before the moment; one whose time cannot be read does not tell."""
    try:
        posted_at = parse_time(item.get("dateline"))
    except BadItem:
        return False
    return posted_at is not None and posted_at < moment


def _replies(item: Mapping[str, Any]) -> list[Reply]:
    body = str(item.get("answerContent") or "").strip()
    if not body:
        return []
    replied_at = next((parse_time(item[name]) for name in _ANSWER_TIMES if item.get(name)), None)
    return [Reply(organisation=item.get("answerOrganization") or None, body=body, replied_at=replied_at)]


def _status(word: object, replies: list[Reply]) -> Status | None:
    told = str(word or "").strip()
    if told and told not in _STATUSES:
        _warn_of_status(told[:20])
    return _STATUSES.get(told) or ("已回复" if replies else None)


@cache
def _warn_of_status(word: str) -> None:
    # Cached, so that a new word on every post gives one line and not thousands.
    log.warning("留言板有没见过的状态：%s", word)


def _kind(word: object) -> Kind | None:
    return next((kind for kind in KINDS if str(word or "").startswith(kind)), None)


def _grade(item: Mapping[str, Any]) -> float | None:
    """The mean of the two grades (1 to 5); 0 or nothing means that the author gave none."""
    grades = [grade for name in ("gradeManner", "gradeSpeed") if (grade := _number(item, name))]
    return sum(grades) / len(grades) if grades else None


def _number(item: Mapping[str, Any], name: str) -> int | None:
    value = item.get(name)
    if value is None or value == "":
        return None
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = LARGEST_NUMBER + 1
    if abs(number) > LARGEST_NUMBER:
        raise BadItem(f"{name} 应是整数，现在是“{str(value)[:20]}”")
    return number
