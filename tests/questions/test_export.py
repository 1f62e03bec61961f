"""What leaves for the site's robot: published entries only, in a described form, harmless to whoever opens it."""

import csv
import io
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from questions.entry import Entry, Published, Source
from questions.export import SCHEMA, as_csv, as_document

AT = datetime(2020, 3, 2, 1, 0, tzinfo=UTC)


def entry(id_: str, *, answer: str = "五个工作日。", is_published: bool = True) -> Entry:
    source = Source(post_id="board:1", organisation="市公安局", replied_at=AT, url="https://board.example/1")
    published = Published(question="居住证怎么办？", answer=answer, source=source, reviewed_at=AT, at=AT)
    return Entry(
        id=id_,
        question="正在改的问题",
        answer="正在改的答案",
        variants=["如何办居住证？"],
        source=source,
        created_at=AT,
        mined_at=AT,
        published=published if is_published else None,
    )


def test_only_what_is_published_leaves_as_it_was_published() -> None:
    # when
    document = as_document([entry("q-1"), entry("q-2", is_published=False)], 12, AT + timedelta(days=1))
    # then
    jsonschema.validate(document, SCHEMA)
    (row,) = document["entries"]
    assert (row["id"], row["question"], row["answer"]) == ("q-1", "居住证怎么办？", "五个工作日。")
    assert row["source"]["post_id"] == "board:1"
    assert (row["reviewed_on"], row["review_again_on"]) == ("2020-03-02", "2021-03-02")


def test_the_table_says_the_same() -> None:
    # when
    content = as_csv([entry("q-1"), entry("q-2", is_published=False)], 12)
    # then
    assert content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (row["编号"], row["答案"], row["来源留言"], row["答复日期"]) == (
        "q-1",
        "五个工作日。",
        "board:1",
        "2020-03-02",
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    # when
    content = as_csv([entry("q-1", answer=f"{start}1+1")], 12).decode("utf-8-sig")
    # then
    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert row["答案"].startswith("'" + start)
