"""Answers of sites: the message board's JSON, feeds, pages. Whatever stands in them, a run ends with posts or a reason."""

import json
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Context
from tests.collectors.test_feed import rss
from tests.fuzz.targets import BOARD, FEED, LETTERS, NOW, OneAnswer, feed, message_board, parse, site_list
from tests.properties.bounds import BOUNDED, FEW

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)
_NAMES = (
    *(
        "tid",
        "subject",
        "content",
        "dateline",
        "domainName",
        "typeName",
        "stateInfo",
        "answerContent",
        "answerDateline",
    ),
    *("answerOrganization", "favNum", "nickName", "gradeManner", "gradeSpeed"),
)
SOUND = {"tid": 17, "subject": "路灯不亮", "content": "晚上看不见路", "dateline": 1578447000}
ITEMS = st.dictionaries(st.sampled_from(_NAMES), JSON, max_size=4).map(lambda fields: SOUND | fields)
# What XML can hold and every reader keeps as it is.
SHOWN = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF, include_characters="<>&'\"=@#[]"), min_size=1, max_size=20
)


@BOUNDED
@given(ITEMS)
def test_an_item_of_the_board_is_a_post_or_says_why_not(item: dict[str, object]) -> None:
    parse(BOARD, {**item, "fid": 7})


@BOUNDED
@given(
    st.one_of(
        JSON, st.fixed_dictionaries({"result": st.just("success"), "responseData": st.lists(st.one_of(JSON, ITEMS))})
    )
)
def test_a_walk_along_any_answers_of_the_board_ends(answer: object) -> None:
    message_board(b"\0" + json.dumps(answer).encode())


@FEW
@given(st.integers(1, 20_000), st.sampled_from(['{"a":', "["]))
def test_a_walk_along_answers_nested_as_deep_as_you_like_ends(depth: int, opening: str) -> None:
    message_board(b"\0" + (opening * depth).encode())
    message_board(
        b"\0" + b'{"result": "success", "responseData": [{"tid": 1, "x": ' + b"[" * depth + b"]" * depth + b"}]}"
    )


@FEW
@given(st.lists(st.tuples(SHOWN, SHOWN), min_size=1, max_size=4, unique_by=lambda entry: entry[0]))
def test_every_entry_of_a_feed_becomes_a_post_that_shows_what_was_written(entries: list[tuple[str, str]]) -> None:
    # given: text escaped once for HTML and once for XML, as feeds do it
    items = [
        f"<item><guid>{number}</guid><title>{escape(escape(title))}</title><description>{escape(escape(body))}</description>"
        "<pubDate>Wed, 08 Jan 2020 09:30:00 +0800</pubDate></item>"
        for number, (title, body) in enumerate(entries)
    ]
    session = OneAnswer(rss(*items).encode(), {"content-type": "application/rss+xml; charset=utf-8"})
    # when
    posts = [FEED.parse(item, NOW) for batch in FEED.fetch(Context(session, NOW)) for item in batch.items]
    # then
    assert [(post.title, post.body) for post in posts] == entries


@BOUNDED
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: b"\0" + rss(text).encode(errors="replace"))
    )
)
def test_a_feed_of_any_bytes_is_read_or_refused(answer: bytes) -> None:
    feed(answer)


@FEW
@given(SHOWN, SHOWN)
def test_a_letters_page_shows_what_was_written(title: str, body: str) -> None:
    # given
    page = f"<h1>{escape(title)}</h1><div class='body'>{escape(body)}</div><div class='time'>2020-01-08</div>"
    list_page = "<ul><li><a href='/letter'>1</a></li></ul>"
    session = OneAnswer(f"<html><meta charset='utf-8'>{list_page}{page}</html>".encode(), {})
    # when
    items = [item for batch in LETTERS.fetch(Context(session, NOW)) for item in batch.items]
    # then
    assert [(post.title, post.body) for post in (LETTERS.parse(item, NOW) for item in items)] == [(title, body)]


@BOUNDED
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text("<>/ulia hrefnxt='\"h1div.body?&#;0", max_size=200).map(lambda text: f"\0{text}".encode()),
    )
)
def test_pages_of_any_bytes_are_read_or_refused(answer: bytes) -> None:
    site_list(answer)
