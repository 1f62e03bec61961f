"""`yuqing reply`: what an office sees before it publishes a reply, and over time."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import ExitCode
from tests.cli.command import Yuqing
from tests.core.wording import english_in
from tests.replies.cases import BODY, FULL, PARTIAL, RECEIVED, TITLE
from tests.replies.conftest import Typed
from tests.replies.posts import ANSWERED, WAITING, form, write

MESSAGE = f"{TITLE}\n{BODY}"
PHONE = "13812345678"
NOW = "2026-03-31T09:00"


def test_a_reply_is_graded_with_dimensions_reasons_and_advice(offline: Yuqing) -> None:
    # when
    outcome = offline("reply", "check", "--message", MESSAGE, "--reply", PARTIAL)
    # then
    assert outcome.code == ExitCode.OK
    for told in ("总分", "相关性", "完整性", "可解释性", "态度", "█", "“接种需要带什么材料？”没有回应", "发布前建议"):
        assert told in outcome.out
    assert "没有时间，未计及时性" in outcome.out
    assert english_in(outcome.out) == []


def test_a_reply_comes_from_standard_input(offline: Yuqing, typed: Typed) -> None:
    # given
    typed(FULL)
    # when
    outcome = offline("reply", "check", "--message", MESSAGE, "--json")
    # then
    assert outcome.code == ExitCode.OK
    assert (outcome.json["level"], outcome.json["verdict"]) == ("较好", "answer")
    assert set(outcome.json["dimensions"]) == {"relevance", "completeness", "explanation", "tone"}
    assert outcome.json["dimensions"]["completeness"]["title"] == "完整性"


def test_personal_data_in_a_reply_is_warned_of_without_showing_it(offline: Yuqing) -> None:
    # given
    reply = f"{FULL}来信人张先生电话{PHONE}，住幸福路8号3栋2单元501室。"
    # when
    outcome = offline("reply", "check", "--message", MESSAGE, "--reply", reply)
    found = offline("reply", "check", "--message", MESSAGE, "--reply", reply, "--json").json
    # then
    assert "疑有电话 1 处、住址 1 处" in outcome.out
    assert PHONE not in outcome.out
    assert found["personal_data"] == {"phone": 1, "address": 1}


def test_the_fixed_line_of_an_office_is_no_personal_data(offline: Yuqing) -> None:
    # when
    found = offline("reply", "check", "--message", MESSAGE, "--reply", FULL, "--json").json
    # then
    assert found["personal_data"] == {}


def test_a_file_is_listed_with_the_worst_replies_first(offline: Yuqing, tmp_path: Path) -> None:
    # given
    entries = [
        {"id": "全", "title": TITLE, "body": BODY, "reply": FULL},
        {"id": "收", "title": TITLE, "body": BODY, "reply": RECEIVED},
        {"id": "半", "title": TITLE, "body": BODY, "reply": PARTIAL},
    ]
    file = tmp_path / "replies.json"
    file.write_text(json.dumps(entries), encoding="utf-8")
    # when
    outcome = offline("reply", "check", file, "--limit", 2)
    found = offline("reply", "check", file, "--json").json["replies"]
    # then
    assert outcome.code == ExitCode.OK
    assert "答复 3 条" in outcome.out
    lines = [line for line in outcome.out.splitlines() if line.startswith("│")]
    assert [line.split("│")[1].strip() for line in lines] == ["收", "半"]
    assert "只说收到，没有答复" in lines[0]
    assert [one["id"] for one in found] == ["全", "收", "半"]


def test_a_file_with_unreadable_rows_ends_with_partial_success(offline: Yuqing, tmp_path: Path) -> None:
    # given
    file = tmp_path / "replies.csv"
    file.write_text(f"标题,内容,答复\n{TITLE},{BODY},{FULL}\n,,没有留言\n", encoding="utf-8")
    # when
    outcome = offline("reply", "check", file)
    # then
    assert outcome.code == ExitCode.PARTIAL
    assert "留言是空的" in outcome.out
    assert "总分" in outcome.out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--post", "a", "--message", "b"),
        ("replies.csv", "--reply", "好的"),
        ("replies.csv", "--message", "b"),
        ("--message", "b", "--limit", "-1"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(arguments: tuple[str, ...], offline: Yuqing) -> None:
    # when
    outcome = offline("reply", "check", *arguments)
    # then
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith("用法不对")


def test_without_a_reply_the_office_is_told_how_to_give_one(offline: Yuqing, typed: Typed) -> None:
    # when
    outcome = offline("reply", "check", "--message", MESSAGE)
    # then
    assert outcome.code == ExitCode.FAILED
    assert "没有答复" in outcome.err
    assert "--reply" in outcome.err


def check_post(yuqing: Yuqing, number: str, *arguments: str) -> Any:
    outcome = yuqing("reply", "check", "--post", f"yuqing_demo:{number}", "--at", NOW, "--json", *arguments)
    assert outcome.code == ExitCode.OK, outcome.err
    return outcome.json


def test_posts_of_the_index_are_checked_and_reported(imported: Yuqing, typed: Typed) -> None:
    # when a draft is checked against the time the office had, 5 working days from 2 March
    typed(FULL)
    draft = check_post(imported, WAITING)
    # then
    assert draft["verdict"] == "answer"
    assert "超期 16 个工作日" in draft["dimensions"]["timeliness"]["bad"][0]

    # when nothing is piped in, what was published is checked
    typed("")
    published = check_post(imported, ANSWERED)
    # then
    assert published["dimensions"]["timeliness"]["good"] == ["用时 3 个工作日，时限 5 个工作日"]
    assert not published["template_only"]

    # when a draft is the form that others got
    template = check_post(imported, WAITING, "--reply", form("疾控应急科", 30))
    # then
    assert (template["alike"], template["template_only"]) == (4, True)
    assert "与 4 条答复只差称谓、日期或承办单位" in template["problems"]

    # when
    unknown = imported("reply", "check", "--post", "yuqing_demo:999", "--reply", "好的")
    # then
    assert unknown.code == ExitCode.FAILED
    assert "没有编号为 yuqing_demo:999 的留言" in unknown.err

    # when the index is reported as of a day in March: the reply of April is not yet there
    rows = imported("reply", "report", "--at", NOW, "--json").json["rows"]
    # then
    total = rows[-1]
    assert (total["department"], total["month"], total["replies"]) == (None, None, 4)
    assert (total["no_answer_rate"], total["template_rate"]) == (0.75, 0)
    assert {row["month"] for row in rows[:-1]} == {"2026-03", None}

    # when reported later
    outcome = imported("reply", "report", "--at", "2026-04-30T09:00")
    # then the fourth filling makes it a form
    assert outcome.code == ExitCode.OK
    assert "80%" in outcome.out.splitlines()[-2]
    assert english_in(outcome.out) == []

    # when reported as of a day before there were any
    outcome = imported("reply", "report", "--at", "2020-01-01T09:00")
    # then
    assert outcome.code == ExitCode.OK
    assert "这段时间没有答复" in outcome.out


def test_a_file_is_reported_by_department_without_the_index(offline: Yuqing, tmp_path: Path) -> None:
    # given
    file = write(tmp_path / "export.csv")
    # when
    rows = offline("reply", "report", "--data", file, "--json").json["rows"]
    # then
    months = {row["month"]: row["replies"] for row in rows if row["department"] == "市卫健局"}
    assert months == {"2026-03": 4, "2026-04": 1, None: 5}
    assert rows[-1]["replies"] == 6


def test_a_file_without_departments_is_routed_by_topic(offline: Yuqing, tmp_path: Path) -> None:
    # given
    file = tmp_path / "replies.csv"
    file.write_text(f"标题,内容,答复\n{TITLE},{BODY},{FULL}\n", encoding="utf-8")
    # when
    rows = offline("reply", "report", "--data", file, "--json").json["rows"]
    # then
    assert [row["department"] for row in rows] == ["疾控应急科", "疾控应急科", None]
    assert rows[0]["month"] == "（未注明）"
