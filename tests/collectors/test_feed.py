"""Feeds: which entries are taken, once each, and what one entry means."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.base import BadItem, Context, Cursor, RawItem, SourceFailed
from collectors.feed import Feed
from collectors.session import PoliteSession
from core.errors import Unavailable
from core.post import Post
from tests.collectors.servers import Answer, Site, instead

NOW = datetime(2020, 1, 10, tzinfo=UTC)
MakeSession = Callable[..., PoliteSession]


@dataclass
class Reader:
    """A feed source with its memory."""

    source: Feed
    http: PoliteSession
    landed: list[RawItem] = field(default_factory=list)
    cursor: Cursor = field(default_factory=dict)

    def run(self, killed_after: int | None = None) -> list[Post]:
        """A run as the pipeline makes it; the posts of what it landed, entries that are none left out."""
        self.landed.clear()
        batches = self.source.fetch(Context(self.http, NOW, json.loads(json.dumps(self.cursor))))
        for number, batch in enumerate(batches, 1):
            self.landed += batch.items
            if batch.cursor is not None:
                self.cursor = batch.cursor
            if number == killed_after:
                break
        return [self.source.parse(json.loads(json.dumps(raw)), NOW) for raw in self.landed]


@pytest.fixture
def reader(site: Site, session: MakeSession) -> Callable[..., Reader]:
    def make(*paths: str, **settings: Any) -> Reader:
        entry = {"name": "news", "title": "新闻订阅", "kind": "feed", "channel": "media"}
        urls = [path if path.startswith("http") else site.url + path for path in paths]
        return Reader(Feed.model_validate({**entry, "urls": urls, **settings}), session(interval=0, attempts=2))

    return make


def item(
    guid: str | None,
    title: str = "医院新楼启用",
    summary: str = "",
    published: str | None = "Wed, 08 Jan 2020 09:30:00 +0800",
    link: str = "",
    author: str = "",
) -> str:
    """One `<item>` of an RSS feed."""
    parts = [f"<title>{title}</title>", f"<description><![CDATA[{summary}]]></description>"]
    parts += [f"<guid>{guid}</guid>"] if guid else []
    parts += [f"<pubDate>{published}</pubDate>"] if published is not None else []
    parts += [f"<link>{link}</link>"] if link else []
    parts += [f"<author>{author}</author>"] if author else []
    return f"<item>{''.join(parts)}</item>"


def rss(*items: str) -> str:
    """An RSS 2.0 feed."""
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>新闻</title>{"".join(items)}</channel></rss>'


ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>论坛</title>
<entry><id>urn:post:1</id><title>发热门诊要排队多久</title><link href="https://forum.example/1"/>
<updated>2020-01-08T09:30:00+08:00</updated><author><name>小城居民</name></author>
<content type="html">&lt;p&gt;等了&lt;b&gt;三&lt;/b&gt;小时&lt;/p&gt;&lt;p&gt;还没到&lt;/p&gt;</content></entry></feed>"""


def test_an_rss_entry_becomes_a_post(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put(
        "/rss", rss(item("a:1", "医院新楼启用", "<p>昨天<br>启用</p>", link="https://news.example/1", author="记者甲"))
    )
    # when
    (post,) = reader("/rss", forum="新闻").run()
    # then
    assert post.id == f"news:{post.source_id}"
    assert (post.title, post.body) == ("医院新楼启用", "昨天\n启用")
    assert post.url == "https://news.example/1"
    assert post.posted_at == datetime(2020, 1, 8, 1, 30, tzinfo=UTC)
    assert (post.channel, post.author, post.forum) == ("media", "记者甲", "新闻")
    assert (post.status, post.kind, post.votes_up) == (None, None, None)


def test_an_atom_entry_becomes_a_post(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/atom", ATOM)
    # when
    (post,) = reader("/atom", channel="social").run()
    # then
    assert post.title == "发热门诊要排队多久"
    assert post.body.replace("\n", "") == "等了三小时还没到"
    assert (post.url, post.author, post.channel) == ("https://forum.example/1", "小城居民", "social")
    assert post.posted_at == datetime(2020, 1, 8, 1, 30, tzinfo=UTC)


def test_an_entry_is_taken_once(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    reading = reader("/rss")
    site.put("/rss", rss(item("a:1", "一"), item("a:2", "二")))
    assert [post.title for post in reading.run()] == ["一", "二"]
    # when one has come in, and one has gone out
    site.put("/rss", rss(item("a:3", "三"), item("a:2", "二")))
    # then
    assert [post.title for post in reading.run()] == ["三"]
    assert reading.run() == []


def test_a_feed_that_has_not_changed_is_not_sent_again(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/rss", rss(item("a:1")), ETag='"v1"', Last_Modified="Wed, 08 Jan 2020 01:30:00 GMT")
    reading = reader("/rss")
    reading.run()
    # when
    posts = reading.run()
    # then
    assert posts == []
    assert site.asked[-1].headers["if-none-match"] == '"v1"'
    assert site.asked[-1].headers["if-modified-since"] == "Wed, 08 Jan 2020 01:30:00 GMT"


def test_a_broken_feed_gives_what_it_holds_and_is_asked_for_in_full_again(
    site: Site, reader: Callable[..., Reader]
) -> None:
    # given a feed cut off by its own server, with an ETag
    whole = rss(item("a:1", "一"), item("a:2", "二"))
    site.put("/rss", whole[: whole.index("<item><title>二")], ETag='"v1"')
    reading = reader("/rss")
    assert [post.title for post in reading.run()] == ["一"]
    # when the same version is there in full
    site.put("/rss", whole, ETag='"v1"')
    # then
    assert [post.title for post in reading.run()] == ["二"]


def test_half_an_entry_is_left_until_there_is_all_of_it(site: Site, reader: Callable[..., Reader]) -> None:
    # given a feed cut off in the middle of its second entry's text
    whole = rss(item("a:1", "一"), item("a:2", "二", summary="先说一半，后说另一半"))
    site.put("/rss", whole[: whole.index("，后说") + 20])
    reading = reader("/rss")
    assert [post.title for post in reading.run()] == ["一"]
    # when
    site.put("/rss", whole)
    # then
    assert [(post.title, post.body) for post in reading.run()] == [("二", "先说一半，后说另一半")]


def test_only_entries_with_a_wanted_word_are_taken(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put(
        "/rss",
        rss(
            item("a:1", "医院新楼启用"),
            item("a:2", "路口改造", "<p>市<b>医院</b>门前</p>"),
            item("a:3", "天气预报", '<img alt="医院" src="x">明天有雨'),
            item("a:4", "医院招聘会"),
        ),
    )
    # when
    posts = reader("/rss", include=["医院", "疫苗"], exclude=["招聘会"]).run()
    # then the text counts, not the markup
    assert [post.title for post in posts] == ["医院新楼启用", "路口改造"]


def test_all_feeds_of_a_source_are_read_though_one_fails(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/first", rss(item("a:1", "一")))
    site.put("/page", "<html><p>维护中</p></html>")
    site.put("/empty", "")
    site.put("/last", rss(item("a:2", "二")))
    reading = reader("/first", "/gone", "/page", "/empty", "/last")
    # when
    with pytest.raises(SourceFailed) as failure:
        reading.run()
    # then
    assert [raw["title"] for raw in reading.landed] == ["一", "二"]
    assert "/gone：回答 HTTP 404" in failure.value.message
    assert "/page：给出的不是 RSS 或 Atom" in failure.value.message
    assert "/empty：给出的不是 RSS 或 Atom" in failure.value.message


def test_a_feed_out_of_reach_is_a_passing_failure(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/last", rss(item("a:2", "二")))
    site.disturb("/down", *[instead(Answer(status=500))] * 2)
    reading = reader("/down", "/last")
    # when
    with pytest.raises(Unavailable, match="HTTP 500"):
        reading.run()
    # then
    assert [raw["title"] for raw in reading.landed] == ["二"]


def test_a_killed_run_goes_on_with_the_feeds_not_read_yet(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/one", rss(item("a:1", "一")))
    site.put("/two", rss(item("a:2", "二")))
    reading = reader("/one", "/two")
    assert [post.title for post in reading.run(killed_after=1)] == ["一"]
    # then
    assert [post.title for post in reading.run()] == ["二"]


def test_a_page_that_names_a_file_of_ours_does_not_make_us_read_it(
    site: Site, reader: Callable[..., Reader], tmp_path: Path
) -> None:
    # given
    (tmp_path / "inner.xml").write_text(rss(item("a:1", "内部文件")), encoding="utf-8")
    site.put("/rss", str(tmp_path / "inner.xml"))
    # then
    with pytest.raises(SourceFailed, match="不是 RSS 或 Atom"):
        reader("/rss").run()


def test_the_key_of_a_feed_is_not_remembered(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/rss", rss(item("a:1")))
    reading = reader("/rss?key=hunter2&id=5")
    # when
    reading.run()
    # then
    assert site.paths() == ["/rss?key=hunter2&id=5"]
    assert "hunter2" not in json.dumps([reading.cursor, reading.landed])


@pytest.mark.parametrize("content_type", ["text/xml", "application/rss+xml", "text/xml; charset=gbk", "text/html", ""])
@pytest.mark.parametrize("declared", ['version="1.0" encoding="GB2312"', 'version="1.0"'])
def test_a_feed_in_gb18030_is_read_however_it_is_declared(
    site: Site, reader: Callable[..., Reader], declared: str, content_type: str
) -> None:
    # given
    body = rss(item("a:1", "医院新楼启用")).replace('version="1.0"', declared, 1).encode("gb18030")
    site.put("/rss", gzip.compress(body), Content_Encoding="gzip", Content_Type=content_type)
    # then
    assert [post.title for post in reader("/rss").run()] == ["医院新楼启用"]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("Wed, 08 Jan 2020 01:30:00 GMT", "2020-01-08 01:30"),
        ("Wed, 08 Jan 2020 09:30:00 +0800", "2020-01-08 01:30"),
        ("2020-01-08T09:30:00+08:00", "2020-01-08 01:30"),
        ("2020-01-08T01:30:00Z", "2020-01-08 01:30"),
        # Without zone it is Beijing time, as every Chinese system writes it.
        ("2020-01-08 09:30:00", "2020-01-08 01:30"),
        ("Wed, 08 Jan 2020 09:30:00", "2020-01-08 01:30"),
        ("2020年1月8日 09:30", "2020-01-08 01:30"),
        # China Standard Time, as Java writes it.
        ("Wed, 08 Jan 2020 09:30:00 CST", "2020-01-08 01:30"),
        ("Wed Jan 08 09:30:00 CST 2020", "2020-01-08 01:30"),
    ],
)
def test_the_times_that_feeds_write_are_understood(
    site: Site, reader: Callable[..., Reader], published: str, expected: str
) -> None:
    # given
    site.put("/rss", rss(item("a:1", published=published)))
    # when
    (post,) = reader("/rss").run()
    # then
    assert f"{post.posted_at:%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    ("published", "reason"),
    [
        (None, "没有发布时间"),
        ("刚刚", "认不出"),
        ("2020-13-45", "认不出"),
        ("Wed, 08 Jan 2666666666666020 09:30:00 +0800", "认不出"),
    ],
)
def test_an_entry_without_a_readable_time_is_set_aside(
    site: Site, reader: Callable[..., Reader], published: str | None, reason: str
) -> None:
    # given
    site.put("/rss", rss(item("a:1", published=published)))
    # then
    with pytest.raises(BadItem, match=reason):
        reader("/rss").run()


def test_an_entry_without_id_is_known_by_its_link(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    reading = reader("/rss")
    site.put("/rss", rss(item(None, "一", link="https://news.example/1")))
    (first,) = reading.run()
    # when its title is corrected
    site.put("/rss", rss(item(None, "一（更正）", link="https://news.example/1"), item(None, "二"), item(None, "三")))
    # then it is not new, and entries with neither id nor link are still told apart
    posts = reading.run()
    assert [post.title for post in posts] == ["二", "三"]
    assert len({first.id, *(post.id for post in posts)}) == 3


def test_bare_numbers_as_ids_count_within_their_feed(site: Site, reader: Callable[..., Reader]) -> None:
    # given two feeds that both number their entries, and both show one article of an agency
    agency = item("https://agency.example/9", "通稿")
    site.put("/one", rss(item("1", "甲"), agency))
    site.put("/two", rss(item("1", "乙"), agency))
    # when
    posts = reader("/one", "/two").run()
    # then
    assert len({post.id for post in posts if post.title != "通稿"}) == 2
    assert len({post.id for post in posts if post.title == "通稿"}) == 1


def test_an_entry_without_title_is_called_by_its_first_line(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/rss", rss(item("a:1", "", "<p>社区医院周末打疫苗吗</p><p>谢谢</p>")))
    # then
    assert [post.title for post in reader("/rss").run()] == ["社区医院周末打疫苗吗"]


def test_an_entry_broken_in_the_middle_is_set_aside_and_the_others_are_read(
    site: Site, reader: Callable[..., Reader]
) -> None:
    # given: of an end without a beginning feedparser makes a summary that is None
    site.put("/rss", rss("<item><title>半</content></item>", item("a:1", "社区医院周末打疫苗吗")))
    reading = reader("/rss")
    # when
    with pytest.raises(BadItem, match="没有发布时间"):
        reading.run()
    # then
    broken, sound = reading.landed
    assert all(isinstance(part, str) for part in broken.values())
    assert reading.source.parse(sound, NOW).title == "社区医院周末打疫苗吗"


def test_an_entry_that_says_nothing_is_set_aside(site: Site, reader: Callable[..., Reader]) -> None:
    # given
    site.put("/rss", rss(item("a:1", "", "")))
    # then
    with pytest.raises(BadItem, match="标题和内容都是空的"):
        reader("/rss").run()
