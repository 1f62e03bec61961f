"""Labelled posts are read from the tables people have; a row that cannot be used is named, and so is a missing column."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import YuqingError
from pipeline.labelled import Fault, Labelled, Task, read_labelled
from tests.training.letters import TOPIC_HEADER, write_csv, write_xlsx

ROWS = [("医院挂号难", "窗口只开了一个", "卫生计生"), ("路灯不亮", "晚上走路要打手电", "城乡建设")]
READ = [Labelled(*row) for row in ROWS]


def read(path: Path, task: Task = "topic") -> tuple[list[Labelled], list[Fault]]:
    faults: list[Fault] = []
    return list(read_labelled(path, task, faults)), faults


@pytest.mark.parametrize(
    "header",
    [
        ("留言主题", "留言详情", "一级标签"),
        ("留言主题", "留言详情", "一级分类"),
        ("标题", "内容", "主题"),
        ("title", "body", "label"),
        ("title", "text", "label"),
    ],
)
def test_the_usual_names_of_columns_are_known(header: Sequence[str], tmp_path: Path) -> None:
    assert read(write_csv(tmp_path / "a.csv", ROWS, header)) == (READ, [])


def test_columns_may_stand_in_any_order_among_others_below_a_heading(tmp_path: Path) -> None:
    # given the form in which offices export their messages
    header = ("留言编号", "一级标签", "留言用户", "留言主题", "留言时间", "留言详情")
    rows = [(str(n), label, "A0001", title, "2020/1/8", body) for n, (title, body, label) in enumerate(ROWS)]
    path = write_csv(tmp_path / "a.csv", [header, *rows], ["留言分类表", "", "", "", "", ""])
    # then
    assert read(path) == (READ, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_excel_writes_is_read(encoding: str, tmp_path: Path) -> None:
    assert read(write_csv(tmp_path / "a.csv", ROWS, encoding=encoding)) == (READ, [])


def test_a_workbook_is_read_like_a_text_file(tmp_path: Path) -> None:
    assert read(write_xlsx(tmp_path / "a.xlsx", ROWS)) == (READ, [])


def test_words_stand_in_for_a_text_and_blanks_among_them_stay(tmp_path: Path) -> None:
    # given two blanks, the mark of a title's end
    path = write_csv(tmp_path / "a.csv", [("医院 挂号  窗口 太 少", "卫生计生")], ("tokens", "一级标签"))
    # when
    ((post,), faults) = read(path)
    # then
    assert (post.tokens, post.title, post.body, faults) == (("医院", "挂号", "", "窗口", "太", "少"), "", "", [])


def test_a_row_without_words_is_read_from_its_text(tmp_path: Path) -> None:
    header = ("tokens", "留言详情", "一级标签")
    path = write_csv(tmp_path / "a.csv", [("", "窗口太少", "卫生计生"), ("学校 补课", "", "教育文体")], header)
    assert [(post.tokens, post.body) for post in read(path)[0]] == [((), "窗口太少"), (("学校", "补课"), "")]


@pytest.mark.parametrize("name", ["二级标签", "二级分类"])
def test_a_second_level_is_read_where_it_is_given(name: str, tmp_path: Path) -> None:
    rows = [(*ROWS[0], "医疗服务"), (*ROWS[1], " ")]
    path = write_csv(tmp_path / "a.csv", rows, (*TOPIC_HEADER, name))
    assert [post.second for post in read(path)[0]] == ["医疗服务", None]


def test_the_text_is_cleaned_as_that_of_a_post(tmp_path: Path) -> None:
    rows = [("医院\n挂号难", "<p>窗口&nbsp;太少</p>_x000D_请处理\u200b", " 卫生计生 ")]
    assert read(write_csv(tmp_path / "a.csv", rows))[0] == [
        Labelled("医院 挂号难", "窗口 太少\n请处理", "卫生计生"),
    ]


@pytest.mark.parametrize("name", ["情感", "情感标签", "sentiment", "label"])
@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("负面", "negative"),
        ("消极", "negative"),
        ("negative", "negative"),
        ("中性", "neutral"),
        ("neutral", "neutral"),
        ("正面", "positive"),
        ("积极", "positive"),
        (" positive ", "positive"),
    ],
)
def test_moods_may_be_named_in_chinese_and_in_english(name: str, written: str, label: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [("窗口太少", written)], ("内容", name))
    assert read(path, "sentiment") == ([Labelled("", "窗口太少", label)], [])


def test_rows_that_cannot_be_used_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    # given a good row at each end
    rows = [
        ("好", "负面"),
        ("没有标签的", ""),
        (" ", "负面"),
        ("窗口太少", "愤怒"),
        ("<br>\u200b", "中性"),
        ("谢谢", "正面"),
    ]
    path = write_csv(tmp_path / "投诉.csv", rows, ("内容", "情感"))
    # when
    posts, faults = read(path, "sentiment")
    # then rows are counted as Excel counts them
    assert [post.body for post in posts] == ["好", "谢谢"]
    assert [(fault.where, fault.reason) for fault in faults] == [
        ("投诉.csv 第 3 行", "没有标签"),
        ("投诉.csv 第 4 行", "没有文字"),
        ("投诉.csv 第 5 行", "不认识的情感“愤怒”，应是负面、中性或正面"),
        ("投诉.csv 第 6 行", "没有文字"),
    ]


def test_faults_of_several_files_come_together(tmp_path: Path) -> None:
    faults: list[Fault] = []
    for name in ("a.csv", "b.xlsx"):
        write = write_csv if name.endswith("csv") else write_xlsx
        assert list(read_labelled(write(tmp_path / name, [("题", "文", "")]), "topic", faults)) == []
    assert [fault.where for fault in faults] == ["a.csv 第 2 行", "b.xlsx 第 2 行"]


@pytest.mark.parametrize(
    ("header", "task", "told"),
    [
        (("留言主题", "留言详情", "分类"), "topic", ["没有标签列", "一级标签", "一级分类"]),
        (("内容", "一级标签"), "sentiment", ["没有标签列", "情感"]),
        (("编号", "一级标签"), "topic", ["没有正文列", "留言详情", "内容", "tokens"]),
        (("姓名", "年龄"), "topic", ["找不到表头", "一级标签"]),
    ],
)
def test_a_missing_column_is_told_with_the_names_it_may_have(
    header: Sequence[str], task: Task, told: Sequence[str], tmp_path: Path
) -> None:
    # given
    path = write_csv(tmp_path / "投诉.csv", [["一"] * len(header)], header)
    # when
    with pytest.raises(YuqingError) as caught:
        read(path, task)
    # then
    text = caught.value.message + caught.value.advice
    assert [part for part in ("投诉.csv", *told) if part not in text] == []


@pytest.mark.parametrize("name", ["没有.csv", "."])
def test_a_file_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(YuqingError, match="找不到文件"):
        read(tmp_path / name)


def test_a_table_without_rows_gives_nothing(tmp_path: Path) -> None:
    assert read(write_csv(tmp_path / "a.csv", [])) == ([], [])
