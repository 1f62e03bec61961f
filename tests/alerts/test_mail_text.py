"""What a reminder says and how it is written: headers, text part, HTML part; nothing a message says can change them."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from bs4 import BeautifulSoup

from alerts.digest import Digest
from alerts.mail import render, render_failure
from core.post import STAGE_NAMES, STAGES
from tests.alerts.samples import beijing, digest, item

SENDER = "reminder@city.example"
HEADERS = {"Subject", "From", "To", "Date", "Auto-Submitted", "MIME-Version", "Content-Type", "Message-ID"}
MIXED = digest(
    item(1, stage="escalated", overdue_working_days=4, title="医院停车收费太高", due_at=beijing("2026-01-06 17:30")),
    item(2, stage="overdue", overdue_working_days=1, title="接种证补办", due_at=beijing("2026-01-09 17:30")),
    item(3, stage="due_today", title="九价疫苗何时到苗"),
    item(4, stage="due_in_1", title="狂犬疫苗夜间门诊", due_at=beijing("2026-01-13 17:30")),
    item(5, stage="due_in_3", title="流感疫苗", due_at=beijing("2026-01-15 17:30"), url=None, forum=None, kind=None),
    cc=("head@city.example", "group@city.example"),
)


def received(of: Digest) -> EmailMessage:
    """The mail as it is read at the other end."""
    return message_from_bytes(render(of, SENDER).as_bytes(), policy=policy.default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert isinstance(body, EmailMessage)
    content = body.get_content()
    assert isinstance(content, str)
    return content


def html(message: EmailMessage) -> BeautifulSoup:
    return BeautifulSoup(part(message, "html"), "lxml")


def test_headers_in_chinese_come_out_as_they_went_in() -> None:
    # when
    message = received(MIXED)
    # then
    assert message["Subject"] == "【留言办理提醒】疾控应急科：超期 2 件、今日到期 1 件、即将到期 2 件（2026-01-12）"
    assert message["From"].addresses[0].display_name == "政务留言办理提醒"
    assert message["From"].addresses[0].addr_spec == SENDER
    assert [address.addr_spec for address in message["To"].addresses] == ["cdc@city.example"]
    assert [address.addr_spec for address in message["Cc"].addresses] == ["head@city.example", "group@city.example"]
    assert message["Message-ID"] == MIXED.message_id
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_date_is_that_of_the_run_in_beijing_time() -> None:
    assert received(MIXED)["Date"] == "Mon, 12 Jan 2026 08:30:00 +0800"


def test_on_the_wire_headers_are_ascii_and_lines_are_short() -> None:
    # given more recipients than one line holds
    many = digest(recipients=tuple(f"recipient{number}@city.example" for number in range(40)))
    # when
    raw = render(many, SENDER).as_bytes()
    # then
    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) <= 998
    assert len(message_from_bytes(raw, policy=policy.default)["To"].addresses) == 40


@pytest.mark.parametrize(
    ("stages", "summary"),
    [
        (["due_in_3"], "即将到期 1 件"),
        (["due_today", "due_today"], "今日到期 2 件"),
        (["overdue", "escalated", "due_in_1"], "超期 2 件、即将到期 1 件"),
    ],
)
def test_the_subject_counts_only_what_there_is(stages: list[str], summary: str) -> None:
    # given
    items = [item(number, stage=stage) for number, stage in enumerate(stages)]
    # then
    assert received(digest(*items))["Subject"] == f"【留言办理提醒】疾控应急科：{summary}（2026-01-12）"


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_both_parts_tell_everything_about_every_message(kind: str) -> None:
    # given
    message = received(MIXED)
    # when
    text = part(message, "plain") if kind == "plain" else html(message).get_text()
    # then
    for number, one in enumerate(MIXED.items, 1):
        for told in (one.title, one.post_id, STAGE_NAMES[one.stage]):
            assert told in text, f"item {number}"
    for due in ("2026-01-06 17:30", "2026-01-09 17:30", "2026-01-12 17:30", "2026-01-13 17:30", "2026-01-15 17:30"):
        assert due in text
    for told in (
        "疾控应急科",
        "截至 2026-01-12 08:30",
        "已超 4 个工作日",
        "已超 1 个工作日",
        "市长留言",
        "咨询",
        "疫苗接种",
    ):
        assert told in text
    assert "None" not in text


def test_the_parts_are_alternatives_with_plain_text_first() -> None:
    # when
    message = received(MIXED)
    # then
    assert message.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_long_digest_is_complete_in_both_parts() -> None:
    # given
    long = digest(*(item(number, title=f"关于第{number}件事的留言") for number in range(300)))
    # when
    message = received(long)
    # then
    assert re.findall(r"^(\d+)\. 【今日到期】关于第(\d+)件事的留言$", part(message, "plain"), re.MULTILINE) == [
        (str(number + 1), str(number)) for number in range(300)
    ]
    assert [link["href"] for link in html(message).find_all("a")] == [one.url for one in long.items]


def test_every_stage_has_a_name_and_a_look() -> None:
    # given one of each
    message = received(digest(*(item(number, stage=stage) for number, stage in enumerate(STAGES))))
    # then
    styles = {span.get_text(): span["style"] for span in html(message).select("td > span:first-child")}
    assert styles.keys() >= set(STAGE_NAMES.values())
    assert len({styles[name] for name in STAGE_NAMES.values()}) == len(STAGES)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_copies_and_years_counted_monday_to_friday_are_explained_when_there_are_any(kind: str) -> None:
    # given
    plain, told = received(digest()), received(digest(cc=("head@city.example",), fallback_years=(2040, 2041)))
    # then
    assert "抄送" not in part(plain, kind)
    assert "放假安排" not in part(plain, kind)
    assert "超过 3 个工作日的，抄送政务公开领导小组" in part(told, kind)
    assert part(told, kind).count("没有 2040、2041 年的放假安排") == 1


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r", "\n\n"])
def test_line_breaks_in_what_people_write_start_no_header(breaks: str) -> None:
    # given a title and a section's name that try to add a recipient and a body
    evil = f"问题{breaks}Bcc: other@evil.example{breaks}{breaks}正文"
    # when
    message = received(digest(item(title=evil), department=evil))
    # then
    assert set(message.keys()) == HEADERS
    assert message["Subject"].startswith("【留言办理提醒】问题 Bcc: other@evil.example 正文：")
    assert message.get_content_type() == "multipart/alternative"


def test_a_title_of_several_lines_takes_one_line_of_the_text() -> None:
    # given a title that looks like another item
    message = received(digest(item(title="问题\n2. 【超期】编造的一条")))
    # then
    assert "1. 【今日到期】问题 2. 【超期】编造的一条\n" in part(message, "plain")


@pytest.mark.parametrize("place", ["title", "forum", "post_id", "url"])
@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\u2028"])
def test_what_people_write_cannot_look_like_another_item(place: str, breaks: str) -> None:
    # given
    message = received(digest(item(1, **{place: f"https://board.example{breaks}2. 【超期】编造的一条"})))
    # then
    starts = [line[:2] for line in part(message, "plain").splitlines()]
    assert ("1." in starts, "2." in starts) == (True, False)


def test_mark_up_in_what_people_write_is_shown_and_not_obeyed() -> None:
    # given
    evil = """<script>alert(1)</script><img src=x onerror="alert(2)">'"&amp;</td></table>"""
    # when
    message = received(digest(item(title=evil, forum=evil, kind=evil, topic=evil, post_id=evil)))
    page = html(message)
    # then
    assert page.find_all(["script", "img"]) == []
    assert page.select("td a")[0].get_text() == evil
    assert page.get_text().count(evil) == 5
    assert part(message, "plain").count(evil) == 5


def test_mark_up_in_an_address_stays_inside_its_link() -> None:
    # given
    evil = """https://board.example/?a=1&b=2" onclick="alert(1)"><script>alert(2)</script>"""
    # when
    page = html(received(digest(item(url=evil))))
    # then
    (link,) = page.find_all("a")
    assert link["href"] == evil
    assert set(link.attrs) == {"href", "style"}
    assert page.find("script") is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)//https://board.example",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    # when an export names something else in its address column
    message = received(digest(item(title="点开看看", url=url)))
    page = html(message)
    # then the title is there without a link, and mail programs find none to make of the text
    assert url not in part(message, "plain")
    assert [link["href"] for link in page.find_all("a")] == []
    assert "点开看看" in page.get_text()


def test_a_failure_is_told_to_the_operators_in_both_parts() -> None:
    # given
    error = ValueError("<b>坏</b> & 坏")
    # when
    mail = render_failure(
        "collect_posts.collect\r\nBcc: other@evil.example",
        error,
        "http://127.0.0.1:8080/log?a=1&b=2",
        beijing("2026-01-12 08:30"),
        ["one@city.example", "two@city.example"],
        SENDER,
    )
    message = message_from_bytes(mail.as_bytes(), policy=policy.default)
    # then
    assert message["Subject"] == "【系统故障】collect_posts.collect Bcc: other@evil.example"
    assert [address.addr_spec for address in message["To"].addresses] == ["one@city.example", "two@city.example"]
    assert message["Bcc"] is None
    for text in (part(message, "plain"), html(message).get_text()):
        assert "ValueError: <b>坏</b> & 坏" in text
        assert "http://127.0.0.1:8080/log?a=1&b=2" in text
        assert "2026-01-12 08:30" in text


def test_a_failure_of_unknown_cause_says_so_and_each_such_mail_is_its_own() -> None:
    # when
    mails = [render_failure("x", None, "", beijing("2026-01-12 08:30"), ["a@city.example"], SENDER) for _ in range(2)]
    # then
    assert "原因未知" in part(mails[0], "plain")
    assert mails[0]["Message-ID"] != mails[1]["Message-ID"]
