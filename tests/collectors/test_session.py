"""The polite session: how long it waits, when it gives up, and what it never does."""

import gzip
import logging
import time
import traceback
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from collectors.page import Page, web_address
from collectors.session import Broken, Politeness, PoliteSession, Refused, without_secrets
from tests.collectors.clock import Clock
from tests.collectors.servers import Answer, Site, cut_short, hang_up, instead, refused, silent

MakeSession = Callable[..., PoliteSession]


def test_a_host_is_asked_every_few_seconds_and_no_faster(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.put("/a", "one")
    http = session(interval=4)
    # when
    for _ in range(3):
        http.get(f"{site.url}/a")
    # then robots.txt and three pages: three pauses between four requests
    assert clock.slept == [4, 4, 4]


def test_jitter_makes_the_pauses_uneven(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.put("/a", "one")
    http = session(interval=4, jitter=2)
    # when
    for _ in range(6):
        http.get(f"{site.url}/a")
    # then
    assert all(4 <= pause <= 6 for pause in clock.slept)
    assert len(set(clock.slept)) > 1


def test_hosts_do_not_wait_for_each_other(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    with Site() as other:
        http = session(interval=4)
        # when
        http.get(f"{site.url}/a")
        slept_before = list(clock.slept)
        http.get(f"{other.url}/robots.txt")
    # then the other host made us wait only between its own robots.txt and the page
    assert slept_before == [4]
    assert clock.slept == [4, 4]


def test_it_says_who_asks(site: Site, session: MakeSession) -> None:
    # when
    session(user_agent="yuqing/0.1 (+mailto:office@city.example)").get(f"{site.url}/a")
    # then
    assert {asked.headers["user-agent"] for asked in site.asked} == {"yuqing/0.1 (+mailto:office@city.example)"}


@pytest.mark.parametrize("status", [403, 429])
def test_a_refusal_is_answered_by_minutes_of_silence(
    site: Site, session: MakeSession, clock: Clock, status: int
) -> None:
    # given
    site.put("/a", "at last")
    site.disturb("/a", refused(status), refused(status))
    # when
    page = session(interval=0, refusal_wait=120).get(f"{site.url}/a")
    # then
    assert page.text() == "at last"
    assert clock.slept == [120, 240]


def test_retry_after_in_seconds_is_honoured(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.put("/a", "at last")
    site.disturb("/a", refused(429, retry_after="77"), refused(503, retry_after="33"))
    # when
    session(interval=0).get(f"{site.url}/a")
    # then
    assert clock.slept == [77, 33]


def test_retry_after_as_a_date_is_honoured(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.put("/a", "at last")
    in_ten_minutes = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    site.disturb("/a", refused(429, retry_after=in_ten_minutes))
    # when
    session(interval=0).get(f"{site.url}/a")
    # then
    assert clock.slept == [pytest.approx(600, abs=3)]


@pytest.mark.parametrize("asked", ["Wed, 08 Jan 2666666666666020 09:30:00 GMT", "soon", "-5", "1e3"])
def test_retry_after_that_says_nothing_is_a_refusal_like_any_other(
    asked: str, site: Site, session: MakeSession, clock: Clock
) -> None:
    # given
    site.put("/a", "at last")
    site.disturb("/a", refused(429, retry_after=asked))
    # when
    session(interval=0, refusal_wait=50).get(f"{site.url}/a")
    # then
    assert clock.slept == [50]


def test_a_site_that_keeps_refusing_is_left_alone(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.disturb("/a", *[refused(403)] * 10)
    site.put("/b", "two")
    http = session(interval=0, refusals=3, refusal_wait=100, longest_wait=250)
    # when
    with pytest.raises(Refused, match="拒绝了请求（HTTP 403）"):
        http.get(f"{site.url}/a")
    # then
    assert clock.slept == [100, 200, 250]
    assert site.paths() == ["/a"] * 4
    # and other pages of that host are not asked for either
    with pytest.raises(Refused, match="刚才拒绝了请求"):
        http.get(f"{site.url}/b")
    assert "/b" not in site.paths()


def test_a_site_that_wants_hours_of_silence_is_not_waited_for(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.disturb("/a", refused(429, retry_after="7200"))
    # when
    with pytest.raises(Refused):
        session(interval=0, longest_wait=1800).get(f"{site.url}/a")
    # then
    assert clock.slept == []
    assert site.paths() == ["/a"]


def test_a_stumble_is_tried_again_after_growing_waits(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.put("/a", "the whole answer")
    site.disturb("/a", instead(Answer(status=502)), cut_short, hang_up)
    # when
    page = session(interval=0, attempts=4, first_wait=5).get(f"{site.url}/a")
    # then
    assert page.text() == "the whole answer"
    assert clock.slept == [5, 10, 20]


def test_a_site_that_keeps_stumbling_is_given_up(site: Site, session: MakeSession) -> None:
    # given
    site.disturb("/a", *[instead(Answer(status=500))] * 10)
    # when
    with pytest.raises(Broken, match="试了 3 次都没有得到可用的回答：HTTP 500"):
        session(interval=0, attempts=3).get(f"{site.url}/a")
    # then
    assert site.paths() == ["/a"] * 3


def test_a_host_that_is_not_there_is_named(session: MakeSession) -> None:
    # given a port nobody listens on
    with Site() as gone:
        url = gone.url
    # then
    with pytest.raises(Broken, match=r"127\.0\.0\.1.*连不上"):
        session(interval=0, attempts=2).get(f"{url}/a")


def test_a_site_that_hangs_is_given_up(site: Site, session: MakeSession) -> None:
    # given
    site.put("/a", "too late")
    site.disturb("/a", silent(30), silent(30))
    started = time.monotonic()
    # when
    with pytest.raises(Broken, match="等待回答超时"):
        session(interval=0, attempts=2, read_timeout=0.3).get(f"{site.url}/a")
    # then
    assert time.monotonic() - started < 5


def test_a_site_that_drips_cannot_hold_the_run(site: Site, clock: Clock) -> None:
    # given a byte every 50 ms, which no time limit of a single read notices
    site.pages["/a"] = Answer(b"x" * 1000, drip=0.05)
    manners = Politeness(interval=0, jitter=0, attempts=1, read_timeout=2, total_timeout=0.5)
    started = time.monotonic()
    # when
    with pytest.raises(Broken, match="传输太慢"):
        PoliteSession(manners, sleep=clock.sleep).get(f"{site.url}/a")
    # then
    assert time.monotonic() - started < 5


def test_an_oversized_body_is_given_up_while_it_comes(site: Site, session: MakeSession) -> None:
    # given
    site.put("/a", b"x" * 5000)
    site.put("/b", b"x" * 4096)
    http = session(interval=0, max_bytes=4096)
    # then
    with pytest.raises(Broken, match="超过 4096 字节"):
        http.get(f"{site.url}/a")
    assert len(http.get(f"{site.url}/b").content) == 4096


def test_a_gzip_bomb_is_given_up_while_it_unpacks(site: Site, session: MakeSession) -> None:
    # given 300 MB packed in 300 kB
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1024**2)) for _ in range(300)) + packer.flush()
    site.put("/a", bomb, Content_Encoding="gzip")
    # then
    with pytest.raises(Broken, match="超过 1048576 字节"):
        session(interval=0, max_bytes=1024**2).get(f"{site.url}/a")


def test_packed_answers_are_unpacked_whole(site: Site, session: MakeSession) -> None:
    # given one member, and several in a row as some proxies send them
    site.put("/one", gzip.compress("市长信箱".encode()), Content_Encoding="gzip")
    site.put("/two", gzip.compress("市长".encode()) + gzip.compress("信箱".encode()), Content_Encoding="gzip")
    http = session(interval=0)
    # then
    assert http.get(f"{site.url}/one").text() == "市长信箱"
    assert http.get(f"{site.url}/two").text() == "市长信箱"


def test_a_packed_answer_cut_short_is_not_taken_for_whole(site: Site, session: MakeSession) -> None:
    # given a body whose length is right, but whose gzip stream has no end
    packed = gzip.compress(b"0123456789" * 1000)
    site.put("/a", packed[:-12], Content_Encoding="gzip")
    # then
    with pytest.raises(Broken, match="内容不完整"):
        session(interval=0, attempts=2).get(f"{site.url}/a")


def test_a_page_that_ends_with_the_connection_is_taken_only_when_it_is_whole(site: Site, session: MakeSession) -> None:
    # given a server that does not say how long its pages are, and loses one of them on the way
    whole = "<html><body>办理时限</body></html>\n".encode()
    site.pages["/whole"] = Answer(whole, unannounced=True)
    site.pages["/half"] = Answer(whole[:20], unannounced=True)
    site.pages["/text"] = Answer(b"no page at all", unannounced=True)
    # and one whose pages have no end, as it says itself
    site.pages["/open"] = Answer(whole[:20])
    http = session(interval=0, attempts=2)
    # then
    assert http.get(f"{site.url}/whole").content == whole
    assert http.get(f"{site.url}/text").content == b"no page at all"
    assert http.get(f"{site.url}/open").content == whole[:20]
    with pytest.raises(Broken, match="内容不完整"):
        http.get(f"{site.url}/half")


def test_a_compression_nobody_asked_for_is_refused(site: Site, session: MakeSession) -> None:
    # given
    site.put("/a", b"\x0b\x02\x80", Content_Encoding="br")
    # then
    with pytest.raises(Broken, match="没有约定的压缩方式 br"):
        session(interval=0).get(f"{site.url}/a")


def test_a_redirect_is_followed_as_politely_as_any_request(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.put("/old", "", 302, Location="/new")
    site.put("/new", "moved here")
    # when
    page = session(interval=4).get(f"{site.url}/old")
    # then
    assert (page.text(), page.url) == ("moved here", f"{site.url}/new")
    assert clock.slept == [4, 4]


def test_a_redirect_loop_is_given_up(site: Site, session: MakeSession) -> None:
    # given
    site.put("/a", "", 302, Location="/b")
    site.put("/b", "", 302, Location="/a")
    # then
    with pytest.raises(Broken, match="跳转超过 5 次"):
        session(interval=0).get(f"{site.url}/a")
    assert len(site.paths()) == 6


def test_the_body_of_a_redirect_is_not_read(site: Site, session: MakeSession) -> None:
    # given a redirect whose body is larger than anything allowed, and then drips
    site.pages["/old"] = Answer(b"x" * 100_000, 302, {"Location": "/new"}, drip=0.05)
    site.put("/new", "moved here")
    started = time.monotonic()
    # then
    assert session(interval=0, max_bytes=1024).get(f"{site.url}/old").text() == "moved here"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "http://["])
def test_a_redirect_to_something_that_is_no_web_address_is_not_followed(
    site: Site, session: MakeSession, target: str
) -> None:
    # given
    site.put("/a", "", 302, Location=target)
    # then
    with pytest.raises(Broken, match="不是网址"):
        session(interval=0).get(f"{site.url}/a")


def test_what_robots_txt_forbids_is_not_asked_for(site: Site, session: MakeSession) -> None:
    # given
    site.put("/robots.txt", "User-agent: *\nDisallow: /inner/\n")
    site.put("/inner/a", "secret")
    site.put("/a", "open")
    http = session(interval=0)
    # then
    with pytest.raises(Refused, match=r"robots\.txt 不允许访问 /inner/a"):
        http.get(f"{site.url}/inner/a")
    assert http.get(f"{site.url}/a").text() == "open"
    assert site.paths() == ["/a"]
    # and the file is asked for once in a run
    assert [asked.path for asked in site.asked].count("/robots.txt") == 1


def test_robots_txt_may_name_us(site: Site, session: MakeSession) -> None:
    # given a file with a byte order mark, as Windows editors save it
    site.put("/robots.txt", "\ufeffUser-agent: yuqing\nDisallow: /\n\nUser-agent: *\nDisallow:\n")
    # then
    with pytest.raises(Refused):
        session(interval=0, user_agent="yuqing/0.1 (+mailto:a@b.example)").get(f"{site.url}/a")


def test_a_redirect_into_what_robots_txt_forbids_is_not_followed(site: Site, session: MakeSession) -> None:
    # given
    site.put("/robots.txt", "User-agent: *\nDisallow: /inner/\n")
    site.put("/a", "", 301, Location="/inner/a")
    # then
    with pytest.raises(Refused):
        session(interval=0).get(f"{site.url}/a")
    assert site.paths() == ["/a"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_robots_txt_behind_a_lock_means_no(site: Site, session: MakeSession, status: int) -> None:
    # given
    site.put("/robots.txt", "", status)
    site.put("/a", "open")
    # then
    with pytest.raises(Refused):
        session(interval=0).get(f"{site.url}/a")
    assert site.paths() == []


def test_a_robots_txt_that_cannot_be_had_means_not_now(site: Site, session: MakeSession) -> None:
    # given
    site.put("/robots.txt", "", 503)
    site.put("/a", "open")
    # then
    with pytest.raises(Broken, match=r"robots\.txt 试了 4 次"):
        session(interval=0).get(f"{site.url}/a")
    assert site.paths() == []


def test_the_pause_that_robots_txt_asks_for_is_kept(site: Site, session: MakeSession, clock: Clock) -> None:
    # given
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 20\n")
    http = session(interval=4)
    # when
    http.get(f"{site.url}/a")
    http.get(f"{site.url}/a")
    # then robots.txt itself was fetched before the wish was known
    assert clock.slept == [4, 20]


def test_form_fields_and_cookies_are_sent(site: Site, session: MakeSession) -> None:
    # given
    site.put("/page", "welcome", Set_Cookie="visitor=7; Path=/")
    site.put("/list", "{}")
    http = session(interval=0)
    # when
    http.get(f"{site.url}/page")
    http.post(f"{site.url}/list", {"fid": 5, "word": "路灯"})
    # then
    asked = site.asked[-1]
    assert (asked.method, asked.form) == ("POST", {"fid": "5", "word": "路灯"})
    assert asked.headers["cookie"] == "visitor=7"


def test_no_secret_reaches_a_log_or_an_error(
    site: Site, session: MakeSession, caplog: pytest.LogCaptureFixture
) -> None:
    # given an address with a login and a key
    caplog.set_level(logging.INFO)
    site.disturb("/feed", *[refused(429)] * 10)
    address = site.url.replace("http://", "http://office:hunter2@") + "/feed?key=abc123&page=2"
    with Site() as gone:
        dead = gone.url.replace("http://", "http://office:hunter2@") + "/feed?access_token=abc123"
    # when
    with pytest.raises(Refused) as refusal:
        session(interval=0).get(address)
    with pytest.raises(Broken) as failure:
        session(interval=0, attempts=1).get(dead)
    # then the whole tracebacks, as Airflow writes them into its log, hold none of it
    shown = "".join(traceback.format_exception(refusal.value) + traceback.format_exception(failure.value)) + caplog.text
    assert "/feed" in shown
    assert "page=2" in shown
    assert "hunter2" not in shown
    assert "abc123" not in shown


def test_secrets_are_cut_out_of_addresses() -> None:
    cleaned = without_secrets("https://me:pw@a.example:8443/x?token=1&API_KEY=2&password=3&code=4&id=5#frag")
    assert cleaned == "https://a.example:8443/x?token=***&API_KEY=***&password=***&code=***&id=5"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("办理时限".encode(), "text/html; charset=utf-8"),
        ("办理时限".encode("gb18030"), "text/html; charset=GBK"),
        ("办理时限".encode("gb18030"), 'text/html; charset="gb2312"'),
        ("<meta charset=gb2312>办理时限".encode("gb18030"), "text/html"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gbk">办理时限'.encode("gb18030"), "text/html"),
        ("办理时限".encode("gb18030"), "text/html"),
        ("办理时限".encode("gb18030"), "text/html; charset=utf-8"),
        ("办理时限".encode("gb18030"), "text/html; charset=ISO-8859-1"),
        ("办理时限".encode(), "text/html; charset=ISO-8859-1"),
        ("办理时限".encode(), "text/html; charset=no-such-thing"),
        ("<meta charset=gb2312>办理时限㐀镕".encode("gb18030"), "text/html"),
        ("\ufeff办理时限".encode(), "text/html"),
    ],
)
def test_a_page_is_read_in_its_real_encoding_whatever_is_declared(content: bytes, content_type: str) -> None:
    # when
    text = Page("http://a.example", 200, {"content-type": content_type}, content).text()
    # then
    assert text.rpartition(">")[2].removesuffix("㐀镕") == "办理时限"


def test_a_broken_byte_costs_one_character_and_not_the_page() -> None:
    # given a GBK page in which one byte that no character has stands
    content = "市民来信".encode("gb18030") + b"\xff" + "办理时限".encode("gb18030")
    # when
    text = Page("http://a.example", 200, {"content-type": "text/html; charset=gbk"}, content).text()
    # then
    assert text == "市民来信\ufffd办理时限"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("b.html", "https://a.example/x/b.html"),
        ("/b", "https://a.example/b"),
        ("//c.example/b", "https://c.example/b"),
        (" http://c.example/b ", "http://c.example/b"),
        ("javascript:void(0)", None),
        ("mailto:a@b.example", None),
        ("http://[", None),
    ],
)
def test_links_become_whole_addresses_or_none(target: str, expected: str | None) -> None:
    assert web_address("https://a.example/x/index.html", target) == expected
