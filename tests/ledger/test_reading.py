"""Reading a ledger: the text form with its oddities, who does a task, by when; what cannot be read is set aside."""

from datetime import date

import pytest

from ledger.limits import due_day, hints
from ledger.reading import Ledger, read_rows
from ledger.responsible import read_responsible, sections_of
from ledger.text_form import rows_of
from tests.ledger.made_up import ALIASES, EXPECTED, TEXT, YEAR


def read(text: str) -> Ledger:
    """The ledger in a text."""
    rows, faults = rows_of(text)
    return read_rows(rows, YEAR, ALIASES, faults)


def facts(ledger: Ledger) -> list[tuple[object, ...]]:
    """What is known of each task, its text left out."""
    return [
        (
            task.number,
            task.section.partition("、")[0],
            task.subsection and task.subsection[:3],
            list(task.who.lead),
            list(task.who.supporting),
            list(task.who.implementing),
            task.who.led,
            str(task.due),
        )
        for task in ledger.tasks
    ]


def test_every_task_has_the_headings_and_the_line_it_stands_with() -> None:
    # when
    ledger = read(TEXT)
    # then
    assert facts(ledger) == EXPECTED
    assert (ledger.faults, ledger.notes) == ([], [])


@pytest.mark.parametrize(
    "changed",
    [
        "\n".join(line.strip() for line in TEXT.splitlines()),
        "\n".join(line.strip() for line in TEXT.splitlines() if line.strip()),
        TEXT.replace("\n", "\r\n"),
    ],
    ids=["without tabs", "without empty lines", "from Windows"],
)
def test_the_same_text_in_another_shape_is_the_same_ledger(changed: str) -> None:
    assert read(changed).tasks == read(TEXT).tasks


def test_a_heading_broken_in_two_and_a_paragraph_without_number_go_on_with_what_is_before() -> None:
    tasks = read(TEXT).tasks
    assert tasks[3].subsection == "（三）请人试用指南，按意见再改。"
    assert tasks[2].text == "接种门诊的时间有变化时当天更新。\n更新以后通知各门诊。"


def test_a_number_without_its_dot_counts_only_where_it_comes_next() -> None:
    # given a paragraph that begins with a number but is no task
    text = TEXT.replace("5医院收费", "5医院收费").replace("更新以后通知", "20家门诊都要通知")
    # when
    tasks = read(text).tasks
    # then
    assert [task.number for task in tasks] == [1, 2, 3, 4, 5, 6, 7]
    assert tasks[2].text.endswith("20家门诊都要通知各门诊。")
    assert tasks[5].text.startswith("2023年年底前")


def line_of(begin: str) -> int:
    """The line of the made-up ledger that begins so."""
    return next(number for number, line in enumerate(TEXT.splitlines(), 1) if line.strip().startswith(begin))


@pytest.mark.parametrize(
    ("before", "after", "row", "reason"),
    [
        ("\t第三季度\n", "", "5医院", "任务之后应有责任科室和完成时限两行"),
        ("\t6月底前", "\t", "2.把", "任务之后应有责任科室和完成时限两行"),
        ("\t7.讲解", "\t4.讲解", "7.讲解", "序号 4 前面已经有了"),
        ("\t局机关各科室\n", "\t有关科室\n", "7.讲解", "没有责任科室（“有关科室”里没有牵头或负责的科室）"),
    ],
)
def test_what_is_wrong_is_set_aside_with_its_place_and_the_rest_is_read(
    before: str, after: str, row: str, reason: str
) -> None:
    # given
    assert TEXT.count(before) == 1
    # when
    ledger = read(TEXT.replace(before, after))
    # then
    (fault,) = [fault for fault in ledger.faults if reason in fault.reason]
    assert fault.where.startswith(f"第 {line_of(row)} 行起")
    assert len(ledger.tasks) >= 5


def test_a_limit_nobody_understands_leaves_the_task_without_a_day_and_is_told() -> None:
    # when
    ledger = read(TEXT.replace("\t第三季度", "\t适时推进"))
    # then
    assert [task.number for task in ledger.tasks if task.due is None] == [5, 6]
    assert all("适时推进" in note for note in ledger.notes)


def test_a_gap_in_the_numbers_is_told() -> None:
    assert read(TEXT.replace("\t4.请群众", "\t4.请群众").replace("\t7.讲解", "\t9.讲解")).notes == [
        "序号不连续，缺第 7、8 项。"
    ]


@pytest.mark.parametrize(
    ("limit", "day"),
    [
        ("全年工作", "2023-12-31"),
        ("长期坚持", "2023-12-31"),
        ("年底前", "2023-12-31"),
        ("2024年底前", "2024-12-31"),
        ("2月", "2023-02-28"),
        ("2024年2月底前完成", "2024-02-29"),
        ("6 月 15 日前", "2023-06-15"),
        ("2023-06-15", "2023-06-15"),
        ("2023/6/5", "2023-06-05"),
        ("上半年", "2023-06-30"),
        ("第四季度", "2023-12-31"),
        ("3季度末", "2023-09-30"),
    ],
)
def test_words_for_a_limit_mean_a_day(limit: str, day: str) -> None:
    assert due_day(limit, YEAR) == date.fromisoformat(day)


@pytest.mark.parametrize("limit", ["适时", "13月底前", "2月30日前", "每季度", "", "第五季度"])
def test_other_words_mean_none(limit: str) -> None:
    assert due_day(limit, YEAR) is None


def test_times_in_the_text_are_hints() -> None:
    text = "应于2022年12月底前完成，印发 30 日内反馈；每年至少召开一次会议，每季度核对。第6版"
    assert hints(text) == ("2022年12月底前", "印发30日内", "每年至少召开一次", "每季度")


def test_roles_are_read_whatever_way_they_are_written() -> None:
    # A clause without a verb belongs to the next that has one.
    who = read_responsible("办公室，宣教科牵头，人事科、医政医管科协助", {})
    assert who
    assert (who.lead, who.supporting) == (("办公室", "宣教科"), ("人事科", "医政医管科"))
    labelled = read_responsible("牵头科室：办公室；配合科室：人事科", {})
    assert labelled
    assert (labelled.lead, labelled.supporting) == (("办公室",), ("人事科",))
    after = read_responsible("办公室牵头，人事科", {})
    assert after
    assert (after.lead, after.supporting) == (("办公室",), ("人事科",))
    assert read_responsible("人事科配合", {}) is None
    assert read_responsible("", {}) is None


def test_groups_stand_for_sections() -> None:
    sections = ["办公室", "宣教科", "人事科"]
    assert sections_of(["局机关各科室"], sections) == sections
    assert sections_of(["其他科室"], sections, ["办公室"]) == ["宣教科", "人事科"]
    assert sections_of(["局直属各单位", "人事科"], sections) == ["人事科"]
