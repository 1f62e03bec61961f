"""Posts are read in batches, by one process or by two: the same posts, the same order, and no more in memory than agreed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest

from collectors.base import RawItem
from collectors.spreadsheet import Spreadsheet
from pipeline.reading import BATCH_ITEMS, BATCHES_AHEAD, PostReader, batches_of, post_reader, where
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from tests.training.bad_input import TEXTS
from tests.training.board import message, write_board
from tests.training.conftest import config_with
from tests.training.letters import letters

SEEN = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
SOURCE = "yuqing_demo"
MESSAGES = BATCH_ITEMS * 2 + 60


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """An installation that reads in one process. Reading needs no Elasticsearch."""
    return Runtime(
        Settings({"YUQING_DATA": str(tmp_path_factory.mktemp("data")), "YUQING_AUTHOR_KEY": "only-for-tests"})
    )


@pytest.fixture(scope="module")
def pair(single: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """The same installation with two processes."""
    config = config_with(tmp_path_factory.mktemp("pair"), workers=2)
    return Runtime(Settings({**single.settings.environment, "YUQING_CONFIG": str(config)}))


@pytest.fixture(scope="module")
def two_processes(pair: Runtime) -> Iterator[PostReader]:
    with post_reader(pair) as reader:
        yield reader


@pytest.fixture(scope="module")
def items(single: Runtime, tmp_path_factory: pytest.TempPathFactory) -> list[RawItem]:
    """More than two batches of raw items; every seventh cannot become a post, and odd texts stand among them."""
    odd = [text[:30_000] or "空" for text in TEXTS.values() if "\ud83d" not in text]
    bodies = [one.body for one in letters()] + odd
    messages = [
        {
            **message(str(number), "", bodies[number % len(bodies)]),
            **({"留言时间": "上周二"} if number % 7 == 3 else {}),
        }
        for number in range(MESSAGES)
    ]
    path = write_board(tmp_path_factory.mktemp("items") / "export.csv", messages)
    source = single.source(SOURCE)
    assert isinstance(source, Spreadsheet)
    return [item for batch in source.read_file(path) for item in batch.items]


def raw(row: int) -> RawItem:
    """An item that is set aside: it has no time."""
    return {"file": "a.csv", "row": row, "cells": {"编号": str(row), "标题": "医院"}}


def test_two_processes_give_the_very_same_posts_in_the_same_order(
    single: Runtime, two_processes: PostReader, items: list[RawItem]
) -> None:
    # when
    with post_reader(single) as one_process:
        alone = list(one_process.read(SOURCE, SEEN, items))
    together = list(two_processes.read(SOURCE, SEEN, items))
    # then
    assert [batch.items for batch in together] == [BATCH_ITEMS, BATCH_ITEMS, len(items) - 2 * BATCH_ITEMS]
    assert together == alone
    posts = [post for batch in together for post in batch.posts]
    aside = [one for batch in together for one in batch.aside]
    assert len(posts) + len(aside) == len(items)
    numbers = [int(post.source_id) for post in posts]
    assert numbers == sorted(numbers)
    assert all("上周二" in one["reason"] for one in aside if one["item"]["cells"]["留言时间"] == "上周二")
    assert len(aside) >= MESSAGES // 7


def test_rejections_name_their_row_in_the_order_of_the_file(two_processes: PostReader, items: list[RawItem]) -> None:
    # when
    aside = [one for batch in two_processes.read(SOURCE, SEEN, items) for one in batch.aside]
    # then
    rows = [int(one["where"].removeprefix("export.csv 第 ").removesuffix(" 行")) for one in aside]
    assert rows == sorted(rows)
    assert rows[0] == 3 + 2


def test_two_processes_may_read_one_source_after_another(two_processes: PostReader, items: list[RawItem]) -> None:
    # when
    first, second = (list(two_processes.read(SOURCE, SEEN, items[:3])) for _ in range(2))
    # then
    assert first == second
    assert list(two_processes.read(SOURCE, SEEN, [])) == []


def furthest_ahead(reader: PostReader, count: int) -> tuple[int, int]:
    """How many items were drawn at most beyond those handed out, and how many batches came."""
    drawn = handed_out = ahead = batches = 0

    def endless() -> Iterator[RawItem]:
        nonlocal drawn
        while True:
            drawn += 1
            yield raw(drawn)

    for batch in islice(reader.read(SOURCE, SEEN, endless()), count):
        ahead = max(ahead, drawn - handed_out)
        handed_out += batch.items
        batches += 1
    return ahead, batches


def test_one_process_holds_one_batch_at_a_time(single: Runtime) -> None:
    # given a source that never ends
    with post_reader(single) as reader:
        # then
        assert furthest_ahead(reader, 5) == (BATCH_ITEMS, 5)


def test_two_processes_hold_no_more_batches_than_keep_them_busy(two_processes: PostReader) -> None:
    # when
    ahead, batches = furthest_ahead(two_processes, 12)
    # then
    assert batches == 12
    assert BATCH_ITEMS < ahead <= 2 * BATCHES_AHEAD * BATCH_ITEMS


def test_who_stops_early_draws_no_more(two_processes: PostReader, items: list[RawItem]) -> None:
    # when somebody takes the first batch only
    first = next(two_processes.read(SOURCE, SEEN, items))
    # then the next reading begins at its own beginning
    assert next(two_processes.read(SOURCE, SEEN, items)) == first


def test_a_source_that_fails_on_the_way_fails_the_reading(single: Runtime, two_processes: PostReader) -> None:
    # given a segment that turns out to be damaged
    def items() -> Iterator[RawItem]:
        yield from map(raw, range(BATCH_ITEMS + 1))
        raise OSError("damaged")

    # then
    with post_reader(single) as one_process:
        for reader in (one_process, two_processes):
            with pytest.raises(OSError, match="damaged"):
                list(reader.read(SOURCE, SEEN, items()))


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (4, [4]), (5, [4, 1]), (8, [4, 4])])
def test_batches_are_full_but_for_the_last(count: int, sizes: list[int]) -> None:
    batches = list(batches_of(({"row": number} for number in range(count)), 4))
    assert [len(batch) for batch in batches] == sizes
    assert [item["row"] for batch in batches for item in batch] == list(range(count))


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"file": "a.csv", "row": 7, "标题": "医院"}, "a.csv 第 7 行"),
        ({"tid": 42, "subject": "医院"}, "42"),
        ({"id": "n1", "title": "医院"}, "n1"),
        ({"url": "https://city.example/1"}, "https://city.example/1"),
        ({"title": "医院"}, "（无编号）"),
    ],
)
def test_an_item_is_named_by_where_it_stands_and_never_by_its_text(item: RawItem, told: str) -> None:
    assert where(item) == told
