"""What a person says of a post wins over the models: at once, when it is read anew, and in the next training."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import ExitCode
from core.post import Post
from pipeline.corrections import apply
from store.corrections import Correction
from store.post_places import read_by_id
from tests.cli.command import Outcome, Yuqing
from tests.conftest import free_port
from tests.training.bad_input import post_of
from tests.training.board import EXPORTED, LETTERS, message, write_board
from tests.training.conftest import Office
from tests.training.letters import AT, CITY, HEALTH, LATER, SCHOOL, write_csv, write_xlsx

GIVEN = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
COLUMNS = ("编号", "主题", "情感", "科室", "修改人", "备注")
VACCINE, VACCINE_SECTION = "疫苗接种", "疾控应急科"
PAPERS, PAPERS_SECTION = "信息公开", "办公室"


def number_of(post_id: int | str) -> str:
    return f"yuqing_demo:{post_id}"


def stored(office: Office, post_id: int | str) -> dict[str, Any]:
    """A post as it lies in the index at this moment."""
    return read_by_id(office.runtime.es, office.runtime.names, [number_of(post_id)])[number_of(post_id)]


def correct(office: Office, post_id: int | str, *options: str) -> Outcome:
    return office("correct", number_of(post_id), *options, "--at", AT)


# ---------- what a correction does to a post ----------


@pytest.fixture
def post() -> Post:
    """A post as the models read it."""
    read = {
        "category": CITY,
        "category_score": 0.9,
        "topic": CITY,
        "topic_score": 0.7,
        "sentiment": 0.8,
        "sentiment_label": "positive",
        "department": PAPERS_SECTION,
    }
    return post_of("路灯不亮").model_copy(update=read)


def section(topic: str) -> str:
    return {VACCINE: VACCINE_SECTION}.get(topic, PAPERS_SECTION)


def category(topic: str) -> str:
    return {VACCINE: HEALTH}.get(topic, topic)


def said(**fields: Any) -> Correction:
    return Correction(post_id="board:1", by="张三", at=GIVEN, **fields)


def test_a_post_nobody_corrected_stays_as_it_is(post: Post) -> None:
    assert apply(post, None, section, category) is post


def test_a_topic_brings_its_category_and_section_and_loses_the_models_score(post: Post) -> None:
    # when
    corrected = apply(post, said(topic=VACCINE), section, category)
    # then
    assert (corrected.topic, corrected.topic_score, corrected.department) == (VACCINE, None, VACCINE_SECTION)
    assert (corrected.category, corrected.category_score) == (HEALTH, None)
    assert (corrected.sentiment_label, corrected.corrected) == ("positive", ["topic"])


def test_a_section_that_was_set_stays_whatever_the_topic(post: Post) -> None:
    # when
    corrected = apply(post, said(topic=VACCINE, department="人事科"), section, category)
    # then
    assert (corrected.topic, corrected.department) == (VACCINE, "人事科")
    assert corrected.corrected == ["topic", "department"]


def test_a_section_alone_leaves_the_topic_to_the_model(post: Post) -> None:
    # when
    corrected = apply(post, said(department="人事科"), section, category)
    # then
    assert (corrected.topic, corrected.topic_score, corrected.department) == (CITY, 0.7, "人事科")
    assert (corrected.category, corrected.category_score) == (CITY, 0.9)


def test_a_mood_leaves_the_models_score(post: Post) -> None:
    # when
    corrected = apply(post, said(sentiment_label="negative"), section, category)
    # then
    assert (corrected.sentiment_label, corrected.sentiment, corrected.corrected) == (
        "negative",
        0.8,
        ["sentiment_label"],
    )


def test_a_later_word_goes_over_an_earlier_one_and_keeps_what_only_that_said() -> None:
    # given
    earlier = said(topic=VACCINE, sentiment_label="negative", note="电话核实")
    later = Correction("board:1", "李四", GIVEN + timedelta(days=1), topic=PAPERS, department="人事科")
    # then
    assert later.over(earlier) == replace(later, sentiment_label="negative", note="电话核实")
    assert later.over(None) is later


# ---------- by the command ----------


def test_a_corrected_topic_shows_at_once_with_its_section(office: Office) -> None:
    # given
    before = stored(office, 1)
    # when
    outcome = correct(office, 1, "--topic", PAPERS, "--by", "王五", "--note", "来电更正")
    # then
    assert (outcome.code, outcome.out) == (ExitCode.OK, "更正了 1 条留言。\n")
    after = stored(office, 1)
    assert (after["topic"], after["department"], after["corrected"]) == (PAPERS, PAPERS_SECTION, ["topic"])
    assert "topic_score" not in after
    untouched = {"topic", "topic_score", "department", "corrected", "category", "category_score"}
    assert {k: v for k, v in after.items() if k not in untouched} == {
        k: v for k, v in before.items() if k not in untouched
    }
    (kept,) = office.runtime.corrections.of([number_of(1)]).values()
    assert kept == Correction(number_of(1), "王五", GIVEN, topic=PAPERS, note="来电更正")


def test_a_corrected_topic_brings_its_category(office: Office) -> None:
    # given a letter of another category
    number = _letter_of(CITY)
    # when
    correct(office, number, "--topic", VACCINE)
    # then the topic lies within the category the post is counted under
    after = stored(office, number)
    assert (after["topic"], after["category"]) == (VACCINE, HEALTH)
    assert "category_score" not in after


def _letter_of(category: str) -> str:
    return next(one["编号"] for one in LETTERS[60:] if one["领域"] == category)


@pytest.fixture
def unrefreshed(office: Office) -> Iterator[None]:
    """An index that shows no write to searches by itself, as one does within a second of it."""
    indices, index = office.runtime.es.indices, office.runtime.names.posts
    indices.put_settings(index=index, settings={"refresh_interval": "-1"})
    yield
    indices.put_settings(index=index, settings={"refresh_interval": "1s"})


@pytest.mark.usefixtures("unrefreshed")
def test_a_search_right_afterwards_finds_the_post_under_its_new_topic(office: Office) -> None:
    # given
    word = LETTERS[1]["标题"]
    # when
    correct(office, 2, "--topic", "献血用血")
    # then
    found = office("search", word, "--topic", "献血用血", "--json").json
    assert [one["id"] for one in found["posts"]] == [number_of(2)]


def test_a_mood_is_corrected_by_its_chinese_name(office: Office) -> None:
    # given
    before = stored(office, 3)
    word, label = ("中性", "neutral") if before["sentiment_label"] != "neutral" else ("正面", "positive")
    # when
    outcome = office("correct", number_of(3), "--sentiment", word, "--at", AT, "--json")
    # then
    assert (outcome.code, outcome.json) == (ExitCode.OK, {"corrected": 1, "refused": []})
    after = stored(office, 3)
    assert (after["sentiment_label"], after["sentiment"]) == (label, before["sentiment"])


def test_a_section_given_with_the_topic_counts_and_not_the_topics_own(office: Office) -> None:
    # when
    correct(office, 6, "--topic", VACCINE, "--department", "人事科")
    # then
    after = stored(office, 6)
    assert (after["topic"], after["department"], after["corrected"]) == (VACCINE, "人事科", ["topic", "department"])


def test_two_corrections_of_one_post_add_up_and_the_later_word_counts(office: Office) -> None:
    # when
    correct(office, 7, "--topic", VACCINE, "--by", "张三")
    correct(office, 7, "--sentiment", "正面", "--by", "李四")
    after_two = stored(office, 7)
    correct(office, 7, "--topic", PAPERS, "--by", "李四")
    # then
    assert (after_two["topic"], after_two["sentiment_label"]) == (VACCINE, "positive")
    assert after_two["department"] == VACCINE_SECTION
    after = stored(office, 7)
    assert (after["topic"], after["department"], after["sentiment_label"]) == (PAPERS, PAPERS_SECTION, "positive")
    (kept,) = office.runtime.corrections.of([number_of(7)]).values()
    assert (kept.by, kept.topic, kept.sentiment_label) == ("李四", PAPERS, "positive")


REFUSED = {
    "id": (["yuqing_demo:没有", "--topic", VACCINE], ["没有编号为 yuqing_demo:没有 的留言", "yuqing search"]),
    "topic": (["yuqing_demo:8", "--topic", "天气"], ["没有“天气”这个主题", VACCINE, CITY, HEALTH, "其他"]),
    "section": (["yuqing_demo:8", "--department", "气象科"], ["没有“气象科”这个科室", "办公室", VACCINE_SECTION]),
    "mood": (["yuqing_demo:8", "--sentiment", "愤怒"], ["没有“愤怒”这种情感", "负面、中性、正面"]),
    "nothing": (["yuqing_demo:8"], ["没有写要改什么", "主题、情感、科室"]),
    "one of two": (["yuqing_demo:8", "--topic", VACCINE, "--department", "气象科"], ["没有“气象科”这个科室"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_there_is_none_of_is_refused_with_what_is_allowed(name: str, office: Office) -> None:
    # given
    arguments, told = REFUSED[name]
    before = stored(office, 8)
    # when
    outcome = office("correct", *arguments, "--at", AT)
    # then
    assert (outcome.code, outcome.out) == (ExitCode.FAILED, "")
    assert [part for part in told if part not in outcome.err.replace("\n", "")] == []
    assert stored(office, 8) == before
    assert office.runtime.corrections.of([number_of(8), "yuqing_demo:没有"]) == {}


def test_a_post_may_be_taken_out_of_all_topics(office: Office) -> None:
    # given a post of a category
    assert stored(office, 9)["category"]
    # when
    outcome = correct(office, 9, "--topic", "其他")
    # then it is about none of the bureau's matters, and goes to whom such posts go
    assert outcome.code == ExitCode.OK
    after = stored(office, 9)
    assert (after["topic"], after["department"], after["corrected"]) == ("其他", "办公室", ["topic"])
    assert {"category", "category_score", "topic_score"} & after.keys() == set()


def test_who_has_no_name_on_this_computer_may_correct_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a user id as a container has it: in no list of users
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 1_234_567_890)
    # when
    outcome = correct(office, 10, "--topic", VACCINE)
    # then
    assert outcome.code == ExitCode.OK, outcome.err
    (kept,) = office.runtime.corrections.of([number_of(10)]).values()
    assert kept.by == "无名用户（uid 1234567890）"


@pytest.mark.parametrize("arguments", [[], ["yuqing_demo:8", "--file", "a.csv"]], ids=["neither", "both"])
def test_a_post_or_a_file_is_named_and_not_both(arguments: list[str], office: Office) -> None:
    # when
    outcome = office("correct", *arguments)
    # then
    assert outcome.code == ExitCode.USAGE
    assert "--file" in outcome.err


# ---------- from a table ----------


def test_a_table_corrects_many_and_names_what_it_cannot(office: Office, tmp_path: Path) -> None:
    # given good rows among bad ones, each bad in its own way
    rows = [
        (number_of(11), VACCINE, "负面", "", "张三", "电话核实"),
        (number_of(12), "天气", "", "", "", ""),
        ("", VACCINE, "", "", "", ""),
        (number_of(13), "", "愤怒", "", "", ""),
        (number_of(14), "", "", "气象科", "", ""),
        ("yuqing_demo:没有", VACCINE, "", "", "", ""),
        (number_of(15), "", "", "", "张三", "只有备注"),
        (number_of(16), "", "正面", "人事科", "", ""),
    ]
    path = write_csv(tmp_path / "更正.csv", rows, COLUMNS)
    before = [stored(office, number) for number in (12, 13, 14, 15)]
    # when
    outcome = office("correct", "--file", path, "--by", "李四", "--at", AT, "--json")
    # then
    assert outcome.code == ExitCode.PARTIAL
    assert outcome.json["corrected"] == 2
    refused = {one["row"]: one["reason"] for one in outcome.json["refused"]}
    assert list(refused) == [3, 4, 5, 6, 7, 8]
    for row, told in {
        3: "天气",
        4: "没有写留言编号",
        5: "愤怒",
        6: "气象科",
        7: "没有编号为",
        8: "没有写要改什么",
    }.items():
        assert told in refused[row]
    assert [stored(office, number) for number in (12, 13, 14, 15)] == before
    first, last = stored(office, 11), stored(office, 16)
    assert (first["topic"], first["sentiment_label"], first["department"]) == (VACCINE, "negative", VACCINE_SECTION)
    assert (last["sentiment_label"], last["department"]) == ("positive", "人事科")
    kept = office.runtime.corrections.of([number_of(11), number_of(16)])
    assert [kept[number_of(number)].by for number in (11, 16)] == ["张三", "李四"]
    # and people are told likewise
    shown = office("correct", "--file", path, "--at", AT)
    assert (shown.code, "更正了 2 条留言。" in shown.out, "没有更正的" in shown.out) == (ExitCode.PARTIAL, True, True)


def test_a_table_without_a_bad_row_ends_with_0_whatever_its_form(office: Office, tmp_path: Path) -> None:
    # given
    files = [
        write_csv(tmp_path / "a.csv", [(number_of(17), VACCINE)], ("编号", "主题"), "gb18030"),
        write_xlsx(tmp_path / "b.xlsx", [("人事科", number_of(18))], ("科室", "编号")),
    ]
    # when
    outcomes = [office("correct", "--file", path, "--at", AT) for path in files]
    # then
    assert [outcome.code for outcome in outcomes] == [ExitCode.OK, ExitCode.OK]
    assert (stored(office, 17)["topic"], stored(office, 18)["department"]) == (VACCINE, "人事科")


def test_rows_about_one_post_add_up(office: Office, tmp_path: Path) -> None:
    # given
    rows = [(number_of(19), VACCINE, ""), (number_of(19), "", "正面"), (number_of(19), PAPERS, "")]
    # when
    outcome = office("correct", "--file", write_csv(tmp_path / "a.csv", rows, ("编号", "主题", "情感")), "--at", AT)
    # then
    assert outcome.code == ExitCode.OK
    after = stored(office, 19)
    assert (after["topic"], after["sentiment_label"], after["department"]) == (PAPERS, "positive", PAPERS_SECTION)


@pytest.mark.parametrize(("header", "told"), [(("主题", "科室"), "没有“编号”这一列"), (("姓名", "年龄"), "找不到表头")])
def test_a_table_of_something_else_is_refused(
    header: tuple[str, ...], told: str, office: Office, tmp_path: Path
) -> None:
    # when
    outcome = office("correct", "--file", write_csv(tmp_path / "别的.csv", [("一", "二")], header), "--at", AT)
    # then
    assert (outcome.code, outcome.out) == (ExitCode.FAILED, "")
    assert told in outcome.err
    assert "别的.csv" in outcome.err


def test_a_missing_table_is_named(office: Office, tmp_path: Path) -> None:
    # when
    outcome = office("correct", "--file", tmp_path / "没有.csv")
    # then
    assert (outcome.code, outcome.out) == (ExitCode.FAILED, "")
    assert "找不到文件" in outcome.err


@pytest.mark.parametrize("by_file", [False, True], ids=["one post", "a table"])
def test_while_elasticsearch_is_down_the_command_ends_with_4_and_can_be_repeated(by_file: bool, tmp_path: Path) -> None:
    # given
    offline = Yuqing({"ELASTICSEARCH_URL": f"http://127.0.0.1:{free_port()}", "YUQING_DATA": str(tmp_path / "data")})
    path = write_csv(tmp_path / "a.csv", [(number_of(1), VACCINE)], ("编号", "主题"))
    # when
    outcome = offline("correct", *(("--file", path) if by_file else (number_of(1), "--topic", VACCINE)))
    # then it is not the rows that are bad
    assert (outcome.code, outcome.out) == (ExitCode.UNAVAILABLE, "")
    assert "连不上 Elasticsearch" in outcome.err


# ---------- when posts are read anew ----------


def corrected_fields(office: Office, *numbers: int | str) -> list[tuple[Any, ...]]:
    names = ("topic", "department", "sentiment_label", "sentiment", "corrected")
    posts = [stored(office, number) for number in numbers]
    return [tuple(post.get(name) for name in names) for post in posts]


def test_corrections_outlast_a_replay(office: Office, tmp_path: Path) -> None:
    # given one of each kind, and a post nobody corrected
    rows = [
        (number_of(21), VACCINE, "", ""),
        (number_of(22), "", "正面", ""),
        (number_of(23), "", "", "人事科"),
        (number_of(24), PAPERS, "负面", "规划信息化科"),
    ]
    office("correct", "--file", write_csv(tmp_path / "a.csv", rows, COLUMNS[:4]), "--at", AT)
    numbers = (21, 22, 23, 24, 25)
    before = corrected_fields(office, *numbers)
    # when
    outcome = office("replay", "--at", AT, "--json")
    # then
    assert outcome.code == ExitCode.OK
    assert outcome.json["indexed"] + outcome.json["stale"] >= len(LETTERS)
    assert corrected_fields(office, *numbers) == before
    assert [fields[-1] for fields in before] == [
        ["topic"],
        ["sentiment_label"],
        ["department"],
        ["topic", "sentiment_label", "department"],
        [],
    ]


def test_corrections_outlast_a_newer_state_of_the_post(office: Office, tmp_path: Path) -> None:
    # given
    correct(office, 26, "--topic", VACCINE, "--sentiment", "负面")
    # when the board answers, and the author adds a word
    newer = {
        **LETTERS[25],
        "内容": LETTERS[25]["内容"] + "补充：感谢领导，非常满意。",
        "状态": "已办结",
        "答复单位": "市卫健局",
        "答复内容": "您好，已经办理。",
        "答复时间": "2026-01-08 10:00",
    }
    path = write_board(tmp_path / "newer.csv", [newer], EXPORTED + timedelta(days=1))
    assert office("import", path, "--at", LATER).code == ExitCode.OK
    # then
    after = stored(office, 26)
    assert (after["status"], "补充" in after["body"]) == ("已办结", True)
    assert (after["topic"], after["department"], after["sentiment_label"]) == (VACCINE, VACCINE_SECTION, "negative")
    # and a correction after that leaves the newer state
    correct(office, 26, "--department", "人事科")
    after = stored(office, 26)
    assert (after["status"], after["department"], after["topic"]) == ("已办结", "人事科", VACCINE)


def test_a_post_seen_for_the_first_time_is_not_taken_for_a_corrected_one(office: Office, tmp_path: Path) -> None:
    # when
    path = write_board(tmp_path / "new.csv", [message("新1", "学校补课", "老师在校外补课收费", SCHOOL, "投诉")])
    assert office("import", path, "--at", AT).code == ExitCode.OK
    # then
    assert stored(office, "新1").get("corrected", []) == []
