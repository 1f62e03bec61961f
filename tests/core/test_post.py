"""The record: what it takes, what it refuses, what it never keeps."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from core.post import Post, Reply, post_id

POSTED = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


def post(**changes: object) -> Post:
    fields: dict[str, object] = {
        "id": "board:1",
        "source": "board",
        "source_id": "1",
        "channel": "message_board",
        "title": "题",
        "body": "文",
        "posted_at": POSTED,
        "collected_at": POSTED,
    }
    return Post.model_validate(fields | changes)


def test_what_a_source_does_not_tell_stays_missing() -> None:
    # given a post of which only what it must have is known
    told = post().model_dump()
    must_have = {"id", "source", "source_id", "channel", "title", "body", "posted_at", "collected_at"}
    # then nothing was invented: no zeros, no default state
    assert [name for name, value in told.items() if name not in must_have and value not in (None, [], {})] == []


def test_times_are_kept_in_utc() -> None:
    # given a time without zone, which is Beijing time
    found = post(
        posted_at=datetime(2026, 1, 5, 10, 0), replies=[{"body": "答", "replied_at": "2026-01-06T09:00:00+08:00"}]
    )
    # then
    assert found.posted_at.isoformat() == "2026-01-05T02:00:00+00:00"
    assert found.first_reply_at is not None
    assert found.first_reply_at.isoformat() == "2026-01-06T01:00:00+00:00"


def test_an_author_is_neither_stored_nor_shown() -> None:
    # given
    found = post(author="张三丰")
    # then
    assert found.author == "张三丰"
    assert "张三丰" not in found.model_dump_json() + repr(found) + str(found)


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "telephone"},
        {"kind": "表扬"},
        {"status": "完成"},
        {"sentiment_label": "negativ"},
        {"votes": 3},
        {"posted_at": None},
        {"title": None},
    ],
)
def test_unknown_words_and_fields_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        post(**changes)


def test_the_first_reply_is_the_earliest_dated_one() -> None:
    # given
    early, late = datetime(2026, 1, 6, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC)
    replies = [Reply(body="无日期"), Reply(body="后", replied_at=late), Reply(body="先", replied_at=early)]
    # then
    assert post(replies=replies).first_reply_at == early
    assert post(replies=replies[:1]).first_reply_at is None
    assert post().first_reply_at is None


def test_two_posts_share_no_lists() -> None:
    # given
    first, second = post(), post()
    # when
    first.keywords.append("疫苗")
    # then
    assert second.keywords == []


def test_an_id_names_the_source_and_the_sources_own_id() -> None:
    assert post_id("board", "42") == "board:42"


def test_the_text_of_a_post_is_its_title_and_body() -> None:
    assert post(title="题", body="文").text == "题\n文"
