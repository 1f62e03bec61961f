"""A parser or engine that fails at one item costs that item, never the others, and the log says where but not what."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from collectors.base import Batch, Context, RawItem, Source, SourceFailed
from collectors.registry import SourcesFile
from core.errors import ConfigError, Unavailable
from core.post import Post, post_id
from nlp.places import PlaceFinder
from pipeline.enrich import enrich_pending, replay
from pipeline.runtime import Runtime
from tests.pipeline.content import posts, rejected

AT = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
SECRET = "张三丰的秘密"


class Careless(Source):
    """A source whose parser takes for granted what some items do not have."""

    kind: Literal["careless"] = "careless"
    raises: type[BaseException] | None = None

    def fetch(self, context: Context) -> Iterator[Batch]:
        """Nothing: the items are landed by the tests."""
        yield from ()

    def parse(self, raw: RawItem, seen_at: datetime) -> Post:
        """The item, trusting it in every way."""
        if self.raises:
            raise self.raises(SECRET)
        return Post(
            id=post_id(self.name, raw["id"]),
            source=self.name,
            source_id=raw["id"],
            channel=self.channel,
            title=raw["texts"][SECRET],
            body="请处理。",
            posted_at=seen_at,
            collected_at=seen_at,
        )


def good(number: int) -> RawItem:
    return {"id": str(number), "texts": {SECRET: f"第{number}件：路灯不亮"}}


HOSTILE: list[RawItem] = [
    {"id": "no texts"},
    {"id": "a list", "texts": [1]},
    {"id": "another key", "texts": {"别的": "内容"}},
    {"id": 7, "texts": {SECRET: "编号不是文字"}},
]


def register(runtime: Runtime, **settings: object) -> None:
    """Let the installation have that source alone."""
    source = Careless(name="careless", title="粗心的来源", channel="mailbox", **settings)
    runtime.settings.sources = SourcesFile.model_construct(sources=(source,))  # type: ignore[arg-type]


def land(runtime: Runtime, items: Sequence[RawItem]) -> None:
    assert runtime.landing.write("careless", AT, items)


def test_an_item_the_parser_fails_at_is_set_aside_and_the_rest_goes_through(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    register(runtime)
    land(runtime, [good(1), *HOSTILE, good(2), HOSTILE[0] | {"id": "again"}, *map(good, range(3, 9))])
    # when
    with caplog.at_level(logging.WARNING):
        run = enrich_pending(runtime, AT)
    # then
    assert set(posts(runtime)) == {f"careless:{number}" for number in range(1, 9)}
    assert (run.indexed, runtime.landing.pending()) == (8, [])
    aside = rejected(runtime)
    assert aside[("no texts", "程序出错：KeyError")] == 1
    assert aside[("a list", "程序出错：TypeError")] == 1
    assert aside[("another key", "程序出错：KeyError")] == 1
    assert len(aside) == 5
    # and the log says where, not what
    told = [message for message in caplog.messages if "程序读不了" in message]
    assert any(
        "程序读不了 3 条，已另存：KeyError，tests/pipeline/test_program_faults.py:" in message for message in told
    )
    assert SECRET not in caplog.text


def test_a_list_of_forgotten_people_does_not_make_it_worse(runtime: Runtime) -> None:
    # given
    register(runtime)
    runtime.forgotten.add(["careless:2"])
    land(runtime, [good(1), good(2), *HOSTILE])
    # when
    enrich_pending(runtime, AT)
    # then
    assert set(posts(runtime)) == {"careless:1"}
    assert len(rejected(runtime)) == 4


def test_a_parser_that_fails_at_most_items_is_heard_of_and_a_mended_one_reads_them_again(runtime: Runtime) -> None:
    # given
    register(runtime, raises=ZeroDivisionError)
    land(runtime, [good(number) for number in range(12)])
    # when
    with pytest.raises(SourceFailed, match="12 条里有 12 条认不出") as failure:
        enrich_pending(runtime, AT)
    # then
    assert "yuqing replay" in failure.value.advice
    assert SECRET not in failure.value.message
    assert runtime.landing.pending() == []
    # and
    register(runtime)
    assert replay(runtime, AT).indexed == 12
    assert not rejected(runtime)


@pytest.mark.parametrize("error", [MemoryError, ConfigError, Unavailable, OSError, KeyboardInterrupt])
def test_what_is_no_fault_of_the_item_ends_the_run_and_leaves_the_segment_for_the_next(
    runtime: Runtime, error: type[BaseException]
) -> None:
    # given
    register(runtime, raises=error)
    land(runtime, [good(1)])
    # when
    with pytest.raises(error):
        enrich_pending(runtime, AT)
    # then
    assert len(runtime.landing.pending()) == 1
    register(runtime)
    assert enrich_pending(runtime, AT).indexed == 1


class Stumbling(PlaceFinder):
    """An engine that fails at some texts."""

    raises: type[Exception] = RecursionError

    def find(self, text: str) -> list[str]:
        """As ever, but for those."""
        if "绊脚石" in text:
            raise self.raises(text)
        return super().find(text)


def test_of_a_batch_an_engine_fails_at_only_the_culprits_are_set_aside(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    register(runtime)
    runtime.enricher = replace(runtime.enricher, places=Stumbling(runtime.settings.places))
    items = [good(number) for number in range(40)]
    for number in (0, 17, 18):
        items[number]["texts"][SECRET] = f"绊脚石 13812345678 第{number}件"
    land(runtime, items)
    # when
    with caplog.at_level(logging.WARNING):
        enrich_pending(runtime, AT)
    # then
    culprits = {"0", "17", "18"}
    assert set(posts(runtime)) == {f"careless:{number}" for number in range(40)} - {
        f"careless:{one}" for one in culprits
    }
    assert set(rejected(runtime)) == {(one, "程序出错：RecursionError") for one in culprits}
    assert "程序读不了 3 条，已另存：RecursionError" in caplog.text
    assert "绊脚石" not in caplog.text
    assert runtime.landing.pending() == []


def test_an_engine_that_has_no_memory_left_ends_the_run(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    register(runtime)
    monkeypatch.setattr(Stumbling, "raises", MemoryError)
    runtime.enricher = replace(runtime.enricher, places=Stumbling(runtime.settings.places))
    land(runtime, [{"id": "1", "texts": {SECRET: "绊脚石"}}])
    # then
    with pytest.raises(MemoryError):
        enrich_pending(runtime, AT)
    assert len(runtime.landing.pending()) == 1
