"""What people ask for again and again is suggested for disclosure, by how many they are."""

import io
from datetime import UTC, datetime

from docx import Document

from core.post import Post
from pipeline.disclosure_word import disclosure_word
from questions.disclosure import Suggestion, Wish, suggestions
from reports.period import read_quarter
from tests.matters_pipeline.letters import answered, letter

QUARTER = read_quarter("2020-Q1")
NO_OTHER = datetime(2020, 2, 1, tzinfo=UTC)


def request(name: str, month: int, **changes: object) -> Post:
    text = ("申请公开危房改造补助发放名单", "请公开我镇危房改造补助的发放名单和标准。")
    at = datetime(2020, month, 5, tzinfo=UTC)
    return letter(name, text, at, **{"channel": "disclosure_request", "department": "规划科", **changes})


def found(*wishes: Wish) -> list[Suggestion]:
    return suggestions(wishes, QUARTER.start, QUARTER.end)


def test_what_recurs_is_suggested_with_its_reasons() -> None:
    # given
    first = answered(request("a", 1), "您好，补助标准为每户2.5万元，名单在镇政府公示栏公布。", NO_OTHER)
    # when
    (one,) = found(Wish("m-1", "危房改造补助名单", [first, request("b", 2), request("c", 2, department="建设科")]))
    # then
    assert (one.people, one.months, one.requests) == (3, 2, 3)
    assert one.departments == ("建设科", "规划科")
    assert one.replies[0].gist.startswith("补助标准为每户2.5万元")
    assert "3 人在 2 个月里提出 3 次" in one.why
    assert one.post_ids == ("board:a", "board:b", "board:c")


def test_one_person_or_another_quarter_make_no_suggestion() -> None:
    assert found(Wish("m-1", "名单", [request("a", 1), request("b", 2, author_hash="author-a")])) == []
    assert found(Wish("m-1", "名单", [request("a", 4), request("b", 5)])) == []


def test_what_comes_after_the_quarter_does_not_count() -> None:
    (one,) = found(Wish("m-1", "名单", [request("a", 1), request("b", 2), request("c", 4)]))
    assert one.people == 2


def test_more_people_come_first_then_more_months() -> None:
    # given
    two = Wish("two", "二", [request("a", 1), request("b", 1)])
    two_months = Wish("two months", "二", [request("c", 1), request("d", 2)])
    three = Wish("three", "三", [request("e", 1), request("f", 1), request("g", 1)])
    # then
    assert [one.key for one in found(two, two_months, three)] == ["three", "two months", "two"]


def test_the_word_file_leaves_the_directory_item_to_a_person() -> None:
    # given
    wishes = [Wish(f"m-{n}", "危房改造补助名单", [request("a", 1), request("b", 2)]) for n in range(25)]
    listed = found(*wishes)
    # when
    content = disclosure_word(listed, QUARTER)
    # then
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)
    assert "2020年第一季度主动公开建议" in text
    assert text.count("对应的主动公开目录事项：（由承办科室填写）") == 25
    assert content == disclosure_word(listed, QUARTER)
    assert disclosure_word([], QUARTER)
