"""Reading posts and replies from the files an office has."""

import json
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from core.errors import YuqingError
from pipeline.labelled import Fault
from pipeline.reply_pairs import read_pairs

CSV = """留言编号,留言主题,留言详情,答复意见,留言时间,答复时间,科室,类型
7,托育补助,补助是多少,每人每月600元。,2026-03-02 09:00,2026/3/5 10:00,妇幼科,咨询
8,,,没有留言,2026-03-02,2026-03-03,,
9,挂号,为什么挂不上号,,2026-03-02,,,不认识
10,医保,医保如何转移,可以转移。,2026-03-05,2026-03-01,,
11,体检,在哪体检,在社区。,三月,,,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "replies.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_a_row_is_read_with_its_times_kind_and_department(file: Path) -> None:
    # when
    faults: list[Fault] = []
    first = read_pairs(file, faults)[0]
    # then
    assert (first.id, first.title, first.body, first.reply) == ("7", "托育补助", "补助是多少", "每人每月600元。")
    assert (first.posted_at, first.replied_at) == (
        datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 5, 2, 0, tzinfo=UTC),
    )
    assert (first.department, first.kind) == ("妇幼科", "咨询")


def test_rows_that_cannot_be_read_are_named_with_the_reason_and_the_others_are_kept(file: Path) -> None:
    # when
    faults: list[Fault] = []
    pairs = read_pairs(file, faults)
    # then
    assert [pair.id for pair in pairs] == ["7", "9"]
    assert [(fault.where, fault.reason) for fault in faults[:2]] == [
        ("replies.csv 第 3 行", "留言是空的"),
        ("replies.csv 第 5 行", "答复时间早于留言时间"),
    ]
    assert faults[2].where == "replies.csv 第 6 行"
    assert "三月" in faults[2].reason


def test_a_missing_reply_is_an_empty_one_and_what_is_unknown_stays_missing(file: Path) -> None:
    # when
    waiting = read_pairs(file, [])[1]
    # then
    assert (waiting.reply, waiting.replied_at, waiting.kind, waiting.department) == ("", None, None, None)


def test_a_workbook_is_read_like_a_csv_file(tmp_path: Path) -> None:
    # given
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["标题", "内容", "答复内容", "留言时间"])
    sheet.append(["托育补助", "补助是多少", "每人每月600元。", datetime(2026, 3, 2, 9, 0)])
    book.save(tmp_path / "replies.xlsx")
    # when
    (pair,) = read_pairs(tmp_path / "replies.xlsx", [])
    # then
    assert (pair.title, pair.reply, pair.posted_at) == (
        "托育补助",
        "每人每月600元。",
        datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize("as_list", [True, False])
def test_json_holds_one_pair_or_many(as_list: bool, tmp_path: Path) -> None:
    # given
    entry = {"id": 5, "title": "托育", "body": "补助是多少", "reply": "每月600元。", "replied_at": None}
    path = tmp_path / "replies.json"
    path.write_text(json.dumps([entry] if as_list else entry), encoding="utf-8")
    # when
    (pair,) = read_pairs(path, [])
    # then
    assert (pair.id, pair.reply, pair.replied_at) == ("5", "每月600元。", None)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "标题,内容\n托育,补助是多少\n", "没有答复"),
        ("a.csv", "答复意见\n每月600元\n", "没有留言"),
        ("a.json", "{", "不是正确的 JSON"),
        ("a.json", "[1]", "第 1 项不是对象"),
        ("a.json", "[]", "没有答复"),
    ],
)
def test_a_file_of_another_form_is_refused_with_what_is_missing(
    name: str, content: str, told: str, tmp_path: Path
) -> None:
    # given
    (tmp_path / name).write_text(content, encoding="utf-8")
    # then
    with pytest.raises(YuqingError, match=told):
        read_pairs(tmp_path / name, [])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(YuqingError, match="找不到文件"):
        read_pairs(tmp_path / "absent.csv", [])
