"""Posts in a real index: newer states win, bad ones are set aside, Chinese is found."""

from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import BadRequestError
from elasticsearch.dsl import Q

from core.errors import Unavailable
from core.post import Post, Reply
from pipeline.runtime import Runtime
from store import documents
from store.connection import ClusterSettings, connect
from store.documents import Names
from store.periods import OTHER
from store.post_writing import write_posts
from store.posts import count_posts, oldest_checked, scan_posts, search_posts

MONDAY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


def post(number: int, *, seen: datetime = MONDAY, **changes: object) -> Post:
    fields: dict[str, object] = {
        "id": f"board:{number}",
        "source": "board",
        "source_id": str(number),
        "channel": "message_board",
        "title": f"第 {number} 条",
        "body": "想问疫苗接种点几点开门",
        "posted_at": MONDAY,
        "collected_at": seen,
        "status": "待回复",
        "tokens": ["疫苗", "接种点", "几点", "开门"],
    }
    return Post.model_validate(fields | changes)


def stored(runtime: Runtime) -> dict[str, Post]:
    count_posts(runtime.es, runtime.names)
    return {found.id: found for found in scan_posts(runtime.es, runtime.names, Q("match_all"))}


def test_a_newer_state_updates_and_an_older_one_never_overwrites(runtime: Runtime) -> None:
    reply = Reply(body="上午八点", replied_at=MONDAY + timedelta(hours=5))
    answered = post(1, seen=MONDAY + timedelta(days=1), status="已回复", replies=[reply], votes_up=3)
    write_posts(runtime.es, runtime.names, [post(1)])

    newer = write_posts(runtime.es, runtime.names, [answered])
    older = write_posts(runtime.es, runtime.names, [post(1, seen=MONDAY + timedelta(hours=1))])

    assert (newer.indexed, newer.stale) == (1, 0)
    assert (older.indexed, older.stale) == (0, 1)
    assert stored(runtime) == {"board:1": answered}


def test_the_same_state_again_changes_nothing(runtime: Runtime) -> None:
    posts = [post(number) for number in range(1200)]
    write_posts(runtime.es, runtime.names, posts)

    again = write_posts(runtime.es, runtime.names, posts)

    assert (again.indexed, again.stale, again.refused) == (1200, 0, [])
    assert stored(runtime) == {one.id: one for one in posts}


def test_a_post_the_mapping_refuses_is_named_and_the_rest_go_through(runtime: Runtime) -> None:
    too_big = post(2, votes_up=2**40)

    written = write_posts(runtime.es, runtime.names, [post(1), too_big, post(3)])

    assert written.indexed == 2
    [(refused, reason)] = written.refused
    assert refused == "board:2"
    assert "votes_up" in reason
    assert stored(runtime).keys() == {"board:1", "board:3"}


def test_an_undeclared_field_is_refused_by_the_mapping(runtime: Runtime) -> None:
    with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
        runtime.es.index(index=runtime.names.posts_in(OTHER), document={"id": "x", "surprise": 1})


def test_chinese_is_found_by_word_by_phrase_and_by_filter(runtime: Runtime) -> None:
    dental = post(2, body="口腔医院挂不上号", tokens=["口腔医院", "挂", "不", "上号"], department="医政医管科")
    write_posts(runtime.es, runtime.names, [post(1), dental])
    count_posts(runtime.es, runtime.names)

    def found(tokens: list[str], text: str, **filters: str) -> list[str]:
        return [one.id for _, one in search_posts(runtime.es, runtime.names, tokens, text, filters, 10)[1]]

    assert found(["疫苗", "开门"], "疫苗开门") == ["board:1"]
    assert found(["没", "切好", "的", "词"], "挂不上号") == ["board:2"]
    assert found(["医院"], "腔医") == ["board:2"]
    assert found(["疫苗"], "疫苗", department="医政医管科") == []


def test_open_posts_come_back_with_the_one_checked_longest_ago_first(runtime: Runtime) -> None:
    waiting = [post(n, checked_at=MONDAY + timedelta(hours=5 - n)) for n in (1, 2, 3)]
    closed = post(4, status="已办结", checked_at=MONDAY - timedelta(days=9))
    never = post(5, checked_at=None)
    write_posts(runtime.es, runtime.names, [*waiting, closed, never])
    count_posts(runtime.es, runtime.names)

    queue = oldest_checked(runtime.es, runtime.names, "board", 3)

    assert [one.source_id for one in queue] == ["5", "3", "2"]


def test_setup_may_run_again_and_adds_what_is_missing(runtime: Runtime) -> None:
    write_posts(runtime.es, runtime.names, [post(1)])

    documents.setup(runtime.es, runtime.names)
    documents.setup(runtime.es, runtime.names)

    assert stored(runtime).keys() == {"board:1"}
    assert set(runtime.es.indices.get_alias(name=runtime.names.posts)) == {
        f"{runtime.names.posts}-000001-{part}" for part in ("2026.01", OTHER)
    }


def test_a_cluster_that_is_down_is_named_plainly() -> None:
    es = connect(ClusterSettings(url="http://127.0.0.1:9"))

    with pytest.raises(Unavailable, match="连不上 Elasticsearch"):
        write_posts(es, Names(), [post(1)])
