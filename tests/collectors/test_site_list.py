"""A site's list of letters: which are read, once each, what one page means, and how a reply is learnt of later."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.base import BadItem, Context, Cursor, OpenPost, RawItem, Refreshed, SourceFailed
from collectors.registry import SourcesFile
from collectors.session import MOST_REDIRECTS, Broken, PoliteSession
from collectors.site_list import SiteList
from core.errors import Unavailable
from core.post import Post, Reply
from tests.collectors.servers import Answer, Fault, Site, hang_up, instead, refused
from tests.core.wording import english_in

NOW = datetime(2020, 1, 10, tzinfo=UTC)
MakeSession = Callable[..., PoliteSession]
SELECTORS = {
    "title": "h1",
    "body": ".letter-body",
    "posted_at": ".letter-time",
    "author": ".letter-author",
    "kind": ".letter-kind",
    "status": ".letter-status",
    "reply_body": ".reply-body",
    "reply_organisation": ".reply-unit",
    "replied_at": ".reply-time",
}


@dataclass
class Reader:
    """A source with its memory: what it landed, and the cursor saved after each batch."""

    source: SiteList
    http: PoliteSession
    landed: list[RawItem] = field(default_factory=list)
    cursor: Cursor = field(default_factory=dict)

    def fetch(self, killed_after: int | None = None) -> None:
        """A run as the pipeline makes it: land, then save the cursor. May be killed after so many batches."""
        batches = self.source.fetch(Context(self.http, NOW, json.loads(json.dumps(self.cursor))))
        for number, batch in enumerate(batches, 1):
            self.landed += batch.items
            if batch.cursor is not None:
                self.cursor = batch.cursor
            if number == killed_after:
                return

    def run(self, killed_after: int | None = None) -> list[Post]:
        """The posts of one run."""
        self.fetch(killed_after)
        return self.posts()

    def posts(self) -> list[Post]:
        """The posts of what was landed since this was asked last."""
        landed, self.landed = self.landed, []
        return [self.source.parse(json.loads(json.dumps(raw)), NOW) for raw in landed]

    def refresh(self, posts: Iterable[Post]) -> list[Refreshed]:
        """Ask again about the posts."""
        waiting = [OpenPost(post.source_id, post.forum, post.url) for post in posts]
        return list(self.source.refresh(Context(self.http, NOW), waiting))


def letter(number: int, time: str = "来信时间：2020-01-08 09:30", **more: str) -> str:
    """The page of a letter; further parts by the name of their class."""
    parts = {"letter-time": time, "letter-body": f"<p>第{number}封信</p>", **more}
    divs = "".join(f'<div class="{name}">{text}</div>' for name, text in parts.items())
    return f"<html><head><title>x</title></head><body><h1>第{number}件事</h1>{divs}</body></html>"


def list_page(numbers: Iterable[int], following: str | None = None) -> str:
    """A list with a link to each of the letters, and one to the next page."""
    rows = "".join(f'<li><span>1</span><a href="letters/{number}.html">第{number}件事</a></li>' for number in numbers)
    link = f'<a class="next" href="{following}">下一页</a>' if following else ""
    return f'<html><body><ul class="letters">{rows}</ul>{link}</body></html>'


def put_list(site: Site, newest: int, per_page: int = 3, oldest: int = 1) -> None:
    """All letters from the newest to the oldest, on as many pages as it takes."""
    numbers = list(range(newest, oldest - 1, -1))
    pages = [numbers[start : start + per_page] for start in range(0, len(numbers), per_page)]
    for place, page in enumerate(pages):
        path = "/szxx/index.html" if place == 0 else f"/szxx/index_{place}.html"
        site.put(path, list_page(page, f"index_{place + 1}.html" if place + 1 < len(pages) else None))
    for number in numbers:
        site.put(f"/szxx/letters/{number}.html", letter(number))


def titles(posts: Iterable[Post]) -> list[int]:
    """The numbers of the letters."""
    return [int(post.title.strip("第件事")) for post in posts]


@pytest.fixture
def reader(site: Site, session: MakeSession) -> Callable[..., Reader]:
    def make(**settings: Any) -> Reader:
        entry = {
            "name": "mayor_mailbox",
            "title": "市长信箱",
            "kind": "site_list",
            "channel": "mailbox",
            "forum": "市长信箱",
            "url": f"{site.url}/szxx/index.html",
            "list_page": {"row": "ul.letters > li", "next": "a.next"},
            "detail_page": SELECTORS,
        }
        return Reader(SiteList.model_validate({**entry, **settings}), session(interval=0, attempts=2))

    return make


# ---------- the list ----------


def test_every_letter_of_every_page_is_read_and_then_only_new_ones(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=8)
    reading = reader()
    # when
    assert titles(reading.run()) == [8, 7, 6, 5, 4, 3, 2, 1]
    # then
    site.asked.clear()
    assert reading.run() == []
    assert site.paths() == ["/szxx/index.html"]
    put_list(site, newest=10)
    assert titles(reading.run()) == [10, 9]


def test_more_new_letters_than_a_page_holds_are_all_read(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=3)
    reading = reader()
    reading.run()
    # when
    put_list(site, newest=9)
    # then
    assert titles(reading.run()) == [9, 8, 7, 6, 5, 4]
    assert reading.run() == []


def test_the_first_run_ends_after_so_many_pages(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=30)
    reading = reader(max_pages=2)
    # then
    assert titles(reading.run()) == [30, 29, 28, 27, 26, 25]
    assert reading.run() == []


def test_an_update_that_does_not_reach_the_known_letters_is_heard_of_until_it_does(
    site: Site, reader: Callable[..., Reader]
) -> None:
    # given
    put_list(site, newest=3)
    reading = reader(max_pages=2)
    reading.run()
    put_list(site, newest=12)
    # when
    for _ in range(2):
        with pytest.raises(SourceFailed, match="读了 2 页，还没有读到上次的来信") as raised:
            reading.fetch()
    # then
    assert "max_pages" in raised.value.advice
    assert titles(reading.posts()) == [12, 11, 10, 9, 8, 7]
    # and with pages enough nothing is missing
    patient = reader(max_pages=5)
    patient.cursor = reading.cursor
    assert titles(patient.run()) == [6, 5, 4]
    assert patient.run() == []


@pytest.mark.parametrize("killed_after", [1, 2])
def test_a_first_walk_cut_off_is_walked_again_and_nothing_is_read_twice(
    site: Site, reader: Callable[..., Reader], killed_after: int
) -> None:
    # given
    put_list(site, newest=9)
    reading = reader()
    first = reading.run(killed_after)
    # when
    second = reading.run()
    # then
    assert titles([*first, *second]) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert reading.run() == []


def test_an_update_cut_off_is_walked_again_to_the_known_letters(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=3)
    reading = reader()
    reading.run()
    put_list(site, newest=9)
    first = reading.run(killed_after=1)
    # when a letter has come in meanwhile
    put_list(site, newest=10)
    # then
    assert titles([*first, *reading.run()]) == [9, 8, 7, 10, 6, 5, 4]
    assert reading.run() == []


def test_an_update_cut_off_on_a_long_list_comes_to_its_end(site: Site, reader: Callable[..., Reader]) -> None:
    # given a list longer than any update reads
    put_list(site, newest=60)
    reading = reader(max_pages=3)
    reading.run()
    # when the site stumbles while the second page of an update is asked for
    put_list(site, newest=61)
    site.disturb("/szxx/index_1.html", hang_up, hang_up)
    with pytest.raises(Broken):
        reading.fetch()
    # then the next run is an update like any other
    reading.fetch()
    assert titles(reading.posts()) == [61]


def test_a_page_that_fails_leaves_the_cursor_where_it_was(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=6)
    reading = reader()
    site.disturb("/szxx/letters/5.html", hang_up, hang_up)
    # when
    with pytest.raises(Unavailable):
        reading.fetch()
    # then
    assert (reading.landed, reading.cursor) == ([], {})
    assert titles(reading.run()) == [6, 5, 4, 3, 2, 1]


def test_a_letter_whose_page_is_broken_for_good_does_not_keep_back_the_others(
    site: Site, reader: Callable[..., Reader]
) -> None:
    # given
    put_list(site, newest=6)
    site.put("/szxx/letters/5.html", "error", status=500)
    reading = reader()
    # when
    reading.fetch()
    # then
    assert [raw["url"][-6] for raw in reading.landed if raw["http_status"] == 200] == ["6", "4", "3", "2", "1"]


@pytest.mark.parametrize(
    "bad",
    [
        instead(Answer(b"<html><body>\xe7\xb3\xbb\xe7\xbb\x9f\xe7\xbb\xb4\xe6\x8a\xa4\xe4\xb8\xad</body></html>")),
        instead(Answer(b"not yet", 404)),
        instead(Answer(b"x" * 5000)),
        instead(Answer(status=302, headers={"Location": "?"})),
        instead(Answer(b"error", 500)),
    ],
    ids=["another page", "not there yet", "too large", "in circles", "error"],
)
def test_a_letter_the_site_did_not_give_is_set_aside_once_and_read_when_it_is_there(
    site: Site, reader: Callable[..., Reader], bad: Fault
) -> None:
    # given
    put_list(site, newest=6)
    reading = reader()
    reading.http = PoliteSession(reading.http.manners.model_copy(update={"max_bytes": 4096}), sleep=lambda _: None)
    reading.run()
    put_list(site, newest=8)
    site.disturb("/szxx/letters/7.html", *[bad] * 2 * (MOST_REDIRECTS + 1))
    # when
    reading.fetch()
    # then the other letter is read, and this one is set aside with a reason
    good, aside = reading.landed
    assert reading.source.parse(good, NOW).title == "第8件事"
    with pytest.raises(BadItem) as reason:
        reading.source.parse(aside, NOW)
    assert english_in(str(reason.value).replace(site.url, "")) == []
    # and when the site still does not give it, it is not set aside again
    reading.landed.clear()
    site.disturb("/szxx/letters/7.html", *[bad] * 2 * (MOST_REDIRECTS + 1))
    assert reading.run() == []
    # and when it does, it is read, once
    site.mend()
    assert titles(reading.run()) == [7]
    assert reading.run() == []


def test_a_letter_that_is_never_given_does_not_lead_further_down_the_list(
    site: Site, reader: Callable[..., Reader]
) -> None:
    # given a list longer than any update reads
    put_list(site, newest=30)
    site.put("/szxx/letters/30.html", "error", status=500)
    reading = reader(max_pages=2)
    reading.fetch()
    # when
    site.asked.clear()
    reading.fetch()
    # then only the letter is asked for again
    assert set(site.paths()) == {"/szxx/index.html", "/szxx/letters/30.html"}


def test_a_list_without_next_has_one_page(site: Site, reader: Callable[..., Reader]) -> None:
    put_list(site, newest=6)
    assert titles(reader(list_page={"row": "ul.letters > li"}).run()) == [6, 5, 4]


def test_a_next_that_leads_back_is_not_followed_for_ever(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=3)
    site.put("/szxx/index.html", list_page([3, 2, 1], "index.html"))
    # then
    reading = reader()
    assert titles(reading.run()) == [3, 2, 1]
    assert reading.run() == []
    assert site.paths().count("/szxx/index.html") == 3


def test_links_are_taken_once_and_only_where_they_lead_to_pages(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    rows = [
        "javascript:void(0)",
        "letters/1.html",
        "/szxx/letters/1.html",
        "mailto:a@b.example",
        f"{site.url}/szxx/letters/2.html",
    ]
    links = "".join(f'<li><a href="{target}">x</a></li>' for target in rows)
    site.put("/szxx/index.html", f'<ul class="letters">{links}<li>no link</li></ul>')
    for number in (1, 2):
        site.put(f"/szxx/letters/{number}.html", letter(number))
    # then
    assert titles(reader().run()) == [1, 2]


def test_a_row_may_be_the_link_itself(site: Site, reader: Callable[..., Reader]) -> None:
    site.put("/szxx/index.html", '<div><a class="row" href="letters/1.html">x</a></div>')
    site.put("/szxx/letters/1.html", letter(1))
    assert titles(reader(list_page={"row": "a.row"}).run()) == [1]


# ---------- a site that has changed ----------


def test_a_list_whose_rows_are_gone_says_what_is_missing(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=3)
    reading = reader()
    reading.run()
    cursor = reading.cursor
    # when
    site.put("/szxx/index.html", '<html><body><div class="new-list"><a href="letters/4.html">x</a></div></body></html>')
    # then
    with pytest.raises(SourceFailed, match=r"“市长信箱”的列表页上没有 ul\.letters > li，网站可能改版了") as raised:
        reading.fetch()
    assert "选择器" in raised.value.advice
    assert reading.cursor == cursor
    # and when the rows are there without the links
    site.put("/szxx/index.html", '<ul class="letters"><li onclick="go(4)">x</li></ul>')
    with pytest.raises(SourceFailed, match=r"没有 a\[href\]"):
        reading.fetch()


def test_a_list_that_is_not_there_is_told_with_its_status(site: Site, reader: Callable[..., Reader]) -> None:
    with pytest.raises(SourceFailed, match="“市长信箱”的列表页回答 HTTP 404"):
        reader().fetch()


def test_a_list_that_refuses_is_left_alone(site: Site, reader: Callable[..., Reader]) -> None:
    put_list(site, newest=3)
    site.disturb("/szxx/index.html", *[refused(403)] * 9)
    with pytest.raises(Unavailable, match="拒绝了请求（HTTP 403）"):
        reader().fetch()


@pytest.mark.parametrize(
    ("gone", "told"), [("letter-body", r"\.letter-body（body）"), ("letter-time", r"\.letter-time（posted_at）")]
)
def test_a_letter_whose_parts_are_gone_is_set_aside_with_what_is_missing(
    site: Site, reader: Callable[..., Reader], gone: str, told: str
) -> None:
    # given
    site.put("/szxx/index.html", list_page([1]))
    site.put("/szxx/letters/1.html", letter(1).replace(gone, "renamed"))
    reading = reader()
    reading.fetch()
    # then
    with pytest.raises(BadItem, match=f"页面上没有 {told}"):
        reading.posts()


def test_a_letter_that_is_not_there_is_set_aside(site: Site, reader: Callable[..., Reader]) -> None:
    site.put("/szxx/index.html", list_page([1]))
    reading = reader()
    reading.fetch()
    with pytest.raises(BadItem, match="页面回答 HTTP 404"):
        reading.posts()


def test_a_wrong_selector_is_refused_before_anything_is_asked(site: Site) -> None:
    # given
    entry = {
        "name": "mailbox",
        "title": "信箱",
        "kind": "site_list",
        "channel": "mailbox",
        "url": site.url,
        "list_page": {"row": "ul..letters"},
        "detail_page": SELECTORS,
    }
    # then
    with pytest.raises(ValueError, match="不是正确的 CSS 选择器"):
        SourcesFile.model_validate({"sources": [entry]})
    assert site.asked == []


# ---------- one letter ----------


def test_a_letters_page_becomes_a_post(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/szxx/index.html", list_page([1]))
    page = letter(
        1,
        **{
            "letter-author": "来信人：王某",
            "letter-kind": "信件类型：投诉",
            "letter-status": "办理状态：处理中",
            "letter-body": "<p>电梯坏了</p><p>没有人修</p>",
        },
    )
    site.put("/szxx/letters/1.html", page)
    # when
    (post,) = reader().run()
    # then
    assert post.id == f"mayor_mailbox:{post.source_id}"
    assert post.url == f"{site.url}/szxx/letters/1.html"
    assert (post.title, post.body) == ("第1件事", "电梯坏了\n没有人修")
    assert (post.author, post.kind, post.status) == ("王某", "投诉", "处理中")
    assert (post.channel, post.forum) == ("mailbox", "市长信箱")
    assert post.posted_at == datetime(2020, 1, 8, 1, 30, tzinfo=UTC)
    assert post.collected_at == NOW
    assert post.replies == []


def test_a_reply_on_the_page_is_read(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/szxx/index.html", list_page([1]))
    reply = {"reply-unit": "答复单位：市城管局", "reply-time": "答复日期：2020年1月9日", "reply-body": "<p>已修好</p>"}
    site.put("/szxx/letters/1.html", letter(1, **reply))
    # when
    (post,) = reader().run()
    # then
    replied_at = datetime(2020, 1, 8, 16, 0, tzinfo=UTC)
    assert post.replies == [Reply(organisation="市城管局", body="已修好", replied_at=replied_at)]
    assert post.status == "已回复"


@pytest.mark.parametrize(
    ("word", "settings", "status"),
    [
        ("", {}, "待回复"),
        ("状态：办结", {"statuses": {"办结": "已办结"}}, "已办结"),
        ("没见过的词", {}, "待回复"),
        ("", {"detail_page": {name: SELECTORS[name] for name in ("title", "body", "posted_at")}}, None),
    ],
    ids=["no word and no reply", "the site's own word", "an unknown word", "a page that tells of no replies"],
)
def test_the_state_is_what_the_page_tells(
    site: Site, reader: Callable[..., Reader], word: str, settings: dict[str, Any], status: str | None
) -> None:
    site.put("/szxx/index.html", list_page([1]))
    site.put("/szxx/letters/1.html", letter(1, **{"letter-status": word}))
    (post,) = reader(**settings).run()
    assert post.status == status


@pytest.mark.parametrize("name", ["匿名", "来信人：网友", "", "来信人："])
def test_nobody_in_particular_is_no_author(site: Site, reader: Callable[..., Reader], name: str) -> None:
    site.put("/szxx/index.html", list_page([1]))
    site.put("/szxx/letters/1.html", letter(1, **{"letter-author": name}))
    (post,) = reader().run()
    assert post.author is None


def test_times_of_the_sites_own_form_are_read(site: Site, reader: Callable[..., Reader]) -> None:
    site.put("/szxx/index.html", list_page([1]))
    site.put("/szxx/letters/1.html", letter(1, "时间：08/01/2020 09时30分"))
    (post,) = reader(time_formats=["%d/%m/%Y %H时%M分"]).run()
    assert post.posted_at == datetime(2020, 1, 8, 1, 30, tzinfo=UTC)


def test_a_time_nobody_can_read_sets_the_letter_aside(site: Site, reader: Callable[..., Reader]) -> None:
    site.put("/szxx/index.html", list_page([1]))
    site.put("/szxx/letters/1.html", letter(1, "昨天上午"))
    reading = reader()
    reading.fetch()
    with pytest.raises(BadItem, match="昨天上午"):
        reading.posts()


def test_pages_declared_as_gb2312_are_read_with_all_their_characters(site: Site, reader: Callable[..., Reader]) -> None:
    # given a name and a currency that GB 2312 itself does not have
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
    body = "<p>朱镕基题字的“龑”字牌匾掉了，修理要 200€</p>"
    pages = {
        "/szxx/index.html": list_page([1]),
        "/szxx/letters/1.html": letter(1, **{"letter-author": "来信人：喆某", "letter-body": body}),
    }
    for path, page in pages.items():
        site.put(path, page.replace("<body>", f"<head>{meta}</head><body>").encode("gb18030"))
    # when
    (post,) = reader().run()
    # then
    assert (post.title, post.author) == ("第1件事", "喆某")
    assert post.body == "朱镕基题字的“龑”字牌匾掉了，修理要 200€"


@pytest.mark.parametrize("charset", ["hex", "zlib", "idna", "undefined", "rot13", "utf-7", "no-such"])
def test_a_charset_that_is_none_of_text_does_not_end_the_run(
    site: Site, reader: Callable[..., Reader], charset: str
) -> None:
    # given
    site.put("/szxx/index.html", list_page([1]), Content_Type=f"text/html; charset={charset}")
    site.put("/szxx/letters/1.html", letter(1).replace("<head>", f"<head><meta charset='{charset}'>"))
    # then
    assert [post.title for post in reader().run()] == ["第1件事"]


def test_a_word_in_bold_does_not_break_its_line(site: Site, reader: Callable[..., Reader]) -> None:
    site.put("/szxx/index.html", list_page([1]))
    body = "<p>等了<b>三</b>个<span>小时</span></p><p>还没有打上<font>疫</font>苗<br>明天再来</p>"
    site.put("/szxx/letters/1.html", letter(1, **{"letter-body": body}))
    (post,) = reader().run()
    assert post.body == "等了三个小时\n还没有打上疫苗\n明天再来"


# ---------- the later fate of a letter ----------


def test_a_reply_given_later_is_learnt_of(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=3)
    reading = reader()
    posts = reading.run()
    assert {post.status for post in posts} == {"待回复"}
    # when
    reply = {"reply-unit": "市城管局", "reply-time": "2020-01-09 15:00", "reply-body": "已修好"}
    site.put("/szxx/letters/2.html", letter(2, **reply))
    answers = reading.refresh(posts)
    # then each is asked about, and is the post it was
    now = {post.id: post for answer in answers for post in [reading.source.parse(answer.items[0], NOW)]}
    assert [post.status for post in now.values()] == ["待回复", "已回复", "待回复"]
    assert now.keys() == {post.id for post in posts}
    assert [answer.seen for answer in answers] == [{post.source_id} for post in posts]
    (answered,) = [post for post in now.values() if post.replies]
    assert answered.first_reply_at == datetime(2020, 1, 9, 7, 0, tzinfo=UTC)


def test_a_letter_no_longer_shown_is_gone(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=2)
    reading = reader()
    posts = reading.run()
    del site.pages["/szxx/letters/2.html"]
    # when
    first, second = reading.refresh(posts)
    # then
    assert (first.items, first.seen) == ([], frozenset())
    assert first.gone == {posts[0].source_id}
    assert second.seen == {posts[1].source_id}


def test_a_refresh_keeps_to_its_budget(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    put_list(site, newest=6)
    reading = reader(refresh_requests=2)
    posts = reading.run()
    site.asked.clear()
    # when
    answers = reading.refresh(posts)
    # then
    assert len(answers) == 2
    assert site.paths() == ["/szxx/letters/6.html", "/szxx/letters/5.html"]


def test_a_letter_that_cannot_be_had_does_not_keep_the_others_from_being_looked_at(
    site: Site, reader: Callable[..., Reader]
) -> None:
    # given
    put_list(site, newest=3)
    reading = reader()
    posts = reading.run()
    site.put("/szxx/letters/3.html", "error", status=500)
    site.put("/szxx/letters/2.html", "<html><body>系统维护中</body></html>")
    # when
    answers = reading.refresh(posts)
    # then nothing is landed of the first two, and they count as looked at
    assert [len(answer.items) for answer in answers] == [0, 0, 1]
    assert [answer.gone for answer in answers] == [{post.source_id} for post in posts[:2]] + [set()]


def test_a_site_that_refuses_ends_the_refresh(site: Site, reader: Callable[..., Reader]) -> None:
    put_list(site, newest=3)
    reading = reader()
    posts = reading.run()
    site.disturb("/szxx/letters/2.html", *[refused(429)] * 9)
    with pytest.raises(Unavailable, match="429"):
        reading.refresh(posts)
