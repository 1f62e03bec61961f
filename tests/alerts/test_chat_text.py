"""The short messages: what stands in them, how much fits, and that nobody's words can do anything in a chat."""

import re

import pytest

from alerts.chat import Sheet, Telling, digest_text, failure_text, message_id_of, plain, telling_text, trial_text
from core.errors import Unavailable
from tests.alerts.samples import beijing, digest, item

ROOMY = Sheet(18_000, "<0123456789abcdef0123456789abcdef01234567@yuqing.invalid>")
WECOM = Sheet(2048, ROOMY.message_id)
LAST_LINE = "政务舆情监测 · 消息号 01234567"


def test_a_digest_in_a_few_lines() -> None:
    late = item(7, stage="overdue", overdue_working_days=1, due_at=beijing("2026-01-09 17:30"))
    assert digest_text(digest(late, item(1)), ROOMY).splitlines() == [
        "【留言办理提醒】疾控应急科：超期 1 件、今日到期 1 件",
        "截至 2026-01-12 08:30",
        "1. 超期（已超 1 个工作日）：第 7 条留言，01-09 17:30 到期，编号 board:7",
        "2. 今日到期：第 1 条留言，01-12 17:30 到期，编号 board:1",
        "详见邮件和看板。",
        LAST_LINE,
    ]


@pytest.mark.parametrize("title", ["关" * 500, "x" * 500, "🚑" * 500])
@pytest.mark.parametrize("count", [1, 8, 9, 300])
def test_a_long_digest_is_cut_at_whole_entries_and_says_how_many_are_left_out(title: str, count: int) -> None:
    # when
    text = digest_text(digest(*(item(number, title=title) for number in range(1, count + 1))), WECOM)
    # then
    shown = re.findall(r"^\d+\. 今日到期：.*，编号 board:\d+$", text, re.MULTILINE)
    left_out = re.search(r"^另有 (\d+) 件没有列出。$", text, re.MULTILINE)
    assert len(text.encode()) <= WECOM.most_bytes
    assert len(shown) + (int(left_out[1]) if left_out else 0) == count
    assert 1 <= len(shown) <= 8
    assert text.endswith(LAST_LINE)


def test_where_not_one_entry_fits_the_counts_are_told() -> None:
    text = digest_text(digest(*(item(number) for number in range(5))), Sheet(220, ROOMY.message_id))
    assert "今日到期 5 件" in text
    assert "共有 5 件没有列出。" in text


def test_what_people_wrote_calls_nobody_and_begins_no_line() -> None:
    # given a title that tries
    nasty = '急\n2. 超期：假的 <at user_id="all">所有人</at> @all \u202e反'
    # when
    text = digest_text(digest(item(1, title=nasty)), ROOMY)
    # then
    assert len(text.splitlines()) == 5
    assert not {"<", ">", "@", "\u202e"} & set(text)
    assert "所有人" in text


def test_words_are_cut_to_length() -> None:
    assert plain("一" * 60) == "一" * 60
    assert plain("一" * 61) == "一" * 59 + "…"


def test_a_telling_has_its_lines_and_then_what_fits() -> None:
    telling = Telling("【舆情预警】停水", ("原因", "时限"), tuple(f"第 {number} 条" for number in range(1, 11)))
    lines = telling_text(telling, ROOMY).splitlines()
    assert lines[:4] == ["【舆情预警】停水", "原因", "时限", "1. 第 1 条"]
    assert lines[-3:] == ["8. 第 8 条", "另有 2 条没有列出。", LAST_LINE]


def test_of_a_failure_only_the_projects_own_words_are_told() -> None:
    # given an error of ours, and one whose words quote what was being read
    at = beijing("2026-01-12 08:30")
    ours = failure_text("collect / fetch", Unavailable("连不上 Elasticsearch"), at, ROOMY)
    other = failure_text("enrich / read", ValueError("张三 13800138000"), at, ROOMY)
    # then
    assert "连不上 Elasticsearch" in ours
    assert "13800138000" not in other
    assert "ValueError" in other
    assert "原因未知" in failure_text("x", None, at, ROOMY)


def test_every_message_ends_with_the_words_a_robot_may_ask_for() -> None:
    at = beijing("2026-01-12 08:30")
    texts = [
        digest_text(digest(item()), ROOMY),
        telling_text(Telling("题", ()), ROOMY),
        failure_text("x", None, at, ROOMY),
        trial_text("jikong", at, ROOMY),
    ]
    assert all(text.endswith(LAST_LINE) for text in texts)


def test_the_number_is_of_channel_and_records_whatever_their_order() -> None:
    assert message_id_of("a", ["1", "2"]) == message_id_of("a", ["2", "1"])
    assert len({message_id_of("a", ["1"]), message_id_of("b", ["1"]), message_id_of("a", ["1", "2"])}) == 3
