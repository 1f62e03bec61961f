"""What an older version made is brought to this version's structure, without a document lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from core.errors import ExitCode, Unavailable, YuqingError
from core.post import Post
from pipeline.runtime import Runtime
from store import documents
from store.corrections import Correction
from store.documents import TEMPLATE_VERSION
from store.periods import IndexName
from store.post_writing import to_source, version_of, write_posts
from store.upgrade import drop_old, upgrade
from tests.cli.command import Yuqing
from tests.pipeline.content import documents as content

MANY = 3000
SEEN_AT = datetime(2026, 1, 9, tzinfo=UTC)


def older_posts(es: Elasticsearch, names: documents.Names, count: int, part: str | None = None, **fields: Any) -> None:
    """What an older version made, in which `topic` was a text: so many posts in one index, or a month's as `part`."""
    index = IndexName(names.posts, 1, part)
    mappings = documents.mappings_of("posts")
    older = {**mappings["properties"], "topic": {"type": "text"}, **fields}
    es.indices.create(
        index=str(index),
        mappings={**mappings, "properties": older, "_meta": {"template_version": 1}},
        aliases=index.aliases,
        settings={"number_of_shards": 1, "number_of_replicas": 0},
    )
    posts = (some_post(number, one_month=part is not None) for number in range(count))
    versioned = ({"_id": post.id, "version": version_of(post), "_source": to_source(post)} for post in posts)
    bulk(es, ({**one, "_index": str(index), "version_type": "external_gte"} for one in versioned), refresh=True)


def some_post(number: int, *, one_month: bool = True) -> Post:
    """A post; of three months, in turn, unless it is to be one."""
    months_ago = 0 if one_month else number % 3
    return Post(
        id=f"s:{number}",
        source="s",
        source_id=str(number),
        channel="mailbox",
        title="预约挂号",
        body=f"第 {number} 条留言",
        posted_at=SEEN_AT - months_ago * timedelta(days=30),
        collected_at=SEEN_AT,
        topic="预约挂号",
    )


@pytest.fixture
def older(runtime: Runtime) -> Runtime:
    """An installation whose posts were indexed by an older version."""
    older_posts(runtime.client, runtime.names, 40)
    return runtime


def test_an_older_index_is_told_apart_before_anything_is_written_to_it(
    older: Runtime, environment: dict[str, str]
) -> None:
    # when a command wants to work with it
    outcome = Yuqing(environment)("cluster")
    # then
    assert outcome.code == ExitCode.FAILED
    assert f"模板版本 1，现在是 {TEMPLATE_VERSION}" in outcome.err
    assert "yuqing upgrade" in outcome.err


def test_documents_and_their_versions_come_over_and_the_alias_moves(
    older: Runtime, environment: dict[str, str]
) -> None:
    # given
    es, names = older.client, older.names
    before = content(es, names.posts)
    # when
    outcome = Yuqing(environment)("upgrade", "--json")
    # then
    assert outcome.code == 0, outcome.err
    done = {one["alias"]: one for one in outcome.json["indices"]}
    told = done[names.posts]
    assert (told["state"], told["version"], told["documents"]) == ("copied", 1, 40)
    assert told["old"] == [f"{names.posts}-000001"]
    assert told["indices"] == new_indices(names)
    assert {one["state"] for alias, one in done.items() if alias != names.posts} == {"current"}
    assert sorted(es.indices.get_alias(name=names.posts)) == new_indices(names)
    assert content(es, names.posts) == before
    hits = es.search(index=names.posts, size=100, version=True)["hits"]["hits"]
    assert {hit["_version"] for hit in hits} == {version_of(some_post(0))}
    # and what needed the new structure works, old states stay old, and the next run has nothing to do
    assert es.count(index=names.posts, query={"term": {"topic": "预约挂号"}})["count"] == 40
    meta = [one["mappings"]["_meta"] for one in es.indices.get_mapping(index=names.posts).values()]
    assert meta == [{"template_version": TEMPLATE_VERSION}] * 4
    months = sorted({hit["_index"]: hit["_source"]["posted_at"][:7] for hit in hits}.items())
    assert [month for _, month in months] == ["2025-11", "2025-12", "2026-01"]
    earlier = some_post(0).model_copy(update={"collected_at": SEEN_AT.replace(year=2001), "title": "旧"})
    assert write_posts(older.es, names, [earlier]).stale == 1
    assert write_posts(older.es, names, [some_post(50)]).indexed == 1
    again = Yuqing(environment)("upgrade", "--json").json
    assert {one["state"] for one in again["indices"]} == {"current"}


def new_indices(names: documents.Names) -> list[str]:
    """Where the posts of older versions are after an upgrade."""
    return [f"{names.posts}-000002-{part}" for part in ("2025.11", "2025.12", "2026.01", "other")]


def test_posts_go_from_months_to_years_and_back_as_the_office_says(runtime: Runtime) -> None:
    # given posts by months
    es, months = runtime.es, runtime.names
    years = replace(months, period="year")
    write_posts(es, months, [some_post(number, one_month=False) for number in range(9)])
    before = content(es, months.posts)
    # when the office wants years, no command works with them
    with pytest.raises(YuqingError, match="posts_index_period"):
        documents.setup(es, years)
    # until they were upgraded
    upgrade(es, years)
    documents.setup(es, years)
    assert content(es, years.posts) == before
    assert sorted(es.indices.get_alias(name=years.posts)) == [
        f"{years.posts}-000002-{part}" for part in ("2025", "2026", "other")
    ]
    assert write_posts(es, years, [some_post(1, one_month=False)]).indexed == 1
    # and back
    upgrade(es, months)
    assert content(es, months.posts) == before
    assert len(es.indices.get_alias(name=months.posts)) == 4


def test_an_added_field_needs_no_copy(runtime: Runtime) -> None:
    # given an index that lacks a field of this version
    es, names = runtime.client, runtime.names
    mappings = documents.mappings_of("alerts")
    properties = {name: field for name, field in mappings["properties"].items() if name != "attempts"}
    older = {**mappings, "properties": properties, "_meta": {"template_version": 1}}
    es.indices.create(index=f"{names.alerts}-000001", mappings=older, aliases={names.alerts: {}})
    # when
    done = {one.alias: one for one in upgrade(es, names)}
    # then
    assert (done[names.alerts].state, done[names.alerts].indices) == ("mapped", (f"{names.alerts}-000001",))
    assert "attempts" in es.indices.get_mapping(index=names.alerts)[f"{names.alerts}-000001"]["mappings"]["properties"]


def test_writes_are_stopped_while_documents_are_copied_and_nothing_is_lost(runtime: Runtime) -> None:
    # given writers that go on writing new posts all the while, each trying again when it is refused
    es, names = runtime.client, runtime.names
    older_posts(es, names, 40, part="2026.01")
    acknowledged: list[str] = []
    refused: list[str] = []
    over = threading.Event()

    def write_on() -> None:
        number = 1000
        while not over.is_set():
            try:
                write_posts(es, names, [some_post(number)])
            except Unavailable as error:
                refused.append(error.message)
                time.sleep(0.02)
            else:
                acknowledged.append(f"s:{number}")
                number += 1

    writer = threading.Thread(target=write_on)
    writer.start()
    # when
    while not acknowledged:
        time.sleep(0.01)
    upgrade(es, names, lambda _: time.sleep(0.002))
    count = len(acknowledged)
    while len(acknowledged) < count + 3:
        time.sleep(0.01)
    over.set()
    writer.join()
    # then
    assert refused
    assert set(acknowledged) <= content(es, names.posts).keys()
    assert len(content(es, names.posts)) == 40 + len(acknowledged)


def test_a_stopped_write_says_what_to_wait_for(older: Runtime) -> None:
    # given an upgrade that was broken off while it copied
    upgrade(older.client, older.names)
    for alias in (older.names.corrections, older.names.collector_state):
        older.client.indices.add_block(index=alias, block="write")
    # when a single document is written, and when several are
    with pytest.raises(Unavailable) as single:
        older.state.save_cursor("s", {}, SEEN_AT)
    with pytest.raises(Unavailable) as several:
        older.corrections.save(Correction(post_id="s:1", by="某人", at=SEEN_AT, note="备注"), 1)
    # then
    assert "yuqing upgrade" in single.value.advice
    assert "再运行一次" in several.value.advice
    # and running it again ends that
    upgrade(older.client, older.names)
    older.state.save_cursor("s", {}, SEEN_AT)


def test_a_document_that_does_not_fit_stops_the_upgrade_and_the_old_index_works_on(runtime: Runtime) -> None:
    # given an older index whose votes were words
    es, names = runtime.client, runtime.names
    older_posts(es, names, 3, votes_up={"type": "keyword"})
    es.update(index=f"{names.posts}-000001", id="s:1", doc={"votes_up": "很多"})
    # when
    with pytest.raises(YuqingError, match="没有升级：文档 s:1") as raised:
        upgrade(es, names)
    # then
    assert "很多" not in raised.value.message
    assert list(es.indices.get(index=f"{names.posts}-0*")) == [f"{names.posts}-000001"]
    assert es.index(index=names.posts, id="s:9", document=to_source(some_post(9)))["result"] == "created"


def test_old_indices_stay_until_they_are_dropped(older: Runtime, environment: dict[str, str]) -> None:
    # given
    es, names = older.client, older.names
    upgrade(es, names)
    assert sorted(es.indices.get(index=f"{names.posts}-0*")) == [f"{names.posts}-000001", *new_indices(names)]
    # when
    outcome = Yuqing(environment)("upgrade", "--drop-old", "--json")
    # then
    assert outcome.json["dropped"] == [f"{names.posts}-000001"]
    assert sorted(es.indices.get(index=f"{names.posts}-0*")) == new_indices(names)
    assert drop_old(es, names) == []


@pytest.mark.slow
def test_an_upgrade_killed_at_any_point_is_ended_by_the_next(
    new_runtime: Callable[..., Runtime], environment: dict[str, str]
) -> None:
    # given more posts than are copied at once
    runtime = new_runtime()
    es, names = runtime.client, runtime.names
    older_posts(es, names, MANY)
    before = content(es, names.posts)
    script = (
        "import os, signal, sys; from pipeline.runtime import Runtime; from store.upgrade import upgrade\n"
        "left = [int(sys.argv[1])]\n"
        "def tick(_):\n"
        "    left[0] -= 1\n"
        "    if left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "runtime = Runtime.from_environment(os.environ); upgrade(runtime.client, runtime.names, tick)"
    )
    # when it is killed early, between two batches, and with the last document
    for documents_copied in (1, 1200, MANY):
        run = subprocess.run(
            [sys.executable, "-c", script, str(documents_copied)], env={**os.environ, **environment}, check=False
        )
        # then everything is still read as it was
        assert run.returncode == -signal.SIGKILL
        assert content(es, names.posts) == before
    # and a last run ends it, with nothing of the others left
    upgrade(es, names)
    assert content(es, names.posts) == before
    assert sorted(es.indices.get_alias(name=names.posts)) == new_indices(names)
    assert sorted(es.indices.get(index=f"{names.posts}-0*")) == [f"{names.posts}-000001", *new_indices(names)]


def test_an_index_that_a_newer_program_made_is_left_as_it_is(runtime: Runtime, environment: dict[str, str]) -> None:
    # given
    yuqing = Yuqing(environment)
    assert yuqing("upgrade").code == 0
    index = f"{runtime.names.posts}-000001-other"
    runtime.client.indices.put_mapping(index=index, meta={"template_version": TEMPLATE_VERSION + 1})
    # when
    outcome = yuqing("upgrade")
    # then an older program leaves it as it is
    assert outcome.code == ExitCode.FAILED
    assert "更新的版本" in outcome.err
    documents.setup(runtime.client, runtime.names)
    mapping = runtime.client.indices.get_mapping(index=index)[index]["mappings"]
    assert mapping["_meta"] == {"template_version": TEMPLATE_VERSION + 1}
