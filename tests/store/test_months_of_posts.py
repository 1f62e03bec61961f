"""Posts lie apart by months; one whose date the site mends moves, and is never there twice, nor goes back to an older state."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from core.errors import Unavailable
from core.post import Post
from pipeline.runtime import Runtime
from store.changes import changed_posts, position
from store.connection import ClusterSettings, connect
from store.periods import OTHER, IndexName
from store.post_places import delete_posts
from store.post_writing import rewrite_posts, write_posts
from store.posts import cluster_ids, posts_by_id
from tests.pipeline.gate import Gate

JANUARY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
FEBRUARY = JANUARY + timedelta(days=31)
SEEN = datetime(2026, 3, 2, tzinfo=UTC)


def post(number: int, posted_at: datetime, seen: datetime = SEEN, **changes: Any) -> Post:
    fields: dict[str, Any] = {
        "id": f"board:{number}",
        "source": "board",
        "source_id": str(number),
        "channel": "message_board",
        "title": f"第 {number} 条",
        "body": "想问疫苗接种点几点开门",
        "posted_at": posted_at,
        "collected_at": seen,
        "status": "待回复",
    }
    return Post.model_validate(fields | changes)


def places(runtime: Runtime) -> list[tuple[str, str | None, str]]:
    """Id, part and title of every document behind the alias of the posts."""
    runtime.es.indices.refresh(index=runtime.names.posts)
    hits = runtime.es.search(index=runtime.names.posts, size=1000)["hits"]["hits"]
    return sorted((hit["_id"], IndexName.parse(hit["_index"]).part, hit["_source"]["title"]) for hit in hits)


@pytest.fixture
def unrefreshed(runtime: Runtime) -> Runtime:
    """An installation whose searches show no write by themselves, as within a second of it."""
    write_posts(runtime.es, runtime.names, [post(0, JANUARY), post(0, FEBRUARY), post(0, JANUARY)])
    runtime.es.indices.put_settings(index=runtime.names.posts, settings={"refresh_interval": "-1"})
    delete_posts(runtime.es, runtime.names, ["board:0"])
    return runtime


def test_a_post_lies_in_the_beijing_month_it_was_posted_in(runtime: Runtime) -> None:
    # given the last hour of a month as London has it, which is the next month's in Beijing, and years that cannot be
    late = datetime(2026, 1, 31, 23, 0, tzinfo=UTC)
    absurd = [datetime(2000, 5, 1, tzinfo=UTC), datetime(2062, 5, 1, tzinfo=UTC)]
    # when
    write_posts(runtime.es, runtime.names, [post(number, at) for number, at in enumerate([JANUARY, late, *absurd])])
    # then
    assert [part for _, part, _ in places(runtime)] == ["2026.01", "2026.02", OTHER, OTHER]


def test_nothing_can_be_written_to_all_months_at_once(runtime: Runtime) -> None:
    with pytest.raises(Exception, match="no write index"):
        runtime.es.index(index=runtime.names.posts, document={"id": "x"})


def test_a_post_whose_date_is_mended_is_there_once_with_its_newer_state(unrefreshed: Runtime) -> None:
    # given
    es, names = unrefreshed.es, unrefreshed.names
    write_posts(es, names, [post(1, JANUARY), post(2, JANUARY)])
    # when the site mends the date of one
    mended = post(1, FEBRUARY, SEEN + timedelta(hours=1), title="改了日期")
    assert write_posts(es, names, [mended]).indexed == 1
    # then
    assert places(unrefreshed) == [("board:1", "2026.02", "改了日期"), ("board:2", "2026.01", "第 2 条")]
    # and the older state does not come back, whenever it arrives, nor does it count as taken
    older = write_posts(es, names, [post(1, JANUARY)])
    assert (older.indexed, older.stale) == (0, 1)
    assert places(unrefreshed)[0] == ("board:1", "2026.02", "改了日期")


def test_the_same_state_read_anew_with_another_date_takes_the_place_of_the_old(runtime: Runtime) -> None:
    # given a parser that was mended, and a replay
    write_posts(runtime.es, runtime.names, [post(1, JANUARY)])
    # when
    written = write_posts(runtime.es, runtime.names, [post(1, FEBRUARY)])
    # then
    assert (written.indexed, written.stale) == (1, 0)
    assert [part for _, part, _ in places(runtime)] == ["2026.02"]


def test_a_post_that_a_table_lists_twice_is_there_once_as_its_last_row_has_it(runtime: Runtime) -> None:
    write_posts(runtime.es, runtime.names, [post(1, FEBRUARY), post(2, JANUARY), post(1, JANUARY)])
    assert places(runtime) == [("board:1", "2026.01", "第 1 条"), ("board:2", "2026.01", "第 2 条")]


@pytest.mark.parametrize("newer_first", [False, True])
def test_a_writer_that_died_between_writing_and_deleting_is_ended_by_the_next(
    runtime: Runtime, environment: dict[str, str], *, newer_first: bool
) -> None:
    # given a writer that is cut off before it deletes what it has found to be the older of two
    later = SEEN + timedelta(hours=1)
    first, second = (later, SEEN) if newer_first else (SEEN, later)
    write_posts(runtime.es, runtime.names, [post(1, JANUARY, first)])
    with Gate(environment["ELASTICSEARCH_URL"], runtime.names.prefix) as gate:
        cut_off = connect(ClusterSettings(url=gate.url)).options(max_retries=0)
        gate.close_at(1, "before", lambda call: call.path == "/_bulk")
        with ThreadPoolExecutor(1) as pool:
            dying = pool.submit(write_posts, cut_off, runtime.names, [post(1, FEBRUARY, second)])
            assert gate.held.wait(60)
            gate.open()
            with pytest.raises(Unavailable):
                dying.result(60)
    assert len(places(runtime)) == 2
    # when
    again = write_posts(runtime.es, runtime.names, [post(1, FEBRUARY, second)])
    # then
    assert (again.indexed, again.stale) == ((0, 1) if newer_first else (1, 0))
    assert [part for _, part, _ in places(runtime)] == ["2026.01" if newer_first else "2026.02"]


def test_two_writers_that_need_the_same_new_month_both_get_it(runtime: Runtime) -> None:
    # given
    _ = runtime.es
    batches = [[post(10 * writer + number, FEBRUARY) for number in range(10)] for writer in range(4)]
    # when
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda batch: write_posts(runtime.es, runtime.names, batch), batches))
    # then
    assert [one.indexed for one in written] == [10] * 4
    assert len(places(runtime)) == 40
    # and it is the alias's own, whatever generation is in use
    (index,) = runtime.es.indices.get_alias(name=runtime.names.posts_in("2026.02"))
    assert index in runtime.es.indices.get_alias(name=runtime.names.posts)


def test_posts_are_read_by_id_over_the_months_with_every_acknowledged_write(unrefreshed: Runtime) -> None:
    # given
    es, names = unrefreshed.es, unrefreshed.names
    posts = [post(1, JANUARY, cluster_id="m"), post(2, FEBRUARY)]
    write_posts(es, names, posts)
    es.indices.refresh(index=names.posts)
    # when one is changed, and another comes, and no search shows it yet
    changed = posts[1].model_copy(update={"cluster_id": "n"})
    rewrite_posts(es, names, [changed, new := post(3, FEBRUARY)])
    # then
    ids = ["board:3", "board:none", "board:2", "board:1"]
    assert list(posts_by_id(es, names, ids)) == [new, changed, posts[0]]
    assert cluster_ids(es, names, ids) == {"board:1": "m", "board:2": "n"}
    # and deleted wherever they lie
    assert delete_posts(es, names, ids) == 3
    assert places(unrefreshed) == []


def test_what_was_written_since_is_told_over_all_months(runtime: Runtime) -> None:
    # given
    es, names = runtime.es, runtime.names
    write_posts(es, names, [post(1, JANUARY), post(2, JANUARY)])
    since = position(es, names)
    # when one moves to a month that there was not, and there is another new one
    moved = post(1, FEBRUARY, SEEN + timedelta(hours=1))
    write_posts(es, names, [moved, new := post(3, JANUARY)])
    # then
    until = position(es, names)
    told = sorted(changed_posts(es, names, since, until), key=lambda one: one.id)
    assert told == [moved, new]
    assert list(changed_posts(es, names, until, position(es, names))) == []


def test_a_month_that_a_restore_took_away_is_made_anew_for_the_next_post(runtime: Runtime) -> None:
    # given
    es, names = runtime.es, runtime.names
    write_posts(es, names, [post(1, JANUARY)])
    _remove(es, f"{names.posts}-000001-2026.01")
    # when
    write_posts(es, names, [post(2, JANUARY)])
    # then
    assert [id_ for id_, _, _ in places(runtime)] == ["board:2"]


def _remove(es: Elasticsearch, index: str) -> None:
    es.indices.update_aliases(actions=[{"remove_index": {"index": index}}])
