"""Every number of a report is what its listed query gives, as of the period's end."""

import json
from pathlib import Path
from typing import Any

import pytest

from alerts.report import report as deadline_rows
from pipeline.collect import import_file
from pipeline.enrich import enrich_pending
from pipeline.runtime import Runtime
from pipeline.weekly import summarise
from reports.period import Period, read_month, read_quarter, read_week
from store.tallies import deadline_tallies
from tests.reports.city import WEEK, build_what_came_later, letter, on, put
from tests.reports.evaluator import recompute, unexplained

PERIODS = (WEEK, read_week("2025-W07"), read_month("2025-02"), read_quarter("2025-Q1"), read_week("2025-W30"))


def twin_of(runtime: Runtime, period: Period) -> dict[str, Any]:
    """The report's JSON as anyone reads it."""
    told: dict[str, Any] = json.loads(summarise(runtime, period).twin)
    return told


def check(runtime: Runtime, period: Period) -> dict[str, Any]:
    """The twin, once every figure was worked out again and every number in sentences and tables found among them."""
    twin = twin_of(runtime, period)
    values = {figure["name"]: figure["value"] for figure in twin["figures"]}
    assert recompute(twin, runtime.es, runtime.names.prefix) == values
    for sentence in twin["sentences"]:
        named = [values[name] for name in sentence["figures"]]
        assert unexplained(sentence["text"], named, f"{period.title}{period.dates}") == [], sentence
        for value in named:
            assert str(value).removeprefix("-") in sentence["text"], (sentence, value)
    for table in twin["tables"]:
        for row in table["rows"]:
            for cell in row:
                if "figure" in cell:
                    value = values[cell["figure"]]
                    assert unexplained(cell["text"], [value], "") == [], cell
                    assert str(value) in cell["text"], cell
                elif cell not in row[:2]:
                    # Those say what the row is about: an indicator, a section, a month.
                    assert unexplained(cell["text"], [], "") == [], (table["name"], row)
    return twin


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.key)
def test_every_number_comes_from_the_query_it_names(town: Runtime, period: Period) -> None:
    # when
    twin = check(town, period)
    # then
    assert [figure["name"] for figure in twin["figures"]] == sorted(figure["name"] for figure in twin["figures"])
    used = {figure["query"] for figure in twin["figures"]} | {chart["query"] for chart in twin["charts"]}
    assert used - {None} <= {query["name"] for query in twin["queries"]}


def test_the_week_is_told_as_it_was(town: Runtime) -> None:
    # when
    twin = twin_of(town, WEEK)
    # then
    texts = [sentence["text"] for sentence in twin["sentences"]]
    assert texts[:13] == [
        "本周收到留言 28 条，比上周增加 19 条，高于前四周平均的 9.3 条。",
        "其中负面 27 条，占 96.4%，比上周上升 40.8 个百分点。",
        "增加最多的是“医疗服务质量”：16 条，比上周增加 11 条。",
        "本周答复 4 条，按时率 100%，与上周持平。",
        "截至3月9日未答复 46 条，其中超期 15 条，比上周增加 2 条。",
        "本周发出预警 1 起。",
        "新列入二次解读研判 1 件。",
        "是否立即回应预警事项“春江花园旁的搅拌站粉尘”。",
        "3月6日预警，涉及留言 5 条，截至3月9日没有答复和解读的记录。",
        "是否督办医政医管科的超期留言。",
        "超期 12 条，最久的应于2月17日前答复，已超 14 个工作日。",
        "是否就“阳光新城的育儿补贴怎么还没发”作二次解读。",
        "答复后仍有 4 人提出，列入已 4 天，尚未研判。",
    ]
    assert "“滨河苑车位捆绑销售”解读前 1.9 周平均每周 4.2 条，解读后 3.9 周平均每周 0.3 条，有所减少。" in texts
    assert (
        "《感谢市中医院的护士》：“上周陪母亲住院，护士长每天都来看，特别耐心。谢谢她们！我会告诉身边的人。”（3月5日）"
        in texts
    )


def test_what_came_after_the_week_changes_nothing(own_town: Runtime) -> None:
    # given
    before = summarise(own_town, WEEK).twin
    # when
    build_what_came_later(own_town)
    # then
    assert summarise(own_town, WEEK).twin == before
    assert twin_of(own_town, WEEK.following())["sentences"] != json.loads(before)["sentences"]


def test_the_same_posts_give_the_same_bytes_in_another_installation(town: Runtime, own_town: Runtime) -> None:
    # when
    twins = {summarise(runtime, WEEK).twin for runtime in (town, own_town, town)}
    # then
    assert len(twins) == 1


def test_the_statistics_of_a_quarter_are_those_of_the_deadline_report(town: Runtime) -> None:
    # given
    quarter = read_quarter("2025-Q1")
    rows = deadline_rows(deadline_tallies(town.es, town.names, quarter.last_instant))
    # when
    values = {figure["name"]: figure["value"] for figure in twin_of(town, quarter)["figures"]}
    # then
    assert len(rows) > 8
    for row in rows:
        name = ".".join(filter(None, ("ledger", row.department, row.month)))
        counts = [values[f"{name}.{part}"] for part in ("received", "answered", "on_time", "open", "overdue")]
        # What is overdue stands beside what is open there, within it here.
        assert counts == [row.received, row.answered, row.on_time, row.open + row.overdue, row.overdue], name
        assert values[f"{name}.median_days"] == row.median_days


def test_open_and_overdue_are_counted_as_the_deadline_report_counts_them(town: Runtime) -> None:
    # when
    values = {figure["name"]: figure["value"] for figure in twin_of(town, WEEK)["figures"]}
    # then
    for place, week in enumerate((WEEK, *(WEEK.before(count) for count in range(1, 5)))):
        total = deadline_rows(deadline_tallies(town.es, town.names, week.last_instant))[-1]
        suffix = f".{place}" if place else ""
        # What is overdue stands beside what is open there, within it here.
        assert values[f"open{suffix}"] == total.open + total.overdue
        assert values[f"overdue{suffix}"] == total.overdue


def test_posts_on_the_border_belong_to_one_week(own_town: Runtime) -> None:
    # given
    week = WEEK.following().following()
    put(own_town, [letter("first", week.start), letter("last", week.last_instant), letter("next", week.end)])
    # when
    counts = [
        next(figure["value"] for figure in twin_of(own_town, one)["figures"] if figure["name"] == "posts")
        for one in (week.before(), week, week.following())
    ]
    # then
    assert counts == [0, 2, 1]


@pytest.mark.realdata
def test_every_number_about_real_messages_comes_from_its_query(runtime: Runtime, realdata: Path) -> None:
    # given
    at = on(1, 1)
    import_file(runtime, realdata / "messages_replied.csv", at)
    enrich_pending(runtime, at)
    # when
    twins = [check(runtime, period) for period in (read_week("2019-W48"), read_quarter("2019-Q4"))]
    # then
    first = [twin["sentences"][0]["text"] for twin in twins]
    assert first[0] == "本周收到留言 7 条，比上周减少 3 条，低于前四周平均的 9.8 条。"
    assert first[1].startswith("本季度收到留言 104 条")
