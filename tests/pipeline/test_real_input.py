"""Real exports: every row arrives, and the figures of answering in time are those a second reckoning gives."""

import csv
import os
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest

from alerts.report import ReportRow
from pipeline.collect import import_file
from pipeline.deadlines import deadline_report
from pipeline.enrich import Enriched, enrich_pending
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from store.embedded import NodeStatus
from tests.pipeline.content import posts, remove_installation

pytestmark = pytest.mark.realdata

BEIJING = timezone(timedelta(hours=8))
SUMMER = datetime(2020, 6, 1, tzinfo=BEIJING)
IN_BETWEEN = datetime(2019, 9, 18, 15, 20, tzinfo=BEIJING)
"""A Wednesday between two holidays, when some of the messages wait, some are overdue and some are not written yet."""
WORKING_DAYS_ALLOWED = 10
SOURCES = {"messages_replied": 1353, "messages_voted": 4326}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def moment_of(text: str) -> datetime:
    """A time of the exports, read by its numbers."""
    return datetime(*map(int, re.findall(r"\d+", text)), tzinfo=BEIJING)  # type: ignore[arg-type, misc]


@dataclass
class Imported:
    """The installation after both files came in, and what came of it."""

    runtime: Runtime
    rows: dict[str, list[dict[str, str]]]
    run: Enriched
    stored: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def imported(es_node: NodeStatus, realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """Both exports, imported as of the summer of 2020."""
    prefix = "real-input-"
    environment = {
        "ELASTICSEARCH_URL": es_node.url,
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(tmp_path_factory.mktemp("realdata")),
        "YUQING_AUTHOR_KEY": "only-for-tests",
    }
    runtime = Runtime(Settings(environment))
    for name in SOURCES:
        import_file(runtime, realdata / f"{name}.csv", SUMMER)
    run = enrich_pending(runtime, SUMMER)
    rows = {name: rows_of(realdata / f"{name}.csv") for name in SOURCES}
    yield Imported(runtime, rows, run, posts(runtime))
    remove_installation(es_node.url, prefix)


def test_every_row_is_in_the_index_or_named_with_a_reason(imported: Imported) -> None:
    # given
    assert {name: len(rows) for name, rows in imported.rows.items()} == SOURCES
    # then
    assert imported.run.items == sum(SOURCES.values()) == 5679
    named = {(one.source, one.where) for one in imported.run.rejections if one.reason}
    for name, rows in imported.rows.items():
        missing = [row["留言编号"] for row in rows if f"{name}:{row['留言编号']}" not in imported.stored]
        assert len(missing) == sum(source == name for source, _ in named)
    # and nothing else is in the index, nor was a post written over another
    assert len(imported.stored) + len(named) == 5679
    assert imported.run.indexed == len(imported.stored)


def test_what_stands_in_a_row_stands_in_its_post(imported: Imported) -> None:
    for name, rows in imported.rows.items():
        for row in rows:
            post = imported.stored[f"{name}:{row['留言编号']}"]
            # then
            assert datetime.fromisoformat(post["posted_at"]) == moment_of(row["留言时间"])
            assert post["body"], post["id"]
            assert "author" not in post
            assert "kind" not in post
            assert re.fullmatch(r"[0-9a-f]{32}", post["author_hash"])
            if name == "messages_replied":
                (reply,) = post["replies"]
                assert datetime.fromisoformat(reply["replied_at"]) == moment_of(row["答复时间"])
                assert reply["body"]
                assert post["status"] == "已回复"
            else:
                assert (post["votes_up"], post["votes_down"]) == (int(row["点赞数"]), int(row["反对数"]))
                assert post["replies"] == []
                assert "status" not in post
    # and one author is one hash, whichever file tells of them
    hashes = defaultdict(set)
    for name, rows in imported.rows.items():
        for row in rows:
            hashes[row["留言用户"]].add(imported.stored[f"{name}:{row['留言编号']}"]["author_hash"])
    assert {len(one) for one in hashes.values()} == {1}
    assert len({next(iter(one)) for one in hashes.values()}) == len(hashes)


def test_the_authors_name_stands_nowhere_in_the_post(imported: Imported) -> None:
    named = [
        row["留言编号"]
        for name, rows in imported.rows.items()
        for row in rows
        if row["留言用户"] in str(imported.stored[f"{name}:{row['留言编号']}"])
    ]
    assert len(named) == 0


def test_a_second_import_of_the_same_file_does_nothing(imported: Imported, realdata: Path) -> None:
    # given
    segments = imported.runtime.landing.segments()
    # when
    again = [import_file(imported.runtime, realdata / f"{name}.csv", SUMMER + timedelta(days=1)) for name in SOURCES]
    run = enrich_pending(imported.runtime, SUMMER + timedelta(days=1))
    # then
    assert again == [None, None]
    assert imported.runtime.landing.segments() == segments
    assert run == Enriched()
    assert posts(imported.runtime) == imported.stored


def test_another_name_encoding_and_order_of_columns_make_no_difference(
    imported: Imported, runtime: Runtime, realdata: Path, tmp_path: Path
) -> None:
    # given the same table as another office's export
    original, like = realdata / "messages_replied.csv", tmp_path / "导出（新）.CSV"
    columns = list(imported.rows["messages_replied"][0])
    random.Random(20).shuffle(columns)
    with like.open("w", encoding="gb18030", newline="") as stream:
        table = csv.DictWriter(stream, columns)
        table.writeheader()
        table.writerows(imported.rows["messages_replied"])
    with pytest.raises(UnicodeDecodeError):
        like.read_text(encoding="utf-8")
    os.utime(like, (original.stat().st_mtime, original.stat().st_mtime))
    # when
    landed = import_file(runtime, like, SUMMER)
    enrich_pending(runtime, SUMMER)
    # then
    assert landed is not None
    assert (landed.source, landed.items) == ("messages_replied", 1353)
    assert posts(runtime) == {
        post_id: post for post_id, post in imported.stored.items() if post["source"] == "messages_replied"
    }


@dataclass(frozen=True)
class Fate:
    """What a second reckoning says of one message at some time."""

    department: str
    month: str
    answered_in: int | None = None
    on_time: bool = False
    open: bool = False
    overdue: bool = False


def working_days(first: date, last: date) -> int:
    """Working days after `first` up to `last`, counted one by one."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(chinese_calendar.is_workday(day) for day in days)


def due(posted_at: datetime) -> datetime:
    """The end of office hours of the tenth working day after the message."""
    day, left = posted_at.date(), WORKING_DAYS_ALLOWED
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    return datetime(day.year, day.month, day.day, 17, 30, tzinfo=BEIJING)


def fate(row: dict[str, str], department: str, at: datetime) -> Fate | None:
    """None for a message not yet written."""
    posted_at = moment_of(row["留言时间"])
    if posted_at > at:
        return None
    month = f"{posted_at:%Y-%m}"
    if "答复时间" not in row:
        return Fate(department, month)
    replied_at = moment_of(row["答复时间"])
    if replied_at <= at:
        days = working_days(posted_at.date(), replied_at.date())
        return Fate(department, month, answered_in=days, on_time=replied_at <= due(posted_at))
    late = at > due(posted_at)
    return Fate(department, month, open=not late, overdue=late)


def quantile(values: list[int], share: float) -> float | None:
    """Linear between neighbours."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] * (1 - (place - below)) + ordered[above] * (place - below)


def figures(fates: list[Fate]) -> dict[str, Any]:
    answered = [one.answered_in for one in fates if one.answered_in is not None]
    on_time = sum(one.on_time for one in fates)
    return {
        "received": len(fates),
        "answered": len(answered),
        "on_time": on_time,
        "on_time_rate": on_time / len(answered) if answered else None,
        "median_days": quantile(answered, 0.5),
        "p90_days": quantile(answered, 0.9),
        "open": sum(one.open for one in fates),
        "overdue": sum(one.overdue for one in fates),
    }


@pytest.mark.parametrize("at", [SUMMER, IN_BETWEEN], ids=["when all are answered", "when some are waiting"])
def test_the_deadline_report_agrees_with_a_second_reckoning(imported: Imported, at: datetime) -> None:
    # given every message's fate, worked out from the files alone; the section is what the topic model says
    groups: dict[tuple[str | None, str | None], list[Fate]] = defaultdict(list)
    for name, rows in imported.rows.items():
        for row in rows:
            one = fate(row, imported.stored[f"{name}:{row['留言编号']}"]["department"], at)
            if one:
                for group in ((one.department, one.month), (one.department, None), (None, None)):
                    groups[group].append(one)
    expected = {group: figures(fates) for group, fates in groups.items()}
    total = expected[None, None]
    assert (total["open"] > 10 and total["overdue"] > 10) == (at == IN_BETWEEN)
    # when
    report = deadline_report(imported.runtime, at.astimezone(UTC))
    # then
    assert len(report) == len(expected)
    for row_ in report:
        wanted = expected[row_.department, row_.month]
        assert {name: getattr(row_, name) for name in wanted} == pytest.approx(wanted, abs=1e-9), row_
    assert _undated(report) == _undated_expected(groups)


def _undated(report: list[ReportRow]) -> dict[tuple[str | None, str | None], int]:
    return {(row.department, row.month): row.undated for row in report}


def _undated_expected(groups: dict[tuple[str | None, str | None], list[Fate]]) -> dict[Any, int]:
    return {
        group: sum(one.answered_in is None and not one.open and not one.overdue for one in fates)
        for group, fates in groups.items()
    }
