"""Logs tell what ran, how much and how long, and nothing of what people wrote."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.tables import open_table
from core.logs import JsonFormatter, TextFormatter, counts_of, logged
from demo.run import POSTS
from pipeline.enrich import Enriched
from tests.cli.command import Outcome, Yuqing
from tests.cli.exports import AT, ROWS, row, write

DEBUG = {"YUQING_LOG": "json", "YUQING_LOG_LEVEL": "debug"}
SHORTEST = 4


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    """The command sets up the logging of its process, which here is the tests'."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def lines(outcome: Outcome) -> list[dict[str, Any]]:
    """The log lines among what was written to standard error."""
    return [json.loads(line) for line in outcome.err.splitlines() if line.startswith("{")]


def stages(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {line["stage"]: line for line in lines(outcome) if "seconds" in line}


def test_a_stage_logs_its_counts_and_seconds_under_the_name_of_the_run(yuqing_here: Yuqing, tmp_path: Path) -> None:
    # when
    outcome = yuqing_here("import", write(tmp_path / "one.csv"), "--at", AT, YUQING_LOG="json")
    # then
    told = stages(outcome)
    assert (told["import"]["items"], told["enrich"]["indexed"], told["enrich"]["rejections"]) == (6, 6, 0)
    assert told["enrich"]["masked.phone"] == 1
    assert all(line["seconds"] >= 0 and line["level"] == "info" for line in told.values())
    assert len({line["run"] for line in lines(outcome)}) == 1
    assert lines(outcome)[0]["run"]


def test_without_asking_for_it_nothing_is_logged(yuqing_here: Yuqing, tmp_path: Path) -> None:
    assert lines(yuqing_here("import", write(tmp_path / "one.csv"), "--at", AT)) == []


def test_no_log_says_what_people_wrote_or_who_they_are(yuqing_here: Yuqing, tmp_path: Path) -> None:
    # given the demo's posts, and rows that cannot be read
    bad = [row(901, "没有时间的一条留言", "这一行没有写时间", "投诉", "某天"), row(902, "", "", "投诉", "2026-01-02")]
    files = [POSTS, write(tmp_path / "bad.csv", [*ROWS, *bad])]
    # when everything is run as loudly as can be
    commands: list[list[Any]] = [
        ["import", *files],
        ["cluster"],
        ["cluster", "--recheck"],
        ["warnings", "run"],
        ["followups", "run"],
        ["alerts", "--dry-run"],
        ["weekly", "--dry-run"],
        ["replay"],
        ["doctor"],
        ["correct", "yuqing_demo:1", "--sentiment", "正面"],
        ["forget", "--post", "yuqing_demo:2"],
    ]
    outcomes = [yuqing_here(*command, "--at", AT, **DEBUG) for command in commands]
    logs = "\n".join(json.dumps(line, ensure_ascii=False) for outcome in outcomes for line in lines(outcome))
    # then
    assert len(logs.splitlines()) >= 15
    said = texts_of(POSTS) | texts_of(files[1])
    assert len(said) > 1000
    assert [text for text in said if text in logs] == []


def texts_of(path: Path) -> set[str]:
    """Titles, sentences of bodies and replies, and authors; words so short that they may mean anything left out."""
    with open_table(path, ["标题", "内容", "网友", "答复内容"]) as (_, rows):
        cells = [record.cells.get(name, "") for record in rows for name in ("标题", "内容", "网友", "答复内容")]
    parts = {part.strip() for cell in cells for part in re.split(r"[。！？；，\n]", cell)}
    return {part for part in parts if len(part) >= SHORTEST}


def test_an_error_is_logged_by_its_kind_and_place_and_not_by_its_words() -> None:
    # given a stage that fails with a post in its hands
    secret = "张三的电话是多少"
    for formatter in (JsonFormatter(), TextFormatter("%(message)s")):
        # when
        try:
            int(secret)
        except ValueError:
            record = logging.LogRecord("pipeline.x", logging.ERROR, __file__, 1, "失败", (), sys.exc_info())
        told = formatter.format(record)
        # then
        assert secret not in told
        assert "ValueError" in told
        assert "test_logs.py" in told


def test_a_failed_stage_is_logged_and_its_error_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    # given
    @logged("某阶段")
    def fails() -> None:
        raise ValueError("张三")

    # when
    with caplog.at_level(logging.INFO), pytest.raises(ValueError, match="张三"):
        fails()
    # then
    assert "ValueError" in caplog.text
    assert "张三" not in caplog.text


def test_only_numbers_are_taken_from_a_result() -> None:
    run = Enriched(segments=1, items=3, indexed=2)
    run.masked["phone"] = 4
    assert counts_of(run) == {"segments": 1, "items": 3, "indexed": 2, "stale": 0, "masked.phone": 4, "rejections": 0}
    assert counts_of("张三的留言") == {}
    assert counts_of(3) == {"count": 3}


@pytest.fixture
def yuqing_here(environment: dict[str, str]) -> Yuqing:
    """The command of an empty installation."""
    return Yuqing(environment)
